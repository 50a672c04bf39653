import type { Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib'
import { BARE_DEFLATE } from './response-form.ts'

/** Decodes a compressed response piece by piece, so that the decoded bytes of a chunk are known before it is handed on. */
export interface ContentDecoder {
  /** Calls back with the decoded bytes, possibly none yet; with null once the coding turns out to be broken. */
  write: (chunk: Buffer, callback: (decoded: Buffer | null) => void) => void
  destroy: () => void
}

const CODINGS = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  [BARE_DEFLATE, createInflateRaw],
  ['br', createBrotliDecompress],
  ['zstd', createZstdDecompress]
])

export const isKnownCoding = (coding: string): boolean => CODINGS.has(coding)

/** The limit that one chunk may decode to: far beyond any response, and a bound on decompression bombs. */
const MAX_DECODED_BYTES = 33_554_432

/** Null for a coding that is not known. */
export function createContentDecoder(coding: string): ContentDecoder | null {
  const stream = CODINGS.get(coding)?.()
  if (stream === undefined) return null
  let parts: Buffer[] = []
  let bytes = 0
  let broken = false
  let waiting: ((decoded: Buffer | null) => void) | null = null

  function answer(decoded: Buffer | null): void {
    const callback = waiting
    waiting = null
    parts = []
    bytes = 0
    callback?.(decoded)
  }

  function breakOff(): void {
    broken = true
    stream?.destroy()
    answer(null)
  }

  stream.on('data', (part: Buffer) => {
    parts.push(part)
    bytes += part.length
    if (bytes > MAX_DECODED_BYTES) breakOff()
  })
  // After an error the pending write is never called back.
  stream.on('error', breakOff)
  return {
    write(chunk, callback) {
      if (broken) {
        callback(null)
        return
      }
      waiting = callback
      stream.write(chunk, () => {
        // 'data' may follow the write callback within the same turn.
        setImmediate(() => {
          if (!broken) answer(Buffer.concat(parts))
        })
      })
    },
    destroy: () => stream.destroy()
  }
}

/** Decodes bytes that are complete; null when they do not match the coding. */
export async function decodeWhole(bytes: Buffer, coding: string): Promise<Buffer | null> {
  const stream = CODINGS.get(coding)?.()
  if (stream === undefined) return null
  const parts: Buffer[] = []
  let size = 0
  try {
    stream.end(bytes)
    for await (const part of stream as AsyncIterable<Buffer>) {
      size += part.length
      if (size > MAX_DECODED_BYTES) return null
      parts.push(part)
    }
    return Buffer.concat(parts)
  } catch {
    return null
  }
}

/** Whether an Accept-Encoding header (RFC 9110, 12.5.3) admits the coding by name. */
export function acceptsCoding(acceptEncoding: string | undefined, coding: string): boolean {
  return (acceptEncoding ?? '').split(',').some((item) => {
    const [name, ...parameters] = item.split(';').map((part) => part.trim().toLowerCase())
    return name === coding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
  })
}
