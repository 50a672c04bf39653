import { escapeIdentifier, type Client } from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { appliedMigrations } from '../../platform/database/migrations.ts'
import { listPartitions, PARTITIONED_TABLES } from '../../platform/database/partitions.ts'
import { onlyRow, type Queryable } from '../../platform/database/queryable.ts'
import { lineOf } from './backup-file.ts'
import { END_OF_ROWS, type BackupHeader, type BackupTable } from './backup-lines.ts'
import { readTables, type Table } from './tables.ts'

/** What values look like in text is the same for every server. */
export const TEXT_FORMS = `set local datestyle = 'ISO, YMD'; set local timezone = 'UTC'; set local intervalstyle = 'iso_8601';
  set local bytea_output = 'hex'; set local extra_float_digits = 1; set local client_encoding = 'UTF8'`
/** Copying takes what it takes; only what others hold is not waited for without end. */
export const NO_TIMEOUTS = `set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0;
  set local lock_timeout = '30s'`

/**
 * The text of a backup but for its last line: all tables as they were at one moment, while others read and write. `client` has no
 * transaction and no time-out of its own, and is of no more use when this does not come to its end. A migration waits for it.
 */
export async function* dumpDatabase(client: Client): AsyncGenerator<Buffer> {
  const tables = await openSnapshot(client)
  yield lineOf(await headerOf(client))
  for (const table of tables) {
    yield lineOf(await describe(client, table))
    const columns = table.columns.map(escapeIdentifier).join(', ')
    // A query, since a partitioned table itself can be copied only since Postgres 18.
    yield* client.query(
      copyTo(`copy (select ${columns} from ${escapeIdentifier(table.name)}) to stdout`)
    ) as AsyncIterable<Buffer>
    yield Buffer.from(END_OF_ROWS)
  }
  await client.query('commit')
}

/** The snapshot is taken at the first look after all tables are locked, so that none is altered or dropped later. */
async function openSnapshot(client: Queryable): Promise<Table[]> {
  let expected = await readTables(client)
  for (;;) {
    await client.query(`begin isolation level repeatable read, read only; ${TEXT_FORMS}; ${NO_TIMEOUTS}`)
    const names = expected.map(({ name }) => escapeIdentifier(name)).join(', ')
    await client.query(`lock table ${names} in access share mode`)
    const tables = await readTables(client)
    if (shapesOf(tables) === shapesOf(expected)) return tables
    // A migration came between.
    await client.query('rollback')
    expected = tables
  }
}

const shapesOf = (tables: readonly Table[]) => JSON.stringify(tables.map(({ name, columns }) => [name, columns]))

async function headerOf(client: Queryable): Promise<BackupHeader> {
  const { rows } = await client.query<{ now: Date; version: string }>(
    `select now(), current_setting('server_version') as version`
  )
  const { now, version } = onlyRow({ rows })
  return {
    format: 'sluice-backup',
    version: 2,
    created_at: now.toISOString(),
    postgres: version,
    migrations: (await appliedMigrations(client)).map(({ name, checksum, appliedAt }) => {
      return { name, checksum, applied_at: appliedAt.toISOString() }
    })
  }
}

async function describe(client: Queryable, { name, columns, isPartitioned, identities }: Table): Promise<BackupTable> {
  const next: [column: string, value: string][] = []
  for (const { column, sequence } of identities) next.push([column, await nextOf(client, sequence)])
  return {
    table: name,
    columns,
    ...(isPartitioned ? { partitions: await partitionsOf(client, name) } : {}),
    ...(next.length === 0 ? {} : { next_ids: Object.fromEntries(next) })
  }
}

/** Sequences are of no snapshot: read after it was taken, this is behind no row that is in it. */
export async function nextOf(client: Queryable, sequence: string): Promise<string> {
  const { rows } = await client.query<{ next: string }>(
    `select case when is_called then last_value + 1 else last_value end as next from ${sequence}`
  )
  return onlyRow({ rows }).next
}

async function partitionsOf(client: Queryable, name: string): Promise<string[]> {
  const table = PARTITIONED_TABLES.find((known) => known.name === name)
  if (table === undefined) throw new Error(`nobody knows how ${name} is partitioned`)
  return (await listPartitions(client, table)).map((start) => new Date(start).toISOString())
}
