import { Button, Text } from '@mantine/core'
import { keepPreviousData } from '@tanstack/react-query'

interface Page<Row> {
  data: Row[]
  next_cursor: string | null
}

/** How a list of the API is asked for page after page: no row is lost or shown twice, whatever changes meanwhile. */
export const BY_CURSOR = {
  pageParamName: 'cursor',
  // Not undefined: the client would ask for page 0 of a list that has no numbers.
  initialPageParam: null,
  getNextPageParam: ({ next_cursor: next }: { next_cursor: string | null }) => next ?? undefined
} as const

/** The same for a list that is searched: what was found before stays until the rest is here. */
export const BY_CURSOR_KEPT = { ...BY_CURSOR, placeholderData: keepPreviousData } as const

export interface PagedQuery<Row> {
  data: { pages: Page<Row>[] } | undefined
  error: unknown
  hasNextPage: boolean
  isFetchingNextPage: boolean
  fetchNextPage: () => Promise<unknown>
}

/** The rows of all pages that are here; undefined before the first. */
export const rowsOf = <Row,>({ data }: Pick<PagedQuery<Row>, 'data'>): Row[] | undefined =>
  data?.pages.flatMap((page) => page.data)

/** Below a list: how many rows are here, and a button for more. */
export function MorePages<Row>({ query }: { query: PagedQuery<Row> }) {
  const count = rowsOf(query)?.length ?? 0
  if (!query.hasNextPage) {
    return (
      <Text size="sm" c="dimmed">
        {count === 1 ? '1 row' : `${count} rows`}
      </Text>
    )
  }
  return (
    <Button variant="default" size="compact-sm" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
      Show more than {count}
    </Button>
  )
}
