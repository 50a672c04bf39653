import { pipeline } from 'node:stream/promises'
import { escapeIdentifier, type Client } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import {
  appliedMigrations,
  createMigrationsTable,
  knownMigrations,
  migrateWithin,
  type KnownMigration
} from '../../platform/database/migrations.ts'
import { ensurePartitions, PARTITIONED_TABLES } from '../../platform/database/partitions.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { readBackup, type BackupContent } from './backup-file.ts'
import { BackupFileError, type BackupHeader, type BackupTable } from './backup-lines.ts'
import { NO_TIMEOUTS, TEXT_FORMS } from './dump-database.ts'
import { readTables, type Table } from './tables.ts'
import { NamedError } from '../../platform/named-error.ts'

/** The database, or this program, is not one that the backup can be restored with. The message says what to do. */
export class RestoreRefused extends NamedError {}

export interface Restored extends BackupContent {
  /** Migrations that the backup lacked, applied to what it had. */
  applied: string[]
  /** Tables of the backup that are none of Sluice's: somebody had made them in its database. */
  leftOut: string[]
}

interface RestoreOptions {
  /** How many more bytes of a table's rows have gone to the database. */
  onProgress: (table: string, bytes: number) => void
  migrationsDir?: string
}

/** What a start writes by itself, into a database that is in nobody's use. */
const WRITTEN_BY_STARTS: ReadonlySet<string> = new Set(['audit_chain', 'price_versions', 'price_timeline'])

/**
 * Fills an empty database from the bytes of a backup, all or nothing: an error, or the death of this process, leaves it as it was.
 * The data goes into tables of the migration that they came from, and the later migrations work on them then. Throws
 * RestoreRefused and BackupFileError.
 */
export async function restoreDatabase(
  client: Client,
  source: AsyncIterable<Buffer>,
  { onProgress, migrationsDir }: RestoreOptions
): Promise<Restored> {
  await client.query(`begin; ${TEXT_FORMS}; ${NO_TIMEOUTS}`)
  try {
    const restored = await restoreWithin(client, source, onProgress, migrationsDir)
    await client.query('commit')
    await client.query('analyze')
    return restored
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}

async function restoreWithin(
  client: Client,
  source: AsyncIterable<Buffer>,
  onProgress: RestoreOptions['onProgress'],
  dir?: string
): Promise<Restored> {
  let tables = new Map<string, Table>()
  const leftOut: string[] = []

  async function prepare(header: BackupHeader) {
    tables = await prepareTables(client, header, dir)
  }

  async function use(described: BackupTable, rows: AsyncIterable<Buffer>) {
    const table = tables.get(described.table)
    if (table === undefined) {
      leftOut.push(described.table)
      for await (const _chunk of rows);
      return
    }
    requireShape(table, described)
    await makePartitions(client, described)
    const shown = async function* () {
      for await (const chunk of rows) {
        yield chunk
        onProgress(table.name, chunk.length)
      }
    }
    const columns = described.columns.map(escapeIdentifier).join(', ')
    await pipeline(shown, client.query(copyFrom(`copy ${escapeIdentifier(table.name)} (${columns}) from stdin`)))
    await continueIdentities(client, described)
  }

  const content = await readBackup(source, use, prepare)
  for (const name of tables.keys()) {
    if (!content.tables.has(name)) throw new BackupFileError(`table ${name} is missing`)
    await client.query(`alter table ${escapeIdentifier(name)} enable trigger user`)
  }
  const { applied } = await migrateWithin(client, dir === undefined ? {} : { dir })
  return { ...content, applied, leftOut }
}

/** Brings the database to where the backup was, empties it, and keeps its triggers quiet. Throws RestoreRefused. */
async function prepareTables(client: Client, { migrations }: BackupHeader, dir?: string): Promise<Map<string, Table>> {
  const newest = migrations.at(-1)?.name ?? ''
  requireKnown(migrations, await knownMigrations(dir))
  await requireUnused(client)
  await createMigrationsTable(client)
  requireNotAhead(await appliedMigrations(client), migrations)
  await migrateWithin(client, { through: newest, ...(dir === undefined ? {} : { dir }) })
  // Windows are verified since what they need was there.
  for (const { name, applied_at: at } of migrations)
    await client.query('update migrations set applied_at = $2 where name = $1', [name, at])
  const tables = await readTables(client)
  for (const { name } of tables) await client.query(`alter table ${escapeIdentifier(name)} disable trigger user`)
  for (const { name } of tables.toReversed()) await client.query(`delete from ${escapeIdentifier(name)}`)
  return new Map(tables.map((table) => [table.name, table]))
}

function requireKnown(ofBackup: readonly KnownMigration[], known: readonly KnownMigration[]): void {
  for (const [index, { name, checksum }] of ofBackup.entries()) {
    const ours = known[index]
    if (ours === undefined) {
      throw new RestoreRefused(`it is of a newer Sluice, with the migration ${name}: restore it with that one, or a newer one`)
    }
    if (ours.name !== name || ours.checksum !== checksum) {
      throw new RestoreRefused(
        `it is of another Sluice than this, with a migration ${name} of its own: restore it with that one`
      )
    }
  }
}

function requireNotAhead(ofDatabase: readonly KnownMigration[], ofBackup: readonly KnownMigration[]): void {
  const ahead = ofDatabase.find(({ name }) => !ofBackup.some((migration) => migration.name === name))
  if (ahead === undefined) return
  throw new RestoreRefused(
    `the database has the migration ${ahead.name} already, which the backup is older than: name a new database, which restore brings to where the backup was, and on from there`
  )
}

/** Throws RestoreRefused for a database that has anything in it, or a server at work on it. */
async function requireUnused(client: Queryable): Promise<void> {
  const tables = await readTables(client)
  const used: string[] = []
  for (const { name } of tables) {
    if (WRITTEN_BY_STARTS.has(name)) continue
    const { rows } = await client.query<{ used: boolean }>(`select exists (select from ${escapeIdentifier(name)}) as used`)
    if (rows[0]?.used === true) used.push(name)
  }
  if (used.length > 0)
    throw new RestoreRefused(
      `the database is not empty, it has rows in ${used.join(', ')}: name an empty one with DATABASE_URL or DATA_DIR`
    )
  if (tables.length > 0 && (await isServed(client))) {
    throw new RestoreRefused(
      'a server is at work on the database: stop it, wait for half a minute if it was killed, and try again'
    )
  }
}

async function isServed(client: Queryable): Promise<boolean> {
  const { rows: found } = await client.query<{ there: boolean }>("select to_regclass('instances') is not null as there")
  if (found[0]?.there !== true) return false
  const { rows } = await client.query<{ served: boolean }>(
    'select exists (select from instances where expires_at > clock_timestamp()) as served'
  )
  return rows[0]?.served === true
}

function requireShape({ name, columns }: Table, described: BackupTable): void {
  if (columns.toSorted().join('\n') === described.columns.toSorted().join('\n')) return
  throw new BackupFileError(`its table ${name} does not match its migrations`)
}

async function makePartitions(client: Queryable, { table: name, partitions = [] }: BackupTable): Promise<void> {
  const table = PARTITIONED_TABLES.find((known) => known.name === name)
  if (table === undefined && partitions.length > 0) throw new BackupFileError(`its table ${name} is not known here`)
  if (table !== undefined) await ensurePartitions(client, table, partitions.map(Date.parse))
}

async function continueIdentities(client: Queryable, { table, next_ids: next = {} }: BackupTable): Promise<void> {
  for (const [column, value] of Object.entries(next)) {
    await client.query(
      `alter table ${escapeIdentifier(table)} alter column ${escapeIdentifier(column)} restart with ${BigInt(value)}`
    )
  }
}
