import { isoOf, type Range } from './ranges.ts'
import type { UsageFilters } from './search.ts'
import { SIDE_FILTERS, type Side } from './side.ts'

/** What the API is asked to narrow down to: a time, and the names that a side filters by. */
export function filtersOf(side: Side, filters: UsageFilters, { from, to }: Range) {
  const names = SIDE_FILTERS[side].flatMap((name) => (filters[name] === undefined ? [] : [[name, filters[name]]]))
  return {
    ...(Object.fromEntries(names) as Pick<UsageFilters, 'key' | 'group' | 'team' | 'model'>),
    ...(from === undefined ? {} : { from: isoOf(from) }),
    ...(to === undefined ? {} : { to: isoOf(to) })
  }
}
