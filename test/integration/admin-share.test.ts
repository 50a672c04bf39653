import assert from 'node:assert/strict'
import { idAt } from '../support/traces.ts'
import { test } from 'node:test'
import fastify from 'fastify'
import fp from 'fastify-plugin'
import pg from 'pg'
import database from '../../plugins/database.ts'
import { systemClock } from '../../services/platform/clock.ts'
import { postgresUrl } from '../support/databases.ts'
import { ask, startGateway, user } from '../support/gateway.ts'
import { operatorOf, statusesOf } from '../support/operator.ts'
import { until } from '../support/until.ts'

const NEW_KEY = 'sk-sluice-a-key-that-nobody-has-used'

test('operators who wait for the database keep neither new keys nor settlement waiting', async (t) => {
  const databaseUrl = await postgresUrl(t)
  const gateway = await startGateway(t, {
    env: { DATABASE_URL: databaseUrl, SLUICE_SECRET_KEY: '7f'.repeat(32), CACHE_FRESH_MS: '0' },
    declared: () => ({
      users: [user(), { email: 'new@example.com', balance_usd: '10', keys: [{ name: 'new', key: NEW_KEY }] }]
    })
  })
  const { call } = operatorOf(gateway)
  const lock = new pg.Client({ connectionString: databaseUrl })
  await lock.connect()
  t.after(() => lock.end())
  await lock.query('begin; lock table exchange_trace_packs in access exclusive mode')
  const stuck = Array.from({ length: 40 }, () => call('GET', `/exchanges/${idAt(Date.now())}`))
  await until('they fill their share', async () => (await waitingFor(gateway.app.pg.pool)) === 3)

  const startedAt = performance.now()
  const response = await gateway.messages(ask(), { headers: { 'x-api-key': NEW_KEY } })
  assert.equal(response.status, 200)
  await response.arrayBuffer()
  await gateway.settled()
  const elapsedMs = performance.now() - startedAt
  // A connection is waited for 3 s.
  assert.ok(elapsedMs < 2700, `${Math.round(elapsedMs)} ms`)
  assert.equal(gateway.app.backOffice.backlog().unsettledAttempts, 0)
  assert.equal(await waitingFor(gateway.app.pg.pool), 3)

  await lock.query('rollback')
  const statuses = new Set(statusesOf(await Promise.all(stuck)))
  for (const status of statuses) assert.ok([404, 503].includes(status), String(status))
})

/** How many operators' requests wait for the locks. */
async function waitingFor(client: pg.Pool): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock' and query ~* '^\\s*select'`
  )
  return rows[0]?.count ?? 0
}

for (const way of ['query', 'queryAtOnce'] as const) {
  test(`a statement of an operator that takes too long is ended at the server, and no connection keeps its settings (${way})`, async (t) => {
    const databaseUrl = await postgresUrl(t)
    const app = fastify()
    t.after(() => app.close())
    await app.register(fp(async () => {}, { name: 'config' }))
    await app.register(database, {
      databaseUrl,
      dataDir: '/nonexistent',
      clock: systemClock,
      adminQueryTimeoutMs: 50
    })
    await assert.rejects(app.adminDatabase[way]('select pg_sleep(30)'), { status: 504 })
    const { rows } = await app.pg.query(
      "select count(*)::int as count from pg_stat_activity where query ~ 'pg_sleep' and state = 'active' and pid <> pg_backend_pid()"
    )
    assert.deepEqual(rows, [{ count: 0 }])
    assert.equal((await app.adminDatabase[way]('select 1')).rowCount, 1)
    assert.deepEqual((await app.pg.query('show statement_timeout')).rows, [{ statement_timeout: '0' }])
  })
}
