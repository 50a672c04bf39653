import { parseUsd } from '../prices/money.ts'
import { DAY_MS } from '../../platform/database/partitions.ts'
import { scalarArray } from '../../platform/database/array-literals.ts'
import type { Queryable } from '../../platform/database/queryable.ts'

export interface Spend {
  /** Usage events. */
  requests: number
  costNano: bigint
  chargedNano: bigint
}

export interface UserSpend {
  today: Spend
  month: Spend
}

/** When the day and the month (UTC) began that `now` is in; epoch milliseconds. */
export function spendPeriodsAt(now: number): { today: number; month: number } {
  const date = new Date(now)
  return { today: Math.floor(now / DAY_MS) * DAY_MS, month: Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) }
}

/** SQL for what a user `r` was charged in a period, of which `since` stands for the beginning. */
export const chargedSince = (since: string) =>
  `(select coalesce(sum(d.charged_usd), 0) from usage_daily d where d.user_id = r.id and d.day >= ${since})`

const NOTHING: Spend = { requests: 0, costNano: 0n, chargedNano: 0n }

/** What each user has spent today and this month (UTC), by their ids: one query for all of them, of the roll-ups. */
export async function sumUserSpend(db: Queryable, userIds: readonly string[], now: number): Promise<Map<string, UserSpend>> {
  const { today, month } = spendPeriodsAt(now)
  const { rows } = await db.query<{ id: string; period: keyof UserSpend; requests: string; cost: string; charged: string }>(
    `select user_id as id, period, sum(requests) as requests, sum(cost_usd) as cost, sum(charged_usd) as charged
     from usage_daily join (values ('today', $2::timestamptz), ('month', $3::timestamptz)) as periods (period, since) on day >= since
     where user_id = any($1::bigint[]) and day >= $3::timestamptz group by 1, 2`,
    [scalarArray(userIds), new Date(today), new Date(month)]
  )
  const spend = new Map<string, UserSpend>(userIds.map((id) => [id, { today: NOTHING, month: NOTHING }]))
  for (const { id, period, requests, cost, charged } of rows) {
    const sums = { requests: Number(requests), costNano: parseUsd(cost), chargedNano: parseUsd(charged) }
    spend.set(id, { ...spend.get(id)!, [period]: sums })
  }
  return spend
}
