import fastifyPostgres from '@fastify/postgres'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import pg from 'pg'
import type { Clock } from '../services/platform/clock.ts'
import { createDatabaseShare, type DatabaseShare } from '../services/platform/database/database-share.ts'
import { startEmbeddedDatabase } from '../services/platform/database/embedded-database.ts'
import { outliveBrokenConnections, prepareDatabase } from '../services/platform/database/prepared-database.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The part of the pool that operators' requests use, so that they never keep clients and settlement waiting. */
    adminDatabase: DatabaseShare
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
  const connection = {
    connectionString: databaseUrl,
    max: POOL_SIZE,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 3000,
    keepAlive: true
  }
  await prepareDatabase(new pg.Client(connection), app.log)
  // The server's statement_timeout would be the other half, but connection poolers refuse it as a start-up parameter.
  await app.register(fastifyPostgres, { ...connection, query_timeout: options.queryTimeoutMs ?? 10_000 })
  outliveBrokenConnections(app.pg.pool, app.log)

  const adminDatabase = createDatabaseShare(app.pg.pool, {
    clock,
    size: ADMIN_SIZE,
    waitMs: connection.connectionTimeoutMillis,
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
}

export default fp(database, { name: 'database', fastify: '5.x', dependencies: ['config'] })
