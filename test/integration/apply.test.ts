import assert from 'node:assert/strict'
import { mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { applyDesired, applyWithin, type ApplyResult } from '../../services/set-up/apply.ts'
import { ApplyError } from '../../services/set-up/apply-plan.ts'
import { parseDeclarativeFile } from '../../services/set-up/declarative-file.ts'
import { provisionFirstStart } from '../../services/set-up/provisioning.ts'
import { findClientKey } from '../../services/records/client-keys.ts'
import { createSecretBox, hashClientKey } from '../../services/secrets.ts'
import { postgresPool } from '../support/databases.ts'
import { startEmbeddedPool } from '../support/embedded-pool.ts'

const DAY_MS = 86_400_000
const START = Date.parse('2026-11-23T12:00:00Z')
const secretBox = createSecretBox([Buffer.alloc(32, 7).toString('hex')])
const KEY = 'client-key-of-a-developer-1'

let database: Awaited<ReturnType<typeof startEmbeddedPool>>
let now = START
const clock = { now: () => now, setTimer: () => ({ cancel: () => {} }) }

before(async () => {
  database = await startEmbeddedPool()
})
after(() => database.stop())
beforeEach(async () => {
  now = START
  await database.clear()
})

async function apply(text: string, options: { dryRun?: boolean; prune?: boolean } = {}): Promise<ApplyResult> {
  const desired = parseDeclarativeFile(text, { fileName: 'sluice.yaml', variables: {} })
  return await applyDesired(database.pool, desired, { secretBox, clock, ...options })
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
  const { rows } = await database.pool.query<Record<string, unknown>>(sql)
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
    'create account main',
    'create user dev@example.com',
    'create key dev@example.com/laptop',
    'create key dev@example.com/ci',
    'create subscription dev@example.com/pro'
  ])
  now += DAY_MS
  const again = await apply(FILE, { prune: true })
  assert.deepEqual(doings(again), [])
  assert.equal(again.plan.steps.length, 7)
  assert.deepEqual(again.plan.warnings, [])

  const record = await findClientKey(database.pool, hashClientKey(KEY))
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
  const record = await findClientKey(database.pool, hashClientKey(createdKeys[0]?.key ?? ''))
  assert.equal(record?.key.expiresAt, Date.parse('2026-12-31T23:00:00Z'))
  assert.deepEqual((await apply(FILE)).createdKeys, [])
  assert.equal((await findClientKey(database.pool, hashClientKey(createdKeys[0]?.key ?? '')))?.key.name, 'ci')
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
    'change account main | credentials: (secret) → (changed) | groups: default, pro → default',
    'change user dev@example.com | role: user → admin | concurrency: 5 → 0',
    'change key dev@example.com/laptop | key: (secret) → (changed)',
    'change key dev@example.com/ci | group: pro → default'
  ])
  assert.doesNotMatch(JSON.stringify(doings(result)), /upstream-key|developer/)
  assert.equal(await findClientKey(database.pool, hashClientKey(KEY)), null)
  assert.equal((await findClientKey(database.pool, hashClientKey('another-key-of-a-developer')))?.key.name, 'laptop')
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
  await database.pool.query(`alter table api_keys add constraint no_tablet check (name <> 'tablet')`)
  const more = FILE.replace('groups:\n', 'groups:\n  - {name: new, kind: balance}\n').replace(
    'name: laptop',
    'name: tablet, group: new'
  )
  await assert.rejects(apply(more.replace(KEY, 'third-key-of-a-developer')), /no_tablet/)
  await database.pool.query('alter table api_keys drop constraint no_tablet')
  assert.deepEqual(await column('select name from groups order by name'), ['default', 'pro'])
})

test('two applies at once take turns: one creates, the others find it done', async (t) => {
  // The embedded database has one session, so that only a real one puts the lock to the test.
  const pool = await postgresPool(t)
  const desired = parseDeclarativeFile(FILE, { fileName: 'f', variables: {} })
  const results = await Promise.all(Array.from({ length: 4 }, () => applyDesired(pool, desired, { secretBox, clock })))
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
  await applyDesired(pool, desired, { secretBox, clock })
  const applying = await pool.connect()
  await applying.query('begin')
  await applyWithin(applying, desired, { secretBox, clock })
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
    'change account main | status: active → disabled',
    'change user dev@example.com | status: active → disabled',
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
  await database.pool.query(`update api_keys set status = 'disabled' where name = 'laptop'`)
  await database.pool.query('update accounts set schedulable = false')
  const result = await apply(FILE)
  assert.deepEqual(doings(result), [])
  assert.deepEqual(result.plan.warnings, [
    'key dev@example.com/laptop is disabled and stays so: set its status in the file to change that'
  ])
  const enabling = FILE.replace('{name: laptop,', '{name: laptop, status: active,')
  assert.deepEqual(doings(await apply(enabling)), ['change key dev@example.com/laptop | status: disabled → active'])
})

test('a revoked subscription stays revoked until the file says otherwise', async () => {
  await apply(FILE)
  await database.pool.query(`update subscriptions set status = 'revoked'`)
  const result = await apply(FILE)
  assert.deepEqual(doings(result), [])
  assert.match(result.plan.warnings[0] ?? '', /subscription dev@example.com\/pro is revoked and stays so/)
  assert.deepEqual(doings(await apply(FILE.replace('days: 30', 'days: 30, status: active'))), [
    'change subscription dev@example.com/pro | status: revoked → active'
  ])
})

test('new credentials mend an account in error, the old ones do not', async () => {
  await apply(FILE)
  await database.pool.query(`update accounts set status = 'error', error = 'invalid x-api-key'`)
  assert.deepEqual(doings(await apply(FILE)), [])
  assert.deepEqual(await column('select error from accounts'), ['invalid x-api-key'])
  assert.deepEqual(doings(await apply(FILE.replace('upstream-key-1', 'upstream-key-2'))), [
    'change account main | credentials: (secret) → (changed) | status: error → active'
  ])
  assert.deepEqual(await column('select error from accounts'), [null])
})

test('credentials that no secret key opens any more are replaced by those of the file', async () => {
  await apply(FILE)
  const other = createSecretBox([Buffer.alloc(32, 9).toString('hex')])
  const desired = parseDeclarativeFile(FILE, { fileName: 'f', variables: {} })
  const result = await applyDesired(database.pool, desired, { secretBox: other, clock })
  assert.deepEqual(doings(result), ['change account main | credentials: (secret) → (changed)'])
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
    'change subscription dev@example.com/pro | expires_at: 2026-12-23T12:00:00.000Z → 2027-01-22T12:00:00.000Z'
  ])
})

test('a subscription that has ended is pointed out, not renewed', async () => {
  await apply(FILE)
  now += 31 * DAY_MS
  const result = await apply(FILE)
  assert.deepEqual(doings(result), [])
  assert.match(result.plan.warnings[0] ?? '', /subscription dev@example.com\/pro ended on 2026-12-23/)
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
    'users[0].subscriptions[0].group: group default is of kind balance, and only groups of kind subscription are subscribed to'
  ])
  assert.deepEqual(await column('select count(*) from groups'), ['0'])
})

test("a key that is somebody else's already is refused without being shown", async () => {
  await apply(FILE)
  const problems = await problemsOf(`users: [{email: x@y.z, keys: [{name: k, key: ${KEY}}]}]`)
  assert.deepEqual(problems, [
    'users[0].keys[0].key is already the key dev@example.com/laptop: a key has one owner and one name'
  ])
})

test('a first start provisions an account, a user and a key that works, and keeps the key to its owner', async () => {
  const dataDir = join(database.dataDir, 'first-start')
  await mkdir(dataDir)
  const first = await provisionFirstStart(database.pool, { anthropicApiKey: 'upstream-key-1', dataDir, secretBox, clock })
  assert(first !== null)
  assert.equal((await readFile(first.keyFile, 'utf8')).trim(), first.key)
  assert.equal((await stat(first.keyFile)).mode & 0o777, 0o600)
  const record = await findClientKey(database.pool, hashClientKey(first.key))
  assert.deepEqual(
    [record?.user.email, record?.user.concurrency, record?.user.balanceNano, record?.group.kind],
    ['admin@localhost', 5, 100_000_000_000n, 'balance']
  )
  assert.deepEqual(await column('select base_url from accounts'), [null])
})

test('a first start leaves a provisioned database alone', async () => {
  await apply(FILE)
  const options = { anthropicApiKey: 'upstream-key-1', dataDir: database.dataDir, secretBox, clock }
  assert.equal(await provisionFirstStart(database.pool, options), null)
  await assert.rejects(stat(join(database.dataDir, 'first-key')), { code: 'ENOENT' })
  assert.deepEqual(await column('select email from users'), ['dev@example.com'])
})

test('a first start whose key cannot be kept leaves nothing behind', async () => {
  const options = { anthropicApiKey: 'upstream-key-1', dataDir: join(database.dataDir, 'not-there'), secretBox, clock }
  await assert.rejects(provisionFirstStart(database.pool, options), { code: 'ENOENT' })
  assert.deepEqual(await column('select count(*) from api_keys'), ['0'])
})
