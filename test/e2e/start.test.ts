import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { account, ask, CLIENT_KEY, startGateway, user, USER, type Gateway } from '../support/gateway.ts'
import { signIn } from '../support/person.ts'
import { serverPlace, type ServerPlace, type ServerProcess } from '../support/server-process.ts'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'
import { VERSION } from '../../services/platform/version.ts'
import { until } from '../support/until.ts'

// A process of its own: it takes as long as a dozen others, and so begins first.

const STOPPED = { code: 0, signal: null }
const REFUSED = { code: 1, signal: null }
const linesOf = ({ logs }: Gateway) => logs.map((line) => JSON.parse(line) as { msg: string; level: number; problem?: string })
const WARN = 40
const CLI = fileURLToPath(new URL('../../bin/sluice.js', import.meta.url))

await suite('starting', { timeout: 300_000, concurrency: 2 }, async () => {
  test('settings that are wrong are all named at once, without a stack trace', async (t) => {
    const place = await serverPlace(t, { database: 'none' })
    const wrong = { PORT: '99999', SLUICE_ADMIN_TOKEN: 'changeme', LOG_LEVEL: 'loud', REDIS_URL: 'redis://x' }
    const life = place.spawn({ ...wrong, DATABASE_URI: 'postgresql://db/sluice' })
    assert.deepEqual(await life.ends(), REFUSED)
    for (const name of ['PORT', 'SLUICE_ADMIN_TOKEN', 'LOG_LEVEL', 'REDIS_URL']) {
      assert.match(life.stderr(), new RegExp(`^  ${name}\\b`, 'm'))
    }
    assert.match(life.stderr(), /^ {2}DATABASE_URI is no setting and has no effect: did you mean DATABASE_URL\?$/m)
    assertReadable(life)
    assert.ok(!life.stderr().includes('changeme'), 'a secret is repeated')
  })

  test('an error in the declarative file names the file and the line', async (t) => {
    const declared = [
      'groups:',
      '  - {name: default, kind: balance}',
      'users:',
      '  - email: dev@example.com',
      '    concurency: 5'
    ]
    const place = await serverPlace(t, { declared: declared.join('\n') })
    const life = place.spawn()
    assert.deepEqual(await life.ends(), REFUSED)
    assert.ok(life.stderr().startsWith(`${join(place.dataDir, 'sluice.yaml')}:5:`), life.stderr())
    assert.match(life.stderr(), /did you mean concurrency/)
    assertReadable(life)
  })

  test('started again, neither the server nor its back office loads what strips types', async (t) => {
    const place = await serverPlace(t)
    const told = (thread: string) => join(place.dataDir, `loaded-${thread}`)
    // Each thread keeps telling: the back office is ended without a word.
    const tell = `import { writeFileSync } from 'node:fs'
      import { isMainThread } from 'node:worker_threads'
      const file = isMainThread ? ${JSON.stringify(told('server'))} : ${JSON.stringify(told('office'))}
      setInterval(() => writeFileSync(file, String(process.moduleLoadList.some((name) => name.includes('amaro')))), 20).unref()`
    const env = {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(tell)}`,
      // Its own, beside the code.
      NODE_COMPILE_CACHE: '',
      DRAIN_DELAY_MS: '0'
    }
    const live = async () => {
      const life = await place.start(env)
      await until('both threads have told', () => existsSync(told('server')) && existsSync(told('office')))
      life.kill('SIGTERM')
      assert.deepEqual(await life.ends(), STOPPED)
      const loaded = await Promise.all(['server', 'office'].map((thread) => readFile(told(thread), 'utf8')))
      await Promise.all(['server', 'office'].map((thread) => rm(told(thread))))
      return loaded
    }
    await live()
    assert.deepEqual(await live(), ['false', 'false'])
  })

  test('a declarative file that is not there is named', async (t) => {
    const place = await serverPlace(t)
    const missing = join(place.dataDir, 'missing.yaml')
    const life = place.spawn({ SLUICE_CONFIG: missing })
    assert.deepEqual(await life.ends(), REFUSED)
    assert.ok(life.stderr().includes(missing), life.stderr())
    assertReadable(life)
  })

  test('a port that is taken is named, and a variable that looks like a setting', async (t) => {
    const taken = createServer().listen(0, '127.0.0.1')
    t.after(() => taken.close())
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as AddressInfo
    const place = await serverPlace(t)
    const life = place.spawn({ PORT: String(port), LOG_LEVLE: 'debug', SLUICE_PORT: 'tcp://10.0.0.1:8080' })
    assert.deepEqual(await life.ends(), REFUSED)
    assert.match(life.stderr(), new RegExp(`EADDRINUSE.*:${port}\\b`))
    assertReadable(life)
    const first = JSON.parse(life.stdout().split('\n')[0] ?? '') as object
    const from = { database: 'DATABASE_URL', slots: 'in-process', dataDir: place.dataDir }
    assert.partialDeepStrictEqual(first, { msg: 'Sluice starts', version: VERSION, ...from })
    assert.match(life.stdout(), /"level":40,[^\n]*"LOG_LEVLE is no setting and has no effect: did you mean LOG_LEVEL\?"/)
    assert.ok(!life.stdout().includes('SLUICE_PORT'))
    // What was opened before is closed again: nothing is in the way of the next start.
    await place.start()
  })

  for (const database of ['embedded', 'postgres'] as const) {
    test(`a second process on the same data folder is refused, and the first goes on (${database})`, async (t) => {
      const { place } = await provisionedPlace(t, database)
      const first = await place.start()
      const second = place.spawn({ PORT: '0' })
      assert.deepEqual(await second.ends(), REFUSED)
      assert.match(second.stderr(), new RegExp(`Another Sluice \\(process ${first.pid}\\) .*${place.dataDir}`))
      assertReadable(second)
      assert.equal((await place.messages(ask())).status, 200)
    })
  }

  test('the first start with an Anthropic key makes a client key that works and is not logged', async (t) => {
    const upstream = await startSimulatedUpstream({ credentials: ['sk-ant-first-start-key'] })
    t.after(() => upstream.close())
    const place = await serverPlace(t, { database: 'none' })
    const life = await place.start({
      ANTHROPIC_API_KEY: 'sk-ant-first-start-key',
      ANTHROPIC_BASE_URL: upstream.url,
      LOG_LEVEL: 'trace'
    })
    const file = join(place.dataDir, 'first-key')
    const key = (await readFile(file, 'utf8')).trim()
    assert.equal(await modeOf(file), 0o600)
    assert.equal((await place.messages(ask(), { headers: { 'x-api-key': key } })).status, 200)
    life.kill('SIGTERM')
    await life.ends()
    const written = life.stdout() + life.stderr()
    assert.match(written, /first-key/)
    assert.ok(!written.includes(key), 'the client key is in the log')
    assert.ok(!written.includes('sk-ant-first-start-key'), 'the upstream key is in the log')
  })

  test('a first start with a key that the upstream refuses says so, and one whose upstream is away says that', async (t) => {
    const upstream = await startSimulatedUpstream({ credentials: ['sk-ant-another-key'] })
    t.after(() => upstream.close())
    for (const [url, message, problem] of [
      [upstream.url, /^the upstream rejected ANTHROPIC_API_KEY/, /401 .*invalid x-api-key/],
      ['http://127.0.0.1:1', /^ANTHROPIC_API_KEY could not be checked/, /ECONNREFUSED/]
    ] as const) {
      const gateway = await startGateway(t, {
        declared: () => ({ groups: [], accounts: [], users: [] }),
        env: { ANTHROPIC_API_KEY: 'sk-ant-a-key-that-is-wrong', ANTHROPIC_BASE_URL: url }
      })
      assert.equal((await gateway.get('/readyz')).status, 200)
      await until('it is told', () => linesOf(gateway).some(({ msg }) => message.test(msg)))
      const told = linesOf(gateway).find(({ msg }) => message.test(msg))
      assert.match(told?.problem ?? '', problem)
      assert.ok(!gateway.logs.some((line) => line.includes('sk-ant-a-key-that-is-wrong')))
    }
  })

  test('a start says when no account can serve, and why', async (t) => {
    const none = await startGateway(t, { declared: () => ({ accounts: [] }) })
    const out = await startGateway(t, {
      declared: (url) => ({ accounts: [account('a', url, { status: 'disabled' }), account('b', url, { groups: [] })] })
    })
    const well = await startGateway(t)
    const partly = await startGateway(t, {
      declared: (url) => ({
        groups: [
          { name: 'default', kind: 'balance' },
          { name: 'team', kind: 'balance' }
        ],
        accounts: [account('main', url)],
        users: [{ email: 'dev@example.com', keys: [{ name: 'laptop', group: 'team' }] }]
      })
    })
    const warnings = (gateway: Gateway) =>
      linesOf(gateway).flatMap(({ msg }) => (msg.startsWith('no account can') ? [msg] : []))
    assert.deepEqual(warnings(none), ['no account can serve: there are none'])
    assert.deepEqual(warnings(out), ['no account can serve: a is disabled; b is in no group'])
    assert.deepEqual(warnings(well), [])
    assert.deepEqual(warnings(partly), ['no account can serve the keys of a group: none serves this group'])
  })

  test('what a lead does while it runs keeps no start from succeeding, and is told', async (t) => {
    const lead = 'lead@example.com'
    const team = { name: 'core', daily_limit_usd: 50 }
    const members = [
      { user: lead, role: 'lead' },
      { user: USER, limits: { daily: 20 } }
    ]
    const first = (url: string) => ({
      accounts: [account('main', url)],
      users: [user(), { email: lead }],
      teams: [{ ...team, members }]
    })
    const gateway = await startGateway(t, { declared: first })
    const raise = { user: USER, period: 'daily', amount_usd: 10, until: '2999-01-01', reason: 'launch' }
    const keys = [{ name: 'laptop', key: CLIENT_KEY, team: 'core' }]
    const declared = {
      ...first(gateway.upstream.url),
      users: [user({ keys }), { email: lead }],
      teams: [{ ...team, raises: [raise] }]
    }
    await writeFile(gateway.configFile, JSON.stringify({ groups: [{ name: 'default', kind: 'balance' }], ...declared }))
    const startAgain = async () => {
      gateway.logs.length = 0
      await gateway.stop()
      await gateway.start()
      return linesOf(gateway).flatMap(({ msg, level }) => (level === WARN ? [msg] : []))
    }
    assert.deepEqual(await startAgain(), [])
    assert.equal((await gateway.messages(ask())).status, 200)

    const { id } = await gateway.admin<{ id: string }>('/teams/core')
    const { status } = await (await signIn(gateway, lead)).call('DELETE', `/me/v1/teams/${id}/members/${USER}`)
    assert.equal(status, 204)
    const noMember = `${USER} is not a member of team core`
    assert.deepEqual(await startAgain(), [
      `the team of key ${USER}/laptop stays core: ${noMember}, and its requests are refused`,
      `raise of core/${USER} by 10 USD daily is left out: ${noMember}`
    ])
    assert.equal((await gateway.messages(ask())).status, 403)
  })

  test('what is on record outlives a kill of the embedded database', async (t) => {
    const { place } = await provisionedPlace(t, 'embedded')
    const life = await place.start()
    await (await place.messages(ask())).arrayBuffer()
    await until('the event is settled', async () => (await place.list('/usage-events')).length === 1)
    const before = await recordOf(place)
    life.kill('SIGKILL')
    await life.ends()
    await place.start()
    assert.deepEqual(await recordOf(place), before)
    assert.equal((await place.messages(ask())).status, 200)
  })

  test('the token of the sluice command is for its owner only, and gone when the server is', async (t) => {
    const place = await serverPlace(t)
    const life = await place.start()
    const file = join(place.dataDir, 'admin.json')
    await until('the handle is there', () => existsSync(file))
    assert.equal(await modeOf(file), 0o600)
    life.kill('SIGINT')
    assert.deepEqual(await life.ends(), STOPPED)
    assert.ok(!existsSync(file))
  })

  test('sluice apply takes effect on the running server at once', async (t) => {
    const { place, declared } = await provisionedPlace(t, 'embedded')
    await place.start({ CACHE_FRESH_MS: '600000' })
    const newKey = 'sk-sluice-a-key-applied-while-running'
    const statusOf = async (key: string) => (await place.messages(ask(), { headers: { 'x-api-key': key } })).status
    assert.deepEqual([await statusOf(CLIENT_KEY), await statusOf(newKey)], [200, 401])

    const [user] = declared.users
    const keys = [
      { name: 'laptop', key: CLIENT_KEY, status: 'disabled' },
      { name: 'desktop', key: newKey }
    ]
    const { stdout } = await apply(t, place, { ...declared, users: [{ ...user, keys }] })
    assert.match(stdout, /desktop/)
    assert.deepEqual([await statusOf(CLIENT_KEY), await statusOf(newKey)], [401, 200])
  })
})

async function provisionedPlace(t: TestContext, database: 'embedded' | 'postgres') {
  const upstream = await startSimulatedUpstream()
  t.after(() => upstream.close())
  const declared = {
    groups: [{ name: 'default', kind: 'balance' }],
    accounts: [account('main', upstream.url)],
    users: [{ email: USER, concurrency: 5, balance_usd: '100', keys: [{ name: 'laptop', key: CLIENT_KEY }] }]
  }
  const place = await serverPlace(t, { database, declared, env: { DRAIN_DELAY_MS: '0' } })
  return { place, declared }
}

async function recordOf(place: ServerPlace) {
  return [await place.list('/usage-events'), await place.list('/ledger-entries'), await place.list('/users')]
}

async function apply(t: TestContext, place: ServerPlace, declared: object) {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  const file = join(dir, 'sluice.yaml')
  await writeFile(file, JSON.stringify(declared))
  return await promisify(execFile)(process.execPath, [CLI, 'apply', '-f', file], { env: place.env })
}

async function modeOf(file: string) {
  return (await stat(file)).mode & 0o777
}

/** What an operator is told fits on a few lines and has no stack. */
function assertReadable(life: ServerProcess) {
  assert.doesNotMatch(life.stderr(), /^ +at /m)
  assert.ok(life.stderr().trim().split('\n').length <= 8, life.stderr())
}
