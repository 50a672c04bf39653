import type { Clock } from '../../platform/clock.ts'
import type { RedisClient } from './redis-client.ts'

/** Who has something in flight or waiting, perhaps: Redis has no other list of users. */
interface UserIndex {
  /** A sorted set of users by when they were noted. */
  readonly key: string
  touch: (userId: string) => void
  list: () => Promise<string[]>
  forgetIdle: () => void
  /** The list may have been lost: all are noted anew as they are touched. */
  renew: () => void
}

interface UserIndexOptions {
  redis: RedisClient
  clock: Clock
  key: string
  /** A user is noted at most this often by one process. */
  touchMs: number
  /** After this time without a note a user is idle. */
  keepMs: number
}

/** By the time of Redis, which all replicas share: a replica's own clock may be set. */
const NOTE = `
  local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)
  redis.call('ZADD', KEYS[1], now, ARGV[1]); redis.call('PEXPIRE', KEYS[1], ARGV[2])`
const LIST = `
  local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[1])
  return table.concat(redis.call('ZRANGE', KEYS[1], 0, -1), ' ')`

export function createUserIndex({ redis, clock, key, touchMs, keepMs }: UserIndexOptions): UserIndex {
  const touchedAt = new Map<string, number>()

  async function note(userId: string): Promise<void> {
    try {
      await redis.eval(NOTE, 1, key, userId, keepMs)
    } catch {
      touchedAt.delete(userId)
    }
  }

  return {
    key,

    touch(userId) {
      const now = clock.uptime()
      if (now - (touchedAt.get(userId) ?? -Infinity) < touchMs) return
      touchedAt.set(userId, now)
      void note(userId)
    },

    async list() {
      return ((await redis.eval(LIST, 1, key, keepMs)) as string).split(' ').filter(Boolean).sort()
    },

    forgetIdle() {
      const now = clock.uptime()
      for (const [userId, at] of touchedAt) if (now - at >= touchMs) touchedAt.delete(userId)
    },

    renew: () => touchedAt.clear()
  }
}
