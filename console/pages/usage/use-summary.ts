import { useEffect, useMemo } from 'react'
import { $api } from '../../api/client.ts'
import { BY_CURSOR } from '../../parts/paged.tsx'
import type { SummaryRow } from './measures.ts'
import type { Dimension } from './members.ts'
import { filtersOf } from './filters-of.ts'
import type { Range } from './ranges.ts'
import type { UsageFilters } from './search.ts'
import type { Side } from './side.ts'

const PAGE_ROWS = 1000
/** More than a browser shows with ease, and than anybody reads. */
const MOST_ROWS = 20_000

export interface SummaryQuestion {
  dimensions: readonly Dimension[]
  filters: UsageFilters
  range: Range
  /** Whose days are meant. */
  zone: string
}

export interface Summary {
  /** All that have come so far; undefined before the first. */
  data: SummaryRow[] | undefined
  error: unknown
  /** Whether more are on their way. */
  isGrowing: boolean
  /** Whether there are more than are asked for. */
  isCut: boolean
}

function queryOf(side: Side, { dimensions, filters, range, zone }: SummaryQuestion) {
  return {
    limit: PAGE_ROWS,
    group_by: dimensions.join(','),
    ...(dimensions.includes('day') && zone !== 'UTC' ? { time_zone: zone } : {}),
    ...filtersOf(side, filters, range)
  }
}

/** The sums of a question, page by page until they are all there. */
export function useSummary(side: Side, question: SummaryQuestion, isEnabled = true): Summary {
  const asked = { params: { query: queryOf(side, question) } }
  const all = $api.useInfiniteQuery('get', '/admin/v1/usage-summary', asked, {
    ...BY_CURSOR,
    enabled: isEnabled && side === 'all'
  })
  const own = $api.useInfiniteQuery('get', '/me/v1/usage-summary', asked, {
    ...BY_CURSOR,
    enabled: isEnabled && side === 'own'
  })
  const { data, error, hasNextPage, isFetching, fetchNextPage } = side === 'all' ? all : own
  const count = data?.pages.length ?? 0
  const mayGrow = hasNextPage && count * PAGE_ROWS < MOST_ROWS
  useEffect(() => {
    if (mayGrow && !isFetching && error === null) void fetchNextPage()
  }, [mayGrow, isFetching, error, fetchNextPage])
  const rows = useMemo(() => data?.pages.flatMap((page) => (side === 'all' ? page.data : page.data.map(unowned))), [data, side])
  return {
    data: rows,
    error,
    isGrowing: mayGrow,
    isCut: hasNextPage && !mayGrow
  }
}

/** Who somebody is they know. */
function unowned({ user_email: _email, user_id: _id, ...row }: SummaryRow): SummaryRow {
  return row
}
