import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { account, ask, credentialOf, MODEL, saying, startGateway, USER, user, type Gateway } from '../support/gateway.ts'
import { postgresUrl } from '../support/databases.ts'
import { operatorOf } from '../support/operator.ts'
import { startRedisServer } from '../support/redis-server.ts'
import { until } from '../support/until.ts'

const AT_ONCE = 24

/** So many requests at the same moment, each of a session of its own. */
async function manyAtOnce({ messages }: Gateway): Promise<number[]> {
  const responses = await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => messages(saying(`request ${n}`))))
  await Promise.all(responses.map((response) => response.arrayBuffer()))
  return responses.map(({ status }) => status)
}

const all = (status: number) => Array.from({ length: AT_ONCE }, () => status)

const unlimited = (name: string, url: string, changes: object = {}) => account(name, url, { concurrency: 0, ...changes })

test('what an operator was told is done holds for all requests that follow, however many come at once', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({
      accounts: [unlimited('first', url, { priority: 1 }), unlimited('second', url, { priority: 2 })],
      users: [user({ concurrency: 0 })]
    })
  })
  const { upstream, act, apply, messages, settled } = gateway
  const operator = operatorOf(gateway)
  async function call(method: string, path: string, body?: object) {
    const { status, text } = await operator.call(method, path, body, { 'idempotency-key': randomUUID() })
    assert.ok(status < 300, text)
  }
  const { id: userId } = await operator.row('users', ({ email }) => email === USER)
  const { id: keyId } = await operator.row('keys', ({ name }) => name === 'laptop')
  const { id: groupId } = await operator.row('groups', ({ name }) => name === 'default')

  await t.test('accounts: applied, disabled, enabled', async () => {
    assert.deepEqual(await manyAtOnce(gateway), all(200))
    await act('first', 'disable')
    upstream.requests.length = 0
    assert.deepEqual(await manyAtOnce(gateway), all(200))
    assert.deepEqual(new Set(upstream.requests.map(({ credential }) => credential)), new Set([credentialOf('second')]))
    await act('second', 'disable')
    assert.deepEqual(await manyAtOnce(gateway), all(503))
    await apply({ accounts: [unlimited('third', upstream.url)] })
    assert.deepEqual(await manyAtOnce(gateway), all(200))
  })

  await t.test('users, keys and groups: disabled, limited, revoked', async () => {
    assert.deepEqual(await manyAtOnce(gateway), all(200))
    for (const path of [`/users/${userId}`, `/groups/${groupId}`, `/keys/${keyId}`]) {
      await call('PATCH', path, { status: 'disabled' })
      assert.deepEqual(await manyAtOnce(gateway), all(401), path)
      await call('PATCH', path, { status: 'active' })
      assert.deepEqual(await manyAtOnce(gateway), all(200), path)
    }
    await call('PATCH', `/groups/${groupId}`, { allowed_models: ['claude-haiku-4-5'] })
    assert.deepEqual(await manyAtOnce(gateway), all(404))
    await call('PATCH', `/groups/${groupId}`, { allowed_models: null })
    await call('PATCH', `/keys/${keyId}`, { allowed_ips: ['192.0.2.1'] })
    assert.deepEqual(await manyAtOnce(gateway), all(403))
    await call('PATCH', `/keys/${keyId}`, { allowed_ips: null, spend_limits: { daily: '0.000001' } })
    assert.deepEqual(await manyAtOnce(gateway), all(429))
    await call('PATCH', `/keys/${keyId}`, { spend_limits: { daily: null } })
    assert.deepEqual(await manyAtOnce(gateway), all(200))
  })

  await t.test('balances: taken, given', async () => {
    assert.deepEqual(await manyAtOnce(gateway), all(200))
    await settled()
    const adjust = async (amount: string) =>
      await call('POST', `/users/${userId}/balance-adjustments`, { amount_usd: amount, kind: 'adjustment' })
    await adjust('-100')
    assert.deepEqual(await manyAtOnce(gateway), all(403))
    await adjust('100')
    assert.deepEqual(await manyAtOnce(gateway), all(200))
  })

  await t.test('prices', async () => {
    const usage = {
      inputTokens: 1_000_000,
      outputTokens: 0,
      cacheReadTokens: 0,
      cacheCreation5mTokens: 0,
      cacheCreation1hTokens: 0
    }
    upstream.setBehaviour({ usage })
    const rates = { input: '2', output: '2', cache_write_5m: '2', cache_write_1h: '2', cache_read: '2' }
    await call('PUT', `/price-overrides/${MODEL}`, { usd_per_mtok: rates })
    assert.deepEqual(await manyAtOnce(gateway), all(200))
    await settled()
    const events = (await gateway.events()).slice(0, AT_ONCE)
    assert.deepEqual(new Set(events.map((event) => event.cost_usd)), new Set(['2']))
  })

  await t.test('settings', async () => {
    await call('PATCH', `/users/${userId}`, { concurrency: 1 })
    await call('PUT', '/settings/QUEUE_EXTRA', { value: '0' })
    upstream.setBehaviour({ breakOff: { how: 'stall', at: 'before-headers' } })
    const hangUp = new AbortController()
    const statuses: number[] = []
    const asked = Array.from({ length: AT_ONCE }, async () => {
      const response = await messages(ask(), { signal: hangUp.signal })
      statuses.push(response.status)
    })
    await until('all but one are refused', () => statuses.length === AT_ONCE - 1)
    assert.deepEqual(new Set(statuses), new Set([429]))
    hangUp.abort()
    await Promise.allSettled(asked)
  })

  await t.test('a key revoked', async () => {
    await call('PATCH', `/users/${userId}`, { concurrency: 0 })
    await call('POST', `/keys/${keyId}/revoke`)
    assert.deepEqual(await manyAtOnce(gateway), all(401))
  })
})

test('what was changed at one replica holds at the others', async (t) => {
  const [redis, databaseUrl] = [await startRedisServer(t), await postgresUrl(t)]
  const one = await startGateway(t, { redis, databaseUrl, declared: () => ({ users: [user({ concurrency: 0 })] }) })
  const two = await startGateway(t, { redis, databaseUrl, declared: () => ({ users: [user({ concurrency: 0 })] }) })
  await one.act('main', 'disable')
  await until('the other knows', async () => (await two.messages(ask())).status === 503)
  assert.deepEqual(await manyAtOnce(two), all(503))
  await one.act('main', 'enable')
  await until('the other knows', async () => (await two.messages(ask())).status === 200)
})
