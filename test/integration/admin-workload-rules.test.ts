import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readKeyStanding } from '../../services/resources/records/client-keys.ts'
import { startGateway, USER } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'

const ROBOT = 'robot@example.com'
const OTHER = 'other@example.com'
const ISSUER = 'https://issuer.example'
const RULE = {
  name: 'ci',
  issuer: ISSUER,
  audience: 'sluice',
  conditions: { repository: 'acme/*' },
  user: ROBOT,
  group: 'pro'
}
const GROUPS = [
  { name: 'default', kind: 'balance' },
  { name: 'pro', kind: 'balance' }
]
const USERS = [{ email: USER }, { email: ROBOT }, { email: OTHER }]

interface KeyState {
  id: string
  user: string
  name: string
  group: string
  by: string
  status: string
  revoked: boolean
  models: string[] | null
  daily: string | null
}

async function setUp(t: Parameters<typeof startGateway>[0]) {
  const gateway = await startGateway(t, { declared: () => ({ groups: GROUPS, users: USERS }) })
  const keys = async () => {
    const { rows } = await gateway.app.pg.pool.query<KeyState>(
      `select k.id, u.email as user, k.name, g.name as "group", k.made_by as by, k.status, k.revoked_at is not null as revoked,
         k.allowed_models as models, trim_scale(k.daily_limit_usd)::text as daily
       from api_keys k join users u on u.id = k.user_id join groups g on g.id = k.group_id order by k.id`
    )
    return rows
  }
  return { gateway, keys, ...operatorOf(gateway) }
}

test('a workload rule has a key that follows it', async (t) => {
  const { gateway, keys, call, refusal, audit } = await setUp(t)
  const made = await call('POST', '/workload-rules', RULE)
  assert.equal(made.status, 201, made.text)
  const path = `/workload-rules/${String(made.body['id'])}`
  assert.partialDeepStrictEqual(made.body, { ...RULE, priority: 50, life_minutes: 15, status: 'active', key_name: 'ci' })
  const fresh = { user: ROBOT, name: 'ci', group: 'pro', by: 'workload', status: 'active', revoked: false }
  assert.partialDeepStrictEqual(await keys(), [{ ...fresh, models: null, daily: null }])
  assert.partialDeepStrictEqual(await audit(1), [{ action: 'workload-rule.created', subject: 'workload-rule ci' }])

  await t.test('in what it may use, and what it may spend', async () => {
    const changed = await call('PATCH', path, {
      group: 'default',
      status: 'disabled',
      allowed_models: ['claude-haiku-5-5'],
      spend_limits: { daily: '2.50' }
    })
    assert.equal(changed.status, 200, changed.text)
    const [key] = await keys()
    assert.partialDeepStrictEqual(key, { group: 'default', status: 'disabled', models: ['claude-haiku-5-5'], daily: '2.5' })
    const spending = changed.body['spending'] as { kind: string; limit_usd: string | null }[]
    assert.equal(spending.find(({ kind }) => kind === 'day')?.limit_usd, '2.5')
    await call('PATCH', '/workload-rules/ci', { status: 'active', allowed_models: null, spend_limits: { daily: null } })
    assert.partialDeepStrictEqual((await keys())[0], { status: 'active', models: null, daily: null })
  })

  await t.test('and in nothing else: nobody changes it, ends it, or has its secret', async () => {
    const { id } = (await keys())[0]!
    for (const [method, to, body] of [
      ['PATCH', `/keys/${id}`, { spend_limits: { daily: '1000' } }],
      ['POST', `/keys/${id}/rotate`, {}],
      ['POST', `/keys/${id}/revoke`, undefined]
    ] as const) {
      const text = `key ${ROBOT}/ci is that of a workload rule: change, disable or remove the rule`
      assert.deepEqual(await refusal(method, to, body), [409, text], to)
    }
    assert.equal((await keys())[0]?.revoked, false)
  })

  await t.test('and says nothing of what its user may do with keys of their own', async () => {
    const { rows } = await gateway.app.pg.pool.query<{ id: string }>('select id from users where email = $1', [ROBOT])
    const asked = { userId: rows[0]!.id, groupName: 'default', now: Date.now() }
    assert.deepEqual(await readKeyStanding(gateway.app.pg.pool, asked), {
      notRevoked: 0,
      isLimited: false,
      standing: null,
      team: null
    })
  })

  await t.test('of another user, who has another key then', async () => {
    const changed = await call('PATCH', path, { user: OTHER })
    assert.equal(changed.status, 200, changed.text)
    const [before, after] = await keys()
    assert.partialDeepStrictEqual(before, { user: ROBOT, name: 'ci', revoked: true })
    assert.partialDeepStrictEqual(after, { user: OTHER, name: 'ci', revoked: false, group: 'default' })
    await call('PATCH', path, { user: ROBOT })
    assert.partialDeepStrictEqual((await keys())[2], { user: ROBOT, name: 'ci (2)', revoked: false })
  })

  await t.test('and ends with it', async () => {
    assert.equal((await call('DELETE', path)).status, 204)
    assert.ok((await keys()).every(({ revoked }) => revoked))
    const again = await call('POST', '/workload-rules', RULE)
    assert.deepEqual([again.status, again.body['key_name']], [201, 'ci (3)'])
  })
})

test('a workload rule that could let in anybody, or leads nowhere, is refused', async (t) => {
  const { refusal, call } = await setUp(t)
  for (const [changes, problem] of [
    [{ issuer: 'http://issuer.example' }, /^issuer must be an https:\/\/ URL/],
    [{ issuer: 'https://169.254.169.254' }, /^issuer: 169\.254\.169\.254 is a link-local/],
    [{ issuer: 'https://10.0.0.1' }, /^issuer: 10\.0\.0\.1 is in a private network/],
    [{ issuer: 'https://token.actions.githubusercontent.com', conditions: { ref: 'x' } }, /must say whose jobs they are/],
    [{ conditions: {} }, /^conditions must be a mapping of 1 to 50 claims/],
    [{ conditions: { sub: '' } }, /sub must be a text of 1 to 500 characters/],
    [{ conditions: { sub: '*' } }, /must ask for more than \*/],
    [{ life_minutes: 61 }, /^life_minutes must be an integer from 1 to 60/],
    [{ user: 'nobody@example.com' }, /there is no user nobody@example\.com/],
    [{ group: 'nothing' }, /there is no group nothing/]
  ] as const) {
    const [status, text] = await refusal('POST', '/workload-rules', { ...RULE, ...changes })
    assert.equal(status, 400, text)
    assert.match(text, problem)
  }
  assert.equal((await call('POST', '/workload-rules', RULE)).status, 201)
  assert.deepEqual(await refusal('POST', '/workload-rules', RULE), [409, 'there is a workload rule ci already'])
  const [status, text] = await refusal('PATCH', '/workload-rules/ci', {
    issuer: 'https://token.actions.githubusercontent.com',
    conditions: { ref: 'x' }
  })
  assert.deepEqual([status, /must say whose jobs/.test(text)], [400, true])
})

test('a declarative file has workload rules, and leaves their keys alone', async (t) => {
  const { gateway, keys, refusal } = await setUp(t)
  const file = { groups: GROUPS, users: USERS, workload_rules: [RULE] }
  const apply = async (declared: object, more: object = {}) => {
    const report = await gateway.post<{ plan: { action: string; kind: string; name: string }[] }>('/apply', {
      file: JSON.stringify(declared),
      ...more
    })
    return report.plan
      .filter(({ action }) => action !== 'unchanged')
      .map(({ action, kind, name }) => `${action} ${kind} ${name}`)
  }
  assert.deepEqual(await apply(file), ['create workload-rule ci'])
  assert.deepEqual(await apply(file, { prune: true }), ['change account main'])
  assert.partialDeepStrictEqual(await keys(), [{ name: 'ci', by: 'workload', status: 'active' }])

  const { warnings } = await gateway.post<{ warnings: string[] }>('/apply', { file: JSON.stringify(file), dry_run: true })
  assert.deepEqual(warnings, ['group pro has keys, but no account serves it: their requests are refused'])

  const limited = { ...file, workload_rules: [{ ...RULE, spend_limits: { daily: 3 }, priority: 1 }] }
  assert.deepEqual(await apply(limited), ['change workload-rule ci'])
  assert.equal((await keys())[0]?.daily, '3')

  assert.deepEqual(await apply({ groups: GROUPS, users: USERS }, { prune: true }), ['change workload-rule ci'])
  assert.equal((await keys())[0]?.status, 'disabled')

  const taken = { ...file, users: [{ email: ROBOT, keys: [{ name: 'ci' }] }] }
  const clash = await gateway.post<{ warnings: string[] }>('/apply', { file: JSON.stringify(taken) })
  assert.deepEqual(
    clash.warnings.filter((warning) => warning.startsWith('key ')),
    [`key ${ROBOT}/ci is left out: a key that was made for a sign-in or a workload rule has that name`]
  )
  const nobody = { workload_rules: [{ ...RULE, user: 'nobody@example.com', group: 'nothing', issuer: 'https://127.0.0.2' }] }
  const [, problems] = await refusal('POST', '/apply', { file: JSON.stringify(nobody) })
  for (const problem of [/there is no user nobody/, /there is no group nothing/, /issuer: 127\.0\.0\.2 is in a private/])
    assert.match(problems, problem)
})
