import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createRedisMessageHomes, type SharedMessageHomes } from '../services/gateway/accounts/message-homes.ts'
import type { SharedBrakeCounts } from '../services/gateway/brakes/brake-counts.ts'
import { createRedisBrakeCounts } from '../services/gateway/brakes/redis-brake-counts.ts'
import { createRedisOutstanding } from '../services/gateway/eligibility/redis-outstanding.ts'
import type { SharedOutstanding } from '../services/gateway/eligibility/shared-outstanding.ts'
import { createRedisFailures, type SharedFailures } from '../services/platform/failed-authentications.ts'
import type { SharedSlots } from '../services/gateway/slots/shared-slots.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** What all replicas have in Redis together; null without a Redis. */
    shared: {
      slots: SharedSlots
      /** Which account gave which message. */
      messageHomes: SharedMessageHomes
      /** Failed authentications, as all replicas count them. */
      failures: SharedFailures
      /** What requests under way may yet cost, by budget. */
      outstanding: SharedOutstanding
      /** What keys spend and ask. */
      brakes: SharedBrakeCounts
    } | null
  }
}

/** A process that starts has nobody waiting yet: so long it waits for Redis before it goes on without. */
const START_PATIENCE_MS = 3000

/** Not by @fastify/redis: it waits for the first connection also with a client that it is handed, and nothing could start while Redis is away. */
async function redis(app: FastifyInstance) {
  const { redisUrls, redisKeyPrefix, leaseTtlMs, affinityTtlMs } = app.config
  if (redisUrls === null) {
    app.decorate('shared', null)
    return
  }

  // Its library takes long to load.
  const [{ connectRedis }, { createRedisSlots }] = await Promise.all([
    import('../services/gateway/slots/redis-client.ts'),
    import('../services/gateway/slots/redis-slots.ts')
  ])
  let isBroken = false
  const connection = connectRedis({
    urls: redisUrls,
    onFault(err) {
      // It is tried again several times a second.
      if (!isBroken) app.log.warn({ err }, 'the connection to Redis is lost or cannot be established')
      isBroken = true
    }
  })
  connection.redis.on('ready', () => {
    isBroken = false
  })
  await connection.connected(app.clock, START_PATIENCE_MS)
  const slots = createRedisSlots({
    ...connection,
    clock: app.clock,
    prefix: redisKeyPrefix,
    leaseTtlMs,
    affinityTtlMs,
    knownReplicas: app.knownInstances,
    onFault: (err) => app.log.error({ err }, 'a Redis slot operation failed')
  })
  const messageHomes = createRedisMessageHomes(connection.redis, redisKeyPrefix)
  app.decorate('shared', {
    slots,
    messageHomes,
    failures: createRedisFailures(connection.redis, redisKeyPrefix),
    brakes: createRedisBrakeCounts(connection.redis, redisKeyPrefix),
    outstanding: createRedisOutstanding({ redis: connection.redis, prefix: redisKeyPrefix, leaseTtlMs })
  })
}

export default fp(redis, { name: 'redis', fastify: '5.x', dependencies: ['config', 'instances'] })
