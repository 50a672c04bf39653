import type { ReactNode } from 'react'
import { Page } from './page.tsx'
import { PagedTable, type PagedTableProps } from './paged-table.tsx'
import { SearchBox } from './search-box.tsx'
import { readSearched, type Searched } from './search.ts'

interface SearchedListProps<Row> extends Omit<PagedTableProps<Row>, 'name'> {
  title: string
  aside: ReactNode
  search: Searched
  onSearch: (search: Searched) => void
  /** Instead of `empty`, where nothing is like what was searched for. */
  notFound: ReactNode
}

/** A page with a list, searched by a part of a name. */
export function SearchedList<Row extends object>(props: SearchedListProps<Row>) {
  const { title, aside, search, onSearch, empty, notFound, ...table } = props
  return (
    <Page title={title} aside={aside}>
      <SearchBox
        label="Search"
        placeholder="a part of a name"
        value={search.q ?? ''}
        onSearch={(q) => onSearch(readSearched({ q }))}
      />
      <PagedTable name={title} empty={search.q === undefined ? empty : notFound} {...table} />
    </Page>
  )
}
