import Anthropic from '@anthropic-ai/sdk'
import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'
import { askFor, brakedUser, pauseOf, pausesOf, refusedBy, served, SEVEN_CENTS } from '../support/braked-requests.ts'
import { databaseProxy } from '../support/database-proxy.ts'
import { postgresUrl } from '../support/databases.ts'
import { account, CLIENT_KEY, MODEL, startGateway, USER, type Gateway } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { signIn } from '../support/person.ts'
import { startRedisServer } from '../support/redis-server.ts'
import { serverPlace } from '../support/server-process.ts'
import { until } from '../support/until.ts'

/** Two gateways on one database and one Redis, before one upstream. */
async function startReplicas(t: TestContext, brakes: object) {
  const [redis, databaseUrl] = [await startRedisServer(t), await postgresUrl(t)]
  const users = [brakedUser(brakes)]
  const first = await startGateway(t, { redis, databaseUrl, declared: () => ({ users }) })
  const accounts = [account('main', first.upstream.url)]
  const second = await startGateway(t, { redis, databaseUrl, declared: () => ({ users, accounts }) })
  first.upstream.setBehaviour({ usage: SEVEN_CENTS })
  await untilShared(first, second)
  return { redis, first, second }
}

async function untilShared(...gateways: Gateway[]): Promise<void> {
  const isShared = ({ app: { slotSharing } }: Gateway) =>
    slotSharing.state() === 'shared' && slotSharing.replicas() === gateways.length
  await until('the replicas see each other', () => gateways.every(isShared), 20_000)
}

/** As soon as another replica has told of it. */
const untilPaused = (gateway: Gateway, session: string) =>
  until('it is paused there too', async () => {
    const response = await askFor(gateway, { session })
    await response.arrayBuffer()
    return response.status === 429
  })

await suite('brakes of several replicas', { timeout: 400_000 }, async () => {
  test('count together, and what one of them pauses is paused at all, until it is resumed at any', async (t) => {
    const { first, second } = await startReplicas(t, { session_requests: 3, agent_spend_usd: 0.2 })
    for (const gateway of [first, second, first]) await served(gateway, { session: 'one' })
    await refusedBy(second, { session: 'one' }, /^paused: the (session made 4 requests|agent spent 0\.2)/)
    const id = await pauseOf(second, { session: 'one' })
    await untilPaused(first, 'one')
    for (const gateway of [first, second]) {
      assert.equal(await pauseOf(gateway, { session: 'one' }), id)
      await served(gateway, { session: 'two' })
    }
    assert.equal((await pausesOf(first)).length, 1)
    await operatorOf(first).call('POST', `/pauses/${id}/resume`)
    await served(first, { session: 'one' })
    await until('it is served at the other', async () => (await askFor(second, { session: 'one' })).status === 200)
  })

  test('that are reached at two at once make one pause', async (t) => {
    const { first, second } = await startReplicas(t, { key_requests: 1 })
    await Promise.all([first, second, first, second].map(async (gateway) => (await askFor(gateway, {})).arrayBuffer()))
    await untilPaused(first, 'any')
    await untilPaused(second, 'any')
    assert.equal(await pauseOf(first, {}), await pauseOf(second, {}))
    assert.equal((await pausesOf(first)).length, 1)
    const { data } = await first.admin<{ data: { action: string }[] }>('/audit-log?action=pause.created')
    assert.equal(data.length, 1)
  })

  test('count each for itself while Redis is away, and pause at all as ever', async (t) => {
    const { redis, first, second } = await startReplicas(t, { session_requests: 2 })
    await redis.stop()
    for (const gateway of [first, second, first, second]) await served(gateway, { session: 'one' })
    await refusedBy(first, { session: 'one' }, /^paused: the session made 3 requests/)
    await untilPaused(second, 'one')
    await redis.start()
    await untilShared(first, second)
    await refusedBy(first, { session: 'one' }, /^paused: /)
  })
})

await suite('a pause', { timeout: 400_000 }, async () => {
  test('holds while Postgres is away, and is on record once it is back', async (t) => {
    const proxy = await databaseProxy(await postgresUrl(t))
    const gateway = await startGateway(t, {
      databaseUrl: proxy.url,
      declared: () => ({ users: [brakedUser({ session_requests: 1 })] })
    })
    t.after(() => proxy.close())
    await served(gateway, { session: 'one' })
    proxy.cut()
    await refusedBy(
      gateway,
      { session: 'one' },
      /^paused: the session made 2 requests in a minute \(limit 1\); see `sluice pauses`$/
    )
    await refusedBy(gateway, { session: 'one' }, /^paused: /)
    await served(gateway, { session: 'two' })
    proxy.restore()
    await until('it is on record', async () => (await pausesOf(gateway).catch(() => [])).length === 1, 20_000)
    const [pause] = await pausesOf(gateway)
    assert.equal(await pauseOf(gateway, { session: 'one' }), pause!['id'])
  })

  test('outlasts kill -9', async (t) => {
    const upstream = await startSimulatedUpstream()
    t.after(() => upstream.close())
    const declared = {
      groups: [{ name: 'default', kind: 'balance' }],
      accounts: [account('main', upstream.url)],
      users: [brakedUser({ session_requests: 1 })]
    }
    const place = await serverPlace(t, { declared, env: { PRIVATE_UPSTREAMS: '127.0.0.1' } })
    const life = await place.start()
    await served(place, { session: 'one' })
    assert.equal(await pauseOf(place, { session: 'one' }), '1')
    life.kill('SIGKILL')
    await life.exited
    await place.start()
    await refusedBy(place, { session: 'one' }, /^paused: the session made 2 requests .* resume with `sluice resume 1`/)
    await served(place, { session: 'two' })
  })

  test('raises in the official SDK at once, and tells how to go on', async (t) => {
    const gateway = await startGateway(t, { declared: () => ({ users: [brakedUser({ key_requests: 1 })] }) })
    let asked = 0
    const counting: typeof fetch = (...request) => {
      asked++
      return fetch(...request)
    }
    const client = new Anthropic({ baseURL: gateway.url, apiKey: CLIENT_KEY, maxRetries: 5, fetch: counting })
    const params = { model: MODEL, max_tokens: 100, messages: [{ role: 'user' as const, content: 'hello' }] }
    await client.messages.create(params)
    for (const stream of [false, true]) {
      const failure: unknown = await client.messages.create({ ...params, stream }).then(
        () => assert.fail('it should have failed'),
        (error: unknown) => error
      )
      assert.ok(failure instanceof Anthropic.RateLimitError)
      assert.match(failure.message, /billing_error.*paused: the key made 2 requests in a minute \(limit 1\); resume with/)
    }
    assert.deepEqual([asked, gateway.upstream.requests.length], [3, 1])
  })

  test('by a brake is ended by whose key it is, and by nobody else', async (t) => {
    const users = [brakedUser({ session_requests: 1 }), { email: 'other@example.com', concurrency: 1 }]
    const gateway = await startGateway(t, { declared: () => ({ users }) })
    await served(gateway, { session: 'one' })
    const id = await pauseOf(gateway, { session: 'one' })
    const [person, other] = [await signIn(gateway, USER), await signIn(gateway, 'other@example.com')]
    const listed = async (who: typeof person) =>
      ((await who.call('GET', '/me/v1/pauses?status=active')).body['data'] as { id: string; reason: string }[]).map(
        (one) => one.id
      )
    assert.deepEqual([await listed(person), await listed(other)], [[id], []])
    assert.equal((await other.call('POST', `/me/v1/pauses/${id}/resume`)).status, 404)
    assert.equal((await person.call('POST', `/me/v1/pauses/${id}/resume`)).status, 200)
    await served(gateway, { session: 'one' })
    assert.deepEqual(await listed(person), [])
  })

  test('by a brake is ended by who leads the team of the key, too', async (t) => {
    const lead = 'lead@example.com'
    const users = [brakedUser({ session_requests: 1 }), { email: lead, concurrency: 1 }]
    const gateway = await startGateway(t, { declared: () => ({ users }) })
    await gateway.app.pg.pool.query(
      `with made as (insert into teams (name) values ('red') returning id), member as (
         insert into team_members (team_id, user_id, role)
         select made.id, u.id, case when u.email = $1 then 'lead' else 'member' end from made, users u
       ) update api_keys set team_id = made.id from made where name = 'laptop'`,
      [lead]
    )
    await served(gateway, { session: 'one' })
    const id = await pauseOf(gateway, { session: 'one' })
    const [leading, member] = [await signIn(gateway, lead), await signIn(gateway, USER)]
    assert.equal((await member.call('GET', '/me/v1/pauses?team=red')).status, 400)
    assert.deepEqual((await leading.call('GET', '/me/v1/pauses')).body['data'], [])
    const { data } = (await leading.call('GET', '/me/v1/pauses?team=red')).body as { data: { id: string; team: string }[] }
    assert.deepEqual(
      data.map((pause) => [pause.id, pause.team]),
      [[id, 'red']]
    )
    assert.equal((await leading.call('POST', `/me/v1/pauses/${id}/resume`)).status, 200)
    await served(gateway, { session: 'one' })
  })

  test('is made and ended by hand, which its owner may not end', async (t) => {
    const gateway = await startGateway(t, { declared: () => ({ users: [brakedUser({})] }) })
    const operator = operatorOf(gateway)
    const session = 'a name with spaces'
    const made = await operator.call('POST', '/pauses', { user: 'Dev@example.com', key: 'laptop', session, reason: 'it loops' })
    assert.equal(made.status, 201, made.text)
    assert.match(String(made.body['session']), /^~/)
    await refusedBy(gateway, { session }, /^paused: it loops; resume with/)
    await served(gateway, { session: 'another' })
    const again = await operator.refusal('POST', '/pauses', {
      user: 'dev@example.com',
      key: 'laptop',
      session,
      reason: 'again'
    })
    assert.deepEqual(again, [409, `it is paused already, by pause ${String(made.body['id'])}`])
    const unknown = await operator.refusal('POST', '/pauses', { user: 'dev@example.com', key: 'desktop', reason: 'x' })
    assert.deepEqual(unknown, [400, 'key: dev@example.com has no key desktop'])
    await operator.call('POST', `/pauses/${String(made.body['id'])}/resume`)
    await served(gateway, { session })
    await operator.call('POST', '/pauses', { user: 'dev@example.com', key: 'laptop', reason: 'all of it', minutes: 5 })
    await refusedBy(gateway, { session: 'another' }, /^paused: all of it/)
    const person = await signIn(gateway, USER)
    const [held] = await pausesOf(gateway)
    assert.equal((await person.call('POST', `/me/v1/pauses/${String(held!['id'])}/resume`)).status, 403)
    await refusedBy(gateway, {}, /^paused: all of it/)
  })
})
