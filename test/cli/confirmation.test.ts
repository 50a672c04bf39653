import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { BOTH_KINDS } from '../support/gateway.ts'
import { serverPlace } from '../support/server-process.ts'
import { runSluice } from '../support/sluice-command.ts'

const SLUICE = fileURLToPath(new URL('../../bin/sluice.js', import.meta.url))

/** Runs the command at a terminal, and types each of `keys` when it has asked once more. */
async function atTerminal(args: string[], env: Readonly<Record<string, string>>, keys: readonly string[], question = '[y/N]') {
  const command = [process.execPath, SLUICE, ...args].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], { env, timeout: 60_000 })
  const exit = once(child, 'close')
  let [asked, printed] = [0, '']
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    printed += chunk
    const isAskedAgain = printed.split(question).length - 1 > asked
    if (isAskedAgain && asked < keys.length) child.stdin.write(keys[asked++] ?? '')
  })
  const out = await text(child.stdout)
  child.stdin.destroy()
  const [code] = (await exit) as [number]
  return { code, out, asked }
}

test('a table fits the terminal, and is whole with --wide', async (t) => {
  const place = await serverPlace(t, {
    declared: {
      groups: [{ name: 'default', kind: 'balance' }],
      users: [{ email: 'somebody.with.a.long.name@example.com', keys: [{ name: 'laptop' }] }]
    }
  })
  await place.start()
  const listed = async (args: string) => {
    const command = `stty cols 60; '${process.execPath}' '${SLUICE}' keys list ${args}`
    const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      env: place.env,
      timeout: 60_000
    })
    const lines = (await text(child.stdout)).trimEnd().split(/\r?\n/)
    child.stdin.destroy()
    assert.match(lines[0] ?? '', /^USER_EMAIL/)
    return lines
  }
  const narrow = await listed('')
  assert.ok(Math.max(...narrow.map((line) => line.length)) <= 60, narrow.join('\n'))
  assert.match(narrow[1] ?? '', /^somebody\.with\.a\.long\.name@example\.com +laptop +- +active/)
  assert.match(narrow.slice(2).join(' '), /^Left out: .*LAST_USED_AT.*; whole with --wide\.$/)
  const [headings, row, ...rest] = await listed('--wide')
  assert.match(headings ?? '', / SPENDING +LAST_USED_AT +NOTE$/)
  assert.ok((row ?? '').length > 100)
  assert.deepEqual(rest, [])
})

test('what takes something away asks at a terminal, and elsewhere wants --yes', async (t) => {
  const place = await serverPlace(t, {
    declared: {
      groups: BOTH_KINDS,
      accounts: [{ name: 'main', type: 'api-key', credentials: { api_key: 'sk-ant-main' } }],
      users: [{ email: 'ann@example.com', keys: [{ name: 'laptop' }], subscriptions: [{ group: 'pro', days: 30 }] }]
    }
  })
  await place.start()
  const shown = async (what: string) => {
    const { out } = await runSluice([...what.split(' '), '--json'], place.env)
    const { version: _version, ...row } = JSON.parse(out) as { version: number; status: string; managed_settings?: unknown }
    return row
  }
  // It names neither Ann nor the group of her subscription.
  const lesser = join(await mkdtemp(join(tmpdir(), 'sluice-test-confirmation-')), 'lesser.json')
  t.after(() => rm(dirname(lesser), { recursive: true }))
  await writeFile(lesser, JSON.stringify({ groups: [{ name: 'default', kind: 'balance' }] }))
  const acts: [act: string, show: string][] = [
    ['accounts disable main', 'accounts show main'],
    ['accounts remove main', 'accounts show main'],
    [`apply -f ${lesser} --prune`, 'users show ann@example.com'],
    [`apply -f ${lesser} --prune`, 'accounts show main'],
    ['users disable ann@example.com', 'users show ann@example.com'],
    ['keys disable ann@example.com laptop', 'keys show ann@example.com laptop'],
    ['keys rotate ann@example.com laptop', 'keys show ann@example.com laptop'],
    ['keys revoke ann@example.com laptop', 'keys show ann@example.com laptop'],
    ['groups disable default', 'groups show default'],
    ['subscriptions suspend ann@example.com pro', 'subscriptions show ann@example.com pro'],
    ['subscriptions revoke ann@example.com pro', 'subscriptions show ann@example.com pro']
  ]
  for (const [act, show] of acts) {
    await t.test(act, async () => {
      const before = await shown(show)
      // A yes on standard input is none: it may be there for something else.
      const { code, out, err } = await runSluice(act.split(' '), place.env, 'y\n')
      assert.deepEqual([code, out], [2, ''])
      assert.match(err, / Use --yes to confirm\.\n$/)
      assert.deepEqual(await shown(show), before)
    })
  }

  for (const [keys, name, exitCode] of [
    ['n\r', 'a no', 2],
    ['\r', 'an empty answer', 2],
    ['\u0004', 'Ctrl-D', 2],
    ['\u0003', 'Ctrl-C', 130]
  ] as const) {
    await t.test(`${name} at the terminal changes nothing`, async () => {
      const { code, out, asked } = await atTerminal(['users', 'disable', 'ann@example.com'], place.env, [keys])
      assert.deepEqual([asked, code], [1, exitCode], out)
      assert.match(out, /User ann@example\.com will be disabled\. \[y\/N\] [^]*nothing has changed/)
      assert.equal((await shown('users show ann@example.com')).status, 'active')
    })
  }

  await t.test('apply --prune asks for what it would disable by name, and for nothing else', async () => {
    const { code, err } = await runSluice(['apply', '-f', lesser, '--prune'], place.env)
    assert.equal(code, 2)
    assert.match(err, /^This will disable or end: group pro, user ann@example\.com, account main, key .*laptop.*\. Use --yes/)
    assert.equal((await runSluice(['apply', '-f', lesser, '--prune', '--yes'], place.env)).code, 0)
    assert.equal((await shown('accounts show main')).status, 'disabled')
    assert.equal((await runSluice(['apply', '-f', lesser, '--prune'], place.env)).code, 0, 'nothing is left to disable')
    assert.equal((await runSluice(['users', 'enable', 'ann@example.com'], place.env)).code, 0)
  })

  await t.test('managed settings want a yes of their own, also in a file', async () => {
    const folder = dirname(lesser)
    const [settings, declared, broken] = ['settings.json', 'managed.json', 'broken.json'].map((name) => join(folder, name))
    const managed = { env: { A: '1' } }
    await writeFile(settings!, JSON.stringify(managed))
    await writeFile(declared!, JSON.stringify({ groups: [{ name: 'default', kind: 'balance', managed_settings: managed }] }))
    await writeFile(broken!, '{')
    const stored = async () => (await shown('groups show default')).managed_settings
    const change = ['groups', 'change', 'default', '--managed-settings', settings!]
    const apply = ['apply', '-f', declared!]
    const allow = '--allow-managed-settings'

    for (const [command, message] of [
      [change, /^The managed settings can run programs on developers’ machines\. Use --allow-managed-settings to confirm\.\n$/],
      [apply, /^group default: managed_settings can run programs .*: confirm that with --allow-managed-settings\n$/]
    ] as const) {
      const { code, err } = await runSluice([...command], place.env, 'y\n')
      assert.deepEqual([code, await stored()], [2, null])
      assert.match(err, message)
    }
    assert.equal((await runSluice([...change, allow], place.env)).code, 0)
    assert.deepEqual(await stored(), managed)
    assert.equal((await runSluice(apply, place.env)).code, 0, 'they are those already')
    assert.equal((await runSluice(['groups', 'change', 'default', '--managed-settings', 'none', allow], place.env)).code, 0)
    assert.equal(await stored(), null)
    const unread = await runSluice(['groups', 'change', 'default', '--managed-settings', broken!, allow], place.env)
    assert.match(unread.err, /It is no JSON/)

    const no = await atTerminal(apply, place.env, ['n\r'])
    assert.deepEqual([no.code, await stored()], [2, null], no.out)
    const yes = await atTerminal(apply, place.env, ['y\r'])
    assert.deepEqual([yes.code, await stored()], [0, managed], yes.out)
  })

  await t.test('a yes at the terminal does it', async () => {
    const { code, out } = await atTerminal(['users', 'disable', 'ann@example.com'], place.env, ['y\r'])
    assert.equal(code, 0, out)
    assert.equal((await shown('users show ann@example.com')).status, 'disabled')
  })

  await t.test('a new password is typed twice at the terminal, and shown neither time', async () => {
    const set = (...typed: string[]) =>
      atTerminal(
        ['users', 'set-password', 'ann@example.com'],
        place.env,
        typed.map((word) => `${word}\r`),
        '(not shown)'
      )
    const mistyped = await set('a-long-pass-phrase', 'a-long-pass-phrasw')
    assert.deepEqual([mistyped.code, mistyped.asked], [2, 2], mistyped.out)
    assert.match(mistyped.out, /the two entries differ: nothing has changed/)
    const given = await atTerminal(['users', 'set-password', 'ann@example.com'], place.env, ['\u0003'], '(not shown)')
    assert.deepEqual([given.code, given.asked], [130, 1], given.out)
    assert.match(given.out, /cancelled: nothing has changed/)
    const done = await set('a-long-pass-phrase', 'a-long-pass-phrase')
    assert.deepEqual([done.code, done.asked], [0, 2], done.out)
    assert.ok(!(mistyped.out + done.out).includes('pass-phras'))
    const piped = await runSluice(['users', 'set-password', 'ann@example.com'], place.env, 'another-pass-phrase\n')
    assert.equal(piped.code, 0, piped.err)
  })

  await t.test('the audit log names who ran the command', async () => {
    const { out } = await runSluice(['audit', 'list', '--subject', 'user ann@example.com', '--json'], place.env)
    const actors = new Set((JSON.parse(out) as { actor: string }[]).map(({ actor }) => actor))
    assert.deepEqual([...actors].sort(), [`cli:${userInfo().username}`, 'config'])
  })
})
