import { Skeleton, Text } from '@mantine/core'
import { lazy, Suspense, useDeferredValue } from 'react'
import { Amount } from './amount.tsx'
import { MEASURES } from './measures.ts'
import { PivotTable, type PivotTableProps } from './pivot-table.tsx'

const Chart = lazy(async () => ({ default: (await import('./chart.tsx')).Chart }))

/** The sum of it all, a picture and a table. */
export function Result(props: PivotTableProps) {
  const { pivot, rows, columns, measure, isWhole } = props
  const { label, about } = MEASURES[measure]
  // The table has the same numbers, and is there sooner.
  const drawn = useDeferredValue<PivotTableProps | null>(props, null)
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
      {drawn === null ? (
        <Skeleton h={260} />
      ) : (
        <Suspense fallback={<Skeleton h={260} />}>
          <Chart pivot={drawn.pivot} rows={drawn.rows} columns={drawn.columns} measure={drawn.measure} />
        </Suspense>
      )}
      <PivotTable key={`${rows} ${columns}`} {...props} />
    </>
  )
}
