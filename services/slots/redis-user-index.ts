import type { Clock } from '../clock.ts'
import type { RedisClient } from './redis-client.ts'

/** Who has something in flight or waiting, perhaps: Redis has no other list of users. */
export interface UserIndex {
  touch: (userId: string) => void
  list: () => Promise<string[]>
  forgetIdle: () => void
  /** The list may have been lost: all are noted anew as they are touched. */
  renew: () => void
}

export interface UserIndexOptions {
  redis: RedisClient
  clock: Clock
  key: string
  /** A user is noted at most this often by one process. */
  touchMs: number
  /** After this time without a note a user is idle. */
  keepMs: number
}

export function createUserIndex({ redis, clock, key, touchMs, keepMs }: UserIndexOptions): UserIndex {
  const touchedAt = new Map<string, number>()

  async function note(userId: string, now: number): Promise<void> {
    try {
      await Promise.all([redis.zadd(key, now, userId), redis.pexpire(key, keepMs)])
    } catch {
      touchedAt.delete(userId)
    }
  }

  return {
    touch(userId) {
      const now = clock.now()
      if (now - (touchedAt.get(userId) ?? -Infinity) < touchMs) return
      touchedAt.set(userId, now)
      void note(userId, now)
    },

    async list() {
      const [, ids] = await Promise.all([
        redis.zremrangebyscore(key, '-inf', clock.now() - keepMs),
        redis.zrange(key, '0', '-1')
      ])
      return ids.sort()
    },

    forgetIdle() {
      const now = clock.now()
      for (const [userId, at] of touchedAt) if (now - at >= touchMs) touchedAt.delete(userId)
    },

    renew: () => touchedAt.clear()
  }
}
