import { Switch, Text } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { serverNow } from '../api/server-time.ts'
import { Action } from './confirm.tsx'
import { DataTable, type TableColumn } from './data-table.tsx'
import { Money } from './money.tsx'
import { Loaded } from './loaded.tsx'
import { Name } from './name.tsx'
import { MorePages, rowsOf, type PagedQuery } from './paged.tsx'
import { When } from './when.tsx'

/** More of a budget for a while. */
export interface RaiseStanding {
  id: string
  user: string | null
  period: string
  amount_usd: string
  until: string
  reason: string
  given_by: string | null
  created_at: string | null
  ended_at: string | null
}

export const isInForce = ({ until, ended_at: ended }: RaiseStanding, now: number) => ended === null && Date.parse(until) > now

interface RaisesProps<Row extends RaiseStanding> {
  /** Newest first. */
  query: PagedQuery<Row>
  /** What ends one; nothing for whoever may not. */
  endOf?: ((row: Row) => ReactNode) | undefined
}

interface EndRaiseProps {
  raise: RaiseStanding
  end: () => Promise<unknown>
  command?: readonly string[]
}

/** Ends a raise before its time. */
export const EndRaise = ({ raise: { user, amount_usd: usd }, end, command }: EndRaiseProps) => (
  <Action label="End" title="End the raise now?" done="The raise has ended" command={command} run={end}>
    {usd} USD less may be charged by {user ?? 'the team'} from now on. What was charged stays.
  </Action>
)

/** The raises of a team: those in force, and on demand those that are over. */
export function Raises<Row extends RaiseStanding>({ query, endOf }: RaisesProps<Row>) {
  return (
    <Loaded query={{ data: rowsOf(query), error: query.error }}>
      {(raises) => <LoadedRaises raises={raises} query={query} endOf={endOf} />}
    </Loaded>
  )
}

function LoadedRaises<Row extends RaiseStanding>({ raises, query, endOf }: RaisesProps<Row> & { raises: readonly Row[] }) {
  const [all, setAll] = useState(false)
  const now = serverNow()
  const inForce = raises.filter((raise) => isInForce(raise, now))
  const columns: TableColumn<Row>[] = [
    {
      id: 'what',
      header: 'Raised',
      cell: ({ amount_usd: usd, period, user }) => (
        <>
          + <Money usd={usd} /> {period}
          <Text size="xs" c="dimmed" component="div">
            {user === null ? 'the pool' : <Name of={user} width={200} />}
          </Text>
        </>
      ),
      value: ({ amount_usd: usd }) => usd,
      numeric: false
    },
    {
      id: 'until',
      header: 'Until',
      cell: ({ until, ended_at: ended }) => (
        <>
          <When at={ended ?? until} />
          {ended === null ? null : (
            <Text size="xs" c="dimmed">
              ended before its time
            </Text>
          )}
        </>
      ),
      value: ({ until, ended_at: ended }) => ended ?? until
    },
    {
      id: 'why',
      header: 'Why',
      cell: ({ reason, given_by: by, created_at: at }) => (
        <>
          <Text size="sm" dir="auto" maw={320} miw={140} style={{ overflowWrap: 'anywhere' }}>
            {reason}
          </Text>
          <Text size="xs" c="dimmed">
            <bdi>{by}</bdi>, <When at={at} />
          </Text>
        </>
      ),
      value: ({ reason }) => reason
    },
    ...(endOf === undefined ? [] : [{ id: 'end', header: 'Do', cell: (row: Row) => (isInForce(row, now) ? endOf(row) : null) }])
  ]
  return (
    <>
      <DataTable
        name="Raises"
        columns={columns}
        rows={all ? raises : inForce}
        isWhole={!query.hasNextPage}
        empty={all ? 'No limit was ever raised.' : 'No limit is raised now.'}
        footer={query.hasNextPage ? <MorePages query={query} /> : undefined}
      />
      {raises.length === inForce.length ? null : (
        <Switch
          label="Show raises that are over, too"
          checked={all}
          onChange={(event) => setAll(event.currentTarget.checked)}
          mt="xs"
        />
      )}
    </>
  )
}
