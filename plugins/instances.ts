import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { startInstanceClaim } from '../services/operations/instance-claim.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** How many instances use this database, this one among them, as of the last renewal. */
    knownInstances: () => number
  }
}

interface InstancesOptions {
  /** False makes it none of them. */
  serves: boolean
}

/**
 * Who is on this database. Without Redis slots live in the process, so that no second one may serve beside it; with Redis
 * there may be many. The claims are in the database, and are renewed while their processes live.
 */
async function instances(app: FastifyInstance, { serves }: InstancesOptions) {
  if (!serves) {
    app.decorate('knownInstances', () => 1)
    return
  }
  const claim = await startInstanceClaim({
    db: app.pg.pool,
    instanceId: app.instanceId,
    sharesSlots: app.config.redisUrls !== null,
    leaseTtlMs: app.config.leaseTtlMs,
    clock: app.clock,
    log: app.log,
    onLost: () => process.kill(process.pid, 'SIGTERM')
  })
  app.decorate('knownInstances', claim.known)
  app.addHook('onClose', claim.release)
}

export default fp(instances, { name: 'instances', fastify: '5.x', dependencies: ['config', 'data-dir', 'database'] })
