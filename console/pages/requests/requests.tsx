import { useNavigate, useSearch } from '@tanstack/react-router'
import { RequestList } from './request-list.tsx'
import { changed } from '../usage/search.ts'
import type { RequestsSearch } from './search.ts'

/** Everybody's requests, for operators. */
export function Requests() {
  const search = useSearch({ from: '/signed-in/operators/requests' })
  const navigate = useNavigate({ from: '/requests' })
  const change = (changes: RequestsSearch, without?: keyof RequestsSearch) =>
    void navigate({ search: changed(search, changes, without) })
  return <RequestList title="Requests" side="all" search={search} onChange={change} />
}

/** One's own. */
export function MyRequests() {
  const search = useSearch({ from: '/signed-in/users/my/requests' })
  const navigate = useNavigate({ from: '/my/requests' })
  const change = (changes: RequestsSearch, without?: keyof RequestsSearch) =>
    void navigate({ search: changed(search, changes, without) })
  return <RequestList title="My requests" side="own" search={search} onChange={change} />
}
