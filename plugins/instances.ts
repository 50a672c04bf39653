import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { claimInstance, releaseInstance, type InstanceClaim } from '../services/resources/records/instances.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** How many instances use this database, this one among them, as of the last renewal. */
    knownInstances: () => number
  }
}

/** A claim that has just run out is waited for: its process may have been killed and this one started in its place. */
const CLAIM_CHECK_MS = 500

const WHAT_TO_DO = {
  'this-is-alone':
    'set REDIS_URL for all of them, so that they share their slots; or stop it, or give this one a database of its own',
  'it-is-alone': 'it does not share its slots: set REDIS_URL for it too, or stop it',
  'same-instance': 'it has the same instance id: give each its own DATA_DIR, and never a copy of one'
}

export interface InstancesOptions {
  /** False makes it none of them. */
  serves: boolean
}

/**
 * Who is on this database. Without Redis slots live in the process, so that no second one may serve beside it; with Redis
 * there may be many. The claims are in the database, and are renewed while their processes live.
 */
async function instances(app: FastifyInstance, { serves }: InstancesOptions) {
  const { leaseTtlMs, redisUrls } = app.config
  let known = 1
  app.decorate('knownInstances', () => known)
  if (!serves) return
  const { pool } = app.pg
  const own = { id: app.instanceId, life: randomUUID(), sharesSlots: redisUrls !== null }

  let first = await claimInstance(pool, own, leaseTtlMs, false)
  if (!first.claimed) {
    for (const holderExpiresAt = first.expiresAt; !first.claimed; first = await claimInstance(pool, own, leaseTtlMs, false)) {
      if (first.expiresAt > holderExpiresAt) throw new Error(describe(first))
      await new Promise((resolve) => setTimeout(resolve, CLAIM_CHECK_MS))
    }
  }

  known = first.instances

  const renew = async () => {
    try {
      const claim = await claimInstance(pool, own, leaseTtlMs, true)
      if (claim.claimed) {
        known = claim.instances
        return
      }
      app.log.fatal({ problem: describe(claim) }, 'another instance has taken over the database: shutting down')
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
    await releaseInstance(pool, own).catch((err: unknown) =>
      app.log.warn({ err }, 'the claim could not be released: it will expire')
    )
  })
}

function describe(claim: Exclude<InstanceClaim, { claimed: true }>): string {
  return `Another Sluice (instance ${claim.holder}) is running on this database: ${WHAT_TO_DO[claim.because]}`
}

export default fp(instances, { name: 'instances', fastify: '5.x', dependencies: ['config', 'data-dir', 'database'] })
