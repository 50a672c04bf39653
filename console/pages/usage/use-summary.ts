import { useInfiniteQuery } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import type { SummaryRow } from './measures.ts'
import type { Side } from './side.ts'
import { PAGE_ROWS, summaryQuery, type SummaryQuestion } from './summary-query.ts'

/** More than a browser shows with ease, and than anybody reads. */
const MOST_ROWS = 20_000

export interface Summary {
  /** All that have come so far; undefined before the first. */
  data: SummaryRow[] | undefined
  error: unknown
  /** Whether more are on their way. */
  isGrowing: boolean
  /** Whether there are more than are asked for. */
  isCut: boolean
}

/** The sums of a question, page by page until they are all there. */
export function useSummary(side: Side, question: SummaryQuestion, isEnabled = true): Summary {
  const query = useInfiniteQuery({ ...summaryQuery(side, question), enabled: isEnabled })
  const { data, error, hasNextPage, isFetching, fetchNextPage } = query
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
