import { textArray } from './array-literals.ts'
import { NamedError } from '../named-error.ts'

/** A keyset page: `cursor` is the `nextCursor` of the page before, null for the first. */
export interface PageRequest {
  limit: number
  cursor: string | null
}

export interface Page<Row> {
  rows: Row[]
  /** Null when there is nothing more. */
  nextCursor: string | null
}

/** The cursor was not made by this list; the caller's mistake. */
export class InvalidCursorError extends NamedError {}

/** Where the page begins: the key of the last row of the page before. */
export function readCursor(cursor: string, pattern: RegExp[]): string[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    // A list that has one row only gives out none.
    if (Array.isArray(key) && key.length === pattern.length && pattern.length > 0) {
      const parts = key.map(String)
      if (pattern.every((part, index) => part.test(parts[index] ?? ''))) return parts
    }
  } catch {
    // Answered below, like everything else that is no cursor.
  }
  throw new InvalidCursorError('The cursor was not issued by this list')
}

/** Turns `limit` + 1 rows into a page. `keyOf` names a row's place in the order. */
export function toPage<Row>(rows: Row[], limit: number, keyOf: (row: Row) => string[]): Page<Row> {
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  const nextCursor = rows.length > limit && last !== undefined ? JSON.stringify(keyOf(last)) : null
  return { rows: page, nextCursor: nextCursor === null ? null : Buffer.from(nextCursor).toString('base64url') }
}

/** Patterns of `ilike`, of which any finds what has `text` in it: where the database knows the cases of ASCII only, three find most. */
export function containing(text: string): string {
  const escaped = text.replace(/[\\%_]/g, '\\$&')
  const spellings = [escaped, escaped.toLowerCase(), escaped.toUpperCase()]
  return textArray([...new Set(spellings)].map((spelling) => `%${spelling}%`))
}

export const ID_PATTERN = /^\d{1,18}$/

/** Has the database take a value, by the placeholder that it returns. */
export type Bind = (value: unknown) => string

/** Collects the `where` of a filtered list and the values of its placeholders. */
export function createConditions() {
  const clauses: string[] = []
  const values: unknown[] = []
  const bind: Bind = (value) => `$${values.push(value)}`
  return {
    values,
    bind,
    /** Adds what `clause` makes of the value's placeholder, unless there is no value to filter by. */
    add(value: unknown, clause: (placeholder: string) => string) {
      if (value !== undefined && value !== null) clauses.push(clause(bind(value)))
    },
    /** Adds one whose values are bound already. */
    require: (clause: string) => void clauses.push(clause),
    /** With these conditions too, which have no values. */
    where: (...others: string[]) => {
      const all = [...others, ...clauses]
      return all.length > 0 ? `where ${all.join(' and ')}` : ''
    }
  }
}
