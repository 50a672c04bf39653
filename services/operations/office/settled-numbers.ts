/** A set of numbers from 1 that come nearly in order, as those of attempts that are settled do: it stays small. */
export class SettledNumbers {
  #through: number
  readonly #beyond: Set<number>

  constructor({ through, beyond }: SettledNumbersData = { through: 0, beyond: [] }) {
    this.#through = through
    this.#beyond = new Set(beyond)
  }

  get size(): number {
    return this.#through + this.#beyond.size
  }

  has(number: number): boolean {
    return number <= this.#through || this.#beyond.has(number)
  }

  add(number: number): void {
    if (this.has(number)) return
    this.#beyond.add(number)
    while (this.#beyond.delete(this.#through + 1)) this.#through += 1
  }

  toData(): SettledNumbersData {
    return { through: this.#through, beyond: [...this.#beyond] }
  }
}

export interface SettledNumbersData {
  /** All from 1 to this. */
  through: number
  beyond: number[]
}
