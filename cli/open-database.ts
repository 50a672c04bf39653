import { resolve } from 'node:path'
import { Pool, type PoolConfig } from 'pg'
import { startEmbeddedDatabase } from '../services/database/embedded-database.ts'
import { migrate } from '../services/database/migrations.ts'
import type { Connectable, Queryable } from '../services/records/queryable.ts'
import { loadOrCreateSecretKeys } from '../services/secret-key-file.ts'
import { createSecretBox, type SecretBox } from '../services/secrets.ts'
import type { Settings } from '../services/set-up/settings.ts'
import { OperationError } from './failures.ts'

const CONNECT_TIMEOUT_MS = 10_000

/** Runs `work` on the database of these settings, migrated: the one at DATABASE_URL, or the embedded one, which no server has open. */
export async function withDatabase<T>(
  settings: Settings,
  work: (database: Connectable, secretBox: SecretBox) => Promise<T>
): Promise<T> {
  const { databaseUrl, dataDir, secretKeys } = settings
  return await withPool(settings, async (pool) => {
    await onConnection(pool, migrate)
    return await work(pool, createSecretBox(secretKeys ?? (databaseUrl === null ? loadOrCreateSecretKeys(dataDir) : [])))
  })
}

/** The same with one connection to the database as it is. */
export async function withUnmigrated<T>(settings: Settings, work: (client: Queryable) => Promise<T>): Promise<T> {
  return await withPool(settings, (pool) => onConnection(pool, work))
}

async function withPool<T>({ databaseUrl, dataDir }: Settings, work: (pool: Pool) => Promise<T>): Promise<T> {
  if (databaseUrl !== null) return await usePool({ connectionString: databaseUrl, max: 2 }, work)
  const database = await startEmbeddedDatabase({
    dataDir,
    onFailure(error) {
      console.error(`sluice: ${error.message}`)
      process.exit(1)
    }
  })
  console.error(`No server runs on ${resolve(dataDir)}: using its embedded database.`)
  try {
    return await usePool(database.connection, work)
  } finally {
    await database.stop()
  }
}

async function usePool<T>(connection: PoolConfig, work: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = new Pool({ ...connection, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  // A connection that breaks while idle is replaced at its next use; without a listener it would end the process.
  pool.on('error', () => {})
  try {
    return await work(pool)
  } finally {
    await pool.end()
  }
}

async function onConnection<T>(pool: Pool, work: (client: Queryable) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw new OperationError(`the database cannot be reached: ${(error as Error).message}`, { cause: error })
  })
  try {
    return await work(client)
  } finally {
    client.release()
  }
}
