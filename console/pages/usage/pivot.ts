import { add, MEASURES, NOTHING, sumsOf, type Measure, type SummaryRow, type Sums } from './measures.ts'
import { isTime, memberOf, TOLD_BY, type Dimension, type Member } from './members.ts'
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

interface AxisMember {
  member: Member
  total: Sums
}

/** What stands in the rows, or in the columns. */
interface Axis {
  dimension: Dimension
  /** By what tells members from each other. */
  members: Map<string, AxisMember>
  /** The same by what rows tell them by: who or which day it is, is found out once, and not for each row. */
  byRow: Map<string, AxisMember>
}

function createAxis(dimension: Dimension, times: PivotQuestion['times']): Axis {
  const members = new Map<string, AxisMember>()
  if (dimension === times?.unit) for (const member of times.members) members.set(member.id, { member, total: NOTHING })
  return { dimension, members, byRow: new Map() }
}

/** Makes a table of a list of sums, one for each pair. */
export function pivot(
  rows: readonly SummaryRow[],
  { rows: rowsOf, columns: columnsOf, measure, zone, times = null }: PivotQuestion
): Pivot {
  const lineAxis = createAxis(rowsOf, times)
  const columnAxis = columnsOf === null ? null : createAxis(columnsOf, times)
  const cells = new Map<AxisMember, Map<AxisMember, Sums>>()
  let total = NOTHING
  for (const row of rows) {
    const sums = sumsOf(row)
    total = add(total, sums)
    const line = count(lineAxis, row, sums, zone)
    if (columnAxis === null) continue
    const column = count(columnAxis, row, sums, zone)
    const inLine = cells.get(line) ?? new Map<AxisMember, Sums>()
    const before = inLine.get(column)
    cells.set(line, inLine.set(column, before === undefined ? sums : add(before, sums)))
  }
  const columns = columnAxis === null ? [] : ordered(columnAxis, measure)
  return {
    columns: columns.map(({ member }) => member),
    columnTotals: columns.map((column) => column.total),
    lines: ordered(lineAxis, measure).map((line) => {
      const inLine = cells.get(line)
      return { member: line.member, total: line.total, cells: columns.map((column) => inLine?.get(column) ?? null) }
    }),
    total
  }
}

function count({ dimension, members, byRow }: Axis, row: SummaryRow, sums: Sums, zone: string): AxisMember {
  const toldBy = row[TOLD_BY[dimension]] ?? ''
  let counted = byRow.get(toldBy)
  if (counted === undefined) {
    const member = memberOf(dimension, row, zone)
    counted = members.get(member.id) ?? { member, total: NOTHING }
    members.set(member.id, counted)
    byRow.set(toldBy, counted)
  }
  counted.total = add(counted.total, sums)
  return counted
}

const BY_NAME = new Intl.Collator('en', { numeric: true })

function ordered({ dimension, members }: Axis, measure: Measure): AxisMember[] {
  const all = [...members.values()]
  if (isTime(dimension)) return all.sort((a, b) => (a.member.at ?? 0) - (b.member.at ?? 0))
  const values = new Map(all.map((member) => [member, Number(MEASURES[measure].of(member.total) ?? -1)]))
  return all.sort((a, b) => values.get(b)! - values.get(a)! || BY_NAME.compare(a.member.label, b.member.label))
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
