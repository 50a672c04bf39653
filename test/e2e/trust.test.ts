import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { databaseProxy } from '../support/database-proxy.ts'
import { migratedUrl, postgresUrl } from '../support/databases.ts'
import { account, ADMIN_TOKEN, ask, startGateway, user, type Gateway } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { signIn } from '../support/person.ts'
import { startRedisServer } from '../support/redis-server.ts'
import { serverPlace } from '../support/server-process.ts'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'
import { until } from '../support/until.ts'

interface Lived {
  mode: string
  replica: string
  began_at: string
  ended_at: string
  cut: boolean
  meanwhile: string
  journal_bytes: number | null
}

interface Trust {
  ledger: { last: { state: string } | null; running: object | null }
  audit_chain: { seq: string; verified: { ok: boolean; head: { seq: string } } | null }
  replicas: {
    instance_id: string
    name: string
    live: boolean
    stopped: boolean
    journal: { segments: number; unsettled: number; oldest_at: string | null; accepting: boolean } | null
    degraded: { mode: string; meanwhile: string }[]
  }[]
  days: { day: string; agrees: boolean; events: { requests: number; charged_usd: string }; balances: object }[]
}

const lived = (gateway: Gateway, query = '') =>
  gateway.admin<{ data: Lived[]; next_cursor: string | null }>(`/degraded-modes${query}`)
const trustOf = (gateway: Gateway, query = '') => gateway.admin<Trust>(`/trust${query}`)
const stateIs = (gateway: Gateway, state: string) =>
  until(`slots are ${state}`, () => gateway.app.slotSharing.state() === state)

await suite('trust', { timeout: 240_000 }, async () => {
  test('an outage of Redis: each replica says so while it lasts, and it is on record afterwards, also after a restart', async (t) => {
    const [redis, databaseUrl] = [await startRedisServer(t), await postgresUrl(t)]
    const first = await startGateway(t, { redis, databaseUrl })
    const declared = () => ({ users: [user()], accounts: [account('main', first.upstream.url)] })
    const second = await startGateway(t, { redis, databaseUrl, declared })
    for (const gateway of [first, second]) {
      await stateIs(gateway, 'shared')
      await until('both are seen', () => gateway.app.slotSharing.replicas() === 2)
    }
    assert.deepEqual((await lived(first)).data, [])
    await redis.stop()
    const degraded = async () =>
      (await trustOf(first)).replicas.flatMap(({ name, degraded }) => degraded.map(({ mode }) => [name, mode]))
    await until('both replicas serve without it', async () => (await degraded()).length === 2)
    const names = [first, second].map(({ app }) => app.replicaName).toSorted()
    assert.deepEqual(
      await degraded(),
      names.map((name) => [name, 'redis_away'])
    )
    await redis.start()
    await until('it is on record for both', async () => (await lived(first)).data.length === 2)
    const { data } = await lived(second)
    assert.deepEqual(
      data.map(({ mode, replica, cut }) => `${mode} ${replica} ${cut}`).toSorted(),
      names.map((name) => `redis_away ${name} false`)
    )
    for (const { meanwhile, began_at: began, ended_at: ended, journal_bytes: bytes } of data) {
      assert.match(meanwhile, /this replica counted slots by itself, at its share of each limit among 2 replicas/)
      assert.ok(began < ended)
      assert.equal(bytes, null)
    }
    const page = await lived(first, '?limit=1')
    const next = await lived(first, `?limit=1&cursor=${page.next_cursor}`)
    assert.deepEqual([...page.data, ...next.data], data)
    assert.deepEqual((await lived(first, `?to=${data[1]?.began_at}`)).data, [])
    assert.deepEqual((await lived(first, `?from=${data[1]?.ended_at}`)).data.length > 0, true)
    await until('nobody serves without anything', async () => (await degraded()).length === 0)

    await first.stop()
    await until('the other knows', async () => (await trustOf(second)).replicas.some(({ live }) => !live))
    const gone = (await trustOf(second)).replicas.find(({ live }) => !live)
    assert.deepEqual([gone?.name, gone?.stopped, gone?.journal?.unsettled], [first.app.replicaName, true, 0])
    await first.start()
    assert.equal((await lived(first)).data.length, 2)
    assert.equal((await trustOf(first)).replicas.filter(({ live }) => live).length, 2)
  })

  test('an outage of Postgres: it is told when the database is back, with what the journal had to hold', async (t) => {
    const database = await databaseProxy(await migratedUrl(t))
    const gateway = await startGateway(t, { databaseUrl: database.url })
    t.after(() => database.close())
    assert.equal((await gateway.messages(ask())).status, 200)
    await gateway.settledEvents(1)
    database.cut()
    assert.equal((await gateway.messages(ask())).status, 200)
    await until('it serves without it', () => gateway.app.degradedModes().some(({ mode }) => mode === 'postgres_away'))
    for (const path of ['/trust', '/degraded-modes']) {
      assert.equal((await operatorOf(gateway).call('GET', path)).status, 503)
    }
    database.restore()
    await until('it is on record', async () => {
      const { status, body } = await operatorOf(gateway).call('GET', '/degraded-modes')
      return status === 200 && (body['data'] as Lived[]).length > 0
    })
    const [outage] = (await lived(gateway)).data
    assert.deepEqual([outage?.mode, outage?.cut], ['postgres_away', false])
    assert.ok((outage?.journal_bytes ?? 0) > 0)
    assert.match(outage?.meanwhile ?? '', /usage waited in the journal on disk, and was settled afterwards/)
    await gateway.settledEvents(2)
  })

  test('one that a kill has cut is told by the next start', async (t) => {
    const [redis, upstream] = [await startRedisServer(t), await startSimulatedUpstream()]
    t.after(() => upstream.close())
    const place = await serverPlace(t, {
      env: { REDIS_URL: redis.url, REDIS_KEY_PREFIX: 'killed' },
      declared: { groups: [{ name: 'default', kind: 'balance' }], accounts: [account('main', upstream.url)], users: [user()] }
    })
    const read = async <T>(path: string) =>
      (await (await fetch(`${place.url}/admin/v1${path}`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })).json()) as T
    const server = await place.start()
    await redis.stop()
    await until('it serves without it', async () => {
      const { replicas } = await read<Trust>('/trust')
      return replicas.some(({ degraded }) => degraded.length > 0)
    })
    server.kill('SIGKILL')
    await server.exited
    await redis.start()
    await place.start()
    await until('it is on record', async () => (await place.list('/degraded-modes')).length === 1)
    const [outage] = await place.list<Lived>('/degraded-modes')
    assert.deepEqual([outage?.mode, outage?.cut], ['redis_away', true])
  })

  test('the books of each day, the chain and the journal are shown to whoever may look', async (t) => {
    const gateway = await startGateway(t, {
      declared: (url) => ({ accounts: [account('main', url)], users: [user(), { email: 'eve@example.com', role: 'viewer' }] })
    })
    for (let time = 0; time < 3; time++) assert.equal((await gateway.messages(ask())).status, 200)
    const events = await gateway.settledEvents(3)
    const viewer = await signIn(gateway, 'eve@example.com')
    const look = async () => (await viewer.call<Trust>('GET', '/admin/v1/trust?days=2')).body
    const before = await look()
    assert.deepEqual([before.ledger, before.audit_chain.verified, before.days], [{ last: null, running: null }, null, []])
    await operatorOf(gateway).call('POST', '/verifications')
    await until('it was verified', async () => (await look()).ledger.last !== null)
    const { ledger, audit_chain: chain, days, replicas } = await look()
    assert.deepEqual([ledger.last?.state, chain.verified?.ok, chain.verified?.head.seq], ['agrees', true, chain.seq])
    const charged = events.reduce((sum, { charged_usd: usd }) => sum + Number(usd), 0)
    assert.equal(
      days.reduce((sum, { events }) => sum + events.requests, 0),
      3
    )
    assert.equal(days.reduce((sum, { events }) => sum + Number(events.charged_usd), 0).toFixed(9), charged.toFixed(9))
    assert.ok(days.every(({ agrees }) => agrees))
    assert.deepEqual([replicas.length, replicas[0]?.live, replicas[0]?.journal?.unsettled], [1, true, 0])
    assert.ok((replicas[0]?.journal?.segments ?? 0) >= 1)
    assert.equal((await viewer.refusal('GET', '/admin/v1/trust?days=401'))[0], 400)
    assert.equal((await viewer.refusal('GET', '/admin/v1/degraded-modes?from=never'))[0], 400)
    assert.equal((await operatorOf(gateway).refusal('GET', '/degraded-modes?cursor=bm90IG9uZQ'))[0], 400)
  })
})
