import { closeSync, openSync, readSync } from 'node:fs'
import type { JournalLog } from './journal.ts'
import { isMissing, type Segment, type SegmentSource } from './journal-segments.ts'

interface SegmentCursorOptions {
  source: SegmentSource
  log: JournalLog
  /** How much is read at once. */
  chunkBytes?: number
  /** Called when the segment has been read to its end, before the next one is begun. */
  onSegmentEnd?: (number: number) => void
  /** Called where a segment ends in the middle of a line. */
  onTornEnd?: () => void
}

/** Where one of the readers of a journal has got to. */
interface SegmentCursor {
  /** The segment that is being read. */
  readonly number: number
  /**
   * Reads on by one chunk; `visit` returns how many of its bytes were whole lines. False at the end of what is written. Throws when
   * the disk fails; then call it again.
   */
  read: (visit: (chunk: Buffer) => number) => boolean
  atEnd: () => boolean
  /** Whether the segment has been read to the end, and nothing is added to it any more. */
  hasRead: (segment: Segment) => boolean
}

const CHUNK_BYTES = 64 * 1024

/** Walks through the segments of a journal, live or left behind alike. */
export function createSegmentCursor(options: SegmentCursorOptions): SegmentCursor {
  const { source, log, chunkBytes = CHUNK_BYTES, onSegmentEnd = () => {}, onTornEnd = () => {} } = options
  let position = { number: 0, offset: 0 }
  let buffer = Buffer.allocUnsafe(chunkBytes)

  /** The segment to read on in; moves past those read to their ends. Null at the end of the journal. */
  function unread(): Segment | null {
    for (const segment of source.segments()) {
      if (segment.number < position.number) continue
      if (segment.number > position.number) {
        onSegmentEnd(position.number)
        position = { number: segment.number, offset: 0 }
      }
      if (position.offset < segment.bytes) return segment
    }
    return null
  }

  /** There was no line feed in the chunk: either the line is longer, or this is the segment's torn end. */
  function skipOrWiden(segment: Segment, length: number): void {
    const isRest = length === 0 || position.offset + length >= segment.bytes
    if (!isRest) {
      buffer = Buffer.allocUnsafe(buffer.length * 2)
      return
    }
    if (length === 0) log.error({ path: segment.path }, 'usage records are lost: a journal segment has shrunk')
    else onTornEnd()
    position.offset = segment.bytes
  }

  return {
    get number() {
      return position.number
    },
    read(visit) {
      const segment = unread()
      if (segment === null) return false
      const wanted = Math.min(buffer.length, segment.bytes - position.offset)
      const length = readAt(segment.path, buffer, wanted, position.offset)
      const consumed = visit(buffer.subarray(0, length))
      position.offset += consumed
      if (consumed === 0) skipOrWiden(segment, length)
      return true
    },
    atEnd: () => unread() === null,
    hasRead: (segment) =>
      segment.sealedAt !== null &&
      (segment.number < position.number || (segment.number === position.number && position.offset >= segment.bytes))
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
