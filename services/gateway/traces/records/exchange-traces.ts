import { findInPack, minuteOfExchange, type TracePack } from '../trace-packs.ts'
import type { TraceRecord } from '../trace-record.ts'
import {
  dropPartitions,
  ensurePartitions,
  lacksPartition,
  SINGLE_TRACES,
  TRACE_PACKS
} from '../../../platform/database/partitions.ts'
import type { Queryable } from '../../../platform/database/queryable.ts'

/** Stores packs of traces, all or none. Creates missing partitions. */
export async function insertTracePacks(db: Queryable, packs: readonly TracePack[]): Promise<void> {
  if (packs.length === 0) return
  try {
    await insert(db, packs)
  } catch (error) {
    if (!lacksPartition(error)) throw error
    await ensureTracePartitions(
      db,
      packs.map(({ minute }) => minute)
    )
    await insert(db, packs)
  }
}

async function insert(db: Queryable, packs: readonly TracePack[]): Promise<void> {
  const rows = packs.map((_, index) => `($${2 * index + 1}::timestamptz, $${2 * index + 2}::bytea)`)
  await db.query(
    `insert into exchange_trace_packs (created_at, traces) values ${rows.join(', ')}`,
    packs.flatMap(({ minute, traces }) => [new Date(minute), traces])
  )
}

/** Null when there is none, or no longer any. */
export async function findTrace(db: Queryable, id: string): Promise<TraceRecord | null> {
  const minute = minuteOfExchange(id)
  if (minute === null) return await findSingle(db, id)
  const { rows } = await db.query<{ traces: Buffer }>('select traces from exchange_trace_packs where created_at = $1', [
    new Date(minute)
  ])
  for (const { traces } of rows) {
    const found = findInPack(traces, id)
    if (found !== null) return found
  }
  return null
}

async function findSingle(db: Queryable, id: string): Promise<TraceRecord | null> {
  const { rows } = await db.query<{ trace: TraceRecord }>('select trace from exchange_traces where id = $1', [id])
  return rows[0]?.trace ?? null
}

/** Creates the partitions for the days (UTC) of the instants. May be called at any time by several processes at once. */
export async function ensureTracePartitions(db: Queryable, instants: Iterable<number>): Promise<void> {
  await ensurePartitions(db, TRACE_PACKS, instants)
}

/** Drops the partitions of the days (UTC) that were over at `before`. Rejects when one of them stays in use. */
export async function dropTracePartitions(db: Queryable, before: number): Promise<void> {
  for (const table of [TRACE_PACKS, SINGLE_TRACES]) await dropPartitions(db, table, before)
}
