import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, ask, CLIENT_KEY, MODEL, refusalOf, startGateway, user, USER, type Gateway } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { signIn } from '../support/person.ts'

const OTHER_MODEL = 'claude-haiku-4-5'
const BOUND_KEY = `${CLIENT_KEY}-bound`
/** Some cents at list prices. */
const USAGE = { outputTokens: 2800 }

interface Key {
  id: string
  name: string
  status: string
  problem: string | null
  spend_limits: Record<string, string | null>
  own_spend_limits: Record<string, string | null>
  own_allowed_models: string[] | null
  spending: { kind: string; limit_usd: string | null }[]
}

/** A person with a key of their own, and one that operators have bound in every way. */
const declared = (url: string, daily = 0.01) => ({
  groups: [{ name: 'default', kind: 'balance' }],
  accounts: [account('main', url)],
  users: [
    user({
      keys: [
        { name: 'laptop', key: CLIENT_KEY },
        {
          name: 'bound',
          key: BOUND_KEY,
          spend_limits: { daily },
          allowed_models: [MODEL],
          allowed_ips: ['127.0.0.1'],
          expires_at: '2030-01-01T00:00:00Z'
        }
      ]
    }),
    { email: 'other@example.com' }
  ]
})

async function begin(gateway: Gateway) {
  const person = await signIn(gateway, USER)
  const keys = (await person.mine<{ data: Key[] }>('/keys')).data
  const idOf = (name: string) => keys.find((key) => key.name === name)!.id
  const change = async (name: string, changes: object) => {
    const { status, body } = await person.call<Key>('PATCH', `/me/v1/keys/${idOf(name)}`, changes)
    assert.equal(status, 200, JSON.stringify(body))
    return body
  }
  return { person, idOf, change }
}

const send = async ({ messages }: Gateway, key: string, changes = {}) => {
  const response = await messages(ask(changes), { headers: { 'x-api-key': key } })
  if (response.status === 200) {
    await response.arrayBuffer()
    return 'answered'
  }
  const { status, message } = await refusalOf(response)
  return `${status} ${message}`
}

test('people limit their own keys, and take it back', async (t) => {
  const gateway = await startGateway(t, { declared: (url) => declared(url) })
  gateway.upstream.setBehaviour({ usage: USAGE })
  const { change, person, idOf } = await begin(gateway)
  const ask = (changes = {}) => send(gateway, CLIENT_KEY, changes)

  await change('laptop', { own_allowed_models: [OTHER_MODEL] })
  assert.match(await ask(), /^404 .*not allowed for this API key \(laptop\), which may use only claude-haiku-4-5/)
  assert.equal(await ask({ model: OTHER_MODEL }), 'answered')
  const models = (await (await gateway.get('/v1/models')).json()) as { data: { id: string }[] }
  assert.deepEqual([...new Set(models.data.map(({ id }) => id.replace(/-\d{8}$/, '')))], [OTHER_MODEL])
  await change('laptop', { own_allowed_models: null })
  assert.equal(await ask(), 'answered')

  await change('laptop', { own_allowed_ips: ['192.0.2.0/24'] })
  assert.match(await ask(), /^403 .*from 127\.0\.0\.1/)
  await change('laptop', { own_allowed_ips: null })

  await gateway.settled()
  const limited = await change('laptop', { own_spend_limits: { daily: '0.01' } })
  assert.deepEqual(
    limited.spending.map(({ limit_usd: limit }) => limit),
    ['0.01', null, null, null]
  )
  assert.match(await ask(), /^429 spend limit of this API key reached \(daily/)
  const renamed = await change('laptop', { own_spend_limits: { daily: null, total: '1000' }, name: 'desk' })
  assert.deepEqual([renamed.name, renamed.own_spend_limits['daily'], renamed.own_spend_limits['total']], ['desk', null, '1000'])
  assert.equal(await ask(), 'answered')

  const id = idOf('laptop')
  await change('laptop', { own_expires_at: '1h' })
  // As if the hour had passed.
  await gateway.app.pg.pool.query(`update api_keys set own_expires_at = '2026-01-01' where id = $1`, [id])
  gateway.app.bus.publish('directory')
  assert.match(await ask(), /^401 This API key expired at 2026-01-01T00:00:00\.000Z/)
  const [expired, ...more] = (await gateway.admin<{ data: Key[] }>('/keys?status=expired')).data
  assert.deepEqual([expired!.id, expired!.status, more.length], [id, 'expired', 0])
  assert.match(expired!.problem ?? '', /expired/)
  await change('laptop', { own_expires_at: null })
  assert.equal(await ask(), 'answered')

  const made = await person.call<Key>('POST', '/me/v1/keys', { name: 'ci', own_allowed_models: ['nothing'] })
  assert.deepEqual(made.status, 403, 'operators have limited one in this group')
  assert.equal((await person.call('POST', `/me/v1/keys/${id}/revoke`)).status, 200)
  assert.equal((await person.call('PATCH', `/me/v1/keys/${id}`, { own_spend_limits: { daily: '1' } })).status, 409)
})

test('no limit of one’s own gets round what operators have set', async (t) => {
  const gateway = await startGateway(t, { declared: (url) => declared(url) })
  gateway.upstream.setBehaviour({ usage: USAGE })
  const { change, person, idOf } = await begin(gateway)
  const ask = (changes = {}) => send(gateway, BOUND_KEY, changes)
  const wide = {
    own_spend_limits: { daily: '1000', weekly: '1000', monthly: '1000', total: '1000' },
    own_allowed_models: [MODEL, OTHER_MODEL],
    own_allowed_ips: ['0.0.0.0/0', '::/0'],
    own_expires_at: '2040-01-01T00:00:00Z'
  }
  const none = { own_spend_limits: { daily: null }, own_allowed_models: null, own_allowed_ips: null, own_expires_at: null }
  for (const changes of [wide, none, wide]) {
    await change('bound', changes)
    assert.match(await ask({ model: OTHER_MODEL }), /^404 .*which may use only claude-opus-5-5/)
  }
  assert.equal(await ask(), 'answered')
  await gateway.settled()
  assert.match(await ask(), /^429 spend limit of this API key reached \(daily/)
  for (const changes of [none, wide]) {
    await change('bound', changes)
    assert.match(await ask(), /^429 spend limit/)
  }
  await operatorOf(gateway).call('PATCH', `/keys/${idOf('bound')}`, {
    spend_limits: { daily: null },
    allowed_ips: ['192.0.2.1']
  })
  assert.match(await ask(), /^403 .*from 127\.0\.0\.1/)
  await operatorOf(gateway).call('PATCH', `/keys/${idOf('bound')}`, { allowed_ips: null })
  assert.equal(await ask(), 'answered')
  await gateway.app.pg.pool.query(`update api_keys set expires_at = '2026-01-01' where name = 'bound'`)
  gateway.app.bus.publish('directory')
  assert.match(await ask(), /^401 .*expired/)

  for (const field of ['spend_limits', 'allowed_ips', 'allowed_models', 'expires_at', 'group', 'note']) {
    const [status, message] = await person.refusal('PATCH', `/me/v1/keys/${idOf('bound')}`, { [field]: null })
    assert.equal(status, 400)
    assert.match(message ?? '', new RegExp(`${field} is not a known field`))
  }
  assert.equal((await person.call('PATCH', `/me/v1/keys/${idOf('bound')}`, { name: 'free' })).status, 403)
  assert.equal((await person.call('POST', '/me/v1/keys', { name: 'free', own_spend_limits: { daily: '1' } })).status, 403)
  const stranger = await signIn(gateway, 'other@example.com')
  assert.equal((await stranger.call('PATCH', `/me/v1/keys/${idOf('laptop')}`, none)).status, 404)
  for (const [changes, says] of [
    [{ own_allowed_ips: ['10.0.0.5/8'] }, /^own_allowed_ips/],
    [{ own_expires_at: '2020-01-01T00:00:00Z' }, /^own_expires_at: .*has passed/],
    [{ own_spend_limits: { daily: '-1' } }, /own_spend_limits/]
  ] as const) {
    const [status, message] = await person.refusal('PATCH', `/me/v1/keys/${idOf('laptop')}`, changes)
    assert.equal(status, 400)
    assert.match(message ?? '', says)
  }
})

test('a declarative file leaves alone what people have set', async (t) => {
  const gateway = await startGateway(t, { declared: (url) => declared(url) })
  const { change, person } = await begin(gateway)
  const fileWith = (daily: number) => JSON.stringify(declared(gateway.upstream.url, daily))
  await change('bound', { own_spend_limits: { weekly: '3' }, own_allowed_models: [MODEL] })
  const { plan } = await gateway.post<{ plan: { action: string }[] }>('/apply', { file: fileWith(0.01), dry_run: true })
  assert.deepEqual(
    plan.filter(({ action }) => action !== 'unchanged'),
    []
  )
  await gateway.post('/apply', { file: fileWith(0.02) })
  const bound = (await person.mine<{ data: Key[] }>('/keys')).data.find(({ name }) => name === 'bound')!
  assert.deepEqual(
    [bound.spend_limits['daily'], bound.own_spend_limits['weekly'], bound.own_allowed_models],
    ['0.02', '3', [MODEL]]
  )
})
