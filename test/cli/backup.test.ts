import assert from 'node:assert/strict'
import { once } from 'node:events'
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { ADMIN_TOKEN, ask, startGateway, UPSTREAM_KEY, user } from '../support/gateway.ts'
import { serverPlace } from '../support/server-process.ts'
import { startSimulatedUpstream } from '../support/simulated-upstream.ts'
import { runSluice } from '../support/sluice-command.ts'
import { until } from '../support/until.ts'

async function folder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-test-backup-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  return dir
}

interface Restored {
  created_at: string
  ledger: { ok: boolean; checked: { users: number; hours: number } }
  secrets: { ok: boolean }
  kept: string | null
}

await suite('sluice backup and restore', async () => {
  test('a backup of a running server has all usage up to then, and is restored beside the old database', async (t) => {
    const dir = await folder(t)
    const upstream = await startSimulatedUpstream()
    t.after(() => upstream.close())
    const place = await serverPlace(t, {
      declared: {
        groups: [{ name: 'default', kind: 'balance' }],
        accounts: [
          { name: 'main', type: 'api-key', credentials: { api_key: UPSTREAM_KEY }, base_url: upstream.url, groups: ['default'] }
        ],
        users: [user()]
      },
      // Nothing is settled by itself: what a request used stands in the journal alone.
      env: { SETTLE_INTERVAL_MS: '3600000', DRAIN_DELAY_MS: '0', SETTLE_DRAIN_MS: '0' }
    })
    const server = await place.start()
    const message = async () => {
      const answer = await place.messages(ask())
      assert.equal(answer.status, 200, await answer.text())
    }
    for (let n = 0; n < 5; n += 1) await message()

    const file = join(dir, 'backup.tar.gz')
    const over = new AbortController()
    const busy = (async () => {
      let requests = 0
      while (!over.signal.aborted) {
        await message()
        requests += 1
      }
      return requests
    })()
    const made = await runSluice(['backup', file], place.env)
    over.abort()
    const meanwhile = await busy
    assert.ok(meanwhile > 0)
    assert.deepEqual([made.code, made.err], [0, ''])
    assert.match(made.out, /^The database is in \S+: \d+\.\d MiB, as of \S+Z\.\nThe stored credentials in it are sealed: keep /)
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    assert.deepEqual(await readdir(dir), ['backup.tar.gz'])
    const again = await runSluice(['backup', file], place.env)
    assert.deepEqual([again.code, again.out], [2, ''])
    assert.match(again.err, /is there already: name another file, or say --force/)
    const forced = await runSluice(['backup', file, '--force', '--json'], place.env)
    assert.equal((JSON.parse(forced.out) as { bytes: number }).bytes, (await stat(file)).size)
    assert.ok(!(await readdir(place.dataDir)).includes('backup.draft'))
    const audited = await runSluice(['audit', 'list', '--action', 'backup.made', '--json'], place.env)
    assert.equal((JSON.parse(audited.out) as object[]).length, 2)

    const inUse = await runSluice(['restore', file, '--yes'], place.env)
    assert.deepEqual([inUse.code, inUse.out], [1, ''])
    assert.match(inUse.err, /^sluice: Another Sluice \(process \d+\) is using the data folder /)
    // These are in the journal alone when the server dies.
    await message()
    await message()
    server.kill('SIGKILL')
    await server.exited

    const fresh = { DATA_DIR: join(dir, 'fresh') }
    const alone = await runSluice(['restore', file, '--json'], fresh)
    const restored = JSON.parse(alone.out) as Restored
    assert.deepEqual([alone.code, restored.ledger.ok, restored.ledger.checked.users, restored.kept], [0, true, 1, null])
    assert.equal(restored.secrets.ok, false)
    assert.match(alone.err, /^warning: stored secrets cannot be opened: account main: set SLUICE_SECRET_KEY as it was, or put /)
    await copyFile(join(place.dataDir, 'secret-key'), join(dir, 'fresh', 'secret-key'))
    const usage = await runSluice(['usage', '--json', '--limit', '1000', '--local'], fresh)
    assert.equal(usage.code, 0, usage.err)
    assert.ok((JSON.parse(usage.out) as object[]).length >= 5)
    assert.equal((await runSluice(['secrets', 'rotate', '--local'], fresh)).code, 0)

    const refused = await runSluice(['restore', file], place.env)
    assert.deepEqual([refused.code, refused.out], [2, ''])
    assert.match(refused.err, /^The database in \S+ will be replaced by the one of \S+Z\. Say --yes to do it\.\n$/)
    const done = await runSluice(['restore', file, '--yes'], place.env)
    assert.deepEqual([done.code, done.err], [0, ''])
    assert.match(
      done.out,
      /^The database in \S+ is the one of \S+Z now\.\nThe old one is kept in (\S+)\.\nThe books agree: 1 user, 0 subscriptions, 1 key, 1 hour\.\n$/
    )
    const kept = /kept in (\S+)\.\n/.exec(done.out)?.[1] ?? ''
    assert.equal(
      await readFile(join(kept, 'PG_VERSION'), 'utf8'),
      await readFile(join(place.dataDir, 'database/PG_VERSION'), 'utf8')
    )
    assert.ok(!(await readdir(place.dataDir)).includes('restore.draft'))
    await place.start({ SETTLE_INTERVAL_MS: '20' })
    await until('nothing is lost', async () => (await place.list('/usage-events')).length === 5 + meanwhile + 2)
    assert.equal((await runSluice(['ledger', 'verify'], place.env)).code, 0)
  })

  test('works without a server, and touches nothing for a file that is no whole backup', async (t) => {
    const dir = await folder(t)
    const { dataDir, app } = await startGateway(t, { embedded: true })
    await app.close()
    const env = { DATA_DIR: dataDir }
    const file = join(dir, 'backup')
    const made = await runSluice(['backup', file], env)
    assert.deepEqual([made.code, made.err], [0, `No server runs on ${dataDir}: using its database directly.\n`])
    const before = await readdir(dataDir)
    const whole = await readFile(file)
    const broken: [content: Buffer, message: RegExp][] = [
      [whole.subarray(0, whole.length / 2), /it is cut off\n$/],
      [Buffer.from('foreign'), /it is no backup, or damaged\n$/]
    ]
    for (const [content, message] of broken) {
      await writeFile(join(dir, 'broken'), content)
      const { code, out, err } = await runSluice(['restore', join(dir, 'broken'), '--yes'], env)
      assert.deepEqual([code, out], [2, ''])
      assert.match(err, message)
    }
    const missing = await runSluice(['restore', join(dir, 'missing'), '--yes'], env)
    assert.deepEqual([missing.code, missing.out], [2, ''])
    assert.match(missing.err, /missing cannot be restored: ENOENT/)
    assert.deepEqual(await readdir(dataDir), before)
    const list = await runSluice(['users', 'list'], env)
    assert.match(list.out, /dev@example\.com/)

    const nowhere = await runSluice(['backup', join(dir, 'other')], { DATA_DIR: join(dir, 'nothing') })
    assert.deepEqual([nowhere.code, nowhere.out], [2, ''])
    assert.match(nowhere.err, /^there is no database in \S+: is DATA_DIR right\?\n$/)
    const unwritable = await runSluice(['backup', join(dir, 'no/such/folder')], env)
    assert.equal(unwritable.code, 1)
    assert.match(unwritable.err, /sluice: \S+ cannot be written: ENOENT[^\n]*\n$/)
  })

  test('for a Postgres both name what to use instead', async (t) => {
    const dir = await folder(t)
    const { url, app } = await startGateway(t)
    const env = {
      DATA_DIR: dir,
      DATABASE_URL: app.config.databaseUrl ?? '',
      SLUICE_SECRET_KEY: Buffer.alloc(32, 7).toString('hex'),
      SLUICE_ADMIN_TOKEN: ADMIN_TOKEN
    }
    const dump = /pg_dump --format=custom --file=FILE "\$DATABASE_URL"\n$/
    const runs: [args: string[], env: Record<string, string>, message: RegExp][] = [
      [['backup', join(dir, 'file')], env, dump],
      [['backup', join(dir, 'file'), '--url', url], { DATA_DIR: dir, SLUICE_ADMIN_TOKEN: ADMIN_TOKEN }, dump],
      [['restore', join(dir, 'file')], env, /pg_restore --clean --if-exists --no-owner --dbname="\$DATABASE_URL" FILE\n$/]
    ]
    for (const [args, given, message] of runs) {
      const { code, out, err } = await runSluice(args, given)
      assert.deepEqual([code, out], [2, ''], err)
      assert.match(err, message)
    }
  })

  test('a backup that breaks off, or is none, leaves no file', async (t) => {
    const dir = await folder(t)
    for (const end of ['break', 'foreign'] as const) {
      const server = createServer((_request, response) => {
        response.write('\u001f\u008b half of a backup', 'latin1')
        setImmediate(() => (end === 'break' ? response.destroy() : response.end()))
      })
      await once(server.listen(0, '127.0.0.1'), 'listening')
      t.after(() => server.close())
      const SLUICE_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const { code, out, err } = await runSluice(['backup', join(dir, 'file')], { SLUICE_URL, SLUICE_ADMIN_TOKEN: ADMIN_TOKEN })
      assert.deepEqual([code, out], [1, ''], err)
      assert.match(
        err,
        end === 'break'
          ? /^sluice: the answer broke off: [^\n]+\n$/
          : /^sluice: what came is of no use, and no file is left: [^\n]+\n$/
      )
      assert.deepEqual(await readdir(dir), [])
    }
  })
})
