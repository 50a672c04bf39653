import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { serverPlace } from '../support/server-process.ts'
import { runSluice } from '../support/sluice-command.ts'

const SLUICE = fileURLToPath(new URL('../../cli/sluice.ts', import.meta.url))

/** Runs the command at a terminal, and types `keys` when it has asked. */
async function atTerminal(args: string[], env: Readonly<Record<string, string>>, keys: string) {
  const command = [process.execPath, SLUICE, ...args].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], { env, timeout: 60_000 })
  const exit = once(child, 'close')
  let asked = false
  child.stdout.setEncoding('utf8').on('data', (printed: string) => {
    if (asked || !printed.includes('[y/N]')) return
    asked = true
    child.stdin.write(keys)
  })
  const out = await text(child.stdout)
  child.stdin.destroy()
  const [code] = (await exit) as [number]
  return { code, out, asked }
}

test('what takes something away asks at a terminal, and elsewhere wants --yes', async (t) => {
  const place = await serverPlace(t, {
    declared: {
      groups: [
        { name: 'default', kind: 'balance' },
        { name: 'pro', kind: 'subscription' }
      ],
      users: [{ email: 'ann@example.com', keys: [{ name: 'laptop' }], subscriptions: [{ group: 'pro', days: 30 }] }]
    }
  })
  await place.start()
  const shown = async (what: string) => {
    const { out } = await runSluice([...what.split(' '), '--json'], place.env)
    const { version: _version, ...row } = JSON.parse(out) as { version: number; status: string }
    return row
  }
  const acts: [act: string, show: string][] = [
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
      assert.match(err, / Say --yes to do it\.\n$/)
      assert.deepEqual(await shown(show), before)
    })
  }

  for (const [keys, name] of [
    ['n\r', 'a no'],
    ['\r', 'an empty answer'],
    ['\u0004', 'Ctrl-D'],
    ['\u0003', 'Ctrl-C']
  ] as const) {
    await t.test(`${name} at the terminal changes nothing`, async () => {
      const { code, out, asked } = await atTerminal(['users', 'disable', 'ann@example.com'], place.env, keys)
      assert.deepEqual([asked, code], [true, 2], out)
      assert.match(out, /User ann@example\.com will be refused\. \[y\/N\] [^]*nothing has changed/)
      assert.equal((await shown('users show ann@example.com')).status, 'active')
    })
  }

  await t.test('a yes at the terminal does it', async () => {
    const { code, out } = await atTerminal(['users', 'disable', 'ann@example.com'], place.env, 'y\r')
    assert.equal(code, 0, out)
    assert.equal((await shown('users show ann@example.com')).status, 'disabled')
  })
})
