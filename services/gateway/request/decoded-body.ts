import { Readable } from 'node:stream'
import { constants, createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib'
import { bodyTooLarge, buffersFull, fieldInvalid, GatewayError } from '../../platform/gateway-errors.ts'
import type { BodyBudget } from './body-budget.ts'

/** How much decoders emit at a time. */
const PART_BYTES = 65_536
/** The parts in transit, and what every decoder needs for itself. */
const BASE_BYTES = 4 * PART_BYTES

/** RFC 1951: distances go back 32 KiB. */
const DEFLATE_WINDOW_BYTES = 32_768

/** How far back each coding may refer, by the beginning of the body: the decoder keeps this much of what it has decoded. */
const WINDOWS = new Map<string, (head: Buffer) => number>([
  ['gzip', () => DEFLATE_WINDOW_BYTES],
  ['x-gzip', () => DEFLATE_WINDOW_BYTES],
  ['deflate', () => DEFLATE_WINDOW_BYTES],
  ['br', brotliWindow],
  ['zstd', zstdWindow]
])

/** The content coding that a header names; null when the body is not encoded. Throws GatewayError 400 for an unknown one. */
export function bodyCoding(header: string | undefined): string | null {
  const coding = (header ?? '').trim().toLowerCase()
  if (coding === '' || coding === 'identity') return null
  if (!WINDOWS.has(coding)) throw fieldInvalid('content-encoding must be one of gzip, deflate, br, zstd')
  return coding
}

/**
 * The JSON inside a compressed body, in parts. The memory that decoding takes is reserved in the budget beforehand, and no part
 * is kept here. Throws GatewayError 503 when there is no room, 413 when it grows beyond `maxBytes`, and 400 when it does not
 * match its coding: truncated, damaged, or followed by something that another reader might take for part of it (such as zstd
 * frames after the first, which Node's decoder ignores; gzip members are read).
 */
export async function* decodedParts(
  pieces: readonly Buffer[],
  coding: string,
  { maxBytes, budget }: { maxBytes: number; budget: BodyBudget }
): AsyncGenerator<Buffer, void, undefined> {
  const windowBytes = WINDOWS.get(coding)!(pieces[0]!)
  const reservedBytes = BASE_BYTES + windowBytes
  if (!budget.take(reservedBytes)) throw buffersFull()
  const decoder = createDecoder(coding, windowBytes)
  try {
    const source = Readable.from(pieces, { objectMode: true, highWaterMark: 1 })
    source.pipe(decoder)
    let bytes = 0
    for await (const part of decoder as AsyncIterable<Buffer>) {
      bytes += part.length
      if (bytes > maxBytes) throw bodyTooLarge(maxBytes)
      yield part
    }
    const consumed = decoder.bytesWritten
    if (consumed !== pieces.reduce((sum, { length }) => sum + length, 0)) throw new Error('something follows the encoded body')
  } catch (error) {
    if (error instanceof GatewayError) throw error
    throw fieldInvalid(`Failed to decode request body as ${coding}`)
  } finally {
    decoder.destroy()
    budget.give(reservedBytes)
  }
}

function createDecoder(coding: string, windowBytes: number) {
  switch (coding) {
    case 'deflate':
      return createInflate({ chunkSize: PART_BYTES })
    case 'br':
      return createBrotliDecompress({ chunkSize: PART_BYTES })
    case 'zstd': {
      const windowLog = Math.log2(windowBytes)
      return createZstdDecompress({ chunkSize: PART_BYTES, params: { [constants.ZSTD_d_windowLogMax]: windowLog } })
    }
    default:
      return createGunzip({ chunkSize: PART_BYTES })
  }
}

/** RFC 7932, 9.1: the first bits say how many bits the window's size has. */
function brotliWindow(head: Buffer): number {
  const first = head[0] ?? 0
  let bits = 16
  if ((first & 1) === 1) {
    const low = (first >> 1) & 7
    const high = (first >> 4) & 7
    bits = low !== 0 ? 17 + low : high === 0 ? 17 : 8 + high
  }
  return 2 ** bits
}

/** Frames that refer back further than the longest body are refused. */
const MAX_ZSTD_WINDOW_BYTES = 33_554_432

/** RFC 8878, 3.1.1.1: a frame states its window, or its window is its content's length, which it then states. */
function zstdWindow(head: Buffer): number {
  const descriptor = head[4] ?? 0
  const isSingleSegment = (descriptor & 0x20) !== 0
  const bytes = isSingleSegment ? zstdContentBytes(head, descriptor) : zstdStatedWindow(head[5] ?? 0)
  return 2 ** Math.ceil(Math.log2(Math.min(Math.max(bytes, 1024), MAX_ZSTD_WINDOW_BYTES)))
}

function zstdStatedWindow(byte: number): number {
  const base = 2 ** (10 + (byte >> 3))
  return base + (base / 8) * (byte & 7)
}

function zstdContentBytes(head: Buffer, descriptor: number): number {
  const at = 5 + [0, 1, 2, 4][descriptor & 3]!
  const size = [1, 2, 4, 8][descriptor >> 6]!
  if (head.length < at + size) return MAX_ZSTD_WINDOW_BYTES
  if (size === 8) return Number(head.readBigUInt64LE(at))
  return head.readUIntLE(at, size) + (size === 2 ? 256 : 0)
}
