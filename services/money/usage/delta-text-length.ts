import { hasBytesAt } from './sse-events.ts'
import { isRecord } from './usage-parsing.ts'

const INDEX = Buffer.from('{"type":"content_block_delta","index":')
const DELTA = Buffer.from(',"delta":{"type":"')
const TEXT_FIELDS = ['text_delta","text":"', 'thinking_delta","thinking":"', 'input_json_delta","partial_json":"'].map((text) =>
  Buffer.from(text)
)

const SPACE = 0x20
const QUOTE = 0x22
const ZERO = 0x30
const NINE = 0x39
const BACKSLASH = 0x5c
const LOWER_U = 0x75
const CLOSING_BRACE = 0x7d

/**
 * How long the text, thinking or partial JSON of a content_block_delta is, in UTF-16 code units, so exactly the
 * `length` that JSON.parse would give. -1 when the event is not written the way the upstream writes these events; it is
 * then to be parsed. Parsing all of them would cost several times the rest of the work on a stream.
 */
export function measureDeltaText(bytes: Buffer, start: number, end: number): number {
  const textAt = textStart(bytes, start, end)
  if (textAt === -1) return -1
  // Bytes that are no code unit of their own, less the units that are no byte of their own.
  let surplus = 0
  for (let position = textAt; position < end; position++) {
    const byte = bytes[position] ?? QUOTE
    if (byte === QUOTE) return endsDelta(bytes, position + 1, end) ? position - textAt - surplus : -1
    if (byte === BACKSLASH) {
      const escapedBytes = bytes[position + 1] === LOWER_U ? 5 : 1
      surplus += escapedBytes
      position += escapedBytes
    } else if (byte >= 0x80) {
      // The first byte of a UTF-8 sequence counts for all of it; a sequence of four is a surrogate pair.
      if (byte < 0xc0) surplus++
      else if (byte >= 0xf0) surplus--
    }
  }
  return -1
}

/** The same for an event that has been parsed; -1 when it carries none of the three. */
export function parsedDeltaTextLength(event: unknown): number {
  const delta = isRecord(event) ? event.delta : null
  if (!isRecord(delta)) return -1
  if (delta.type === 'text_delta') return lengthOf(delta.text)
  if (delta.type === 'thinking_delta') return lengthOf(delta.thinking)
  if (delta.type === 'input_json_delta') return lengthOf(delta.partial_json)
  return -1
}

/** Where the text begins in an event that starts as the upstream writes it; -1 in any other. */
function textStart(bytes: Buffer, start: number, end: number): number {
  if (!hasBytesAt(bytes, start, end, INDEX)) return -1
  let position = start + INDEX.length
  while (isDigit(bytes[position])) position++
  if (!hasBytesAt(bytes, position, end, DELTA)) return -1
  position += DELTA.length
  for (const field of TEXT_FIELDS) {
    if (hasBytesAt(bytes, position, end, field)) return position + field.length
  }
  return -1
}

/** Do only the braces of delta and event follow? The upstream puts spaces between them, to hide how long tokens are. */
function endsDelta(bytes: Buffer, from: number, end: number): boolean {
  let braces = 0
  for (let position = from; position < end; position++) {
    const byte = bytes[position]
    if (byte === CLOSING_BRACE) braces++
    else if (byte !== SPACE) return false
  }
  return braces === 2
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' ? value.length : -1
}
