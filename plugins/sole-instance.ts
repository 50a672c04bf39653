import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { claimDatabase, releaseDatabase } from '../services/records/instances.ts'

/** A claim that has just run out is waited for: its process may have been killed and this one started in its place. */
const CLAIM_CHECK_MS = 500

/**
 * Slots live in this process, so no second process may serve from the same database. The embedded one is guarded by the
 * lock on its folder; a Postgres by a claim in it, which is renewed while the process lives.
 */
async function soleInstance(app: FastifyInstance) {
  const { databaseUrl, leaseTtlMs } = app.config
  if (databaseUrl === null) return
  const { pool } = app.pg
  const claim = () => claimDatabase(pool, app.instanceId, leaseTtlMs)

  let first = await claim()
  for (const holderExpiresAt = first.expiresAt; !first.claimed; first = await claim()) {
    if (first.expiresAt > holderExpiresAt) {
      throw new Error(
        `Another Sluice (instance ${first.holder}) is running on this database. Several replicas are not supported yet: stop it, or give this one a database of its own`
      )
    }
    await new Promise((resolve) => setTimeout(resolve, CLAIM_CHECK_MS))
  }

  const renew = async () => {
    try {
      const { claimed } = await claim()
      if (claimed) return
      app.log.fatal('another instance has taken the database over: shutting down')
      process.kill(process.pid, 'SIGTERM')
    } catch (err) {
      // With the database away nobody else can take it over either.
      app.log.warn({ err }, 'the claim on the database could not be renewed')
    }
  }
  const renewal = setInterval(() => void renew(), leaseTtlMs / 3)
  renewal.unref()
  app.addHook('onClose', async () => {
    clearInterval(renewal)
    await releaseDatabase(pool, app.instanceId).catch((err: unknown) => app.log.warn({ err }, 'the claim is left to run out'))
  })
}

export default fp(soleInstance, { name: 'sole-instance', fastify: '5.x', dependencies: ['config', 'data-dir', 'database'] })
