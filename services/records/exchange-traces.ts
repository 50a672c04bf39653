import type { TraceRecord } from '../traces/exchange-trace.ts'
import { textArray } from './array-literals.ts'
import type { Queryable } from './queryable.ts'

export const DAY_MS = 24 * 60 * 60 * 1000

/** Stores traces, all or none; those already stored are left as they are. Makes the partitions that are missing. */
export async function insertTraces(db: Queryable, records: readonly TraceRecord[]): Promise<void> {
  if (records.length === 0) return
  try {
    await insert(db, records)
  } catch (error) {
    if (!lacksPartition(error)) throw error
    await ensureTracePartitions(
      db,
      records.map((record) => Date.parse(record.created_at))
    )
    await insert(db, records)
  }
}

async function insert(db: Queryable, records: readonly TraceRecord[]): Promise<void> {
  await db.query(
    `insert into exchange_traces (id, created_at, trace) select * from unnest($1::text[], $2::timestamptz[], $3::jsonb[])
     on conflict (id, created_at) do nothing`,
    [
      textArray(records.map(({ id }) => id)),
      textArray(records.map((record) => record.created_at)),
      textArray(records.map((record) => JSON.stringify(record, storable)))
    ]
  )
}

/** jsonb takes neither NUL nor lone surrogates, and texts come from clients and upstreams. */
function storable(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\uFFFD') : value
}

/** Rows without a partition fail like a check constraint that has no name. */
function lacksPartition(error: unknown): boolean {
  const CHECK_VIOLATION = '23514'
  if (!(error instanceof Error && 'code' in error) || error.code !== CHECK_VIOLATION) return false
  return !('constraint' in error && error.constraint)
}

/** Null when there is none, or none any more. */
export async function findTrace(db: Queryable, id: string): Promise<TraceRecord | null> {
  const { rows } = await db.query<{ trace: TraceRecord }>('select trace from exchange_traces where id = $1', [id])
  return rows[0]?.trace ?? null
}

/** Makes the partitions for the days (UTC) in which the instants lie. May be called at any time by several processes at once. */
export async function ensureTracePartitions(db: Queryable, instants: Iterable<number>): Promise<void> {
  const days = new Set<number>()
  for (const instant of instants) days.add(dayOf(instant))
  for (const day of [...days].sort((a, b) => a - b)) await db.query(createPartition(day))
}

/** Drops the partitions of the days (UTC) that were over at `before`. Rejects when somebody keeps using one of them. */
export async function dropTracePartitions(db: Queryable, before: number): Promise<void> {
  // A drop that waits for a reader, such as a backup, keeps all the others out of the table while it waits.
  await db.query(
    `do $$ declare partition regclass; begin
      perform set_config('lock_timeout', '2000', true);
      lock table migrations in share row exclusive mode;
      for partition in
        select c.oid from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'exchange_traces'::regclass and c.relname ~ '^exchange_traces_[0-9]{4}_[0-9]{2}_[0-9]{2}$'
          and c.relname < '${partitionOf(dayOf(before))}' collate "C"
      loop
        execute 'drop table ' || partition;
      end loop;
    end $$`
  )
}

const dayOf = (instant: number) => Math.floor(instant / DAY_MS) * DAY_MS

const partitionOf = (day: number) => `exchange_traces_${new Date(day).toISOString().slice(0, 10).replaceAll('-', '_')}`

function createPartition(day: number): string {
  const name = partitionOf(day)
  const [begin, end] = [day, day + DAY_MS].map((at) => new Date(at).toISOString())
  // Attached rather than created in place, and under a lock, for the same reasons as the partitions of usage events.
  return `do $$ begin
    lock table migrations in share row exclusive mode;
    if to_regclass('${name}') is null then
      create table ${name} (like exchange_traces including all);
      alter table exchange_traces attach partition ${name} for values from ('${begin}') to ('${end}');
    end if;
  end $$`
}
