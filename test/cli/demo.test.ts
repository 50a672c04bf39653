import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { COMPILE_CACHE } from '../support/compile-cache.ts'
import { runSluice } from '../support/sluice-command.ts'
import { until } from '../support/until.ts'

const DEMO = fileURLToPath(new URL('../../cli/demo.ts', import.meta.url))
const SIMULATOR = fileURLToPath(new URL('../../simulator/upstream.ts', import.meta.url))
const PAGE = new URL('../../docs/demo.md', import.meta.url)

test('the demo shows a team at work, prints how to operate it and how to have its upstream fail, and leaves nothing behind', async (t) => {
  const temporary = await mkdtemp(join(tmpdir(), 'sluice-test-demo-'))
  t.after(() => rm(temporary, { recursive: true, force: true }))
  const demo = spawn(process.execPath, [DEMO], {
    env: { PATH: process.env['PATH'] ?? '', ...COMPILE_CACHE, TMPDIR: temporary, PORT: '0' }
  })
  t.after(() => demo.kill('SIGKILL'))
  const closed = once(demo, 'close')
  let printed = ''
  for (const stream of [demo.stdout, demo.stderr]) stream.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  await until('it is up', () => printed.includes('Ctrl-C ends the demo') || demo.exitCode !== null, 120_000)

  const env = Object.fromEntries([...printed.matchAll(/\b(SLUICE_\w+)=(\S+)/g)].map(([, name, value]) => [name, value]))
  const base = env['SLUICE_URL'] ?? ''
  async function sluice<T>(...args: string[]): Promise<T> {
    const { code, out, err } = await runSluice([...args, '--json'], env)
    assert.equal(code, 0, err)
    return JSON.parse(out) as T
  }
  const users = await sluice<{ email: string }[]>('users', 'list')
  assert.equal(users.length, 7)
  assert.equal((await sluice<{ ok: boolean }>('ledger', 'verify')).ok, true)
  const days = await sluice<{ requests: number }[]>('usage', 'by', 'day')
  assert.ok(days.length > 20, `usage on ${days.length} days`)
  await until('the team sends requests', async () => {
    const since = new Date(Date.now() - 60_000).toISOString()
    const events = await sluice<{ user_email: string }[]>('usage', 'list', '--from', since)
    return events.some(({ user_email: email }) => email !== 'demo@example.com')
  })
  await until('an account cools down', async () =>
    (await sluice<{ cooldowns: object[] }[]>('accounts', 'list')).some(({ cooldowns }) => cooldowns.length > 0)
  )

  const asJson = { 'content-type': 'application/json' }
  const [, consoleCode] = /\/console\/enter#(\S+)/.exec(printed) ?? []
  if (consoleCode === undefined) assert.match(printed, /The console is not built/)
  else {
    const body = JSON.stringify({ code: consoleCode })
    assert.equal((await fetch(`${base}/me/v1/console-link`, { method: 'POST', headers: asJson, body })).status, 200)
    const [, password, email] = /with the password (\S+): ([^,\s]+)/.exec(printed) ?? []
    const person = JSON.stringify({ email, password })
    const session = await fetch(`${base}/me/v1/sign-in`, { method: 'POST', headers: asJson, body: person })
    const cookie = session.headers.get('set-cookie')?.split(';')[0] ?? ''
    const me = (await (await fetch(`${base}/me/v1`, { headers: { cookie } })).json()) as { email: string; keys: number }
    assert.deepEqual([me.email, me.keys], [email, 1])
  }

  const [, key] = /ANTHROPIC_AUTH_TOKEN=(\S+)/.exec(printed) ?? []
  const statusOf = async () => {
    const response = await fetch(`${base}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': key ?? '', ...asJson },
      body: JSON.stringify({ model: 'claude-haiku-5-5', max_tokens: 9, messages: [{ role: 'user', content: 'hello' }] })
    })
    await response.text()
    return response.status
  }
  for (const [, url, behaviour] of printed.matchAll(/curl -X PUT (\S+) -d '([^']+)'/g)) {
    assert.equal((await fetch(url ?? '', { method: 'PUT', body: behaviour ?? '' })).status, 200)
    assert.equal(await statusOf(), behaviour === '{}' ? 200 : 529, behaviour)
  }

  demo.kill('SIGINT')
  assert.deepEqual(await closed, [0, null], printed)
  assert.deepEqual(await readdir(temporary), [])
})

test('every behaviour on the page is one that the simulated upstream knows', async () => {
  const source = await readFile(new URL('../../simulator/behaviour.ts', import.meta.url), 'utf8')
  const texts = [...(await readFile(PAGE, 'utf8')).matchAll(/[`']([[{][^`']+[\]}])[`']/g)].map(([, text = '']) => text)
  const objects = texts.flatMap((text) => [JSON.parse(text) as object].flat())
  assert.ok(objects.length > 15)
  for (const name of objects.flatMap((behaviour) => Object.keys(behaviour))) {
    assert.match(source, new RegExp(`^ {2}${name}\\??: `, 'm'), name)
  }
})

for (const [script, words, code, text] of [
  [DEMO, ['--help'], 0, /^Usage: npm run demo -- \[options\]\n[^]*--once/],
  [DEMO, ['--onec'], 2, /^error: unknown option '--onec'\n\(Did you mean --once\?\)\n\(see npm run demo -- --help\)\n$/],
  [DEMO, ['once'], 2, /^error: too many arguments/],
  [SIMULATOR, ['--help'], 0, /^Usage: .*simulator\/upstream\.ts \[options\]\n[^]*--port/],
  [SIMULATOR, ['--port', 'x'], 2, /^error: option '--port <n>' argument 'x' is invalid\./]
] as const) {
  test(`${basename(script)} ${words.join(' ')} says what it takes, without a stack`, async () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...words], {
      env: { PATH: process.env['PATH'] ?? '', ...COMPILE_CACHE },
      encoding: 'utf8'
    })
    assert.equal(status, code, stderr)
    assert.match(code === 0 ? stdout : stderr, text)
    assert.equal(code === 0 ? stderr : stdout, '')
  })
}
