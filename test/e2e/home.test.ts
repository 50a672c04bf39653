import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatUsd, parseUsd } from '../../services/money/prices/money.ts'
import { account, ask, CLIENT_KEY, occupy, startGateway, USER, user } from '../support/gateway.ts'
import { signIn, signInAgain } from '../support/person.ts'
import { until } from '../support/until.ts'

interface Home {
  email: string
  balance_usd: string
  slots: { limit: number; in_flight: number; waiting: number } | null
  spend: Record<'today' | 'month', { since: string; requests: number; cost_usd: string; charged_usd: string }>
  subscriptions: {
    group: string
    windows: { kind: string; limit_usd: string | null; used_usd: string; resets_at: string | null }[]
  }[]
  keys: number
  has_password: boolean
  oidc_linked: boolean
}

const OTHER = 'other@example.com'

test('somebody sees what they have left, what they spend and what is under way', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({
      groups: [
        { name: 'default', kind: 'balance', rate_multiplier: 2 },
        { name: 'pro', kind: 'subscription', daily_limit_usd: 5 }
      ],
      users: [
        user({
          concurrency: 3,
          keys: [
            { name: 'laptop', key: CLIENT_KEY },
            { name: 'pro', key: `${CLIENT_KEY}-pro`, group: 'pro' }
          ],
          subscriptions: [{ group: 'pro', days: 30 }]
        }),
        { email: OTHER, balance_usd: '9', keys: [{ name: 'laptop', key: `${CLIENT_KEY}-other` }] }
      ],
      accounts: [account('main', url, { groups: ['default', 'pro'] })]
    })
  })
  const { mine } = await signIn(gateway, USER)
  const before = await mine<Home>('')
  assert.deepEqual(
    [before.email, before.balance_usd, before.slots, before.keys, before.has_password, before.oidc_linked],
    [USER, '100', { limit: 3, in_flight: 0, waiting: 0 }, 2, true, false]
  )
  assert.deepEqual([before.spend.today.requests, before.spend.month.charged_usd], [0, '0'])

  for (const key of ['', '-pro', '-other']) {
    await (await gateway.messages(ask(), { headers: { 'x-api-key': CLIENT_KEY + key } })).arrayBuffer()
  }
  const events = (await gateway.settledEvents(3)).filter((event) => event.user_email === USER)
  const sumOf = (field: 'cost_usd' | 'charged_usd', more = 0n) =>
    formatUsd(events.reduce((sum, event) => sum + parseUsd(event[field]), more))
  // Of the same month, but not of today, unless today is its first.
  const today = new Date().toISOString().slice(0, 10)
  await gateway.app.pg.pool.query(
    `insert into usage_daily select case when day = date_trunc('month', day, 'UTC') then day - interval '1 day'
       else date_trunc('month', day, 'UTC') end, user_id, key_id, group_id, account_id, model || '-before', requests, errors, input_tokens,
       output_tokens, cache_creation_tokens, cache_read_tokens, 10, 20
     from usage_daily where key_id = (select min(key_id) from usage_daily)`
  )
  const hangUp = await occupy(gateway, 2)
  await until('both are seen', async () => (await mine<Home>('')).slots?.in_flight === 2)
  const after = await mine<Home>('')
  const earlier = today.endsWith('-01') ? 0 : 1
  assert.deepEqual(after.slots, { limit: 3, in_flight: 2, waiting: 0 })
  assert.deepEqual([after.spend.today.since, after.spend.today.requests], [`${today}T00:00:00.000Z`, 2])
  assert.equal(after.spend.today.charged_usd, sumOf('charged_usd'))
  assert.equal(after.spend.month.cost_usd, sumOf('cost_usd', parseUsd('10') * BigInt(earlier)))
  assert.equal(after.spend.month.requests, 2 + earlier)
  const paid = events.find(({ group }) => group === 'default')!.charged_usd
  assert.equal(after.balance_usd, formatUsd(parseUsd('100') - parseUsd(paid)))
  const [subscription] = after.subscriptions
  const [day] = subscription!.windows
  const used = events.find(({ group }) => group === 'pro')!.cost_usd
  assert.deepEqual([subscription!.group, day!.kind, day!.limit_usd, day!.used_usd], ['pro', 'day', '5', used])
  assert.ok(Date.parse(day!.resets_at!) > Date.now())
  await hangUp()

  await gateway.app.pg.pool.query(
    `insert into sign_in_identities select 'https://login.example', 'ann', id, now() from users where email = $1`,
    [USER]
  )
  await gateway.app.pg.pool.query(`update api_keys set revoked_at = now() where name = 'pro'`)
  const linked = await mine<Home>('')
  assert.deepEqual([linked.oidc_linked, linked.keys], [true, 1])
})

test('however many look, slots are asked for once a second, and nothing fails where they cannot be told', async (t) => {
  const gateway = await startGateway(t, { declared: () => ({ users: [user(), { email: OTHER }] }) })
  const people = [await signIn(gateway, USER), await signIn(gateway, OTHER)]
  const { slots } = gateway.app
  const usage = slots.usage
  let looks = 0
  let isAway = false
  slots.usage = async () => {
    looks++
    if (isAway) throw new Error('away')
    return await usage()
  }
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: 20 }, (_, n) => people[n % 2]!.mine('')))
  const seconds = Math.ceil((performance.now() - startedAt) / 1000)
  assert.ok(looks >= 1 && looks <= seconds + 1, `${looks} in ${seconds} s`)
  isAway = true
  await until('it cannot be told', async () => (await people[0]!.mine<Home>('')).slots === null)
  assert.equal((await people[1]!.mine<Home>('')).email, OTHER)
})

interface Session {
  id: string
  created_at: string
  expires_at: string
  method: string
  client_address: string | null
  user_agent: string | null
  current: boolean
}

test('somebody sees where they have signed in, and ends what they don’t know', async (t) => {
  const gateway = await startGateway(t, { declared: () => ({ users: [user(), { email: OTHER }] }) })
  const desk = await signIn(gateway, USER, { userAgent: 'a desk' })
  const phone = await signInAgain(gateway, USER, { userAgent: 'p'.repeat(1000) })
  const others = await signIn(gateway, OTHER)
  const sessionsOf = async ({ mine }: typeof desk) => (await mine<{ data: Session[] }>('/sessions')).data
  const [newest, oldest, ...more] = await sessionsOf(desk)
  assert.deepEqual(
    [oldest!.user_agent, oldest!.current, oldest!.method, oldest!.client_address],
    ['a desk', true, 'password', '127.0.0.1']
  )
  assert.deepEqual([newest!.current, newest!.user_agent!.length < 1000, more], [false, true, []])
  assert.equal(Date.parse(newest!.expires_at) - Date.parse(newest!.created_at), 12 * 3_600_000)
  assert.deepEqual(
    (await sessionsOf(phone)).map(({ current }) => current),
    [true, false]
  )
  assert.equal((await sessionsOf(others)).length, 1)

  const end = (who: typeof desk, id: string) => who.call('DELETE', `/me/v1/sessions/${id}`)
  assert.equal((await end(others, newest!.id)).status, 404)
  assert.equal((await end(desk, newest!.id)).status, 204)
  assert.equal((await end(desk, newest!.id)).status, 404)
  assert.equal((await phone.call('GET', '/me/v1')).status, 401)
  assert.deepEqual(
    (await sessionsOf(desk)).map(({ id }) => id),
    [oldest!.id]
  )
  const ended = await gateway.admin<{ data: { actor: string }[] }>('/audit-log?action=person.session_ended')
  assert.deepEqual(
    ended.data.map(({ actor }) => actor),
    [USER]
  )

  await gateway.app.pg.pool.query(`insert into sign_in_sessions (token_hash, user_id, method, created_at, expires_at)
    select sha256('before'), user_id, method, created_at, expires_at from sign_in_sessions where id = ${oldest!.id}`)
  assert.equal((await sessionsOf(desk)).find(({ current }) => !current)?.client_address, null)
  const out = await end(desk, oldest!.id)
  assert.match(out.headers.get('set-cookie') ?? '', /^sluice_session=; Max-Age=0/)
  assert.equal((await desk.call('GET', '/me/v1')).status, 401)
})
