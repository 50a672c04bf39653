import { DataTable, type DataTableProps } from './data-table.tsx'
import { Loaded } from './loaded.tsx'
import { MorePages, rowsOf, type PagedQuery } from './paged.tsx'

export interface PagedTableProps<Row> extends Omit<DataTableProps<Row>, 'rows' | 'footer'> {
  query: PagedQuery<Row>
}

/** A table of a list that is loaded page after page, with a button for more. It can be sorted once all rows are here. */
export function PagedTable<Row extends object>({ query, ...props }: PagedTableProps<Row>) {
  return (
    <Loaded query={{ data: rowsOf(query), error: query.error }}>
      {(rows) => <DataTable isWhole={!query.hasNextPage} rows={rows} footer={<MorePages query={query} />} {...props} />}
    </Loaded>
  )
}
