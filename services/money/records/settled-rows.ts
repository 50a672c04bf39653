import { scalarArray } from '../../platform/database/array-literals.ts'
import type { Queryable } from '../../platform/database/queryable.ts'

/**
 * The tables whose rows are changed by settlement and by others, in the order in which a transaction locks rows of them; rows of one
 * table are locked in the order of their ids. Whoever keeps to it waits for the others, and never in a circle.
 */
const TABLES = ['users', 'subscriptions', 'api_keys', 'teams', 'team_members'] as const

type SettledRows = Partial<Record<(typeof TABLES)[number], readonly string[]>>

/** Takes the locks beforehand, for a transaction that then changes the rows in any order. */
export async function lockSettledRows(client: Queryable, ids: SettledRows): Promise<void> {
  for (const table of TABLES) {
    const wanted = ids[table] ?? []
    if (wanted.length === 0) continue
    // "No key": rows that refer to these may be made meanwhile.
    await client.query(`select id from ${table} where id = any($1::bigint[]) order by id for no key update`, [
      scalarArray([...wanted])
    ])
  }
}
