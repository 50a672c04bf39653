import { add, MEASURES, NOTHING, sumsOf, type Measure, type SummaryRow, type Sums } from './measures.ts'
import { isTime, memberOf, type Dimension, type Member } from './members.ts'
import type { TimeUnit } from './zones.ts'

/** A row of the table; a cell is null where nothing was used. */
export interface PivotLine {
  member: Member
  cells: (Sums | null)[]
  total: Sums
}

/** Sums by what stands in the rows and what stands in the columns. All totals are those of the cells. */
export interface Pivot {
  columns: Member[]
  lines: PivotLine[]
  columnTotals: Sums[]
  total: Sums
}

export interface PivotQuestion {
  rows: Dimension
  /** Null: a total is all that there is. */
  columns: Dimension | null
  /** What rows and columns are ordered by, the greatest first; times are in their own order. */
  measure: Measure
  zone: string
  /** All hours or days of the rows or the columns: of some there may be nothing. */
  times?: { unit: TimeUnit; members: readonly Member[] } | null
}

interface Axis {
  member: Member
  total: Sums
}

/** Makes a table of a list of sums, one for each pair. */
export function pivot(
  rows: readonly SummaryRow[],
  { rows: rowsOf, columns: columnsOf, measure, zone, times = null }: PivotQuestion
): Pivot {
  const [lineAxes, columnAxes] = [new Map<string, Axis>(), new Map<string, Axis>()]
  for (const [dimension, axes] of [
    [rowsOf, lineAxes],
    [columnsOf, columnAxes]
  ] as const) {
    if (dimension !== times?.unit) continue
    for (const member of times.members) axes.set(member.id, { member, total: NOTHING })
  }
  const cells = new Map<string, Map<string, Sums>>()
  let total = NOTHING
  for (const row of rows) {
    const sums = sumsOf(row)
    total = add(total, sums)
    const line = count(lineAxes, memberOf(rowsOf, row, zone), sums)
    if (columnsOf === null) continue
    const column = count(columnAxes, memberOf(columnsOf, row, zone), sums)
    const inLine = cells.get(line) ?? new Map<string, Sums>()
    cells.set(line, inLine.set(column, add(inLine.get(column) ?? NOTHING, sums)))
  }
  const columns = columnsOf === null ? [] : ordered(columnAxes, columnsOf, measure)
  return {
    columns: columns.map(({ member }) => member),
    columnTotals: columns.map((axis) => axis.total),
    lines: ordered(lineAxes, rowsOf, measure).map(({ member, total }) => ({
      member,
      total,
      cells: columns.map((column) => cells.get(member.id)?.get(column.member.id) ?? null)
    })),
    total
  }
}

function count(axes: Map<string, Axis>, member: Member, sums: Sums): string {
  axes.set(member.id, { member, total: add(axes.get(member.id)?.total ?? NOTHING, sums) })
  return member.id
}

function ordered(axes: Map<string, Axis>, dimension: Dimension, measure: Measure): Axis[] {
  const all = [...axes.values()]
  if (isTime(dimension)) return all.sort((a, b) => (a.member.at ?? 0) - (b.member.at ?? 0))
  const value = ({ total }: Axis) => Number(MEASURES[measure].of(total) ?? -1)
  return all.sort((a, b) => value(b) - value(a) || a.member.label.localeCompare(b.member.label, 'en', { numeric: true }))
}

/** With the columns behind the first `most` put together in one, so that the totals stay what they are. */
export function foldColumns(table: Pivot, most: number): Pivot {
  const rest = table.columns.length - most
  if (rest <= 1) return table
  const others: Member = { id: 'others', label: `${rest} others`, plain: `${rest} others`, at: null, filters: null }
  return {
    ...table,
    columns: [...table.columns.slice(0, most), others],
    columnTotals: [...table.columnTotals.slice(0, most), table.columnTotals.slice(most).reduce(add, NOTHING)],
    lines: table.lines.map((line) => ({ ...line, cells: [...line.cells.slice(0, most), together(line.cells.slice(most))] }))
  }
}

function together(cells: readonly (Sums | null)[]): Sums | null {
  const used = cells.filter((cell) => cell !== null)
  return used.length === 0 ? null : used.reduce(add, NOTHING)
}

/** With rows and columns exchanged. */
export const transpose = ({ columns, lines, columnTotals, total }: Pivot): Pivot => ({
  columns: lines.map(({ member }) => member),
  columnTotals: lines.map((line) => line.total),
  lines: columns.map((member, index) => ({
    member,
    total: columnTotals[index]!,
    cells: lines.map(({ cells }) => cells[index] ?? null)
  })),
  total
})
