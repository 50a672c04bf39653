import { DataTable, type DataTableProps } from './data-table.tsx'
import { Loaded } from './loaded.tsx'
import { MorePages, rowsOf, type PagedQuery } from './paged.tsx'

interface PagedTableProps<Row> extends Omit<DataTableProps<Row>, 'rows' | 'rowKey' | 'footer'> {
  query: PagedQuery<Row>
  /** By default, the row’s id. */
  rowKey?: (row: Row) => string
}

/** A table of a list that is loaded page after page, with a button for more. It can be sorted once all rows are here. */
export function PagedTable<Row extends object>({ query, rowKey = idOf, ...props }: PagedTableProps<Row>) {
  return (
    <Loaded query={{ data: rowsOf(query), error: query.error }}>
      {(rows) => (
        <DataTable isWhole={!query.hasNextPage} rows={rows} rowKey={rowKey} footer={<MorePages query={query} />} {...props} />
      )}
    </Loaded>
  )
}

const idOf = (row: object) => ('id' in row ? String(row.id) : '')
