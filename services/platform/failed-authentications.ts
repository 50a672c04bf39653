import { hash } from 'node:crypto'
import type { Cluster, Redis } from 'ioredis'
import { LRUCache } from 'lru-cache'
import { atMost } from './at-most.ts'
import { parseAddress } from './network/addresses.ts'
import type { Clock } from './clock.ts'
import { tooManyFailures, type GatewayError } from './gateway-errors.ts'
import { within } from './within.ts'

interface FailedAuthenticationsOptions {
  clock: Clock
  /** What fails: each kind is counted apart, under one name on all replicas. */
  kind: string
  /** How many a client address may have within the window. */
  max: number
  windowMs: number
  /** Where replicas count together; null without a Redis. */
  shared?: () => SharedFailures | null
  maxAddresses?: number
}

export interface FailedAuthentications {
  /**
   * Counts one. Returns the ms until the address may fail again, once it had its share; null while it has some left. Never rejects:
   * while Redis is away, each process counts for itself.
   */
  count: (address: string) => Promise<number | null>
  /** Takes back one that was counted before it was known how it ends. */
  takeBack: (address: string) => void
}

/** Counts that replicas have together, each for as long as its window lasts. */
export interface SharedFailures {
  /** Adds to a count, which never gets below 0. Rejects when Redis is away. */
  add: (name: string, by: 1 | -1, windowMs: number) => Promise<{ failures: number; leftMs: number }>
}

interface Window {
  endsAt: number
  failures: number
}

/** A Redis that does not answer costs a failure this long, and no more. */
const PATIENCE_MS = 500

/**
 * Failed authentications by client address: what this process sees in memory, what all replicas see in Redis; the stricter of the two
 * holds. An address that makes room for others starts anew in memory, so that it stays bounded whatever comes.
 *
 * Not by @fastify/rate-limit: it counts before it is known whether an authentication fails and takes nothing back, so that those who
 * sign in rightly would be refused; and while Redis is away its store either lets all through or refuses everybody.
 */
export function createFailedAuthentications(options: FailedAuthenticationsOptions): FailedAuthentications {
  const { clock, kind, max, windowMs, shared = () => null, maxAddresses = 10_000 } = options
  const windows = new LRUCache<string, Window>(atMost(maxAddresses))

  /** Null when there is none, or it is over. */
  function openWindow(name: string): Window | null {
    const window = windows.get(name)
    return window === undefined || window.endsAt <= clock.uptime() ? null : window
  }

  function countHere(name: string): number | null {
    const now = clock.uptime()
    let window = openWindow(name)
    if (window === null) {
      window = { endsAt: now + windowMs, failures: 0 }
      windows.set(name, window)
    }
    window.failures++
    return window.failures > max ? window.endsAt - now : null
  }

  /** Whoever fails chooses the name: it may be long, or somebody's e-mail address. */
  const sharedNameOf = (name: string) => `${kind}:${hash('sha256', name, 'base64url').slice(0, 22)}`

  async function countTogether(name: string): Promise<number | null> {
    let retryAfterMs: number | null = null
    const counting = shared()
      ?.add(sharedNameOf(name), 1, windowMs)
      .then(({ failures, leftMs }) => {
        if (failures > max) retryAfterMs = leftMs
      })
      .catch(() => {})
    if (counting !== undefined) await within(clock, PATIENCE_MS, counting)
    return retryAfterMs
  }

  return {
    async count(address) {
      const name = networkOf(address)
      const here = countHere(name)
      const together = await countTogether(name)
      return here ?? together
    },
    takeBack(address) {
      const name = networkOf(address)
      const window = openWindow(name)
      if (window !== null && window.failures > 0) window.failures--
      shared()
        ?.add(sharedNameOf(name), -1, windowMs)
        .catch(() => {})
    }
  }
}

/** Counts one. Resolves to what whoever failed is told: the refusal, or 429 once the address has failed too often. */
export async function refusalAfter(
  failures: FailedAuthentications,
  address: string,
  refusal: GatewayError
): Promise<GatewayError> {
  const retryAfterMs = await failures.count(address)
  return retryAfterMs === null ? refusal : tooManyFailures(retryAfterMs / 1000, refusal.facts)
}

const ADD = `
  local count = tonumber(redis.call('GET', KEYS[1]) or '0')
  local by = math.max(tonumber(ARGV[1]), -count)
  if by ~= 0 then count = redis.call('INCRBY', KEYS[1], by) end
  local left = redis.call('PTTL', KEYS[1])
  if left == -1 then
    left = tonumber(ARGV[2])
    redis.call('PEXPIRE', KEYS[1], left)
  end
  return { count, math.max(left, 0) }`

/** By keys of their own, which a Redis Cluster spreads. */
export function createRedisFailures(redis: Redis | Cluster, prefix: string): SharedFailures {
  return {
    async add(name, by, windowMs) {
      // A command would wait for the connection.
      if (redis.status !== 'ready') throw new Error('Redis is away')
      const reply = await redis.eval(ADD, 1, `${prefix}:failures:${name}`, by, windowMs)
      const [failures, leftMs] = reply as [number, number]
      return { failures, leftMs }
    }
  }
}

/** Whoever has one IPv6 address has the 2^64 of its network. */
function networkOf(name: string): string {
  const address = parseAddress(name)
  if (address === null) return name
  const bytes = address.toByteArray()
  return bytes.length === 4 ? address.toString() : `${Buffer.from(bytes.slice(0, 8)).toString('hex')}/64`
}
