import { rm } from 'node:fs/promises'
import { Pool } from 'pg'
import { startEmbeddedDatabase } from '../../services/database/embedded-database.ts'
import { migrate } from '../../services/database/migrations.ts'
import { embeddedDataDir } from './databases.ts'

/** A migrated embedded database of its own, for the tests of one file. */
export async function startEmbeddedPool() {
  const dataDir = await embeddedDataDir()
  const database = await startEmbeddedDatabase({ dataDir })
  const pool = new Pool({ connectionString: database.url })
  const client = await pool.connect()
  await migrate(client)
  client.release()
  return {
    pool,
    dataDir,
    /** Empties what can be provisioned. */
    clear: () =>
      pool.query(
        'truncate groups, proxies, users, accounts, account_groups, api_keys, subscriptions, ledger_entries restart identity cascade'
      ),
    async stop() {
      await pool.end()
      await database.stop()
      await rm(dataDir, { recursive: true, force: true })
    }
  }
}
