/** Deeper values are refused: nobody sends them, and every later reader would have to survive them. */
export const MAX_JSON_DEPTH = 512

/** A key or a wanted value longer than this, as it is written, is not read out. */
export const MAX_TOKEN_BYTES = 8192

/** Slots from this one on are of texts that may be long: a reader gets them in parts. */
export const FIRST_STREAMED_SLOT = 32

/** A key, a string with its quotes, a number or a literal, as it stands in the bytes. Reused: read it before returning. */
export interface JsonToken {
  bytes: Uint8Array
  start: number
  end: number
  /** Where it begins in the whole text. */
  from: number
}

/**
 * What is wanted of a text that is walked over. A slot is the place of a value that is of interest, a context is the inside of
 * an object or array that holds such places; 0 is of no interest, and nothing below it is asked about.
 */
export interface JsonReader {
  /** The place that a key of the context names. */
  slotOf: (context: number, key: JsonToken) => number
  /** The place that every element of an array of this context has. */
  elementSlot: (context: number) => number
  /** An object or array begins, at `from` in the whole text: its context. */
  enter: (slot: number, isObject: boolean, from: number) => number
  /** An object or array with a context has ended, before `to` in the whole text. */
  leave: (context: number, to: number) => void
  /** A string, number or literal with a slot below FIRST_STREAMED_SLOT; null when it is longer than MAX_TOKEN_BYTES. */
  value: (slot: number, token: JsonToken | null) => void
  /** A part of a string in one of the other slots, as it is written, without the quotes. */
  part: (slot: number, bytes: Uint8Array, start: number, end: number, isLast: boolean) => void
}

// What is expected next, or is in the middle of being read. Numbers, since this is compared once a token.
const BEGIN = 0
const VALUE = 1
const VALUE_OR_END = 2
const KEY = 3
const KEY_OR_END = 4
const COLON = 5
const AFTER = 6
const STRING = 7
const ESCAPE = 8
const HEX = 9
const NUMBER = 10
const LITERAL = 11
const COMPLETE = 12
const BROKEN = 13

// How far a number has come. Those from INTEGER on could end.
const SIGN = 0
const POINT = 1
const EXPONENT = 2
const EXPONENT_SIGN = 3
const ZERO = 4
const INTEGER = 5
const FRACTION = 6
const POWER = 7

/** The place of the whole object. */
const ROOT_SLOT = 1

const QUOTE = 0x22
const BACKSLASH = 0x5c
const LITERALS = ['true', 'false', 'null'] as const

/**
 * Validates one JSON object that comes in pieces, and shows a reader the values that it asks for, without building any other.
 * Accepts exactly what JSON.parse accepts (given valid UTF-8) up to MAX_JSON_DEPTH, and only objects. However the text is cut
 * into pieces, the outcome and what the reader is shown are the same, but for the parts of long texts.
 */
export class JsonWalk {
  readonly #reader: JsonReader
  readonly #isObject = new Uint8Array(MAX_JSON_DEPTH + 1)
  readonly #contexts = new Uint8Array(MAX_JSON_DEPTH + 1)
  /** Of the value that is read now or comes next, in the object or array of each depth. */
  readonly #slots = new Uint8Array(MAX_JSON_DEPTH + 1)
  readonly #token: JsonToken = { bytes: NOTHING, start: 0, end: 0, from: 0 }
  #state = BEGIN
  #depth = 0
  #isKey = false
  /** Of a number how far it has come, of a literal which it is. */
  #kind = 0
  /** How many characters of a literal, or digits of an escape, have come. */
  #count = 0
  /** How many bytes came before this piece. */
  #offset = 0
  /** Where the token that is being read begins in the whole text; it matters to those that are cut by a border. */
  #tokenFrom = 0
  /** What earlier pieces had of a token that is wanted. */
  #carried: Uint8Array | null = null
  #carriedBytes = 0

  constructor(reader: JsonReader) {
    this.#reader = reader
  }

  /** False once what has come cannot be the beginning of a valid object. */
  push(piece: Uint8Array): boolean {
    if (this.#state === BROKEN) return false
    // Positions are those of the memory behind the piece, so that words of four bytes can be read wherever it begins.
    const bytes = new Uint8Array(piece.buffer)
    const start = piece.byteOffset
    const end = start + piece.length
    this.#walk(bytes, start, end)
    if (this.#state >= STRING && this.#state <= LITERAL) this.#carry(bytes, start, end)
    this.#offset += piece.length
    return this.#state !== BROKEN
  }

  /** Whether what has come is a whole object. */
  get isComplete(): boolean {
    return this.#state === COMPLETE
  }

  #walk(bytes: Uint8Array, start: number, end: number): void {
    const words = new Int32Array(bytes.buffer as ArrayBuffer, 0, bytes.length >> 2)
    const base = this.#offset - start
    const isObject = this.#isObject
    const contexts = this.#contexts
    const slots = this.#slots
    let depth = this.#depth
    let state = this.#state
    let at = start
    while (at < end) {
      const byte = bytes[at]!
      switch (state) {
        case AFTER:
          if (byte === 0x2c) state = isObject[depth] === 1 ? KEY : VALUE
          else if (byte === (isObject[depth] === 1 ? 0x7d : 0x5d)) {
            if (contexts[depth] !== 0) this.#reader.leave(contexts[depth]!, base + at + 1)
            state = --depth === 0 ? COMPLETE : AFTER
          } else if (!isSpace(byte)) state = BROKEN
          at++
          break
        case KEY:
        case KEY_OR_END:
          if (byte === QUOTE) {
            const stop = stringStop(bytes, words, at + 1, end)
            if (stop >= 0 && stop < end) {
              if (contexts[depth] !== 0) slots[depth] = this.#slotOf(contexts[depth]!, bytes, at, stop + 1, base + at)
              at = stop + 1
              state = COLON
              if (at < end && bytes[at] === 0x3a) {
                at++
                state = VALUE
              }
            } else {
              this.#isKey = true
              this.#tokenFrom = base + at
              state = this.#cutString(stop, end)
              at = end
            }
            break
          }
          if (byte === 0x7d && state === KEY_OR_END) {
            if (contexts[depth] !== 0) this.#reader.leave(contexts[depth]!, base + at + 1)
            state = --depth === 0 ? COMPLETE : AFTER
          } else if (!isSpace(byte)) state = BROKEN
          at++
          break
        case VALUE:
        case VALUE_OR_END:
          if (byte === QUOTE) {
            const stop = stringStop(bytes, words, at + 1, end)
            if (stop >= 0 && stop < end) {
              if (slots[depth] !== 0) this.#endString(slots[depth]!, bytes, at, stop + 1, base + at)
              at = stop + 1
              state = AFTER
            } else {
              this.#isKey = false
              this.#tokenFrom = base + at
              state = this.#cutString(stop, end)
              at = end
            }
          } else if (byte === 0x7b || byte === 0x5b) {
            if (depth === MAX_JSON_DEPTH) state = BROKEN
            else {
              const slot = slots[depth]!
              depth++
              state = this.#enter(depth, slot, byte === 0x7b, base + at)
            }
            at++
          } else if (isSpace(byte)) at++
          else if (byte === 0x5d && state === VALUE_OR_END) {
            if (contexts[depth] !== 0) this.#reader.leave(contexts[depth]!, base + at + 1)
            state = --depth === 0 ? COMPLETE : AFTER
            at++
          } else {
            this.#isKey = false
            this.#tokenFrom = base + at
            state = this.#beginScalar(byte)
            at++
          }
          break
        case COLON:
          if (byte === 0x3a) state = VALUE
          else if (!isSpace(byte)) state = BROKEN
          at++
          break
        case NUMBER: {
          const next = numberGoesOn(this.#kind, byte)
          if (next >= 0) {
            this.#kind = next
            at++
          } else if (this.#kind >= ZERO) {
            if (slots[depth] !== 0) this.#endCut(slots[depth]!, bytes, start, at)
            state = AFTER
          } else state = BROKEN
          break
        }
        case LITERAL: {
          const literal = LITERALS[this.#kind]!
          if (byte !== literal.charCodeAt(this.#count)) state = BROKEN
          at++
          if (++this.#count === literal.length && state === LITERAL) {
            if (slots[depth] !== 0) this.#endCut(slots[depth]!, bytes, start, at)
            state = AFTER
          }
          break
        }
        case STRING: {
          const stop = stringStop(bytes, words, at, end)
          if (stop >= 0 && stop < end) {
            at = stop + 1
            if (!this.#isKey) {
              if (slots[depth] !== 0) this.#endCut(slots[depth]!, bytes, start, at)
              state = AFTER
            } else {
              if (contexts[depth] !== 0) slots[depth] = this.#slotOfCut(contexts[depth]!, bytes, start, at)
              state = COLON
            }
          } else {
            state = this.#cutString(stop, end)
            at = end
          }
          break
        }
        case ESCAPE:
          if (isShortEscape(byte)) state = STRING
          else if (byte === 0x75) {
            this.#count = 0
            state = HEX
          } else state = BROKEN
          at++
          break
        case HEX:
          if (!isHex(byte)) state = BROKEN
          else if (++this.#count === 4) state = STRING
          at++
          break
        case BEGIN:
          if (byte === 0x7b) state = this.#enter(++depth, ROOT_SLOT, true, base + at)
          else if (!isSpace(byte)) state = BROKEN
          at++
          break
        case COMPLETE:
          if (!isSpace(byte)) state = BROKEN
          at++
          break
        default:
          at = end
      }
    }
    this.#depth = depth
    this.#state = state
  }

  #enter(depth: number, slot: number, isObject: boolean, from: number): number {
    const context = slot === 0 ? 0 : this.#reader.enter(slot, isObject, from)
    this.#isObject[depth] = isObject ? 1 : 0
    this.#contexts[depth] = context
    this.#slots[depth] = isObject || context === 0 ? 0 : this.#reader.elementSlot(context)
    return isObject ? KEY_OR_END : VALUE_OR_END
  }

  #slotOf(context: number, bytes: Uint8Array, start: number, end: number, from: number): number {
    const key = this.#tokenOf(bytes, start, end, from)
    return key === null ? 0 : this.#reader.slotOf(context, key)
  }

  #endString(slot: number, bytes: Uint8Array, start: number, end: number, from: number): void {
    if (slot < FIRST_STREAMED_SLOT) this.#reader.value(slot, this.#tokenOf(bytes, start, end, from))
    else this.#reader.part(slot, bytes, start + 1, end - 1, true)
  }

  #beginScalar(byte: number): number {
    this.#count = 1
    if (byte === 0x2d) this.#kind = SIGN
    else if (byte === 0x30) this.#kind = ZERO
    else if (isDigit(byte)) this.#kind = INTEGER
    else {
      this.#kind = byte === 0x74 ? 0 : byte === 0x66 ? 1 : 2
      return byte === 0x74 || byte === 0x66 || byte === 0x6e ? LITERAL : BROKEN
    }
    return NUMBER
  }

  /** Where in a string the piece ended, by what `stringStop` says. */
  #cutString(stop: number, end: number): number {
    if (stop < 0) return BROKEN
    if (stop <= end + 1) return stop === end ? STRING : ESCAPE
    this.#count = stop - end - 2
    return HEX
  }

  /** A value ends before `at` that may have begun in an earlier piece. */
  #endCut(slot: number, bytes: Uint8Array, start: number, at: number): void {
    const begunAt = start + this.#tokenFrom - this.#offset
    if (slot >= FIRST_STREAMED_SLOT) {
      if (bytes[at - 1] === QUOTE) this.#reader.part(slot, bytes, Math.max(start, begunAt + 1), at - 1, true)
    } else if (begunAt >= start) this.#reader.value(slot, this.#tokenOf(bytes, begunAt, at, this.#tokenFrom))
    else this.#reader.value(slot, this.#joined(bytes, start, at))
  }

  #slotOfCut(context: number, bytes: Uint8Array, start: number, at: number): number {
    const key = this.#joined(bytes, start, at)
    return key === null ? 0 : this.#reader.slotOf(context, key)
  }

  #tokenOf(bytes: Uint8Array, start: number, end: number, from: number): JsonToken | null {
    if (end - start > MAX_TOKEN_BYTES) return null
    const token = this.#token
    token.bytes = bytes
    token.start = start
    token.end = end
    token.from = from
    return token
  }

  /** The token that began in an earlier piece and ends before `at` in this one. */
  #joined(bytes: Uint8Array, start: number, at: number): JsonToken | null {
    const length = this.#offset + at - start - this.#tokenFrom
    this.#keep(bytes, start, at)
    this.#carriedBytes = 0
    return length > MAX_TOKEN_BYTES ? null : this.#tokenOf(this.#carried!, 0, length, this.#tokenFrom)
  }

  /** The piece ends within a token: keeps what is wanted of it. */
  #carry(bytes: Uint8Array, start: number, end: number): void {
    const begunAt = start + this.#tokenFrom - this.#offset
    const from = Math.max(start, begunAt)
    if (this.#isKey) {
      if (this.#contexts[this.#depth] !== 0) this.#keep(bytes, from, end)
      return
    }
    const slot = this.#slots[this.#depth]!
    if (slot >= FIRST_STREAMED_SLOT) {
      const textFrom = Math.max(start, begunAt + 1)
      if (this.#state <= HEX && textFrom < end) this.#reader.part(slot, bytes, textFrom, end, false)
    } else if (slot !== 0) this.#keep(bytes, from, end)
  }

  #keep(bytes: Uint8Array, from: number, to: number): void {
    this.#carried ??= new Uint8Array(MAX_TOKEN_BYTES)
    const room = MAX_TOKEN_BYTES - this.#carriedBytes
    const part = bytes.subarray(from, Math.min(to, from + room))
    this.#carried.set(part, this.#carriedBytes)
    this.#carriedBytes += part.length
  }
}

const NOTHING = new Uint8Array(0)

/** Whether a token is this text in quotes, however it is escaped. */
export function isText({ bytes, start, end }: JsonToken, text: string): boolean {
  const length = end - start - 2
  if (bytes[start] !== QUOTE || length < text.length) return false
  if (length > text.length) return bytes.subarray(start, end).includes(BACKSLASH) && stringAt(bytes, start, end) === text
  for (let i = 0; i < length; i++) if (bytes[start + 1 + i] !== text.charCodeAt(i)) return false
  return true
}

/** The string that a token is; null when it is none. */
export const stringOf = ({ bytes, start, end }: JsonToken) => (bytes[start] === QUOTE ? stringAt(bytes, start, end) : null)

/** The string whose quotes are at `start` and `end - 1`. */
function stringAt(bytes: Uint8Array, start: number, end: number): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')
  return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1)
}

/**
 * Where a string that goes on at `from` has its closing quote. When the piece ends before that: `end`, one more behind a
 * backslash, two and the number of its digits more within `\uXXXX`. -1 when it is no valid string.
 */
function stringStop(bytes: Uint8Array, words: Int32Array, from: number, end: number): number {
  let at = from
  for (;;) {
    at = plainEnd(bytes, words, at, end)
    if (at >= end) return end
    const byte = bytes[at]!
    if (byte === QUOTE) return at
    if (byte !== BACKSLASH) return -1 // a control character
    if (++at === end) return end + 1
    const escaped = bytes[at++]!
    if (isShortEscape(escaped)) continue
    if (escaped !== 0x75) return -1
    for (let digits = 0; digits < 4; digits++, at++) {
      if (at === end) return end + 2 + digits
      if (!isHex(bytes[at]!)) return -1
    }
  }
}

/**
 * The first quote, backslash or control character at or after `from`, or `end`. Reads four bytes at a time; what the words at
 * the edges have of their neighbours is left out.
 */
function plainEnd(bytes: Uint8Array, words: Int32Array, from: number, end: number): number {
  let at = from
  while ((at & 3) !== 0) {
    if (at >= end || isSpecial(bytes[at]!)) return at
    at++
  }
  const last = end >> 2
  let word = at >> 2
  while (word < last) {
    const four = words[word]!
    const quotes = four ^ 0x22222222
    const backslashes = four ^ 0x5c5c5c5c
    // The zero-byte test, thrice: a byte below 0x20, a quote or a backslash sets its high bit. It may also flag a byte
    // behind one of those, never a word without any; the byte loop below looks again.
    const flags =
      ((four - 0x20202020) & ~four) | ((quotes - 0x01010101) & ~quotes) | ((backslashes - 0x01010101) & ~backslashes)
    if ((flags & 0x80808080) !== 0) break
    word++
  }
  at = word << 2
  while (at < end && !isSpecial(bytes[at]!)) at++
  return at
}

const isSpecial = (byte: number) => byte === QUOTE || byte === BACKSLASH || byte < 0x20
const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39
const isHex = (byte: number) => isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66)

/** Whether an escape is whole with this byte: any but `\u`. */
function isShortEscape(byte: number): boolean {
  switch (byte) {
    case 0x22: // "
    case 0x5c: // \
    case 0x2f: // /
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return true
    default:
      return false
  }
}

/** How far a number has come with one byte more; -1 when the byte is none of it. */
function numberGoesOn(kind: number, byte: number): number {
  if (isDigit(byte)) {
    switch (kind) {
      case SIGN:
        return byte === 0x30 ? ZERO : INTEGER
      case POINT:
        return FRACTION
      case EXPONENT:
      case EXPONENT_SIGN:
        return POWER
      case ZERO:
        return -1
      default:
        return kind
    }
  }
  if (byte === 0x2e) return kind === ZERO || kind === INTEGER ? POINT : -1
  if (byte === 0x65 || byte === 0x45) return kind === ZERO || kind === INTEGER || kind === FRACTION ? EXPONENT : -1
  if (byte === 0x2b || byte === 0x2d) return kind === EXPONENT ? EXPONENT_SIGN : -1
  return -1
}
