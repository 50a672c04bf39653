import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { TableColumn } from './data-table.tsx'
import { PageLink } from './links.tsx'
import { Money, NotStated } from './money.tsx'
import { Name } from './name.tsx'
import { PersonLink } from './person-link.tsx'
import { State } from './standing.tsx'
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

/** A column of names, each of which leads to its page. */
export const nameColumn = <Row extends { id: string; name: string }>(
  header: string,
  to: '/accounts/$id' | '/groups/$id' | '/teams/$id'
): TableColumn<Row> => ({
  id: 'name',
  header,
  cell: ({ id, name }) => (
    <PageLink to={to} params={{ id }}>
      <Name of={name} width={240} />
    </PageLink>
  ),
  value: ({ name }) => name
})

/** Whose it is. */
export const userColumn = <Row extends { user_email: string | null }>(): TableColumn<Row> => ({
  id: 'user',
  header: 'User',
  cell: ({ user_email: email }) => <PersonLink email={email} />,
  value: ({ user_email: email }) => email
})

export const stateColumn = <Row extends { status: string }>(): TableColumn<Row> => ({
  id: 'state',
  header: 'State',
  cell: ({ status }) => <State state={status} />,
  value: ({ status }) => status
})

/** The state of keys, and why one is refused that ought not to be. */
export const keyStateColumn = <Row extends { status: string; problem: string | null }>(): TableColumn<Row> => ({
  ...stateColumn(),
  cell: ({ status, problem }) => (
    <>
      <State state={status} />
      {problem === null || status === 'revoked' ? null : (
        <Text size="xs" maw={240}>
          Refused now: {problem}
        </Text>
      )}
    </>
  )
})

/** Notes of operators, not shown until they are chosen. */
export const noteColumn = <Row extends { note: string | null }>(): TableColumn<Row> => ({
  id: 'note',
  header: 'Note',
  cell: ({ note }) => (note === null ? null : <Name of={note} />),
  value: ({ note }) => note,
  hidden: true
})
