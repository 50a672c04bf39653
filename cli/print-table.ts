import { printable } from './printable.ts'

const GAP = 2
/** A column that is shortened keeps so much. */
const LEAST = 12

export interface TableShape {
  /** Columns, by their headings, that go first where there is no room; then those at the right. */
  lesser?: readonly string[]
  /** In characters; that of the terminal, and no bound elsewhere or with `--wide`. */
  width?: number
}

/** Prints rows under their headings, in columns as wide as their widest cell, shortened and left out as the terminal demands. */
export function printTable(headings: readonly string[], rows: readonly (readonly string[])[], shape: TableShape = {}): void {
  for (const line of tableLines(headings, rows, shape)) console.log(line)
}

export function tableLines(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  { lesser = [], width = process.stdout.columns || Infinity }: TableShape = {}
): string[] {
  const natural = headings.map((heading, column) => Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const kept = keptColumns(headings, natural, { lesser, width })
  const widths = fitted(
    kept.map((column) => natural[column] ?? 0),
    width
  )
  return [headings, ...rows].map((row) => {
    const cells = kept.map((column, index) => shortened(row[column] ?? '', widths[index] ?? 0))
    return printable(
      cells.map((cell, index) => (index === cells.length - 1 ? cell : cell.padEnd(widths[index] ?? 0))).join(' '.repeat(GAP))
    ).trimEnd()
  })
}

const widthOf = (widths: readonly number[]) => widths.reduce((sum, width) => sum + width, 0) + GAP * (widths.length - 1)

/** As many as fit when each is as short as may be; the first always. */
function keptColumns(
  headings: readonly string[],
  natural: readonly number[],
  { lesser, width }: Required<TableShape>
): number[] {
  const all = headings.map((_, column) => column)
  const leaving = [...lesser.map((heading) => headings.indexOf(heading)), ...all.toReversed()].filter((column) => column > 0)
  let kept = all
  for (const column of leaving) {
    if (widthOf(kept.map((index) => Math.min(natural[index] ?? 0, LEAST))) <= width) break
    kept = kept.filter((index) => index !== column)
  }
  return kept
}

/** Takes from the widest until they fit. */
function fitted(natural: readonly number[], width: number): number[] {
  const widths = [...natural]
  while (widthOf(widths) > width && Math.max(...widths) > LEAST) widths[widths.indexOf(Math.max(...widths))]! -= 1
  return widths
}

const shortened = (cell: string, width: number) => (cell.length <= width ? cell : `${cell.slice(0, width - 1)}…`)
