import type { Clock } from '../../platform/clock.ts'
import type { Segment } from './journal-segments.ts'

interface SealedAges {
  /** Looks which segments there are now, and which of them have ended. */
  look: (segments: readonly Segment[]) => void
  /** For how long the segment is known to have ended, in milliseconds; null for one that has not. */
  ageOf: (segment: Segment) => number | null
}

/**
 * How long ago segments have ended. Measured here, from when it was first seen: `sealedAt` is by the wall clock, which may have been
 * set since, and another thread's monotonic clock counts from somewhere else.
 */
export function createSealedAges(clock: Pick<Clock, 'uptime'>): SealedAges {
  let seen = new Map<number, number>()
  return {
    look(segments) {
      const now = clock.uptime()
      const ended = segments.filter(({ sealedAt }) => sealedAt !== null)
      seen = new Map(ended.map(({ number }) => [number, seen.get(number) ?? now]))
    },
    ageOf({ number }) {
      const since = seen.get(number)
      return since === undefined ? null : clock.uptime() - since
    }
  }
}
