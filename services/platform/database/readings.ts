import type { Clock } from '../clock.ts'
import { databaseAway } from '../gateway-errors.ts'
import { inTime } from '../within.ts'
import type { ChangeTopic } from './change-listener.ts'

interface ReadingsOptions {
  clock: Clock
  /** What was read is used without asking again for this long, unless a change is announced. */
  freshMs: number
  /** And for this long while the database cannot be asked. */
  staleMs: number
  /** A reading failed, and what was known before goes on. Told once each time the database goes. */
  onAway: (error: unknown) => void
}

export interface KeptReading<T> {
  read: () => Promise<T>
  /** Whether this may be used while the database is away; by default it may. */
  mayGoStale?: (value: T) => boolean
  /** In the place of the common one. */
  staleMs?: number
}

/** Something that is read from the database and kept. */
export interface Reading<T> {
  /** As it holds now. Rejects with 503 when that cannot be told, and what was read before is too old. */
  current: () => Promise<T>
  /** By the database's own word, whatever is known. Rejects with 503 when it is away. */
  anew: () => Promise<T>
  /** As it was read last, however long ago; undefined when it never was. */
  last: () => T | undefined
}

/** All that a process reads from the database and keeps. */
export interface Readings {
  keep: <T>(topic: ChangeTopic, kept: KeptReading<T>) => Reading<T>
  /** Something changed: what was read by now is not used any more, unless the database is away. */
  expire: (topic: ChangeTopic) => void
}

interface Held<T> {
  value: T
  /** The changes that were announced when the reading began. */
  generation: number
  /** By the clock that is never set. */
  readAt: number
}

/** After a failed or slow read the database is left alone this long, so that requests need not each wait for it. */
const AWAY_PAUSE_MS = 1000

/** A database that takes connections but doesn't answer is away too. */
const PATIENCE_MS = 500

/**
 * Keeps what is read now and then, so that a change holds for all that ask after it was announced: they wait for a reading that
 * began since, which they share. Changes are counted, so that no clock has to tell which came first.
 */
export function createReadings({ clock, freshMs, staleMs, onAway }: ReadingsOptions): Readings {
  const generations = new Map<ChangeTopic, number>()
  let awayUntil = -Infinity
  let isAway = false

  const generationOf = (topic: ChangeTopic) => generations.get(topic) ?? 0

  function leaveAlone(error: unknown): void {
    awayUntil = clock.uptime() + AWAY_PAUSE_MS
    if (!isAway) onAway(error)
    isAway = true
  }

  /** Rejects when it takes longer than who can do without it has to wait. */
  function soon<T>(reading: Promise<T>): Promise<T> {
    return inTime(clock, PATIENCE_MS, reading, () => {
      throw new Error(`no answer within ${PATIENCE_MS} ms`)
    })
  }

  function keep<T>(
    topic: ChangeTopic,
    { read, mayGoStale = () => true, staleMs: usableMs = staleMs }: KeptReading<T>
  ): Reading<T> {
    let held: Held<T> | null = null
    let underWay: { generation: number; result: Promise<T> } | null = null

    async function begin(generation: number): Promise<T> {
      const readAt = clock.uptime()
      try {
        const value = await read()
        held = { value, generation, readAt }
        isAway = false
        return value
      } finally {
        underWay = null
      }
    }

    /** One that began before the change may have missed it: another one follows. */
    function refreshed(since: number): Promise<T> {
      if (underWay !== null && underWay.generation < since) {
        const again = () => refreshed(since)
        return underWay.result.then(again, again)
      }
      if (underWay === null) {
        const generation = generationOf(topic)
        underWay = { generation, result: begin(generation) }
      }
      return underWay.result
    }

    async function insist(since: number): Promise<T> {
      try {
        return await refreshed(since)
      } catch (error) {
        leaveAlone(error)
        throw databaseAway(error)
      }
    }

    async function refresh(known: Held<T> | null, since: number): Promise<T> {
      if (known === null || clock.uptime() - known.readAt >= usableMs || !mayGoStale(known.value)) return await insist(since)
      if (clock.uptime() < awayUntil) return known.value
      try {
        // After a change the answer is awaited, however slow: what is known may have been revoked.
        return await (known.generation < since ? refreshed(since) : soon(refreshed(since)))
      } catch (error) {
        leaveAlone(error)
        return known.value
      }
    }

    return {
      async current() {
        const since = generationOf(topic)
        if (held !== null && held.generation >= since && clock.uptime() - held.readAt < freshMs) return held.value
        return await refresh(held, since)
      },
      async anew() {
        expire(topic)
        return await insist(generationOf(topic))
      },
      last: () => held?.value
    }
  }

  function expire(topic: ChangeTopic): void {
    generations.set(topic, generationOf(topic) + 1)
    // Whoever tells of a change has just asked the database.
    awayUntil = -Infinity
  }

  return { keep, expire }
}
