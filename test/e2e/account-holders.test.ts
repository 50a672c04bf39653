import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { account, ask, startGateway, USER, user, saying, waitingOf, type Gateway } from '../support/gateway.ts'
import { postgresUrl } from '../support/databases.ts'
import { operatorOf } from '../support/operator.ts'
import { startRedisServer } from '../support/redis-server.ts'
import { until } from '../support/until.ts'

interface Holder {
  user_id: string
  user_email: string
  session: string | null
  in_flight: number
  since: string
}

interface Overview {
  users: { id: string; name: string; in_flight: number }[]
  accounts: { name: string; in_flight: number; users: object[]; users_left_out: number; sessions: number }[]
}

const OTHER = { email: 'other@example.com', key: 'sk-sluice-another-client-key-for-tests' }
const users = [user(), { email: OTHER.email, balance_usd: '100', keys: [{ name: 'desk', key: OTHER.key }] }]

const inSession = (session: string, agent: string) => ({
  'x-claude-code-session-id': session,
  ...(agent === '' ? {} : { 'x-claude-code-agent-id': agent })
})

/** A request of a session that is never answered. */
function hold(t: TestContext, { messages }: Gateway, session: string, { key = '', agent = '' } = {}): void {
  const hangUp = new AbortController()
  const headers = { ...inSession(session, agent), ...(key === '' ? {} : { 'x-api-key': key }) }
  void messages(saying(session), { headers, signal: hangUp.signal }).catch(() => null)
  t.after(() => hangUp.abort())
}

for (const shared of [false, true]) {
  test(`who is on an account is told ${shared ? 'by each of two replicas' : 'by a process that is alone'}`, async (t) => {
    const replicas = shared ? { redis: await startRedisServer(t), databaseUrl: await postgresUrl(t) } : {}
    const one = await startGateway(t, { ...replicas, declared: () => ({ users }) })
    const declared = () => ({ users, accounts: [account('main', one.upstream.url)] })
    const two = shared ? await startGateway(t, { ...replicas, declared }) : one
    const begunAt = Date.now()
    one.upstream.setBehaviour({ breakOff: { how: 'stall', at: 'before-headers' } })
    hold(t, one, 'session-a')
    await until('the first is there', () => one.upstream.stats.inFlight === 1)
    hold(t, two, 'session-a', { agent: 'explorer' })
    hold(t, two, 'session-b')
    hold(t, two, 'session-c', { key: OTHER.key })
    await until('all are there', () => one.upstream.stats.inFlight === 4)

    for (const gateway of new Set([one, two])) {
      const { data } = await gateway.admin<{ data: Holder[] }>('/accounts/main/holders')
      const [oldest, ...rest] = data
      assert.deepEqual([oldest?.user_email, oldest?.in_flight], [USER, 2])
      assert.deepEqual(rest.map(({ user_email: email, in_flight: count }) => `${email} ${count}`).toSorted(), [
        `${USER} 1`,
        `${OTHER.email} 1`
      ])
      for (const { since } of data) assert.ok(Date.parse(since) >= begunAt && Date.parse(since) <= Date.now())
      assert.equal(new Set(data.map(({ session }) => session)).size, 3)
      assert.ok(data.every(({ session }) => session?.length === 12))

      const overview = await gateway.admin<Overview>('/overview')
      const [busiest, other] = overview.users
      assert.deepEqual([busiest?.name, busiest?.in_flight, other?.name, other?.in_flight], [USER, 3, OTHER.email, 1])
      const main = overview.accounts.find(({ name }) => name === 'main')
      assert.deepEqual(
        [main?.in_flight, main?.users, main?.users_left_out, main?.sessions],
        [
          4,
          [
            { id: busiest?.id, name: USER, in_flight: 3, sessions: 2 },
            { id: other?.id, name: OTHER.email, in_flight: 1, sessions: 1 }
          ],
          0,
          3
        ]
      )
    }
  })
}

test('a session goes by one hash wherever it is shown, whichever of its agents asks', async (t) => {
  const gateway = await startGateway(t, { declared: () => ({ users: [user({ concurrency: 1 })] }) })
  const { upstream } = gateway
  upstream.setBehaviour({ holdAt: 'message_delta' })
  const first = gateway.messages(ask({ stream: true }), { headers: inSession('a', '') })
  await until('it is at the upstream', () => upstream.stats.inFlight === 1)
  const second = gateway.messages(ask(), { headers: inSession('a', 'explorer') })
  await until('the other waits', async () => (await waitingOf(gateway)) === 1)

  type Waiting = { subject: string; waiting_sessions: { session: string; waiting: number }[] }
  const slots = (await gateway.admin<{ data: Waiting[] }>('/slots')).data
  const { data: holders } = await gateway.admin<{ data: Holder[] }>('/accounts/main/holders')
  const shown = holders[0]?.session
  assert.match(shown ?? '', /^[\w-]{12}$/)
  assert.deepEqual(slots.find(({ subject }) => subject === 'user')?.waiting_sessions, [{ session: shown, waiting: 1 }])

  upstream.setBehaviour({})
  upstream.letGo()
  for (const response of [await first, await second]) {
    assert.equal(response.status, 200)
    await response.text()
    const path = `/exchanges/${response.headers.get('x-sluice-exchange-id')}`
    await until('it is kept', async () => (await gateway.getAdmin(`/admin/v1${path}`)).ok)
    assert.equal((await gateway.admin<{ session: string }>(path)).session, shown)
  }
})

test('what an account does not have is told, and an account that there is not is refused', async (t) => {
  const gateway = await startGateway(t)
  const { refusal } = operatorOf(gateway)
  assert.deepEqual(await gateway.admin('/accounts/main/holders'), { data: [], next_cursor: null })
  assert.deepEqual(await refusal('GET', '/accounts/999/holders'), [404, 'there is no account with id 999'])
  assert.deepEqual(await refusal('GET', '/accounts/mian/holders'), [404, 'there is no account mian; did you mean main?'])
})
