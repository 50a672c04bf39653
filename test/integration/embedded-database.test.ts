import assert from 'node:assert/strict'
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test, type TestContext } from 'node:test'
import pg from 'pg'
import { DataDirInUseError } from '../../services/platform/database/data-dir-lock.ts'
import { startEmbeddedDatabase, type EmbeddedDatabase } from '../../services/platform/database/embedded-database.ts'
import { EmbeddedDatabaseError } from '../../services/platform/database/embedded-database-error.ts'
import { embeddedDataDir } from '../support/databases.ts'
import { keepersOf, postmasterOf, processesIn } from '../support/embedded-processes.ts'
import { foreignControlFile } from '../support/foreign-control-file.ts'
import { until } from '../support/until.ts'
import { openPool } from '../support/open-pool.ts'

const VICTIM = new URL('../support/crash-victim.ts', import.meta.url)

async function newDataDir(t: TestContext): Promise<string> {
  const dir = await embeddedDataDir()
  t.after(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10 }))
  return dir
}

/** A process with an embedded database that it writes to, in a process group of its own. */
function startVictim(t: TestContext, dataDir: string) {
  const temporary = join(dataDir, 'tmp')
  mkdirSync(temporary, { recursive: true })
  const victim = fork(VICTIM, [dataDir], { detached: true, env: { ...process.env, TMPDIR: temporary } })
  t.after(async () => {
    victim.kill('SIGKILL')
    await until('its Postgres has ended', () => processesIn(join(dataDir, 'database')).length === 0)
  })
  let committed = 0
  victim.on('message', (n) => (committed = Number(n)))
  return {
    pid: victim.pid ?? 0,
    committed: () => committed,
    hasWritten: (count: number) => until(`${count} rows are written`, () => committed >= count, 30_000),
    leftInTemporary: () => readdirSync(temporary),
    async kill() {
      victim.kill('SIGKILL')
      await once(victim, 'exit')
    }
  }
}

/** A logger, and what it was told but for what Postgres says of itself. */
function noted() {
  const said: string[] = []
  const note = (_fields: object, message: string) => void said.push(message)
  return { said, logger: { debug() {}, info: note, warn: note, error: note } }
}

async function rowsOf<Row extends pg.QueryResultRow>({ url }: EmbeddedDatabase, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url, query_timeout: 10_000 })
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}

suite('while it runs', () => {
  let dataDir: string
  let database: EmbeddedDatabase

  before(async () => {
    dataDir = await embeddedDataDir()
    database = await startEmbeddedDatabase({ dataDir })
  })
  after(async () => {
    await database.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })

  const settingOf = async (name: string) =>
    (await rowsOf<{ value: string }>(database, `select current_setting('${name}') as value`))[0]?.value

  test('what is committed is on the disk, whatever happens next', async () => {
    assert.equal(await settingOf('fsync'), 'on')
    assert.equal(await settingOf('synchronous_commit'), 'on')
    assert.equal(await settingOf('full_page_writes'), 'on')
  })

  test('nobody else on the machine comes to its files or to its socket', async () => {
    assert.equal(await settingOf('listen_addresses'), '')
    for (const folder of ['database', 'database-socket']) assert.equal(statSync(join(dataDir, folder)).mode & 0o777, 0o700)
    assert.equal(statSync(join(dataDir, 'database-socket', '.s.PGSQL.5432')).mode & 0o777, 0o700)
  })

  test('the old OpenSSL and ICU that it brings are of no use to it', async () => {
    assert.equal(await settingOf('ssl'), 'off')
    const provider = "select datlocprovider as provider, datlocale as locale from pg_database where datname = 'postgres'"
    assert.deepEqual(await rowsOf(database, provider), [{ provider: 'b', locale: 'C.UTF-8' }])
  })

  test('it hears nothing of the secrets in the environment', () => {
    const environment = readFileSync(`/proc/${postmasterOf(dataDir)}/environ`, 'utf8')
    assert.deepEqual(
      environment
        .split('\0')
        .filter((entry) => !/^(PATH|LC_ALL|TZ|LC_[A-Z]+|PG_GRANDPARENT_PID|PGLOCALEDIR|PGSYSCONFDIR|)(=|$)/.test(entry)),
      []
    )
  })

  test('a data folder is used by one at a time', async () => {
    await assert.rejects(startEmbeddedDatabase({ dataDir }), DataDirInUseError)
  })

  test('one connection hears what another tells, while others are busy', async (t) => {
    const pool = openPool(database.url, { max: 12 })
    const busy = await Promise.all(Array.from({ length: 10 }, () => pool.connect()))
    t.after(async () => {
      for (const client of busy) client.release()
      await pool.end()
    })
    const [listener] = busy
    const heard = once(listener!, 'notification')
    await listener!.query('listen news')
    await pool.query("notify news, 'good'")
    const [{ payload }] = (await heard) as [pg.Notification]
    assert.equal(payload, 'good')
  })

  test('a statement that takes too long is ended by the server', async (t) => {
    const client = new pg.Client({ connectionString: database.url, statement_timeout: 20 })
    await client.connect()
    t.after(() => client.end())
    await assert.rejects(client.query('select pg_sleep(30)'), { code: '57014' })
  })
})

suite('with its Sluice', () => {
  test('what was committed is there after a kill at any moment, and nothing runs on or lies about', async (t) => {
    const dataDir = await newDataDir(t)
    let committed = 0
    for (const target of [3, 40]) {
      const victim = startVictim(t, dataDir)
      await victim.hasWritten(committed + target)
      await victim.kill()
      committed = victim.committed()
      await until('Postgres has ended', () => processesIn(join(dataDir, 'database')).length === 0)
      assert.deepEqual(victim.leftInTemporary(), [])
      assert.deepEqual(readdirSync(join(dataDir, 'database-socket')), [])
    }
    const survivor = await startEmbeddedDatabase({ dataDir })
    t.after(() => survivor.stop())
    const [{ count, last } = { count: '', last: 0 }] = await rowsOf<{ count: string; last: number }>(
      survivor,
      'select count(*), max(n) as last from numbers'
    )
    assert.equal(Number(count), last)
    // The last commit may have been reported to nobody.
    assert.ok(last === committed || last === committed + 1, `${last} rows after ${committed} commits`)
  })

  test('a Postgres that lost its Sluice and its keeper is ended by the next start', async (t) => {
    const dataDir = await newDataDir(t)
    const victim = startVictim(t, dataDir)
    await victim.hasWritten(3)
    const orphan = postmasterOf(dataDir)
    process.kill(victim.pid, 'SIGSTOP')
    for (const pid of keepersOf(orphan)) process.kill(pid, 'SIGKILL')
    await victim.kill()
    assert.ok(processesIn(join(dataDir, 'database')).includes(orphan))
    const { said, logger } = noted()
    const next = await startEmbeddedDatabase({ dataDir, logger })
    t.after(() => next.stop())
    assert.ok(said.includes('the embedded database still runs although its Sluice is gone: it is stopped first'))
    assert.notEqual(postmasterOf(dataDir), orphan)
    assert.equal(processesIn(join(dataDir, 'database')).includes(orphan), false)
  })

  test('its folder may be named from where the process is', async (t) => {
    const cache = join('node_modules', '.cache')
    mkdirSync(cache, { recursive: true })
    const dataDir = mkdtempSync(join(cache, 'sluice-test-'))
    t.after(() => rmSync(dataDir, { recursive: true, force: true }))
    for (const start of ['first', 'second']) {
      const database = await startEmbeddedDatabase({ dataDir })
      assert.deepEqual(await rowsOf(database, 'select 1 as one'), [{ one: 1 }], start)
      await database.stop()
    }
  })

  test('Ctrl-C, which goes to the whole group, does not reach it', async (t) => {
    const dataDir = await newDataDir(t)
    const victim = startVictim(t, dataDir)
    await victim.hasWritten(1)
    const before = postmasterOf(dataDir)
    process.kill(-victim.pid, 'SIGINT')
    await victim.hasWritten(victim.committed() + 20)
    assert.equal(postmasterOf(dataDir), before)
  })

  test('it is started again when it dies, at the same address', async (t) => {
    const dataDir = await newDataDir(t)
    const { said, logger } = noted()
    const database = await startEmbeddedDatabase({ dataDir, logger })
    t.after(() => database.stop())
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      said.length = 0
      const dead = postmasterOf(dataDir)
      process.kill(dead, signal)
      await until('it is there again', () => said.includes('the embedded database is there again'))
      assert.ok(said.includes('the embedded database ended by itself: it is started again'))
      assert.deepEqual(await rowsOf(database, 'select 1 as n'), [{ n: 1 }])
      assert.notEqual(postmasterOf(dataDir), dead)
    }
  })

  test('it can be stopped while it is away', async (t) => {
    const dataDir = await newDataDir(t)
    const database = await startEmbeddedDatabase({ dataDir })
    process.kill(postmasterOf(dataDir), 'SIGKILL')
    await database.stop()
    assert.deepEqual(processesIn(join(dataDir, 'database')), [])
    const next = await startEmbeddedDatabase({ dataDir })
    await next.stop()
  })

  test('a process that only has the number of an earlier one is left alone, and does not stand in the way', async (t) => {
    const dataDir = await newDataDir(t)
    const bystander = spawn('sleep', ['60'], { stdio: 'ignore' })
    t.after(() => bystander.kill('SIGKILL'))
    writeFileSync(join(dataDir, 'database', 'postmaster.pid'), `${bystander.pid}\n${join(dataDir, 'database')}\n1\n5432\n\n\n`)
    const database = await startEmbeddedDatabase({ dataDir })
    await database.stop()
    assert.equal(bystander.exitCode, null)
    assert.equal(bystander.signalCode, null)
  })
})

suite('its folder', () => {
  test('may have a path that is longer than one of a socket', async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'sluice-test-data-'))
    t.after(() => rmSync(dir, { recursive: true, force: true }))
    const dataDir = join(dir, 'a'.repeat(100), 'b c'.repeat(30))
    const database = await startEmbeddedDatabase({ dataDir })
    t.after(() => database.stop())
    assert.deepEqual(await rowsOf(database, 'select 1 as n'), [{ n: 1 }])
    assert.deepEqual(await rowsOf(database, "select lower('ÄRGER') as word"), [{ word: 'ärger' }])
  })

  test('is made anew when a first start was killed half-way', async (t) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'sluice-test-data-'))
    t.after(() => rmSync(dataDir, { recursive: true, force: true }))
    const victim = startVictim(t, dataDir)
    await until('files appear', () => existsSync(join(dataDir, 'database.draft', 'PG_VERSION')), 30_000)
    await victim.kill()
    assert.equal(existsSync(join(dataDir, 'database')), false)
    const { said, logger } = noted()
    const fresh = await startEmbeddedDatabase({ dataDir, logger })
    await fresh.stop()
    assert.ok(said.includes('the embedded database is being created'))
    assert.equal(existsSync(join(dataDir, 'database.draft')), false)
  })

  test('is used although a volume gave its group rights on it', async (t) => {
    const dataDir = await newDataDir(t)
    chmodSync(join(dataDir, 'database'), 0o2775)
    await (await startEmbeddedDatabase({ dataDir })).stop()
    assert.equal(statSync(join(dataDir, 'database')).mode & 0o777, 0o700)
  })

  test('of another version is refused, with what to do, and left as it is', async (t) => {
    const dataDir = await newDataDir(t)
    const file = join(dataDir, 'database', 'PG_VERSION')
    writeFileSync(file, '17\n')
    await refused(dataDir, /database is of PostgreSQL 17, and this version of Sluice brings 18: .* backup .* restore/)
    writeFileSync(file, '18\n')
    await (await startEmbeddedDatabase({ dataDir })).stop()
  })

  test('of the old embedded database is refused, with what to do', async (t) => {
    const dataDir = await newDataDir(t)
    const file = join(dataDir, 'database', 'global', 'pg_control')
    writeFileSync(file, foreignControlFile(readFileSync(file)))
    await refused(
      dataDir,
      /database is of the embedded database of earlier versions, .*: go on with that version, or move the folder away/
    )
  })

  test('without a database in it is refused', async (t) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'sluice-test-data-'))
    t.after(() => rmSync(dataDir, { recursive: true, force: true }))
    mkdirSync(join(dataDir, 'database'))
    await refused(dataDir, /database contains no database: move it away, or set DATA_DIR/)
  })

  test('that cannot be made is refused, naming DATA_DIR', async () => {
    await refused('/dev/null/data', /cannot be written: make it writable or set DATA_DIR/)
  })

  test('and its lock are free again after a start that failed', async (t) => {
    const dataDir = await newDataDir(t)
    const control = join(dataDir, 'database', 'global', 'pg_control')
    const content = readFileSync(control)
    writeFileSync(control, content.with(100, content[100]! ^ 1))
    await refused(dataDir, /cannot be started: incorrect checksum in control file/)
    writeFileSync(control, content)
    await (await startEmbeddedDatabase({ dataDir })).stop()
  })

  async function refused(dataDir: string, message: RegExp): Promise<void> {
    await assert.rejects(startEmbeddedDatabase({ dataDir }), (error) => {
      assert.ok(error instanceof EmbeddedDatabaseError, String(error))
      assert.match(error.message, message)
      assert.equal(error.message.includes('\n'), false)
      return true
    })
  }
})
