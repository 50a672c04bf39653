import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { ask, CLIENT_KEY, refusalOf, startGateway, user, type Gateway } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { until } from '../support/until.ts'

/** Some cents at list prices. */
const USAGE = { outputTokens: 2800 }
const OTHER_KEY = 'sk-sluice-another-client-key-of-the-same-user'

const limitedTo = (t: TestContext, limits: object, options: { group?: object; user?: object } = {}) =>
  startGateway(t, {
    declared: () => ({
      groups: [{ name: 'default', kind: 'balance', ...options.group }],
      users: [
        user({
          keys: [
            { name: 'laptop', key: CLIENT_KEY, spend_limits: limits },
            { name: 'other', key: OTHER_KEY }
          ],
          ...options.user
        })
      ]
    })
  })

async function spend({ upstream, messages }: Gateway, key = CLIENT_KEY): Promise<void> {
  upstream.setBehaviour({ usage: USAGE })
  const response = await messages(ask(), { headers: { 'x-api-key': key } })
  assert.equal(response.status, 200)
  await response.arrayBuffer()
}

const usageOf = async (gateway: Gateway, path = '/v1/usage') =>
  (await (await gateway.get(path)).json()) as Record<string, unknown> & {
    key_limits: Record<string, Record<string, unknown>>
    plans: { planName: string; remaining: number }[]
  }

const UNIFIED = 'anthropic-ratelimit-unified-'

for (const period of ['daily', 'weekly', 'monthly']) {
  test(`a key that is at its ${period} limit is refused with the headers of a reached cap`, async (t) => {
    const gateway = await limitedTo(t, { [period]: 0.01 })
    await spend(gateway)
    for (const path of ['/v1/messages', '/v1/messages/count_tokens']) {
      const { status, type, message, headers } = await refusalOf(await gateway.messages(ask(), { path }))
      assert.deepEqual([status, type, headers.get('x-should-retry')], [429, 'billing_error', 'false'])
      assert.match(message, new RegExp(`^spend limit of this API key reached \\(${period}; resets .+ UTC\\)$`))
      assert.equal(headers.get(`${UNIFIED}overage-period`), period)
      assert.equal(headers.get(`${UNIFIED}overage-disabled-reason`), 'org_spend_cap_reached')
      assert.equal(headers.get(`${UNIFIED}representative-claim`), null)
      assert.ok(Number(headers.get('retry-after')) > 3600)
    }
    await gateway.settled()
    assert.equal((await gateway.messages(ask())).status, 429)
    await spend(gateway, OTHER_KEY)
  })
}

test('a total limit never resets, and more is allowed as soon as it is raised', async (t) => {
  const gateway = await limitedTo(t, { total: 0.01 })
  const { call, row } = operatorOf(gateway)
  await spend(gateway)
  await gateway.settled()
  const refusal = await refusalOf(await gateway.messages(ask()))
  const { status, type, message, headers } = refusal
  assert.deepEqual([status, type, message], [429, 'billing_error', 'spend limit of this API key reached (total)'])
  assert.deepEqual([headers.get('x-should-retry'), headers.get('retry-after')], ['false', null])
  assert.equal(headers.get(`${UNIFIED}status`), 'rejected')
  const { id } = await row('keys', ({ name }) => name === 'laptop')
  await call('PATCH', `/keys/${id}`, { spend_limits: { total: '100' } })
  await spend(gateway)
  await gateway.settled()
  await call('PATCH', `/keys/${id}`, { spend_limits: { total: null, weekly: '0.05' } })
  assert.equal((await gateway.messages(ask())).status, 429, 'a new limit counts what was spent before')
})

test('what is charged counts, with the multiplier, and the limits are shown with what is left', async (t) => {
  const gateway = await limitedTo(t, { daily: 1, total: 10 }, { group: { rate_multiplier: 2 } })
  await spend(gateway)
  const [event] = await gateway.settledEvents(1)
  const charged = Number(event!.charged_usd)
  assert.ok(charged > Number(event!.cost_usd))
  const usage = await usageOf(gateway)
  assert.deepEqual([usage['isValid'], usage['remaining']], [true, 1 - charged])
  assert.deepEqual(usage.key_limits['total'], {
    limit: 10,
    used: charged,
    remaining: 10 - charged,
    starts_at: null,
    resets_at: null
  })
  assert.equal(usage.key_limits['weekly']!['limit'], null)
  assert.deepEqual(
    usage.plans.map(({ planName }) => planName),
    ['Wallet balance', 'Key laptop (daily)', 'Key laptop (total)']
  )
  assert.equal((await usageOf(gateway, '/user/balance'))['balance'], 1 - charged)
  const key = await operatorOf(gateway).row('keys', ({ name }) => name === 'laptop')
  const spending = key['spending'] as { kind: string; used_usd: string; limit_usd: string | null }[]
  assert.deepEqual(
    spending.map(({ kind, used_usd: used, limit_usd: limit }) => [kind, used, limit]),
    [
      ['day', event!.charged_usd, '1'],
      ['week', event!.charged_usd, null],
      ['month', event!.charged_usd, null],
      ['total', event!.charged_usd, '10']
    ]
  )
})

test('a key that is used up is shown so, and the trace names the limit', async (t) => {
  const gateway = await limitedTo(t, { daily: 0.01 })
  await spend(gateway)
  const usage = await usageOf(gateway)
  assert.deepEqual([usage['isValid'], usage['remaining']], [false, 0])
  assert.match(String(usage['invalidMessage']), /daily limit of this key/)
  const refused = await gateway.messages(ask())
  const path = `/exchanges/${refused.headers.get('x-sluice-exchange-id')}`
  await until('the exchange is explained', async () => (await gateway.getAdmin(`/admin/v1${path}`)).status === 200)
  const { limits } = await gateway.admin<{ limits: { name: string; outcome: string; limit: string }[] }>(path)
  assert.deepEqual(
    limits.map(({ name, outcome }) => [name, outcome]),
    [
      ['balance', 'passed'],
      ['key_day', 'refused']
    ]
  )
})

test('a key of a subscription has its own limits beside the windows', async (t) => {
  const gateway = await limitedTo(
    t,
    { daily: 0.01 },
    { group: { kind: 'subscription', daily_limit_usd: 50 }, user: { subscriptions: [{ group: 'default', days: 30 }] } }
  )
  await spend(gateway)
  assert.equal((await usageOf(gateway))['remaining'], 0)
  assert.match((await refusalOf(await gateway.messages(ask()))).message, /^spend limit of this API key/)
  await spend(gateway, OTHER_KEY)
})

test('a request below the limits asks the database nothing', async (t) => {
  const gateway = await limitedTo(t, { daily: 100, total: 100 })
  await spend(gateway)
  await gateway.settled()
  const { pool } = gateway.app.pg
  const asked: string[] = []
  const query = pool.query.bind(pool)
  t.mock.method(pool, 'query', ((text: string, values: unknown[]) => {
    asked.push(text)
    return query(text, values)
  }) as typeof pool.query)
  await spend(gateway)
  assert.deepEqual(
    asked.filter((text) => /api_keys/.test(text)),
    []
  )
})
