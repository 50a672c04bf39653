import type { IncomingHttpHeaders } from 'node:http'

/** What a response consists of: an event stream, one JSON document, or something that is not the API's. */
export type ResponseForm = 'events' | 'json' | 'other'

/** This many first bytes of a response determine its coding for sure. */
export const MAGIC_BYTES = 4

/** The form that the content-type names. */
export function labelledForm(headers: IncomingHttpHeaders): ResponseForm {
  const type = headers['content-type'] ?? ''
  if (/^text\/event-stream\b/i.test(type)) return 'events'
  return /^application\/([\w.-]+\+)?json\b/i.test(type) ? 'json' : 'other'
}

/** The content coding that the headers name, or null when they name none. */
export function labelledCoding(headers: IncomingHttpHeaders): string | null {
  const coding = headers['content-encoding']?.trim().toLowerCase()
  return coding === undefined || coding === '' || coding === 'identity' ? null : coding
}

/**
 * The form of a response by its first decoded bytes, which are trusted over any label: proxies lose labels or get them wrong.
 * Null while more bytes are needed; with `isWhole` none follow. `other` when it cannot be determined.
 */
export function formOf(bytes: Buffer, isWhole: boolean): ResponseForm | null {
  const at = firstSignificant(bytes)
  if (at === bytes.length) return isWhole ? 'other' : null
  if (bytes[at] === OPENING_BRACE || bytes[at] === OPENING_BRACKET) return 'json'
  if (bytes[at] === COLON) return 'events'
  const line = bytes.toString('latin1', at, at + LONGEST_FIELD)
  if (SSE_FIELD.test(line)) return 'events'
  const mayBecomeField = line.length < LONGEST_FIELD && SSE_FIELDS.some((field) => field.startsWith(line))
  return mayBecomeField && !isWhole ? null : 'other'
}

/**
 * The coding of a response: by its first bytes if they tell, else as labelled. Brotli and bare deflate have no signature, so only
 * their label tells. A proxy that decoded the response may have left the label, and some servers mean the bare format by
 * `deflate` (RFC 9110, 8.4.1.2).
 */
export function codingOf(firstBytes: Buffer, labelled: string | null): string | null {
  const marked = MAGIC.find(({ magic }) => magic.every((byte, index) => firstBytes[index] === byte))?.coding
  if (labelled === null) return marked ?? null
  if (marked !== undefined) return isSameCoding(marked, labelled) ? labelled : marked
  if (looksLikeText(firstBytes, labelled)) return null
  return labelled === 'deflate' && firstBytes.length > 1 && !isZlib(firstBytes) ? BARE_DEFLATE : labelled
}

/** Deflate without the zlib format around it. No client says that it accepts that, so it is always decoded. */
export const BARE_DEFLATE = 'bare deflate'

const MAGIC = [
  { coding: 'gzip', magic: [0x1f, 0x8b] },
  { coding: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd] },
  // The zlib format (RFC 1950) with its usual window, at each of its four levels. No text of the API begins with an x.
  { coding: 'deflate', magic: [0x78, 0x01] },
  { coding: 'deflate', magic: [0x78, 0x5e] },
  { coding: 'deflate', magic: [0x78, 0x9c] },
  { coding: 'deflate', magic: [0x78, 0xda] }
]

const OPENING_BRACE = 0x7b
const OPENING_BRACKET = 0x5b
const COLON = 0x3a
const SSE_FIELDS = ['event:', 'data:', 'id:', 'retry:']
const SSE_FIELD = /^(event|data|id|retry)[:\r\n]/
const LONGEST_FIELD = 6
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]

function isSameCoding(marked: string, labelled: string): boolean {
  return marked === labelled || (marked === 'gzip' && labelled === 'x-gzip')
}

/** The header of the zlib format: its method, and the check of its two bytes. */
const isZlib = (bytes: Buffer) => (bytes[0]! & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0

/** Whether supposedly coded bytes begin like a plain response. Brotli may begin with a colon, but a brace is its empty stream. */
function looksLikeText(bytes: Buffer, labelled: string): boolean {
  const at = firstSignificant(bytes)
  if (at === bytes.length) return false
  if (bytes[at] === OPENING_BRACE || /^(even|data|id:|retr)/.test(bytes.toString('latin1', at))) return true
  return bytes[at] === COLON && labelled !== 'br'
}

function firstSignificant(bytes: Buffer): number {
  const isMarked = BYTE_ORDER_MARK.every((byte, index) => bytes[index] === byte)
  let at = isMarked ? BYTE_ORDER_MARK.length : 0
  while (at < bytes.length && isBlank(bytes[at]!)) at++
  return at
}

const isBlank = (byte: number) => byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d
