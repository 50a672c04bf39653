import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { Client } from 'pg'
import { systemClock } from '../../services/platform/clock.ts'
import { sealCredentials } from '../../services/resources/accounts/credentials.ts'
import { startEmbeddedDatabase } from '../../services/platform/database/embedded-database.ts'
import { migrate } from '../../services/platform/database/migrations.ts'
import { examine } from '../../services/operations/doctor/examine.ts'
import { listUsedGroups } from '../../services/resources/records/used-groups.ts'
import { createSecretBox } from '../../services/platform/secrets.ts'
import { postgresUrl } from '../support/databases.ts'
import { freePort } from '../support/free-port.ts'
import { account } from '../support/gateway.ts'
import { serverPlace } from '../support/server-process.ts'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'
import { runSluice } from '../support/sluice-command.ts'

const KEY = Buffer.alloc(32, 7).toString('hex')
const OTHER_KEY = Buffer.alloc(32, 9).toString('hex')

async function soundPlace(t: TestContext) {
  const upstream = await startSimulatedUpstream()
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-test-doctor-'))
  t.after(async () => {
    await upstream.close()
    await rm(dataDir, { recursive: true, force: true })
  })
  const env: Record<string, string> = {
    HOST: '127.0.0.1',
    PORT: String(await freePort()),
    DATA_DIR: dataDir,
    DATABASE_URL: await postgresUrl(t),
    SLUICE_SECRET_KEY: KEY,
    ANTHROPIC_BASE_URL: upstream.url,
    // On the first start it makes an account.
    ANTHROPIC_API_KEY: 'sk-ant-a-key-for-the-first-start',
    JOURNAL_MAX_BYTES: '1MiB'
  }
  const client = new Client({ connectionString: env['DATABASE_URL']! })
  await client.connect()
  t.after(() => client.end())
  await migrate(client)
  return { env, dataDir, client }
}

const problemsWith = async (env: Record<string, string>, clock = systemClock) =>
  (await examine(env, { clock, timeoutMs: 2000, askRunning: async () => ({ accounts: [], unserved: [] }) })).filter(
    ({ ok }) => !ok
  )

await suite('sluice doctor', async () => {
  test('finds nothing where all is well, and each of what is wrong, with a remedy', async (t) => {
    const { env, dataDir, client } = await soundPlace(t)
    assert.deepEqual(await problemsWith(env), [])
    assert.deepEqual(await problemsWith({ ...env, QUEUE_TIMEOUT: '1', SLUICE_SERVICE_HOST: '10.0.0.1' }), [
      {
        check: 'settings',
        ok: false,
        message: 'QUEUE_TIMEOUT is no setting and has no effect',
        remedy: 'did you mean QUEUE_TIMEOUT_MS? Rename it, or unset it'
      }
    ])

    const file = join(dataDir, 'a-file')
    await writeFile(file, 'groups: [{ name: 1 }]')
    const busy = createServer().listen(0, '127.0.0.1')
    await once(busy, 'listening')
    t.after(() => busy.close())
    const { port } = busy.address() as AddressInfo
    const misconfigured: [check: string, changes: Record<string, string>][] = [
      ['settings', { PORT: 'eighty' }],
      ['settings', { SLUICE_SECRET_KEY: '' }],
      ['settings', { SLUICE_ADMIN_TOKEN: 'change-me' }],
      ['data folder', { DATA_DIR: join(file, 'below') }],
      ['disk space', { JOURNAL_MAX_BYTES: '7000TiB' }],
      ['database', { DATABASE_URL: 'postgres://u:canary-password@127.0.0.1:1/none' }],
      ['redis', { REDIS_URL: 'redis://:canary-password@127.0.0.1:1' }],
      ['port', { PORT: String(port) }],
      ['declarative file', { SLUICE_CONFIG: file }],
      ['upstream', { ANTHROPIC_BASE_URL: 'http://127.0.0.1:1' }]
    ]
    for (const [check, changes] of misconfigured) {
      const problems = await problemsWith({ ...env, ...changes })
      assert.deepEqual(
        problems.map((problem) => problem.check),
        [check],
        JSON.stringify([changes, problems])
      )
      assert.ok(problems[0]!.remedy!.length > 10)
      assert.ok(!JSON.stringify(problems).includes('canary-password'))
    }

    const slow = { ...systemClock, now: () => Date.now() - 60_000 }
    assert.deepEqual(
      (await problemsWith(env, slow)).map(({ check }) => check),
      ['clock', 'clock and upstream']
    )
    const sealed = createSecretBox([OTHER_KEY]).seal('http://proxy.example', 'proxy:exit')
    await client.query("insert into proxies (name, url) values ('exit', $1)", [sealed])
    assert.deepEqual(
      (await problemsWith(env)).map(({ message }) => message),
      ['cannot be opened: proxy exit']
    )
    await client.query('delete from proxies')
    await client.query("update migrations set checksum = 'x' where name like '0001%'")
    assert.deepEqual(
      (await problemsWith(env)).map(({ check }) => check),
      ['migrations']
    )
  })

  test('looks into the embedded database when no server has it', async (t) => {
    const { env, dataDir } = await soundPlace(t)
    const { DATABASE_URL: _url, SLUICE_SECRET_KEY: _key, ...embedded } = env
    const database = async () =>
      (
        await examine(embedded, {
          clock: systemClock,
          timeoutMs: 5000,
          askRunning: async () => ({ accounts: [], unserved: [] })
        })
      ).filter(({ check }) => ['database', 'migrations', 'secrets'].includes(check))
    assert.deepEqual(
      (await database()).map(({ message }) => message),
      ['will be created in DATA_DIR at the first start']
    )
    await (await startEmbeddedDatabase({ dataDir })).stop()
    assert.match((await database())[1]!.message, /^[1-9]\d* will be applied at the next start$/)
    assert.ok(!existsSync(join(dataDir, 'secret-key')))

    const engine = await startEmbeddedDatabase({ dataDir })
    assert.deepEqual(
      (await database()).map(({ message }) => message),
      ['is the embedded one, and in use by its server']
    )
    const client = new Client({ connectionString: engine.url })
    await client.connect()
    await migrate(client)
    const sealed = createSecretBox([OTHER_KEY]).seal('http://proxy.example', 'proxy:exit')
    await client.query("insert into proxies (name, url) values ('exit', $1)", [sealed])
    await client.end()
    await engine.stop()
    assert.deepEqual(
      (await database()).map(({ ok, message }) => [ok, message]),
      [
        [true, 'is the embedded one, and answers'],
        [true, 'all are applied'],
        [false, 'cannot be opened: proxy exit']
      ]
    )
    await rm(join(dataDir, 'database/global/pg_control'))
    const [broken] = await database()
    assert.deepEqual([broken!.ok, broken!.remedy], [false, 'restore a backup: docs/operations.md'])
  })

  test('tells how many accounts can serve, and why none can', async (t) => {
    const { env, client } = await soundPlace(t)
    const finding = async (changes: Record<string, string> = {}) => {
      const options = { clock: systemClock, timeoutMs: 2000, askRunning: async () => ({ accounts: [], unserved: [] }) }
      const { ok, message } = (await examine({ ...env, ...changes }, options)).find(({ check }) => check === 'accounts')!
      return [ok, message]
    }
    assert.deepEqual(await finding(), [true, 'will be created at the next start'])
    await client.query("insert into users (email) values ('dev@example.com')")
    assert.deepEqual(await finding(), [false, 'there are none: nothing can be served'])

    const box = createSecretBox([KEY])
    const credentials = sealCredentials(box, 'main', { type: 'api-key', apiKey: 'sk-ant-main', headers: {} })
    await client.query("insert into accounts (name, type, credentials) values ('main', 'api-key', $1)", [credentials])
    assert.deepEqual(await finding(), [false, 'none can serve: main is in no group'])
    await client.query("insert into groups (name, kind) values ('default', 'balance')")
    await client.query('insert into account_groups (account_id, group_id) select a.id, g.id from accounts a, groups g')
    assert.deepEqual(await finding(), [true, '1 of 1 can serve'])
    await client.query(
      `insert into account_cooldowns (account_id, kind, scope, reason, since, until)
       select id, 'rate_limit', '', '429: slow down', now(), '2100-01-01T00:00:00Z' from accounts`
    )
    assert.deepEqual(await finding(), [
      false,
      'none can serve: main is cooling down until 2100-01-01T00:00:00.000Z: 429: slow down'
    ])
    await client.query('delete from account_cooldowns')

    const unsigned = sealCredentials(box, 'mine', { type: 'setup-token', accessToken: null, declared: null })
    await client.query("insert into accounts (name, type, credentials, shared) values ('mine', 'setup-token', $1, true)", [
      unsigned
    ])
    assert.deepEqual(await finding(), [
      false,
      '1 of 2 can serve; mine is in error: not signed in yet: sluice accounts login mine'
    ])
    await client.query("update accounts set status = 'disabled' where name = 'mine'")
    assert.deepEqual(await finding(), [true, '1 of 2 can serve'])
    await client.query("update accounts set status = 'error', error = '401: invalid x-api-key' where name = 'main'")
    assert.deepEqual(await finding(), [false, 'none can serve: main is in error: 401: invalid x-api-key; mine is disabled'])
  })

  test('tells which key expires next, which is no problem', async (t) => {
    const { env, client } = await soundPlace(t)
    await client.query("insert into groups (name, kind) values ('default', 'balance')")
    await client.query("insert into users (email) values ('dev@example.com')")
    await client.query(`insert into api_keys (user_id, group_id, name, key_hash, key_prefix, created_at, expires_at)
      select u.id, g.id, 'in-' || days, sha256(days::text::bytea), 'sk', now() - interval '1 year', now() + days * interval '1 day'
      from users u, groups g, generate_series(3, 9, 2) as days`)
    const findings = await examine(env, {
      clock: systemClock,
      timeoutMs: 2000,
      askRunning: async () => ({ accounts: [], unserved: [] })
    })
    const [found] = findings.filter(({ check }) => check === 'keys')
    assert.equal(found?.ok, true)
    assert.match(found.message, /^dev@example\.com\/in-3 expires at \d{4}-.*, and 2 more within a week$/)
  })

  test('tells which groups have keys in use that no account can serve', async (t) => {
    const { env, client } = await soundPlace(t)
    const credentials = sealCredentials(createSecretBox([KEY]), 'main', { type: 'api-key', apiKey: 'sk-ant-main', headers: {} })
    await client.query("insert into accounts (name, type, credentials) values ('main', 'api-key', $1)", [credentials])
    await client.query(
      "insert into groups (name, kind) values ('default', 'balance'), ('team', 'balance'), ('unused', 'balance')"
    )
    await client.query(`insert into account_groups (account_id, group_id) select a.id, g.id from accounts a, groups g
      where g.name = 'default'`)
    await client.query("insert into users (email) values ('dev@example.com')")
    await client.query(`insert into api_keys (user_id, group_id, name, key_hash, key_prefix)
      select u.id, g.id, 'laptop', sha256(g.name::bytea), 'sk' from users u, groups g where g.name = 'team'`)
    const [problem, ...others] = await problemsWith(env)
    assert.deepEqual(
      [problem?.check, problem?.message, others],
      ['groups', 'no account can serve the keys of team: none serves this group', []]
    )
    const changes = [
      "api_keys set expires_at = now() - interval '1 hour'",
      "api_keys set own_expires_at = now() - interval '1 hour'",
      'api_keys set revoked_at = now()',
      "api_keys set status = 'disabled'",
      "users set status = 'disabled'",
      "groups set status = 'disabled' where name = 'team'"
    ]
    for (const change of changes) {
      await client.query('begin')
      await client.query(`update ${change}`)
      assert.deepEqual(await listUsedGroups(client, Date.now()), [], change)
      await client.query('rollback')
    }
    assert.deepEqual(await listUsedGroups(client, Date.now()), ['team'])
  })

  test('asks the server that has the embedded database how its accounts are', async (t) => {
    const upstream = await startSimulatedUpstream()
    t.after(() => upstream.close())
    const place = await serverPlace(t, {
      database: 'embedded',
      declared: {
        groups: [
          { name: 'default', kind: 'balance' },
          { name: 'team', kind: 'balance' }
        ],
        accounts: [account('main', upstream.url)],
        users: [{ email: 'dev@example.com', keys: [{ name: 'laptop', group: 'team' }] }]
      }
    })
    await place.start()
    const well = await runSluice(['doctor'], { ...place.env, ANTHROPIC_BASE_URL: upstream.url })
    assert.match(well.out, /^ok {6}accounts: 1 of 1 can serve$/m)
    assert.match(well.out, /^PROBLEM groups: no account can serve the keys of team: none serves this group$/m)
    const drill = await mkdtemp(join(tmpdir(), 'sluice-test-drill-'))
    t.after(() => rm(drill, { recursive: true, force: true }))
    const beside = { ...place.env, DATA_DIR: drill, ANTHROPIC_BASE_URL: upstream.url }
    assert.match(
      (await runSluice(['doctor'], beside)).out,
      /^PROBLEM port: .*\n {8}a Sluice with another DATA_DIR runs there: /m
    )
    assert.match((await runSluice(['doctor'], { ...beside, PORT: '0' })).out, /^ok {6}port: is free$/m)
    assert.equal((await runSluice(['accounts', 'disable', 'main', '--yes'], place.env)).code, 0)
    const ill = await runSluice(['doctor'], { ...place.env, ANTHROPIC_BASE_URL: upstream.url })
    assert.match(
      ill.out,
      /^PROBLEM accounts: none can serve: main is disabled\n {8}see sluice accounts list; sluice accounts enable NAME$/m
    )
  })

  test('exits 0 where all is well and 1 where not, as text and as JSON', async (t) => {
    const { env } = await soundPlace(t)
    const well = await runSluice(['doctor'], env)
    assert.equal(well.code, 0, well.out + well.err)
    assert.match(well.out, /^ok {6}settings/)
    const ill = await runSluice(['doctor', '--json'], { ...env, ANTHROPIC_BASE_URL: 'http://127.0.0.1:1' })
    assert.equal(ill.code, 1)
    assert.match(ill.err, /^sluice: 1 problem found$/m)
    const findings = JSON.parse(ill.out) as { check: string; ok: boolean }[]
    assert.deepEqual(
      findings.filter(({ ok }) => !ok).map(({ check }) => check),
      ['upstream']
    )
  })
})
