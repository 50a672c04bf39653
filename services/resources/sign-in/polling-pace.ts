import { LRUCache } from 'lru-cache'
import type { Clock } from '../../platform/clock.ts'

/** How often who waits is to ask. */
export const POLL_INTERVAL_S = 5

/** Timers and networks are not that exact. */
const EARLY_MS = (POLL_INTERVAL_S - 1) * 1000
/** Nobody who asks this soon after another time is looked up: a code costs the database a statement a second, however it is asked with. */
const AT_ONCE_MS = 1000
const MOST_CODES = 10_000

/** `at-once` is not to be looked at, `early` only told that it was early. */
export type Pace = 'at-once' | 'early' | 'fine'

/** How fast this process is asked with each code. */
export function createPollingPace(clock: Pick<Clock, 'uptime'>): (code: Buffer) => Pace {
  const looked = new LRUCache<string, number>({ max: MOST_CODES })
  return (code) => {
    const name = code.toString('base64')
    const now = clock.uptime()
    const sinceMs = now - (looked.get(name) ?? -Infinity)
    if (sinceMs < AT_ONCE_MS) return 'at-once'
    looked.set(name, now)
    return sinceMs < EARLY_MS ? 'early' : 'fine'
  }
}
