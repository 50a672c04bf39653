import type { TraceRecord } from '../traces/exchange-trace.ts'
import { textArray } from './array-literals.ts'
import { dropPartitions, ensurePartitions, lacksPartition, EXCHANGE_TRACES } from './partitions.ts'
import type { Queryable } from './queryable.ts'

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

/** Null when there is none, or none any more. */
export async function findTrace(db: Queryable, id: string): Promise<TraceRecord | null> {
  const { rows } = await db.query<{ trace: TraceRecord }>('select trace from exchange_traces where id = $1', [id])
  return rows[0]?.trace ?? null
}

/** Makes the partitions for the days (UTC) in which the instants lie. May be called at any time by several processes at once. */
export async function ensureTracePartitions(db: Queryable, instants: Iterable<number>): Promise<void> {
  await ensurePartitions(db, EXCHANGE_TRACES, instants)
}

/** Drops the partitions of the days (UTC) that were over at `before`. Rejects when somebody keeps using one of them. */
export async function dropTracePartitions(db: Queryable, before: number): Promise<void> {
  await dropPartitions(db, EXCHANGE_TRACES, before)
}
