import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { suite, test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { Client, type Pool } from 'pg'
import { packBackup } from '../../services/operations/backup/backup-file.ts'
import { dumpDatabase, nextOf } from '../../services/operations/backup/dump-database.ts'
import { restoreDatabase } from '../../services/operations/backup/restore-database.ts'
import { readTables } from '../../services/operations/backup/tables.ts'
import { migrate } from '../../services/platform/database/migrations.ts'
import { appendAudit, verifyAudits } from '../../services/resources/records/audit-log.ts'
import { claimInstance } from '../../services/resources/records/instances.ts'
import { ensurePartitions, SINGLE_TRACES, TRACE_PACKS } from '../../services/platform/database/partitions.ts'
import type { Queryable } from '../../services/platform/database/queryable.ts'
import { settleAttempts } from '../../services/resources/records/settlement.ts'
import { dropUsageMonths, ensureUsagePartitions } from '../../services/money/records/usage-retention.ts'
import { pricedAttempt } from '../support/attempts.ts'
import { assertBooksAgree } from '../support/books.ts'
import { postgresPool, postgresUrl } from '../support/databases.ts'
import { provision } from '../support/provisioned.ts'
import { until } from '../support/until.ts'

const MIGRATIONS = fileURLToPath(new URL('../../migrations/', import.meta.url))
const NOON = Date.UTC(2026, 10, 23, 12)
const DAY_MS = 24 * 3_600_000

async function newClient(t: TestContext, url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  t.after(() => client.end())
  return client
}

const emptyClient = async (t: TestContext) => newClient(t, await postgresUrl(t))
const urlOf = (pool: Pool) => pool.options.connectionString ?? ''

async function backupOf(t: TestContext, url: string): Promise<Buffer> {
  return await buffer(packBackup(dumpDatabase(await newClient(t, url))))
}

const restore = (client: Client, file: Buffer, migrationsDir?: string) =>
  restoreDatabase(client, Readable.from([file]), {
    onProgress() {},
    ...(migrationsDir === undefined ? {} : { migrationsDir })
  })

type State = Record<string, { columns: string[]; next: string[]; rows: string[] }>

const rowsOf = (state: State) => Object.values(state).map(({ rows }) => rows)

/** All rows of all tables that are copied, as text, with what the next ids would be after them. */
async function stateOf(db: Queryable): Promise<State> {
  const state: State = {}
  for (const { name, columns, identities } of await readTables(db)) {
    const { rows } = await db.query<{ row: string }>(`select t::text as row from ${name} t order by 1`)
    const next: string[] = []
    for (const { sequence } of identities) next.push(await nextOf(db, sequence))
    state[name] = { columns, next, rows: rows.map(({ row }) => row) }
  }
  return state
}

/** A database with something in every table that the gateway itself fills. */
async function fill(pool: Pool): Promise<void> {
  const { user, walletUse, planUse } = await provision(pool)
  await ensureUsagePartitions(pool, [NOON - 40 * DAY_MS, NOON, NOON + 40 * DAY_MS])
  await settleAttempts(pool, [
    pricedAttempt('a.1', { sent: { ...walletUse, createdAt: NOON - 40 * DAY_MS } }),
    pricedAttempt('b.1', { sent: { ...walletUse, createdAt: NOON } }),
    pricedAttempt('c.1', { sent: { ...planUse, createdAt: NOON } })
  ])
  for (const table of [SINGLE_TRACES, TRACE_PACKS]) await ensurePartitions(pool, table, [NOON])
  await pool.query('insert into exchange_trace_packs (created_at, traces) values ($1, $2)', [
    new Date(NOON),
    Buffer.from([0, 10, 92, 255])
  ])
  await pool.query("insert into exchange_traces values ('a', $1, $2)", [new Date(NOON), { text: 'ü\t\n\\ "' }])
  for (let nth = 0; nth < 3; nth += 1) {
    const entry = { at: NOON, actor: 'admin', action: 'user.changed', detail: { nth }, exchangeId: null }
    await appendAudit(pool, { ...entry, subject: `user ${user.email}` })
  }
  await pool.query("insert into price_versions values ('v1', '{}')")
  await pool.query("insert into price_timeline (version) values ('v1')")
  await pool.query(
    "insert into redeem_codes (code_hash, hint, kind, amount_usd) values (sha256('x'), 'x', 'balance', 0.000000001)"
  )
  await pool.query("update accounts set error = 'not this one', priority = 7; delete from account_groups")
}

await suite('a backup of a database', async () => {
  test('brings back every row, id, version, partition and the audit chain, and the triggers work', async (t) => {
    const pool = await postgresPool(t)
    await fill(pool)
    const before = await stateOf(pool)
    const client = await emptyClient(t)
    const { applied, leftOut, rows, tables } = await restore(client, await backupOf(t, urlOf(pool)))
    assert.deepEqual([applied, leftOut], [[], []])
    assert.equal(rows, rowsOf(before).flat().length)
    assert.deepEqual([...tables.keys()].toSorted(), Object.keys(before).toSorted())
    assert.deepEqual(await stateOf(client), before)
    const applied_at = 'select name, date_trunc($1, applied_at) as at from migrations order by name'
    assert.deepEqual(
      (await client.query(applied_at, ['milliseconds'])).rows,
      (await pool.query(applied_at, ['milliseconds'])).rows
    )
    await assertBooksAgree(client as unknown as Pool)
    const partitions =
      "select inhrelid::regclass::text from pg_inherits where inhparent in ('usage_events'::regclass, 'exchange_traces'::regclass, 'exchange_trace_packs'::regclass) order by 1"
    assert.deepEqual((await client.query(partitions)).rows, (await pool.query(partitions)).rows)
    // Both go on alike: the next ids, the chain, the versions that triggers count.
    for (const db of [pool, client]) {
      await appendAudit(db, { at: NOON, actor: 'admin', action: 'a', subject: 's', detail: {}, exchangeId: null })
      await db.query("insert into users (email, created_at) values ('next@example.com', '2026-01-01')")
      await db.query('update accounts set priority = 8')
    }
    assert.deepEqual(await stateOf(client), await stateOf(pool))
    assert.equal((await verifyAudits(client)).ok, true)
    await assert.rejects(client.query('delete from audit_log'), /only ever added to/)
  })

  test('brings back any text, number, time and JSON', async (t) => {
    const odd =
      'create table odd (name text, models text[], bytes bytea, json jsonb, at timestamptz, amount numeric(33, 9), share float8)'
    const dir = migrationsDir(t, { '9999-odd.sql': odd })
    const source = await emptyClient(t)
    await migrate(source, dir)
    const text = fc.oneof(fc.constantFrom('\\.', '\\N', '\\', 'a\tb', '\r\n', '', ' '), fc.string({ unit: 'binary' }))
    // What Postgres can store as text.
    const stored = text.map((value) => value.replaceAll('\0', '').toWellFormed())
    const json = fc.jsonValue().map((value) => JSON.stringify(value).replaceAll(/\\u(0000|d[89a-f]..)/gi, ''))
    const row = fc.tuple(
      stored,
      fc.option(fc.array(stored)),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      json,
      fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }),
      fc.bigInt({ min: -(10n ** 23n), max: 10n ** 23n }),
      fc.double()
    )
    for (const values of fc.sample(row, 300))
      await source.query('insert into odd values ($1, $2, $3, $4, $5, $6 / 1000000000::numeric, $7)', values)
    // Another server may be set up otherwise.
    await source.query(
      "set datestyle = 'SQL, DMY'; set timezone = 'Asia/Kolkata'; set extra_float_digits = -3; set bytea_output = escape"
    )
    const file = await buffer(packBackup(dumpDatabase(source)))
    const target = await emptyClient(t)
    await restore(target, file, dir)
    await source.query('reset all')
    assert.deepEqual(await stateOf(target), await stateOf(source))
  })

  test('is of one moment, and stops neither those who write nor a server that starts', async (t) => {
    const pool = await postgresPool(t)
    await fill(pool)
    const before = await stateOf(pool)
    const file = await buffer(packBackup(changing(dumpDatabase(await newClient(t, urlOf(pool))))))
    const client = await emptyClient(t)
    await restore(client, file)
    // Ids are given once, whatever becomes of the rows.
    assert.deepEqual(rowsOf(await stateOf(client)), rowsOf(before))

    async function* changing(content: AsyncIterable<Buffer>) {
      let changed = false
      for await (const chunk of content) {
        yield chunk
        if (changed) continue
        changed = true
        await pool.query("insert into users (email) values ('late@example.com')")
        await ensureUsagePartitions(pool, [NOON + 100 * DAY_MS])
        await migrate(await newClient(t, urlOf(pool)))
        // Not even a month that it is about to copy goes meanwhile.
        await assert.rejects(dropUsageMonths(pool, NOON), /lock timeout/)
      }
    }
  })

  test('is restored by a newer version as if the database had been migrated', async (t) => {
    const names = readdirSync(MIGRATIONS)
      .filter((name) => name.endsWith('.sql'))
      .toSorted()
    for (const [index, newest] of names.entries()) {
      // The first ones do not have what is put in here.
      if (index % 3 !== 2) continue
      const client = await emptyClient(t)
      await migrate(
        client,
        migrationsDir(t, {}, (name) => name <= newest)
      )
      await client.query(`insert into users (email) values ('a@example.com');
        insert into usage_hourly values ('2026-11-23 12:00Z', 1, 1, 1, 1, 'm', 1, 0, 1, 2, 3, 4, 5, 6);
        insert into audit_log (at, actor, action, subject, detail) values ('2026-11-23', 'admin', 'a', 's', '{}')`)
      const file = await buffer(packBackup(dumpDatabase(client)))
      const target = await emptyClient(t)
      const { applied } = await restore(target, file)
      assert.deepEqual(applied, names.slice(index + 1))
      await migrate(client)
      assert.deepEqual(await stateOf(target), await stateOf(client), newest)
    }
  })

  test('is taken by a database that a server has made, and by no other', async (t) => {
    const pool = await postgresPool(t)
    await fill(pool)
    const file = await backupOf(t, urlOf(pool))
    await assert.rejects(restore(await newClient(t, urlOf(pool)), file), {
      name: 'RestoreRefused',
      message: /is not empty, it has rows in .*users.*: name an empty one with DATABASE_URL or DATA_DIR$/
    })
    const target = await postgresPool(t)
    await target.query("insert into price_versions values ('v0', '{}'); insert into price_timeline (version) values ('v0')")
    await claimInstance(target, { id: 'i', life: 'l', sharesSlots: false }, 60_000, false)
    const client = await newClient(t, urlOf(target))
    await assert.rejects(restore(client, file), {
      name: 'RestoreRefused',
      message: /^a server is at work on the database: stop it/
    })
    await target.query('update instances set expires_at = now()')
    await restore(client, file)
    assert.deepEqual(await stateOf(target), await stateOf(pool))
  })

  test('of a newer version, of another, or older than the database, is refused', async (t) => {
    const newer = migrationsDir(t, { '9998-newer.sql': 'create table newer ()' })
    const source = await emptyClient(t)
    await migrate(source, newer)
    const file = await buffer(packBackup(dumpDatabase(source)))
    const target = await emptyClient(t)
    const refused = (message: RegExp, dir?: string) =>
      assert.rejects(restore(target, file, dir), { name: 'RestoreRefused', message })
    await refused(/^it is of a newer Sluice, with the migration 9998-newer\.sql/)
    await refused(/^it is of another Sluice/, migrationsDir(t, { '9998-newer.sql': 'create table other ()' }))
    const ahead = migrationsDir(t, { '9998-newer.sql': 'create table newer ()', '9999-next.sql': 'create table next ()' })
    await migrate(target, ahead)
    await refused(/has the migration 9999-next\.sql already/, ahead)
  })

  test('that is damaged, or whose restoring is killed, changes nothing', async (t) => {
    const pool = await postgresPool(t)
    await fill(pool)
    const file = await backupOf(t, urlOf(pool))
    const text = gunzipSync(file).toString()
    const bitFlipped = Buffer.from(file)
    bitFlipped[900] = (bitFlipped[900] ?? 0) ^ 1
    const damaged: [what: string, bytes: Buffer][] = [
      ['another balance', gzipSync(text.replace('\t100.000000000', '\t900.000000000'))],
      ['a table less', gzipSync(text.replace(/\{"table":"users"[^]*?\n\\\.\n/, ''))],
      ['no end', gzipSync(text.slice(0, -80))],
      ['a value that is none', gzipSync(text.replace('\t100.000000000', '\tmuch'))],
      ['a bit of the compressed', bitFlipped]
    ]
    const client = await emptyClient(t)
    for (const [what, bytes] of damaged) {
      assert.notDeepEqual(bytes, file)
      await assert.rejects(restore(client, bytes), what)
      assert.deepEqual(await relationsOf(client), [], what)
    }
    const url = await postgresUrl(t)
    const victim = await newClient(t, url)
    const stalled = Promise.withResolvers<never>()
    async function* stalling() {
      yield file.subarray(0, -30)
      await stalled.promise
    }
    let copied = false
    const failed = assert.rejects(restoreDatabase(victim, stalling(), { onProgress: () => (copied = true) }))
    await until('rows are on their way', () => copied)
    const other = await newClient(t, url)
    await killOthers(other)
    stalled.reject(new Error('over'))
    await failed
    assert.deepEqual(await relationsOf(other), [])
    await restore(other, file)
    assert.deepEqual(await stateOf(other), await stateOf(pool))
  })

  test('whose making breaks off fails, and is no backup', async (t) => {
    const pool = await postgresPool(t)
    await pool.query("insert into users (email) select n || '@example.com' from generate_series(1, 200000) n")
    const client = await newClient(t, urlOf(pool))
    const file = packBackup(dumpDatabase(client))
    let killed = false
    await assert.rejects(async () => {
      for await (const _chunk of file) {
        if (!killed) await killOthers(await newClient(t, urlOf(pool)))
        killed = true
      }
    })
  })

  test('leaves out what is none of ours', async (t) => {
    const pool = await postgresPool(t)
    await pool.query('create table "My notes" (n integer); insert into "My notes" values (1)')
    const client = await emptyClient(t)
    const { leftOut } = await restore(client, await backupOf(t, urlOf(pool)))
    assert.deepEqual(leftOut, ['My notes'])
  })
})

/** Breaks all connections to the database but this one. */
async function killOthers(db: Queryable): Promise<void> {
  await db.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()'
  )
}

async function relationsOf(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    'select relname::text as name from pg_class where relnamespace = current_schema()::text::regnamespace'
  )
  return rows.map(({ name }) => name)
}

/** All migrations, and these after them. */
function migrationsDir(t: TestContext, more: Record<string, string>, keep: (name: string) => boolean = () => true): string {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-test-migrations-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  for (const name of readdirSync(MIGRATIONS).filter(keep)) cpSync(join(MIGRATIONS, name), join(dir, name))
  for (const [name, sql] of Object.entries(more)) writeFileSync(join(dir, name), sql)
  return dir
}
