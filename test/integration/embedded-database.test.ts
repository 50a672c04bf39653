import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import pg from 'pg'
import { DataDirInUseError } from '../../services/database/data-dir-lock.ts'
import { startEmbeddedDatabase, type EmbeddedDatabase } from '../../services/database/embedded-database.ts'
import { embeddedDataDir } from '../support/databases.ts'
import { until } from '../support/until.ts'

let dataDir: string
let database: EmbeddedDatabase

before(async () => {
  dataDir = await embeddedDataDir()
  database = await startEmbeddedDatabase({
    dataDir,
    onFailure(error) {
      throw error
    }
  })
})
after(async () => {
  await database.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

function openPool(t: TestContext) {
  const pool = new pg.Pool({ ...database.connection, connectionTimeoutMillis: 5000, query_timeout: 10_000 })
  pool.on('error', () => {})
  t.after(() => pool.end())
  return pool
}

/** A connection that can be cut off like one whose process died. */
async function connect(t: TestContext) {
  const client = new pg.Client(database.connection)
  client.on('error', () => {})
  await client.connect()
  t.after(() => client.end())
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
  return {
    client,
    cut: () => stream.destroy(),
    send: (bytes: Buffer) => new Promise((resolve) => stream.write(bytes, resolve))
  }
}

test('statements with parameters, errors and transactions behave as with any Postgres', async (t) => {
  const pool = openPool(t)
  await assert.rejects(pool.query('select 1 / $1::integer', [0]), /division by zero/)
  assert.deepEqual((await pool.query('select $1::integer + 1 as n', [1])).rows, [{ n: 2 }])

  await pool.query('create table accounts_of_test (n integer)')
  const client = await pool.connect()
  await client.query('begin')
  await client.query('insert into accounts_of_test values (1)')
  await assert.rejects(client.query('select nothing'), /does not exist/)
  await assert.rejects(client.query('select 1'), /current transaction is aborted/)
  await client.query('rollback')
  client.release()
  assert.deepEqual((await pool.query('select * from accounts_of_test')).rows, [])
})

test('five megabytes go in and out of one value', async (t) => {
  const pool = openPool(t)
  await pool.query('create table big (value jsonb)')
  const value = { text: 'ü"\\'.repeat(1_250_000) }
  await pool.query('insert into big values ($1)', [value])
  assert.deepEqual((await pool.query('select value from big')).rows, [{ value }])
})

test('prepared statements of a connection that ended do not trouble the next', async (t) => {
  const query = { name: 'named', text: 'select $1::integer as n', values: [1] }
  const first = await connect(t)
  await first.client.query(query)
  first.cut()
  const second = await connect(t)
  assert.deepEqual((await second.client.query(query)).rows, [{ n: 1 }])
})

test('a transaction whose connection is cut off is rolled back', async (t) => {
  const first = await connect(t)
  await first.client.query('create table cut_off (n integer)')
  await first.client.query('begin')
  await first.client.query('insert into cut_off values (1)')
  first.cut()
  const second = await connect(t)
  assert.deepEqual((await second.client.query('select * from cut_off')).rows, [])
})

test('half a message of a connection that is cut off is never executed, and the next gets its own answers', async (t) => {
  const first = await connect(t)
  // A statement in error, then part of a Bind; the Sync that would end it never comes.
  const body = Buffer.from('\0selec\0\0\0')
  const parse = Buffer.concat([Buffer.from('P'), Buffer.alloc(4), body])
  parse.writeInt32BE(4 + body.length, 1)
  await first.send(Buffer.concat([parse, Buffer.from('B\0\0')]))
  first.cut()
  const second = await connect(t)
  assert.deepEqual((await second.client.query('select $1::integer as n', [7])).rows, [{ n: 7 }])
})

test('a second connection waits for the end of the first', async (t) => {
  const first = await connect(t)
  const second = new pg.Client(database.connection)
  let connected = false
  const connecting = second.connect().then(() => (connected = true))
  await first.client.query('select 1')
  assert.equal(connected, false)
  await first.client.end()
  await connecting
  await second.end()
})

test('nobody else on the machine comes to its files, wherever the data folder is', () => {
  assert.equal(statSync(join(dataDir, 'database')).mode & 0o777, 0o700)
})

test('a data folder is used by one at a time', async () => {
  await assert.rejects(startEmbeddedDatabase({ dataDir, onFailure: () => {} }), DataDirInUseError)
})

test('what was committed is there after a kill at any moment, and the database opens', async (t) => {
  const dir = await embeddedDataDir()
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  let committed = 0
  for (const target of [3, 40]) {
    const victim = fork(new URL('../support/crash-victim.ts', import.meta.url), [dir])
    t.after(() => victim.kill('SIGKILL'))
    const first = committed
    victim.on('message', (n) => (committed = Number(n)))
    await until(`${target} rows are written`, () => committed - first >= target, 30_000)
    victim.kill('SIGKILL')
    await once(victim, 'exit')
  }
  const survivor = await startEmbeddedDatabase({ dataDir: dir, onFailure: assert.fail })
  t.after(() => survivor.stop())
  const client = new pg.Client(survivor.connection)
  await client.connect()
  const { rows } = await client.query<{ count: string; last: number }>('select count(*), max(n) as last from numbers')
  await client.end()
  const last = rows[0]?.last ?? 0
  assert.equal(Number(rows[0]?.count), last)
  // The last commit may have been reported to nobody.
  assert.ok(last === committed || last === committed + 1, `${last} rows after ${committed} commits`)
})

test('a first start that was killed half-way is begun again', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-test-data-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const victim = fork(new URL('../support/crash-victim.ts', import.meta.url), [dir])
  t.after(() => victim.kill('SIGKILL'))
  await until('files appear', () => existsSync(join(dir, 'database.draft', 'PG_VERSION')), 30_000)
  victim.kill('SIGKILL')
  await once(victim, 'exit')
  assert.equal(existsSync(join(dir, 'database')), false)
  const fresh = await startEmbeddedDatabase({ dataDir: dir, onFailure: assert.fail })
  await fresh.stop()
})

test('files of another Postgres version are refused with their folder and the reason', async (t) => {
  const dir = await embeddedDataDir()
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  writeFileSync(join(dir, 'database', 'PG_VERSION'), '99\n')
  await assert.rejects(
    startEmbeddedDatabase({ dataDir: dir, onFailure: assert.fail }),
    (error) => error instanceof Error && error.message.includes(join(dir, 'database')) && /version 99/.test(error.message)
  )
  writeFileSync(join(dir, 'database', 'PG_VERSION'), '18\n')
  await (await startEmbeddedDatabase({ dataDir: dir, onFailure: assert.fail })).stop()
})

test('a data folder that cannot be made is refused, naming DATA_DIR', async () => {
  await assert.rejects(startEmbeddedDatabase({ dataDir: '/dev/null/data', onFailure: assert.fail }), /DATA_DIR/)
})

test('an engine that ends by itself is reported once, and leaves the folder to the next', async (t) => {
  const dir = await embeddedDataDir()
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const failures: Error[] = []
  const broken = await startEmbeddedDatabase({ dataDir: dir, onFailure: (error) => failures.push(error) })
  t.after(() => broken.stop())
  const client = new pg.Client({ ...broken.connection, query_timeout: 10_000 })
  client.on('error', () => {})
  await client.connect()
  t.after(() => client.end())
  // Without its log directory the engine can go no further, as on a full disk.
  renameSync(join(dir, 'database', 'pg_wal'), join(dir, 'pg_wal'))
  await assert.rejects(client.query("create table much as select repeat('x', 1000) from generate_series(1, 100000)"))
  await until('the failure is reported', () => failures.length > 0)
  await broken.stop()
  assert.match(failures[0]?.message ?? '', /embedded database failed/)
  assert.equal(existsSync(broken.connection.host), false)
  renameSync(join(dir, 'pg_wal'), join(dir, 'database', 'pg_wal'))
  await (await startEmbeddedDatabase({ dataDir: dir, onFailure: assert.fail })).stop()
  assert.equal(failures.length, 1)
})
