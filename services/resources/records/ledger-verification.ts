import { formatUsd, parseUsd } from '../../money/prices/money.ts'
import type { WindowKind } from '../../money/billing/quota-windows.ts'
import type { GroupRecord } from './groups.ts'
import { onlyRow, type Queryable } from '../../platform/database/queryable.ts'
import { WINDOW_FIELDS, type WindowColumns } from './subscriptions.ts'
import { SUMS } from '../../money/records/usage-roll-ups.ts'

// Each look is one statement, which sees what whole settlements have written: a running server moves nothing under it.

/** What is recorded differs from what the events and entries make it. Amounts are in USD. */
export interface Drift {
  kind: 'balance' | 'running-balance' | 'charge' | 'window' | 'spending' | 'hour' | 'day'
  /** What drifted, such as `user ann@example.com`. */
  subject: string
  field: string
  /** Null when it is missing. */
  recorded: string | null
  recomputed: string
}

export interface UserSums {
  id: string
  email: string
  balance: string
  total: string
  /** The first entry that does not state the sum up to it; all null when there is none. */
  entryId: string | null
  stated: string | null
  sum: string | null
}

/** The next users by id with the sums of their ledger entries. Before a checkpoint, which took the place of many, an entry's balance is not that of those left. */
export async function sumLedger(db: Queryable, afterId: string, limit: number): Promise<UserSums[]> {
  const { rows } = await db.query<UserSums>(
    `select u.id, u.email, u.balance_usd as balance, coalesce(l.total, 0)::numeric(24, 9) as total, l.entry_id as "entryId",
       l.stated, l.sum
     from (select id, email, balance_usd from users where id > $1 order by id limit $2) u
     left join lateral (
       select sum(amount_usd) as total, min(id) filter (where is_off) as entry_id,
         (array_agg(balance_after_usd order by id) filter (where is_off))[1] as stated,
         (array_agg(sum order by id) filter (where is_off))[1] as sum
       from (select *, balance_after_usd <> sum and id >= coalesce(checkpoint, 0) as is_off
             from (select id, amount_usd, balance_after_usd, sum(amount_usd) over (order by id) as sum,
                     max(id) filter (where kind = 'checkpoint') over () as checkpoint
                   from ledger_entries where user_id = u.id) s) r
     ) l on true
     order by u.id`,
    [afterId, limit]
  )
  return rows
}

export interface WindowedSubscription extends WindowColumns, Pick<GroupRecord, 'windowAnchor' | 'timeZone'> {
  id: string
  userEmail: string
  groupName: string
  createdAt: Date
  /** When an operator last changed how the group's windows begin and end; null for never. */
  policyChangedAt: Date | null
}

/** The next subscriptions by id. */
export async function listWindowed(db: Queryable, afterId: string, limit: number): Promise<WindowedSubscription[]> {
  const { rows } = await db.query<WindowedSubscription>(
    `select s.id, u.email as "userEmail", g.name as "groupName", g.window_anchor as "windowAnchor", g.time_zone as "timeZone",
       s.created_at as "createdAt", ${WINDOW_FIELDS},
       (select max(a.at) from audit_log a where a.subject = 'group ' || g.name and a.action = 'group.changed'
          and (a.detail -> 'after' ? 'window_anchor' or a.detail -> 'after' ? 'time_zone')) as "policyChangedAt"
     from subscriptions s join users u on u.id = s.user_id join groups g on g.id = s.group_id
     where s.id > $1 order by s.id limit $2`,
    [afterId, limit]
  )
  return rows
}

export interface WindowedKey extends WindowColumns, Pick<GroupRecord, 'windowAnchor' | 'timeZone'> {
  id: string
  userEmail: string
  name: string
  createdAt: Date
  policyChangedAt: Date | null
  /** Since when keys count what they spend. */
  countedSince: Date
}

/** The next keys by id. */
export async function listWindowedKeys(db: Queryable, afterId: string, limit: number): Promise<WindowedKey[]> {
  const { rows } = await db.query<WindowedKey>(
    `select s.id, u.email as "userEmail", s.name, g.window_anchor as "windowAnchor", g.time_zone as "timeZone",
       s.created_at as "createdAt", ${WINDOW_FIELDS}, (select applied_at from migrations where name = $3) as "countedSince",
       (select max(a.at) from audit_log a where a.subject = 'group ' || g.name and a.action = 'group.changed'
          and (a.detail -> 'after' ? 'window_anchor' or a.detail -> 'after' ? 'time_zone')) as "policyChangedAt"
     from api_keys s join users u on u.id = s.user_id join groups g on g.id = s.group_id
     where s.id > $1 order by s.id limit $2`,
    [afterId, limit, COUNTING_MIGRATION]
  )
  return rows
}

/** The one that has keys count what they spend. */
const COUNTING_MIGRATION = '0007-key-limits.sql'

/** What the keys' windows have counted, and what their events were charged. One that ended since it was read, or in which the key was in a group of other rules or one that is gone, is left out. */
export async function sumKeyWindows(db: Queryable, windows: readonly OpenWindow[]): Promise<WindowSum[]> {
  const { rows } = await db.query<WindowSum>(
    `select w.id as "ownerId", w.kind, c.used, coalesce(e.total, 0)::numeric(24, 9) as total
     from unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::timestamptz[]) as w (id, kind, starts_at, ends_at)
     join api_keys k on k.id = w.id join groups g on g.id = k.group_id
     join lateral (values ('day', k.day_started_at, k.day_used_usd), ('week', k.week_started_at, k.week_used_usd),
       ('month', k.month_started_at, k.month_used_usd)) as c (kind, started_at, used)
       on c.kind = w.kind and c.started_at = w.starts_at
     left join lateral (
       select sum(e.charged_usd) as total, bool_or((o.window_anchor, o.time_zone) is distinct from (g.window_anchor, g.time_zone)) as moved
       from usage_events e left join groups o on o.id = e.group_id
       where e.user_id = k.user_id and e.key_id = k.id and e.created_at >= w.starts_at and e.created_at < w.ends_at
     ) e on true
     where e.moved is not true
     order by w.id, w.starts_at`,
    windowParameters(windows)
  )
  return rows
}

interface KeyTotal {
  id: string
  used: string
  total: string
}

/**
 * What those keys have counted in all, and what the days they were used on add up to: these outlast the events, and are compared with
 * them themselves. A key that is older than the counting is left out.
 */
export async function sumKeyTotals(db: Queryable, keyIds: readonly string[]): Promise<KeyTotal[]> {
  const { rows } = await db.query<KeyTotal>(
    `select k.id, k.total_used_usd as used, coalesce(d.total, 0)::numeric(24, 9) as total from api_keys k
     cross join lateral (select sum(charged_usd) as total from usage_daily where user_id = k.user_id and key_id = k.id) d
     where k.id = any($1::bigint[]) and k.created_at >= (select applied_at from migrations where name = $2) order by k.id`,
    [keyIds, COUNTING_MIGRATION]
  )
  return rows
}

const windowParameters = (windows: readonly OpenWindow[]) => [
  windows.map(({ ownerId }) => ownerId),
  windows.map(({ kind }) => kind),
  windows.map(({ startsAt }) => new Date(startsAt)),
  windows.map(({ endsAt }) => new Date(endsAt))
]

/** Instants are epoch milliseconds. */
export interface OpenWindow {
  /** Of the subscription, or the key. */
  ownerId: string
  kind: WindowKind
  startsAt: number
  endsAt: number
}

interface WindowSum {
  ownerId: string
  kind: WindowKind
  used: string
  total: string
}

/** What the windows have counted, and what their events cost. A window that ended since it was read is left out. */
export async function sumWindows(db: Queryable, windows: readonly OpenWindow[]): Promise<WindowSum[]> {
  const { rows } = await db.query<WindowSum>(
    `select w.id as "ownerId", w.kind, c.used, coalesce(e.total, 0)::numeric(24, 9) as total
     from unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::timestamptz[]) as w (id, kind, starts_at, ends_at)
     join subscriptions s on s.id = w.id
     join lateral (values ('day', s.day_started_at, s.day_used_usd), ('week', s.week_started_at, s.week_used_usd),
       ('month', s.month_started_at, s.month_used_usd)) as c (kind, started_at, used)
       on c.kind = w.kind and c.started_at = w.starts_at
     left join lateral (
       select sum(cost_usd) as total from usage_events
       where user_id = s.user_id and subscription_id = s.id and created_at >= w.starts_at and created_at < w.ends_at
     ) e on true
     order by w.id, w.starts_at`,
    windowParameters(windows)
  )
  return rows
}

/** Since when all events are there, in epoch milliseconds; null when there were never any. Whole months (UTC) are dropped, the oldest first. */
export async function readKeptSince(db: Queryable): Promise<number | null> {
  const { rows } = await db.query<{ month: string | null }>(
    `select min(substring(c.relname from '[0-9]{4}_[0-9]{2}$')) as month
     from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'usage_events'::regclass`
  )
  const month = rows[0]?.month ?? null
  return month === null ? null : Date.parse(`${month.replace('_', '-')}-01T00:00:00Z`)
}

/** The first instant from `since` on that has an event, or a sum of its hour or day; both are epoch milliseconds. Null when none has. */
export async function findNextUse(db: Queryable, since: number): Promise<number | null> {
  const { next } = onlyRow(
    await db.query<{ next: Date | null }>(
      `select least((select min(hour) from usage_hourly where hour >= $1), (select min(day) from usage_daily where day >= $1),
         (select min(created_at) from usage_events where created_at >= $1)) as next`,
      [new Date(since)]
    )
  )
  return next?.getTime() ?? null
}

interface Comparison {
  /** How many were compared. */
  compared: number
  /** How many of them drifted, of which only so many are listed. */
  found: number
  drifts: Drift[]
}

/** All is text: numbers of JSON are not exact. */
type Counts = Record<(typeof SUMS)[number], string>
interface SumsRow {
  subject: string
  recorded: Counts
  recomputed: Counts
}

const USD_FIELDS: readonly string[] = ['cost_usd', 'charged_usd']

/** How the sums of a period are told apart, and where they are. */
const SUMMED = {
  hour: { table: 'usage_hourly', format: 'YYYY-MM-DD"T"HH24":00Z"' },
  day: { table: 'usage_daily', format: 'YYYY-MM-DD' }
} as const

/** `row_to_json` of one side's counts, those of a missing row as 0. */
const countsOf = (side: string) =>
  `json_build_object(${SUMS.map((field) => `'${field}', coalesce(${side}.${field}, 0)::text`).join(', ')})`

/** Compares the sums of the hours or days of a time with their events. */
export async function compareSums(
  db: Queryable,
  period: keyof typeof SUMMED,
  { from, to, listed }: { from: number; to: number; listed: number }
): Promise<Comparison> {
  const { table, format } = SUMMED[period]
  const key = `${period}, user_id, key_id, group_id, account_id, model`
  const { compared, found, rows } = onlyRow(
    await db.query<{ compared: string; found: string; rows: SumsRow[] }>(
      `with recomputed as (
         select date_trunc('${period}', created_at, 'UTC') as ${period}, user_id, key_id, group_id, account_id, model, count(*) as requests,
           count(*) filter (where outcome not in ('completed', 'client_closed')) as errors, sum(input_tokens) as input_tokens,
           sum(output_tokens) as output_tokens, sum(cache_creation_5m_tokens + cache_creation_1h_tokens) as cache_creation_tokens,
           sum(cache_read_tokens) as cache_read_tokens, sum(cost_usd) as cost_usd, sum(charged_usd) as charged_usd
         from usage_events where created_at >= $1 and created_at < $2 group by 1, 2, 3, 4, 5, 6
       ), compared as materialized (
         select ${key}, ${countsOf('h')} as recorded, ${countsOf('e')} as recomputed,
           ${SUMS.map((field) => `coalesce(h.${field}, 0) <> coalesce(e.${field}, 0)`).join(' or ')} as drifted
         from (select * from ${table} where ${period} >= $1 and ${period} < $2) h full join recomputed e using (${key})
       )
       select (select count(distinct ${period}) from compared) as compared, (select count(*) from compared where drifted) as found,
         (select coalesce(json_agg(d), '[]') from (
           select concat_ws(' ', to_char(c.${period} at time zone 'UTC', '${format}'),
               coalesce(u.email, 'user ' || c.user_id) || '/' || coalesce(k.name, 'key ' || c.key_id),
               coalesce(g.name, 'group ' || c.group_id), coalesce(a.name, 'account ' || c.account_id), c.model) as subject,
             c.recorded, c.recomputed
           from compared c left join users u on u.id = c.user_id left join api_keys k on k.id = c.key_id
             left join groups g on g.id = c.group_id left join accounts a on a.id = c.account_id
           where c.drifted order by c.${period}, subject limit $3
         ) d) as rows`,
      [new Date(from), new Date(to), listed]
    )
  )
  return { compared: Number(compared), found: Number(found), drifts: rows.flatMap((row) => driftsOf(period, row)) }
}

function driftsOf(kind: keyof typeof SUMMED, { subject, recorded, recomputed }: SumsRow): Drift[] {
  return SUMS.flatMap((field) => {
    const show = USD_FIELDS.includes(field) ? shortUsd : (text: string) => text
    const [is, ought] = [show(recorded[field]), show(recomputed[field])]
    return is === ought ? [] : [{ kind, subject, field, recorded: is, recomputed: ought }]
  })
}

/** Compares what the wallets' events of some hours charged with the ledger entries that were made of them, but where a checkpoint has taken their place already. */
export async function compareCharges(db: Queryable, from: number, to: number, listed: number): Promise<Comparison> {
  const { rows } = await db.query<{ id: string; amount: string | null; charge: string; found: string }>(
    `select e.id, l.amount_usd as amount, -coalesce(e.first_charged_usd, e.charged_usd) as charge, count(*) over () as found
     from usage_events e join users u on u.id = e.user_id
     left join ledger_entries l on l.source_id = e.id and l.user_id = e.user_id and l.kind = 'usage'
     where e.created_at >= $1 and e.created_at < $2 and e.subscription_id is null and l.amount_usd is distinct from -coalesce(e.first_charged_usd, e.charged_usd)
       and not exists (select from ledger_entries c where c.source_id = 'checkpoint:' || e.user_id || ':' || to_char(e.created_at at time zone 'UTC', 'YYYY-MM'))
     order by e.created_at, e.id limit $3`,
    [new Date(from), new Date(to), listed]
  )
  const drifts = rows.map(({ id, amount, charge }): Drift => {
    const recorded = amount === null ? null : shortUsd(amount)
    return { kind: 'charge', subject: `usage event ${id}`, field: 'amount_usd', recorded, recomputed: shortUsd(charge) }
  })
  return { compared: 0, found: Number(rows[0]?.found ?? 0), drifts }
}

export const shortUsd = (amount: string) => formatUsd(parseUsd(amount))
