import { formatUsd, parseUsd } from '../../money/prices/money.ts'
import { DAY_MS } from '../../platform/database/partitions.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import type { Totals } from './usage-verification.ts'

/** The sums of a day (UTC) in each of the books when it was last verified. */
export interface ReconciledDay {
  /** When it begins, in epoch milliseconds. */
  day: number
  events: Totals
  hourly: Totals
  daily: Totals
  /** What its events charged to balances when settled, and what the ledger booked for them. */
  chargedNano: bigint
  enteredNano: bigint
  /** Events left out of these two, since a checkpoint has replaced their entries. */
  summedUp: number
  /** How many of its values drifted. */
  found: number
}

export interface StoredDay extends ReconciledDay {
  verifiedAt: number
}

/** Replaces an earlier verification's result for the day. */
export async function storeReconciledDay(db: Queryable, verificationId: string, reconciled: ReconciledDay): Promise<void> {
  const { day, events, hourly, daily, chargedNano, enteredNano, summedUp, found } = reconciled
  const amounts = [events, hourly, daily].flatMap((totals) => [
    totals.requests,
    formatUsd(totals.costNano),
    formatUsd(totals.chargedNano)
  ])
  await db.query(
    `insert into reconciled_days as r (day, verification_id, ${COLUMNS.join(', ')}, most_requests)
     values ($1, $2, ${COLUMNS.map((_, index) => `$${index + 3}`).join(', ')}, $3)
     on conflict (day) do update set verification_id = excluded.verification_id, verified_at = clock_timestamp(),
       ${COLUMNS.map((column) => `${column} = excluded.${column}`).join(', ')},
       most_requests = greatest(r.most_requests, excluded.most_requests)`,
    [new Date(day), verificationId, ...amounts, formatUsd(chargedNano), formatUsd(enteredNano), summedUp, found]
  )
}

const COLUMNS = [
  ...['event', 'hourly', 'daily'].flatMap((book) => [`${book}_requests`, `${book}_cost_usd`, `${book}_charged_usd`]),
  'balance_charged_usd',
  'ledger_usd',
  'summed_up',
  'found'
]

interface DayRow extends Record<string, unknown> {
  day: Date
  verified_at: Date
}

/** The verified days from `since` on, newest first. */
export async function listReconciledDays(db: Queryable, since: number): Promise<StoredDay[]> {
  const { rows } = await db.query<DayRow>(
    `select day, verified_at, ${COLUMNS.join(', ')} from reconciled_days where day >= $1 order by day desc`,
    [new Date(since)]
  )
  return rows.map((row) => ({
    day: row.day.getTime(),
    verifiedAt: row.verified_at.getTime(),
    events: totalsOf(row, 'event'),
    hourly: totalsOf(row, 'hourly'),
    daily: totalsOf(row, 'daily'),
    chargedNano: parseUsd(String(row['balance_charged_usd'])),
    enteredNano: parseUsd(String(row['ledger_usd'])),
    summedUp: Number(row['summed_up']),
    found: Number(row['found'])
  }))
}

const totalsOf = (row: DayRow, book: string): Totals => ({
  requests: Number(row[`${book}_requests`]),
  costNano: parseUsd(String(row[`${book}_cost_usd`])),
  chargedNano: parseUsd(String(row[`${book}_charged_usd`]))
})

/** How many events a day had when it was last verified, and how many it has now; null when none is missing. */
export async function findLostEvents(db: Queryable, day: number): Promise<{ had: string; has: string } | null> {
  const { rows } = await db.query<{ had: string; has: string }>(
    `select had, has from (
       select most_requests as had, (select count(*) from usage_events where created_at >= $1 and created_at < $2) as has
       from reconciled_days where day = $1
     ) d where has < had`,
    [new Date(day), new Date(day + DAY_MS)]
  )
  return rows[0] ?? null
}
