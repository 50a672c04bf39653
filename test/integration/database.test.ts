import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import fastify from 'fastify'
import fp from 'fastify-plugin'
import database, { type DatabaseOptions } from '../../plugins/database.ts'
import { systemClock } from '../../services/platform/clock.ts'
import { embeddedDataDir, postgresUrl } from '../support/databases.ts'
import { until } from '../support/until.ts'

const configured = fp(async () => {}, { name: 'config' })

async function newApp(t: TestContext, options: Partial<DatabaseOptions>) {
  const app = fastify({ pluginTimeout: 60_000 })
  // Closing rejects with the reason of a failed start, which the test has seen already.
  t.after(() => app.close().catch(() => {}))
  await app.register(configured)
  await app.register(database, {
    databaseUrl: null,
    dataDir: '/nonexistent',
    clock: systemClock,
    ...options
  })
  return app
}

test('with a database URL the app has a pool on a migrated database', async (t) => {
  const app = await newApp(t, { databaseUrl: await postgresUrl(t) })
  const { rows } = await app.pg.query('select count(*)::integer as count from usage_events')
  assert.deepEqual(rows, [{ count: 0 }])
})

test('without one it has the embedded database, which stops after the pool', async (t) => {
  const dataDir = await embeddedDataDir()
  t.after(() => rmSync(dataDir, { recursive: true, force: true }))
  const app = await newApp(t, { dataDir })
  const { rows } = await app.pg.query('select count(*)::integer as count from users')
  assert.deepEqual(rows, [{ count: 0 }])
  const socket = join(dataDir, 'database-socket', '.s.PGSQL.5432')
  assert.equal(existsSync(socket), true)
  await app.close()
  assert.equal(existsSync(socket), false)
})

test('a database that breaks connections does not end the process, and is used again when it is back', async (t) => {
  const databaseUrl = await postgresUrl(t)
  const app = await newApp(t, { databaseUrl })
  const [idle, busy] = [await app.pg.connect(), await app.pg.connect()]
  idle.release()
  await app.pg
    .query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()'
    )
    .catch(() => {})
  await until('the broken connections are noticed', async () => {
    const outcome = await busy.query('select 1').catch(() => null)
    return outcome === null
  })
  busy.release(true)
  await until('queries succeed again', async () => (await app.pg.query('select 1 as n').catch(() => null))?.rowCount === 1)
})

test('a database that has stopped answering is noticed within the set times', async (t) => {
  const sockets = new Set<Socket>()
  const silent = createServer((socket) => void sockets.add(socket))
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    silent.close()
  })
  const { port } = silent.address() as AddressInfo
  await assert.rejects(
    newApp(t, { databaseUrl: `postgres://someone:a-password@127.0.0.1:${port}/sluice`, connectTimeoutMs: 50 }),
    (error) =>
      error instanceof Error && /The database cannot be reached/.test(error.message) && !/a-password/.test(error.message)
  )
})

test('a database that refuses the connection is not said to be out of reach', async (t) => {
  const databaseUrl = new URL(await postgresUrl(t))
  databaseUrl.pathname = '/none_such'
  await assert.rejects(newApp(t, { databaseUrl: databaseUrl.href }), {
    message: 'The database refuses the connection: database "none_such" does not exist'
  })
})

test('a query that gets no answer fails after the query timeout, and its connection is not used again', async (t) => {
  const app = await newApp(t, { databaseUrl: await postgresUrl(t), queryTimeoutMs: 100 })
  await assert.rejects(app.pg.query('select pg_sleep(30)'), /timeout/)
  assert.deepEqual((await app.pg.query('select 1 as n')).rows, [{ n: 1 }])
})
