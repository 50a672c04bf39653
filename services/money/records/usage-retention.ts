import { dropPartitions, ensurePartitions, periodStart, USAGE_EVENTS } from '../../platform/database/partitions.ts'
import type { Queryable } from '../../platform/database/queryable.ts'

/** Makes the months that usage events of these instants need. May be called at any time by several processes at once. */
export async function ensureUsagePartitions(db: Queryable, instants: Iterable<number>): Promise<void> {
  await ensurePartitions(db, USAGE_EVENTS, instants)
}

/** Makes the month of `now` and as many after it. */
export async function makeUsageMonthsAhead(db: Queryable, now: number, monthsAhead: number): Promise<void> {
  const offsets = Array.from({ length: monthsAhead + 1 }, (_, offset) => offset)
  await ensureUsagePartitions(
    db,
    offsets.map((offset) => periodStart(USAGE_EVENTS, now, offset))
  )
}

/** Drops the months that were over at `before`, for good: no event of them is taken any more. Rejects when one is kept in use. */
export async function dropUsageMonths(db: Queryable, before: number): Promise<void> {
  const horizon = new Date(usageMonthOf(before)).toISOString()
  const remember = `insert into usage_horizon as h (forgotten_before) values ('${horizon}')
    on conflict (id) do update set forgotten_before = greatest(h.forgotten_before, excluded.forgotten_before);`
  await dropPartitions(db, USAGE_EVENTS, before, remember)
}

/** Since when events are kept, in epoch milliseconds; null when none were dropped yet. */
export async function readUsageHorizon(db: Queryable): Promise<number | null> {
  const { rows } = await db.query<{ horizon: Date }>('select forgotten_before as horizon from usage_horizon')
  return rows[0]?.horizon.getTime() ?? null
}

/** When the month (UTC) of an instant begins. */
export const usageMonthOf = (instant: number) => periodStart(USAGE_EVENTS, instant)
