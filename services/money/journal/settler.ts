import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../platform/clock.ts'
import { inTime, keepingAlive } from '../../platform/within.ts'
import type { JournalLog } from './journal.ts'
import type { JournalView } from './journal-view.ts'
import { createJournalReader, type FinishedAttempt, type JournalReader, type JournalReaderCounts } from './journal-reader.ts'
import { openDeadJournal, purgeSettled, removeEmptyJournal, type Segment } from './journal-segments.ts'
import { createSealedAges } from './sealed-ages.ts'
import { createSettlementQueue, type SettleResult } from './settlement-queue.ts'

export type { SettleResult } from './settlement-queue.ts'

export interface SettlerOptions {
  journal: JournalView
  /**
   * Puts attempts on record, all or none. It must skip those already there: after a crash it gets some a second time. It must
   * also end by itself in bounded time, since nothing else is settled meanwhile. `replayed`: the ids of those that a process that is
   * gone has left behind.
   */
  settle: (attempts: FinishedAttempt[], replayed: ReadonlySet<string>) => Promise<SettleResult>
  /**
   * Whether the same attempts may be taken later. Where it is false, the one that is at fault is looked for, and set aside in
   * `rejected.log` once the database has taken others.
   */
  isTransient: (error: unknown) => boolean
  clock: Clock
  /** How long to rest when all is settled. */
  intervalMs: number
  /** Most attempts given to `settle` at once. */
  batchSize?: number
  /** Pause after a failure, doubled each time up to `maxRetryMs`. */
  retryMs?: number
  maxRetryMs?: number
  /** How long settled segments are kept, and how many bytes of them. */
  keepSettledMs?: number
  keepSettledBytes?: number
  /** How long after its end a segment may be held by attempts still open before they are carried forward. */
  carryAfterMs?: number
  /** Whether others are done with a segment of the journal too. */
  mayRetire?: (segment: Segment) => boolean
  /** Called with the numbers of attempts of this life that left no event. */
  onVoid?: (number: number) => void
  log: JournalLog
  /** Called after each batch that was put on record. */
  onSettled?: (attempts: readonly FinishedAttempt[], result: SettleResult) => void
  /** Called for each attempt that was set aside. */
  onSetAside?: (attempt: FinishedAttempt, isReplayed: boolean) => void
}

/** How far the settler is. */
export interface SettlerState {
  /** Of the journal's current life: on record, set aside or void. */
  handledAttempts: number
  /** Of dead owners: read but not on record. */
  waitingLeftovers: number
  /** Epoch milliseconds: since when the first of them has waited. */
  oldestAt: number | null
  /** Those that wait, with those in flight. */
  attemptsInMemory: number
  counts: SettlerCounts
}

export interface SettlerCounts extends JournalReaderCounts {
  settled: number
  /** Given to `settle` although they were on record, as happens after a crash. */
  duplicates: number
  /** Set aside in `rejected.log`. */
  rejected: number
  /** Left behind by a process that is gone; among the settled and the duplicates. */
  replayed: number
}

export interface Settler {
  /** Begins with what an earlier life of the instance left behind. */
  start: () => void
  /**
   * Settles what a dead owner left in its folder, and removes the folder once nothing kept is in it. Resolves to true when all
   * of it is done, to false when the settler closes before. May be called again for the same folder.
   */
  adopt: (dir: string) => Promise<boolean>
  /** Resolves to true when every attempt finished so far is on record or set aside, to false when the settler closes before. */
  flush: () => Promise<boolean>
  /** `flush` with a deadline, then `close`. Resolves to whether all was settled; what was not waits in the journal. */
  drain: (timeoutMs: number) => Promise<boolean>
  /** Settles nothing more; resolves when no `settle` is under way. */
  close: () => Promise<void>
  state: () => SettlerState
}

const DAY_MS = 24 * 60 * 60 * 1000
const HOUR_MS = 60 * 60 * 1000
/** Besides one chunk of the files and the attempts in flight, so many are held in memory while `settle` fails. */
const READ_AHEAD_BATCHES = 4

/** Moves attempts from the journal to the record, in bounded memory and for as long as it takes. */
export function createSettler(options: SettlerOptions): Settler {
  const { journal, clock, log, mayRetire = () => true } = options
  const { batchSize = 100, retryMs = 1000, maxRetryMs = 15_000, carryAfterMs = 60_000 } = options
  const keepSettled = { keepMs: options.keepSettledMs ?? 7 * DAY_MS, keepBytes: options.keepSettledBytes ?? 1024 ** 3 }

  const closing = new AbortController()
  const closed = () => closing.signal.aborted
  const queue = createSettlementQueue({
    settle: options.settle,
    isTransient: options.isTransient,
    setAside,
    onSetAside: (attempt, isReplayed) => options.onSetAside?.(attempt, isReplayed),
    onSettled: (attempts, result) => options.onSettled?.(attempts, result),
    pause,
    stopped: closed,
    retryMs,
    maxRetryMs,
    log
  })
  const current = createJournalReader({
    source: journal.current,
    dead: false,
    mayRetire,
    ...(options.onVoid && { onVoid: options.onVoid }),
    log
  })
  let readers = [createJournalReader({ source: journal.leftovers, dead: true, mayRetire, log }), current]
  const dismissed: JournalReaderCounts = { corruptLines: 0, tornLines: 0, orphanRecords: 0 }
  const adopted = new Map<string, { reader: JournalReader; settled: PromiseWithResolvers<boolean> }>()

  const sealedAges = createSealedAges(clock)
  let flushes: PromiseWithResolvers<boolean>[] = []
  let running: Promise<void> | null = null
  let wake: (() => void) | null = null
  let urgent = false
  let draining = false
  let purgedAt = -Infinity
  let diskWorks = true

  async function run(): Promise<void> {
    while (!closed()) {
      urgent = false
      try {
        await round()
        if (!urgent) await pause(options.intervalMs)
      } catch (error) {
        log.error({ err: error }, 'settling usage failed unexpectedly; trying again')
        await pause(maxRetryMs)
      }
    }
  }

  async function round(): Promise<void> {
    const awaited = flushes
    await journal.refresh()
    let isAllInFiles = journal.healthy()
    for (;;) {
      const allRead = await readAhead()
      if (closed()) return
      tidyUp()
      if (queue.length === 0) {
        if (allRead && !isAllInFiles && draining) isAllInFiles = await settleUnwritten()
        if (allRead && isAllInFiles) answer(awaited, true)
        break
      }
      await queue.settleFirst(Math.min(batchSize, queue.length))
      if (closed()) return
    }
    carryForward()
    if (!closed()) tidyUp()
  }

  /** What the disk does not take goes on record from memory. False when not all of it is over, or was settled. */
  async function settleUnwritten(): Promise<boolean> {
    for (const over of current.readLines(await journal.unwritten())) queue.push(over, false)
    while (queue.length > 0 && !closed()) await queue.settleFirst(Math.min(batchSize, queue.length))
    if (closed() || current.openAttempts() > 0) return false
    journal.forgetUnwritten()
    return true
  }

  /** Reads on until enough is queued; true when all journals have been read to their ends. */
  async function readAhead(): Promise<boolean> {
    let unread = readers
    while (queue.length < batchSize * READ_AHEAD_BATCHES) {
      const works = unread.map((reader) => onDisk(() => readChunk(reader)))
      if (works.includes(false)) return false
      unread = unread.filter((reader) => !reader.atEnd())
      if (unread.length === 0) return true
      await setImmediate()
    }
    return false
  }

  function readChunk(reader: JournalReader): void {
    for (const over of reader.read()) queue.push(over, reader.dead)
  }

  /** Runs a step on the disk; a failure is told once, and the step tried again in a later round. */
  function onDisk(step: () => void): boolean {
    try {
      step()
      diskWorks = true
      return true
    } catch (error) {
      if (diskWorks) log.error({ err: error }, 'the journal cannot be read or cleaned up; trying again')
      diskWorks = false
      return false
    }
  }

  function setAside({ sent, closed: fate }: FinishedAttempt, error: unknown): boolean {
    const reason = error instanceof Error ? error.message : String(error)
    const line = JSON.stringify({ at: new Date(clock.now()).toISOString(), reason, sent, closed: fate })
    const path = join(journal.dir, 'rejected.log')
    if (!onDisk(() => appendFileSync(path, `${line}\n`, { mode: 0o600, flush: true }))) return false
    log.error({ err: error, attempt: sent.id, path }, 'usage was refused by the database and set aside')
    return true
  }

  function tidyUp(): void {
    for (const reader of readers) onDisk(() => reader.retireSettled())
    for (const reader of readers) if (reader.exhausted()) dismiss(reader)
    if (clock.uptime() - purgedAt < HOUR_MS) return
    purgedAt = clock.uptime()
    onDisk(() => purgeSettled(journal.dir, clock.now(), keepSettled))
  }

  function dismiss(reader: JournalReader): void {
    readers = readers.filter((other) => other !== reader)
    addCounts(dismissed, reader.counts)
    for (const [dir, journal] of adopted) {
      if (journal.reader !== reader) continue
      adopted.delete(dir)
      onDisk(() => {
        purgeSettled(dir, clock.now(), keepSettled)
        removeEmptyJournal(dir)
      })
      journal.settled.resolve(true)
    }
  }

  /** Frees the oldest segment of attempts that are still open, such as long streams. */
  function carryForward(): void {
    sealedAges.look(journal.current.segments())
    const held = current.heldByOpenAttempts()
    const ageMs = held === null ? null : sealedAges.ageOf(held)
    if (held === null || ageMs === null || ageMs < carryAfterMs) return
    journal.carry(held.number)
  }

  async function pause(durationMs: number): Promise<void> {
    if (closed()) return
    const awake = Promise.withResolvers<void>()
    const timer = clock.setTimer(awake.resolve, durationMs)
    wake = awake.resolve
    await awake.promise
    wake = null
    timer.cancel()
  }

  function settleNow(): void {
    urgent = true
    wake?.()
  }

  function flush(): Promise<boolean> {
    if (closed()) return Promise.resolve(false)
    const flushed = Promise.withResolvers<boolean>()
    flushes = [...flushes, flushed]
    settleNow()
    return flushed.promise
  }

  function answer(awaited: readonly PromiseWithResolvers<boolean>[], all: boolean): void {
    flushes = flushes.filter((flush) => !awaited.includes(flush))
    for (const flush of awaited) flush.resolve(all)
  }

  const flushWithin = (timeoutMs: number) => keepingAlive(inTime(clock, timeoutMs, flush(), () => false))

  async function close(): Promise<void> {
    closing.abort()
    wake?.()
    answer(flushes, false)
    for (const { settled } of adopted.values()) settled.resolve(false)
    adopted.clear()
    await running
  }

  return {
    start() {
      running ??= run()
    },
    async adopt(dir) {
      const known = adopted.get(dir)
      if (known !== undefined) return known.settled.promise
      if (closed()) return false
      const reader = createJournalReader({ source: openDeadJournal(dir, clock.now), dead: true, mayRetire: () => true, log })
      const settled = Promise.withResolvers<boolean>()
      adopted.set(dir, { reader, settled })
      readers = [...readers, reader]
      settleNow()
      return settled.promise
    },
    flush,
    async drain(timeoutMs) {
      draining = true
      const all = running !== null && (await flushWithin(timeoutMs))
      const stopped = close()
      // Past the deadline a `settle` that hangs is not waited for; what it does is harmless.
      if (!all) return false
      await stopped
      // Lets the last segment be retired too: the next life need not read what is settled.
      await journal.seal()
      await readAhead()
      tidyUp()
      return true
    },
    close,
    state: () => ({
      handledAttempts: current.endedAttempts() - (queue.length - queue.leftovers),
      waitingLeftovers: queue.leftovers,
      oldestAt: queue.oldestAt(),
      attemptsInMemory: readers.reduce((sum, reader) => sum + reader.openAttempts(), queue.length),
      counts: countsNow()
    })
  }

  function countsNow(): SettlerCounts {
    const counts = { ...dismissed, ...queue.counts }
    for (const reader of readers) addCounts(counts, reader.counts)
    return counts
  }
}

function addCounts(sums: JournalReaderCounts, counts: JournalReaderCounts): void {
  sums.corruptLines += counts.corruptLines
  sums.tornLines += counts.tornLines
  sums.orphanRecords += counts.orphanRecords
}
