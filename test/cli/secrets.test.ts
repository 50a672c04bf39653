import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { account, ask, UPSTREAM_KEY, user } from '../support/gateway.ts'
import { serverPlace } from '../support/server-process.ts'
import { startSimulatedProxy } from '../support/simulated-proxy.ts'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'
import { runSluice } from '../support/sluice-command.ts'

const GROUPS = [{ name: 'default', kind: 'balance' }]

test('secrets rotate, with a generated key', async (t) => {
  const upstream = await startSimulatedUpstream()
  t.after(() => upstream.close())
  const place = await serverPlace(t, {
    declared: { groups: GROUPS, accounts: [account('main', upstream.url)], users: [user()] },
    database: 'embedded'
  })
  let life = await place.start()
  const keys = async () => (await readFile(join(place.dataDir, 'secret-key'), 'utf8')).trim().split('\n')
  const rotate = (...args: string[]) => runSluice(['secrets', 'rotate', '--yes', ...args], place.env)

  await t.test('beside a running server it makes a new key, which the server uses on', async () => {
    const before = await keys()
    const unasked = await runSluice(['secrets', 'rotate'], place.env)
    assert.equal(unasked.code, 2)
    assert.match(unasked.err, /Older backups can only be opened with the old key: keep a copy .* Use --yes to confirm/)
    assert.deepEqual(await keys(), before)
    const { code, out, err } = await rotate()
    assert.deepEqual([code, err], [0, ''])
    assert.equal(out, '1 secret re-encrypted, 0 already used the current key.\nThe old key is gone. Older backups need it.\n')
    const after = await keys()
    assert.equal(after.length, 1)
    assert.notDeepEqual(after, before)
    assert.equal((await place.messages(ask())).status, 200)
  })

  await t.test('without a server too, and the next start reads what it sealed', async () => {
    life.kill('SIGINT')
    await life.ends()
    const before = await keys()
    const { code, out, err } = await rotate('--json')
    assert.equal(code, 0, err)
    assert.deepEqual(JSON.parse(out), { resealed: 1, current: 0, unreadable: [], new_key: true })
    assert.notDeepEqual(await keys(), before)
    life = await place.start()
    assert.equal((await place.messages(ask())).status, 200)
    life.kill('SIGINT')
    await life.ends()
  })

  await t.test('a key file that holds no key is a failure in words, and the command ends', async () => {
    await writeFile(join(place.dataDir, 'secret-key'), 'rubbish\n')
    const { code, out, err } = await rotate()
    assert.deepEqual([code, out], [3, ''])
    assert.match(err, /sluice: A secret key must be 32 bytes as hex or base64/)
    assert.doesNotMatch(err, /\n +at |rubbish/)
  })
})

test('secrets rotate, with keys of its operator, drops the old one when it is not needed any more', async (t) => {
  const [next, lost] = ['2', '3'].map((seed) => createHash('sha256').update(seed).digest('hex')) as [string, string]
  const upstream = await startSimulatedUpstream()
  const proxy = await startSimulatedProxy({ kind: 'http', credentials: { username: 'u', password: 'hidden' } })
  t.after(() => Promise.all([upstream.close(), proxy.close()]))
  const place = await serverPlace(t, {
    declared: {
      groups: GROUPS,
      proxies: [{ name: 'office', url: proxy.url }],
      accounts: [account('main', upstream.url, { proxy: 'office' })],
      users: [user()]
    },
    env: { ANTHROPIC_BASE_URL: upstream.url },
    database: 'postgres'
  })
  const old = place.env['SLUICE_SECRET_KEY'] ?? ''
  const life = await place.start()
  const run = (args: string, key: string) => runSluice(args.split(' '), { ...place.env, SLUICE_SECRET_KEY: key })

  await t.test('proxies test reaches the upstream through each, and shows no password', async () => {
    const all = await run('proxies test', old)
    assert.deepEqual([all.code, all.err], [0, ''])
    assert.match(all.out, /^PROXY +TARGET +RESULT\noffice +http:\S+ +reached: status \d+ after \d+ ms\n$/)
    const one = await run('proxies test office --json', old)
    const [result] = JSON.parse(one.out) as { proxy: string; ok: boolean }[]
    assert.deepEqual([result?.proxy, result?.ok], ['office', true])
    assert.doesNotMatch(all.out + one.out, /hidden/)
  })

  await t.test('proxies test fails when one does, and says how', async () => {
    proxy.setBehaviour({ refuse: 407 })
    const { code, out, err } = await run('proxies test', old)
    assert.equal(code, 1)
    assert.match(out, /office .*not reached: .*407/)
    assert.match(err, /^sluice: 1 of 1 proxy did not reach the upstream\n$/)
    const unknown = await run('proxies test home', old)
    assert.deepEqual([unknown.code, unknown.err], [2, 'there is no proxy home; known: office\n'])
    proxy.setBehaviour('tunnel')
  })

  await t.test('a lost key is told; new,old → rotate → new alone', async () => {
    life.kill('SIGINT')
    await life.ends()
    const without = await run('secrets rotate --yes', lost)
    assert.equal(without.code, 3)
    assert.match(
      without.out,
      /account main: .*was sealed with the key [0-9a-f]{16}, which is not among the secret keys given: add it to SLUICE_SECRET_KEY, or to [^\n]*\n/
    )
    assert.match(without.err, /sluice: 2 secrets cannot be opened with the keys given: [^]*\n$/)
    assert.match((await run('accounts list', lost)).out, /main .*sealed with the key/)

    const rotated = await run('secrets rotate --yes', `${next},${old}`)
    assert.equal(rotated.code, 0, rotated.err)
    assert.match(
      rotated.out,
      /^2 secrets re-encrypted, 0 .*\nOnly the first key of SLUICE_SECRET_KEY is needed from now on; older backups need the others\.\n$/
    )
    const again = await run('secrets rotate --yes', next)
    assert.match(again.out, /^0 secrets re-encrypted, 2 already used the current key\./)
    const tested = await run('accounts test main', next)
    assert.equal(tested.code, 0, tested.err)
    assert.equal(upstream.requests.at(-1)?.credential, UPSTREAM_KEY)
  })
})
