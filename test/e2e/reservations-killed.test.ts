import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { readInBackground } from '../support/event-stream.ts'
import { account, CLIENT_KEY, refusalOf, saying, startGateway, user, USER, type Gateway } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { startRedisServer } from '../support/redis-server.ts'
import { serverPlace } from '../support/server-process.ts'
import { until } from '../support/until.ts'

/** Five cents: what each request costs, and is expected to once one was served. */
const USAGE = { inputTokens: 0, outputTokens: 2500, cacheReadTokens: 0, cacheCreation5mTokens: 0, cacheCreation1hTokens: 0 }
const LIMIT = '0.325'

const declared = (upstreamUrl: string) => ({
  groups: [{ name: 'default', kind: 'balance' }],
  users: [user({ concurrency: 0, keys: [{ name: 'laptop', key: CLIENT_KEY, team: 'core' }] })],
  teams: [{ name: 'core', monthly_limit_usd: LIMIT, members: [{ user: USER }] }],
  accounts: [account('main', upstreamUrl, { concurrency: 0 })]
})

/** A replica in this process, and one that can be killed. */
async function startReplicas(t: TestContext) {
  const redis = await startRedisServer(t)
  const place = await serverPlace(t, { env: { REDIS_URL: redis.url, LEASE_TTL_MS: '4000', DRAIN_DELAY_MS: '0' } })
  const alive = await startGateway(t, { redis, databaseUrl: place.env['DATABASE_URL']!, declared })
  // A stream is held before its last usage, anything else is answered at once.
  alive.upstream.setBehaviour([
    { stream: true, behaviour: { holdAt: 'message_delta', usage: USAGE, deltas: 20 } },
    { behaviour: { usage: USAGE } }
  ])
  return { redis, place, alive, victim: await place.start() }
}

type Asked = { messages: (body: object, init?: { signal?: AbortSignal }) => Promise<Response> }

const asked = (stream: boolean) => saying('a long story', { stream, max_tokens: 3000 })

async function served({ messages }: Asked): Promise<void> {
  const response = await messages(asked(false))
  assert.equal(response.status, 200, await response.text())
}

async function refusedWith({ messages }: Asked, type: string, words: RegExp): Promise<void> {
  const refusal = await refusalOf(await messages(asked(false)))
  assert.deepEqual([refusal.status, refusal.type], [429, type], refusal.message)
  assert.match(refusal.message, words)
}

/** A stream that is held; whoever is killed breaks it off. */
async function streaming({ messages }: Asked) {
  const response = await messages(asked(true))
  assert.equal(response.status, 200)
  const reading = readInBackground(response)
  const done = reading.done.catch(() => 'broken off')
  await until('it streams', () => reading.text.includes('content_block_delta'))
  return { done }
}

/** What is spent meanwhile is in journals alone. */
async function whileNothingGetsOnRecord<T>({ app }: Gateway, work: () => Promise<T>): Promise<T> {
  const client = await app.pg.pool.connect()
  try {
    await client.query('begin; select from users for no key update')
    return await work()
  } finally {
    await client.query('rollback')
    client.release()
  }
}

test(
  'what a killed replica had reserved ends with its lease, and what it had spent counts once, when its journal is read',
  { timeout: 400_000 },
  async (t) => {
    const { redis, place, alive, victim } = await startReplicas(t)
    const { call, row } = operatorOf(alive)
    const areOnRecord = async (count: number) => (await alive.events()).length >= count
    const usedNow = async () => {
      const { body } = await call('GET', '/teams/core')
      return (body['spending'] as { kind: string; used_usd: string }[]).find(({ kind }) => kind === 'month')!.used_usd
    }
    for (const replica of [alive, place]) await served(replica)
    await until('both are on record', () => areOnRecord(2))

    const streams = await whileNothingGetsOnRecord(alive, async () => {
      await served(place)
      const begun = [await streaming(place), await streaming(place), await streaming(place), await streaming(place)]
      for (const replica of [place, alive]) {
        await refusedWith(replica, 'rate_limit_error', /team is reserved by requests in flight/)
      }
      victim.kill('SIGKILL')
      await victim.exited
      return begun
    })
    assert.deepEqual(
      await Promise.all(streams.map(({ done }) => done)),
      streams.map(() => 'broken off')
    )
    await until('its lease is over', async () => {
      const response = await alive.messages(asked(false))
      await response.arrayBuffer()
      return response.status === 200
    })
    await until('that one is on record', () => areOnRecord(3))
    assert.equal(await usedNow(), '0.15')
    await until(
      'nothing of it is left',
      () => alive.app.reservations.sizes().budgets + alive.app.reservations.sizes().untold === 0
    )
    const { id: team } = await row('teams', () => true)
    const fields = Object.keys(await redis.client.hgetall(`sluice:{money}:team:${team}`))
    assert.deepEqual(
      fields.filter((field) => field.startsWith('o|')),
      []
    )

    await place.start()
    await until('its journal is on record', () => areOnRecord(8))
    const recorded = await alive.events()
    const outcomes = recorded.map(({ outcome, basis }) => `${outcome} ${basis}`).toSorted()
    assert.deepEqual(outcomes, [
      ...Array.from({ length: 4 }, () => 'completed final'),
      ...Array.from({ length: 4 }, () => 'interrupted partial')
    ])
    assert.equal(new Set(recorded.map(({ exchange_id: id }) => id)).size, 8)
    const sum = recorded.reduce((total, { charged_usd: usd }) => total + Math.round(Number(usd) * 1e9), 0)
    assert.ok(sum > 200_000_000, 'what was streamed is charged')
    assert.equal(Math.round(Number(await usedNow()) * 1e9), sum)
    assert.equal(Math.round(Number(await alive.balance()) * 1e9), 100e9 - sum)

    // The last cent of the pool: one is sent at one replica, which the other knows of.
    const limit = String((sum + 1000) / 1e9)
    assert.equal((await call('PATCH', '/teams/core', { monthly_limit_usd: limit })).status, 200)
    const last = await streaming(place)
    await refusedWith(alive, 'rate_limit_error', /team is reserved by requests in flight/)
    alive.upstream.letGo()
    assert.match(await last.done, /message_stop/)
    await until('it is on record', () => areOnRecord(9))
    for (const replica of [alive, place]) await refusedWith(replica, 'billing_error', /^spend limit of team core reached/)
  }
)
