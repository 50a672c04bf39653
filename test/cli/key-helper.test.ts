import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { currentSignIn } from '../../cli/key-helper/sign-in.ts'
import { COMPILE_CACHE } from '../support/compile-cache.ts'
import { deviceClient } from '../support/device-client.ts'
import { startGateway, USER, type Gateway } from '../support/gateway.ts'
import { signIn } from '../support/person.ts'
import { runSluice } from '../support/sluice-command.ts'
import { until } from '../support/until.ts'

const MINUTE_MS = 60_000
const SCRIPT = fileURLToPath(new URL('../../bin/sluice.js', import.meta.url))

interface Kept {
  url: string
  refreshToken: string
  accessToken: string
  issuedAt: number
  expiresAt: number
}

async function started(t: TestContext) {
  const gateway = await startGateway(t)
  const folder = await mkdtemp(join(tmpdir(), 'sluice-test-key-helper-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const env = { SLUICE_URL: gateway.url, XDG_CONFIG_HOME: folder }
  const file = join(folder, 'sluice', 'key-helper', `${encodeURIComponent(gateway.url)}.json`)
  const ann = await signIn(gateway, USER)
  const helper = (...args: string[]) => runSluice(['key-helper', ...args], env)
  const kept = async () => JSON.parse(await readFile(file, 'utf8')) as Kept
  const change = async (changes: Partial<Kept>) => await writeFile(file, JSON.stringify({ ...(await kept()), ...changes }))
  return { gateway, folder, env, file, ann, helper, kept, change }
}

/** The codes that nobody has decided on. */
async function waitingCodes({ app }: Gateway): Promise<string[]> {
  const { rows } = await app.pg.pool.query<{ code: string }>(
    'select user_code as code from device_codes where decision is null'
  )
  return rows.map(({ code }) => code)
}

async function decide({ gateway, ann }: Awaited<ReturnType<typeof started>>, decision: 'approve' | 'deny'): Promise<string> {
  await until('it waits', async () => (await waitingCodes(gateway)).length === 1)
  const [code = ''] = await waitingCodes(gateway)
  assert.equal((await ann.call('POST', `/me/v1/device-codes/${code}/${decision}`)).status, 204)
  return code
}

/** As somebody who has signed in from the terminal, without the seconds that it takes. */
async function signedIn(t: TestContext) {
  const place = await started(t)
  const login = place.helper('login')
  await decide(place, 'approve')
  const { code, err } = await login
  assert.equal(code, 0, err)
  return place
}

const statusWith = async ({ get }: Gateway, key: string) => (await get('/v1/models', { 'x-api-key': key })).status

const tokensOf = async ({ app }: Gateway) => (await app.pg.pool.query('select 1 from access_tokens')).rows.length

await suite('sluice key-helper', { concurrency: true }, async () => {
  test('signs in with a code, prints a key that works, and signs out', async (t) => {
    const place = await started(t)
    const { gateway, file, helper, ann, kept } = place
    const login = helper('login')
    const code = await decide(place, 'approve')
    const { code: exit, out, err } = await login
    assert.deepEqual([exit, out], [0, `Signed in at ${gateway.url} as ${USER}.\n`])
    assert.ok(err.includes(`Open ${gateway.url}/console/device?code=${code}\n`) && err.includes(`\n    ${code}\n`), err)
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    assert.deepEqual(await readdir(join(file, '..')), [`${encodeURIComponent(gateway.url)}.json`])
    const { accessToken, refreshToken } = await kept()
    for (const secret of [accessToken, refreshToken]) assert.ok(!(out + err).includes(secret))

    const printed = await helper()
    assert.deepEqual(printed, { code: 0, out: `${accessToken}\n`, err: '' })
    assert.deepEqual(await helper('print'), printed, 'the same as long as it is good')
    assert.equal(await statusWith(gateway, accessToken), 200)
    const asJson = JSON.parse((await helper('--json')).out) as Record<string, string>
    assert.deepEqual([asJson['key'], asJson['email']], [accessToken, USER])
    const [row] = (await ann.mine<{ data: Record<string, string>[] }>('/claude-sign-ins')).data
    assert.deepEqual([row?.['client'], row?.['key']], ['sluice key-helper', 'sluice key-helper on 127.0.0.1'])
    assert.match(row?.['user_agent'] ?? '', /^sluice-key-helper\/\d\S* \([\w.-]+\)$/)

    assert.deepEqual(await helper('logout'), { code: 0, out: `Signed out at ${gateway.url}.\n`, err: '' })
    assert.equal(await statusWith(gateway, accessToken), 401)
    assert.equal((await deviceClient(gateway).refresh(refreshToken)).body.error, 'invalid_grant')
    assert.deepEqual(await readdir(join(file, '..')), [])
    assert.equal((await helper('logout')).out, `You were not signed in at ${gateway.url}.\n`)
    const none = await helper()
    assert.deepEqual([none.code, none.out], [3, ''])
    assert.match(none.err, /^sluice: you are not signed in at \S+: run sluice key-helper login --url \S+\n$/)
  })

  test('is denied, and says so', async (t) => {
    const place = await started(t)
    const login = place.helper('login')
    await decide(place, 'deny')
    const { code, out, err } = await login
    assert.deepEqual([code, out], [3, ''])
    assert.match(err, /sluice: the sign-in was denied in the console\n$/)
  })

  test('renews a key once that has less than five minutes left, however many ask', async (t) => {
    const { gateway, helper, kept, change, file, folder } = await signedIn(t)
    const { accessToken: first, refreshToken } = await kept()
    await change({ expiresAt: Date.now() + 5 * MINUTE_MS + 20_000 })
    assert.equal((await helper()).out, `${first}\n`)
    await change({ expiresAt: Date.now() + 5 * MINUTE_MS - 1000 })
    const before = await tokensOf(gateway)
    const all = await Promise.all(Array.from({ length: 4 }, () => helper()))
    assert.equal(new Set(all.map(({ out }) => out)).size, 1)
    assert.equal(await tokensOf(gateway), before + 1)
    const second = all[0]?.out.trim() ?? ''
    assert.notEqual(second, first)
    // What runs keeps its own.
    assert.deepEqual([await statusWith(gateway, first), await statusWith(gateway, second)], [200, 200])
    assert.equal((await kept()).refreshToken, refreshToken)
    assert.equal((await stat(file)).mode & 0o777, 0o600)

    // Commands of a test may happen to run one after the other, which these do not.
    await change({ expiresAt: Date.now() })
    process.env['XDG_CONFIG_HOME'] = folder
    const current = await Promise.all(Array.from({ length: 4 }, () => currentSignIn(gateway.url)))
    assert.equal(new Set(current.map(({ accessToken }) => accessToken)).size, 1)
    assert.equal(await tokensOf(gateway), before + 2)

    // The clock was set back: what was good until then may be over.
    await change({ issuedAt: Date.now() + 10 * MINUTE_MS, expiresAt: Date.now() + 70 * MINUTE_MS })
    const third = (await helper()).out.trim()
    assert.ok(third !== second && (await kept()).accessToken === third)

    // A process that was killed in the middle.
    await change({ expiresAt: 0 })
    const lock = `${file}.lock`
    await writeFile(lock, '')
    await utimes(lock, new Date(), new Date(Date.now() - MINUTE_MS))
    assert.equal((await helper()).code, 0)
    await assert.rejects(stat(lock), { code: 'ENOENT' })
  })

  test('says that the sign-in has ended, and does not ask with it again', async (t) => {
    const { gateway, ann, helper, change, file } = await signedIn(t)
    const [row] = (await ann.mine<{ data: { id: string }[] }>('/claude-sign-ins')).data
    assert.equal((await ann.call('DELETE', `/me/v1/claude-sign-ins/${row?.id}`)).status, 204)
    await change({ expiresAt: Date.now() })
    const { code, out, err } = await helper()
    assert.deepEqual([code, out], [3, ''])
    assert.equal(err, `sluice: the sign-in at ${gateway.url} has ended: run sluice key-helper login --url ${gateway.url}\n`)
    await assert.rejects(stat(file), { code: 'ENOENT' })
  })

  test('goes on with what it has while the server is away, and signs out here all the same', async (t) => {
    const { gateway, helper, kept, change, file } = await signedIn(t)
    const { accessToken } = await kept()
    await gateway.stop()
    await change({ expiresAt: Date.now() + 2 * MINUTE_MS })
    assert.deepEqual(await helper(), { code: 0, out: `${accessToken}\n`, err: '' })
    await change({ expiresAt: Date.now() - 1 })
    const { code, out, err } = await helper()
    assert.deepEqual([code, out], [3, ''])
    assert.match(err, /^sluice: the server does not answer at http/)
    assert.equal((await kept()).accessToken, accessToken, 'it may come back')
    const logout = await helper('logout')
    assert.equal(logout.code, 3)
    assert.match(logout.err, /gone from this machine, but not ended: end it in the console/)
    await assert.rejects(stat(file), { code: 'ENOENT' })
  })

  test('another sign-in takes the place of the one before, which ends', async (t) => {
    const place = await signedIn(t)
    const { accessToken } = await place.kept()
    const login = place.helper('login', '--json')
    await decide(place, 'approve')
    assert.deepEqual(JSON.parse((await login).out), { url: place.gateway.url, email: USER })
    assert.equal(await statusWith(place.gateway, accessToken), 401)
    assert.equal(await statusWith(place.gateway, (await place.helper()).out.trim()), 200)
  })

  test('asks only servers that it can trust, and is not told which by a folder', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-test-key-helper-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const refused = async (url: string) => {
      const { code, err } = await runSluice(['key-helper', 'login'], { SLUICE_URL: url, XDG_CONFIG_HOME: folder })
      return [code, err] as const
    }
    assert.deepEqual(await refused(''), [2, 'name the server with --url or SLUICE_URL\n'])
    assert.match((await refused('http://sluice.example.com'))[1], /must be https: keys would go there in the clear/)
    assert.match((await refused('https://ann:secret@sluice.example.com'))[1], /must have no user or password/)
    assert.match((await refused('ftp://sluice.example.com'))[1], /must be the https/)
    const local = await runSluice(['key-helper', '--local'], { XDG_CONFIG_HOME: folder })
    assert.deepEqual([local.code, local.out], [2, ''])

    await writeFile(join(folder, '.env'), 'SLUICE_URL=https://elsewhere.example.com\n')
    const { promise, resolve } = Promise.withResolvers<string>()
    const env = { PATH: process.env['PATH'] ?? '', ...COMPILE_CACHE, XDG_CONFIG_HOME: folder }
    execFile(process.execPath, [SCRIPT, 'key-helper'], { cwd: folder, env }, (_error, _out, err) => resolve(err))
    assert.equal(await promise, 'name the server with --url or SLUICE_URL\n')
  })
})
