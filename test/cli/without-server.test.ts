import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Client } from 'pg'
import { postgresUrl } from '../support/databases.ts'
import { startSimulatedTokenEndpoint } from '../support/simulated-token-endpoint.ts'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'
import { converse, runSluice } from '../support/sluice-command.ts'

const SECRET_KEY = Buffer.alloc(32, 7).toString('hex')
const FILE = JSON.stringify({ groups: [{ name: 'default', kind: 'balance' }], users: [{ email: 'dev@example.com' }] })

test('without a server the commands do the same on the database itself', async (t) => {
  const upstream = await startSimulatedUpstream()
  const tokens = await startSimulatedTokenEndpoint()
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  t.after(async () => {
    await Promise.all([upstream.close(), tokens.close()])
    await rm(dataDir, { recursive: true, force: true })
  })
  const env = {
    DATA_DIR: dataDir,
    DATABASE_URL: await postgresUrl(t),
    SLUICE_SECRET_KEY: SECRET_KEY,
    ANTHROPIC_BASE_URL: upstream.url,
    ANTHROPIC_OAUTH_TOKEN_URL: tokens.url
  }
  const sluice = (args: string, input = '') => runSluice(args.split(' '), env, input)

  assert.equal((await sluice('apply -f -', '{}')).code, 0)
  const first = await sluice('accounts add main', 'sk-ant-a-key')
  assert.equal(first.code, 2)
  assert.match(
    first.err,
    /using its database directly\.\n--group: there is no group default: make it with sluice groups add, or/
  )
  assert.equal((await sluice('apply -f -', FILE)).code, 0)
  assert.equal((await sluice('accounts add main', 'sk-ant-a-key')).code, 0)

  const tested = await sluice('accounts test main --json')
  assert.equal(tested.code, 0, tested.err)
  assert.equal((JSON.parse(tested.out) as { ok: boolean }).ok, true)
  assert.equal(upstream.requests.at(-1)?.credential, 'sk-ant-a-key')

  assert.equal((await sluice('accounts add mine --type setup-token --owner dev@example.com')).code, 0)
  const login = await converse(['accounts', 'login', 'mine'], env, (printed) => {
    const link = /^(https:\/\/claude\.ai\/\S+)\n\n/m.exec(printed)?.[1]
    return link === undefined ? null : tokens.authorize(link)
  })
  assert.deepEqual([login.code, login.out.endsWith('Account mine is signed in.\n')], [0, true], login.err)

  assert.equal((await sluice('accounts disable main --yes')).code, 0)
  const list = await sluice('accounts list')
  assert.match(list.out, /main +api-key +disabled [^]*mine +setup-token +active .*dev@example\.com/)
  const proxies = await sluice('proxies test')
  assert.deepEqual([proxies.code, proxies.out], [0, 'There are no proxies: accounts reach the upstream directly.\n'])
})

test('what keeps a command from its database is told in one line', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  await writeFile(join(dir, 'file'), '')
  const failures: [env: Record<string, string>, code: number, message: RegExp][] = [
    [{ DATABASE_URL: 'postgres://nobody:hidden@127.0.0.1:1/none', SLUICE_SECRET_KEY: SECRET_KEY }, 3, /cannot be reached/],
    [{ DATA_DIR: join(dir, 'file') }, 2, /^there is no database in \S+file: check DATA_DIR/],
    [{ DATABASE_URL: 'postgres://127.0.0.1/none' }, 2, /SLUICE_SECRET_KEY must be set with DATABASE_URL/]
  ]
  for (const [env, expected, message] of failures) {
    const { code, out, err } = await runSluice(['accounts', 'list'], { DATA_DIR: join(dir, 'data'), ...env })
    assert.deepEqual([code, out], [expected, ''], err)
    assert.match(err, message)
    assert.doesNotMatch(err, /\n +at |hidden/)
  }
})

test('what only reads makes no database where there is none, and names the setting that may be wrong', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  const url = await postgresUrl(t)
  const postgres = { DATA_DIR: dir, DATABASE_URL: url, SLUICE_SECRET_KEY: SECRET_KEY }
  const file = JSON.stringify({ groups: [{ name: 'default', kind: 'balance' }] })
  const nothing = /^the database at DATABASE_URL has no Sluice tables/
  for (const [args, env, message] of [
    ['users list', { DATA_DIR: dir }, /^there is no database in \S+: check DATA_DIR/],
    ['users list', { DATA_DIR: join(dir, 'none') }, /^there is no folder \S+none: check DATA_DIR/],
    ['users disable dev@example.com --yes --local', { DATA_DIR: dir }, /DATA_DIR/],
    ['diff -f -', { DATA_DIR: dir }, /DATA_DIR/],
    ['ledger verify', { DATA_DIR: dir }, /DATA_DIR/],
    ['why 01a2b3c4-0000-4000-8000-000000000000', { DATA_DIR: dir }, /DATA_DIR/],
    ['export', { DATA_DIR: dir }, /DATA_DIR/],
    ['usage list', postgres, nothing],
    ['apply --dry-run -f -', postgres, nothing]
  ] as const) {
    const { code, out, err } = await runSluice(args.split(' '), env, file)
    assert.deepEqual([code, out], [2, ''], `${args}: ${err}`)
    assert.match(err, message)
  }
  assert.deepEqual(await readdir(dir), [])
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query("select 1 from pg_tables where schemaname = 'public'")
  await client.end()
  assert.equal(rows.length, 0)
})

for (const command of ['accounts', 'accounts add', 'proxies test', 'secrets rotate', 'why']) {
  test(`${command} --help exits with 0, and a misspelt option with 2`, async () => {
    const [help, misspelt] = await Promise.all([
      runSluice([...command.split(' '), '--help'], {}),
      runSluice([...command.split(' '), '--jsn'], {})
    ])
    assert.deepEqual([help.code, help.err, misspelt.code, misspelt.out], [0, '', 2, ''])
    assert.match(help.out, new RegExp(`^Usage: sluice ${command}`))
    assert.match(misspelt.err, /unknown option '--jsn'/)
  })
}
