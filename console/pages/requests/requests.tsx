import { getRouteApi } from '@tanstack/react-router'
import { RequestList } from './request-list.tsx'
import { changed } from '../usage/search.ts'
import type { Side } from '../usage/side.ts'
import type { RequestsSearch } from './search.ts'

function requestsPage(title: string, side: Side) {
  const route = getRouteApi(side === 'all' ? '/signed-in/operators/requests' : '/signed-in/users/my/requests')
  return function RequestsPage() {
    const search = route.useSearch()
    const navigate = route.useNavigate()
    const change = (changes: RequestsSearch, without?: keyof RequestsSearch) =>
      void navigate({ search: changed(search, changes, without) })
    return <RequestList title={title} side={side} search={search} onChange={change} />
  }
}

/** Everybody's requests, for operators. */
export const Requests = requestsPage('Requests', 'all')

/** One's own. */
export const MyRequests = requestsPage('My requests', 'own')
