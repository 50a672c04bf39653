import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Overview } from '../../cli/top-frame.ts'
import { databaseProxy } from '../support/database-proxy.ts'
import { postgresUrl } from '../support/databases.ts'
import { readExposition, valueOf } from '../support/exposition.ts'
import { ask, startGateway } from '../support/gateway.ts'
import { VERSION } from '../../services/platform/version.ts'
import { until } from '../support/until.ts'

interface Readiness {
  status: string
  version: string
  phase: string
  database: string
  slots: string
  replicas: number
  back_office: { state: string; age_ms: number }
  journal: { bytes: number; oldest_age_ms: number | null; accepting: boolean }
  accounts: { all: number; can_serve: number }
  groups: { used: number; served: number }
}

await suite('readiness', { timeout: 120_000, concurrency: 2 }, async () => {
  test('says how the process is', async (t) => {
    const gateway = await startGateway(t)
    const { status, detail } = await probe(gateway.url)
    const { journal, back_office: office, accounts, groups, version, ...rest } = detail
    assert.equal(version, VERSION)
    assert.deepEqual(await (await fetch(gateway.url)).json(), { name: 'sluice', version })
    assert.deepEqual(accounts, { all: 1, can_serve: 1 })
    assert.deepEqual(groups, { used: 1, served: 1 })
    assert.equal(office.state, 'ok')
    assert.deepEqual(rest, { status: 'ready', phase: 'running', database: 'ok', slots: 'in-process', replicas: 1 })
    assert.deepEqual([status, journal.oldest_age_ms, journal.accepting], [200, null, true])
    await gateway.act('main', 'disable')
    const without = await probe(gateway.url)
    assert.deepEqual([without.status, without.detail.accounts], [200, { all: 1, can_serve: 0 }])
    assert.deepEqual(without.detail.groups, { used: 1, served: 0 })
    const overview = (await (await gateway.getAdmin('/admin/v1/overview')).json()) as Pick<Overview, 'unserved_groups'>
    assert.deepEqual(overview.unserved_groups, [{ name: 'default', reason: 'main is disabled' }])
  })

  for (const how of ['cut', 'hang'] as const) {
    test(`stays while Postgres is away, quickly, and tells (${how})`, async (t) => {
      const database = await databaseProxy(await postgresUrl(t))
      t.after(() => database.restore())
      const gateway = await startGateway(t, { env: { DATABASE_URL: database.url, CACHE_FRESH_MS: '60000' } })
      t.after(() => database.close())
      await (await gateway.messages(ask())).arrayBuffer()
      await gateway.settled()
      assert.equal((await probe(gateway.url)).detail.database, 'ok')

      database[how]()
      let slowestMs = 0
      await until('it is seen', async () => {
        const { status, detail, tookMs } = await probe(gateway.url)
        assert.equal(status, 200)
        slowestMs = Math.max(slowestMs, tookMs)
        return detail.database === 'away'
      })
      assert.equal((await gateway.messages(ask())).status, 200)
      await until('usage waits', async () => ((await probe(gateway.url)).detail.journal.oldest_age_ms ?? 0) > 0)
      const { detail, tookMs } = await probe(gateway.url)
      assert.deepEqual([detail.status, detail.database, detail.journal.accepting], ['ready', 'away', true])
      slowestMs = Math.max(slowestMs, tookMs)
      // A kubelet gives up after a second; who waits for a connection to the database waits for 3 s.
      assert.ok(slowestMs < 2500, `a probe took ${slowestMs} ms`)

      database.restore()
      await until('it is seen again', async () => (await probe(gateway.url)).detail.database === 'ok', 30_000)
      await until('nothing waits', async () => (await probe(gateway.url)).detail.journal.oldest_age_ms === null, 30_000)
    })
  }

  test('tells where slots are counted and by how many, there and in the metrics', async (t) => {
    const gateway = await startGateway(t)
    Object.assign(gateway.app.slotSharing, { state: () => 'local', replicas: () => 3 })
    const { status, detail } = await probe(gateway.url)
    assert.deepEqual([status, detail.status, detail.slots, detail.replicas], [200, 'ready', 'local', 3])
    const metrics = readExposition(await (await gateway.getAdmin('/metrics')).text())
    const states = ['in-process', 'shared', 'local', 'rejoining'].map((state) =>
      valueOf(metrics, 'sluice_slots_state', { state })
    )
    assert.deepEqual([states, valueOf(metrics, 'sluice_replicas')], [[0, 0, 1, 0], 3])
  })

  test('costs the database no query for each probe', async (t) => {
    const gateway = await startGateway(t)
    // What a start sees to by itself is over then.
    await gateway.app.backOffice.maintain()
    const { pool } = gateway.app.pg
    let queries = 0
    pool.on('acquire', () => queries++)
    const startedAt = performance.now()
    for (let n = 0; n < 200; n++) await probe(gateway.url)
    const seconds = (performance.now() - startedAt) / 1000
    assert.ok(queries <= seconds + 1, `${queries} queries for 200 probes in ${seconds} s`)
  })

  test('ends with the start of a stop', async (t) => {
    const { app, url } = await startGateway(t)
    const drained = app.lifecycle.drain(60_000)
    const { status, detail } = await probe(url)
    assert.deepEqual([status, detail.status, detail.phase, detail.database], [503, 'draining', 'draining', 'ok'])
    app.lifecycle.hurry()
    await drained
  })
})

async function probe(url: string): Promise<{ status: number; detail: Readiness; tookMs: number }> {
  const startedAt = performance.now()
  const response = await fetch(`${url}/readyz`)
  const detail = (await response.json()) as Readiness
  return { status: response.status, detail, tookMs: performance.now() - startedAt }
}
