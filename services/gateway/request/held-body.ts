import type { BodyBudget } from './body-budget.ts'

/** Smaller pieces are gathered in buffers of this size: a client may send its body byte by byte. */
const GATHERED_BYTES = 4096

/** The bytes of one request body in the pieces received, each counted against the budget before it is kept. */
export class HeldBody {
  readonly #budget: BodyBudget
  #pieces: Buffer[] = []
  /** How much of the budget it holds. */
  #taken = 0
  #bytes = 0
  /** The buffer for small pieces; its used part is the last piece. */
  #gathered: Buffer | null = null
  #gatheredBytes = 0

  constructor(budget: BodyBudget) {
    this.#budget = budget
  }

  /** Empty once they were released. */
  get pieces(): readonly Buffer[] {
    return this.#pieces
  }

  /** The length of the body. */
  get bytes(): number {
    return this.#bytes
  }

  /** Keeps one more piece; false when the budget has no room for it. */
  add(piece: Buffer): boolean {
    if (piece.length < GATHERED_BYTES && this.#pieces.length > 0) return this.#gather(piece)
    if (!this.#take(piece.length)) return false
    this.#gathered = null
    this.#pieces.push(piece)
    this.#bytes += piece.length
    return true
  }

  /** Releases the pieces; calling it again does nothing. */
  free(): void {
    this.#budget.give(this.#taken)
    this.#taken = 0
    // A new list, since a sender may still use the old one.
    this.#pieces = []
    this.#gathered = null
  }

  #take(bytes: number): boolean {
    const hasRoom = this.#budget.take(bytes)
    if (hasRoom) this.#taken += bytes
    return hasRoom
  }

  #gather(piece: Buffer): boolean {
    if (this.#gathered === null || this.#gatheredBytes + piece.length > GATHERED_BYTES) {
      if (!this.#take(GATHERED_BYTES)) return false
      this.#gathered = Buffer.allocUnsafeSlow(GATHERED_BYTES)
      this.#gatheredBytes = 0
      this.#pieces.push(this.#gathered)
    }
    piece.copy(this.#gathered, this.#gatheredBytes)
    this.#gatheredBytes += piece.length
    this.#pieces[this.#pieces.length - 1] = this.#gathered.subarray(0, this.#gatheredBytes)
    this.#bytes += piece.length
    return true
  }
}
