import { Readable } from 'node:stream'

/** Below this a body is not worth a stream; above it goes out in pieces of this size. */
const PIECE_BYTES = 65_536

/**
 * A request body that is let go once it is written. undici keeps a request, with whatever it was given as its body, until
 * the answer has ended: minutes, for a stream. A body given as a Buffer would stay in memory that long. It would also
 * count as sent before the connection has taken any of it.
 */
export function asPassingBody(body: Buffer): Buffer | Readable {
  if (body.length < PIECE_BYTES) return body
  let left: Buffer = body
  return new Readable({
    highWaterMark: PIECE_BYTES,
    read() {
      this.push(left.subarray(0, PIECE_BYTES))
      left = left.length > PIECE_BYTES ? left.subarray(PIECE_BYTES) : EMPTY
      if (left.length === 0) this.push(null)
    }
  })
}

const EMPTY = Buffer.alloc(0)
