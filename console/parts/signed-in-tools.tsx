import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { ResponseOf } from '../api/client.ts'
import { clientNameOf } from '../../services/resources/sign-in/client-name.ts'
import { addressColumn, timeColumn } from './columns.tsx'
import { Action } from './confirm.tsx'
import { DataTable, type TableColumn } from './data-table.tsx'
import { Loaded } from './loaded.tsx'
import { NotStated } from './money.tsx'
import { Name } from './name.tsx'
import { MorePages, rowsOf, type PagedQuery } from './paged.tsx'
import { When } from './when.tsx'

type SignInRow = ResponseOf<'get', '/me/v1/claude-sign-ins'>['data'][number]

interface SignedInToolsProps {
  /** Of active ones. */
  query: PagedQuery<SignInRow>
  empty: ReactNode
  /** Null for whoever may not. */
  end: ((id: string) => Promise<unknown>) | null
  /** What ends one as a command line, without `sluice`. */
  command?: (id: string) => readonly string[]
}

const toolOf = ({ client, client_address: address }: SignInRow) =>
  `${clientNameOf(client)} on ${address ?? 'an unknown address'}`

/** Few and with two lines each, so that a phone shows the button of each row. */
const COLUMNS: readonly TableColumn<SignInRow>[] = [
  {
    id: 'tool',
    header: 'Tool',
    cell: ({ client, client_address: address, user_agent: agent, group }) => (
      <>
        <span title={agent ?? ''}>
          <Name of={clientNameOf(client)} width={180} />
        </span>
        <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {address ?? 'address not stated'}, group <bdi>{group}</bdi>
        </Text>
      </>
    ),
    value: ({ client }) => clientNameOf(client)
  },
  {
    id: 'since',
    header: 'Signed in',
    cell: ({ created_at: since, refreshed_at: renewed }) => (
      <>
        <When at={since} />
        <Text size="xs" c="dimmed">
          {renewed === null ? (
            'not renewed yet'
          ) : (
            <>
              renewed <When at={renewed} />
            </>
          )}
        </Text>
      </>
    ),
    value: ({ created_at: at }) => at
  },
  addressColumn(),
  {
    id: 'program',
    header: 'Program',
    cell: ({ user_agent: agent }) => (agent === null ? <NotStated /> : <Name of={agent} />),
    value: ({ user_agent: agent }) => agent,
    hidden: true
  },
  {
    id: 'key',
    header: 'Key',
    about: 'What its usage is recorded under',
    cell: ({ key }) => (key === null ? <NotStated /> : <Name of={key} />),
    value: ({ key }) => key,
    hidden: true
  },
  timeColumn('used', 'Key last used', ({ last_used_at: at }) => at, { hidden: true })
]

/** The tools that somebody has signed in, such as Claude Code, with a button that ends each. */
export function SignedInTools({ query, empty, end, command }: SignedInToolsProps) {
  const actions: TableColumn<SignInRow>[] =
    end === null
      ? []
      : [
          {
            id: 'end',
            header: 'Do',
            cell: (row) => (
              <Action
                label="End"
                title={`Sign out ${toolOf(row)}?`}
                done={`${toolOf(row)} is signed out`}
                command={command?.(row.id)}
                run={() => end(row.id)}
              >
                Its next request is refused, and it must be let in again. What runs now goes on to its end.
              </Action>
            )
          }
        ]
  return (
    <Loaded query={{ data: rowsOf(query), error: query.error }}>
      {(rows) => (
        <DataTable
          name="Tools that are signed in"
          columns={[...COLUMNS, ...actions]}
          rows={rows}
          isWhole={!query.hasNextPage}
          empty={empty}
          footer={query.hasNextPage ? <MorePages query={query} /> : undefined}
        />
      )}
    </Loaded>
  )
}
