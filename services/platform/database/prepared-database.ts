import type { Logger } from 'pino'
import type pg from 'pg'
import { connectionProblem } from './connection-problem.ts'
import { migrate } from './migrations.ts'

type DatabaseLog = Pick<Logger, 'debug' | 'info' | 'warn'>

/** Migrates the database that a client is for, and ends the client. Rejects with what is wrong when it cannot be reached. */
export async function prepareDatabase(client: pg.Client, log: DatabaseLog): Promise<void> {
  client.on('error', (err) => log.debug({ err }, 'a database connection broke'))
  await client.connect().catch((error: unknown) => {
    throw new Error(`The database ${connectionProblem(error)}`, { cause: error })
  })
  try {
    const { applied, newer } = await migrate(client, undefined, (pending) =>
      log.info(
        { migrations: pending.length },
        'the database is being migrated: this waits for whoever uses its tables, such as a backup'
      )
    )
    if (applied.length > 0) log.info({ applied }, 'the database was migrated')
    if (newer.length > 0) log.warn({ newer }, 'a newer version has migrated this database')
  } finally {
    await client.end()
  }
}

/** Without listeners a connection that breaks ends the process: a pool listens to its idle clients only. */
export function outliveBrokenConnections(pool: pg.Pool, log: DatabaseLog): void {
  pool.on('error', (err) => {
    // A pool has ended a moment before its connections have, and stopping the embedded database breaks those.
    log[pool.ending ? 'debug' : 'warn']({ err }, 'an idle database connection broke')
  })
  pool.on('connect', (client) => client.on('error', (err) => log.debug({ err }, 'a database connection broke')))
}
