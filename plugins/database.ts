import fastifyPostgres from '@fastify/postgres'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import pg from 'pg'
import { connectionProblem } from '../services/platform/database/connection-problem.ts'
import type { Clock } from '../services/platform/clock.ts'
import { createDatabaseShare } from '../services/platform/database/database-share.ts'
import { startEmbeddedDatabase } from '../services/platform/database/embedded-database.ts'
import { migrate } from '../services/platform/database/migrations.ts'
import type { Connectable } from '../services/platform/database/queryable.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The part of the pool that operators' requests use, so that they never keep clients and settlement waiting. */
    adminDatabase: Connectable
    /** Where a connection beside the pool's goes. */
    databaseUrl: string
  }
}

export interface DatabaseOptions {
  /** Null runs the embedded database in `dataDir`. */
  databaseUrl: string | null
  dataDir: string
  clock: Clock
  connectTimeoutMs?: number
  queryTimeoutMs?: number
  /** After which a statement of an operator's request is ended; less than the time-out above, which leaves it running. */
  adminQueryTimeoutMs?: number
}

const ADMIN_SIZE = 3
/** Ten for clients and settlement. */
const POOL_SIZE = 10 + ADMIN_SIZE

/** Decorates `app.pg` with a pool on a migrated database, its own or the embedded one. */
async function database(app: FastifyInstance, options: DatabaseOptions) {
  const { dataDir, clock } = options
  const databaseUrl = options.databaseUrl ?? (await embedded())
  const connection = { connectionString: databaseUrl, max: POOL_SIZE }
  const connectionTimeoutMillis = options.connectTimeoutMs ?? 3000

  await prepare(new pg.Client({ ...connection, connectionTimeoutMillis, keepAlive: true }))
  await app.register(fastifyPostgres, {
    ...connection,
    connectionTimeoutMillis,
    keepAlive: true,
    // The server's statement_timeout would be the other half, but connection poolers refuse it as a start-up parameter.
    query_timeout: options.queryTimeoutMs ?? 10_000
  })
  // Without listeners a connection that breaks ends the process: the pool listens to its idle clients only.
  app.pg.pool.on('error', (err) => {
    // A pool has ended a moment before its connections have, and stopping the embedded database breaks those.
    const { ending: isEnding } = app.pg.pool
    app.log[isEnding ? 'debug' : 'warn']({ err }, 'an idle database connection broke')
  })
  app.pg.pool.on('connect', (client) => client.on('error', (err) => app.log.debug({ err }, 'a database connection broke')))

  const adminDatabase = createDatabaseShare(app.pg.pool, {
    clock,
    size: ADMIN_SIZE,
    waitMs: connectionTimeoutMillis,
    statementTimeoutMs: options.adminQueryTimeoutMs ?? 8000
  })
  app.decorate('adminDatabase', adminDatabase)
  app.decorate('databaseUrl', databaseUrl)

  async function embedded(): Promise<string> {
    const database = await startEmbeddedDatabase({ dataDir, logger: app.log })
    // Hooks run last to first: the pool, registered after this, has ended by then.
    app.addHook('onClose', () => database.stop())
    return database.url
  }

  async function prepare(client: pg.Client) {
    client.on('error', (err) => app.log.debug({ err }, 'a database connection broke'))
    await client.connect().catch((error: unknown) => {
      throw new Error(`The database ${connectionProblem(error)}`, { cause: error })
    })
    try {
      const { applied, newer } = await migrate(client, undefined, (pending) =>
        app.log.info(
          { migrations: pending.length },
          'the database is being migrated: this waits for whoever uses its tables, such as a backup'
        )
      )
      if (applied.length > 0) app.log.info({ applied }, 'the database was migrated')
      if (newer.length > 0) app.log.warn({ newer }, 'a newer version has migrated this database')
    } finally {
      await client.end()
    }
  }
}

export default fp(database, { name: 'database', fastify: '5.x', dependencies: ['config'] })
