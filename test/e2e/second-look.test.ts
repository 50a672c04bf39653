import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { systemClock, type Clock } from '../../services/platform/clock.ts'
import { postgresUrl } from '../support/databases.ts'
import { parseEvents, readInBackground } from '../support/event-stream.ts'
import {
  account,
  ask,
  CLIENT_KEY,
  occupy,
  refusalOf,
  saying,
  startGateway,
  USER,
  user,
  waitingOf,
  type Gateway
} from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { startRedisServer } from '../support/redis-server.ts'
import { until } from '../support/until.ts'

const OTHER_KEY = 'sk-sluice-the-other-key-of-the-same-user'
const OTHER_USER = 'other@example.com'
const FREE_KEY = 'sk-sluice-a-key-of-another-user'

async function operating(gateway: Gateway) {
  const operator = operatorOf(gateway)
  async function call(method: string, path: string, body?: object) {
    const { status, text } = await operator.call(method, path, body, { 'idempotency-key': randomUUID() })
    assert.ok(status < 300, text)
  }
  const pathOf = async (kind: string, field: string, value: string) =>
    `/${kind}/${(await operator.row(kind, (row) => row[field] === value)).id}`
  return {
    call,
    end: operator.end,
    userPath: await pathOf('users', 'email', USER),
    keyPath: await pathOf('keys', 'name', 'laptop'),
    groupPath: await pathOf('groups', 'name', 'default'),
    accountPath: await pathOf('accounts', 'name', 'main')
  }
}

const untilWaiting = (gateway: Gateway, subject: 'user' | 'account', count = 1) =>
  until(`${count} wait for the ${subject}`, async () => (await waitingOf(gateway, subject)) === count)

/** One user with one slot and two keys, another with as many as they like, and an account with room for two. */
const declared = (url: string) => ({
  accounts: [account('main', url, { concurrency: 2 })],
  groups: [
    { name: 'default', kind: 'balance' },
    { name: 'other', kind: 'balance' }
  ],
  users: [
    user({
      concurrency: 1,
      keys: [
        { name: 'laptop', key: CLIENT_KEY },
        { name: 'desk', key: OTHER_KEY }
      ]
    }),
    user({ email: OTHER_USER, concurrency: 0, keys: [{ name: 'free', key: FREE_KEY }] })
  ]
})

test('what changes while a request waits holds for it as if it came now', async (t) => {
  const gateway = await startGateway(t, { declared, env: { PING_INTERVAL_MS: '60000', AFFINITY_WAIT_MS: '0' } })
  const { call, end, userPath, keyPath, groupPath } = await operating(gateway)
  const { messages, upstream } = gateway
  const active = { status: 'active' }
  const disabled = { status: 'disabled' }
  const balance = (amount: string) => ({ amount_usd: amount, kind: 'adjustment' })

  for (const [what, path, change, undo, expected] of [
    ['a key that is disabled', keyPath, disabled, active, [401, 'authentication_error']],
    ['a key that expires', keyPath, null, { expires_at: null }, [401, 'authentication_error']],
    ['a user who is disabled', userPath, disabled, active, [401, 'authentication_error']],
    ['a group that is disabled', groupPath, disabled, active, [401, 'authentication_error']],
    ['an address no longer allowed', keyPath, { allowed_ips: ['192.0.2.1'] }, { allowed_ips: null }, [403, 'permission_error']],
    [
      'a model no longer allowed by the key',
      keyPath,
      { allowed_models: ['claude-haiku-4-5'] },
      { allowed_models: null },
      [404, 'not_found_error']
    ],
    [
      'a model no longer allowed by the group',
      groupPath,
      { allowed_models: ['claude-haiku-4-5'] },
      { allowed_models: null },
      [404, 'not_found_error']
    ]
  ] as const) {
    for (const subject of ['user', 'account'] as const) {
      await t.test(`${what}, for a slot of the ${subject}`, async () => {
        const free =
          subject === 'user'
            ? await occupy(gateway, 1, { 'x-api-key': OTHER_KEY })
            : await occupy(gateway, 2, { 'x-api-key': FREE_KEY })
        const waiting = messages(saying(what))
        await untilWaiting(gateway, subject)
        const sent = upstream.requests.length
        await (change === null ? end(path) : call('PATCH', path, change))
        await free()
        const { status, type } = await refusalOf(await waiting)
        await call('PATCH', path, undo)
        assert.deepEqual([status, type, upstream.requests.length], [...expected, sent])
        const after = await messages(ask())
        assert.equal(after.status, 200, await after.text())
      })
    }
  }

  await t.test('a balance that is used up', async () => {
    const free = await occupy(gateway, 1)
    const waiting = messages(ask())
    await untilWaiting(gateway, 'user')
    await call('POST', `${userPath}/balance-adjustments`, balance('-1000'))
    await free()
    const { status, type } = await refusalOf(await waiting)
    await call('POST', `${userPath}/balance-adjustments`, balance('1000'))
    assert.deepEqual([status, type], [403, 'billing_error'])
  })

  await t.test('a key that went to another group, whose accounts are asked then', async () => {
    const free = await occupy(gateway, 1, { 'x-api-key': OTHER_KEY })
    const waiting = messages(ask())
    await untilWaiting(gateway, 'user')
    await call('PATCH', keyPath, { group: 'other' })
    await free()
    const { status, message } = await refusalOf(await waiting)
    await call('PATCH', keyPath, { group: 'default' })
    assert.deepEqual([status, /group other has no accounts/.test(message)], [503, true])
  })
})

test('a stream that has its pings already is told in the stream', async (t) => {
  const gateway = await startGateway(t, { declared, env: { PING_INTERVAL_MS: '20' } })
  const { call, keyPath } = await operating(gateway)
  const free = await occupy(gateway, 1, { 'x-api-key': OTHER_KEY })
  const response = await gateway.messages(ask({ stream: true }))
  const reading = readInBackground(response)
  await until('a ping came', () => reading.text.includes('event: ping'))
  await call('POST', `${keyPath}/revoke`)
  await free()
  const last = parseEvents(await reading.done).at(-1)!
  assert.deepEqual([last.event, last.data.error?.type], ['error', 'authentication_error'])
})

/** Who waits looks around after a second, and would find what it should have been told: here it would take for ever. */
const withoutLooks: Clock = {
  ...systemClock,
  setTimer: (callback, delayMs) => systemClock.setTimer(callback, delayMs > 500 && delayMs <= 1000 ? 600_000 : delayMs)
}

for (const shared of [false, true]) {
  const what = `a raised limit serves those who wait at once${shared ? ', at the other replica too' : ''}`
  test(what, { timeout: 60_000 }, async (t) => {
    const replicas = shared ? { redis: await startRedisServer(t), databaseUrl: await postgresUrl(t) } : {}
    const env = { AFFINITY_WAIT_MS: '0' }
    const gateway = await startGateway(t, { declared, env, clock: withoutLooks, ...replicas })
    const elsewhere = shared
      ? await startGateway(t, { declared: () => declared(gateway.upstream.url), env, ...replicas })
      : gateway
    const { call, userPath, accountPath } = await operating(elsewhere)

    const freeUser = await occupy(gateway, 1)
    const waitsForUser = gateway.messages(saying('one'))
    await untilWaiting(gateway, 'user')
    await call('PATCH', userPath, { concurrency: 2 })
    assert.equal((await waitsForUser).status, 200)
    await freeUser()
    await until('the upstream is idle', () => gateway.upstream.stats.inFlight === 0)

    const freeAccount = await occupy(gateway, 2, { 'x-api-key': FREE_KEY })
    const waitsForAccount = gateway.messages(saying('two'))
    await untilWaiting(gateway, 'account')
    await call('PATCH', accountPath, { concurrency: 3 })
    assert.equal((await waitsForAccount).status, 200)
    await freeAccount()
  })
}
