import { lengthOf, longestOf } from './characters.ts'
import { printable } from './printable.ts'
import { fittedColumns, GAP, naturalWidth, stackedRows, widthOf, type Column, type FilledColumn } from './table-layout.ts'

type Rows = readonly (readonly string[])[]

/** Prints rows under their headings, as wide as they are, or as the terminal is: then it says what is left out. */
export function printTable(columns: readonly Column[], rows: Rows, width?: number): void {
  for (const line of tableLines(columns, rows, width)) console.log(line)
}

/** `width` in characters is that of the terminal; there is no bound elsewhere, or with `--wide`. */
export function tableLines(columns: readonly Column[], rows: Rows, width = process.stdout.columns || Infinity): string[] {
  const { lines, leftOut } = layTable(columns, rows, width)
  if (leftOut === null) return lines
  const what = leftOut.length === 0 ? 'Shortened' : `Left out: ${leftOut.join(', ')}`
  return [...lines, ...wrapped(`${what}; whole with --wide.`, width)]
}

/**
 * The headings and the rows, or each row as lines of its own where there is no room for columns; and which columns had none, null
 * where all is whole.
 */
export function layTable(columns: readonly Column[], rows: Rows, width: number): { lines: string[]; leftOut: string[] | null } {
  const whole = columns.map((column, index) => ({ ...column, cells: rows.map((row) => printable(row[index] ?? '')) }))
  if (widthOf(whole.map(naturalWidth)) <= width) return { lines: linesOf(whole), leftOut: null }
  const headingsBut = (shown: readonly Column[]) =>
    columns.map(({ heading }) => heading).filter((heading) => shown.every((column) => column.heading !== heading))
  const fitted = fittedColumns(whole, width)
  if (fitted !== null) return { lines: linesOf(fitted), leftOut: headingsBut(fitted) }
  const stacked = stackedRows(whole, width)
  const leftOut = headingsBut(stacked.columns)
  return { lines: stacked.lines, leftOut: leftOut.length === 0 ? null : leftOut }
}

function linesOf(columns: readonly FilledColumn[]): string[] {
  const lines = [columns.map(({ heading }) => heading)]
  for (const row of columns[0]?.cells.keys() ?? []) lines.push(columns.map(({ cells }) => cells[row] ?? ''))
  return alignedLines(
    lines,
    columns.map(({ right }) => right === true)
  )
}

/** Cells one under the other; those of `right` columns end there. */
export function alignedLines(rows: Rows, right: readonly boolean[] = []): string[] {
  const most = rows.reduce((count, row) => Math.max(count, row.length), 0)
  const widths = Array.from({ length: most }, (_, column) => longestOf(rows.map((row) => row[column] ?? '')))
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const room = ' '.repeat((widths[column] ?? 0) - lengthOf(cell))
        return right[column] ? room + cell : cell + room
      })
      .join(' '.repeat(GAP))
      .trimEnd()
  )
}

/** Broken between words. */
function wrapped(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trimStart()
    if (longer.length <= width) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines.filter((line) => line !== '')
}
