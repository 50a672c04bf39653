import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { Client, type ClientConfig } from 'pg'
import { connectionProblem } from '../services/platform/database/connection-problem.ts'
import { isDataDirInUse } from '../services/platform/database/data-dir-lock.ts'
import {
  besideRunningDatabase,
  hasEmbeddedDatabase,
  startEmbeddedDatabase
} from '../services/platform/database/embedded-database.ts'
import type { Settings } from '../services/resources/set-up/settings.ts'
import { OperationError, UsageError } from './failures.ts'

const CONNECT_TIMEOUT_MS = 10_000

/**
 * Runs `work` with one connection to the database of these settings, as it is: the one at DATABASE_URL, or the embedded one,
 * which no server has open.
 */
export async function withConnection<T>({ databaseUrl, dataDir }: Settings, work: (client: Client) => Promise<T>): Promise<T> {
  if (databaseUrl !== null) return await connected({ connectionString: databaseUrl }, work)
  const database = await startEmbeddedDatabase({ dataDir })
  console.error(`No server runs on ${resolve(dataDir)}: using its embedded database.`)
  try {
    return await connected({ connectionString: database.url }, work)
  } finally {
    await database.stop()
  }
}

/** Whether a server runs on the embedded database of these settings. */
export const isRunning = ({ databaseUrl, dataDir }: Settings): boolean => databaseUrl === null && isDataDirInUse(dataDir)

/** As withConnection for work that only reads, which a running server is no obstacle to. Makes no database. */
export async function withConnectionToRead<T>(settings: Settings, work: (client: Client) => Promise<T>): Promise<T> {
  const { databaseUrl, dataDir } = settings
  if (databaseUrl !== null) return await withConnection(settings, work)
  requireEmbedded(dataDir)
  if (!isRunning(settings)) return await withConnection(settings, work)
  const { url, close } = besideRunningDatabase(dataDir)
  try {
    return await connected({ connectionString: url }, work)
  } finally {
    close()
  }
}

/** Throws UsageError for a folder that has no database. */
export function requireEmbedded(dataDir: string): void {
  if (hasEmbeddedDatabase(dataDir)) return
  const what = existsSync(dataDir) ? 'there is no database in' : 'there is no folder'
  throw new UsageError(`${what} ${resolve(dataDir)}: check DATA_DIR, or start a server to create one`)
}

async function connected<T>(connection: ClientConfig, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ ...connection, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  // What is asked on a broken connection fails; without a listener its breaking would end the process.
  client.on('error', () => {})
  await client.connect().catch((error: unknown) => {
    throw new OperationError(`the database ${connectionProblem(error)}`, { cause: error })
  })
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
