import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { atMost } from '../../platform/at-most.ts'
import { pause, type Clock } from '../../platform/clock.ts'
import type { RedisClient } from '../slots/redis-client.ts'

/** A message that an account returned to a user. */
interface GivenMessage {
  userId: string
  /** Its id, as the upstream named it. */
  messageId: string
}

/** Which account each message came from: a thread that continues from it must go there. */
export interface MessageHomes {
  /** `isThread`: the message belongs to a thread, so other replicas may be asked to continue from it. */
  remember: (message: GivenMessage, accountId: string, isThread: boolean) => void
  /** The account that returned the message to this user; null when unknown or forgotten. Never rejects. */
  homeOf: (message: GivenMessage) => Promise<string | null>
}

/** What replicas share. Both reject when the store is away. */
export interface SharedMessageHomes {
  put: (name: string, accountId: string, ttlMs: number) => Promise<void>
  get: (name: string) => Promise<string | null>
}

interface MessageHomesOptions {
  clock: Clock
  /** Null when it is not there, or away. */
  shared: () => SharedMessageHomes | null
  max?: number
}

/** The upstream keeps a thread at least this long (beta `message-threads-2026-08-12`). */
const KEPT_MS = 300_000

/** Another replica may only just have told of it: a client can be faster than that. */
const SECOND_LOOK_MS = 50

export function createMessageHomes({ clock, shared, max = 20_000 }: MessageHomesOptions): MessageHomes {
  const homes = new LRUCache<string, { accountId: string; until: number }>(atMost(max))

  async function sharedHomeOf(name: string): Promise<string | null> {
    const others = shared()
    if (others === null) return null
    const home = await others.get(name)
    if (home !== null) return home
    await pause(clock, SECOND_LOOK_MS)
    return await others.get(name)
  }

  return {
    remember(message, accountId, isThread) {
      homes.set(nameOf(message), { accountId, until: clock.uptime() + KEPT_MS })
      // For what is lost while Redis is away, the client replays the conversation.
      if (isThread)
        shared()
          ?.put(hashOf(nameOf(message)), accountId, KEPT_MS)
          .catch(() => {})
    },

    async homeOf(message) {
      const name = nameOf(message)
      const known = homes.get(name)
      if (known !== undefined && clock.uptime() < known.until) return known.accountId
      return await sharedHomeOf(hashOf(name)).catch(() => null)
    }
  }
}

/** An upstream's own have 28 characters: of a longer one nothing is remembered but its hash. */
const MOST_PLAIN_CHARACTERS = 64

/** Users continue only from their own messages. */
function nameOf({ userId, messageId }: GivenMessage): string {
  return `${userId}\n${messageId.length > MOST_PLAIN_CHARACTERS ? hashOf(messageId) : messageId}`
}

/** The ids that clients send may be long, and other replicas keep what they are given. */
const hashOf = (text: string) => hash('sha256', text, 'base64url').slice(0, 22)

/** Each under its own key, which a Redis Cluster spreads. */
export function createRedisMessageHomes(redis: RedisClient, prefix: string): SharedMessageHomes {
  const keyOf = (name: string) => `${prefix}:message:${name}`
  return {
    async put(name, accountId, ttlMs) {
      await redis.set(keyOf(name), accountId, 'PX', ttlMs)
    },
    get: (name) => redis.get(keyOf(name))
  }
}
