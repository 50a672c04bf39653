import type { JournalLog } from './journal.ts'
import type { FinishedAttempt, OverAttempt } from './journal-reader.ts'

export interface SettleResult {
  /** The ids that were on record before. */
  duplicates: readonly string[]
}

interface SettlementQueueOptions {
  /** `replayed`: the ids of those that a process that is gone has left behind. */
  settle: (attempts: FinishedAttempt[], replayed: ReadonlySet<string>) => Promise<SettleResult>
  isTransient: (error: unknown) => boolean
  /** Stores an attempt that can't be settled; false when that failed. */
  setAside: (attempt: FinishedAttempt, error: unknown) => boolean
  /** Called for each that was set aside. */
  onSetAside: (attempt: FinishedAttempt, isReplayed: boolean) => void
  onSettled: (attempts: readonly FinishedAttempt[], result: SettleResult) => void
  /** Rests before the next try; may be cut short. */
  pause: (durationMs: number) => Promise<void>
  stopped: () => boolean
  retryMs: number
  maxRetryMs: number
  log: JournalLog
}

interface Waiting {
  readonly over: OverAttempt
  /** Left behind by a process that is gone. */
  readonly dead: boolean
  /** How many attempts had been taken when this one was first refused by itself. */
  refusedAt: number | null
}

/** Attempts that are over, in the order they were read, until they are on record. */
interface SettlementQueue {
  readonly length: number
  /** Of those, how many a process that is gone has left behind. */
  readonly leftovers: number
  /** Epoch milliseconds: since when the first has waited. */
  oldestAt: () => number | null
  push: (over: OverAttempt, dead: boolean) => void
  /** Puts the first `count` on record, trying until that is done or the queue is stopped. */
  settleFirst: (count: number) => Promise<void>
  readonly counts: Readonly<{ settled: number; duplicates: number; rejected: number; replayed: number }>
}

export function createSettlementQueue(options: SettlementQueueOptions): SettlementQueue {
  const { settle, isTransient, setAside, onSetAside, onSettled, pause, stopped, retryMs, maxRetryMs, log } = options
  const waiting: Waiting[] = []
  const counts = { settled: 0, duplicates: 0, rejected: 0, replayed: 0 }
  let taken = 0
  let pauseMs = retryMs
  let works = true

  async function settleFirst(count: number): Promise<void> {
    const takenBefore = taken
    await tryFirst(count)
    // Every one was refused by itself and kept: there is no hurry to ask again.
    if (taken === takenBefore && waiting.length > 0 && !stopped()) await pauseLonger()
  }

  async function tryFirst(count: number): Promise<void> {
    while (!stopped()) {
      const batch = waiting.slice(0, count)
      const attempts = batch.map(({ over }) => over.attempt)
      const replayed = new Set(batch.flatMap(({ over, dead }) => (dead ? over.attempt.sent.id : [])))
      try {
        took(attempts, await settle(attempts, replayed))
        return
      } catch (error) {
        failed(error)
        if (!isTransient(error)) return isolate(count, error)
      }
      await pauseLonger()
    }
  }

  /** Halves the batch until the attempt that spoils it is alone, so that the others are settled. */
  async function isolate(count: number, error: unknown): Promise<void> {
    if (count === 1) return refused(error)
    const half = Math.ceil(count / 2)
    await tryFirst(half)
    await tryFirst(count - half)
  }

  /**
   * Sets the first attempt aside, if others were taken since it was first refused: only then is the fault its own, and not that
   * of a database that refuses everything. Until then it goes to the back.
   */
  function refused(error: unknown): void {
    const first = waiting.shift()
    if (first === undefined) return
    first.refusedAt ??= taken
    if (taken === first.refusedAt || !setAside(first.over.attempt, error)) {
      waiting.push(first)
      return
    }
    first.over.done()
    counts.rejected++
    onSetAside(first.over.attempt, first.dead)
  }

  function took(attempts: FinishedAttempt[], result: SettleResult): void {
    if (!works) log.info({}, 'usage is settled again')
    works = true
    pauseMs = retryMs
    taken += attempts.length
    for (const { over, dead } of waiting.splice(0, attempts.length)) {
      over.done()
      if (dead) counts.replayed++
    }
    counts.settled += attempts.length - result.duplicates.length
    counts.duplicates += result.duplicates.length
    try {
      onSettled(attempts, result)
    } catch (error) {
      log.error({ err: error }, 'a listener for settled usage failed')
    }
  }

  function failed(error: unknown): void {
    if (works) log.error({ err: error }, 'usage cannot be settled and stays in the journal')
    works = false
  }

  async function pauseLonger(): Promise<void> {
    const durationMs = pauseMs
    pauseMs = Math.min(pauseMs * 2, maxRetryMs)
    await pause(durationMs)
  }

  return {
    get length() {
      return waiting.length
    },
    get leftovers() {
      return waiting.filter(({ dead }) => dead).length
    },
    oldestAt: () => waiting[0]?.over.endedAt ?? null,
    push: (over, dead) => waiting.push({ over, dead, refusedAt: null }),
    settleFirst,
    counts
  }
}
