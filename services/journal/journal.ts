import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import type { AttemptRecord, SentRecord } from '../usage/attempt-records.ts'
import type { Clock, Timer } from '../clock.ts'
import { encodeLine } from './journal-lines.ts'
import { nextSegmentNumber, openDeadJournal, type SegmentSource } from './journal-segments.ts'
import { createSegmentWriter, type WriteSync } from './segment-writer.ts'

/** The part of pino's logger that is used here. */
export interface JournalLog {
  info: (fields: object, message: string) => void
  warn: (fields: object, message: string) => void
  error: (fields: object, message: string) => void
}

export interface JournalOptions {
  /** The instance's own folder; created with mode 0700. The caller sees to it that no other process uses it. */
  dir: string
  clock: Clock
  /** For all segments not yet settled together. */
  maxBytes: number
  segmentBytes?: number
  /** How often what was written is synced to disk; 0 = never, which survives a kill but not a power cut. */
  syncIntervalMs: number
  log: JournalLog
  /** For tests that need a full or failing disk. */
  writeSync?: WriteSync
}

/** The unsettled segments fill their share of the disk: nothing new may be sent upstream. */
export class JournalFullError extends Error {
  override name = 'JournalFullError'
}

/** The disk does not take the record: nothing may be sent upstream. */
export class JournalWriteError extends Error {
  override name = 'JournalWriteError'
}

/**
 * Set aside for each attempt in flight: one `opened` (about 0.5 KB), one or two `closed` (0.5 KB, and 0.2 KB for each
 * iteration) and the end mark (0.1 KB), with room to spare. `progress` doesn't draw on it.
 */
export const RESERVE_BYTES = 4096

const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 5000

export interface Journal {
  readonly dir: string
  /**
   * Writes the record with write(2) before it returns: it survives the death of this process, and whatever the record is about
   * may go ahead. `sent` throws JournalFullError or JournalWriteError, and then the request must not go out; the id is live
   * from here to `finish`. The other types never throw: when the disk fails they wait in memory and are written, in order,
   * as soon as it works again. Only a `progress` is dropped when there is no room for it, since it refines what is known.
   */
  append: (record: AttemptRecord) => void
  /** The attempt is over: its last `closed` or `void` has been appended. From here on the settler may take it. */
  finish: (id: string) => void
  /** Whether `append` would take a `sent` now, so that admission can refuse before any work is done. */
  canAdmit: () => boolean
  /** False from a failed write until the disk took everything that waited. */
  healthy: () => boolean
  /** Bytes of the segments not yet settled. */
  usedBytes: () => number
  liveAttempts: () => number
  /** Attempts finished in this life. */
  finishedAttempts: () => number
  /** Segments of an earlier life: every attempt in them is over. */
  readonly leftovers: SegmentSource
  /** Segments of this life. */
  readonly current: SegmentSource
  /**
   * Appends what is known of a live attempt once more, and returns the number of the segment where that begins; null when the
   * disk fails. To be called only by a reader that has seen every line so far, or it would bring back old facts.
   */
  carry: (records: readonly [SentRecord, ...AttemptRecord[]]) => number | null
  /** Ends the segment being written, so that it can be retired. */
  seal: () => void
  /** Resolves when everything appended before is safe from a power cut; rejects when the disk failed to do it. */
  sync: () => Promise<void>
  /** Writes what still waits, syncs and closes. Never rejects. Takes no `sent` from here on, but what else a late stream says. */
  close: () => Promise<void>
}

/** Opens an instance's journal for a new life, which begins with a new segment. Throws when the folder can't be used. */
export function openJournal(options: JournalOptions): Journal {
  const { dir, clock, maxBytes, syncIntervalMs, log } = options
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const leftovers = openDeadJournal(dir, clock.now)
  const writer = createSegmentWriter({
    dir,
    clock,
    // The segment being written can't be retired: were it all the journal may hold, a full one would stay full.
    segmentBytes: Math.min(options.segmentBytes ?? 8 * 1024 * 1024, Math.floor(maxBytes / 4)),
    firstNumber: nextSegmentNumber(dir),
    sync: syncIntervalMs > 0,
    ...(options.writeSync && { writeSync: options.writeSync })
  })

  const reserves = new Map<string, number>()
  let reservedBytes = 0
  let usedBytes = totalBytes(leftovers)
  let finishedAttempts = 0
  let waiting: Buffer[] = []
  let healthy = true
  let retryMs = FIRST_RETRY_MS
  let retryTimer: Timer | null = null
  let syncTimer: Timer | null = null
  let unsynced = false
  let syncWorks = true
  let closed = false

  const fits = (bytes: number) => usedBytes + reservedBytes + bytes <= maxBytes

  function reserve(id: string, bytes: number): void {
    reservedBytes += bytes - (reserves.get(id) ?? 0)
    reserves.set(id, bytes)
  }

  function release(id: string): void {
    reservedBytes -= reserves.get(id) ?? 0
    reserves.delete(id)
  }

  /** Throws when the disk does. */
  function write(line: Buffer): number {
    const segment = writer.write(line)
    usedBytes += line.length
    unsynced = true
    planSync()
    return segment
  }

  function writeOrKeep(line: Buffer): void {
    if (healthy) {
      try {
        write(line)
        return
      } catch (error) {
        failed(error)
      }
    }
    waiting.push(line)
  }

  function failed(error: unknown): void {
    if (healthy) log.error({ err: error, dir }, 'the journal cannot be written: new requests are refused')
    healthy = false
    if (!closed) retryTimer ??= clock.setTimer(retry, retryMs)
  }

  function retry(): void {
    retryTimer = null
    if (waiting.length === 0) waiting.push(encodeLine(probe()))
    const error = writeWaiting()
    if (error !== null) {
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)
      failed(error)
      return
    }
    healthy = true
    retryMs = FIRST_RETRY_MS
    log.info({ dir }, 'the journal is written again')
  }

  /** A line that means nothing to a reader, to find out whether the disk works again. */
  const probe = () => ({ type: 'finished' as const, id: '', at: clock.now() })

  function writeWaiting(): unknown {
    let written = 0
    try {
      for (const line of waiting) {
        write(line)
        written++
      }
      return null
    } catch (error) {
      return error
    } finally {
      waiting = waiting.slice(written)
    }
  }

  function planSync(): void {
    if (syncIntervalMs === 0 || closed) return
    syncTimer ??= clock.setTimer(() => void syncInBackground(), syncIntervalMs)
  }

  async function syncInBackground(): Promise<void> {
    unsynced = false
    try {
      await writer.sync()
      syncWorks = true
    } catch (error) {
      if (syncWorks) log.error({ err: error, dir }, 'the journal cannot be synced: a power cut may lose what was used')
      syncWorks = false
    }
    // Kept until now, so that a slow disk has one sync at a time to do.
    syncTimer = null
    if (unsynced) planSync()
  }

  function appendSent(record: SentRecord): void {
    assert(!reserves.has(record.id), `attempt ${record.id} was journaled before`)
    if (closed || !healthy) throw new JournalWriteError('the journal cannot be written')
    const line = encodeLine(record)
    if (!fits(line.length + RESERVE_BYTES)) throw new JournalFullError(`the journal holds ${usedBytes} unsettled bytes`)
    try {
      write(line)
    } catch (error) {
      failed(error)
      throw new JournalWriteError('the journal cannot be written', { cause: error })
    }
    reserve(record.id, RESERVE_BYTES)
  }

  function retiring(source: SegmentSource): SegmentSource {
    return {
      segments: source.segments,
      retire(number) {
        const before = totalBytes(source)
        source.retire(number)
        usedBytes -= before - totalBytes(source)
      }
    }
  }

  return {
    dir,
    append(record) {
      if (record.type === 'sent') return appendSent(record)
      const line = encodeLine(record)
      if (record.type === 'progress') {
        if (healthy && fits(line.length)) writeOrKeep(line)
        return
      }
      const left = reserves.get(record.id)
      if (left !== undefined) reserve(record.id, Math.max(0, left - line.length))
      writeOrKeep(line)
    },
    finish(id) {
      if (!reserves.has(id)) return
      release(id)
      finishedAttempts++
      writeOrKeep(encodeLine({ type: 'finished', id, at: clock.now() }))
    },
    canAdmit: () => !closed && healthy && fits(2 * RESERVE_BYTES),
    healthy: () => healthy,
    usedBytes: () => usedBytes,
    liveAttempts: () => reserves.size,
    finishedAttempts: () => finishedAttempts,
    leftovers: retiring(leftovers),
    current: retiring(writer.source),
    carry(records) {
      if (!healthy) return null
      try {
        const [first] = records.map((record) => write(encodeLine(record)))
        return first ?? null
      } catch (error) {
        failed(error)
        return null
      }
    },
    seal: writer.seal,
    sync: writer.sync,
    async close() {
      if (closed) return
      closed = true
      retryTimer?.cancel()
      syncTimer?.cancel()
      const error = writeWaiting()
      if (error !== null)
        log.error({ err: error, dir, records: waiting.length }, 'records of usage are lost: the journal takes no more')
      try {
        await writer.close()
      } catch (error) {
        log.error({ err: error, dir }, 'the journal could not be synced at its end')
      }
    }
  }
}

const totalBytes = (source: SegmentSource) => source.segments().reduce((sum, segment) => sum + segment.bytes, 0)
