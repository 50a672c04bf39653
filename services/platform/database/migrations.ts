import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Queryable } from './queryable.ts'
import { NamedError } from '../named-error.ts'

export class MigrationError extends NamedError {}

interface MigrationReport {
  /** The files applied by this call. */
  applied: string[]
  /**
   * What a newer Sluice has applied. That is no error: its migrations first only add, and older replicas drain beside it.
   */
  newer: string[]
}

export interface KnownMigration {
  name: string
  /** SHA-256 of its text, in hex. */
  checksum: string
}

/** A migration as a database remembers it. */
interface AppliedMigration extends KnownMigration {
  appliedAt: Date
}

interface Migration extends KnownMigration {
  sql: string
}

const MIGRATIONS_DIR = fileURLToPath(new URL('../../../migrations/', import.meta.url))
const FILE_NAME = /^\d{4}-[a-z0-9-]+\.sql$/

/**
 * Applies the files of `dir` (NNNN-name.sql) that the database lacks, in order and in one transaction. `client` is one
 * connection, not a pool. Processes that start together wait for each other, and all of them for whoever uses the tables: `onPending`
 * is told before. Throws MigrationError.
 */
export async function migrate(
  client: Queryable,
  dir = MIGRATIONS_DIR,
  onPending: (names: string[]) => void = () => {}
): Promise<MigrationReport> {
  // The lock below is for those who migrate: a start must not wait for a backup, nor settlement for both.
  const { pending, newer } = await pendingMigrations(client, dir)
  if (pending.length === 0) return { applied: [], newer }
  onPending(pending)
  await createMigrationsTable(client)
  await client.query('begin')
  try {
    const report = await migrateWithin(client, { dir })
    await client.query('commit')
    return report
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

interface MigrateWithinOptions {
  /** The last one to apply; all when it is left out. */
  through?: string
  dir?: string
}

/** The same within a transaction that is open, on a database that has the table of migrations. */
export async function migrateWithin(
  client: Queryable,
  { through, dir = MIGRATIONS_DIR }: MigrateWithinOptions
): Promise<MigrationReport> {
  const migrations = await readMigrations(dir)
  // A table lock, since connection poolers have no advisory locks to offer.
  await client.query('lock table migrations in access exclusive mode')
  const done = new Map((await appliedMigrations(client)).map(({ name, checksum }) => [name, checksum]))
  const newer = checkHistory(migrations, done)
  const pending = migrations.filter(({ name }) => !done.has(name) && (through === undefined || name <= through))
  for (const migration of pending) await apply(client, migration)
  return { applied: pending.map(({ name }) => name), newer }
}

/** What the database's own table says, in order. */
export async function appliedMigrations(client: Queryable): Promise<AppliedMigration[]> {
  const { rows } = await client.query<AppliedMigration>(
    'select name, checksum, applied_at as "appliedAt" from migrations order by name collate "C"'
  )
  return rows
}

/** What this version of Sluice knows, in order. */
export async function knownMigrations(dir = MIGRATIONS_DIR): Promise<KnownMigration[]> {
  return (await readMigrations(dir)).map(({ name, checksum }) => ({ name, checksum }))
}

/** What `migrate` would apply, without applying it. Throws MigrationError where the database's history is not ours. */
export async function pendingMigrations(
  client: Queryable,
  dir = MIGRATIONS_DIR
): Promise<{ pending: string[]; newer: MigrationReport['newer'] }> {
  const migrations = await readMigrations(dir)
  const { rows: tables } = await client.query("select to_regclass('migrations') is not null as there")
  const applied = tables[0]?.there === true ? await appliedMigrations(client) : []
  const done = new Map(applied.map(({ name, checksum }) => [name, checksum]))
  const newer = checkHistory(migrations, done)
  return { pending: migrations.map(({ name }) => name).filter((name) => !done.has(name)), newer }
}

async function readMigrations(dir: string): Promise<Migration[]> {
  const names = (await readdir(dir)).filter((name) => FILE_NAME.test(name)).sort()
  return await Promise.all(
    names.map(async (name) => {
      const sql = (await readFile(`${dir}/${name}`, 'utf8')).replaceAll('\r\n', '\n')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    })
  )
}

/** Where there is none yet. */
export async function createMigrationsTable(client: Queryable) {
  const DUPLICATE_TABLE = '42P07'
  const DUPLICATE_OBJECT = '42710'
  const UNIQUE_VIOLATION = '23505'
  try {
    await client.query(
      'create table if not exists migrations (name text primary key, checksum text not null, applied_at timestamptz not null default now())'
    )
  } catch (error) {
    // "If not exists" does not hold for two that create it at once: the later one finds the table, or its row type, or fails on
    // the catalogue's unique index.
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code !== DUPLICATE_TABLE && code !== DUPLICATE_OBJECT && code !== UNIQUE_VIOLATION) throw error
  }
}

/** Returns the applied migrations that are newer than all we know. */
function checkHistory(migrations: Migration[], done: Map<string, string>): string[] {
  const checksums = new Map(migrations.map(({ name, checksum }) => [name, checksum]))
  const latest = migrations.at(-1)?.name ?? ''
  const newer: string[] = []
  for (const [name, checksum] of done) {
    const expected = checksums.get(name)
    if (expected === checksum) continue
    if (expected !== undefined) {
      throw new MigrationError(`Migration ${name} was changed after it had been applied: restore the file, and add a new one`)
    }
    if (name < latest) throw new MigrationError(`The database has migration ${name}, which this version does not know`)
    newer.push(name)
  }
  return newer
}

async function apply(client: Queryable, { name, sql, checksum }: Migration) {
  try {
    await client.query(sql)
    await client.query('insert into migrations (name, checksum) values ($1, $2)', [name, checksum])
  } catch (error) {
    throw new MigrationError(`Migration ${name} failed: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error
    })
  }
}
