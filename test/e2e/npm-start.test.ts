import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { suite, test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { account, ask, CLIENT_KEY, USER } from '../support/gateway.ts'
import { serverPlace, type ServerPlace } from '../support/server-process.ts'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'
import { until } from '../support/until.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

await suite('started by npm', { timeout: 120_000, concurrency: 2 }, async () => {
  for (const [what, signalled, signal] of [
    ['SIGTERM to npm', (pid: number) => pid, 'SIGTERM'],
    // npm passes on what the terminal has given to the whole group.
    ['Ctrl-C', (pid: number) => -pid, 'SIGINT'],
    ['SIGTERM to the whole service', (pid: number) => -pid, 'SIGTERM']
  ] as const) {
    test(`${what} lets what runs end, and ends with 0`, async (t) => {
      const place = await placeWithStream(t)
      const npm = startByNpm(t, place)
      await until('it is ready', () => isReady(place), 60_000)
      const stream = await place.messages(ask({ stream: true }))
      process.kill(signalled(npm.pid), signal)
      assert.match(await stream.text(), /event: message_stop\n.*\n\n$/)
      await until('npm has ended', () => npm.end() !== null, 30_000)
      assert.deepEqual(npm.end(), [0, null], npm.output())
      assert.match(npm.output(), /"msg":"draining[^\n]*\n[^]*"msg":"stopped"/)
    })
  }
})

async function placeWithStream(t: TestContext): Promise<ServerPlace> {
  const upstream = await startSimulatedUpstream()
  t.after(() => upstream.close())
  upstream.setBehaviour({ deltas: 20, paceMs: 50 })
  const declared = {
    groups: [{ name: 'default', kind: 'balance' }],
    accounts: [account('main', upstream.url)],
    users: [{ email: USER, concurrency: 5, balance_usd: '100', keys: [{ name: 'laptop', key: CLIENT_KEY }] }]
  }
  return await serverPlace(t, { declared, env: { DRAIN_DELAY_MS: '0' } })
}

/** In a process group of its own, as a shell with job control or a service manager has it. */
function startByNpm(t: TestContext, { env }: ServerPlace) {
  const npm = spawn('npm', ['start'], { cwd: ROOT, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const pid = npm.pid ?? 0
  let written = ''
  for (const stream of [npm.stdout, npm.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (written += text))
  let end: unknown[] | null = null
  npm.once('close', (...how) => (end = how))
  t.after(() => {
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // Nothing of it is left.
    }
  })
  return { pid, end: () => end, output: () => written }
}

async function isReady({ url }: ServerPlace): Promise<boolean> {
  const response = await fetch(`${url}/readyz`).catch(() => null)
  await response?.arrayBuffer()
  return response?.status === 200
}
