import { constants } from 'node:fs'
import { cp } from 'node:fs/promises'
import type { Connectable } from '../records/queryable.ts'

/**
 * Copies the embedded database's files as they are between two transactions, and returns its newest migration. Nobody else
 * gets at the database meanwhile.
 */
export async function copyDatabase(database: Connectable, filesDir: string, copyDir: string): Promise<string> {
  const client = await database.connect()
  try {
    // It has one session, which this has now; and inside a transaction it is neither vacuumed nor checkpointed by itself. So
    // once all is written out, the files stay as they are.
    await client.query('begin')
    const { rows } = await client.query<{ newest: string }>('select max(name) as newest from migrations')
    await client.query('checkpoint')
    await cp(filesDir, copyDir, { recursive: true, mode: constants.COPYFILE_FICLONE })
    await client.query('rollback')
    client.release()
    return rows[0]?.newest ?? ''
  } catch (error) {
    client.release(true)
    throw error
  }
}
