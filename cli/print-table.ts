import { printable } from './printable.ts'

/** Prints rows under their headings, in columns as wide as their widest cell; the last one runs free. */
export function printTable(headings: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = headings.map((heading, column) => Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)))
  for (const row of [headings, ...rows]) {
    const line = row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ')
    console.log(printable(line).trimEnd())
  }
}
