import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { describe } from '../../cli/declared-form.ts'
import { serverPlace } from '../support/server-process.ts'
import { runSluice } from '../support/sluice-command.ts'

const PROXY_URL = 'http://ann:proxy-pass-word@proxy.example.com:3128'
const DECLARED = {
  groups: [
    { name: 'default', kind: 'balance', rate_multiplier: '1.25' },
    {
      name: 'pro $${X}',
      kind: 'subscription',
      daily_limit_usd: '10',
      monthly_limit_usd: '0.000000001',
      window_anchor: 'calendar',
      time_zone: 'Europe/Berlin',
      allowed_models: ['claude-opus-5-5'],
      model_mapping: { best: 'claude-opus-5-5' }
    }
  ],
  proxies: [{ name: 'office', url: PROXY_URL }],
  accounts: [
    {
      name: 'main',
      type: 'api-key',
      credentials: { api_key: 'sk-ant-canary-1' },
      headers: { 'X-Tenant': 'tenant-canary', 'x-team': 'team-canary' },
      groups: ['default'],
      priority: 7,
      proxy: 'office'
    },
    {
      name: 'MAIN',
      type: 'api-key',
      credentials: { api_key: 'sk-ant-canary-2' },
      groups: [],
      status: 'disabled',
      schedulable: false
    },
    {
      name: 'direct',
      type: 'api-key',
      credentials: { api_key: 'sk-ant-canary-3' },
      proxy: 'socks5://bob:pass-word-2@other.example.com:1080'
    },
    {
      name: 'mine',
      type: 'oauth',
      owner: 'ann@example.com',
      base_url: 'https://example.com/path',
      allowed_models: [],
      header_profile: true
    }
  ],
  users: [
    {
      email: 'ann@example.com',
      role: 'admin',
      concurrency: 0,
      balance_usd: '12.5',
      keys: [
        { name: 'laptop', expires_at: '2099-12-31T23:59:59Z' },
        { name: 'ci', group: 'pro $${X}', status: 'disabled' },
        { name: 'gone', group: 'default' },
        { name: 'over', group: 'default', expires_at: '2020-01-01T00:00:00Z' }
      ],
      subscriptions: [{ group: 'pro $${X}', days: 30, starts_at: '2026-01-01T00:00:00Z', status: 'suspended' }]
    },
    {
      email: 'bob@example.com',
      status: 'disabled',
      subscriptions: [{ group: 'pro $${X}', days: 1, starts_at: '2020-01-01T00:00:00Z' }]
    },
    {
      email: 'cid@example.com',
      subscriptions: [{ group: 'pro $${X}', days: 1, starts_at: '2100-01-01T00:00:00Z' }]
    }
  ]
}
const SECRETS = {
  ACCOUNT_MAIN_API_KEY: 'sk-ant-canary-1',
  ACCOUNT_MAIN_HEADER_X_TENANT: 'tenant-canary',
  ACCOUNT_MAIN_HEADER_X_TEAM: 'team-canary',
  ACCOUNT_MAIN_API_KEY_2: 'sk-ant-canary-2',
  ACCOUNT_DIRECT_API_KEY: 'sk-ant-canary-3',
  PROXY_OFFICE_URL: PROXY_URL,
  PROXY_SOCKS5_BOB_OTHER_EXAMPLE_COM_1080_URL: 'socks5://bob:pass-word-2@other.example.com:1080'
}

test('what was exported says what is there: applying it changes nothing, and without secrets in it', async (t) => {
  const place = await serverPlace(t, { declared: DECLARED })
  await place.start()
  const sluice = (args: string, env: Record<string, string> = {}, input = '') =>
    runSluice(args.split(' '), { ...place.env, ...env }, input)
  assert.equal((await sluice('keys revoke ann@example.com gone --yes')).code, 0)

  const exported = await sluice('export')
  assert.deepEqual([exported.code, exported.err], [0, ''])
  assert.doesNotMatch(exported.out, /canary|pass-word|sk-sluice/)
  const named = [...exported.out.matchAll(/^# {3}(\w+)$/gm)].map(([, name = '']) => name)
  assert.deepEqual(named.toSorted(), Object.keys(SECRETS).toSorted())

  const diff = await sluice('diff -f -', SECRETS, exported.out)
  assert.equal(diff.code, 0, diff.out + diff.err)
  assert.match(diff.out, /Dry run, nothing was done: 0 to create, 0 to change, 17 unchanged\.\n$/)
  const pruned = await sluice('diff -f - --prune', SECRETS, exported.out)
  assert.equal(pruned.code, 0, `nothing is left out but a revoked key, which stays revoked: ${pruned.out}`)
  const applied = await sluice('apply -f - --json', SECRETS, exported.out)
  assert.equal(applied.code, 0, applied.err)
  assert.ok((JSON.parse(applied.out) as { plan: { action: string }[] }).plan.every(({ action }) => action === 'unchanged'))

  await t.test('as JSON it is the same', async () => {
    const json = await sluice('export --json')
    assert.equal(json.code, 0, json.err)
    assert.equal((await sluice('diff -f -', SECRETS, json.out)).code, 0)
    const again = await sluice('export --json')
    assert.deepEqual(JSON.parse(again.out), JSON.parse(json.out))
  })

  await t.test('a secret that is another is a difference, as is a field, and neither is done', async () => {
    const other = await sluice('diff -f -', { ...SECRETS, ACCOUNT_MAIN_API_KEY: 'sk-ant-canary-9' }, exported.out)
    assert.equal(other.code, 1)
    assert.match(other.out, /change +account +main +\(credentials: \(secret\) → \(changed\)\)/)
    assert.match(other.err, /sluice: the file and the database differ: 1 to create or change\n$/)
    assert.doesNotMatch(other.out + other.err, /canary/)
    const header = await sluice('diff -f -', { ...SECRETS, ACCOUNT_MAIN_HEADER_X_TENANT: 'another-canary' }, exported.out)
    assert.match(header.out, /change +account +main +\(headers: x-team, x-tenant → x-team, x-tenant \(changed\)\)/)
    assert.doesNotMatch(header.out + header.err, /canary/)
    const file = join(place.dataDir, 'other.yaml')
    await writeFile(file, exported.out.replace('concurrency: 0', 'concurrency: 3'))
    const field = await sluice(`diff -f ${file} --json`, SECRETS)
    assert.equal(field.code, 1)
    const { plan } = JSON.parse(field.out) as { plan: { action: string; changes: object[] }[] }
    assert.deepEqual(
      plan.filter(({ action }) => action === 'change').map(({ changes }) => changes),
      [[{ field: 'concurrency', from: '0', to: '3' }]]
    )
    assert.equal((await sluice('diff -f -', SECRETS, exported.out)).code, 0)
  })

  await t.test('a missing variable and a missing file are wrong usage', async () => {
    const missing = await sluice('diff -f -', {}, exported.out)
    assert.equal(missing.code, 2)
    assert.match(missing.err, /ACCOUNT_MAIN_API_KEY/)
    assert.equal((await sluice('diff')).code, 2)
  })
})

test('what a lead has left without a member or a limit cannot be described, and is told of', () => {
  const [ann, bob] = ['ann@example.com', 'bob@example.com']
  const person = { role: 'user', status: 'active', concurrency: 5 }
  const key = (email: string, name: string, team: string | null) => ({
    user_email: email,
    name,
    group: 'default',
    team,
    spend_limits: {},
    brakes: {}
  })
  const none = { daily: null, weekly: null, monthly: null }
  const members = [{ user: ann, role: 'lead', guaranteed: none, limits: { ...none, daily: '5' } }]
  const raise = { team: 'core', amount_usd: '1', until: '2999-01-01T00:00:00.000Z', reason: 'launch', ended_at: null }
  const { file, warnings } = describe(
    {
      groups: [],
      proxies: [],
      workloadRules: [],
      teams: [{ name: 'core', daily_limit_usd: '9', weekly_limit_usd: null, members }],
      raises: [
        { ...raise, user: ann, period: 'daily' },
        { ...raise, user: ann, period: 'weekly' },
        { ...raise, user: null, period: 'daily' },
        { ...raise, user: null, period: 'weekly' }
      ],
      accounts: [],
      users: [
        { email: ann, ...person },
        { email: bob, ...person }
      ],
      keys: [key(ann, 'a', 'core'), key(bob, 'b', 'core'), key(bob, 'c', null)],
      subscriptions: []
    },
    0
  )
  assert.deepEqual(
    file.users?.map(({ keys = [] }) => keys.map(({ name }) => name)),
    [['a'], ['c']]
  )
  assert.deepEqual(
    file.teams?.[0]?.raises?.map(({ user = 'pool', period }) => `${user} ${period}`),
    [`${ann} daily`, 'pool daily']
  )
  assert.deepEqual(warnings, [
    'key bob@example.com/b is left out: its owner is not a member of team core',
    'raise of core/ann@example.com by 1 USD weekly is left out: there is no such limit any more',
    'raise of core by 1 USD weekly is left out: there is no such limit any more'
  ])
})

test('a subscription of no whole days cannot be described, and is told of', () => {
  const user = { email: 'ann@example.com', role: 'user', status: 'active', concurrency: 5 } as const
  const subscription = { user_email: 'ann@example.com', status: 'active', starts_at: '2026-01-01T00:00:00.000Z' } as const
  const { file, warnings } = describe(
    {
      groups: [],
      proxies: [],
      workloadRules: [],
      teams: [],
      raises: [],
      accounts: [],
      users: [user],
      keys: [],
      subscriptions: [
        { ...subscription, group: 'pro', expires_at: '2026-02-01T00:00:00.001Z' },
        { ...subscription, group: 'plus', expires_at: '2026-02-01T00:00:00.000Z' }
      ]
    },
    0
  )
  assert.deepEqual(file.users?.[0]?.subscriptions, [
    { group: 'plus', days: 31, starts_at: '2026-01-01T00:00:00.000Z', status: 'active' }
  ])
  assert.deepEqual(warnings, [
    'subscription ann@example.com/pro is left out: from 2026-01-01T00:00:00.000Z to 2026-02-01T00:00:00.001Z is not a whole number of days'
  ])
})
