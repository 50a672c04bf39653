import type { ReactNode } from 'react'
import type { TableColumn } from './data-table.tsx'
import { Money, NotStated } from './money.tsx'
import { When } from './when.tsx'

type More<Row> = Partial<Pick<TableColumn<Row>, 'hidden' | 'about' | 'sort'>>

/** A column of amounts in US dollars. */
export const moneyColumn = <Row,>(
  id: string,
  header: string,
  of: (row: Row) => string | null | undefined,
  more: More<Row> = {}
): TableColumn<Row> => ({
  id,
  header,
  cell: (row) => <Money usd={of(row)} />,
  value: (row) => of(row) ?? null,
  numeric: true,
  ...more
})

/** A column of times; `none` is shown where there is none. */
export const timeColumn = <Row,>(
  id: string,
  header: string,
  of: (row: Row) => string | null,
  { none, ...more }: More<Row> & { none?: ReactNode } = {}
): TableColumn<Row> => ({
  id,
  header,
  cell: (row) => (of(row) === null && none !== undefined ? none : <When at={of(row)} />),
  value: of,
  ...more
})

/** Where a client was, not shown until it is chosen. */
export const addressColumn = <Row extends { client_address: string | null }>(): TableColumn<Row> => ({
  id: 'address',
  header: 'Address',
  cell: ({ client_address: address }) => address ?? <NotStated />,
  value: ({ client_address: address }) => address,
  hidden: true
})
