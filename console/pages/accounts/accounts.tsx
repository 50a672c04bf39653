import { Box, Text } from '@mantine/core'
import { useMemo } from 'react'
import type { ResponseOf } from '../../api/client.ts'
import { useMayOperate } from '../../app/session.ts'
import { nameColumn, noteColumn } from '../../parts/columns.tsx'
import type { TableColumn } from '../../parts/data-table.tsx'
import { LinkButton, PageLink } from '../../parts/links.tsx'
import { SearchedList } from '../../parts/searched-list.tsx'
import { AccountActions } from '../now/account-actions.tsx'
import { slotsOf, StateAndWhy, Users, useStandings, Windows, type Standing } from './standing.tsx'

export type AccountRow = ResponseOf<'get', '/admin/v1/accounts'>['data'][number]

/** What all accounts do now, and what can be done about them. */
export function Accounts() {
  const mayChange = useMayOperate()
  const standings = useStandings()
  const columns = useMemo(() => columnsOf(standings, mayChange), [standings, mayChange])
  return (
    <SearchedList
      path="/accounts"
      title="Accounts"
      create={<LinkButton to="/accounts/new">Add an account</LinkButton>}
      columns={columns}
      empty={<NoAccounts mayChange={mayChange} />}
      notFound="No account has that in its name, or in its owner’s address."
    />
  )
}

function NoAccounts({ mayChange }: { mayChange: boolean }) {
  return (
    <>
      <Text>There is no account, so every request is refused: an account is what Sluice sends requests with.</Text>
      {mayChange ? (
        <Text>
          <PageLink to="/accounts/new">Add one</PageLink>: an API key of the Anthropic Console, a setup token, or a sign-in.
        </Text>
      ) : (
        <Text>Ask an operator to add one.</Text>
      )}
    </>
  )
}

function columnsOf(standings: ReadonlyMap<string, Standing> | null, mayChange: boolean): readonly TableColumn<AccountRow>[] {
  const of = ({ name }: AccountRow) => standings?.get(name)
  const actions: TableColumn<AccountRow> = {
    id: 'actions',
    header: 'Do',
    cell: (row) => (
      <Box miw={200}>
        <AccountActions id={row.id} name={row.name} state={of(row)?.state ?? row.status} />
      </Box>
    )
  }
  return [
    nameColumn('Account', '/accounts/$id'),
    {
      id: 'state',
      header: 'State',
      cell: (row) => <StateAndWhy standing={of(row)} isUsed={row.schedulable} />,
      value: (row) => of(row)?.state ?? null
    },
    {
      id: 'slots',
      header: 'Slots in use',
      cell: (row) => slotsOf(of(row), row.concurrency),
      value: (row) => of(row)?.in_flight ?? null,
      numeric: true
    },
    { id: 'users', header: 'On it now', cell: (row) => <Users standing={of(row)} /> },
    { id: 'windows', header: 'Usage windows', cell: (row) => <Windows windows={of(row)?.windows ?? []} /> },
    {
      id: 'type',
      header: 'Type',
      cell: ({ type }) => <span style={{ whiteSpace: 'nowrap' }}>{type}</span>,
      value: ({ type }) => type
    },
    { id: 'priority', header: 'Priority', cell: ({ priority }) => priority, value: ({ priority }) => priority, numeric: true },
    { id: 'groups', header: 'Groups', cell: ({ groups }) => groups.join(', '), value: ({ groups }) => groups.join(', ') },
    { id: 'owner', header: 'Owner', cell: ownerOf, value: ownerOf, hidden: true },
    { id: 'proxy', header: 'Proxy', cell: ({ proxy }) => proxy ?? 'none', value: ({ proxy }) => proxy, hidden: true },
    noteColumn(),
    ...(mayChange ? [actions] : [])
  ]
}

const ownerOf = ({ owner, shared }: AccountRow) => (shared ? 'everybody in its groups' : (owner ?? ''))
