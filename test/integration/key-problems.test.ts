import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, ask, refusalOf, startGateway, USER, user } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'

const OTHER = 'other@example.com'

/** By name, each of a group of its own name but the last. */
const KEYS = {
  wallet: 'sk-sluice-the-key-of-the-wallet',
  pro: 'sk-sluice-the-key-of-the-subscription',
  capped: 'sk-sluice-the-key-with-a-limit',
  empty: 'sk-sluice-the-key-of-no-account',
  theirs: 'sk-sluice-the-key-of-a-sign-in'
}
type Name = keyof typeof KEYS

test('a key says what its requests are refused with now, in the words of the refusal', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({
      groups: [
        { name: 'wallet', kind: 'balance' },
        { name: 'pro', kind: 'subscription', daily_limit_usd: 10 },
        { name: 'capped', kind: 'balance' },
        { name: 'empty', kind: 'balance', rate_multiplier: 0 },
        { name: 'theirs', kind: 'balance' }
      ],
      accounts: [
        account('main', url, { groups: ['wallet', 'pro', 'capped'] }),
        account('login', url, { type: 'setup-token', credentials: { access_token: 't' }, owner: OTHER, groups: ['theirs'] })
      ],
      users: [
        user({
          keys: Object.entries(KEYS).map(([name, key]) => ({
            name,
            key,
            group: name,
            ...(name === 'capped' ? { spend_limits: { total: '1' } } : {})
          }))
        }),
        { email: OTHER }
      ]
    })
  })
  const { call, row } = operatorOf(gateway)
  const problemOf = async (name: Name) => (await row('keys', (key) => key['name'] === name))['problem']

  /** What is listed, which must be what a request is told; null where it is served. */
  async function told(name: Name): Promise<string | null> {
    const response = await gateway.messages(ask(), { headers: { 'x-api-key': KEYS[name] } })
    const message = response.status === 200 ? null : (await refusalOf(response)).message
    if (message === null) await response.arrayBuffer()
    assert.equal(await problemOf(name), message)
    return message
  }
  async function store(sql: string): Promise<void> {
    await gateway.settled()
    await gateway.app.pg.pool.query(sql)
    for (const topic of ['directory', 'accounts'] as const) gateway.app.bus.publish(topic)
  }

  assert.equal(await told('wallet'), null)
  await store('update users set balance_usd = 0')
  assert.match((await told('wallet')) ?? '', /credit balance is too low/)
  // Nothing is charged there: an empty wallet pays for it.
  assert.equal(await told('empty'), 'No available accounts: group empty has no accounts')
  await store('update users set balance_usd = 100')

  assert.equal(await told('theirs'), 'No available accounts: the others belong to other users')
  assert.equal(await told('capped'), null)
  await store("update api_keys set total_used_usd = 1 where name = 'capped'")
  assert.equal(await told('capped'), 'spend limit of this API key reached (total)')

  assert.equal(await told('pro'), 'No active subscription for group pro')
  const { body } = await call('POST', '/subscriptions', { user: USER, group: 'pro', days: 1 })
  assert.equal(await told('pro'), null)
  await store('update subscriptions set day_started_at = now(), day_used_usd = 10')
  assert.match((await told('pro')) ?? '', /^spend limit reached \(daily; resets /)
  await call('POST', `/subscriptions/${String(body['id'])}/suspend`)
  assert.equal(await told('pro'), 'No active subscription for group pro: it is suspended')

  await gateway.act('main', 'disable')
  assert.equal(await told('wallet'), 'No available accounts: no account of group wallet is active')
  // Of several problems a key has the one that its requests meet first.
  await call('PATCH', `/users/${(await row('users', ({ email }) => email === USER)).id}`, { status: 'disabled' })
  assert.equal(await told('wallet'), 'The user of this API key is disabled')
})
