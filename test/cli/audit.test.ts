import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { postgresUrl } from '../support/databases.ts'
import { runSluice } from '../support/sluice-command.ts'
import { openPool } from '../support/open-pool.ts'

const SLUICE = fileURLToPath(new URL('../../bin/sluice.js', import.meta.url))
const FILE = JSON.stringify({ groups: [{ name: 'default', kind: 'balance' }], users: [{ email: 'ann@example.com' }] })

test('audit verify exits with 1 for a log that was changed, and says where', async (t) => {
  const url = await postgresUrl(t)
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  t.after(() => rm(dataDir, { recursive: true, force: true }))
  const env = { DATA_DIR: dataDir, DATABASE_URL: url, SLUICE_SECRET_KEY: Buffer.alloc(32, 7).toString('hex') }
  const sluice = (args: string, input = '') => runSluice(args.split(' '), env, input)
  assert.equal((await sluice('apply -f -', FILE)).code, 0)

  const whole = await sluice('audit verify --json')
  assert.equal(whole.code, 0, whole.err)
  const report = JSON.parse(whole.out) as { ok: boolean; entries: number; head: { seq: string; hash: string }; broken: unknown }
  assert.deepEqual([report.ok, report.entries > 1, report.broken], [true, true, null])
  assert.match(report.head.hash, /^[0-9a-f]{64}$/)

  const command = [process.execPath, SLUICE, 'audit', 'verify'].map((word) => `'${word}'`).join(' ')
  const terminal = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], { env, timeout: 60_000 })
  const shown = await text(terminal.stdout)
  terminal.stdin.destroy()
  assert.match(shown, /Recomputing the chain, 0 s …[^]*The audit log is intact/)
  assert.doesNotMatch(whole.err, /Recomputing/, 'no terminal')

  const pool = openPool(url)
  await pool.query('alter table audit_log disable trigger audit_log_append_only')
  await pool.query(`update audit_log set subject = 'user bob@example.com' where subject = 'user ann@example.com'`)
  await pool.end()

  const broken = await sluice('audit verify')
  assert.deepEqual([broken.code, broken.out], [1, ''])
  assert.match(broken.err, /\nsluice: the audit log is broken at id \d+, seq \d+: its content is not what was hashed\n$/)
  const asJson = await sluice('audit verify --json')
  assert.equal(asJson.code, 1)
  const { ok, broken: place } = JSON.parse(asJson.out) as { ok: boolean; broken: { seq: string; problem: string } }
  assert.deepEqual([ok, place.problem], [false, 'its content is not what was hashed'])
})
