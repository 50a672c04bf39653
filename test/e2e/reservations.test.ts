import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { postgresUrl } from '../support/databases.ts'
import { readExposition, valueOf } from '../support/exposition.ts'
import { account, ask, refusalOf, saying, startGateway, user, waitingOf, type Gateway } from '../support/gateway.ts'
import { startRedisServer } from '../support/redis-server.ts'
import { until } from '../support/until.ts'

const declared = (upstreamUrl: string, changes: object) => ({
  users: [user({ concurrency: 0, ...changes })],
  accounts: [account('main', upstreamUrl, { concurrency: 0 })]
})

const reservedIn = (gateways: readonly Gateway[]) =>
  gateways.reduce((sum, { app }) => sum + app.reservations.sizes().budgets + app.reservations.sizes().untold, 0)

/** Sends so many at once, in turn, of which the upstream answers none. The returned function hangs up on them. */
async function sendAtOnce(gateways: readonly Gateway[], count: number) {
  const hangUp = new AbortController()
  for (const { upstream } of gateways) upstream.setBehaviour({ breakOff: { how: 'stall', at: 'before-headers' } })
  const refused: Awaited<ReturnType<typeof refusalOf>>[] = []
  const sent = Array.from({ length: count }, async (_, n) => {
    const response = await gateways[n % gateways.length]!.messages(saying(`one of many ${randomUUID()}`), {
      signal: hangUp.signal
    }).catch(() => null)
    if (response !== null) refused.push(await refusalOf(response))
  })
  const hungUp = async () => {
    hangUp.abort()
    await Promise.all(sent)
    for (const { upstream } of gateways) upstream.setBehaviour({})
    await until('nothing is reserved', () => reservedIn(gateways) === 0)
  }
  return { refused, hungUp }
}

async function isServed(gateway: Gateway): Promise<void> {
  const response = await gateway.messages(ask())
  assert.equal(response.status, 200, await response.clone().text())
  await response.arrayBuffer()
}

test('of many requests at the last dollar of a wallet one is sent, the others are told to come back, and why', async (t) => {
  const gateway = await startGateway(t, { declared: (url) => declared(url, { balance_usd: '0.0001' }) })
  const { refused, hungUp } = await sendAtOnce([gateway], 6)
  await until('all others are refused', () => refused.length === 5)
  assert.equal(gateway.upstream.stats.inFlight, 1)
  for (const { status, type, headers } of refused) {
    assert.deepEqual([status, type, headers.get('retry-after')], [429, 'rate_limit_error', '10'])
    assert.equal(headers.get('x-should-retry'), null)
  }
  const metrics = readExposition(await (await gateway.getAdmin('/metrics')).text())
  assert.ok(valueOf(metrics, 'sluice_reserved_usd', { budget: 'wallet' }) > 0)
  const id = refused[0]!.headers.get('x-sluice-exchange-id')!
  await gateway.app.backOffice.tell()
  const { limits } = await gateway.admin<{ limits: { name: string; outcome: string; detail: string | null }[] }>(
    `/exchanges/${id}`
  )
  const { outcome, detail } = limits.find(({ name }) => name === 'reservation')!
  assert.deepEqual(
    [outcome, detail],
    ['refused', 'What is left of your credit balance is reserved by requests in flight, please retry later']
  )
  await hungUp()
  await isServed(gateway)
  await until('nothing is reserved', () => reservedIn([gateway]) === 0)
})

test('what waits for a slot reserves nothing, and who leaves the queue leaves nothing', async (t) => {
  const gateway = await startGateway(t, { declared: (url) => declared(url, { concurrency: 1, balance_usd: '0.0001' }) })
  const { refused, hungUp } = await sendAtOnce([gateway], 3)
  await until('two wait', async () => (await waitingOf(gateway)) === 2)
  const one = gateway.app.reservations.reserved().get('wallet')!
  assert.ok(one > 0n && one < 10_000_000n)
  assert.equal(gateway.app.reservations.sizes().budgets, 1)
  await hungUp()
  assert.deepEqual(refused, [])
  await isServed(gateway)
})

async function startReplicas(t: TestContext) {
  const [redis, databaseUrl] = [await startRedisServer(t), await postgresUrl(t)]
  const first = await startGateway(t, { redis, databaseUrl, declared: (url) => declared(url, {}) })
  const second = await startGateway(t, { redis, databaseUrl, declared: () => declared(first.upstream.url, {}) })
  const { pool } = first.app.pg
  await pool.query(`with t as (insert into teams (name, monthly_limit_usd) values ('core', 0.0001) returning id),
    m as (insert into team_members (team_id, user_id) select t.id, u.id from t, users u)
    update api_keys set team_id = t.id from t`)
  return { redis, first, second }
}

test('of many requests to two replicas at the last dollar of a pool one is sent', async (t) => {
  const { first, second } = await startReplicas(t)
  const { refused, hungUp } = await sendAtOnce([first, second], 12)
  await until('all others are refused', () => refused.length === 11)
  assert.equal(first.upstream.stats.inFlight, 1)
  assert.ok(refused.every(({ type, message }) => type === 'rate_limit_error' && message.includes("API key's team")))
  await hungUp()
  await isServed(second)
  await second.settled()
  const { status, type, message } = await refusalOf(await first.messages(ask()))
  assert.deepEqual([status, type], [429, 'billing_error'])
  assert.match(message, /^spend limit of team core reached \(monthly; resets .+ UTC\); a lead of the team can have it raised$/)
})

test('with Redis away each replica sends what it knows itself to have room for, and streams go on', async (t) => {
  const { redis, first, second } = await startReplicas(t)
  await redis.stop()
  const { refused, hungUp } = await sendAtOnce([first, second], 12)
  await until('all others are refused', () => refused.length === 10)
  assert.equal(first.upstream.stats.inFlight, 2)
  await redis.start()
  await until('all is told', () => [first, second].every(({ app }) => app.reservations.sizes().untold === 0))
  assert.equal(first.upstream.stats.inFlight, 2)
  await hungUp()
})
