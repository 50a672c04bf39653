import type { Queryable } from './queryable.ts'

/** A table that is partitioned by `created_at`, and how long a partition is. Days and months are those of UTC. */
interface PartitionedTable {
  name: 'exchange_trace_packs' | 'exchange_traces' | 'usage_events'
  period: 'day' | 'month'
}

export const USAGE_EVENTS: PartitionedTable = { name: 'usage_events', period: 'month' }
export const TRACE_PACKS: PartitionedTable = { name: 'exchange_trace_packs', period: 'day' }
/** Where versions of before there were packs kept each trace by itself. */
export const SINGLE_TRACES: PartitionedTable = { name: 'exchange_traces', period: 'day' }
/** All there are. */
export const PARTITIONED_TABLES: readonly PartitionedTable[] = [USAGE_EVENTS, TRACE_PACKS, SINGLE_TRACES]

export const DAY_MS = 24 * 60 * 60 * 1000

/** How much a partition's name has of the time at which it begins. */
const STAMP_LENGTH = { day: '2026-01-01'.length, month: '2026-01'.length }
const STAMP_PATTERN = { day: '[0-9]{4}_[0-9]{2}_[0-9]{2}', month: '[0-9]{4}_[0-9]{2}' }

/** When the period begins in which the instant lies, or one that is `offset` periods later. */
export function periodStart({ period }: PartitionedTable, instant: number, offset = 0): number {
  const date = new Date(instant)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  return period === 'month' ? Date.UTC(year, month + offset, 1) : Date.UTC(year, month, date.getUTCDate() + offset)
}

/**
 * Makes the partitions that rows of these instants need. May be called at any time by several processes at once, inside a
 * transaction or outside.
 */
export async function ensurePartitions(db: Queryable, table: PartitionedTable, instants: Iterable<number>): Promise<void> {
  const starts = new Set<number>()
  for (const instant of instants) starts.add(periodStart(table, instant))
  for (const start of [...starts].sort((a, b) => a - b)) await db.query(createPartition(table, start))
}

function createPartition(table: PartitionedTable, start: number): string {
  const name = partitionOf(table, start)
  const [begin, end] = [start, periodStart(table, start, 1)].map((at) => new Date(at).toISOString())
  // Attached rather than created in place: that would stop reading and writing of all the others. The lock also makes sure that
  // the caller's next insert sees a partition that another process has just attached: a commit is visible for a moment before
  // other sessions are told to forget the list of partitions they know, and its locks are let go after that.
  return `do $$ begin
    lock table migrations in share row exclusive mode;
    if to_regclass('${name}') is null then
      create table ${name} (like ${table.name} including all);
      alter table ${table.name} attach partition ${name} for values from ('${begin}') to ('${end}');
    end if;
  end $$`
}

/**
 * Drops the partitions that were over at `before`, and does `alongside` in the same transaction first. Rejects when somebody keeps
 * using one of them.
 */
export async function dropPartitions(
  db: Queryable,
  table: PartitionedTable,
  before: number,
  alongside: string = ''
): Promise<void> {
  // A drop that waits for a reader, such as a backup, keeps all the others out of the table while it waits.
  await db.query(
    `do $$ declare partition regclass; begin
      perform set_config('lock_timeout', '2000', true);
      lock table migrations in share row exclusive mode;
      ${alongside}
      for partition in
        select c.oid from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = '${table.name}'::regclass and c.relname ~ '^${table.name}_${STAMP_PATTERN[table.period]}$'
          and c.relname < '${partitionOf(table, periodStart(table, before))}' collate "C"
        order by c.relname
      loop
        execute 'drop table ' || partition;
      end loop;
    end $$`
  )
}

/** When each of the partitions begins that are there. */
export async function listPartitions(db: Queryable, table: PartitionedTable): Promise<number[]> {
  const { rows } = await db.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = $1::regclass order by c.relname collate "C"`,
    [table.name]
  )
  return rows.map(({ name }) => startOf(table, name))
}

/** The inverse of `partitionOf`. */
function startOf({ name, period }: PartitionedTable, partition: string): number {
  const stamp = partition.slice(name.length + 1).replaceAll('_', '-')
  return Date.parse(period === 'month' ? `${stamp}-01` : stamp)
}

function partitionOf({ name, period }: PartitionedTable, start: number): string {
  return `${name}_${new Date(start).toISOString().slice(0, STAMP_LENGTH[period]).replaceAll('-', '_')}`
}

/** Rows without a partition fail like a check constraint that has no name. */
export function lacksPartition(error: unknown): boolean {
  const CHECK_VIOLATION = '23514'
  if (!(error instanceof Error && 'code' in error) || error.code !== CHECK_VIOLATION) return false
  return !('constraint' in error && error.constraint)
}
