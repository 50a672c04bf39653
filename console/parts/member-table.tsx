import { SegmentedControl, Stack, Text } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { formatUsd } from './amounts.ts'
import { DataTable, type TableColumn } from './data-table.tsx'
import { Money } from './money.tsx'
import { Name } from './name.tsx'
import { PERIODS, type PeriodKind } from './periods.ts'
import { sumOf } from './pool.tsx'

export interface ShareWindow {
  kind: string
  guaranteed_usd: string | null
  limit_usd: string | null
  used_usd: string
  remaining_usd: string | null
}

/** A member of a team, and how they stand in its day, week and month. */
export interface MemberStanding {
  user: string
  role: string
  spending: readonly ShareWindow[]
}

interface MemberTableProps<Row extends MemberStanding> {
  members: readonly Row[]
  /** The windows in which anything is limited. */
  periods: readonly string[]
  /** Who it is, such as a link; the address where nothing is said. */
  nameOf?: (row: Row) => ReactNode
  /** What can be done about one; nothing for whoever may not. */
  actionsOf?: (row: Row) => ReactNode
}

const NONE = (
  <Text span inherit c="dimmed">
    none
  </Text>
)

const amount = (usd: string | null | undefined) => (usd === null || usd === undefined ? NONE : <Money usd={usd} />)

/** The members of a team, with what each may spend and has spent in one of its windows. */
export function MemberTable<Row extends MemberStanding>({ members, periods, nameOf, actionsOf }: MemberTableProps<Row>) {
  const [chosen, setChosen] = useState<PeriodKind | null>(null)
  // The longest that is limited is what people plan with.
  const kind = chosen ?? PERIODS.findLast((period) => periods.includes(period.kind))?.kind ?? 'month'
  const windowOf = ({ spending }: Row) => spending.find((window) => window.kind === kind)
  const columns: TableColumn<Row>[] = [
    {
      id: 'member',
      header: 'Member',
      cell: (row) => (
        <>
          {nameOf?.(row) ?? <Name of={row.user} width={240} />}
          <Text size="xs" c="dimmed">
            {row.role}
          </Text>
        </>
      ),
      value: ({ user }) => user
    },
    figure('used', 'Used', 'charged in this window', (row) => windowOf(row)?.used_usd),
    figure('limit', 'At most', 'their own limit, with what it is raised by now', (row) => windowOf(row)?.limit_usd),
    figure('guaranteed', 'Guaranteed', 'what the others cannot use up', (row) => windowOf(row)?.guaranteed_usd),
    figure('left', 'Left', 'what may still be charged, as the others stand now', (row) => windowOf(row)?.remaining_usd),
    ...(actionsOf === undefined ? [] : [{ id: 'actions', header: 'Do', cell: actionsOf }])
  ]
  const totalOf = (of: (window: ShareWindow) => string | null) =>
    formatUsd(sumOf(members.map((row) => windowOf(row)).map((window) => (window === undefined ? null : of(window)))))
  return (
    <Stack gap="xs" align="stretch">
      <SegmentedControl
        aria-label="Window"
        data={PERIODS.map(({ kind, label }) => ({ value: kind, label }))}
        value={kind}
        onChange={setChosen}
        w="fit-content"
      />
      <DataTable
        name="Members"
        columns={columns}
        rows={members}
        empty="Nobody is in this team yet. A key can be in it when its owner is."
        totals={{
          used: totalOf(({ used_usd: used }) => used),
          guaranteed: totalOf(({ guaranteed_usd: guaranteed }) => guaranteed)
        }}
      />
    </Stack>
  )
}

const figure = <Row,>(
  id: string,
  header: string,
  about: string,
  of: (row: Row) => string | null | undefined
): TableColumn<Row> => ({ id, header, about, cell: (row) => amount(of(row)), value: (row) => of(row) ?? null, numeric: true })
