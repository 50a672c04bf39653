import { crc32 } from 'node:zlib'
import type { AttemptRecord } from '../usage/attempt-records.ts'

/** The attempt is over: no record of it follows, and the settler may take it. Written by the journal itself. */
export interface FinishedMark {
  type: 'finished'
  id: string
  /** Epoch milliseconds. */
  at: number
}

export type JournalRecord = AttemptRecord | FinishedMark

const LINE_FEED = 0x0a
const CHECKSUM_CHARS = 8
const SPACE = 0x20
const LINE_START = /[0-9a-f]{8} \{/g
const RECORD_TYPES: ReadonlySet<unknown> = new Set<JournalRecord['type']>([
  'sent',
  'opened',
  'progress',
  'closed',
  'void',
  'finished'
])

/** One line: CRC-32 of the JSON as 8 hex digits, a space, the JSON, a line feed. */
export function encodeLine(record: JournalRecord): Buffer {
  const json = JSON.stringify(record)
  return Buffer.from(`${crc32(json).toString(16).padStart(CHECKSUM_CHARS, '0')} ${json}\n`)
}

export interface LineVisitor {
  onRecord: (record: JournalRecord) => void
  /** A line that holds no record: torn, corrupt, or of a type this version doesn't know. */
  onBadLine: () => void
}

/**
 * Visits the whole lines of `buffer` in order and returns how many bytes they take; what follows the last line feed is left.
 * Never throws on bad input, and a bad line costs no other line its record.
 */
export function scanLines(buffer: Buffer, visitor: LineVisitor): number {
  let start = 0
  for (let end = buffer.indexOf(LINE_FEED); end !== -1; end = buffer.indexOf(LINE_FEED, start)) {
    visitLine(buffer.subarray(start, end), visitor)
    start = end + 1
  }
  return start
}

function visitLine(line: Buffer, { onRecord, onBadLine }: LineVisitor): void {
  const record = decodeLine(line)
  if (record !== null) return onRecord(record)
  onBadLine()
  for (const found of salvageRecords(line)) onRecord(found)
}

function decodeLine(line: Buffer): JournalRecord | null {
  if (line[CHECKSUM_CHARS] !== SPACE) return null
  const json = line.subarray(CHECKSUM_CHARS + 1)
  const checksum = line.toString('latin1', 0, CHECKSUM_CHARS)
  if (crc32(json).toString(16).padStart(CHECKSUM_CHARS, '0') !== checksum) return null
  try {
    const record = JSON.parse(json.toString()) as Partial<JournalRecord> | null
    return typeof record?.id === 'string' && RECORD_TYPES.has(record.type) ? (record as JournalRecord) : null
  } catch {
    return null
  }
}

/** Where a line feed was itself the corrupt byte, its two neighbours read as one bad line: both are still whole. */
function salvageRecords(line: Buffer): JournalRecord[] {
  const starts = Array.from(line.toString('latin1').matchAll(LINE_START), (match) => match.index)
  const pieces = starts.map((start, index) => {
    const next = starts[index + 1]
    return line.subarray(start, next === undefined ? line.length : next - 1)
  })
  return pieces.map(decodeLine).filter((record) => record !== null)
}
