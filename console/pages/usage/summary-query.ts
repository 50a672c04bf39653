import { infiniteQueryOptions, type QueryClient } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import { serverNow } from '../../api/server-time.ts'
import { BY_CURSOR } from '../../parts/paged.tsx'
import { filtersOf } from './filters-of.ts'
import type { SummaryRow } from './measures.ts'
import type { Dimension } from './members.ts'
import { rangeOf, type Range } from './ranges.ts'
import type { UsageFilters, UsageSearch } from './search.ts'
import type { Side } from './side.ts'
import { isOffHours, OWN_ZONE } from './zones.ts'

export const PAGE_ROWS = 1000

export interface SummaryQuestion {
  dimensions: readonly Dimension[]
  filters: UsageFilters
  range: Range
  /** Whose days are meant. */
  zone: string
}

interface SummaryPage {
  data: SummaryRow[]
  next_cursor: string | null
}

function queryOf(side: Side, { dimensions, filters, range, zone }: SummaryQuestion) {
  return {
    limit: PAGE_ROWS,
    group_by: dimensions.join(','),
    ...(dimensions.includes('day') && zone !== 'UTC' ? { time_zone: zone } : {}),
    ...filtersOf(side, filters, range)
  }
}

/** The sums of a question, page by page. */
export function summaryQuery(side: Side, question: SummaryQuestion) {
  const { initialPageParam, getNextPageParam } = BY_CURSOR
  const path = side === 'all' ? '/admin/v1/usage-summary' : '/me/v1/usage-summary'
  const asked = { params: { query: queryOf(side, question) } }
  return infiniteQueryOptions({
    queryKey: ['get', path, asked],
    async queryFn({ pageParam, signal }): Promise<SummaryPage> {
      const query = { ...asked.params.query, ...(pageParam === null ? {} : { cursor: pageParam }) }
      const { data } = await api.GET(path, { params: { query }, signal })
      return data!
    },
    initialPageParam: initialPageParam,
    getNextPageParam
  })
}

/** What the page of usage asks for, with the choices that its address leaves to it. */
export function askedOf(side: Side, search: UsageSearch, now: number) {
  const { rows = side === 'all' ? 'user' : 'model', measure = 'charged', range = '7d' } = search
  const columns = columnsOf(search, rows)
  const isByDay = rows === 'day' || columns === 'day'
  // Usage is summed up by full hours, of which no days can be made that begin at half past.
  const isOff = isByDay && search.zone === undefined && isOffHours(OWN_ZONE, now)
  const zone = search.zone ?? (isOff ? 'UTC' : OWN_ZONE)
  const stretch = rangeOf(range, zone, now)
  const dimensions = columns === null ? [rows] : [rows, columns]
  return {
    rows,
    columns,
    measure,
    range,
    zone,
    isOff,
    stretch,
    question: { dimensions, filters: search, range: stretch ?? {}, zone }
  }
}

function columnsOf({ columns = 'day' }: UsageSearch, rows: Dimension): Dimension | null {
  return columns === 'none' || columns === rows ? null : columns
}

/** Asks for what the page will show while the page itself is still on its way. */
export const askAhead = (side: Side) => (queries: QueryClient, search: UsageSearch) => {
  const { stretch, question } = askedOf(side, search, serverNow())
  if (stretch !== null) void queries.prefetchInfiniteQuery(summaryQuery(side, question))
}
