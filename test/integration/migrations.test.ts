import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { migrate, MigrationError } from '../../services/platform/database/migrations.ts'
import { ensureUsagePartitions } from '../../services/money/records/usage-retention.ts'
import { postgresPool, postgresUrl } from '../support/databases.ts'
import { until } from '../support/until.ts'

const MIGRATIONS = fileURLToPath(new URL('../../migrations/', import.meta.url))

function migrationsDir(t: TestContext, files: Record<string, string>) {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-test-migrations-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const write = (more: Record<string, string>) => {
    for (const [name, sql] of Object.entries(more)) writeFileSync(join(dir, name), sql)
  }
  write(files)
  return { dir, write, remove: (name: string) => rmSync(join(dir, name)) }
}

/** Those of Sluice up to a number, in a directory of their own. */
function migrationsBefore(t: TestContext, number: string): string {
  const before = readdirSync(MIGRATIONS).filter((name) => name < number)
  return migrationsDir(t, Object.fromEntries(before.map((name) => [name, readFileSync(join(MIGRATIONS, name), 'utf8')]))).dir
}

async function newClient(t: TestContext, url: string) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.after(() => client.end())
  return client
}

test('files are applied in order, once, and only what is new is applied later', async (t) => {
  const client = await newClient(t, await postgresUrl(t))
  const { dir, write } = migrationsDir(t, {
    '0002-b.sql': 'alter table a add column b integer; insert into a values (1, 2)',
    '0001-a.sql': 'create table a (n integer)',
    'README.md': 'not SQL'
  })
  assert.deepEqual(await migrate(client, dir), { applied: ['0001-a.sql', '0002-b.sql'], newer: [] })
  write({ '0003-c.sql': 'create table c ()' })
  assert.deepEqual(await migrate(client, dir), { applied: ['0003-c.sql'], newer: [] })
  assert.deepEqual(await migrate(client, dir), { applied: [], newer: [] })
  assert.deepEqual((await client.query('select * from a')).rows, [{ n: 1, b: 2 }])
})

test('a migration that fails leaves the database as it was, and is named', async (t) => {
  const client = await newClient(t, await postgresUrl(t))
  const { dir, write } = migrationsDir(t, {
    '0001-a.sql': 'create table a ()',
    '0002-b.sql': 'create table b (); select nothing'
  })
  await assert.rejects(migrate(client, dir), (error) => error instanceof MigrationError && /0002-b\.sql/.test(error.message))
  assert.deepEqual((await client.query("select to_regclass('a') as a, to_regclass('b') as b")).rows, [{ a: null, b: null }])
  write({ '0002-b.sql': 'create table b ()' })
  assert.equal((await migrate(client, dir)).applied.length, 2)
})

test('a file that was changed after it had been applied is refused; new line ends are no change', async (t) => {
  const client = await newClient(t, await postgresUrl(t))
  const { dir, write } = migrationsDir(t, { '0001-a.sql': 'create table a ();\n' })
  await migrate(client, dir)
  write({ '0001-a.sql': 'create table a ();\r\n' })
  await migrate(client, dir)
  write({ '0001-a.sql': 'create table b ();\n' })
  await assert.rejects(
    migrate(client, dir),
    (error) => error instanceof MigrationError && /0001-a\.sql was changed/.test(error.message)
  )
})

test('what is pending is told before a lock is waited for, and nothing where there is nothing', async (t) => {
  const url = await postgresUrl(t)
  const [client, other] = [await newClient(t, url), await newClient(t, url)]
  const { dir, write } = migrationsDir(t, { '0001-a.sql': 'create table a ()' })
  const told: string[][] = []
  const run = () => migrate(client, dir, (names) => told.push(names))
  await run()
  write({ '0002-b.sql': 'create table b ()' })
  await other.query('begin; select from migrations')
  const waiting = run()
  await until('it is told', () => told.length === 2)
  await other.query('commit')
  await waiting
  await run()
  assert.deepEqual(told, [['0001-a.sql'], ['0002-b.sql']])
})

test('an older version goes on beside a newer one, but not on a database of another history', async (t) => {
  const client = await newClient(t, await postgresUrl(t))
  const { dir, write, remove } = migrationsDir(t, { '0001-a.sql': 'create table a ()', '0002-b.sql': 'create table b ()' })
  await migrate(client, dir)
  remove('0002-b.sql')
  assert.deepEqual(await migrate(client, dir), { applied: [], newer: ['0002-b.sql'] })
  write({ '0003-c.sql': 'create table c ()' })
  await assert.rejects(migrate(client, dir), MigrationError)
})

test('processes that start at once on an empty database all find it migrated, and one did it', async (t) => {
  const url = await postgresUrl(t)
  const clients = await Promise.all(Array.from({ length: 5 }, () => newClient(t, url)))
  // They collide in several ways, each of them now and then, and before the first file is applied: some suffice.
  const some = migrationsBefore(t, '0003')
  for (let round = 0; round < 20; round++) {
    await clients[0]!.query('drop schema public cascade; create schema public')
    const reports = await Promise.all(clients.map((client) => migrate(client, round === 0 ? MIGRATIONS : some)))
    assert.equal(reports.filter(({ applied }) => applied.length > 0).length, 1)
  }
})

test('several processes make the same month at once', async (t) => {
  const pool = await postgresPool(t)
  const months = [Date.UTC(2026, 11, 31, 23), Date.UTC(2027, 0, 1)]
  await Promise.all(Array.from({ length: 8 }, () => ensureUsagePartitions(pool, months)))
  const { rows } = await pool.query<{ partition: string; bounds: string }>(
    `select c.relname as partition, pg_get_expr(c.relpartbound, c.oid) as bounds
     from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'usage_events'::regclass order by 1`
  )
  assert.deepEqual(
    rows.map(({ partition }) => partition),
    ['usage_events_2026_12', 'usage_events_2027_01']
  )
})

test('a migrated database needs nothing more, and takes months as they come', async (t) => {
  const pool = await postgresPool(t)
  const client = await pool.connect()
  try {
    assert.deepEqual(await migrate(client), { applied: [], newer: [] })
    await ensureUsagePartitions(client, [Date.UTC(2026, 5, 1)])
    await ensureUsagePartitions(client, [Date.UTC(2026, 5, 30)])
  } finally {
    client.release()
  }
  const { rows } = await pool.query("select count(*) from pg_inherits where inhparent = 'usage_events'::regclass")
  assert.deepEqual(rows, [{ count: '1' }])
})

test('what replicas of before the days were kept have written is summed up, and they go on writing', async (t) => {
  const client = await newClient(t, await postgresUrl(t))
  await migrate(client, migrationsBefore(t, '0005'))
  await client.query("insert into users (email) values ('dev@example.com')")
  const addHour = (hour: string) =>
    client.query("insert into usage_hourly values ($1, 1, 1, 1, 1, 'm', 2, 1, 3, 4, 5, 6, 0.5, 0.7)", [hour])
  const addEntry = (sourceId: string) =>
    client.query(
      "insert into ledger_entries (user_id, kind, amount_usd, source_id, balance_after_usd) values (1, 'usage', -1, $1, 0)",
      [sourceId]
    )
  for (const hour of ['2026-11-22T23:00Z', '2026-11-23T00:00Z', '2026-11-23T23:00Z']) await addHour(hour)
  await addEntry('before')

  assert.ok((await migrate(client)).applied.includes('0005-usage-at-size.sql'))
  const { rows } = await client.query('select day, requests, cost_usd from usage_daily order by day')
  assert.deepEqual(rows, [
    { day: new Date('2026-11-22T00:00Z'), requests: '2', cost_usd: '0.500000000' },
    { day: new Date('2026-11-23T00:00Z'), requests: '4', cost_usd: '1.000000000' }
  ])
  await addHour('2026-11-23T12:00Z')
  await addEntry('after')
})

test('what members were told of before alerts went by their user is not told again', async (t) => {
  const client = await newClient(t, await postgresUrl(t))
  await migrate(client, migrationsBefore(t, '0042'))
  await client.query("insert into users (email) values ('ann@example.com'), ('bob@example.com')")
  await client.query("insert into teams (name) values ('other'), ('core')")
  await client.query('insert into team_members (id, team_id, user_id) overriding system value values (7, 2, 1), (8, 2, 2)')
  const mark = (budget: string, subjectId: number) =>
    client.query("insert into budget_alerts values ($1, $2, 'day', '2026-11-23T00:00Z', 4, 50)", [budget, subjectId])
  // Of the row 9 nobody is known any more.
  for (const [budget, subjectId] of [
    ['team-member', 7],
    ['team-member', 8],
    ['team-member', 9],
    ['team', 2]
  ] as const) {
    await mark(budget, subjectId)
  }

  assert.ok((await migrate(client)).applied.includes('0042-alerts-of-members.sql'))
  const { rows } = await client.query<{ told: string }>(
    "select concat_ws(' ', budget, subject_id, member_id) as told from budget_alerts order by 1"
  )
  assert.deepEqual(
    rows.map(({ told }) => told),
    ['team 2 0', 'team-member 2 1', 'team-member 2 2']
  )
})
