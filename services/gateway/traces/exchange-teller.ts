import type { Clock } from '../../platform/clock.ts'
import type { JournalLog } from '../../money/journal/journal.ts'
import { scanLines, type ExchangeNote } from '../../money/journal/journal-lines.ts'
import type { Segment } from '../../money/journal/journal-segments.ts'
import type { JournalView } from '../../money/journal/journal-view.ts'
import { createSegmentCursor } from '../../money/journal/segment-cursor.ts'
import { packTraces, type TracePack } from './trace-packs.ts'

export interface ExchangeTellerOptions {
  journal: JournalView
  /** Numbers of the last exchanges of this run that were told and stored before. */
  after: { told: number; stored: number }
  /** Called with exchanges of this run, in the order of their ends, for the log. */
  tell: (notes: readonly ExchangeNote[]) => void
  /** Stores all of them or none, in bounded time. `through`: the number of the last one. */
  insert: (packs: readonly TracePack[], through: number) => Promise<void>
  /** False when the same packs will never be accepted. */
  isTransient: (error: unknown) => boolean
  clock: Clock
  /** How long to wait when everything is told. */
  intervalMs: number
  /** The most traces held in memory while they cannot be stored; beyond that the oldest are dropped. */
  maxPending?: number
  log: JournalLog
}

/** Tells of exchanges in the background, from the journal: nothing waits for it, and nothing fails when the database does. */
interface ExchangeTeller {
  start: () => void
  /** Resolves when all exchanges ended so far are told and stored, or could not be stored now. Never rejects. */
  flush: () => Promise<void>
  /** Whether the segment may go. */
  hasRead: (segment: Segment) => boolean
  /** A last flush, including what the disk did not accept; the rest is lost. */
  stop: () => Promise<void>
}

const LONGEST_RETRY_MS = 30_000

export function createExchangeTeller(options: ExchangeTellerOptions): ExchangeTeller {
  const { journal, after, insert, isTransient, clock, intervalMs, maxPending = 10_000, log } = options
  const leftovers = createSegmentCursor({ source: journal.leftovers, log })
  const current = createSegmentCursor({ source: journal.current, log })
  let pending: ExchangeNote[] = []
  let dropped = 0
  let works = true
  let storeAgainAt = -Infinity
  let retryMs = intervalMs
  let under: Promise<void> | null = null
  let timer: { cancel: () => void } | null = null
  let stopped = false

  function turn(): Promise<void> {
    under ??= round().finally(() => {
      under = null
    })
    return under
  }

  async function round(): Promise<void> {
    try {
      await journal.refresh()
      // What an earlier run left, it has told itself as far as it got.
      while (leftovers.read((chunk) => eachNote(chunk, keep)));
      const notes: ExchangeNote[] = []
      while (current.read((chunk) => eachNote(chunk, (note) => take(note, notes))));
      tell(notes)
    } catch (error) {
      log.warn({ err: error }, 'the journal cannot be read for exchange traces; trying again')
    }
    if (clock.uptime() >= storeAgainAt) await storePending()
    if (dropped > 0) log.warn({ dropped }, 'exchange traces were dropped: the database did not take them in time')
    dropped = 0
  }

  function take(note: ExchangeNote, notes: ExchangeNote[]): void {
    if (note.number > after.told) notes.push(note)
    if (note.number > after.stored) keep(note)
  }

  function keep(note: ExchangeNote): void {
    if (note.facts === null) return
    if (pending.length >= maxPending) dropped += pending.splice(0, Math.ceil(maxPending / 10)).length
    pending.push(note)
  }

  function tell(notes: ExchangeNote[]): void {
    if (notes.length > 0) options.tell(notes)
  }

  async function storePending(): Promise<void> {
    if (pending.length === 0) return
    const notes = pending
    pending = []
    try {
      await insert(packTraces(notes), notes.at(-1)?.number ?? 0)
      if (!works) log.info({}, 'exchange traces are written again')
      works = true
      retryMs = intervalMs
    } catch (error) {
      if (isTransient(error)) failed(notes, error)
      else log.warn({ err: error, traces: notes.length }, 'exchange traces were refused by the database')
    }
  }

  function failed(notes: ExchangeNote[], error: unknown): void {
    if (works) log.warn({ err: error }, 'exchange traces cannot be written; the newest are kept in memory')
    works = false
    pending = [...notes, ...pending]
    storeAgainAt = clock.uptime() + retryMs
    retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)
  }

  function schedule(): void {
    if (stopped) return
    timer = clock.setTimer(() => void turn().then(schedule), intervalMs)
  }

  async function flush(): Promise<void> {
    // Exchanges that ended after it began were not in it.
    if (under !== null) await under
    storeAgainAt = works ? storeAgainAt : -Infinity
    await turn()
  }

  return {
    start: schedule,
    flush,
    hasRead: (segment) => current.hasRead(segment) || leftovers.hasRead(segment),
    async stop() {
      stopped = true
      timer?.cancel()
      await flush()
      if (!journal.healthy()) {
        const notes: ExchangeNote[] = []
        eachNote(await journal.unwritten(), (note) => take(note, notes))
        tell(notes)
        await storePending()
      }
      if (pending.length > 0) log.warn({ lost: pending.length }, 'exchange traces were lost at shutdown')
    }
  }
}

/** Returns how many bytes were whole lines. */
function eachNote(chunk: Buffer, visit: (note: ExchangeNote) => void): number {
  return scanLines(chunk, {
    wants: 'exchanges',
    onRecord(record) {
      if (record.type === 'exchange') visit(record)
    },
    onBadLine() {}
  })
}
