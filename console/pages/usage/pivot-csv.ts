import { csvLine } from '../../../services/platform/csv.ts'
import { MEASURES, type Measure } from './measures.ts'
import { DIMENSION_LABELS, type Dimension } from './members.ts'
import type { Pivot } from './pivot.ts'

/** The table as a file of RFC 4180, with exact values; names that a spreadsheet would run as a formula are made harmless. */
export function pivotCsv({ columns, lines, columnTotals, total }: Pivot, rows: Dimension, measure: Measure): string {
  const { of } = MEASURES[measure]
  const table = [
    [DIMENSION_LABELS[rows], ...columns.map(({ plain }) => plain), 'Total'],
    ...lines.map(({ member, cells, total }) => [
      member.plain,
      ...cells.map((cell) => (cell === null ? null : of(cell))),
      of(total)
    ]),
    ['Total', ...columnTotals.map(of), of(total)]
  ]
  return table.map((line) => `${csvLine(line)}\r\n`).join('')
}
