import { ERRORS, type RequestsSearch } from '../requests/search.ts'
import type { Measure } from './measures.ts'
import type { Member } from './members.ts'
import { instantsText, overlap, rangeOf } from './ranges.ts'
import { FILTER_NAMES, type UsageSearch } from './search.ts'

interface Summed {
  /** What the sums are narrowed down to. */
  search: UsageSearch & { range: string; zone: string }
  measure: Measure
  /** Epoch milliseconds. */
  now: number
}

/** Members of a sum: the row's, the column's, both, or none of a total. */
type FindRequests = (members: readonly Member[]) => RequestsSearch | null

/** Tells where the requests are whose sum a number is. Null where that cannot be told: of what was deleted, or of several put together. */
export function requestsOf({ search, measure, now }: Summed): FindRequests {
  const { zone, range } = search
  const all: RequestsSearch = { zone, range, ...(measure === 'errors' ? { outcome: [...ERRORS] } : {}) }
  for (const name of FILTER_NAMES) if (search[name] !== undefined) all[name] = search[name]
  // Worked out once for each column, and not for each of its numbers.
  const whole = rangeOf(range, zone, now) ?? {}
  const ranges = new Map<string, string | null>()
  function within(ofMember: string): string | null {
    const known = ranges.get(ofMember)
    if (known !== undefined) return known
    // The first and the last hour or day may be there in part.
    const { from, to } = rangeOf(ofMember, zone, now) ?? {}
    const both = from === undefined || to === undefined ? null : overlap(whole, { from, to })
    const text = both === null ? null : instantsText(both.from, both.to)
    ranges.set(ofMember, text)
    return text
  }
  return (members) => {
    const found: RequestsSearch = { ...all }
    for (const { filters } of members) {
      if (filters === null) return null
      const { range: ofMember, ...names } = filters
      Object.assign(found, names)
      if (ofMember === undefined) continue
      const text = within(ofMember)
      if (text === null) return null
      found.range = text
    }
    return found
  }
}
