import '@mantine/charts/styles.css'
import { BarChart } from '@mantine/charts'
import { formatShare, formatShort, formatUsd } from '../../parts/amounts.ts'
import { MEASURES, type Measure, type Sums } from './measures.ts'
import { DIMENSION_LABELS, isTime, type Dimension } from './members.ts'
import { foldColumns, transpose, type Pivot } from './pivot.ts'

const MOST_SERIES = 8
const MOST_BARS = 30
const COLORS = ['cyan.7', 'orange.6', 'violet.5', 'lime.7', 'pink.6', 'blue.7', 'yellow.6', 'teal.6', 'gray.6']

interface ChartProps {
  pivot: Pivot
  rows: Dimension
  columns: Dimension | null
  measure: Measure
}

/** Bars over time where there is a time, otherwise a bar for each of the first rows. The table has the same numbers, exactly. */
export function Chart({ pivot, rows, columns, measure }: ChartProps) {
  const { label, unit, of } = MEASURES[measure]
  const isTurned = !isTime(rows) && columns !== null && isTime(columns)
  const [along, across] = isTurned ? [columns, rows] : [rows, columns]
  const table = foldColumns(isTurned ? transpose(pivot) : pivot, MOST_SERIES)
  const bars = isTime(along) ? table.lines : table.lines.slice(0, MOST_BARS)
  // Drawn, not read: a binary fraction will do.
  const height = (sums: Sums | null) => (sums === null ? 0 : Number(of(sums) ?? 0))
  const series =
    across === null
      ? [{ name: 'total', label, color: COLORS[0]! }]
      : table.columns.map((column, index) => ({
          name: `s${index}`,
          label: shortened(column.label),
          color: COLORS[index % COLORS.length]!
        }))
  const data = bars.map(({ member, cells, total }) => ({
    of: shortened(member.label),
    total: height(total),
    ...Object.fromEntries(cells.map((cell, index) => [`s${index}`, height(cell)]))
  }))
  return (
    <div
      role="img"
      aria-label={`${label} by ${DIMENSION_LABELS[along].toLowerCase()}${across === null ? '' : `, in parts by ${DIMENSION_LABELS[across].toLowerCase()}`}`}
    >
      <BarChart
        h={260}
        data={data}
        dataKey="of"
        series={series}
        type={unit === 'share' ? 'default' : 'stacked'}
        withLegend={series.length > 1}
        legendProps={{ verticalAlign: 'bottom' }}
        valueFormatter={(value) => formatBar(unit, value)}
        yAxisProps={{ width: 70 }}
        barProps={{ isAnimationActive: false }}
      />
    </div>
  )
}

function formatBar(unit: 'usd' | 'count' | 'share', value: number): string {
  if (unit === 'share') return formatShare(value)
  return unit === 'usd' ? formatUsd(value.toFixed(9)) : formatShort(value)
}

const shortened = (name: string) => (name.length <= 28 ? name : `${name.slice(0, 27)}…`)
