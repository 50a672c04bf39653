import { LRUCache } from 'lru-cache'
import { atMost } from '../../platform/at-most.ts'
import type { Clock } from '../../platform/clock.ts'

/** How often a waiting client is to poll. */
export const POLL_INTERVAL_S = 5

/** Timers and networks are not exact. */
const EARLY_MS = (POLL_INTERVAL_S - 1) * 1000
/**
 * Polls that follow another this soon are not looked up: a code costs the database at most a statement a second, however often it
 * is sent.
 */
const AT_ONCE_MS = 1000
const MOST_CODES = 10_000

/** `at-once` is not looked up; `early` is only told that it was early. */
export type Pace = 'at-once' | 'early' | 'fine'

/** Tracks how fast each code is polled with at this process. */
export function createPollingPace(clock: Pick<Clock, 'uptime'>): (code: Buffer) => Pace {
  const looked = new LRUCache<string, number>(atMost(MOST_CODES))
  return (code) => {
    const name = code.toString('base64')
    const now = clock.uptime()
    const sinceMs = now - (looked.get(name) ?? -Infinity)
    if (sinceMs < AT_ONCE_MS) return 'at-once'
    looked.set(name, now)
    return sinceMs < EARLY_MS ? 'early' : 'fine'
  }
}
