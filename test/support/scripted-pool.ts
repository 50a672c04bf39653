import type { QueryResult } from 'pg'
import type { Connectable, Queryable } from '../../services/platform/database/queryable.ts'

interface ScriptedPool extends Connectable {
  /** The statements so far, each in one line, with their values. */
  statements: { text: string; values: unknown[] }[]
}

/** A pool without a database: `rowsOf` says what rows a statement has, null for none; it may throw as the database would. */
export function createScriptedPool(rowsOf: (text: string, values: unknown[]) => object[] | null): ScriptedPool {
  const statements: ScriptedPool['statements'] = []
  const query = (async (given: string, values: unknown[] = []) => {
    const text = given.replace(/\s+/g, ' ')
    statements.push({ text, values })
    const rows = rowsOf(text, values) ?? []
    return { rows, rowCount: rows.length } as unknown as QueryResult
  }) as Queryable['query']
  return { statements, query, connect: async () => ({ query, release() {} }) }
}
