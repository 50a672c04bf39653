import fastifyPostgres from '@fastify/postgres'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import pg from 'pg'
import { startEmbeddedDatabase } from '../services/database/embedded-database.ts'
import { migrate } from '../services/database/migrations.ts'

export interface DatabaseOptions {
  /** Null runs the embedded database in `dataDir`. */
  databaseUrl: string | null
  dataDir: string
  /** The embedded database ended by itself: nothing can be recorded any more, and the process should end. */
  onEmbeddedFailure: (error: Error) => void
  connectTimeoutMs?: number
  queryTimeoutMs?: number
}

const POOL_SIZE = 10

/** Decorates `app.pg` with a pool on a migrated database, its own or the embedded one. */
async function database(app: FastifyInstance, options: DatabaseOptions) {
  const { databaseUrl, dataDir } = options
  const connection = databaseUrl === null ? await embedded() : { connectionString: databaseUrl, max: POOL_SIZE }
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
  app.pg.pool.on('error', (err) => app.log.warn({ err }, 'an idle database connection broke'))
  app.pg.pool.on('connect', (client) => client.on('error', (err) => app.log.debug({ err }, 'a database connection broke')))

  async function embedded() {
    const database = await startEmbeddedDatabase({ dataDir, onFailure: options.onEmbeddedFailure })
    // Hooks run last to first: the pool, registered after this, has ended by then.
    app.addHook('onClose', () => database.stop())
    return database.connection
  }

  async function prepare(client: pg.Client) {
    client.on('error', (err) => app.log.debug({ err }, 'a database connection broke'))
    await client.connect().catch((error: unknown) => {
      throw new Error(`The database cannot be reached: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error
      })
    })
    try {
      const { applied, newer } = await migrate(client)
      if (applied.length > 0) app.log.info({ applied }, 'the database was migrated')
      if (newer.length > 0) app.log.warn({ newer }, 'a newer version has migrated this database')
    } finally {
      await client.end()
    }
  }
}

export default fp(database, { name: 'database', fastify: '5.x', dependencies: ['config'] })
