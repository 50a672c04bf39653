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

interface SseScanner {
  /** Returns how many bytes of the chunk were read: all, or those up to the end of the event at which it was stopped. */
  push: (chunk: Buffer) => number
  /** To be called while an event is received: it is the last, and nothing behind it is read. */
  stop: () => void
  /** Stopped behind a carriage return, so that a line feed may still belong to the line that it ends. */
  readonly awaitsLineFeed: boolean
  /** How many of the bytes pushed so far belong to an event that has begun and not ended. */
  readonly pendingBytes: number
}

/**
 * Finds the events of a `text/event-stream` in chunks cut anywhere, without decoding them to text. Lines end with LF,
 * CR LF or CR; comments, `id:` and `retry:` are passed over. As in Anthropic's SDKs, an event with a name and no data is
 * an event too. An event that the stream breaks off before its blank line is none.
 */
export function createSseScanner(onEvent: SseEventHandler): SseScanner {
  const begunLine = createByteStore(MAX_EVENT_BYTES)
  const heldData = createByteStore(MAX_EVENT_BYTES)
  let atStreamStart = true
  let skipsLineFeed = false
  let pendingBytes = 0
  let stopped = false

  let name = ''
  // Data of one line are left where they are until the chunk ends; `data` is null while the event has none.
  let data: Buffer | null = null
  let dataStart = 0
  let dataEnd = 0
  let truncated = false

  function holdData() {
    if (data === null || data === heldData.bytes()) return
    heldData.clear()
    heldData.append(data, dataStart, dataEnd)
    data = heldData.bytes()
    dataStart = 0
    dataEnd = heldData.length()
  }

  function addData(bytes: Buffer, start: number, end: number) {
    if (data === null) {
      data = bytes
      dataStart = start
      dataEnd = end
      return
    }
    holdData()
    heldData.append(LINE_FEED, 0, 1)
    heldData.append(bytes, start, end)
    truncated ||= heldData.truncated()
    data = heldData.bytes()
    dataEnd = heldData.length()
  }

  function endEvent() {
    if (data !== null || name !== '') onEvent(name, data ?? EMPTY, dataStart, dataEnd, truncated)
    if (data !== null && data === heldData.bytes()) heldData.clear()
    name = ''
    data = null
    dataStart = 0
    dataEnd = 0
    truncated = false
  }

  function onLine(bytes: Buffer, from: number, to: number, isCut: boolean) {
    let start = from
    if (atStreamStart) {
      atStreamStart = false
      if (hasBytesAt(bytes, start, to, BYTE_ORDER_MARK)) start += BYTE_ORDER_MARK.length
    }
    if (start === to) {
      endEvent()
      return
    }
    const end = Math.min(to, from + MAX_EVENT_BYTES)
    const dataAt = valueStart(bytes, start, end, DATA)
    if (dataAt !== -1) {
      if (isCut || end < to) truncated = true
      addData(bytes, dataAt, end)
      return
    }
    const nameAt = valueStart(bytes, start, end, EVENT)
    if (nameAt !== -1) name = nameOf(bytes, nameAt, end)
  }

  /**
   * Nearly all events of a stream look like this and come whole, so they are not taken line by line. Returns where the
   * event ends, -1 when none of this kind begins at `from`. For chunks without a carriage return.
   */
  function takeFrequent(chunk: Buffer, from: number): number {
    if (name !== '' || data !== null || atStreamStart || begunLine.length() > 0) return -1
    if (!hasBytesAt(chunk, from, chunk.length, FREQUENT_EVENT)) return -1
    const start = from + FREQUENT_EVENT.length
    const end = chunk.indexOf(LF, start)
    if (end === -1 || chunk[end + 1] !== LF || end - from > MAX_EVENT_BYTES) return -1
    onEvent(FREQUENT_NAME, chunk, start, end, false)
    return end + 2
  }

  return {
    get pendingBytes() {
      return pendingBytes
    },
    get awaitsLineFeed() {
      return stopped && skipsLineFeed
    },
    stop() {
      stopped = true
    },
    push(chunk) {
      if (chunk.length === 0) return 0
      let lineStart = skipsLineFeed && chunk[0] === LF ? 1 : 0
      if (stopped) {
        skipsLineFeed = false
        return lineStart
      }
      // Where in this chunk the last event ended.
      let boundary = pendingBytes === 0 ? lineStart : -1
      skipsLineFeed = false
      let lineFeed = NOT_SOUGHT
      let carriageReturn = chunk.indexOf(CR, lineStart)
      for (;;) {
        const next = carriageReturn === -1 ? takeFrequent(chunk, lineStart) : -1
        if (next !== -1) {
          lineStart = next
          boundary = next
          if (!stopped) continue
          pendingBytes = 0
          return next
        }
        if (lineFeed !== -1 && lineFeed < lineStart)
          lineFeed = chunk[lineStart] === LF ? lineStart : chunk.indexOf(LF, lineStart)
        if (carriageReturn !== -1 && carriageReturn < lineStart) carriageReturn = chunk.indexOf(CR, lineStart)
        const isCarriageReturn = carriageReturn !== -1 && (lineFeed === -1 || carriageReturn < lineFeed)
        const lineEnd = isCarriageReturn ? carriageReturn : lineFeed
        if (lineEnd === -1) break

        const isBlank = begunLine.length() === 0 && lineStart === lineEnd
        if (begunLine.length() === 0) onLine(chunk, lineStart, lineEnd, false)
        else {
          begunLine.append(chunk, lineStart, lineEnd)
          onLine(begunLine.bytes(), 0, begunLine.length(), begunLine.truncated())
          begunLine.clear()
        }
        lineStart = lineEnd + 1
        if (isCarriageReturn) {
          if (lineStart === chunk.length) skipsLineFeed = true
          else if (chunk[lineStart] === LF) lineStart++
        }
        if (isBlank) boundary = lineStart
        if (stopped) {
          pendingBytes = 0
          return lineStart
        }
      }
      pendingBytes = boundary === -1 ? pendingBytes + chunk.length : chunk.length - boundary
      holdData()
      begunLine.append(chunk, lineStart, chunk.length)
      return chunk.length
    }
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
function createByteStore(limitBytes: number) {
  let bytes: Buffer = EMPTY
  let length = 0
  let truncated = false

  return {
    bytes: () => bytes,
    length: () => length,
    truncated: () => truncated,
    append(source: Buffer, start: number, end: number) {
      const count = Math.min(end - start, limitBytes - length)
      if (count < end - start) truncated = true
      if (length + count > bytes.length) {
        const grown = Buffer.allocUnsafeSlow(Math.min(limitBytes, Math.max(512, 2 * (length + count))))
        bytes.copy(grown, 0, 0, length)
        bytes = grown
      }
      source.copy(bytes, length, start, start + count)
      length += count
    },
    clear() {
      length = 0
      truncated = false
      if (bytes.length > KEPT_CAPACITY_BYTES) bytes = EMPTY
    }
  }
}
