import type { PriceBook } from './price-book.ts'

/** Which prices held when. An attempt is priced by what held when it was sent, whenever it is settled. */
export interface PriceTimeline {
  /** `instant` is epoch milliseconds. What was sent before the first entry is priced by that. */
  at: (instant: number) => PriceBook
  /** The prices of now. */
  current: () => PriceBook
}

interface PriceEntry {
  /** Epoch milliseconds. */
  from: number
  book: PriceBook
}

/** `entries` in the order of their beginnings, at least one. */
export function createPriceTimeline(entries: readonly PriceEntry[]): PriceTimeline {
  const last = entries.at(-1)
  const [first = last] = entries
  if (first === undefined || last === undefined) throw new Error('there are no prices')
  return {
    at: (instant) => (entries.findLast(({ from }) => from <= instant) ?? first).book,
    current: () => last.book
  }
}
