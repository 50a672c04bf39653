import { Skeleton, Text } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { Amount } from './amount.tsx'
import { MEASURES } from './measures.ts'
import { PivotTable, type PivotTableProps } from './pivot-table.tsx'

const Chart = lazy(async () => ({ default: (await import('./chart.tsx')).Chart }))

/** The sum of it all, a picture and a table. */
export function Result(props: PivotTableProps) {
  const { pivot, rows, columns, measure, isWhole } = props
  const { label, about } = MEASURES[measure]
  return (
    <>
      {isWhole ? (
        <Text>
          {label}:{' '}
          <Text span fw={600}>
            <Amount measure={measure} sums={pivot.total} />
          </Text>
          {about === undefined ? null : (
            <Text span size="sm" c="dimmed" ml="sm">
              {about}
            </Text>
          )}
        </Text>
      ) : null}
      <Suspense fallback={<Skeleton h={260} />}>
        <Chart pivot={pivot} rows={rows} columns={columns} measure={measure} />
      </Suspense>
      <PivotTable key={`${rows} ${columns}`} {...props} />
    </>
  )
}
