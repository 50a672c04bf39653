import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import type { AttemptRecord, Fate, OpenedRecord, ProgressRecord, SentRecord } from '../usage/attempt-records.ts'
import type { Clock, Timer } from '../../platform/clock.ts'
import { countLines, LineBuffer, type AttemptCharge, type ExchangeNote, type JournalRecord } from './journal-lines.ts'
import { nextSegmentNumber, openDeadJournal, type SegmentSource } from './journal-segments.ts'
import { createSegmentWriter, type WriteSync } from './segment-writer.ts'
import { NamedError } from '../../platform/named-error.ts'

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
export class JournalFullError extends NamedError {}

/** The disk does not take the record: nothing may be sent upstream. */
export class JournalWriteError extends NamedError {}

/**
 * Set aside for each attempt in flight, in the limit and on the disk: one `opened` (about 0.2 KB), one or two `closed` (0.3 KB, and
 * 0.2 KB for each iteration) and the end mark (0.1 KB), with room to spare. `progress` and what is told of exchanges don't draw on it.
 */
const RESERVE_BYTES = 4096

const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 5000
/** How long lines that nobody waits for may be gathered, and how many bytes of them. */
const GATHER_MS = 100
const GATHER_BYTES = 64 * 1024

export interface Journal {
  readonly dir: string
  /**
   * Takes the record. All but `progress` are written with write(2) before it returns: they survive the death of this process, and
   * whatever the record is about may go ahead. A `progress` is written when this turn of the event loop is over.
   * `sent` throws JournalFullError or JournalWriteError, and then the request must not go out; the id is live from here to `finish`.
   * The other types never throw: when the disk fails they wait in memory and are written, in order, as soon as it works again. Only
   * a `progress` is dropped when there is no room for it, since it refines what is known.
   */
  append: (record: AttemptRecord) => void
  /** The attempt is over: its last `closed` or `void` has been appended. From here on the settler may take it. */
  finish: (id: string, charge?: AttemptCharge | null) => void
  /**
   * Keeps what is to be told of an exchange, written a moment later. False when what there is room for is left to usage, and once
   * the journal is closed, when nobody would tell it before the next start.
   */
  note: (exchange: Omit<ExchangeNote, 'type' | 'number'>) => boolean
  /** Writes what was gathered. Never throws; `healthy` tells whether it was written. */
  flush: () => void
  /** Whether `append` would take a `sent` now, so that admission can refuse before any work is done. */
  canAdmit: () => boolean
  /** False from a failed write until the disk took everything that waited. */
  healthy: () => boolean
  /** The lines that the disk has not taken. */
  unwritten: () => Buffer
  /** What they say is on record: they need not be written any more. */
  forgetUnwritten: () => void
  /** Bytes of the segments not yet settled. */
  usedBytes: () => number
  liveAttempts: () => number
  /** Attempts finished in this life. */
  finishedAttempts: () => number
  /** Segments of an earlier life: every attempt in them is over. */
  readonly leftovers: SegmentSource
  /** Segments of this life. */
  readonly current: SegmentSource
  /** Appends what is known of the attempts that live since this segment, or longer, once more, so that it can go. */
  carry: (segment: number) => void
  /** Ends the segment being written, so that it can be retired. */
  seal: () => void
  /** Resolves when everything appended before is safe from a power cut; rejects when the disk failed to do it. */
  sync: () => Promise<void>
  /**
   * Writes what still waits, syncs and closes; resolves to how many lines were lost. Never rejects. Takes no `sent` from here on, but
   * what else a late stream says.
   */
  close: () => Promise<number>
}

/** What is known of an attempt in flight. */
interface LiveAttempt {
  reserved: number
  /** Where it begins, or where it was carried to. */
  segment: number
  sent: SentRecord
  opened: OpenedRecord | null
  progress: ProgressRecord | null
  fate: Fate | null
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

  const live = new Map<string, LiveAttempt>()
  /** Lines that are not written yet: gathered, or waiting for the disk. */
  const lines = new LineBuffer()
  let reservedBytes = 0
  let usedBytes = totalBytes(leftovers)
  let finishedAttempts = 0
  let notes = 0
  let healthy = true
  let isRoomy = true
  let retryMs = FIRST_RETRY_MS
  let retryTimer: Timer | null = null
  let gatherTimer: Timer | null = null
  let isTurnGathered = false
  let syncTimer: Timer | null = null
  let unsynced = false
  let syncWorks = true
  let closed = false

  const fits = (bytes: number) => usedBytes + lines.length + reservedBytes + bytes <= maxBytes

  function reserve(attempt: LiveAttempt, bytes: number): void {
    reservedBytes += bytes - attempt.reserved
    attempt.reserved = bytes
  }

  /** Throws when the disk does; nothing is forgotten then. */
  function writeLines(): void {
    if (lines.length === 0) return
    const bytes = lines.bytes()
    writer.write(bytes)
    usedBytes += bytes.length
    lines.clear()
    unsynced = true
    planSync()
  }

  function flush(): void {
    if (!healthy) return
    try {
      writeLines()
    } catch (error) {
      failed(error)
    }
  }

  /** Nobody waits for what was added: the next write takes it along. */
  function gather(): void {
    if (!healthy) return
    if (lines.length >= GATHER_BYTES || closed) return flush()
    gatherTimer ??= clock.setTimer(() => {
      gatherTimer = null
      flush()
    }, GATHER_MS)
  }

  /** It is to survive what may happen next, but not before this turn of the event loop is over. */
  function gatherThisTurn(): void {
    if (closed) return flush()
    if (isTurnGathered) return
    isTurnGathered = true
    setImmediate(() => {
      isTurnGathered = false
      flush()
    })
  }

  function failed(error: unknown): void {
    if (healthy) log.error({ err: error, dir }, 'the journal cannot be written: new requests are refused')
    healthy = false
    if (!closed) retryTimer ??= clock.setTimer(retry, retryMs)
  }

  /** The ends of those in flight have their room on the disk, and are written on. */
  function noRoom(error: unknown): void {
    if (isRoomy) log.error({ err: error, dir }, 'the disk is full for the journal: new requests are refused')
    isRoomy = false
    if (!closed) retryTimer ??= clock.setTimer(retry, retryMs)
  }

  function retry(): void {
    retryTimer = null
    const isProbe = !healthy && lines.length === 0
    // A line that means nothing to a reader, to find out whether the disk works again.
    if (isProbe) lines.add({ type: 'finished', id: '', at: clock.now(), number: 0, charge: null })
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)
    try {
      writeLines()
      healthy = true
    } catch (error) {
      if (isProbe) lines.clear()
      return failed(error)
    }
    try {
      writer.allocate(reservedBytes + RESERVE_BYTES)
    } catch (error) {
      return noRoom(error)
    }
    isRoomy = true
    retryMs = FIRST_RETRY_MS
    log.info({ dir }, 'the journal can be written again')
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

  function appendSent(sent: SentRecord): void {
    assert(!live.has(sent.id), `attempt ${sent.id} was journaled before`)
    if (closed || !healthy || !isRoomy) throw new JournalWriteError('the journal cannot be written')
    const length = lines.add(sent)
    if (!fits(RESERVE_BYTES)) {
      lines.drop(length)
      throw new JournalFullError(`the journal holds ${usedBytes} unsettled bytes`)
    }
    try {
      writer.allocate(reservedBytes + lines.length + RESERVE_BYTES)
    } catch (error) {
      lines.drop(length)
      noRoom(error)
      throw new JournalWriteError('the disk has no room for the journal', { cause: error })
    }
    try {
      writeLines()
    } catch (error) {
      lines.drop(length)
      failed(error)
      throw new JournalWriteError('the journal cannot be written', { cause: error })
    }
    const attempt = { reserved: 0, segment: writer.source.segments().at(-1)!.number, sent, ...NOTHING_KNOWN }
    live.set(sent.id, attempt)
    reserve(attempt, RESERVE_BYTES)
  }

  /** Drawn from what was set aside for the attempt. */
  function addReserved(record: JournalRecord, attempt: LiveAttempt | undefined): void {
    const length = lines.add(record)
    if (attempt !== undefined) reserve(attempt, Math.max(0, attempt.reserved - length))
  }

  /** False when it would take room from those in flight. */
  function addOptional(record: JournalRecord): boolean {
    if (!healthy) return false
    const length = lines.add(record)
    if (fits(0) && hasRoom()) return true
    lines.drop(length)
    return false
  }

  function hasRoom(): boolean {
    const wanted = reservedBytes + lines.length
    if (writer.allocatedBytes >= wanted) return true
    try {
      writer.allocate(wanted)
      return true
    } catch {
      return false
    }
  }

  function appendProgress(progress: ProgressRecord, attempt: LiveAttempt | undefined): void {
    if (!addOptional(progress)) return
    if (attempt !== undefined) attempt.progress = progress
    gatherThisTurn()
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
      const attempt = live.get(record.id)
      if (record.type === 'progress') return appendProgress(record, attempt)
      addReserved(record, attempt)
      if (attempt !== undefined) {
        if (record.type === 'opened') attempt.opened = record
        else attempt.fate = record
      }
      flush()
    },
    finish(id, charge = null) {
      const attempt = live.get(id)
      if (attempt === undefined) return
      reserve(attempt, 0)
      live.delete(id)
      finishedAttempts++
      lines.add({ type: 'finished', id, at: clock.now(), number: finishedAttempts, charge })
      gather()
    },
    note(exchange) {
      if (closed || usedBytes > maxBytes / 2 || !addOptional({ type: 'exchange', number: notes + 1, ...exchange })) return false
      notes++
      gather()
      return true
    },
    flush,
    canAdmit: () => !closed && healthy && isRoomy && fits(2 * RESERVE_BYTES),
    healthy: () => healthy,
    unwritten: () => Buffer.from(lines.bytes()),
    forgetUnwritten: () => lines.clear(),
    usedBytes: () => usedBytes + lines.length,
    liveAttempts: () => live.size,
    finishedAttempts: () => finishedAttempts,
    leftovers: retiring(leftovers),
    current: retiring(writer.source),
    carry(segment) {
      flush()
      for (const attempt of live.values()) {
        if (attempt.segment > segment || !healthy) continue
        const { sent, opened, progress, fate } = attempt
        const known = [sent, opened, progress, fate, { type: 'carried' as const, id: sent.id }]
        const length = known.reduce((sum, record) => sum + (record === null ? 0 : lines.add(record)), 0)
        if (!hasRoom()) return lines.drop(length)
        flush()
        if (healthy) attempt.segment = writer.source.segments().at(-1)!.number
      }
      // By the time the old one goes, the new one would outlive a power cut.
      if (syncIntervalMs > 0) void syncInBackground()
    },
    seal() {
      flush()
      writer.seal()
    },
    sync() {
      flush()
      return writer.sync()
    },
    async close() {
      if (closed) return 0
      closed = true
      retryTimer?.cancel()
      gatherTimer?.cancel()
      syncTimer?.cancel()
      const lost = writeLast()
      try {
        await writer.close()
      } catch (error) {
        log.error({ err: error, dir }, 'the journal could not be synced on close')
      }
      return lost
    }
  }

  function writeLast(): number {
    try {
      writeLines()
      return 0
    } catch (error) {
      const records = countLines(lines.bytes())
      log.error({ err: error, dir, records }, 'usage records are lost: the journal cannot be written')
      return records
    }
  }
}

const NOTHING_KNOWN = { opened: null, progress: null, fate: null } as const

const totalBytes = (source: SegmentSource) => source.segments().reduce((sum, segment) => sum + segment.bytes, 0)
