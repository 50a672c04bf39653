import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { SEVEN_CENTS, served, UNBRAKED_KEY } from '../support/braked-requests.ts'
import { postgresUrl } from '../support/databases.ts'
import { readInBackground } from '../support/event-stream.ts'
import { account, ask, CLIENT_KEY, refusalOf, saying, startGateway, user, USER, type Gateway } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { startRedisServer } from '../support/redis-server.ts'
import { until } from '../support/until.ts'

const SPARE_KEY = 'sk-sluice-a-key-in-no-team'

/** Less than one request is expected to cost. */
const LITTLE = '0.001'

const declared = (upstreamUrl: string) => ({
  users: [
    user({
      keys: [
        { name: 'laptop', key: CLIENT_KEY, team: 'red' },
        { name: 'desk', key: UNBRAKED_KEY, team: 'red' },
        { name: 'spare', key: SPARE_KEY }
      ]
    })
  ],
  teams: ['red', 'blue'].map((name) => ({ name, monthly_limit_usd: LITTLE, members: [{ user: USER }] })),
  accounts: [account('main', upstreamUrl)]
})

const reservedIn = (gateways: readonly Gateway[]) =>
  gateways.reduce((sum, { app }) => sum + app.reservations.sizes().budgets + app.reservations.sizes().untold, 0)

/** With a stream under way by key `laptop` of team red, whose end waits. */
async function streaming(gateway: Gateway) {
  const { upstream } = gateway
  upstream.setBehaviour({ holdAt: 'message_delta', usage: SEVEN_CENTS })
  const response = await gateway.messages(saying('a long story', { stream: true }))
  assert.equal(response.status, 200)
  const running = readInBackground(response)
  await until('it streams', () => running.text.includes('content_block_delta'))
  upstream.setBehaviour({})
  return {
    exchangeId: response.headers.get('x-sluice-exchange-id')!,
    async finish() {
      upstream.letGo()
      assert.match(await running.done, /message_stop/)
    }
  }
}

async function refused(gateway: Gateway, key: string, expected: [status: number, type: string], words: RegExp) {
  const { status, type, message } = await refusalOf(await gateway.messages(ask(), { headers: { 'x-api-key': key } }))
  assert.deepEqual([status, type], expected, message)
  assert.match(message, words)
}

async function usedOf(gateway: Gateway, team: string): Promise<string> {
  const { spending } = await gateway.admin<{ spending: { kind: string; used_usd: string }[] }>(`/teams/${team}`)
  return spending.find(({ kind }) => kind === 'month')!.used_usd
}

interface TeamEvent {
  id: string
  exchange_id: string
  team: string | null
  charged_usd: string
}

/** Streams at `here`, and moves the key at `there`, which may be the same. */
async function moveInMidStream(here: Gateway, there: Gateway): Promise<void> {
  const both = [...new Set([here, there])]
  const stream = await streaming(here)
  assert.deepEqual([...here.app.reservations.reserved().keys()].toSorted(), ['team', 'wallet'])
  await refused(there, UNBRAKED_KEY, [429, 'rate_limit_error'], /team is reserved by requests in flight/)

  const { id } = await operatorOf(there).row('keys', ({ name }) => name === 'laptop')
  const moved = await operatorOf(there).call('PATCH', `/keys/${id}`, { team: 'blue' })
  assert.equal(moved.status, 200, moved.text)
  assert.equal(here.app.reservations.sizes().budgets, 2, 'the wallet and the one team')
  await refused(there, UNBRAKED_KEY, [429, 'rate_limit_error'], /team is reserved by requests in flight/)
  // Less is left of blue than the stream had reserved: any of it there would be seen.
  await served(there, { key: CLIENT_KEY })
  await until('that one has given back what it had reserved', () => there === here || reservedIn([there]) === 0)

  await stream.finish()
  await until('nothing is reserved', () => reservedIn(both) === 0)
  for (const gateway of both) await gateway.settled()
  const { data } = await here.admin<{ data: TeamEvent[] }>('/usage-events')
  const [later, long, ...more] = data.filter(({ team }) => team !== null)
  assert.deepEqual(more, [])
  assert.deepEqual([long!.exchange_id, long!.team, later!.team], [stream.exchangeId, 'red', 'blue'])
  assert.deepEqual([await usedOf(there, 'red'), await usedOf(there, 'blue')], [long!.charged_usd, later!.charged_usd])
  assert.ok(Number(long!.charged_usd) > 0.05 && Number(later!.charged_usd) < 0.05)
  assert.equal((await here.ledger()).filter(({ source_id: source }) => source === long!.id).length, 1)
  await refused(there, UNBRAKED_KEY, [429, 'billing_error'], /^spend limit of team red reached/)
}

async function startReplicas(t: TestContext) {
  const [redis, databaseUrl] = [await startRedisServer(t), await postgresUrl(t)]
  const here = await startGateway(t, { redis, databaseUrl, declared })
  const there = await startGateway(t, { redis, databaseUrl, declared: () => declared(here.upstream.url) })
  // The first request of a process takes longer than Redis is waited for.
  for (const gateway of [here, there]) await served(gateway, { key: SPARE_KEY })
  return { here, there }
}

await suite('what streams when its key moves', { timeout: 400_000 }, async () => {
  test('to another team counts and is reserved where it began, once', async (t) => {
    const gateway = await startGateway(t, { declared })
    await moveInMidStream(gateway, gateway)
  })

  test('at another replica, too', async (t) => {
    const { here, there } = await startReplicas(t)
    await moveInMidStream(here, there)
  })

  test('or its owner leaves the team counts in the pool, and for the owner once they are back', async (t) => {
    const gateway = await startGateway(t, { declared })
    const stream = await streaming(gateway)
    const operator = operatorOf(gateway)
    assert.equal((await operator.call('DELETE', `/teams/red/members/${USER}`)).status, 204)
    await refused(gateway, CLIENT_KEY, [403, 'permission_error'], /not a member/)
    await stream.finish()
    await until('nothing is reserved', () => reservedIn([gateway]) === 0)
    const [event] = await gateway.settledEvents(1)
    assert.equal(await usedOf(gateway, 'red'), event!.charged_usd)
    assert.equal((await operator.call('PUT', `/teams/red/members/${USER}`, {})).status, 200)
    const { body } = await operator.call('GET', '/teams/red/members')
    const [member] = body['data'] as { spending: { kind: string; used_usd: string }[] }[]
    assert.deepEqual(
      member!.spending.map(({ used_usd: used }) => used),
      [1, 2, 3].map(() => event!.charged_usd)
    )
  })
})
