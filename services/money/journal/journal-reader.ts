import type { ClosedAttempt, ClosedRecord, Fate, OpenedRecord, ProgressRecord, SentRecord } from '../usage/attempt-records.ts'
import type { JournalLog } from './journal.ts'
import { scanLines, type AttemptCharge, type FinishedMark, type JournalRecord } from './journal-lines.ts'
import type { Segment, SegmentSource } from './journal-segments.ts'
import { createSegmentCursor } from './segment-cursor.ts'
import { NO_USAGE } from '../usage/usage-facts.ts'

/** An attempt whose fate is known, as the journal has it. */
export interface FinishedAttempt extends ClosedAttempt {
  /** What it cost when it ended; null where that has to be told yet. */
  charge: AttemptCharge | null
  /** Of its end among those of its life; 0 where it has none. */
  number: number
}

/** An attempt that has ended and waits to be settled. */
export interface OverAttempt {
  readonly attempt: FinishedAttempt
  /** Epoch milliseconds; of an interrupted one, when it began. */
  readonly endedAt: number
  /** To be called once the attempt is on record elsewhere: its segment may go then. */
  readonly done: () => void
}

export interface JournalReaderOptions {
  source: SegmentSource
  /** Of an owner that is gone: attempts still open at the end are over, cut off by its death. */
  dead: boolean
  /** Whether others are done with a segment too. */
  mayRetire: (segment: Segment) => boolean
  /** Called with the number of each attempt that left no event. */
  onVoid?: (number: number) => void
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
  fate: Fate | null
}

export interface JournalReader {
  readonly dead: boolean
  /** Reads on by one chunk and returns the attempts that proved to be over. Throws when the disk fails; then call it again. */
  read: () => OverAttempt[]
  /** Reads lines that the disk did not take, behind all that it did. */
  readLines: (lines: Buffer) => OverAttempt[]
  /** Whether every whole line written so far has been read. */
  atEnd: () => boolean
  /** Retires the oldest segments of which every attempt is settled or void. Throws when the disk fails. */
  retireSettled: () => void
  /** Whether nothing is left: only possible for the dead. */
  exhausted: () => boolean
  /** The oldest segment, when nothing but attempts still open keeps it. */
  heldByOpenAttempts: () => Segment | null
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

/** Reads a journal from its files, live or left behind alike, and puts the records of each attempt together. */
export function createJournalReader(options: JournalReaderOptions): JournalReader {
  const { source, dead, mayRetire, onVoid = () => {}, log, chunkBytes } = options
  const open = new Map<string, OpenAttempt>()
  /** By segment number: how many attempts hold it, and how many of those are over. */
  const holds = new Map<number, { attempts: number; over: number }>()
  const counts = { corruptLines: 0, tornLines: 0, orphanRecords: 0 }
  const cursor = createSegmentCursor({
    source,
    log,
    onSegmentEnd: endSegment,
    onTornEnd: () => badRun++,
    ...(chunkBytes !== undefined && { chunkBytes })
  })
  let badRun = 0
  let corruptHere = 0
  let endedAttempts = 0

  const holdsOf = (number: number) => {
    let found = holds.get(number)
    if (found === undefined) holds.set(number, (found = { attempts: 0, over: 0 }))
    return found
  }

  function endSegment(segment: number): void {
    counts.tornLines += badRun
    if (badRun > 0) log.warn({ segment, lines: badRun }, 'the journal ends in a torn line')
    if (corruptHere > 0) log.error({ segment, lines: corruptHere }, 'usage records are lost: the journal has corrupt lines')
    badRun = 0
    corruptHere = 0
  }

  function read(): OverAttempt[] {
    const over: OverAttempt[] = []
    const isMore = cursor.read((chunk) => takeLines(chunk, over))
    return isMore || !dead ? over : endAll()
  }

  /** Adds the attempts that prove to be over; returns how many bytes were whole lines. */
  function takeLines(lines: Buffer, over: OverAttempt[]): number {
    return scanLines(lines, {
      wants: 'attempts',
      onRecord(record) {
        corruptHere += badRun
        counts.corruptLines += badRun
        badRun = 0
        const ended = take(record)
        if (ended !== null) over.push(ended)
      },
      onBadLine: () => badRun++
    })
  }

  function take(record: JournalRecord): OverAttempt | null {
    if (record.type === 'exchange') return null
    const known = open.get(record.id)
    if (known === undefined) {
      if (record.type === 'sent') begin(record)
      else if (record.type !== 'finished' && record.type !== 'carried') counts.orphanRecords++
      return null
    }
    if (record.type === 'finished') return end(known, record)
    if (record.type === 'carried') moveHere(known)
    else if (record.type === 'closed' || record.type === 'void') known.fate = record
    else if (record.type === 'sent') known.sent = record
    else if (record.type === 'opened') known.opened = record
    else known.progress = record
    return null
  }

  function begin(sent: SentRecord): void {
    open.set(sent.id, { segment: cursor.number, sent, opened: null, progress: null, fate: null })
    holdsOf(cursor.number).attempts++
  }

  /** All that is known of it is in this segment too, so that the one it began in may go. */
  function moveHere(attempt: OpenAttempt): void {
    holdsOf(attempt.segment).attempts--
    holdsOf(cursor.number).attempts++
    attempt.segment = cursor.number
  }

  function end(ended: OpenAttempt, { at, charge, number }: Pick<FinishedMark, 'at' | 'charge' | 'number'>): OverAttempt | null {
    open.delete(ended.sent.id)
    endedAttempts++
    const hold = holdsOf(ended.segment)
    const closed = closedRecordOf(ended)
    if (closed === null) {
      hold.attempts--
      onVoid(number)
      return null
    }
    hold.over++
    const done = () => {
      hold.attempts--
      hold.over--
    }
    return { attempt: { sent: ended.sent, closed, charge, number }, endedAt: at, done }
  }

  function endAll(): OverAttempt[] {
    endSegment(cursor.number)
    return Array.from(open.values(), (attempt) => end(attempt, { at: attempt.sent.createdAt, charge: null, number: 0 })).filter(
      (over) => over !== null
    )
  }

  /** The oldest segment, if it has been read to the end and nothing more comes. */
  function oldestRead(): Segment | null {
    const oldest = source.segments()[0]
    return oldest !== undefined && cursor.hasRead(oldest) ? oldest : null
  }

  const isDone = (segment: Segment) => holdsOf(segment.number).attempts === 0 && mayRetire(segment)

  return {
    dead,
    read,
    readLines(lines) {
      const over: OverAttempt[] = []
      takeLines(lines, over)
      return over
    },
    atEnd: () => cursor.atEnd() && (!dead || open.size === 0),
    retireSettled() {
      for (let oldest = oldestRead(); oldest !== null && isDone(oldest); oldest = oldestRead()) {
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
