import type { Dimension } from './members.ts'

/** What stands in rows and columns, never the same in both. */
export interface Shape {
  rows: Dimension
  columns: Dimension | 'none'
}

/** The shape after a choice: to choose for the one what the other has exchanges the two. */
export function turned(before: Shape, choice: Partial<Shape>): Shape {
  const after = { ...before, ...choice }
  if (after.rows !== after.columns) return after
  if (choice.rows !== undefined) return { rows: after.rows, columns: before.rows }
  // There is nothing for the rows to be exchanged with.
  return before.columns === 'none' ? before : { rows: before.columns, columns: before.rows }
}
