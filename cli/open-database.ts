import { resolve } from 'node:path'
import { Pool, type PoolConfig } from 'pg'
import { startEmbeddedDatabase } from '../services/database/embedded-database.ts'
import { migrate } from '../services/database/migrations.ts'
import type { Connectable } from '../services/records/queryable.ts'
import { loadOrCreateSecretKeys } from '../services/secret-key-file.ts'
import { createSecretBox, type SecretBox } from '../services/secrets.ts'
import type { Settings } from '../services/set-up/settings.ts'
import { OperationError } from './failures.ts'

const CONNECT_TIMEOUT_MS = 10_000

type Work<T> = (database: Connectable, secretBox: SecretBox) => Promise<T>

/** Runs `work` on the database of these settings, migrated: the one at DATABASE_URL, or the embedded one, which no server has open. */
export async function withDatabase<T>(settings: Settings, work: Work<T>): Promise<T> {
  const { databaseUrl, dataDir, secretKeys } = settings
  if (databaseUrl !== null) return await withPool({ connectionString: databaseUrl, max: 2 }, secretKeys ?? [], work)
  console.error(`No server runs on ${resolve(dataDir)}: using its embedded database.`)
  const database = await startEmbeddedDatabase({
    dataDir,
    onFailure(error) {
      console.error(`sluice: ${error.message}`)
      process.exit(1)
    }
  })
  try {
    return await withPool(database.connection, secretKeys ?? loadOrCreateSecretKeys(dataDir), work)
  } finally {
    await database.stop()
  }
}

async function withPool<T>(connection: PoolConfig, secretKeys: readonly string[], work: Work<T>): Promise<T> {
  const pool = new Pool({ ...connection, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  // A connection that breaks while idle is replaced at its next use; without a listener it would end the process.
  pool.on('error', () => {})
  try {
    await migrateFirst(pool)
    return await work(pool, createSecretBox(secretKeys))
  } finally {
    await pool.end()
  }
}

async function migrateFirst(pool: Pool): Promise<void> {
  const client = await pool.connect().catch((error: unknown) => {
    throw new OperationError(`the database cannot be reached: ${(error as Error).message}`, { cause: error })
  })
  try {
    await migrate(client)
  } finally {
    client.release()
  }
}
