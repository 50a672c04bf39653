import type { QueryResult, QueryResultRow } from 'pg'

/** A pg pool or client. Statements of one transaction need the same client. */
export interface Queryable {
  query: <Row extends QueryResultRow>(text: string, values?: unknown[]) => Promise<QueryResult<Row>>
}

/** What `inTransaction` needs of a pg pool. */
export interface Connectable extends Queryable {
  connect: () => Promise<Queryable & { release: (destroy?: boolean) => void }>
}

/** Runs `work` on one connection between begin and commit. An error rolls back and is thrown on. `settings` go along with the begin. */
export async function inTransaction<T>(pool: Connectable, work: (client: Queryable) => Promise<T>, settings = ''): Promise<T> {
  const client = await pool.connect()
  let broken = false
  try {
    await client.query(`begin${settings}`)
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    // A connection that cannot even roll back must not return to the pool.
    await client.query('rollback').catch(() => {
      broken = true
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/** The single row that an insert or update with `returning` gives. */
export function onlyRow<Row>({ rows }: { rows: Row[] }): Row {
  const [row] = rows
  if (row === undefined || rows.length > 1) throw new Error(`expected one row, got ${rows.length}`)
  return row
}
