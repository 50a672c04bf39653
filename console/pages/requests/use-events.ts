import { useQueryClient } from '@tanstack/react-query'
import { $api, type ResponseOf } from '../../api/client.ts'
import { BY_CURSOR } from '../../parts/paged.tsx'
import { filtersOf } from '../usage/filters-of.ts'
import type { Range } from '../usage/ranges.ts'
import type { Side } from '../usage/side.ts'
import type { RequestsSearch } from './search.ts'

type OwnEvent = ResponseOf<'get', '/me/v1/usage-events'>['data'][number]
type ListedEvent = ResponseOf<'get', '/admin/v1/usage-events'>['data'][number]

/** A usage event; which account served it is told to operators only. */
export type UsageEvent = OwnEvent & Partial<Pick<ListedEvent, 'account' | 'upstream_request_id'>>

const PAGE_ROWS = 100
const LIVE_MS = 2000

interface Pages {
  pages: unknown[]
  pageParams: unknown[]
}

/** Usage events, newest first. While they are live, the newest page is asked for again and again; older ones are left to be asked for. */
export function useEvents(side: Side, search: RequestsSearch, range: Range, isEnabled: boolean) {
  const { outcome, basis, live = false } = search
  const query = {
    limit: PAGE_ROWS,
    ...filtersOf(side, search, range),
    ...(outcome === undefined ? {} : { outcome }),
    ...(basis === undefined ? {} : { basis })
  }
  const asked = { params: { query } }
  // Live or not, it is one list: what was shown stays when its reader goes on to older rows.
  const options = {
    ...BY_CURSOR,
    refetchInterval: live ? LIVE_MS : (false as const),
    refetchIntervalInBackground: false,
    // A page that is read does not move by itself.
    refetchOnWindowFocus: live,
    staleTime: live ? 0 : Number.POSITIVE_INFINITY
  }
  const listed = $api.useInfiniteQuery('get', '/admin/v1/usage-events', asked, {
    ...options,
    enabled: isEnabled && side === 'all'
  })
  const own = $api.useInfiniteQuery('get', '/me/v1/usage-events', asked, { ...options, enabled: isEnabled && side === 'own' })
  const queries = useQueryClient()
  const path = side === 'all' ? '/admin/v1/usage-events' : '/me/v1/usage-events'
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = side === 'all' ? listed : own
  const events: UsageEvent[] | undefined = data?.pages.flatMap(({ data }): UsageEvent[] => data)
  return {
    events,
    error,
    hasOlder: hasNextPage,
    isFetchingOlder: isFetchingNextPage,
    showOlder: () => void fetchNextPage(),
    /** Forgets all but the newest, which are asked for anew. */
    async showNewest() {
      const first = (pages: Pages | undefined) =>
        pages && { pages: pages.pages.slice(0, 1), pageParams: pages.pageParams.slice(0, 1) }
      queries.setQueriesData<Pages>({ queryKey: ['get', path] }, first)
      await refetch()
    }
  }
}
