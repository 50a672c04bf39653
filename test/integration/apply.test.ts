import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, test, type TestContext } from 'node:test'
import { PUBLIC_HOSTS } from '../../services/platform/network/host-rules.ts'
import { applyDesired, applyWithin, type ApplyResult } from '../../services/resources/set-up/apply.ts'
import { ApplyError } from '../../services/resources/set-up/apply-plan.ts'
import { parseDeclarativeFile } from '../../services/resources/set-up/declarative-file.ts'
import { teamResource } from '../../services/resources/teams/teams.ts'
import { provisionFirstStart } from '../../services/resources/set-up/provisioning.ts'
import { openCredentials, sealCredentials, type AccountCredentials } from '../../services/resources/accounts/credentials.ts'
import { findClientKey } from '../../services/resources/records/client-keys.ts'
import { inTransaction, type Queryable } from '../../services/platform/database/queryable.ts'
import { createSecretBox, hashClientKey } from '../../services/platform/secrets.ts'
import { ANY_PRIVATE_HOST } from '../support/any-private-host.ts'
import { filePool, postgresPool } from '../support/databases.ts'

const DAY_MS = 86_400_000
const START = Date.parse('2026-11-23T12:00:00Z')
const secretBox = createSecretBox([Buffer.alloc(32, 7).toString('hex')])
const NOBODY = { actor: 'config', origin: null } as const
const KEY = 'client-key-of-a-developer-1'

const pool = await filePool()
let now = START
const clock = { now: () => now, uptime: () => 0, setTimer: () => ({ cancel: () => {} }) }

beforeEach(async () => {
  now = START
  await pool.query(
    'truncate groups, proxies, users, accounts, account_groups, api_keys, subscriptions, teams, removed_teams, ledger_entries restart identity cascade'
  )
})

async function apply(text: string, options: { dryRun?: boolean; prune?: boolean } = {}): Promise<ApplyResult> {
  const desired = parseDeclarativeFile(text, { fileName: 'sluice.yaml', variables: {} })
  return await applyDesired(pool, desired, { secretBox, clock, hosts: ANY_PRIVATE_HOST, audit: NOBODY, ...options })
}

/** The lines that say that something was done, as an operator reads them. */
function doings({ plan }: ApplyResult): string[] {
  return plan.steps
    .filter(({ action }) => action !== 'unchanged')
    .map(({ action, kind, name, changes }) =>
      [`${action} ${kind} ${name}`, ...changes.map(({ field, from, to }) => `${field}: ${from} → ${to}`)].join(' | ')
    )
}

async function column(sql: string): Promise<unknown[]> {
  const { rows } = await pool.query<Record<string, unknown>>(sql)
  return rows.map((row) => Object.values(row)[0])
}

async function problemsOf(text: string, options = {}): Promise<readonly string[]> {
  const error = await apply(text, options).then(
    () => null,
    (error: unknown) => error
  )
  assert(error instanceof ApplyError)
  return error.problems
}

const FILE = `
groups:
  - {name: default, kind: balance, rate_multiplier: 1.0}
  - {name: pro, kind: subscription, daily_limit_usd: 10, monthly_limit_usd: "150.50"}
accounts:
  - {name: main, type: api-key, credentials: {api_key: upstream-key-1}, groups: [pro, default], model_mapping: {a: b}}
users:
  - email: Dev@example.com
    balance_usd: 100
    keys: [{name: laptop, key: ${KEY}}, {name: ci, group: pro, expires_at: 2027-01-01T00:00:00+01:00}]
    subscriptions: [{group: pro, days: 30}]
`

test('a file is created as it says, and applied once more it changes nothing', async () => {
  assert.deepEqual(doings(await apply(FILE)), [
    'create group default',
    'create group pro',
    'create user dev@example.com',
    'create account main',
    'create key dev@example.com/laptop',
    'create key dev@example.com/ci',
    'create subscription dev@example.com/pro'
  ])
  now += DAY_MS
  const again = await apply(FILE, { prune: true })
  assert.deepEqual(doings(again), [])
  assert.equal(again.plan.steps.length, 7)
  assert.deepEqual(again.plan.warnings, [])

  const record = await findClientKey(pool, hashClientKey(KEY))
  assert.equal(record?.user.email, 'dev@example.com')
  assert.equal(record?.user.balanceNano, 100_000_000_000n)
  assert.equal(record?.group.name, 'default')
  assert.deepEqual(await column('select monthly_limit_usd from groups order by name desc limit 1'), ['150.500000000'])
  const [sealed] = await column('select credentials from accounts')
  assert.equal(secretBox.open(sealed as Buffer, 'account:main'), '{"api_key":"upstream-key-1"}')
})

test('a key that the file does not give is generated, shown once and kept', async () => {
  const { createdKeys } = await apply(FILE)
  assert.deepEqual(
    createdKeys.map(({ email, name }) => `${email}/${name}`),
    ['dev@example.com/ci']
  )
  const record = await findClientKey(pool, hashClientKey(createdKeys[0]?.key ?? ''))
  assert.equal(record?.key.expiresAt, Date.parse('2026-12-31T23:00:00Z'))
  assert.deepEqual((await apply(FILE)).createdKeys, [])
  assert.equal((await findClientKey(pool, hashClientKey(createdKeys[0]?.key ?? '')))?.key.name, 'ci')
})

test('what differs is changed, and the plan names old and new but no secret', async () => {
  await apply(FILE)
  const changed = FILE.replace('rate_multiplier: 1.0', 'rate_multiplier: 1.25')
    .replace('daily_limit_usd: 10,', '')
    .replace('upstream-key-1', 'upstream-key-2')
    .replace('[pro, default]', '[default]')
    .replace(KEY, 'another-key-of-a-developer')
    .replace('group: pro, expires', 'expires')
    .replace('balance_usd: 100', 'balance_usd: 100\n    concurrency: 0\n    role: admin')
  const result = await apply(changed)
  assert.deepEqual(doings(result), [
    'change group default | rate_multiplier: 1 → 1.25',
    'change group pro | daily_limit_usd: 10 → none',
    'change user dev@example.com | role: user → admin | concurrency: 5 → 0',
    'change account main | credentials: (secret) → (changed) | groups: default, pro → default',
    'change key dev@example.com/laptop | key: (secret) → (changed)',
    'change key dev@example.com/ci | group: pro → default'
  ])
  assert.doesNotMatch(JSON.stringify(doings(result)), /upstream-key|developer/)
  assert.equal(await findClientKey(pool, hashClientKey(KEY)), null)
  assert.equal((await findClientKey(pool, hashClientKey('another-key-of-a-developer')))?.key.name, 'laptop')
  assert.deepEqual(doings(await apply(changed)), [])
})

test('a dry run plans the same and writes nothing', async () => {
  const planned = await apply(FILE, { dryRun: true })
  assert.deepEqual(await column('select count(*) from groups'), ['0'])
  assert.deepEqual(planned.createdKeys, [])
  assert.deepEqual(doings(planned), doings(await apply(FILE)))
})

test('nothing is left of an apply that fails half-way', async () => {
  await apply(FILE)
  // A group is created before the key that the database will refuse.
  await pool.query(`alter table api_keys add constraint no_tablet check (name <> 'tablet')`)
  const more = FILE.replace('groups:\n', 'groups:\n  - {name: new, kind: balance}\n').replace(
    'name: laptop',
    'name: tablet, group: new'
  )
  await assert.rejects(apply(more.replace(KEY, 'third-key-of-a-developer')), /no_tablet/)
  await pool.query('alter table api_keys drop constraint no_tablet')
  assert.deepEqual(await column('select name from groups order by name'), ['default', 'pro'])
})

test('two applies at once take turns: one creates, the others find it done', async (t) => {
  // The embedded database has one session, so that only a real one puts the lock to the test.
  const pool = await postgresPool(t)
  const desired = parseDeclarativeFile(FILE, { fileName: 'f', variables: {} })
  const results = await Promise.all(
    Array.from({ length: 4 }, () => applyDesired(pool, desired, { secretBox, clock, hosts: ANY_PRIVATE_HOST, audit: NOBODY }))
  )
  assert.deepEqual(
    results.map((result) => doings(result).length).toSorted((a, b) => a - b),
    [0, 0, 0, 7]
  )
  const { rows } = await pool.query('select amount_usd from ledger_entries')
  assert.deepEqual(rows, [{ amount_usd: '100.000000000' }])
})

test('while a file is applied, requests are still settled and keys still found', async (t) => {
  const pool = await postgresPool(t)
  const desired = parseDeclarativeFile(FILE, { fileName: 'f', variables: {} })
  await applyDesired(pool, desired, { secretBox, clock, hosts: ANY_PRIVATE_HOST, audit: NOBODY })
  const applying = await pool.connect()
  await applying.query('begin')
  await applyWithin(applying, desired, { secretBox, clock, hosts: ANY_PRIVATE_HOST, audit: NOBODY })
  assert.equal((await findClientKey(pool, hashClientKey(KEY)))?.key.name, 'laptop')
  await pool.query('update users set balance_usd = balance_usd - 1')
  await applying.query('commit')
  applying.release()
})

test('without --prune what the file does not name stays; with it, it is disabled and kept', async () => {
  await apply(FILE)
  const smaller = `
groups: [{name: default, kind: balance}]
users: [{email: ops@example.com, keys: [{name: k, key: key-of-an-operator-12345}]}]
`
  assert.deepEqual(doings(await apply(smaller)), ['create user ops@example.com', 'create key ops@example.com/k'])
  const pruned = await apply(smaller, { prune: true })
  assert.deepEqual(doings(pruned), [
    'change group pro | status: active → disabled',
    'change user dev@example.com | status: active → disabled',
    'change account main | status: active → disabled',
    'change key dev@example.com/laptop | status: active → disabled',
    'change key dev@example.com/ci | status: active → disabled',
    'change subscription dev@example.com/pro | status: active → suspended'
  ])
  assert.deepEqual(await column('select count(*) from api_keys'), ['3'])
  assert.deepEqual(await column('select balance_usd from users order by id'), ['100.000000000', '0.000000000'])
  assert.deepEqual(doings(await apply(smaller, { prune: true })), [])
})

test('pruning keeps a group that the file refers to without describing it', async () => {
  await apply(FILE)
  const text = `users: [{email: dev@example.com, keys: [{name: laptop, key: ${KEY}}]}]`
  const groups = doings(await apply(text, { prune: true })).filter((line) => line.includes('group '))
  assert.deepEqual(groups, ['change group pro | status: active → disabled'])
})

test('pruning with a file that names nothing is refused', async () => {
  await apply(FILE)
  assert.match((await problemsOf('{}', { prune: true }))[0] ?? '', /disable everything/)
})

test('what was disabled stays disabled, with a warning, until the file says otherwise', async () => {
  await apply(FILE)
  await pool.query(`update api_keys set status = 'disabled' where name = 'laptop'`)
  await pool.query('update accounts set schedulable = false')
  const result = await apply(FILE)
  assert.deepEqual(doings(result), [])
  assert.deepEqual(result.plan.warnings, [
    'key dev@example.com/laptop is disabled and stays that way: set its status in the file to change that',
    'group pro has keys, but the accounts that serve it are disabled: their requests are refused'
  ])
  const enabling = FILE.replace('{name: laptop,', '{name: laptop, status: active,')
  assert.deepEqual(doings(await apply(enabling)), ['change key dev@example.com/laptop | status: disabled → active'])
})

test('groups that keys use without an account to serve them are pointed out', async () => {
  const named = ({ plan }: ApplyResult) =>
    plan.warnings.flatMap((warning) => {
      const words = /^group (\S+) has keys, but (.*):/.exec(warning)
      return words === null ? [] : [words.slice(1)]
    })
  assert.deepEqual(named(await apply(FILE)), [])
  assert.deepEqual(named(await apply(FILE.replace('groups: [pro, default]', 'groups: [default]'), { dryRun: true })), [
    ['pro', 'no account serves it']
  ])
  const disabled = FILE.replace('{name: main,', '{name: main, status: disabled,')
  assert.deepEqual(
    named(await apply(disabled, { dryRun: true })).map(([group]) => group),
    ['default', 'pro']
  )
  // What the file does not name is there all the same.
  const alone = 'groups: [{name: pro, kind: subscription, daily_limit_usd: 10, monthly_limit_usd: "150.50"}]'
  assert.deepEqual(named(await apply(alone)), [])
  await pool.query(`update users set status = 'disabled'`)
  assert.deepEqual(named(await apply(disabled, { dryRun: true })), [])
})

test('a model that nothing is called is pointed out, and allowed', async () => {
  const file = (model: string) => `
groups: [{name: default, kind: balance, allowed_models: [${model}, of-ours]}]
accounts: [{name: main, type: api-key, credentials: {api_key: sk-ant-key-of-the-test}, model_mapping: {of-ours: claude-opus-5-5}}]
`
  assert.deepEqual((await apply(file('claude-opus-5-5'))).plan.warnings, [])
  assert.deepEqual((await apply(file('claude-opus-55'))).plan.warnings, [
    'group default: no price and no account names a model claude-opus-55; did you mean claude-opus-5-5?'
  ])
})

test('a revoked subscription stays revoked until the file says otherwise', async () => {
  await apply(FILE)
  await pool.query(`update subscriptions set status = 'revoked'`)
  const result = await apply(FILE)
  assert.deepEqual(doings(result), [])
  assert.match(result.plan.warnings[0] ?? '', /subscription dev@example.com\/pro is revoked and stays that way/)
  assert.deepEqual(doings(await apply(FILE.replace('days: 30', 'days: 30, status: active'))), [
    'change subscription dev@example.com/pro | status: revoked → active'
  ])
})

test('new credentials mend an account in error, the old ones do not', async () => {
  await apply(FILE)
  await pool.query(`update accounts set status = 'error', error = 'invalid x-api-key'`)
  assert.deepEqual(doings(await apply(FILE)), [])
  assert.deepEqual(await column('select error from accounts'), ['invalid x-api-key'])
  assert.deepEqual(doings(await apply(FILE.replace('upstream-key-1', 'upstream-key-2'))), [
    'change account main | credentials: (secret) → (changed) | status: error → active'
  ])
  assert.deepEqual(await column('select error from accounts'), [null])
})

test('a fixed header that is another is a change, which shows no value and mends an account', async () => {
  const withHeaders = (headers: string) => FILE.replace('groups: [pro, default],', `headers: {${headers}}, $&`)
  await apply(withHeaders('X-Tenant: s3cret-1, x-team: s3cret-2'))
  assert.deepEqual(doings(await apply(withHeaders('x-team: s3cret-2, x-tenant: s3cret-1'))), [])
  await pool.query(`update accounts set status = 'error', error = 'no such tenant'`)
  assert.deepEqual(doings(await apply(withHeaders('x-tenant: s3cret-3, x-new: s3cret-2'))), [
    'change account main | headers: x-team, x-tenant → x-new, x-tenant (changed) | status: error → active'
  ])
  const stored = await storedCredentials()
  assert.deepEqual(stored, {
    type: 'api-key',
    apiKey: 'upstream-key-1',
    headers: { 'x-new': 's3cret-2', 'x-tenant': 's3cret-3' }
  })
  assert.deepEqual(doings(await apply(FILE)), ['change account main | headers: x-new, x-tenant → none'])
  assert.doesNotMatch((await column('select detail::text from audit_log')).join(), /s3cret/)
})

test('credentials that no secret key opens any more are replaced by those of the file', async () => {
  await apply(FILE)
  const other = createSecretBox([Buffer.alloc(32, 9).toString('hex')])
  const desired = parseDeclarativeFile(FILE, { fileName: 'f', variables: {} })
  const result = await applyDesired(pool, desired, { secretBox: other, clock, hosts: ANY_PRIVATE_HOST, audit: NOBODY })
  assert.deepEqual(doings(result), ['change account main | credentials: (secret) → (changed)'])
})

const DEV = 'users: [{email: dev@example.com}]\ngroups: [{name: default, kind: balance}, {name: pro, kind: balance}]\n'
const OAUTH = 'credentials: {access_token: at-1, refresh_token: rt-1, expires_at: 1790000000}'
const signIn = (more: string) => `${DEV}accounts: [{name: main, owner: dev@example.com, ${more}}]\n`

async function storedCredentials(name = 'main', box = secretBox): Promise<AccountCredentials> {
  const { rows } = await pool.query<{ type: AccountCredentials['type']; credentials: Buffer }>(
    'select type, credentials from accounts where name = $1',
    [name]
  )
  assert(rows[0] !== undefined)
  return openCredentials(box, name, rows[0].type, rows[0].credentials)
}

/** Does what a refresh or a login does to what was declared. */
async function renew(tokens: { accessToken: string; refreshToken: string; expiresAt: number }) {
  const credentials = await storedCredentials()
  assert(credentials.type === 'oauth')
  await pool.query('update accounts set credentials = $1', [sealCredentials(secretBox, 'main', { ...credentials, tokens })])
}

test('a sign-in is stored with its owner, who may be made by the same file', async () => {
  const result = await apply(signIn(`type: oauth, header_profile: true, ${OAUTH}`))
  assert.deepEqual(doings(result), [
    'create group default',
    'create group pro',
    'create user dev@example.com',
    'create account main'
  ])
  const stored = await storedCredentials()
  assert(stored.type === 'oauth')
  assert.deepEqual(stored.tokens, { accessToken: 'at-1', refreshToken: 'rt-1', expiresAt: 1_790_000_000_000 })
  assert.deepEqual(
    await column('select u.email from accounts a join users u on u.id = a.owner_id where a.header_profile and not a.shared'),
    ['dev@example.com']
  )
  assert.deepEqual(result.plan.warnings, [])
})

test('the expiry of tokens may be a time, seconds or milliseconds; left out, they count as expired', async () => {
  for (const [written, expiresAt] of [
    ['1790000000', 1_790_000_000_000],
    ['1790000000123', 1_790_000_000_123],
    ['2026-12-31T23:59:59Z', Date.parse('2026-12-31T23:59:59Z')],
    ['null', 0]
  ] as const) {
    await pool.query(
      'truncate groups, proxies, users, accounts, account_groups, api_keys, subscriptions, ledger_entries restart identity cascade'
    )
    await apply(signIn(`type: oauth, ${OAUTH.replace('1790000000', written)}`))
    const stored = await storedCredentials()
    assert.equal(stored.type === 'oauth' && stored.tokens?.expiresAt, expiresAt)
  }
})

test('a file that is applied again undoes neither a renewal nor a login', async () => {
  const text = signIn(`type: oauth, ${OAUTH}`)
  await apply(text)
  const renewed = { accessToken: 'at-2', refreshToken: 'rt-2', expiresAt: START }
  await renew(renewed)
  assert.deepEqual(doings(await apply(text)), [])
  assert.deepEqual(doings(await apply(text.replace('type:', 'concurrency: 9, type:'))), [
    'change account main | concurrency: 5 → 9'
  ])
  assert.deepEqual(doings(await apply(signIn('type: oauth'))), ['change account main | concurrency: 9 → 5'])
  const stored = await storedCredentials()
  assert.deepEqual(stored.type === 'oauth' && stored.tokens, renewed)
})

test('other tokens in the file replace those stored, and mend an account in error', async () => {
  await apply(signIn(`type: oauth, ${OAUTH}`))
  await renew({ accessToken: 'at-2', refreshToken: 'rt-2', expiresAt: START })
  await pool.query(`update accounts set status = 'error', error = 'invalid_grant'`)
  assert.deepEqual(doings(await apply(signIn(`type: oauth, ${OAUTH.replace('rt-1', 'rt-3')}`))), [
    'change account main | credentials: (secret) → (changed) | status: error → active'
  ])
  const stored = await storedCredentials()
  assert.equal(stored.type === 'oauth' && stored.tokens?.refreshToken, 'rt-3')
  assert.deepEqual(await column('select error from accounts'), [null])
})

test('an account may be signed in later, which a warning says until it is done', async () => {
  for (const type of ['oauth', 'setup-token'] as const) {
    await pool.query(
      'truncate groups, proxies, users, accounts, account_groups, api_keys, subscriptions, ledger_entries restart identity cascade'
    )
    const result = await apply(signIn(`type: ${type}`))
    assert.deepEqual(result.plan.warnings, ['account main is not signed in yet: run `sluice accounts login main`'])
    const signedIn: AccountCredentials =
      type === 'oauth'
        ? { type, tokens: { accessToken: 'at-1', refreshToken: 'rt-1', expiresAt: START }, declared: null }
        : { type, accessToken: 'st-1', declared: null }
    const sealed = sealCredentials(secretBox, 'main', signedIn)
    await pool.query('update accounts set credentials = $1', [sealed])
    const again = await apply(signIn(`type: ${type}`))
    assert.deepEqual([doings(again), again.plan.warnings], [[], []])
    assert.deepEqual(await column('select credentials from accounts'), [sealed])
  }
})

test('a shared sign-in is warned of each time, with the reason', async () => {
  const text = `${DEV}accounts: [{name: main, type: setup-token, shared: true, credentials: {access_token: st-1}}]`
  for (const _ of ['first', 'again']) {
    assert.deepEqual((await apply(text)).plan.warnings, [
      "account main is shared, and Anthropic's terms bar routing other people's requests through somebody's own sign-in: you answer for serving others with it"
    ])
  }
  const stored = await storedCredentials()
  assert.equal(stored.type === 'setup-token' && stored.accessToken, 'st-1')
  assert.deepEqual(doings(await apply(signIn('type: setup-token'))), [
    'change account main | owner: none → dev@example.com | shared: true → false'
  ])
})

test('an account changes its type with new credentials only', async () => {
  await apply(`${DEV}accounts: [{name: main, type: api-key, credentials: {api_key: upstream-key-1}}]`)
  assert.deepEqual(await problemsOf(signIn('type: oauth')), [
    'accounts[0].type: account main is of type api-key: to change that, give it new credentials'
  ])
  assert.deepEqual(doings(await apply(signIn(`type: oauth, ${OAUTH}`))), [
    'change account main | type: api-key → oauth | credentials: (secret) → (changed) | owner: none → dev@example.com'
  ])
  assert.deepEqual(doings(await apply(signIn(`type: oauth, ${OAUTH}`))), [])
  assert.deepEqual(doings(await apply(signIn('type: setup-token, credentials: {access_token: at-1}'))), [
    'change account main | type: oauth → setup-token | credentials: (secret) → (changed)'
  ])
  assert.equal((await storedCredentials()).type, 'setup-token')
})

test('sign-ins and proxies that no secret key opens any more are replaced by those of the file', async () => {
  const text = `proxies: [{name: corp, url: "http://u:p@proxy"}]\n${signIn(`type: oauth, proxy: corp, ${OAUTH}`)}`
  await apply(text)
  const other = createSecretBox([Buffer.alloc(32, 9).toString('hex')])
  const applyWithOther = (file: string) =>
    applyDesired(pool, parseDeclarativeFile(file, { fileName: 'f', variables: {} }), {
      secretBox: other,
      clock,
      hosts: ANY_PRIVATE_HOST,
      audit: NOBODY
    })
  const withoutThem = await applyWithOther(signIn('type: oauth, proxy: corp'))
  assert.deepEqual(doings(withoutThem), [])
  assert.match(
    withoutThem.plan.warnings[0] ?? '',
    /account main has stored credentials that cannot be opened: run `sluice accounts login/
  )
  assert.deepEqual(doings(await applyWithOther(text)), [
    'change proxy corp | url: (secret) → (changed)',
    'change account main | credentials: (secret) → (changed)'
  ])
  const mended = await storedCredentials('main', other)
  assert.equal(mended.type === 'oauth' && mended.tokens?.accessToken, 'at-1')
  assert.deepEqual(doings(await applyWithOther(text)), [])
})

test('what the gateway notes while a file is applied is not written over', async () => {
  await apply(signIn(`type: oauth, ${OAUTH}`))
  const desired = parseDeclarativeFile(signIn(`type: oauth, priority: 1, ${OAUTH}`), { fileName: 'f', variables: {} })
  await inTransaction(pool, async (client) => {
    const noting: Queryable = {
      query: async (text: string, values?: unknown[]) => {
        if (text.startsWith('update accounts')) {
          await client.query(
            `update accounts set status = 'error', error = 'noted', schedulable = false, credentials = 'newer'`
          )
        }
        return await client.query(text, values)
      }
    }
    await applyWithin(noting, desired, { secretBox, clock, hosts: ANY_PRIVATE_HOST, audit: NOBODY })
  })
  const { rows } = await pool.query('select status, error, schedulable, credentials, priority from accounts')
  assert.deepEqual(rows, [
    { status: 'error', error: 'noted', schedulable: false, credentials: Buffer.from('newer'), priority: 1 }
  ])
})

test('proxies are made from their list and from URLs, used by name, and their password can be changed', async () => {
  const account = (name: string, proxy: string) => `{name: ${name}, type: api-key, credentials: {api_key: k1}, proxy: ${proxy}}`
  const text = (password: string, more = '') =>
    `${DEV}proxies: [{name: corp, url: "https://u:${password}@proxy:3129"}]
accounts: [${account('a', 'corp')}, ${account('b', `"http://u:${password}@other/"`)}, ${account('c', `"http://u:${password}@OTHER:80"`)}${more}]`
  const first = await apply(text('p1'))
  assert.deepEqual(
    doings(first).filter((line) => line.includes('proxy')),
    ['create proxy corp', 'create proxy http://u@other:80']
  )
  assert.deepEqual(await column('select p.name from accounts a join proxies p on p.id = a.proxy_id order by a.name'), [
    'corp',
    'http://u@other:80',
    'http://u@other:80'
  ])
  const [sealed] = await column(`select url from proxies where name = 'corp'`)
  assert.equal(secretBox.open(sealed as Buffer, 'proxy:corp'), 'https://u:p1@proxy:3129')

  assert.deepEqual(doings(await apply(text('p1'))), [])
  const changed = await apply(text('p2'))
  assert.deepEqual(doings(changed), [
    'change proxy corp | url: (secret) → (changed)',
    'change proxy http://u@other:80 | url: (secret) → (changed)'
  ])
  assert.doesNotMatch(JSON.stringify(changed.plan.steps.map(({ changes }) => changes)), /p1|p2/)
  assert.deepEqual(doings(await apply(text('p2'))), [])

  // A file that names the proxy without describing it, and one without it, which pruning does not remove.
  assert.deepEqual(doings(await apply(`accounts: [${account('b', 'corp')}, ${account('c', 'null')}]`)), [
    'change account b | proxy: http://u@other:80 → corp',
    'change account c | proxy: http://u@other:80 → none'
  ])
  await apply(`${DEV}accounts: [${account('c', 'null')}]`, { prune: true })
  assert.deepEqual(await column('select name from proxies order by name'), ['corp', 'http://u@other:80'])
  assert.deepEqual(
    await column(`select p.name from accounts a join proxies p on p.id = a.proxy_id where status = 'disabled'`),
    ['corp', 'corp']
  )
})

test('a proxy or an owner that is nowhere is named with the field that refers to it', async () => {
  assert.deepEqual(
    await problemsOf(`groups: [{name: default, kind: balance}]
accounts:
  - {name: a, type: api-key, credentials: {api_key: k1}, proxy: "proxy:3128"}
  - {name: b, type: oauth, owner: Gone@example.com}
`),
    [
      'accounts[0].proxy: there is no proxy proxy:3128, neither in the file nor in the database (a URL begins like http://)',
      'accounts[1].owner: there is no user gone@example.com, neither in the file nor in the database'
    ]
  )
})

test('an owner in the database is enough', async () => {
  await apply(DEV)
  await apply('accounts: [{name: main, type: oauth, owner: DEV@example.com}]')
  assert.deepEqual(await column('select u.email from accounts a join users u on u.id = a.owner_id'), ['dev@example.com'])
})

test('rules for models are set and taken back', async () => {
  const text = `groups: [{name: default, kind: balance, model_mapping: {opus: claude-opus-4-5}}]
accounts: [{name: main, type: api-key, credentials: {api_key: k1}, allowed_models: [b, a]}]`
  await apply(text)
  assert.deepEqual(await column('select model_mapping from groups'), [{ opus: 'claude-opus-4-5' }])
  assert.deepEqual(await column('select allowed_models from accounts'), [['b', 'a']])
  assert.deepEqual(doings(await apply(text.replace('[b, a]', '[a, b]'))), [])
  const without = text.replace(', model_mapping: {opus: claude-opus-4-5}', '').replace(', allowed_models: [b, a]', '')
  assert.deepEqual(doings(await apply(without)), [
    'change group default | model_mapping: opus → claude-opus-4-5 → none',
    'change account main | allowed_models: a, b → all'
  ])
})

test('a priority within a group stays for as long as the account serves the group', async () => {
  const text = (groups: string) =>
    `${DEV}accounts: [{name: main, type: api-key, credentials: {api_key: k1}, groups: [${groups}]}]`
  await apply(text('default, pro'))
  await pool.query(`update account_groups set priority = 7 where group_id = (select id from groups where name = 'pro')`)
  await apply(text('pro'))
  assert.deepEqual(await column('select priority from account_groups'), [7])
  await apply(text('default'))
  await apply(text('default, pro'))
  assert.deepEqual(await column('select priority from account_groups'), [null, null])
})

test('the opening balance is entered once; another one later only warns', async () => {
  await apply(FILE)
  const result = await apply(FILE.replace('balance_usd: 100', 'balance_usd: 250'))
  assert.deepEqual(doings(result), [])
  assert.match(result.plan.warnings[0] ?? '', /balance_usd of dev@example.com differs .*\(100\).*ledger only/)
  assert.deepEqual(await column('select amount_usd from ledger_entries'), ['100.000000000'])
})

test('a subscription runs from when it was first applied, and more days prolong it', async () => {
  await apply(FILE)
  now += 10 * DAY_MS
  assert.deepEqual(doings(await apply(FILE)), [])
  assert.deepEqual(doings(await apply(FILE.replace('days: 30', 'days: 60'))), [
    'change subscription dev@example.com/pro | days: 30 → 60'
  ])
})

test('a subscription that has ended is pointed out, not renewed', async () => {
  await apply(FILE)
  now += 31 * DAY_MS
  const result = await apply(FILE)
  assert.deepEqual(doings(result), [])
  assert.match(result.plan.warnings[0] ?? '', /subscription dev@example.com\/pro ended on 2026-12-23/)
})

test('a key whose time is over is pointed out and nothing else, be it there or new', async () => {
  const file = FILE.replace('2027-01-01T00:00:00+01:00', '2026-12-01')
  await apply(file)
  now += 20 * DAY_MS
  const again = await apply(file)
  const warning = 'key dev@example.com/ci expired at 2026-12-01T00:00:00.000Z: set a later expires_at to make it work again'
  assert.deepEqual([doings(again), again.plan.warnings], [[], [warning]])
  const { plan } = await apply(file.replace('name: ci', 'name: cd'))
  assert.deepEqual(plan.warnings, [warning.replace('/ci', '/cd')])
})

const TEAM = `
users: [{email: dev@example.com}, {email: ann@example.com}]
teams:
  - name: core
    daily_limit_usd: 10
    monthly_limit_usd: 500
    members: [{user: dev@example.com, limits: {daily: 20}}, {user: ann@example.com}]
    raises:
      - {period: monthly, amount_usd: 50.10, until: 2026-12-04, reason: launch week}
      - {user: Dev@example.com, period: daily, amount_usd: 10, until: 2026-12-04T18:00:00+01:00, reason: launch week}
`
const RAISES = `select concat_ws(' ', coalesce((select email from users where id = user_id), 'pool'), period, trim_scale(amount_usd),
  until_at at time zone 'UTC', reason, given_by, created_at at time zone 'UTC', ended_at at time zone 'UTC') from budget_raises order by id`

test('raises of a file are given by who applies it, once, and changed by what else it says of them', async () => {
  assert.deepEqual(doings(await apply(TEAM)).slice(-3), [
    'create team core',
    'create raise of core by 50.1 USD monthly',
    'create raise of core/dev@example.com by 10 USD daily'
  ])
  const given = [
    'pool monthly 50.1 2026-12-04 00:00:00 launch week config 2026-11-23 12:00:00',
    'dev@example.com daily 10 2026-12-04 17:00:00 launch week config 2026-11-23 12:00:00'
  ]
  assert.deepEqual(await column(RAISES), given)
  const [logged] = await column("select detail from audit_log where action = 'raise.created' order by id desc limit 1")
  assert.partialDeepStrictEqual(logged, { after: { user: 'dev@example.com', amount_usd: '10', reason: 'launch week' } })

  now += DAY_MS
  const again = await apply(TEAM, { prune: true })
  assert.deepEqual([doings(again), again.plan.warnings], [[], []])
  const other = TEAM.replace('50.10, until: 2026-12-04,', '75, until: 2026-12-11,').replace('2026-12-04T18', '2026-12-04T19')
  const changes = [
    'change raise of core by 75 USD monthly | amount_usd: 50.1 → 75 | until: 2026-12-04T00:00:00.000Z → 2026-12-11T00:00:00.000Z',
    'change raise of core/dev@example.com by 10 USD daily | until: 2026-12-04T17:00:00.000Z → 2026-12-04T18:00:00.000Z'
  ]
  assert.deepEqual(doings(await apply(other, { dryRun: true })), changes)
  assert.deepEqual(await column(RAISES), given)
  assert.deepEqual(doings(await apply(other)), changes)
  const [changed] = await column(RAISES)
  assert.equal(changed, 'pool monthly 75 2026-12-11 00:00:00 launch week config 2026-11-23 12:00:00')
})

test('several raises of one limit for one reason are told apart as far as they differ', async () => {
  const raise = (amount: number, until = '2026-12-04') =>
    `{period: monthly, amount_usd: ${amount}, until: ${until}, reason: more}`
  const file = (...raises: string[]) => `teams: [{name: core, monthly_limit_usd: 5, raises: [${raises.join(', ')}]}]`
  await apply(file(raise(1), raise(2), raise(2)))
  assert.deepEqual(doings(await apply(file(raise(2), raise(1), raise(2)))), [])
  assert.deepEqual(doings(await apply(file(raise(3), raise(2), raise(1), raise(2)))), ['create raise of core by 3 USD monthly'])
  assert.deepEqual(doings(await apply(file(raise(2), raise(1), raise(3), raise(2, '2026-12-05')))), [
    'change raise of core by 2 USD monthly | until: 2026-12-04T00:00:00.000Z → 2026-12-05T00:00:00.000Z'
  ])
})

test('raises that a file does not name stay, and --prune ends them', async () => {
  await apply(TEAM)
  await pool.query(
    `insert into budget_raises (team_id, period, amount_usd, until_at, reason, given_by)
     select id, 'daily', 3, $1, 'by hand', 'ann' from teams`,
    [new Date(now + DAY_MS)]
  )
  assert.deepEqual(doings(await apply(TEAM)), [])
  assert.deepEqual(await column('select count(*)::int from budget_raises where ended_at is not null'), [0])
  const ended = 'change raise of core by 3 USD daily | ended_at: none → 2026-11-23T12:00:00.000Z'
  assert.deepEqual(doings(await apply(TEAM, { prune: true })), [ended])
  assert.deepEqual(await column('select reason from budget_raises where ended_at is not null'), ['by hand'])
  assert.deepEqual(doings(await apply(TEAM, { prune: true })), [])
})

test('a raise that somebody has ended stays ended, with a warning, until the file gives it another end', async () => {
  await apply(TEAM)
  await pool.query("update budget_raises set ended_at = '2026-11-23T13:00:00Z' where user_id is null")
  const again = await apply(TEAM, { prune: true })
  assert.deepEqual(doings(again), [])
  assert.deepEqual(again.plan.warnings, [
    'raise of core by 50.1 USD monthly was ended at 2026-11-23T13:00:00.000Z and stays so: another until gives it anew'
  ])
  const anew = await apply(TEAM.replace('50.10, until: 2026-12-04', '50.10, until: 2026-12-05'))
  assert.deepEqual([doings(anew), anew.plan.warnings], [['create raise of core by 50.1 USD monthly'], []])
})

test('a raise whose time is over is pointed out, and given neither again nor for the first time', async () => {
  await apply(TEAM)
  now = Date.parse('2026-12-04T12:00:00Z')
  const warning =
    'raise of core by 50.1 USD monthly ended at 2026-12-04T00:00:00.000Z: take it out of the file, or set a later until'
  const again = await apply(TEAM)
  assert.deepEqual([doings(again), again.plan.warnings], [[], [warning]])
  await pool.query('delete from budget_raises')
  const first = await apply(TEAM)
  assert.deepEqual([doings(first), first.plan.warnings], [['create raise of core/dev@example.com by 10 USD daily'], [warning]])
  const anew = await apply(TEAM.replace('50.10, until: 2026-12-04', '50.10, until: 2026-12-05'))
  assert.deepEqual([doings(anew), anew.plan.warnings], [['create raise of core by 50.1 USD monthly'], []])
})

test('a raise of what is not there is refused, each with the field that says it', async () => {
  const wrong = `
users: [{email: dev@example.com}]
teams:
  - name: core
    daily_limit_usd: 10
    members: [{user: dev@example.com, limits: {daily: 5}}]
    raises:
      - {period: weekly, amount_usd: 1, until: 2026-12-04, reason: a}
      - {user: ann@example.com, period: daily, amount_usd: 1, until: 2026-12-04, reason: b}
      - {user: dev@example.com, period: monthly, amount_usd: 1, until: 2026-12-04, reason: c}
      - {user: nobody@example.com, period: monthly, amount_usd: 1, until: 2026-11-01, reason: it is over}
`
  assert.deepEqual(await problemsOf(wrong), [
    'teams[0].raises[0].period: team core has no weekly limit that could be raised',
    'teams[0].raises[1].user: ann@example.com is not a member of team core',
    'teams[0].raises[2].period: dev@example.com in team core has no monthly limit that could be raised'
  ])
  const many = (from: number, to: number) => {
    const raises = Array.from({ length: to - from }, (_, index) => ({
      period: 'daily',
      amount_usd: 1,
      until: '2026-12-04',
      reason: `no. ${from + index}`
    }))
    return JSON.stringify({ teams: [{ name: 'core', daily_limit_usd: 1, raises }] })
  }
  assert.deepEqual(await problemsOf(many(0, 101)), [
    'teams[0].raises[100]: team core would have 101 raises in force, and at most 100'
  ])
  await apply(many(0, 99))
  const full = await apply(many(99, 101))
  assert.deepEqual(
    [doings(full), full.plan.warnings],
    [
      ['create raise of core by 1 USD daily'],
      ['raise of core by 1 USD daily is left out: team core would have 101 raises in force, and at most 100']
    ]
  )
  assert.equal(doings(await apply(many(99, 101), { prune: true })).length, 100)
})

/** With members that the file leaves to leads; some are there first. */
const LED = `
groups: [{name: default, kind: balance}]
users:
  - {email: dev@example.com, note: new, keys: [{name: laptop, key: ${KEY}, team: core}]}
  - {email: ann@example.com}
teams:
  - name: core
    daily_limit_usd: 10
    raises:
      - {period: daily, amount_usd: 5, until: 2026-12-04, reason: launch week}
      - {user: dev@example.com, period: daily, amount_usd: 1, until: 2026-12-04, reason: launch week}
`
const MEMBERS = 'members: [{user: dev@example.com, limits: {daily: 2}}, {user: ann@example.com, role: lead}]'
const withMembers = (members: string) => LED.replace('    raises:', `    ${members}\n    raises:`)
const warningsOf = async (text: string) => (await apply(text)).plan.warnings.filter((warning) => !warning.startsWith('group '))
const TEAMS_OF_KEYS =
  "select concat_ws(' ', k.name, t.name) from api_keys k left join teams t on t.id = k.team_id order by k.id"
const takeOut = () =>
  pool.query("delete from team_members where user_id = (select id from users where email = 'dev@example.com')")
const takeIn = (limit: number | null) =>
  pool.query(
    `insert into team_members (team_id, user_id, daily_limit_usd)
     select t.id, u.id, $1 from teams t, users u where u.email = 'dev@example.com'`,
    [limit]
  )

test('what a lead has undone since a file was written is left out with a warning, and the rest applied', async () => {
  await apply(withMembers(MEMBERS))
  assert.deepEqual([doings(await apply(LED)), await warningsOf(LED)], [[], []])
  await takeOut()
  const noMember = 'dev@example.com is not a member of team core'
  const raiseLeftOut = `raise of core/dev@example.com by 1 USD daily is left out: ${noMember}`
  const changed = LED.replace('note: new', 'note: newer').replace('daily_limit_usd: 10', 'daily_limit_usd: 12')
  assert.deepEqual(doings(await apply(changed, { prune: true })), [
    'change user dev@example.com | note: new → newer',
    'change team core | daily_limit_usd: 10 → 12'
  ])
  assert.deepEqual(await warningsOf(changed), [
    `the team of key dev@example.com/laptop stays core: ${noMember}, and its requests are refused`,
    raiseLeftOut
  ])
  const another = changed.replace('team: core}]', 'team: core}, {name: desk, team: core}, {name: home}]')
  assert.deepEqual(doings(await apply(another)), ['create key dev@example.com/home'])
  assert.ok((await warningsOf(another)).includes(`key dev@example.com/desk is left out: ${noMember}`))
  // As the refusal of its requests advises.
  await pool.query("update api_keys set team_id = null where name = 'laptop'")
  assert.deepEqual(await warningsOf(changed), [`the team of key dev@example.com/laptop stays none: ${noMember}`, raiseLeftOut])
  assert.deepEqual(await column(TEAMS_OF_KEYS), ['laptop', 'home'])

  await takeIn(null)
  const noLimit = 'dev@example.com in team core has no daily limit that could be raised'
  assert.deepEqual(await warningsOf(another), [raiseLeftOut.replace(noMember, noLimit)])
  assert.deepEqual(await column(TEAMS_OF_KEYS), ['laptop core', 'home', 'desk core'])
  await takeOut()
  await takeIn(3)
  assert.deepEqual(doings(await apply(another)), ['create raise of core/dev@example.com by 1 USD daily'])
})

test('what a file says wrongly of a team is an error as before, whoever manages the members', async () => {
  const wrong = LED.replace('team: core}]', 'team: cord}]').replace('{user: dev@', '{user: deb@')
  assert.deepEqual(await problemsOf(wrong), [
    'users[0].keys[0].team: there is no team cord, neither in the file nor in the database',
    'teams[0].raises[1].user: there is no user deb@example.com, neither in the file nor in the database'
  ])
  assert.deepEqual(await problemsOf(withMembers('members: [{user: ann@example.com}]')), [
    'users[0].keys[0].team: dev@example.com is not a member of team core',
    'teams[0].raises[1].user: dev@example.com is not a member of team core'
  ])
})

test('a team that was deleted is left out of the keys that name it, and made again where the file describes it', async () => {
  await apply(withMembers(MEMBERS))
  const [team] = await column('select id from teams')
  await inTransaction(pool, (db) => teamResource.remove!(db, { id: String(team), version: 1 }))
  const keysAlone = LED.slice(0, LED.indexOf('teams:'))
  assert.deepEqual(await warningsOf(keysAlone), ['the team of key dev@example.com/laptop stays none: team core was deleted'])
  const renewed = await apply(LED)
  assert.deepEqual(doings(renewed), ['create team core', 'create raise of core by 5 USD daily'])
  assert.deepEqual(await warningsOf(LED), [
    'the team of key dev@example.com/laptop stays none: dev@example.com is not a member of team core',
    'raise of core/dev@example.com by 1 USD daily is left out: dev@example.com is not a member of team core'
  ])
})

test('a pool does not go below what a lead has guaranteed since, where the file leaves the members out', async () => {
  await apply(withMembers(MEMBERS))
  await pool.query('update teams set daily_limit_usd = 30')
  await pool.query('update team_members set guaranteed_daily_usd = 6, daily_limit_usd = null')
  const stays = (limit: string) =>
    `daily_limit_usd of team core stays ${limit}: its members are guaranteed 12 USD a day together, and the file says 10`
  const kept = await apply(LED.replace('note: new', 'note: newer'))
  assert.deepEqual(doings(kept), ['change user dev@example.com | note: new → newer'])
  assert.ok(kept.plan.warnings.includes(stays('30')), kept.plan.warnings.join())
  await pool.query('update teams set daily_limit_usd = null')
  assert.deepEqual(await warningsOf(LED), [stays('none')])
  await pool.query('update team_members set guaranteed_daily_usd = 5')
  assert.deepEqual([doings(await apply(LED)), await warningsOf(LED)], [['change team core | daily_limit_usd: none → 10'], []])
})

test('a name that somebody has given to the key of a sign-in keeps no file from being applied', async () => {
  await apply(FILE)
  await pool.query("update api_keys set name = 'mine' where name = 'laptop'")
  await pool.query("update api_keys set name = 'laptop', made_by = 'sign-in' where name = 'ci'")
  assert.deepEqual(await warningsOf(FILE), ['key dev@example.com/laptop is now called mine, and keeps that name'])
  const other = FILE.replace(KEY, 'client-key-of-a-developer-2')
  const { plan } = await apply(other)
  assert.ok(
    plan.warnings.includes(
      'key dev@example.com/laptop is left out: a key that was made for a sign-in or a workload rule has that name'
    ),
    plan.warnings.join()
  )
})

test('a group that is nowhere, or of the wrong kind, is named with the field that refers to it', async () => {
  const problems = await problemsOf(`
groups: [{name: default, kind: balance}]
accounts: [{name: main, type: api-key, credentials: {api_key: upstream-key-1}, groups: [gone]}]
users: [{email: a@b.c, keys: [{name: k, group: also-gone}], subscriptions: [{group: default, days: 1}]}]
`)
  assert.deepEqual(problems, [
    'accounts[0].groups: there is no group gone, neither in the file nor in the database',
    'users[0].keys[0].group: there is no group also-gone, neither in the file nor in the database',
    'users[0].subscriptions[0].group: group default is of kind balance, not subscription'
  ])
  assert.deepEqual(await column('select count(*) from groups'), ['0'])
})

test('what people call their keys by now does not keep a file from being applied', async () => {
  const file = (rate: number) => `
groups: [{name: default, kind: balance, rate_multiplier: ${rate}}]
accounts: [{name: main, type: api-key, credentials: {api_key: upstream-key-1}}]
users:
  - email: dev@example.com
    keys: [{name: a, key: ${KEY}}, {name: b, key: ${KEY}-b, spend_limits: {daily: ${rate}}}, {name: c}]
`
  await apply(file(1))
  const rename = (from: string, to: string) => pool.query('update api_keys set name = $2 where name = $1', [from, to])
  await rename('a', 'mine')
  const result = await apply(file(2), { prune: true })
  assert.deepEqual(doings(result), [
    'change group default | rate_multiplier: 1 → 2',
    'change key dev@example.com/b | spend_limits.daily: 1 → 2'
  ])
  assert.deepEqual(result.plan.warnings, ['key dev@example.com/a is now called mine, and keeps that name'])

  await rename('b', 'a')
  await rename('mine', 'b')
  await rename('c', 'd')
  await rename('a', 'c')
  const mixed = await apply(file(3))
  assert.deepEqual(doings(mixed), [
    'change group default | rate_multiplier: 2 → 3',
    'change key dev@example.com/c | spend_limits.daily: 2 → 3'
  ])
  assert.deepEqual(mixed.plan.warnings, [
    'key dev@example.com/a is now called b, and keeps that name',
    'key dev@example.com/b is now called c, and keeps that name',
    'key dev@example.com/c is left out: another key of the file now has that name'
  ])
  assert.deepEqual(mixed.createdKeys, [])
  assert.equal((await findClientKey(pool, hashClientKey(KEY)))?.key.name, 'b')
})

test("a key that is somebody else's already is refused without being shown", async () => {
  await apply(FILE)
  const problems = await problemsOf(`users: [{email: x@y.z, keys: [{name: k, key: ${KEY}}]}]`)
  assert.deepEqual(problems, ['users[0].keys[0].key is already the key dev@example.com/laptop: a key has one owner'])
})

async function newDataDir(t: TestContext): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  t.after(() => rm(dataDir, { recursive: true, force: true }))
  return dataDir
}

test('a first start provisions an account, a user and a key that works, and keeps the key to its owner', async (t) => {
  const dataDir = await newDataDir(t)
  const first = await provisionFirstStart(pool, { anthropicApiKey: 'upstream-key-1', dataDir, secretBox, clock })
  assert(first !== null)
  assert.equal((await readFile(first.keyFile, 'utf8')).trim(), first.key)
  assert.equal((await stat(first.keyFile)).mode & 0o777, 0o600)
  const record = await findClientKey(pool, hashClientKey(first.key))
  assert.deepEqual(
    [record?.user.email, record?.user.concurrency, record?.user.balanceNano, record?.group.kind],
    ['admin@localhost', 5, 100_000_000_000n, 'balance']
  )
  assert.deepEqual(await column('select base_url from accounts'), [null])
})

test('a first start leaves a provisioned database alone', async (t) => {
  await apply(FILE)
  const dataDir = await newDataDir(t)
  const options = { anthropicApiKey: 'upstream-key-1', dataDir, secretBox, clock }
  assert.equal(await provisionFirstStart(pool, options), null)
  await assert.rejects(stat(join(dataDir, 'first-key')), { code: 'ENOENT' })
  assert.deepEqual(await column('select email from users'), ['dev@example.com'])
})

test('a first start whose key cannot be kept leaves nothing behind', async (t) => {
  const options = { anthropicApiKey: 'upstream-key-1', dataDir: join(await newDataDir(t), 'not-there'), secretBox, clock }
  await assert.rejects(provisionFirstStart(pool, options), { code: 'ENOENT' })
  assert.deepEqual(await column('select count(*) from api_keys'), ['0'])
})

test('an account or a proxy in a private network is refused, each by its field', async () => {
  const desired = parseDeclarativeFile(
    JSON.stringify({
      proxies: [{ name: 'office', url: 'http://user:secret@192.168.1.1:3128' }],
      accounts: [
        { name: 'a', type: 'api-key', credentials: { api_key: 'sk-ant-a' }, base_url: 'http://10.0.0.1:8080', groups: [] },
        { name: 'b', type: 'api-key', credentials: { api_key: 'sk-ant-b' }, proxy: 'socks5://localhost:1080', groups: [] }
      ]
    }),
    { fileName: 'f', variables: {} }
  )
  await assert.rejects(
    applyDesired(pool, desired, { secretBox, clock, hosts: PUBLIC_HOSTS, audit: NOBODY }),
    (error: Error) => {
      for (const [field, host] of [
        ['accounts[0].base_url', '10.0.0.1'],
        ['accounts[1].proxy', 'localhost'],
        ['proxies[0].url', '192.168.1.1']
      ]) {
        assert.ok(error.message.includes(`${field}: ${host} is in a private network, which PRIVATE_UPSTREAMS does not allow`))
      }
      assert.doesNotMatch(error.message, /secret/)
      return true
    }
  )
})
