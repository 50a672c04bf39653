import type { Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib'

/** Decodes a compressed answer piece by piece, so that the decoded bytes of a chunk are known before it is handed on. */
export interface ContentDecoder {
  /** Calls back with what the chunk adds, perhaps nothing yet; with null once the coding proved broken. */
  write: (chunk: Buffer, callback: (decoded: Buffer | null) => void) => void
  destroy: () => void
}

const CODINGS = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
  ['zstd', createZstdDecompress]
])

export const isKnownCoding = (coding: string): boolean => CODINGS.has(coding)

/** Null for a coding that is not known. */
export function createContentDecoder(coding: string): ContentDecoder | null {
  const stream = CODINGS.get(coding)?.()
  if (stream === undefined) return null
  let parts: Buffer[] = []
  let broken = false
  stream.on('data', (part: Buffer) => parts.push(part))
  stream.on('error', () => {
    broken = true
  })
  return {
    write(chunk, callback) {
      if (broken) {
        callback(null)
        return
      }
      stream.write(chunk, () => {
        // 'data' may follow the write callback within the same turn.
        setImmediate(() => {
          const decoded = broken ? null : Buffer.concat(parts)
          parts = []
          callback(decoded)
        })
      })
    },
    destroy: () => stream.destroy()
  }
}

/** Whether an Accept-Encoding header (RFC 9110, 12.5.3) admits the coding by name. */
export function acceptsCoding(acceptEncoding: string | undefined, coding: string): boolean {
  return (acceptEncoding ?? '').split(',').some((item) => {
    const [name, ...parameters] = item.split(';').map((part) => part.trim().toLowerCase())
    return name === coding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
  })
}
