import { addToWindow, type QuotaLimits, type QuotaWindow } from '../../money/billing/quota-windows.ts'
import { windowPolicyOf } from '../../money/billing/window-policies.ts'
import { formatUsd, parseUsd } from '../../money/prices/money.ts'
import { scalarArray } from '../../platform/database/array-literals.ts'
import type { PricedAttempt } from '../../money/records/event-columns.ts'
import type { GroupRecord } from './groups.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { toTimeOrNull } from '../../platform/timestamps.ts'

/** What a key may be charged, in nano-dollars, each > 0; null means no limit. */
export interface KeyLimits extends Required<QuotaLimits> {
  total: bigint | null
}

/** What a key was charged, whether it has limits or not. */
export interface KeySpending {
  /** Day, week and month, as defined by the key's group. */
  windows: readonly QuotaWindow[]
  totalNano: bigint
}

export interface KeySpendingColumns {
  keyDayLimit: string | null
  keyWeekLimit: string | null
  keyMonthLimit: string | null
  keyTotalLimit: string | null
  keyDayAt: Date | null
  keyDayUsed: string
  keyWeekAt: Date | null
  keyWeekUsed: string
  keyMonthAt: Date | null
  keyMonthUsed: string
  keyTotalUsed: string
}

/** Of `api_keys k`. Of the limits set by operators, the owner and a lead of its team, the smallest applies. */
export const KEY_SPENDING_FIELDS = `least(k.daily_limit_usd, k.own_daily_limit_usd, k.team_daily_limit_usd) as "keyDayLimit",
  least(k.weekly_limit_usd, k.own_weekly_limit_usd, k.team_weekly_limit_usd) as "keyWeekLimit",
  least(k.monthly_limit_usd, k.own_monthly_limit_usd, k.team_monthly_limit_usd) as "keyMonthLimit",
  least(k.total_limit_usd, k.own_total_limit_usd, k.team_total_limit_usd) as "keyTotalLimit",
  k.day_started_at as "keyDayAt", k.day_used_usd as "keyDayUsed", k.week_started_at as "keyWeekAt", k.week_used_usd as "keyWeekUsed",
  k.month_started_at as "keyMonthAt", k.month_used_usd as "keyMonthUsed", k.total_used_usd as "keyTotalUsed"`

const toNano = (usd: string | null) => (usd === null ? null : parseUsd(usd))

export const toKeyLimits = (row: KeySpendingColumns): KeyLimits => ({
  day: toNano(row.keyDayLimit),
  week: toNano(row.keyWeekLimit),
  month: toNano(row.keyMonthLimit),
  total: toNano(row.keyTotalLimit)
})

export const toKeySpending = (row: KeySpendingColumns): KeySpending => ({
  windows: [
    { kind: 'day', startedAt: row.keyDayAt?.getTime() ?? null, usedNano: parseUsd(row.keyDayUsed) },
    { kind: 'week', startedAt: row.keyWeekAt?.getTime() ?? null, usedNano: parseUsd(row.keyWeekUsed) },
    { kind: 'month', startedAt: row.keyMonthAt?.getTime() ?? null, usedNano: parseUsd(row.keyMonthUsed) }
  ],
  totalNano: parseUsd(row.keyTotalUsed)
})

/** Null when there is no such key. */
export async function readKeySpending(db: Queryable, keyId: string): Promise<KeySpending | null> {
  const { rows } = await db.query<KeySpendingColumns>(`select ${KEY_SPENDING_FIELDS} from api_keys k where k.id = $1`, [keyId])
  return rows[0] === undefined ? null : toKeySpending(rows[0])
}

type SpendingRow = KeySpendingColumns & Pick<GroupRecord, 'id' | 'windowAnchor' | 'timeZone'>

/**
 * Adds up what attempts, ordered by time, were charged, and notes when keys were used. Returns the keys' new state; deleted ones
 * are left out.
 */
export async function addToKeys(client: Queryable, attempts: readonly PricedAttempt[]): Promise<Map<string, KeySpending>> {
  const uses = Map.groupBy(attempts, ({ sent }) => sent.keyId)
  const { rows } = await client.query<SpendingRow>(
    `select k.id, g.window_anchor as "windowAnchor", g.time_zone as "timeZone", ${KEY_SPENDING_FIELDS}
     from api_keys k join groups g on g.id = k.group_id
     where k.id = any($1::bigint[]) order by k.id for no key update of k`,
    [scalarArray([...uses.keys()])]
  )
  const used = rows.map((row): UsedKey => {
    const policy = windowPolicyOf(row)
    const { windows, totalNano } = toKeySpending(row)
    const attempts = uses.get(row.id) ?? []
    const add = (window: QuotaWindow, { sent, chargedNano }: PricedAttempt) =>
      addToWindow(window, policy, sent.createdAt, chargedNano)
    const spending = {
      windows: windows.map((window) => attempts.reduce(add, window)),
      totalNano: attempts.reduce((sum, { chargedNano }) => sum + chargedNano, totalNano)
    }
    return { id: row.id, spending, lastAt: attempts.at(-1)!.sent.createdAt }
  })
  if (used.length > 0) await storeKeySpending(client, used)
  return new Map(used.map(({ id, spending }) => [id, spending]))
}

interface UsedKey {
  id: string
  spending: KeySpending
  /** Epoch milliseconds; null when it was not used just now. */
  lastAt: number | null
}

/**
 * One update for all: updating a row twice in a transaction makes Postgres check its foreign keys again, which locks users, and
 * users must be locked first.
 */
export async function storeKeySpending(client: Queryable, used: readonly UsedKey[]): Promise<void> {
  const columnsOf = (index: number) => [
    scalarArray(used.map(({ spending }) => toTimeOrNull(spending.windows[index]!.startedAt))),
    scalarArray(used.map(({ spending }) => formatUsd(spending.windows[index]!.usedNano)))
  ]
  await client.query(
    `update api_keys k set day_started_at = t.day_at, day_used_usd = t.day, week_started_at = t.week_at, week_used_usd = t.week,
       month_started_at = t.month_at, month_used_usd = t.month, total_used_usd = t.total,
       last_used_at = greatest(k.last_used_at, t.last_at)
     from unnest($1::bigint[], $2::timestamptz[], $3::numeric[], $4::timestamptz[], $5::numeric[], $6::timestamptz[], $7::numeric[],
       $8::numeric[], $9::timestamptz[]) as t (id, day_at, day, week_at, week, month_at, month, total, last_at) where k.id = t.id`,
    [
      scalarArray(used.map(({ id }) => id)),
      ...columnsOf(0),
      ...columnsOf(1),
      ...columnsOf(2),
      scalarArray(used.map(({ spending }) => formatUsd(spending.totalNano))),
      scalarArray(used.map(({ lastAt }) => toTimeOrNull(lastAt)))
    ]
  )
}
