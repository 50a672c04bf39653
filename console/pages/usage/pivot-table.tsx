import { Button, Group, Text } from '@mantine/core'
import { useMemo, useState, type ReactNode } from 'react'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { Name } from '../../parts/name.tsx'
import { Amount } from './amount.tsx'
import { MEASURES, type Measure, type Sums } from './measures.ts'
import { DIMENSION_LABELS, isTime, type Dimension, type Member } from './members.ts'
import { foldColumns, type Pivot, type PivotLine } from './pivot.ts'

const MOST_COLUMNS = 31
const MOST_TIMES = 168
const LINES_AT_ONCE = 50

export interface PivotTableProps {
  pivot: Pivot
  rows: Dimension
  columns: Dimension | null
  measure: Measure
  /** Whether all is there: totals of a part would mislead. */
  isWhole: boolean
  /** A number of some sums, with a way to what they are the sums of. */
  linked: (members: readonly Member[], children: ReactNode) => ReactNode
}

/** Rows by columns, with totals of both. */
export function PivotTable({ pivot, rows, columns, measure, isWhole, linked }: PivotTableProps) {
  const [most, setMost] = useState(LINES_AT_ONCE)
  const table = useMemo(
    () => foldColumns(pivot, columns !== null && isTime(columns) ? MOST_TIMES : MOST_COLUMNS),
    [pivot, columns]
  )
  const value = (sums: Sums | null) => (sums === null ? null : MEASURES[measure].of(sums))
  const amount = (sums: Sums | null, ...of: Member[]) =>
    sums === null ? null : linked(of, <Amount measure={measure} sums={sums} />)
  const shown = table.lines.slice(0, most)
  const rest = table.lines.length - shown.length
  const cells: TableColumn<PivotLine>[] = [
    {
      id: 'member',
      header: DIMENSION_LABELS[rows],
      cell: ({ member }) => <Name of={member.label} />,
      value: ({ member }) => member.at ?? member.label,
      numeric: false
    },
    {
      id: 'total',
      header: 'Total',
      cell: ({ member, total }) => <span style={{ fontWeight: 600 }}>{amount(total, member)}</span>,
      value: ({ total }) => value(total),
      numeric: true
    },
    ...table.columns.map((column, index): TableColumn<PivotLine> => {
      const ofLine = ({ cells }: PivotLine) => cells[index] ?? null
      return {
        id: `of ${column.id}`,
        header: column.label,
        cell: (line) => amount(ofLine(line), line.member, column),
        value: (line) => value(ofLine(line)),
        numeric: true
      }
    })
  ]
  const totals = {
    member: 'Total',
    total: amount(table.total),
    ...Object.fromEntries(table.columns.map((column, index) => [`of ${column.id}`, amount(table.columnTotals[index]!, column)]))
  }
  return (
    <DataTable
      name="Usage"
      columns={cells}
      rows={shown}
      rowKey={({ member }) => member.id}
      isWhole={rest === 0}
      empty="Nothing was used in this time, with these filters. Choose a longer time, or take a filter away."
      {...(isWhole ? { totals } : {})}
      footer={
        rest === 0 ? null : (
          <Group gap="xs">
            <Text size="sm">
              {shown.length} of {table.lines.length}
            </Text>
            <Button size="compact-xs" variant="default" onClick={() => setMost(most + 200)}>
              Show more
            </Button>
          </Group>
        )
      }
    />
  )
}
