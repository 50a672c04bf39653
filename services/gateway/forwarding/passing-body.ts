import { EventEmitter } from 'node:events'
import type { Readable } from 'node:stream'

/** A smaller piece is sent as it is. */
const PIECE_BYTES = 65_536

/**
 * A request body that is released once it is written. undici keeps a request with its body until the response has ended: minutes,
 * for a stream. A body given as a Buffer would stay in memory that long. It would also count as sent before the connection has
 * taken any of it.
 */
export function asPassingBody(content: readonly Buffer[] | Readable): Buffer | Readable {
  if (!Array.isArray(content)) return content as Readable
  const pieces = content as readonly Buffer[]
  if (pieces.length === 1 && pieces[0]!.length < PIECE_BYTES) return pieces[0]!
  // undici requires no more of a stream than this.
  return new PassingBody(pieces) as unknown as Readable
}

/** A stream of available pieces, without the buffers and states of a Readable. */
class PassingBody extends EventEmitter {
  #left: Buffer[]
  #isFlowing = false
  #isScheduled = false
  destroyed = false

  constructor(pieces: readonly Buffer[]) {
    super()
    this.#left = pieces.toReversed()
  }

  /** This distinguishes a stream from other objects. */
  pipe(): never {
    throw new Error('a body is read by its events')
  }

  pause(): this {
    this.#isFlowing = false
    return this
  }

  resume(): this {
    this.#isFlowing = true
    if (this.#isScheduled) return this
    this.#isScheduled = true
    // On resume, the destination of the pieces is not known yet.
    process.nextTick(() => {
      this.#isScheduled = false
      this.#flow()
    })
    return this
  }

  destroy(): this {
    if (this.destroyed) return this
    this.destroyed = true
    this.#left = []
    process.nextTick(() => this.emit('close'))
    return this
  }

  #flow(): void {
    while (this.#isFlowing && !this.destroyed) {
      const piece = this.#left.pop()
      if (piece === undefined) {
        this.emit('end')
        this.destroy()
        return
      }
      this.emit('data', piece)
    }
  }
}
