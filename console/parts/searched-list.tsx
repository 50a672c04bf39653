import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { $api, type ResponseOf } from '../api/client.ts'
import { useMayOperate } from '../app/session.ts'
import type { TableColumn } from './data-table.tsx'
import { Page } from './page.tsx'
import { BY_CURSOR_KEPT, type PagedQuery } from './paged.tsx'
import { PagedTable } from './paged-table.tsx'
import { SearchBox } from './search-box.tsx'
import { readSearched } from './search.ts'

/** A list of the API that has a page of its own, under its name. */
type SearchedPath = '/accounts' | '/groups' | '/teams'

type ListedRow<Path extends SearchedPath> = ResponseOf<'get', `/admin/v1${Path}`>['data'][number]

interface SearchedListProps<Path extends SearchedPath> {
  path: Path
  title: string
  /** What makes another one, for whoever may. */
  create: ReactNode
  columns: readonly TableColumn<ListedRow<Path>>[]
  empty: ReactNode
  /** Instead of `empty`, where nothing is like what was searched for. */
  notFound: ReactNode
}

/** A page with a list, searched by a part of a name. */
export function SearchedList<Path extends SearchedPath>(props: SearchedListProps<Path>) {
  const { path, title, create, columns, empty, notFound } = props
  // All are asked and searched alike, which neither client nor router can tell of one path that is any of several.
  const at = path as '/groups'
  const search = useSearch({ from: `/signed-in/operators${at}` })
  const navigate = useNavigate({ from: at })
  const params = { query: { limit: 200, ...search } }
  const query = $api.useInfiniteQuery('get', `/admin/v1${at}`, { params }, BY_CURSOR_KEPT)
  return (
    <Page title={title} aside={useMayOperate() ? create : null}>
      <SearchBox
        label="Search"
        placeholder="a part of a name"
        value={search.q ?? ''}
        onSearch={(q) => void navigate({ search: readSearched({ q }), replace: true })}
      />
      <PagedTable
        name={title}
        query={query as unknown as PagedQuery<ListedRow<Path>>}
        columns={columns}
        empty={search.q === undefined ? empty : notFound}
      />
    </Page>
  )
}
