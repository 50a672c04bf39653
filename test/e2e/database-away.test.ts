import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { databaseProxy } from '../support/database-proxy.ts'
import { postgresUrl } from '../support/databases.ts'
import { executeSql } from '../support/execute-sql.ts'
import { account, ask, startGateway, USER, CLIENT_KEY, type Gateway } from '../support/gateway.ts'
import { serverPlace } from '../support/server-process.ts'
import { until } from '../support/until.ts'

const OTHER_KEY = 'sk-sluice-a-key-that-was-not-used-yet'

await suite('while Postgres is away', { timeout: 120_000, concurrency: 2 }, async () => {
  for (const how of ['cut', 'hang'] as const) {
    test(`keys that are known go on, and all is settled once when it is back (${how})`, async (t) => {
      const { gateway, database } = await gatewayBehindProxy(t)
      const { upstream } = gateway
      upstream.setBehaviour([{ stream: true, behaviour: { deltas: 60, paceMs: 50 } }, { behaviour: {} }])
      const stream = await gateway.messages(ask({ stream: true }))
      database[how]()

      const startedAt = performance.now()
      for (let n = 0; n < 5; n++) assert.equal(await statusOf(gateway), 200)
      const elapsedMs = performance.now() - startedAt
      assert.ok(elapsedMs < 3000, `five requests of a known key took ${Math.round(elapsedMs)} ms`)
      assert.equal((await fetch(`${gateway.url}/readyz`)).status, 200)
      assert.match(await stream.text(), /event: message_stop/)
      assert.equal(gateway.app.backOffice.backlog().unsettledAttempts, 6)

      database.restore()
      await until('all is settled', () => gateway.app.backOffice.backlog().unsettledAttempts === 0, 30_000)
      const events = await gateway.settledEvents(6)
      assert.deepEqual(
        events.map((event) => [event.outcome, event.basis]),
        events.map(() => ['completed', 'final'])
      )
      await assertBooksAgree(gateway)
    })
  }

  test('a key that is not known is told to come back, never that it is wrong', async (t) => {
    const { gateway, database } = await gatewayBehindProxy(t)
    database.cut()
    for (const key of [OTHER_KEY, 'sk-sluice-no-such-key']) {
      const response = await gateway.messages(ask(), { headers: { 'x-api-key': key } })
      assert.equal(response.status, 503)
      assert.match(response.headers.get('retry-after') ?? '', /^[1-9]\d?$/)
      const { type, error } = (await response.json()) as { type: string; error: { type: string } }
      assert.deepEqual([type, error.type], ['error', 'api_error'])
    }
    database.restore()
    await until('the other key works', async () => (await statusOf(gateway, OTHER_KEY)) === 200)
    assert.equal(await statusOf(gateway, 'sk-sluice-no-such-key'), 401)
  })

  test('a known key is trusted no longer than CACHE_STALE_MS', async (t) => {
    const { gateway, database } = await gatewayBehindProxy(t, { CACHE_STALE_MS: '1000' })
    assert.equal(await statusOf(gateway), 200)
    database.cut()
    assert.equal(await statusOf(gateway), 200)
    await until('the key is no longer trusted', async () => (await statusOf(gateway)) === 503)
  })

  test('the backlog grows on disk up to its bound and not in memory, and a running stream is still recorded', async (t) => {
    // The key stays known, however long it takes to fill the journal.
    const { gateway, database } = await gatewayBehindProxy(t, { JOURNAL_MAX_BYTES: '1MiB', CACHE_STALE_MS: '600000' })
    const { upstream } = gateway
    upstream.setBehaviour([{ stream: true, behaviour: { breakOff: { how: 'stall', at: 'message_delta' } } }, { behaviour: {} }])
    const hangUp = new AbortController()
    const stream = await gateway.messages(ask({ stream: true }), { signal: hangUp.signal })
    database.cut()

    const statuses: number[] = []
    const send = async () => {
      while (statuses.at(-1) !== 503) statuses.push(await statusOf(gateway))
    }
    await Promise.all(Array.from({ length: 8 }, send))
    const served = statuses.filter((status) => status === 200).length
    assert.equal(statuses.filter((status) => status === 503).length, statuses.length - served)
    assert.ok(served > 700, `the journal took ${served} attempts`)
    const refused = await gateway.messages(ask())
    await refused.text()
    const connections = database.connections()
    await until('the settler has tried again, and again', () => database.connections() >= connections + 2, 30_000)
    const { bytes, unsettledAttempts, attemptsInMemory } = gateway.app.backOffice.backlog()
    assert.ok(bytes <= 1024 * 1024)
    assert.equal(unsettledAttempts, served)
    assert.ok(attemptsInMemory < 600, `${attemptsInMemory} of ${served} attempts are in memory`)
    hangUp.abort()
    await assert.rejects(stream.text())

    database.restore()
    await until('all is settled', () => gateway.app.backOffice.backlog().unsettledAttempts === 0, 30_000)
    await until('requests are taken again', async () => (await statusOf(gateway)) === 200)
    await until('that one is settled too', () => gateway.app.backOffice.backlog().unsettledAttempts === 0)
    const path = `/exchanges/${refused.headers.get('x-sluice-exchange-id')}`
    const told = await gateway.admin<{ status: number; key_name: string }>(path)
    assert.deepEqual([told.status, told.key_name], [503, 'laptop'])
    const [partial, ...others] = await gateway
      .admin<{ data: { basis: string }[] }>('/usage-events?outcome=client_closed')
      .then(dataOf)
    assert.deepEqual([partial?.basis, others.length], ['partial', 0])
    await assertBooksAgree(gateway)
  })
})

await suite('a second process on the same Postgres', { timeout: 120_000, concurrency: 2 }, async () => {
  const env = { LEASE_TTL_MS: '1500', DRAIN_DELAY_MS: '0' }

  test('is refused while the first lives', async (t) => {
    const first = await serverPlace(t, { database: 'postgres', env })
    const life = await first.start()
    const second = await serverPlace(t, { database: 'none', env })
    const late = second.spawn(sharedDatabase(first.env))
    assert.deepEqual(await late.ends(), { code: 1, signal: null })
    assert.match(late.stderr(), /^Another Sluice \(instance [\w-]+\) is running on this database/)
    assert.equal((await fetch(`${first.url}/readyz`)).status, 200)

    life.kill('SIGTERM')
    await life.ends()
    await second.start(sharedDatabase(first.env))
  })

  test('says that it waits for the claim of one that was killed, and takes over once that has run out', async (t) => {
    const first = await serverPlace(t, { database: 'postgres', env: { ...env, LEASE_TTL_MS: '60000' } })
    const life = await first.start()
    life.kill('SIGKILL')
    await life.ends()
    const second = await serverPlace(t, { database: 'none', env })
    const next = second.spawn(sharedDatabase(first.env))
    await until('it is told', () => next.stdout().includes('the start waits for'))
    const waits = linesOf(next.stdout()).find(({ atMostMs }) => atMostMs !== undefined)
    assert.ok(waits?.atMostMs)
    const seconds = Math.ceil(waits.atMostMs / 1000)
    assert.ok(seconds > 0 && seconds <= 60, `it waits for ${seconds} s`)
    const instance = (await readFile(join(first.dataDir, 'instance-id'), 'utf8')).trim()
    assert.deepEqual([waits.level, waits.instance], [40, instance])
    assert.ok(
      waits.msg.startsWith(`the start waits for ${seconds} s at most: another Sluice (instance ${instance}) `),
      waits.msg
    )
    await executeSql(first.env.DATABASE_URL ?? '', 'update instances set expires_at = clock_timestamp()')
    await next.ready()
    await until('it goes on', () => next.stdout().includes('the claim of the other instance is gone'))
  })
})

/** A gateway that has seen its one key, and asks again at each request. */
async function gatewayBehindProxy(t: TestContext, env: Record<string, string> = {}) {
  const database = await databaseProxy(await postgresUrl(t))
  // These run in their order: the gateway, which is closed in between, settles the rest.
  t.after(() => database.restore())
  const gateway = await startGateway(t, {
    env: { DATABASE_URL: database.url, CACHE_FRESH_MS: '0', CACHE_STALE_MS: '60000', ...env },
    declared: (upstreamUrl) => ({
      accounts: [account('main', upstreamUrl, { concurrency: 0 })],
      users: [user(USER, CLIENT_KEY), user('other@example.com', OTHER_KEY)]
    })
  })
  t.after(() => database.close())
  assert.equal((await gateway.messages(ask({ model: 'claude-haiku-5-5' }), { path: '/v1/messages/count_tokens' })).status, 200)
  return { gateway, database }
}

function user(email: string, key: string) {
  return { email, concurrency: 0, balance_usd: '1000', keys: [{ name: 'laptop', key }] }
}

async function statusOf(gateway: Gateway, key = CLIENT_KEY): Promise<number> {
  const response = await gateway.messages(ask(), { headers: { 'x-api-key': key } })
  await response.arrayBuffer()
  return response.status
}

function dataOf<T>({ data }: { data: T[] }): T[] {
  return data
}

/** Every message the upstream began has one event, and the balance is what the ledger says. */
async function assertBooksAgree({ app, upstream }: Gateway) {
  const { rows } = await app.pg.pool.query<{ ids: string[]; events: number; charged: string; spent: string; entries: number }>(
    `select array_agg(upstream_request_id) as ids, count(*)::int as events, sum(charged_usd)::text as charged,
       (select sum(1000 - balance_usd)::text from users) as spent,
       (select count(*)::int from ledger_entries where kind = 'usage') as entries
     from usage_events`
  )
  const { ids, events, charged, spent, entries } = rows[0]!
  assert.deepEqual(ids.sort(), upstream.messageStarts.map((start) => start.requestId).sort())
  assert.equal(entries, events)
  assert.equal(charged, spent)
}

function linesOf(log: string) {
  const line = (text: string) => JSON.parse(text) as { level: number; msg: string; instance?: string; atMostMs?: number }
  return log.split('\n').slice(0, -1).map(line)
}

function sharedDatabase({ DATABASE_URL, SLUICE_SECRET_KEY }: Readonly<Record<string, string>>): Record<string, string> {
  return { DATABASE_URL: DATABASE_URL!, SLUICE_SECRET_KEY: SLUICE_SECRET_KEY! }
}
