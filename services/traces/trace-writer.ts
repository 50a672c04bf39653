import type { Clock, Timer } from '../clock.ts'
import type { TraceRecord } from './exchange-trace.ts'

/** The part of pino's logger that is used here. */
export interface TraceLog {
  info: (fields: object, message: string) => void
  warn: (fields: object, message: string) => void
}

export interface TraceWriterOptions {
  /** Stores all of them or none, and ends by itself in bounded time. Those already stored are skipped. */
  insert: (records: readonly TraceRecord[]) => Promise<void>
  /** False when the same records will never be taken. */
  isTransient: (error: unknown) => boolean
  clock: Clock
  /** How long a record may wait for others to be written together with. */
  intervalMs?: number
  /** Most records held in memory, more than `batchSize`; then the oldest are dropped. */
  maxPending?: number
  batchSize?: number
  log: TraceLog
}

/** Writes traces behind the requests: nothing waits for it, and nothing fails when the database does. */
export interface TraceWriter {
  /** Never throws. Does nothing once the writer is stopped. */
  record: (record: TraceRecord) => void
  /** Resolves when what was recorded so far is stored, or could not be stored now. Never rejects. */
  flush: () => Promise<void>
  /** A last flush; what is left then is lost. */
  stop: () => Promise<void>
}

const LONGEST_RETRY_MS = 30_000

export function createTraceWriter(options: TraceWriterOptions): TraceWriter {
  const { insert, isTransient, clock, intervalMs = 1000, maxPending = 10_000, batchSize = 200, log } = options
  const pending: TraceRecord[] = []
  /** How many records an `insert` has at the moment. */
  let inFlight = 0
  let dropped = 0
  let retryMs = intervalMs
  let works = true
  let timer: Timer | null = null
  let writing: Promise<void> | null = null
  let stopped = false

  function schedule(delayMs: number): void {
    timer?.cancel()
    timer = clock.setTimer(() => {
      timer = null
      void write()
    }, delayMs)
  }

  function write(): Promise<void> {
    timer?.cancel()
    timer = null
    writing ??= writePending().finally(() => {
      writing = null
      if (pending.length > 0 && !stopped) schedule(works ? intervalMs : retryMs)
    })
    return writing
  }

  /** Writes what is there now. What comes meanwhile is for the next time, or under load this would never end. */
  async function writePending(): Promise<void> {
    let left = pending.length
    while (left > 0 && pending.length > 0) {
      const batch = pending.splice(0, Math.min(left, batchSize))
      left -= batch.length
      inFlight = batch.length
      const notStored = await store(batch)
      inFlight = 0
      pending.unshift(...notStored)
      if (notStored.length > 0) break
    }
    tellDropped()
  }

  /** Returns those to be tried again. */
  async function store(batch: TraceRecord[]): Promise<TraceRecord[]> {
    try {
      await insert(batch)
      recovered()
      return []
    } catch (error) {
      if (!isTransient(error)) return storeEach(batch, error)
      failed(error)
      return batch
    }
  }

  /** One record that is refused for what is in it must not keep the others. */
  async function storeEach(batch: TraceRecord[], error: unknown): Promise<TraceRecord[]> {
    if (batch.length === 1) {
      log.warn({ err: error, exchange: batch[0]?.id }, 'an exchange trace was refused by the database')
      return []
    }
    const half = Math.ceil(batch.length / 2)
    const notStored = await store(batch.slice(0, half))
    if (notStored.length > 0) return [...notStored, ...batch.slice(half)]
    return await store(batch.slice(half))
  }

  function recovered(): void {
    if (!works) log.info({}, 'exchange traces are written again')
    works = true
    retryMs = intervalMs
  }

  function failed(error: unknown): void {
    if (works) log.warn({ err: error }, 'exchange traces cannot be written; the newest are kept in memory')
    works = false
    retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)
  }

  function tellDropped(): void {
    if (dropped > 0) log.warn({ dropped }, 'exchange traces were dropped: the database did not take them in time')
    dropped = 0
  }

  async function flush(): Promise<void> {
    if (writing !== null) {
      await writing
      if (!works) return
    }
    // What was recorded after that write began was not in it.
    await write()
  }

  return {
    record(record) {
      if (stopped) return
      if (inFlight + pending.length >= maxPending) {
        pending.shift()
        dropped += 1
      }
      pending.push(record)
      // By a timer in either case: no request pays for the writing.
      if (works && pending.length === batchSize) schedule(0)
      else if (timer === null) schedule(intervalMs)
    },

    flush,

    async stop() {
      stopped = true
      await flush()
      timer?.cancel()
      if (pending.length > 0) log.warn({ lost: pending.length }, 'exchange traces were lost at shutdown')
    }
  }
}
