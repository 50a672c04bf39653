import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ADMIN_TOKEN, ask, CLIENT_KEY, refusalOf, startGateway, user, type Gateway } from '../support/gateway.ts'

const LIMITED = { AUTH_FAILURES_MAX: '3', AUTH_FAILURES_WINDOW_MS: '600000' }

const guess = (gateway: Gateway, key: string, headers: Record<string, string> = {}) =>
  gateway.messages(ask(), { headers: { 'x-api-key': key, ...headers } })

async function guesses(gateway: Gateway, count: number, headers: Record<string, string> = {}) {
  const statuses: number[] = []
  for (let n = 0; n < count; n++) {
    const response = await guess(gateway, `sk-sluice-guess-${n}`, headers)
    statuses.push(response.status)
    await response.text()
  }
  return statuses
}

await suite('guessing keys', async () => {
  test('gets 429 after so many, while a valid key from the same address still passes', async (t) => {
    const gateway = await startGateway(t, { env: LIMITED })
    assert.deepEqual(await guesses(gateway, 5), [401, 401, 401, 429, 429])
    const { status, type, headers } = await refusalOf(await guess(gateway, 'sk-sluice-one-more'))
    assert.deepEqual([status, type, headers.get('x-should-retry')], [429, 'rate_limit_error', 'false'])
    assert.ok(Number(headers.get('retry-after')) > 500)
    assert.equal((await guess(gateway, CLIENT_KEY)).status, 200)
    assert.equal((await gateway.getAdmin('/admin/v1/users')).status, 200)
  })

  test('is not what somebody does whose key is over, who is told so each time', async (t) => {
    const over = 'sk-sluice-a-key-that-is-over'
    const keys = [
      { name: 'laptop', key: CLIENT_KEY },
      { name: 'over', key: over, expires_at: '2020-01-01T00:00:00Z' }
    ]
    const gateway = await startGateway(t, { env: LIMITED, declared: () => ({ users: [user({ keys })] }) })
    for (let n = 0; n < 5; n++) {
      const { status, message, headers } = await refusalOf(await guess(gateway, over))
      assert.deepEqual([status, headers.get('x-should-retry')], [401, 'false'])
      assert.match(message, /expired/)
    }
    assert.deepEqual(await guesses(gateway, 4), [401, 401, 401, 429])
    assert.match((await refusalOf(await guess(gateway, over))).message, /expired/)
  })

  test('and admin tokens counts as one, whatever the route', async (t) => {
    const gateway = await startGateway(t, { env: LIMITED })
    const statuses: number[] = []
    for (const path of ['/admin/v1/users', '/metrics', '/v1/models', '/admin/v1/keys', '/v1/usage']) {
      statuses.push((await gateway.get(path, { authorization: 'Bearer a-guessed-token' })).status)
    }
    assert.deepEqual(statuses, [401, 401, 401, 429, 429])
    assert.equal((await gateway.get('/metrics', { authorization: `Bearer ${ADMIN_TOKEN}` })).status, 200)
  })

  test('counts the address that a trusted proxy names, and not one that a client makes up', async (t) => {
    const from = (address: string) => ({ 'x-forwarded-for': address })
    const trusting = await startGateway(t, { env: { ...LIMITED, TRUST_PROXY: 'loopback' } })
    assert.deepEqual(await guesses(trusting, 4, from('192.0.2.1')), [401, 401, 401, 429])
    assert.deepEqual(await guesses(trusting, 1, from('192.0.2.2')), [401])

    const alone = await startGateway(t, { env: LIMITED })
    for (let n = 0; n < 3; n++) await guesses(alone, 1, from(`192.0.2.${n}`))
    assert.deepEqual(await guesses(alone, 1, from('192.0.2.9')), [429])
  })
})
