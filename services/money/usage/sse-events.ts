/**
 * Receives one event. Its data are bytes[start…end) and must not be kept: the buffer is used again. `name` is empty for
 * an event without an `event:` line; `truncated` tells that only the first MAX_EVENT_BYTES of the data are there.
 */
type SseEventHandler = (name: string, bytes: Buffer, start: number, end: number, truncated: boolean) => void

/** Longer lines, and longer data put together from several lines, are cut to this many bytes. */
export const MAX_EVENT_BYTES = 1024 * 1024

const MAX_NAME_BYTES = 64
const KEPT_CAPACITY_BYTES = 64 * 1024

const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const COLON = 0x3a
const EMPTY = Buffer.alloc(0)
const NOT_SOUGHT = -2
const BYTE_ORDER_MARK = Buffer.from('\ufeff')
const EVENT = Buffer.from('event')
const DATA = Buffer.from('data')
const FREQUENT_NAME = 'content_block_delta'
const FREQUENT_NAME_BYTES = Buffer.from(FREQUENT_NAME)
const FREQUENT_EVENT = Buffer.from(`event: ${FREQUENT_NAME}\ndata: `)
const LINE_FEED = Buffer.from('\n')

/** Is `expected` what the bytes from `start` begin with, no further than `end`? */
export function hasBytesAt(bytes: Buffer, start: number, end: number, expected: Buffer): boolean {
  if (end - start < expected.length) return false
  for (let i = 0; i < expected.length; i++) {
    if (bytes[start + i] !== expected[i]) return false
  }
  return true
}

/**
 * Finds the events of a `text/event-stream` in chunks cut anywhere, without decoding them to text. Lines end with LF,
 * CR LF or CR; comments, `id:` and `retry:` are passed over. As in Anthropic's SDKs, an event with a name and no data is
 * an event too. An event that the stream breaks off before its blank line is none.
 *
 * A class, as there is one for each stream: functions of its own for each cost it 2 KB.
 */
export class SseScanner {
  readonly #onEvent: SseEventHandler
  readonly #begunLine = new ByteStore(MAX_EVENT_BYTES)
  readonly #heldData = new ByteStore(MAX_EVENT_BYTES)
  #atStreamStart = true
  #skipsLineFeed = false
  #pendingBytes = 0
  #stopped = false

  #name = ''
  // Data of one line are left where they are until the chunk ends; `#data` is null while the event has none.
  #data: Buffer | null = null
  #dataStart = 0
  #dataEnd = 0
  #truncated = false

  constructor(onEvent: SseEventHandler) {
    this.#onEvent = onEvent
  }

  /** How many of the bytes pushed so far belong to an event that has begun and not ended. */
  get pendingBytes(): number {
    return this.#pendingBytes
  }

  /** Stopped behind a carriage return, so that a line feed may still belong to the line that it ends. */
  get awaitsLineFeed(): boolean {
    return this.#stopped && this.#skipsLineFeed
  }

  /** To be called while an event is received: it is the last, and nothing behind it is read. */
  stop(): void {
    this.#stopped = true
  }

  /** Returns how many bytes of the chunk were read: all, or those up to the end of the event at which it was stopped. */
  push(chunk: Buffer): number {
    if (chunk.length === 0) return 0
    let lineStart = this.#skipsLineFeed && chunk[0] === LF ? 1 : 0
    if (this.#stopped) {
      this.#skipsLineFeed = false
      return lineStart
    }
    const begunLine = this.#begunLine
    // Where in this chunk the last event ended.
    let boundary = this.#pendingBytes === 0 ? lineStart : -1
    this.#skipsLineFeed = false
    let lineFeed = NOT_SOUGHT
    let carriageReturn = chunk.indexOf(CR, lineStart)
    for (;;) {
      const next = carriageReturn === -1 ? this.#takeFrequent(chunk, lineStart) : -1
      if (next !== -1) {
        lineStart = next
        boundary = next
        if (!this.#stopped) continue
        this.#pendingBytes = 0
        return next
      }
      if (lineFeed !== -1 && lineFeed < lineStart) lineFeed = chunk[lineStart] === LF ? lineStart : chunk.indexOf(LF, lineStart)
      if (carriageReturn !== -1 && carriageReturn < lineStart) carriageReturn = chunk.indexOf(CR, lineStart)
      const isCarriageReturn = carriageReturn !== -1 && (lineFeed === -1 || carriageReturn < lineFeed)
      const lineEnd = isCarriageReturn ? carriageReturn : lineFeed
      if (lineEnd === -1) break

      const isBlank = begunLine.length === 0 && lineStart === lineEnd
      if (begunLine.length === 0) this.#onLine(chunk, lineStart, lineEnd, false)
      else {
        begunLine.append(chunk, lineStart, lineEnd)
        this.#onLine(begunLine.bytes, 0, begunLine.length, begunLine.truncated)
        begunLine.clear()
      }
      lineStart = lineEnd + 1
      if (isCarriageReturn) {
        if (lineStart === chunk.length) this.#skipsLineFeed = true
        else if (chunk[lineStart] === LF) lineStart++
      }
      if (isBlank) boundary = lineStart
      if (this.#stopped) {
        this.#pendingBytes = 0
        return lineStart
      }
    }
    this.#pendingBytes = boundary === -1 ? this.#pendingBytes + chunk.length : chunk.length - boundary
    // Most chunks end with an event.
    if (lineStart === chunk.length && this.#data === null) return chunk.length
    this.#holdData()
    begunLine.append(chunk, lineStart, chunk.length)
    return chunk.length
  }

  /**
   * Nearly all events of a stream look like this and come whole, so they are not taken line by line. Returns where the
   * event ends, -1 when none of this kind begins at `from`. For chunks without a carriage return.
   */
  #takeFrequent(chunk: Buffer, from: number): number {
    if (this.#name !== '' || this.#data !== null || this.#atStreamStart || this.#begunLine.length > 0) return -1
    if (!hasBytesAt(chunk, from, chunk.length, FREQUENT_EVENT)) return -1
    const start = from + FREQUENT_EVENT.length
    const end = chunk.indexOf(LF, start)
    if (end === -1 || chunk[end + 1] !== LF || end - from > MAX_EVENT_BYTES) return -1
    this.#onEvent(FREQUENT_NAME, chunk, start, end, false)
    return end + 2
  }

  #onLine(bytes: Buffer, from: number, to: number, isCut: boolean): void {
    let start = from
    if (this.#atStreamStart) {
      this.#atStreamStart = false
      if (hasBytesAt(bytes, start, to, BYTE_ORDER_MARK)) start += BYTE_ORDER_MARK.length
    }
    if (start === to) {
      this.#endEvent()
      return
    }
    const end = Math.min(to, from + MAX_EVENT_BYTES)
    const dataAt = valueStart(bytes, start, end, DATA)
    if (dataAt !== -1) {
      if (isCut || end < to) this.#truncated = true
      this.#addData(bytes, dataAt, end)
      return
    }
    const nameAt = valueStart(bytes, start, end, EVENT)
    if (nameAt !== -1) this.#name = nameOf(bytes, nameAt, end)
  }

  #addData(bytes: Buffer, start: number, end: number): void {
    if (this.#data === null) {
      this.#data = bytes
      this.#dataStart = start
      this.#dataEnd = end
      return
    }
    this.#holdData()
    const held = this.#heldData
    held.append(LINE_FEED, 0, 1)
    held.append(bytes, start, end)
    this.#truncated ||= held.truncated
    this.#data = held.bytes
    this.#dataEnd = held.length
  }

  #holdData(): void {
    const held = this.#heldData
    if (this.#data === null || this.#data === held.bytes) return
    held.clear()
    held.append(this.#data, this.#dataStart, this.#dataEnd)
    this.#data = held.bytes
    this.#dataStart = 0
    this.#dataEnd = held.length
  }

  #endEvent(): void {
    const data = this.#data
    if (data !== null || this.#name !== '')
      this.#onEvent(this.#name, data ?? EMPTY, this.#dataStart, this.#dataEnd, this.#truncated)
    if (data !== null && data === this.#heldData.bytes) this.#heldData.clear()
    this.#name = ''
    this.#data = null
    this.#dataStart = 0
    this.#dataEnd = 0
    this.#truncated = false
  }
}

/** Where the value of the line's field begins; -1 when it is another field. */
function valueStart(bytes: Buffer, start: number, end: number, field: Buffer): number {
  if (!hasBytesAt(bytes, start, end, field)) return -1
  const colon = start + field.length
  if (colon === end) return end
  if (bytes[colon] !== COLON) return -1
  return bytes[colon + 1] === SPACE && colon + 1 < end ? colon + 2 : colon + 1
}

function nameOf(bytes: Buffer, start: number, end: number): string {
  // Nearly all events bear this name; comparing costs a tenth of decoding.
  if (end - start === FREQUENT_NAME_BYTES.length && hasBytesAt(bytes, start, end, FREQUENT_NAME_BYTES)) return FREQUENT_NAME
  return bytes.toString('latin1', start, Math.min(end, start + MAX_NAME_BYTES))
}

/** Bytes appended piece by piece, up to a limit. */
class ByteStore {
  bytes: Buffer = EMPTY
  length = 0
  truncated = false
  readonly #limitBytes: number

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  append(source: Buffer, start: number, end: number): void {
    const count = Math.min(end - start, this.#limitBytes - this.length)
    if (count < end - start) this.truncated = true
    if (this.length + count > this.bytes.length) {
      const capacity = Math.min(this.#limitBytes, Math.max(512, 2 * (this.length + count)))
      const grown = Buffer.allocUnsafeSlow(capacity)
      this.bytes.copy(grown, 0, 0, this.length)
      this.bytes = grown
    }
    source.copy(this.bytes, this.length, start, start + count)
    this.length += count
  }

  clear(): void {
    this.length = 0
    this.truncated = false
    if (this.bytes.length > KEPT_CAPACITY_BYTES) this.bytes = EMPTY
  }
}
