import { ERRORS, type RequestsSearch } from '../requests/search.ts'
import type { Measure } from './measures.ts'
import type { Member } from './members.ts'
import { instantsText, overlap, rangeOf } from './ranges.ts'
import { FILTER_NAMES, type UsageSearch } from './search.ts'

interface Sum {
  /** What the sums are narrowed down to. */
  search: UsageSearch & { range: string; zone: string }
  measure: Measure
  /** The row's, the column's, both, or none of a total. */
  members: readonly Member[]
  /** Epoch milliseconds. */
  now: number
}

/** Where the requests are whose sum a number is. Null where that cannot be told: of what was deleted, or of several put together. */
export function requestsOf({ search, measure, members, now }: Sum): RequestsSearch | null {
  const { zone, range } = search
  const found: RequestsSearch = { zone, range, ...(measure === 'errors' ? { outcome: [...ERRORS] } : {}) }
  for (const name of FILTER_NAMES) if (search[name] !== undefined) found[name] = search[name]
  for (const { filters } of members) {
    if (filters === null) return null
    const { range: ofMember, ...names } = filters
    Object.assign(found, names)
    if (ofMember === undefined) continue
    // The first and the last hour or day may be there in part.
    const { from, to } = rangeOf(ofMember, zone, now) ?? {}
    const both = from === undefined || to === undefined ? null : overlap(rangeOf(range, zone, now) ?? {}, { from, to })
    if (both === null) return null
    found.range = instantsText(both.from, both.to)
  }
  return found
}
