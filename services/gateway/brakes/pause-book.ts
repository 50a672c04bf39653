import type { Clock } from '../../platform/clock.ts'
import type { Reading } from '../../platform/database/readings.ts'
import { pause as wait } from '../../platform/clock.ts'
import { within } from '../../platform/within.ts'
import type { PauseRecord } from '../../resources/records/pauses.ts'
import { subjectName, withinScope, type BrakeSubject } from './brake-subject.ts'
import { BRAKE_SCOPES } from '../../resources/brakes/brake-fields.ts'

/** A pause as this process holds to it. */
export interface HeldPause {
  subject: BrakeSubject
  /** Null while it is not on record. */
  id: string | null
  reason: string
  /** By the clock that is never set; null: until somebody resumes it. */
  until: number | null
}

/** By key, and there by the subject's name. */
export type StoredPauses = ReadonlyMap<string, ReadonlyMap<string, HeldPause>>

/** Pauses as they were read just now. */
export function storedPauses(records: readonly PauseRecord[], uptime: number): StoredPauses {
  const byKey = Map.groupBy(records, ({ keyId }) => keyId)
  const held = ({ id, reason, leftMs, ...subject }: PauseRecord): [string, HeldPause] => [
    subjectName(subject),
    { subject, id, reason, until: leftMs === null ? null : uptime + leftMs }
  ]
  return new Map([...byKey].map(([keyId, own]) => [keyId, new Map(own.map(held))]))
}

/** More sessions of one key are not paused each by itself: then the key is. */
export const MOST_OF_KEY = 50

const RETRY_MS = 1000
/** So long whoever is refused waits for the pause's number. */
const ID_PATIENCE_MS = 500

interface Trip {
  subject: BrakeSubject
  reason: string
  /** Null: until somebody resumes it. */
  lengthMs: number | null
  /** Puts it on record, and returns its id; null where nothing is left to pause. `ageMs`: how long ago it was. */
  record: (pause: Pick<HeldPause, 'subject' | 'reason'>, ageMs: number) => Promise<string | null>
}

interface PauseBookOptions {
  clock: Clock
  reading: Reading<StoredPauses>
  /** A pause could not be put on record, which is tried again until it can. Told once each time. */
  onAway: (error: unknown) => void
}

/**
 * What is paused: what is on record, and what this process has paused and is not there yet. That holds at once, and is put on record as
 * soon as the database takes it.
 */
export function createPauseBook({ clock, reading, onAway }: PauseBookOptions) {
  const pending = new Map<string, Map<string, HeldPause & { recorded: Promise<void> }>>()
  const writing = new Set<Promise<void>>()
  let isClosed = false

  const isInForce = ({ until }: HeldPause) => until === null || clock.uptime() < until

  function holding(subject: BrakeSubject): HeldPause | null {
    for (const pauses of [reading.last()?.get(subject.keyId), pending.get(subject.keyId)]) {
      if (pauses === undefined) continue
      for (const scope of BRAKE_SCOPES) {
        const within = withinScope(subject, scope)
        const pause = within === null ? undefined : pauses.get(subjectName(within))
        if (pause !== undefined && isInForce(pause)) return pause
      }
    }
    return null
  }

  const countOf = (keyId: string) => (reading.last()?.get(keyId)?.size ?? 0) + (pending.get(keyId)?.size ?? 0)

  function drop({ keyId, ...subject }: BrakeSubject): void {
    const own = pending.get(keyId)
    own?.delete(subjectName({ keyId, ...subject }))
    if (own?.size === 0) pending.delete(keyId)
  }

  async function record(pause: HeldPause, { record: write }: Trip): Promise<void> {
    const beganAt = clock.uptime()
    let isAway = false
    for (;;) {
      if (isClosed) return
      try {
        pause.id ??= await write(pause, clock.uptime() - beganAt)
        // What is on record takes its place only once that was read.
        await reading.anew()
        return drop(pause.subject)
      } catch (error) {
        if (!isAway) onAway(error)
        isAway = true
        await wait(clock, RETRY_MS)
      }
    }
  }

  return {
    /** Resolves when what is on record is known as it is now, or as it was before the database went away. */
    upToDate: async () => void (await reading.current()),

    /** What holds of a subject, be it of all its session or key; null when nothing does. */
    holding,

    /** How many hold, as far as this process knows. */
    count(): number {
      const all = [...(reading.last()?.values() ?? []), ...pending.values()].flatMap((pauses) => [...pauses])
      return new Set(all.filter(([, pause]) => isInForce(pause)).map(([name, { subject }]) => `${subject.keyId} ${name}`)).size
    },

    /** Pauses a subject at once. False when it is paused already. */
    trip(trip: Trip): boolean {
      if (holding(trip.subject) !== null) return false
      const { keyId } = trip.subject
      const isOneOfMany = trip.subject.session !== null && countOf(keyId) >= MOST_OF_KEY
      const subject = isOneOfMany ? { keyId, session: null, agent: null } : trip.subject
      const reason = isOneOfMany ? `the key has ${MOST_OF_KEY} paused sessions, and ${trip.reason}` : trip.reason
      const until = trip.lengthMs === null ? null : clock.uptime() + trip.lengthMs
      const pause: HeldPause = { subject, id: null, reason, until }
      const recorded = record(pause, trip)
      writing.add(recorded)
      void recorded.finally(() => writing.delete(recorded))
      const own = pending.get(keyId) ?? new Map<string, HeldPause & { recorded: Promise<void> }>()
      own.set(subjectName(subject), Object.assign(pause, { recorded }))
      pending.set(keyId, own)
      return true
    },

    /** The pause with its number, where it gets that soon. */
    async numbered(pause: HeldPause): Promise<HeldPause> {
      const recorded = pending.get(pause.subject.keyId)?.get(subjectName(pause.subject))?.recorded
      if (pause.id === null && recorded !== undefined) await within(clock, ID_PATIENCE_MS, recorded)
      return pause
    },

    /** What is not on record by then is lost. */
    async close(): Promise<void> {
      await within(clock, 2000, Promise.all(writing))
      isClosed = true
    }
  }
}

export type PauseBook = ReturnType<typeof createPauseBook>
