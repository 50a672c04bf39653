import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { writeAdminHandle } from '../../services/resources/set-up/admin-handle.ts'
import type { ApplyReport } from '../../services/resources/set-up/apply-report.ts'
import { lockDataDir } from '../../services/platform/database/data-dir-lock.ts'

const SLUICE = fileURLToPath(new URL('../../bin/sluice.js', import.meta.url))
const FILE = `
groups: [{name: default, kind: balance}]
accounts: [{name: main, type: api-key, credentials: {api_key: "\${UPSTREAM_KEY}"}}]
users: [{email: dev@example.com, balance_usd: "5", keys: [{name: laptop}]}]
`

let dir: string
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  await writeFile(join(dir, 'sluice.yaml'), FILE)
})
after(() => rm(dir, { recursive: true, force: true }))

async function sluice(args: string[], env: Record<string, string> = {}, input = '') {
  const child = spawn(process.execPath, [SLUICE, ...args], {
    cwd: dir,
    env: { PATH: process.env['PATH'], DATA_DIR: join(dir, 'data'), UPSTREAM_KEY: 'upstream-key-1', ...env }
  })
  const exit = once(child, 'close')
  child.stdin.end(input)
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = (await exit) as [number]
  return { code, out, err }
}

/** Makes this process the one that runs on the folder, as a server does: it holds its lock and leaves its handle. */
async function runHere(t: TestContext, dataDir: string, { port }: AddressInfo) {
  const lock = lockDataDir(dataDir)
  t.after(() => lock.release())
  await writeAdminHandle(dataDir, { url: `http://127.0.0.1:${port}`, token: 'local-token' })
}

test('without a server it applies to the embedded database, shows a generated key once, and then finds nothing to do', async () => {
  const first = await sluice(['apply', '-f', 'sluice.yaml', '--json'])
  assert.equal(first.code, 0, first.err)
  const report = JSON.parse(first.out) as ApplyReport
  assert.deepEqual(
    report.plan.map(({ action, kind, name }) => `${action} ${kind} ${name}`),
    ['create group default', 'create user dev@example.com', 'create account main', 'create key dev@example.com/laptop']
  )
  assert.match(report.created_keys[0]?.key ?? '', /^sk-sluice-\S{40,}$/)

  const second = await sluice(['apply', '-f', '-'], {}, FILE)
  assert.equal(second.code, 0, second.err)
  assert.match(second.out, /unchanged +key +dev@example\.com\/laptop\n/)
  assert.match(second.out, /Done: 0 created, 0 changed, 4 unchanged\./)
  assert.doesNotMatch(second.out, /sk-sluice-/)

  // A server that was killed has left its handle behind.
  await writeAdminHandle(join(dir, 'data'), { url: 'http://127.0.0.1:1', token: 'stale' })
  const third = await sluice(
    ['apply', '-f', '-', '--dry-run'],
    {},
    FILE.replace('kind: balance', 'kind: balance, rate_multiplier: 2')
  )
  assert.equal(third.code, 0, third.err)
  assert.match(third.out, /change +group +default +\(rate_multiplier: 1 → 2\)\n[^]*Dry run, nothing was done/)
})

test('a folder that a process uses which does not answer is a failure in one line', async () => {
  const dataDir = join(dir, 'locked')
  const lock = lockDataDir(dataDir)
  const { code, err } = await sluice(['apply', '-f', 'sluice.yaml'], { DATA_DIR: dataDir })
  lock.release()
  assert.equal(code, 3)
  assert.match(err, /locked is in use, by a server that is only starting/)
  assert.doesNotMatch(err, /\n +at /)
})

test('a running server is asked, with variables filled in here and its own token', async (t) => {
  const dataDir = join(dir, 'served')
  lockDataDir(dataDir).release()
  const asked: { authorization: string | undefined; body: { file: string; dry_run: boolean; prune: boolean } }[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push({ authorization: request.headers.authorization, body: JSON.parse(body) as (typeof asked)[number]['body'] })
      const report: ApplyReport = { plan: [], warnings: ['mind this'], created_keys: [] }
      response.end(JSON.stringify(report))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  await runHere(t, dataDir, server.address() as AddressInfo)

  const { code, err } = await sluice(['apply', '-f', 'sluice.yaml', '--prune'], { DATA_DIR: dataDir })
  assert.equal(code, 0, err)
  assert.match(err, /warning: mind this/)
  assert.equal(asked[0]?.authorization, 'Bearer local-token')
  assert.deepEqual(
    asked.map(({ body }) => [body.dry_run, body.prune]),
    [
      [true, true],
      [false, true]
    ]
  )
  const { accounts } = JSON.parse(asked[0]?.body.file ?? '') as { accounts: { credentials: { api_key: string } }[] }
  assert.equal(accounts[0]?.credentials.api_key, 'upstream-key-1')
})

test('what the server refuses in the file is bad usage; its other errors are failures', async (t) => {
  const dataDir = join(dir, 'refused')
  lockDataDir(dataDir).release()
  let status = 400
  const server = createServer((_request, response) => {
    response.writeHead(status).end(JSON.stringify({ type: 'error', error: { type: 'x', message: 'no such group' } }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  await runHere(t, dataDir, server.address() as AddressInfo)

  const refused = await sluice(['apply', '-f', 'sluice.yaml'], { DATA_DIR: dataDir })
  assert.deepEqual([refused.code, refused.err], [2, 'no such group\n'])
  status = 401
  const failed = await sluice(['apply', '-f', 'sluice.yaml'], { DATA_DIR: dataDir })
  assert.equal(failed.code, 3)
  assert.match(failed.err, /^sluice: the server at .* answered: no such group\n$/)
})

test('an invalid file exits with 2 and names file, line and column', async () => {
  const { code, out, err } = await sluice(['apply', '-f', '-'], {}, 'groups:\n  - {name: a, kind: prepaid}\n')
  assert.deepEqual([code, out, err], [2, '', 'stdin:2:21 groups[0].kind must be balance or subscription\n'])
})

const BAD_USAGE: [what: string, args: string[], env: Record<string, string>, reason: RegExp][] = [
  ['no command', [], {}, /Usage: sluice/],
  ['an unknown command', ['aply'], {}, /unknown command 'aply'/],
  ['apply without a file', ['apply'], {}, /required option '-f, --file <file>'/],
  ['an unknown option', ['apply', '-f', 'sluice.yaml', '--pruned'], {}, /unknown option '--pruned'/],
  ['a file that is not there', ['apply', '-f', 'nowhere.yaml'], {}, /nowhere\.yaml cannot be read/],
  ['settings that are wrong', ['apply', '-f', 'sluice.yaml'], { PORT: 'x' }, /PORT must be/]
]

for (const [what, args, env, reason] of BAD_USAGE) {
  test(`${what} exits with 2 and no stack trace`, async () => {
    const { code, err } = await sluice(args, env)
    assert.equal(code, 2)
    assert.match(err, reason)
    assert.doesNotMatch(err, /\n +at /)
  })
}

test('a database that cannot be reached exits with 3 and one line', async () => {
  const env = {
    DATABASE_URL: 'postgres://nobody:hidden@127.0.0.1:1/none',
    SLUICE_SECRET_KEY: Buffer.alloc(32, 7).toString('hex')
  }
  const { code, err } = await sluice(['apply', '-f', 'sluice.yaml'], env)
  assert.equal(code, 3)
  assert.match(
    err,
    /^No server runs on \S+: using its database directly\.\nsluice: The database cannot be reached: .*ECONNREFUSED.*\n$/
  )
  assert.doesNotMatch(err, /hidden/)
})

test('--help exits with 0', async () => {
  const { code, out } = await sluice(['--help'])
  assert.equal(code, 0)
  assert.match(out, /apply \[options\]/)
})
