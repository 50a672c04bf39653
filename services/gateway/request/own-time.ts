const monotonicMs = () => performance.now()

/**
 * How much time of one exchange Sluice itself took: all of it except waiting for the client's body or the upstream. Waiting for
 * slots is counted elsewhere. Times are in ms.
 */
export class OwnTime {
  /** From the request's arrival to the first byte of a response, without the waits; null before a response began. */
  firstByteMs: number | null = null
  /** Pieces of the response passed on as they arrived. */
  relayedChunks = 0
  /** How long they were held, in total and at most. */
  relayMs = 0
  longestGapMs = 0
  readonly #now: () => number
  readonly #arrivedAt: number
  #othersMs = 0
  #waitingSince: number | null = null

  /** `elapsedMs`: how long ago the request arrived. */
  constructor(elapsedMs = 0, now: () => number = monotonicMs) {
    this.#now = now
    this.#arrivedAt = now() - elapsedMs
  }

  now(): number {
    return this.#now()
  }

  /** Stops counting: it is the client's or the upstream's turn. */
  pause(): void {
    this.#waitingSince ??= this.#now()
  }

  /** Counts again, from `at` on. */
  resume(at = this.#now()): void {
    if (this.#waitingSince === null) return
    this.#othersMs += Math.max(0, at - this.#waitingSince)
    this.#waitingSince = null
  }

  /** The response's first bytes were just passed to the client; `cameAt` is when the upstream's bytes arrived that let it begin. */
  began(cameAt: number): void {
    this.resume(cameAt)
    this.firstByteMs ??= Math.max(0, this.#now() - this.#arrivedAt - this.#othersMs)
  }

  /** What arrived at `cameAt` was just passed on. */
  relayed(cameAt: number): void {
    const gapMs = this.#now() - cameAt
    this.relayedChunks += 1
    this.relayMs += gapMs
    if (gapMs > this.longestGapMs) this.longestGapMs = gapMs
  }
}
