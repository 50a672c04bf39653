import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { claimInstance, releaseInstance, type InstanceObstacle } from '../services/resources/records/instances.ts'

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

  const claim = () => claimInstance(pool, own, leaseTtlMs, false)
  const first = await claim()
  known = first.claimed ? first.instances : await outlast(first)

  /** Resolves to how many instances there are once the claim in the way has run out; throws when it is renewed. */
  async function outlast(obstacle: InstanceObstacle): Promise<number> {
    const { holder, expiresInMs } = obstacle
    app.log.warn({ instance: holder, atMostMs: expiresInMs }, waitingFor(obstacle))
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(CLAIM_CHECK_MS, expiresInMs)))
      const again = await claim()
      if (again.claimed) {
        app.log.info(
          { instance: holder },
          'the claim of the other instance is gone: the start goes on. Usage it had not settled is in its DATA_DIR, and is settled by a start there'
        )
        return again.instances
      }
      if (again.expiresAt > obstacle.expiresAt) throw new Error(describe(again))
    }
  }

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

function describe({ holder, because }: InstanceObstacle): string {
  return `Another Sluice (instance ${holder}) is running on this database: ${WHAT_TO_DO[because]}`
}

/** Whether its process lives cannot be told from here: a connection that is lost does not prove that it is gone. */
function waitingFor({ holder, expiresInMs }: InstanceObstacle): string {
  const seconds = Math.ceil(expiresInMs / 1000)
  return `the start waits for ${seconds} s at most: another Sluice (instance ${holder}) has a claim on this database and may still be running. If it was killed, its claim runs out then and the start goes on`
}

export default fp(instances, { name: 'instances', fastify: '5.x', dependencies: ['config', 'data-dir', 'database'] })
