import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { postgresUrl } from '../support/databases.ts'
import { readInBackground } from '../support/event-stream.ts'
import { account, ask, occupy, saying, startGateway, user, waitingOf, type Gateway } from '../support/gateway.ts'
import { startRedisServer } from '../support/redis-server.ts'
import { readExposition, valueOf } from '../support/exposition.ts'
import { until } from '../support/until.ts'

/** A Redis that is frozen is given up after so long, and a request is served from here then. */
/** It is noticed after 0.7 s; the connection itself waits for 5 s. */
const NOTICED_MS = 4000

const withUser = (concurrency: number) => (upstreamUrl: string) => ({
  users: [user({ concurrency })],
  accounts: [account('main', upstreamUrl, { concurrency: 0 })]
})

const stateIs = (gateway: Gateway, state: string) =>
  until(`slots are ${state}`, () => gateway.app.slotSharing.state() === state, 20_000)

async function untilWaiting(gateway: Gateway, count: number) {
  await until(`${count} requests wait`, async () => (await waitingOf(gateway)) === count)
}

const logged = ({ logs }: Gateway, message: string) => logs.filter((line) => line.includes(message)).length
const AWAY = 'this process grants slots alone'
const BACK = 'slots are shared with all replicas again'

/** What the upstream got, in this order. */
const servedBy = ({ upstream }: Gateway) => upstream.requests.map(({ body }) => /number \d/.exec(body.toString())?.[0])

async function statusOf(response: Promise<Response>): Promise<number> {
  const { status, body } = await response
  for await (const _chunk of body ?? []) void _chunk
  return status
}

/** Two gateways on one database and one Redis, before one upstream. */
async function startReplicas(t: TestContext, concurrency: number) {
  const [redis, databaseUrl] = [await startRedisServer(t), await postgresUrl(t)]
  const first = await startGateway(t, { redis, databaseUrl, declared: withUser(concurrency) })
  const declared = () => withUser(concurrency)(first.upstream.url)
  const second = await startGateway(t, { redis, databaseUrl, declared })
  for (const gateway of [first, second]) {
    await stateIs(gateway, 'shared')
    await until('both replicas are seen', () => gateway.app.slotSharing.replicas() === 2, 20_000)
  }
  return { redis, first, second, upstream: first.upstream }
}

/** What an operator can see of it. */
async function toldOf(gateway: Gateway) {
  const response = await fetch(`${gateway.url}/readyz`)
  const { slots, replicas } = (await response.json()) as { slots: string; replicas: number }
  const metrics = readExposition(await (await gateway.getAdmin('/metrics')).text())
  return {
    status: response.status,
    slots,
    replicas,
    localInMetrics: valueOf(metrics, 'sluice_slots_state', { state: 'local' }),
    replicasInMetrics: valueOf(metrics, 'sluice_replicas')
  }
}

await suite('while Redis is away', { timeout: 180_000 }, async () => {
  test('streams go on, waiters are served in order, new requests at the divided limit; when it is back, limits are exact', async (t) => {
    const { redis, first, second, upstream } = await startReplicas(t, 2)
    upstream.setBehaviour({ deltas: 40, paceMs: 50 })
    const running = [
      readInBackground(await first.messages(saying('number 1', { stream: true }))),
      readInBackground(await second.messages(saying('number 2', { stream: true })))
    ]
    const waiting: Promise<number>[] = []
    for (const n of [3, 4, 5]) {
      waiting.push(statusOf(first.messages(saying(`number ${n}`))))
      await untilWaiting(first, n - 2)
    }
    assert.equal(upstream.stats.maxInFlight, 2)
    await redis.stop()
    await Promise.all([stateIs(first, 'local'), stateIs(second, 'local')])
    assert.deepEqual(await toldOf(first), { status: 200, slots: 'local', replicas: 2, localInMetrics: 1, replicasInMetrics: 2 })
    const late = statusOf(first.messages(saying('number 6')))
    assert.deepEqual(await Promise.all([...waiting, late]), [200, 200, 200, 200])
    for (const { done } of running) assert.match(await done, /event: message_stop/)
    assert.deepEqual(servedBy(first), ['number 1', 'number 2', 'number 3', 'number 4', 'number 5', 'number 6'])
    assert.ok(upstream.stats.maxInFlight <= 2 + 2, `${upstream.stats.maxInFlight} in flight`)

    upstream.reset()
    upstream.setBehaviour({ delayHeadersMs: 100 })
    const alone = await Promise.all(Array.from({ length: 6 }, () => statusOf(first.messages(ask()))))
    assert.deepEqual([new Set(alone), upstream.stats.maxInFlight], [new Set([200]), 1])

    await redis.start()
    await Promise.all([stateIs(first, 'shared'), stateIs(second, 'shared')])
    await until('it is told', async () => (await toldOf(first)).slots === 'shared')
    assert.equal((await toldOf(first)).localInMetrics, 0)
    upstream.reset()
    upstream.setBehaviour({ delayHeadersMs: 20 })
    const together = Array.from({ length: 20 }, (_, n) => statusOf((n % 2 === 0 ? first : second).messages(ask())))
    assert.deepEqual(new Set(await Promise.all(together)), new Set([200]))
    assert.equal(upstream.stats.maxInFlight, 2)
    for (const gateway of [first, second]) {
      // On a machine that is busy with other tests Redis may seem to be away once more.
      assert.ok(logged(gateway, AWAY) >= 1)
      assert.equal(logged(gateway, BACK), logged(gateway, AWAY))
      await until('nothing is held', async () => (await gateway.slots()).length === 0)
    }
  })

  test('what runs when it comes back counts', async (t) => {
    const redis = await startRedisServer(t)
    const gateway = await startGateway(t, { redis, declared: withUser(2), env: { PING_INTERVAL_MS: '50' } })
    await stateIs(gateway, 'shared')
    const before = await occupy(gateway, 1)
    await redis.stop()
    await stateIs(gateway, 'local')
    const during = await occupy(gateway, 1)
    await redis.start()
    await stateIs(gateway, 'shared')
    const next = readInBackground(await gateway.messages(ask({ stream: true })))
    await until('the next one waits', () => next.text.includes('event: ping'))
    assert.equal(gateway.upstream.stats.inFlight, 2)
    await before()
    assert.match(await next.done, /event: message_stop/)
    await during()
    await until('nothing is held', async () => (await gateway.slots()).length === 0)
  })

  test('a gateway starts without it, says so once, and shares its slots when it is there', async (t) => {
    const redis = await startRedisServer(t)
    await redis.stop()
    const gateway = await startGateway(t, { redis })
    assert.equal(await statusOf(gateway.messages(ask())), 200)
    await stateIs(gateway, 'local')
    assert.equal((await fetch(`${gateway.url}/readyz`)).status, 200)
    assert.equal(logged(gateway, AWAY), 1)
    await redis.start()
    await stateIs(gateway, 'shared')
    assert.equal(await statusOf(gateway.messages(ask())), 200)
    assert.equal(logged(gateway, BACK), logged(gateway, AWAY))
  })

  test('when it is frozen requests go on within about a second', async (t) => {
    const redis = await startRedisServer(t)
    const gateway = await startGateway(t, { redis })
    await stateIs(gateway, 'shared')
    assert.equal(await statusOf(gateway.messages(ask())), 200)
    redis.freeze()
    const startedAt = performance.now()
    assert.equal(await statusOf(gateway.messages(ask())), 200)
    const elapsedMs = performance.now() - startedAt
    assert.ok(elapsedMs < NOTICED_MS, `it took ${Math.round(elapsedMs)} ms`)
    t.diagnostic(`the first request after the freeze took ${Math.round(elapsedMs)} ms`)
    const freeze = await occupy(gateway, 2)
    redis.thaw()
    await stateIs(gateway, 'shared')
    await freeze()
    await until('nothing is held', async () => (await gateway.slots()).length === 0)
  })
})

test(
  'a request asks Redis for slots twice before it is forwarded, and gives back what it took after it',
  { timeout: 60_000 },
  async (t) => {
    const redis = await startRedisServer(t)
    // Nothing is renewed meanwhile.
    const gateway = await startGateway(t, { redis, env: { LEASE_TTL_MS: '600000' } })
    await stateIs(gateway, 'shared')
    const headers = { 'x-claude-code-session-id': '00000000-0000-4000-8000-000000000001' }
    const send = (stream: boolean) => statusOf(gateway.messages(ask({ stream }), { headers }))
    // The first sends the scripts themselves, and binds the session.
    for (const stream of [true, false]) assert.equal(await send(stream), 200)
    await until('nothing is held', async () => (await gateway.slots()).length === 0)

    const monitor = await redis.client.monitor()
    t.after(() => monitor.disconnect())
    let asked: string[] = []
    monitor.on('monitor', (_at: string, [command, script, , key]: string[], source: string) => {
      // What budgets and brakes have to tell is told beside the request, together with what others have.
      if (key?.includes('{money}') || key?.includes(':brake:')) return
      if (source !== 'lua' && command?.toLowerCase() === 'evalsha') asked.push(script ?? '')
    })
    // It asks by itself whether it missed a message.
    await until('it has asked by itself', () => asked.length >= 2)
    const byItself = new Set(asked)
    const forRequest = () => asked.filter((script) => !byItself.has(script)).length
    for (const stream of [true, false]) {
      asked = []
      gateway.upstream.setBehaviour({ delayHeadersMs: 500 })
      const { total } = gateway.upstream.stats
      const sent = send(stream)
      await until('it is forwarded', () => gateway.upstream.stats.total > total)
      await until('two are seen', () => forRequest() >= 2)
      assert.equal(forRequest(), 2)
      assert.equal(await sent, 200)
      await until('all is given back', () => forRequest() >= 5)
      assert.equal(forRequest(), 5)
    }
  }
)

await suite('two replicas', { timeout: 180_000 }, async () => {
  test('a limit holds across both, and who waits at one is served when the other has a slot to spare', async (t) => {
    const { first, second, upstream } = await startReplicas(t, 3)
    upstream.setBehaviour({ delayHeadersMs: 10 })
    // On a slow machine few of the first twenty are in flight at once.
    await until('all slots are in use at once', async () => {
      const requests = Array.from({ length: 20 }, (_, n) => statusOf((n % 2 === 0 ? first : second).messages(ask())))
      assert.deepEqual(new Set(await Promise.all(requests)), new Set([200]))
      return upstream.stats.maxInFlight >= 3
    })
    assert.equal(upstream.stats.maxInFlight, 3)
    for (const gateway of [first, second]) await until('nothing is held', async () => (await gateway.slots()).length === 0)
  })

  test('a Redis emptied under load lets no limit be passed, and no request fails', async (t) => {
    const { redis, first, second, upstream } = await startReplicas(t, 3)
    upstream.setBehaviour({ delayHeadersMs: 15 })
    const over = new AbortController()
    const statuses = new Set<number>()
    const clients = Array.from({ length: 12 }, async (_, n) => {
      const gateway = n % 2 === 0 ? first : second
      while (!over.signal.aborted) statuses.add(await statusOf(gateway.messages(ask())))
    })
    for (let flush = 1; flush <= 8; flush++) {
      const { total } = upstream.stats
      await until('some were served', () => upstream.stats.total >= total + 15)
      await redis.flushAll()
    }
    over.abort()
    await Promise.all(clients)
    assert.deepEqual([...statuses], [200])
    assert.equal(upstream.stats.maxInFlight, 3)
    for (const gateway of [first, second]) {
      await until('nothing is held', async () => (await gateway.slots()).length === 0)
      assert.equal(gateway.app.slotSharing.state(), 'shared')
    }
  })
})
