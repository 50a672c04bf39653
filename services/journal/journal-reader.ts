import { closeSync, openSync, readSync } from 'node:fs'
import type {
  AttemptRecord,
  ClosedAttempt,
  ClosedRecord,
  OpenedRecord,
  ProgressRecord,
  SentRecord,
  VoidRecord
} from '../usage/attempt-records.ts'
import type { JournalLog } from './journal.ts'
import { scanLines, type JournalRecord } from './journal-lines.ts'
import { isMissing, type Segment, type SegmentSource } from './journal-segments.ts'
import { NO_USAGE } from '../usage/usage-facts.ts'

/** An attempt that has ended and waits to be settled. */
export interface OverAttempt {
  readonly attempt: ClosedAttempt
  /** Epoch milliseconds; of an interrupted one, when it began. */
  readonly endedAt: number
  /** To be called once the attempt is on record elsewhere: its segment may go then. */
  readonly done: () => void
}

export interface JournalReaderOptions {
  source: SegmentSource
  /** Of an owner that is gone: attempts still open at the end are over, cut off by its death. */
  dead: boolean
  log: JournalLog
  /** How much is read at once. */
  chunkBytes?: number
}

/** What is known of an attempt whose end hasn't been read yet. */
interface OpenAttempt {
  /** The segment that can't go before this attempt is settled. */
  segment: number
  sent: SentRecord
  opened: OpenedRecord | null
  progress: ProgressRecord | null
  /** The last word so far. */
  fate: ClosedRecord | VoidRecord | null
}

export interface JournalReader {
  readonly dead: boolean
  /** Reads on by one chunk and returns the attempts that proved to be over. Throws when the disk fails; then call it again. */
  read: () => OverAttempt[]
  /** Whether every whole line written so far has been read. */
  atEnd: () => boolean
  /** Retires the oldest segments of which every attempt is settled or void. Throws when the disk fails. */
  retireSettled: () => void
  /** Whether nothing is left: only possible for the dead. */
  exhausted: () => boolean
  /** The oldest segment, when nothing but attempts still open keeps it. */
  heldByOpenAttempts: () => Segment | null
  /** Appends what is known of the attempts open in that segment again through `carry`; false when not all was. */
  carryForward: (number: number, carry: (records: [SentRecord, ...AttemptRecord[]]) => number | null) => boolean
  openAttempts: () => number
  /** Attempts whose end has been read, void ones too. */
  endedAttempts: () => number
  readonly counts: Readonly<JournalReaderCounts>
}

export interface JournalReaderCounts {
  /** Bad lines with good ones behind them: a damaged disk, or a hand in the file. */
  corruptLines: number
  /** Bad lines at a segment's end, as a crash in the middle of a write leaves them. */
  tornLines: number
  /** Records of attempts whose `sent` is not there: settled and gone with an older segment, or lost to a corrupt line. */
  orphanRecords: number
}

const CHUNK_BYTES = 64 * 1024

/** Reads a journal from its files, live or left behind alike, and puts the records of each attempt together. */
export function createJournalReader({ source, dead, log, chunkBytes = CHUNK_BYTES }: JournalReaderOptions): JournalReader {
  const open = new Map<string, OpenAttempt>()
  /** By segment number: how many attempts hold it, and how many of those are over. */
  const holds = new Map<number, { attempts: number; over: number }>()
  const counts = { corruptLines: 0, tornLines: 0, orphanRecords: 0 }
  let position = { number: 0, offset: 0 }
  let buffer = Buffer.allocUnsafe(chunkBytes)
  let badRun = 0
  let corruptHere = 0
  let endedAttempts = 0

  const holdsOf = (number: number) => {
    let found = holds.get(number)
    if (found === undefined) holds.set(number, (found = { attempts: 0, over: 0 }))
    return found
  }

  /** The segment to read on in; moves past those read to their ends. Null at the end of the journal. */
  function unread(): Segment | null {
    for (const segment of source.segments()) {
      if (segment.number < position.number) continue
      if (segment.number > position.number) {
        endSegment()
        position = { number: segment.number, offset: 0 }
      }
      if (position.offset < segment.bytes) return segment
    }
    return null
  }

  function endSegment(): void {
    counts.tornLines += badRun
    if (badRun > 0) log.warn({ segment: position.number, lines: badRun }, 'the journal ends in a torn line')
    if (corruptHere > 0)
      log.error({ segment: position.number, lines: corruptHere }, 'records of usage are lost: corrupt lines in the journal')
    badRun = 0
    corruptHere = 0
  }

  function read(): OverAttempt[] {
    const segment = unread()
    if (segment === null) return dead ? endAll() : []
    const wanted = Math.min(buffer.length, segment.bytes - position.offset)
    const length = readAt(segment.path, buffer, wanted, position.offset)
    const over: OverAttempt[] = []
    const consumed = scanLines(buffer.subarray(0, length), {
      onRecord(record) {
        corruptHere += badRun
        counts.corruptLines += badRun
        badRun = 0
        const ended = take(record)
        if (ended !== null) over.push(ended)
      },
      onBadLine: () => badRun++
    })
    position.offset += consumed
    if (consumed === 0) skipOrWiden(segment, length)
    return over
  }

  /** There was no line feed in the chunk: either the line is longer, or this is the segment's torn end. */
  function skipOrWiden(segment: Segment, length: number): void {
    const isRest = length === 0 || position.offset + length >= segment.bytes
    if (!isRest) {
      buffer = Buffer.allocUnsafe(buffer.length * 2)
      return
    }
    if (length === 0)
      log.error({ path: segment.path }, 'records of usage are lost: a segment of the journal is shorter than it was')
    else badRun++
    position.offset = segment.bytes
  }

  function take(record: JournalRecord): OverAttempt | null {
    const known = open.get(record.id)
    if (known === undefined) {
      if (record.type === 'sent') begin(record)
      else if (record.type !== 'finished') counts.orphanRecords++
      return null
    }
    if (record.type === 'finished') return end(known, record.at)
    // The segment this one began in keeps it, also where a carried copy comes by.
    if (record.type === 'closed' || record.type === 'void') known.fate = record
    else if (record.type === 'sent') known.sent = record
    else if (record.type === 'opened') known.opened = record
    else known.progress = record
    return null
  }

  function begin(sent: SentRecord): void {
    open.set(sent.id, { segment: position.number, sent, opened: null, progress: null, fate: null })
    holdsOf(position.number).attempts++
  }

  function end(ended: OpenAttempt, endedAt: number): OverAttempt | null {
    open.delete(ended.sent.id)
    endedAttempts++
    const hold = holdsOf(ended.segment)
    const closed = closedRecordOf(ended)
    if (closed === null) {
      hold.attempts--
      return null
    }
    hold.over++
    const done = () => {
      hold.attempts--
      hold.over--
    }
    return { attempt: { sent: ended.sent, closed }, endedAt, done }
  }

  function endAll(): OverAttempt[] {
    endSegment()
    return Array.from(open.values(), (attempt) => end(attempt, attempt.sent.createdAt)).filter((over) => over !== null)
  }

  const isRead = (segment: Segment) =>
    segment.sealedAt !== null &&
    (segment.number < position.number || (segment.number === position.number && position.offset >= segment.bytes))

  /** The oldest segment, if it has been read to the end and nothing more comes. */
  function oldestRead(): Segment | null {
    const oldest = source.segments()[0]
    return oldest !== undefined && isRead(oldest) ? oldest : null
  }

  return {
    dead,
    read,
    atEnd: () => unread() === null && (!dead || open.size === 0),
    retireSettled() {
      for (let oldest = oldestRead(); oldest !== null && holdsOf(oldest.number).attempts === 0; oldest = oldestRead()) {
        source.retire(oldest.number)
        holds.delete(oldest.number)
      }
    },
    exhausted: () => dead && open.size === 0 && source.segments().length === 0,
    heldByOpenAttempts() {
      const oldest = oldestRead()
      if (oldest === null) return null
      const { attempts, over } = holdsOf(oldest.number)
      return attempts > 0 && over === 0 ? oldest : null
    },
    carryForward(number, carry) {
      // Anything unread may be newer than what would be carried, and then the older word would be the later one.
      if (unread() !== null) return false
      for (const attempt of open.values()) {
        if (attempt.segment !== number) continue
        const { sent, opened, progress, fate } = attempt
        const newSegment = carry([sent, ...[opened, progress, fate].filter((record) => record !== null)])
        if (newSegment === null) return false
        holdsOf(number).attempts--
        holdsOf(newSegment).attempts++
        attempt.segment = newSegment
      }
      return true
    },
    openAttempts: () => open.size,
    endedAttempts: () => endedAttempts,
    counts
  }
}

/** The attempt's last word, or what a death in mid-attempt left of it; null when it left no event. */
function closedRecordOf({ sent, opened, progress, fate }: OpenAttempt): ClosedRecord | null {
  if (fate !== null) return fate.type === 'closed' ? fate : null
  return {
    type: 'closed',
    id: sent.id,
    outcome: 'interrupted',
    basis: opened === null && progress === null ? 'unknown' : 'partial',
    status: opened?.status ?? null,
    model: progress?.model ?? opened?.model ?? null,
    usage: progress?.usage ?? opened?.usage ?? NO_USAGE,
    upstreamRequestId: opened?.upstreamRequestId ?? null,
    firstByteMs: opened?.firstByteMs ?? null,
    durationMs: opened?.firstByteMs ?? 0
  }
}

function readAt(path: string, buffer: Buffer, length: number, offset: number): number {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (error) {
    if (isMissing(error)) return 0
    throw error
  }
  try {
    return readSync(fd, buffer, 0, length, offset)
  } finally {
    closeSync(fd)
  }
}
