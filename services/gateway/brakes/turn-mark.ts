import type { HeldRequest } from '../request/outgoing-body.ts'
import type { Seal } from './brake-subject.ts'

/** A longer message is not looked into. */
const MOST_READ_BYTES = 65_536
const MOST_HASHED_BYTES = 1_048_576

/** They change each time although the turn is the same. */
const CHANGING: ReadonlySet<string> = new Set(['id', 'tool_use_id', 'cache_control'])

/** What two turns have to have in common to be taken for the same. */
export interface TurnMark {
  /** Turns of another shape in between, such as those with which a client names the conversation, are none of the row. */
  shape: string
  /** Of what is said. */
  mark: string
}

/**
 * A hash of a request's last message, without what changes each time; null where there is none, or where the body came compressed and is
 * not kept decoded. Of the text itself nothing is kept.
 */
export function turnMarkOf(request: HeldRequest, seal: Seal): TurnMark | null {
  const { model, stream, speed, coding, body, lastMessage } = request
  if (coding !== null || lastMessage.end <= lastMessage.start) return null
  const end = Math.min(lastMessage.end, lastMessage.start + MOST_HASHED_BYTES)
  const bytes = slice(body.pieces, lastMessage.start, end)
  const length = lastMessage.end - lastMessage.start
  const said = length <= MOST_READ_BYTES ? unchanging(bytes) : Buffer.concat([Buffer.from(`${length} `), bytes])
  return { shape: seal(JSON.stringify([model, stream, speed])), mark: seal(said) }
}

/** The walk over the body has found it to be JSON, no deeper than what can be walked here. */
const unchanging = (bytes: Buffer): Buffer =>
  Buffer.from(
    JSON.stringify(JSON.parse(bytes.toString('utf8')), (name, value: unknown) => (CHANGING.has(name) ? undefined : value))
  )

function slice(pieces: readonly Buffer[], start: number, end: number): Buffer {
  const parts: Buffer[] = []
  let at = 0
  for (const piece of pieces) {
    if (at >= end) break
    if (at + piece.length > start) parts.push(piece.subarray(Math.max(0, start - at), end - at))
    at += piece.length
  }
  return Buffer.concat(parts)
}
