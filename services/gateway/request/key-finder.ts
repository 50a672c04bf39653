import { isText, stringOf, type JsonToken } from '../../platform/json-walk.ts'

/** A key written with an escape is at least this much longer. */
const SHORTEST_ESCAPE = 5

/** Looks a key up among a few, without creating a string. */
export class KeyFinder {
  readonly #slots: ReadonlyMap<string, number>
  /** By the keys' lengths. */
  readonly #names: readonly (readonly string[])[]
  readonly #shortest: number

  constructor(slots: Readonly<Record<string, number>>) {
    const names = Object.keys(slots)
    this.#slots = new Map(Object.entries(slots))
    this.#names = Array.from({ length: Math.max(0, ...names.map((name) => name.length)) + 1 }, (_, length) =>
      names.filter((name) => name.length === length)
    )
    this.#shortest = Math.min(...names.map((name) => name.length))
  }

  /** 0 when it is not among them. */
  find(key: JsonToken): number {
    const { bytes, start, end } = key
    const length = end - start - 2
    const names = this.#names[length]
    if (names !== undefined) {
      for (let i = 0; i < names.length; i++) if (isText(key, names[i]!)) return this.#slots.get(names[i]!)!
    }
    if (length < this.#shortest + SHORTEST_ESCAPE) return 0
    for (let at = start + 1; at < end; at++) if (bytes[at] === 0x5c) return this.#slots.get(stringOf(key)!) ?? 0
    return 0
  }
}
