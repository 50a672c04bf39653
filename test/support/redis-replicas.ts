import { randomUUID } from 'node:crypto'
import { after } from 'node:test'
import { systemClock } from '../../services/platform/clock.ts'
import { connectRedis, type RedisConnection } from '../../services/gateway/slots/redis-client.ts'
import { createRedisSlots, type RedisSlotsOptions } from '../../services/gateway/slots/redis-slots.ts'
import type { SharedSlots } from '../../services/gateway/slots/shared-slots.ts'
import { startRedisServer } from './redis-server.ts'

interface Closing {
  after: (end: () => Promise<void>) => void
}

export interface Replica extends RedisConnection {
  slots: SharedSlots
  /** Ends it without a word, as kill -9 would. */
  kill: () => Promise<void>
}

export type ReplicaOptions = { url: string; cluster?: boolean } & Partial<Omit<RedisSlotsOptions, 'redis' | 'subscriber'>>

/** The URL of a Redis for a whole file of tests; each is to use a prefix of its own. */
export async function sharedRedis({ cluster }: { cluster: boolean }): Promise<string> {
  if (!cluster && process.env.TEST_REDIS_URL) return process.env.TEST_REDIS_URL
  const server = await startRedisServer({ after: (end) => after(end) }, { cluster })
  return server.url
}

/** The slots of one replica, under keys that no other test uses unless it says which. */
export function createReplica(t: Closing, { url, cluster = false, ...options }: ReplicaOptions): Replica {
  const connection = connectRedis({ urls: [url], cluster, onFault: () => {} })
  const { redis, subscriber } = connection
  const slots = createRedisSlots({ redis, subscriber, clock: systemClock, prefix: `test-${randomUUID()}`, ...options })
  t.after(slots.close)
  return { ...connection, slots, kill: slots.close }
}
