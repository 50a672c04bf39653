import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startEmbeddedDatabase } from '../../services/platform/database/embedded-database.ts'
import { postgresUrl } from '../support/databases.ts'
import { executeSql } from '../support/execute-sql.ts'
import { runSluice } from '../support/sluice-command.ts'

const FILES = (await readdir(new URL('../../migrations/', import.meta.url))).filter((name) => name.endsWith('.sql')).sort()

test('migrate applies what a Postgres lacks, and --check only says what that is', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  t.after(() => rm(dataDir, { recursive: true, force: true }))
  const url = await postgresUrl(t)
  const env = { DATA_DIR: dataDir, DATABASE_URL: url, SLUICE_SECRET_KEY: Buffer.alloc(32, 7).toString('hex') }
  const migrate = (...options: string[]) => runSluice(['migrate', ...options], env)

  const missing = await migrate('--check', '--json')
  assert.equal(missing.code, 1)
  assert.equal(missing.err, `sluice: ${FILES.length} migrations are missing: sluice migrate applies them\n`)
  assert.deepEqual(JSON.parse(missing.out), { applied: [], pending: FILES, newer: [] })

  const done = await migrate()
  assert.deepEqual([done.code, done.err], [0, ''])
  assert.equal(done.out, FILES.map((name) => `applied  ${name}\n`).join(''))
  assert.deepEqual(await migrate('--check'), { code: 0, out: 'The database is up to date.\n', err: '' })

  await executeSql(url, "insert into migrations (name, checksum) values ('9998-of-tomorrow.sql', 'x')")
  const newer = { code: 0, out: 'The database is up to date.\n' }
  const err = 'warning: the database is newer than this program: it has 9998-of-tomorrow.sql\n'
  assert.deepEqual(
    [await migrate(), await migrate('--check')],
    [
      { ...newer, err },
      { ...newer, err }
    ]
  )

  await executeSql(url, "update migrations set checksum = 'x' where name like '0002%'")
  const changed = await migrate()
  assert.deepEqual([changed.code, changed.out], [3, ''])
  assert.match(changed.err, /^sluice: Migration 0002\S+ was changed after it had been applied: [^\n]*\n$/)
})

test('migrate works on the embedded database unless a server has it', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  t.after(() => rm(dataDir, { recursive: true, force: true }))
  const migrate = (...options: string[]) => runSluice(['migrate', ...options], { DATA_DIR: dataDir })
  const none = await migrate('--check')
  assert.equal(none.code, 2)
  assert.match(none.err, /^there is no database in \S+: check DATA_DIR, or start a server to create one$/m)
  assert.deepEqual(await readdir(dataDir), [])
  assert.match((await migrate()).out, /^applied {2}0001-/)
  assert.equal((await migrate('--check')).code, 0)

  const running = await startEmbeddedDatabase({ dataDir })
  t.after(() => running.stop())
  const upToDate = { code: 0, out: 'The database is up to date.\n', err: '' }
  assert.deepEqual([await migrate(), await migrate('--check')], [upToDate, upToDate])
  await executeSql(running.url, "delete from migrations where name like '0002%'")
  const missing = await migrate('--check')
  const advice = 'stop it and start this version, which applies them'
  const err = `sluice: 1 migration is missing; a server is running on this database: ${advice}\n`
  const name = FILES.find((file) => file.startsWith('0002'))
  assert.deepEqual(missing, { code: 1, out: `missing  ${name}\n`, err })
  assert.deepEqual(await migrate(), { code: 3, out: `missing  ${name}\n`, err })
})
