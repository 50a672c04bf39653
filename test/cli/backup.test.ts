import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { postgresUrl } from '../support/databases.ts'
import { ADMIN_TOKEN, ask, UPSTREAM_KEY, user } from '../support/gateway.ts'
import { serverPlace } from '../support/server-process.ts'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'
import { runSluice } from '../support/sluice-command.ts'
import { until } from '../support/until.ts'

async function folder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-test-backup-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  return dir
}

interface Restored {
  created_at: string
  rows: number
  ledger: { ok: boolean; checked: { users: number; hours: number } }
  secrets: { ok: boolean }
}

async function place(t: TestContext, env: Record<string, string>) {
  const upstream = await startSimulatedUpstream()
  t.after(() => upstream.close())
  return await serverPlace(t, {
    declared: {
      groups: [{ name: 'default', kind: 'balance' }],
      accounts: [
        { name: 'main', type: 'api-key', credentials: { api_key: UPSTREAM_KEY }, base_url: upstream.url, groups: ['default'] }
      ],
      users: [user()]
    },
    env: { DRAIN_DELAY_MS: '0', ...env },
    database: 'embedded'
  })
}

await suite('sluice backup and restore', async () => {
  test('moves what a running embedded server has to a Postgres, and from there back into a data folder', async (t) => {
    const dir = await folder(t)
    // Nothing is settled by itself: what a request used stands in the journal alone.
    const embedded = await place(t, { SETTLE_INTERVAL_MS: '3600000', SETTLE_DRAIN_MS: '0' })
    const server = await embedded.start()
    const message = async () => {
      const response = await embedded.messages(ask())
      assert.equal(response.status, 200, await response.text())
    }
    for (let n = 0; n < 3; n += 1) await message()

    const file = join(dir, 'backup.gz')
    const over = new AbortController()
    const busy = (async () => {
      let requests = 0
      for (; !over.signal.aborted; requests += 1) await message()
      return requests
    })()
    const made = await runSluice(['backup', file], embedded.env)
    over.abort()
    const meanwhile = await busy
    assert.ok(meanwhile > 0)
    assert.deepEqual([made.code, made.err], [0, ''])
    assert.match(
      made.out,
      /^Wrote \d+ rows of \d+ tables to \S+: \d+\.\d KiB, as of \S+Z\.\nThe stored credentials in it are sealed: keep SLUICE_SECRET_KEY, or the file secret-key /
    )
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    assert.deepEqual(await readdir(dir), ['backup.gz'])
    const again = await runSluice(['backup', file], embedded.env)
    assert.deepEqual([again.code, again.out], [2, ''])
    assert.match(again.err, /already exists: name another file, or use --force/)
    const forced = await runSluice(['backup', file, '--force', '--json'], embedded.env)
    const { bytes, rows } = JSON.parse(forced.out) as { bytes: number; rows: number }
    assert.equal(bytes, (await stat(file)).size)
    const audited = await runSluice(['audit', 'list', '--action', 'backup.made', '--json'], embedded.env)
    assert.equal((JSON.parse(audited.out) as object[]).length, 2)

    const inUse = await runSluice(['restore', file], embedded.env)
    assert.deepEqual([inUse.code, inUse.out], [3, ''])
    assert.match(inUse.err, /^sluice: Another Sluice \(process \d+\) is using the data folder /)
    server.kill('SIGKILL')
    await server.exited

    const postgres = { DATA_DIR: embedded.dataDir, DATABASE_URL: await postgresUrl(t) }
    const moved = await runSluice(['restore', file, '--json'], {
      ...postgres,
      SLUICE_SECRET_KEY: Buffer.alloc(32, 1).toString('hex')
    })
    const restored = JSON.parse(moved.out) as Restored
    assert.deepEqual([moved.code, restored.ledger.ok, restored.rows, restored.secrets.ok], [0, true, rows, false])
    assert.match(moved.err, /^warning: stored secrets cannot be opened: account main: set SLUICE_SECRET_KEY as it was, or put /)
    const SLUICE_SECRET_KEY = (await readFile(join(embedded.dataDir, 'secret-key'), 'utf8')).trim()
    await embedded.start({ ...postgres, SLUICE_SECRET_KEY, SETTLE_INTERVAL_MS: '20' })
    await until('nothing is lost', async () => (await embedded.list('/usage-events')).length === 3 + meanwhile)
    const refused = await runSluice(['restore', file], { ...postgres, SLUICE_SECRET_KEY })
    assert.deepEqual([refused.code, refused.out], [2, ''])
    assert.match(
      refused.err,
      /cannot be restored: the database is not empty, it has rows in [\w, ]*users[\w, ]*: name an empty one /
    )

    const back = join(dir, 'back.gz')
    const fromPostgres = await runSluice(['backup', back], embedded.env)
    assert.equal(fromPostgres.code, 0, fromPostgres.err)
    const fresh = { DATA_DIR: join(dir, 'fresh'), SLUICE_SECRET_KEY }
    const done = await runSluice(['restore', back], fresh)
    assert.equal(done.code, 0, done.err)
    assert.match(
      done.out,
      /^The database in \S+ is now as it was at \S+Z: \d+ rows in \d+ tables\.\nThe books agree: 1 user, \d+ entries, 0 subscriptions, 1 key, 0 teams, \d+ events, 1 hour\.\n$/
    )
    const keyless = { DATA_DIR: fresh.DATA_DIR }
    const usage = await runSluice(['usage', '--json', '--limit', '1000', '--local'], keyless)
    assert.equal((JSON.parse(usage.out) as object[]).length, 3 + meanwhile, usage.err)
    assert.match(
      (await runSluice(['accounts', 'list'], keyless)).out,
      /: add it to SLUICE_SECRET_KEY, or to the file secret-key/
    )
    // The place of the key that the credentials need stays free for it.
    const keyFile = join(fresh.DATA_DIR, 'secret-key')
    assert.equal(existsSync(keyFile), false)
    await writeFile(keyFile, SLUICE_SECRET_KEY)
    assert.doesNotMatch((await runSluice(['accounts', 'list'], keyless)).out, /sealed/)
  })

  test('works on a Postgres without a server, and touches nothing for a file that is no whole backup', async (t) => {
    const dir = await folder(t)
    const env = {
      DATA_DIR: join(dir, 'data'),
      DATABASE_URL: await postgresUrl(t),
      SLUICE_SECRET_KEY: Buffer.alloc(32, 7).toString('hex')
    }
    await runSluice(['users', 'add', 'dev@example.com'], env)
    const file = join(dir, 'backup')
    const made = await runSluice(['backup', file], env)
    assert.equal(made.code, 0, made.err)
    const whole = await readFile(file)
    const broken: [content: Buffer, message: RegExp][] = [
      [whole.subarray(0, whole.length / 2), /broken cannot be restored: it is truncated\n$/],
      [Buffer.from('foreign'), /broken cannot be restored: it is not a Sluice backup, or it is damaged\n$/]
    ]
    const nowhere = join(dir, 'nowhere')
    for (const [content, message] of broken) {
      await writeFile(join(dir, 'broken'), content)
      const { code, out, err } = await runSluice(['restore', join(dir, 'broken')], { DATA_DIR: nowhere })
      assert.deepEqual([code, out], [2, ''])
      assert.match(err, message)
    }
    const missing = await runSluice(['restore', join(dir, 'missing')], { DATA_DIR: nowhere })
    assert.deepEqual([missing.code, missing.out], [2, ''])
    assert.match(missing.err, /missing cannot be restored: no such file or folder\n$/)
    assert.equal(existsSync(nowhere), false)

    const none = await runSluice(['backup', join(dir, 'other')], { DATA_DIR: nowhere })
    assert.deepEqual([none.code, none.out], [2, ''])
    assert.match(none.err, /^there is no folder \S+: check DATA_DIR, or start a server to create one\n$/)
    const unwritable = await runSluice(['backup', join(dir, 'no/such/folder')], env)
    assert.equal(unwritable.code, 3)
    assert.match(unwritable.err, /sluice: \S+ cannot be written: no such file or folder\n$/)
  })

  test('a backup that breaks off, or is none, leaves no file', async (t) => {
    const dir = await folder(t)
    for (const end of ['break', 'foreign'] as const) {
      const server = createServer((_request, response) => {
        response.write('\u001f\u008b\b\0\0\0\0\0\0\u0003 half of a backup', 'latin1')
        setImmediate(() => (end === 'break' ? response.destroy() : response.end()))
      })
      await once(server.listen(0, '127.0.0.1'), 'listening')
      t.after(() => server.close())
      const SLUICE_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const { code, out, err } = await runSluice(['backup', join(dir, 'file')], { SLUICE_URL, SLUICE_ADMIN_TOKEN: ADMIN_TOKEN })
      assert.deepEqual([code, out], [3, ''], err)
      assert.match(err, /^sluice: (the response was cut off|the backup is unusable and was deleted): [^\n]+\n$/)
      assert.deepEqual(await readdir(dir), [])
    }
  })
})
