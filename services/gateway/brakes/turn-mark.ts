import { LRUCache } from 'lru-cache'
import { atMost } from '../../platform/at-most.ts'
import type { HeldRequest } from '../request/outgoing-body.ts'
import type { Seal } from './brake-subject.ts'

/** A longer message is not looked into. */
const MOST_READ_BYTES = 65_536
const MOST_HASHED_BYTES = 1_048_576

/** They change each time although the turn is the same. */
const CHANGING: ReadonlySet<string> = new Set(['id', 'tool_use_id', 'cache_control'])
const CHANGING_NAMES = [...CHANGING].map((name) => `"${name}"`)

/** There are few models, and each turn is of one. */
const MOST_SHAPES = 100

/** What two turns have to have in common to be taken for the same. */
export interface TurnMark {
  /** Turns of another shape in between, such as those with which a client names the conversation, are none of the row. */
  shape: string
  /** Of what is said. */
  mark: string
}

/**
 * Makes hashes of requests' last messages, without what changes each time; null where there is none, or where the body came compressed and
 * is not kept decoded. Of the text itself nothing is kept.
 */
export function createTurnMarks(seal: Seal): (request: HeldRequest) => TurnMark | null {
  const shapes = new LRUCache<string, string>(atMost(MOST_SHAPES))

  function shapeOf({ model, stream, speed }: HeldRequest): string {
    const asked = JSON.stringify([model, stream, speed])
    const known = shapes.get(asked)
    if (known !== undefined) return known
    const shape = seal(asked)
    shapes.set(asked, shape)
    return shape
  }

  return (request) => {
    const { coding, body, lastMessage } = request
    if (coding !== null || lastMessage.end <= lastMessage.start) return null
    const end = Math.min(lastMessage.end, lastMessage.start + MOST_HASHED_BYTES)
    const bytes = slice(body.pieces, lastMessage.start, end)
    const length = lastMessage.end - lastMessage.start
    const said = length <= MOST_READ_BYTES ? unchanging(bytes) : Buffer.concat([Buffer.from(`${length} `), bytes])
    return { shape: shapeOf(request), mark: seal(said) }
  }
}

/**
 * The walk over the body has found it to be JSON, no deeper than what can be walked here. What has nothing that changes is taken as it was
 * written: a client writes the same alike, and reading it costs more than all else here.
 */
function unchanging(bytes: Buffer): Buffer {
  if (!CHANGING_NAMES.some((name) => bytes.includes(name))) return bytes
  return Buffer.from(
    JSON.stringify(JSON.parse(bytes.toString('utf8')), (name, value: unknown) => (CHANGING.has(name) ? undefined : value))
  )
}

function slice(pieces: readonly Buffer[], start: number, end: number): Buffer {
  const parts: Buffer[] = []
  let at = 0
  for (const piece of pieces) {
    if (at >= end) break
    if (at + piece.length > start) parts.push(piece.subarray(Math.max(0, start - at), end - at))
    at += piece.length
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
}
