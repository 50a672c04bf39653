import { formatUsd, parseUsd } from '../../money/prices/money.ts'
import type { WindowKind } from '../../money/billing/quota-windows.ts'
import type { GroupRecord } from './groups.ts'
import { scalarArray } from '../../platform/database/array-literals.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { WINDOW_FIELDS, type WindowColumns } from './subscriptions.ts'

// Each check is one statement, which sees only whole settlements: a running server changes nothing during it.

/**
 * What may drift: a balance, the balance that an entry states, an entry's amount, what a window, a key or a team has counted, and the
 * sums of an hour or a day, also those of what was used in teams. `lost`: a day has fewer events than it once had.
 */
export const DRIFT_KINDS = [
  'balance',
  'running-balance',
  'charge',
  'window',
  'spending',
  'hour',
  'day',
  'team-hour',
  'team-day',
  'lost'
] as const
export type DriftKind = (typeof DRIFT_KINDS)[number]

/** A recorded value that differs from what the events and entries yield. Amounts are in USD. */
export interface Drift {
  kind: DriftKind
  /** What drifted, such as `user ann@example.com`. */
  subject: string
  field: string
  /** Null when it is missing. */
  recorded: string | null
  recomputed: string
}

/** What drifted of one kind: how many of them, and by how much all of their amounts differ, in nano-dollars. */
export interface DriftSum {
  found: number
  differenceNano: bigint
}
export type DriftSums = Partial<Record<DriftKind, DriftSum>>

/** How many were checked. */
export type Checked = Record<'users' | 'entries' | 'subscriptions' | 'keys' | 'teams' | 'events' | 'hours', number>

export interface Comparison {
  /** How many drifted; only the first ones are listed. */
  found: number
  /** By how much all of their amounts differ, in nano-dollars. */
  differenceNano: bigint
  drifts: Drift[]
}

/** The totals, repeated in each row that drifted. */
export const countOf = (row: { found: string; difference: string } | undefined) => ({
  found: Number(row?.found ?? 0),
  differenceNano: parseUsd(row?.difference ?? '0')
})

export interface UserSums {
  id: string
  email: string
  balance: string
  total: string
  entries: string
  /** The first entry whose stated balance is not the sum up to it; all null when there is none. */
  entryId: string | null
  stated: string | null
  sum: string | null
}

/** How much is checked at once: this many users, or fewer when they have this many entries. */
interface Portion {
  users: number
  entries: number
}

/**
 * The next users by id with the sums of their ledger entries, and whether there are more. Before a checkpoint, which replaced
 * many entries, a balance is not the sum of those left.
 */
export async function sumLedger(
  db: Queryable,
  afterId: string,
  portion: Portion
): Promise<{ users: UserSums[]; isLast: boolean }> {
  const { rows } = await db.query<UserSums & { following: string }>(
    `with following as (
       select u.id, u.email, u.balance_usd, (select count(*) from (select from ledger_entries where user_id = u.id limit $3) l) as entries
       from users u where u.id > $1 order by u.id limit $2
     )
     select u.id, u.email, u.balance_usd as balance, coalesce(l.total, 0)::numeric(24, 9) as total, coalesce(l.entries, 0) as entries,
       l.entry_id as "entryId", l.stated, l.sum, (select count(*) from following) as following
     from (select *, sum(entries) over (order by id) - entries as before from following) u
     left join lateral (
       select count(*) as entries, sum(amount_usd) as total, min(id) filter (where is_off) as entry_id,
         (array_agg(balance_after_usd order by id) filter (where is_off))[1] as stated,
         (array_agg(sum order by id) filter (where is_off))[1] as sum
       from (select *, balance_after_usd <> sum and id >= coalesce(checkpoint, 0) as is_off
             from (select id, amount_usd, balance_after_usd, sum(amount_usd) over (order by id) as sum,
                     max(id) filter (where kind = 'checkpoint') over () as checkpoint
                   from ledger_entries where user_id = u.id) s) r
     ) l on true
     where u.before < $3
     order by u.id`,
    [afterId, portion.users, portion.entries]
  )
  const following = Number(rows[0]?.following ?? 0)
  return { users: rows, isLast: following < portion.users && rows.length === following }
}

/**
 * Usage entries of these users without an event. Those from before `since` are left out: their events were dropped, although the
 * month of the entry was not over.
 */
export async function findStrayEntries(
  db: Queryable,
  userIds: readonly string[],
  { since, listed }: { since: number | null; listed: number }
): Promise<Comparison> {
  const { rows } = await db.query<{ id: string; email: string; amount: string; found: string; difference: string }>(
    `select l.id, u.email, l.amount_usd as amount, count(*) over () as found, sum(abs(l.amount_usd)) over () as difference
     from ledger_entries l join users u on u.id = l.user_id
     where l.user_id = any($1::bigint[]) and l.kind = 'usage' and ($2::timestamptz is null or l.created_at >= $2)
       and not exists (select from usage_events e where e.user_id = l.user_id and e.id = l.source_id)
     order by l.id limit $3`,
    [scalarArray(userIds), since === null ? null : new Date(since), listed]
  )
  const drifts = rows.map(({ id, email, amount }): Drift => {
    const subject = `ledger entry ${id} of ${email}`
    return { kind: 'charge', subject, field: 'amount_usd', recorded: shortUsd(amount), recomputed: '0' }
  })
  return { ...countOf(rows[0]), drifts }
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
  /** Since when keys' spending is counted. */
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

/** The migration that introduced it. */
const COUNTING_MIGRATION = '0007-key-limits.sql'

/**
 * What the keys' windows have counted, and what their events were charged. Windows that ended since they were read, or during
 * which the key's group had other rules or was deleted, are left out.
 */
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

/** A pool, or what one member was charged of it. */
export interface WindowedTeam extends WindowColumns, Pick<GroupRecord, 'windowAnchor' | 'timeZone'> {
  id: string
  teamId: string
  team: string
  /** Null for the pool. */
  userEmail: string | null
  createdAt: Date
  policyChangedAt: Date | null
}

const POLICY_CHANGED = `(select max(a.at) from audit_log a where a.subject = 'team ' || t.name and a.action = 'team.changed'
  and a.detail -> 'after' ? 'time_zone')`

/** The pools of the next teams by id. */
export async function listWindowedPools(db: Queryable, afterId: string, limit: number): Promise<WindowedTeam[]> {
  const { rows } = await db.query<WindowedTeam>(
    `select s.id, s.id as "teamId", s.name as team, null as "userEmail", 'calendar' as "windowAnchor", s.time_zone as "timeZone",
       s.created_at as "createdAt", ${WINDOW_FIELDS}, ${POLICY_CHANGED} as "policyChangedAt"
     from teams s join teams t on t.id = s.id where s.id > $1 order by s.id limit $2`,
    [afterId, limit]
  )
  return rows
}

/** The members of these teams. */
export async function listWindowedMembers(db: Queryable, teamIds: readonly string[]): Promise<WindowedTeam[]> {
  const { rows } = await db.query<WindowedTeam>(
    `select s.id, t.id as "teamId", t.name as team, u.email as "userEmail", 'calendar' as "windowAnchor", t.time_zone as "timeZone",
       s.created_at as "createdAt", ${WINDOW_FIELDS}, ${POLICY_CHANGED} as "policyChangedAt"
     from team_members s join teams t on t.id = s.team_id join users u on u.id = s.user_id
     where t.id = any($1::bigint[]) order by s.id`,
    [scalarArray([...teamIds])]
  )
  return rows
}

const sumsOfTeams = (table: 'teams' | 'team_members', isOf: string) =>
  `select w.id as "ownerId", w.kind, c.used, coalesce(e.total, 0)::numeric(24, 9) as total
   from unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::timestamptz[]) as w (id, kind, starts_at, ends_at)
   join ${table} t on t.id = w.id
   join lateral (values ('day', t.day_started_at, t.day_used_usd), ('week', t.week_started_at, t.week_used_usd),
     ('month', t.month_started_at, t.month_used_usd)) as c (kind, started_at, used)
     on c.kind = w.kind and c.started_at = w.starts_at
   left join lateral (
     select sum(charged_usd) as total from usage_events e where ${isOf} and created_at >= w.starts_at and created_at < w.ends_at
   ) e on true
   order by w.id, w.starts_at`

/** What the windows of pools have counted, and what their events were charged. A window that ended since it was read is left out. */
export async function sumPoolWindows(db: Queryable, windows: readonly OpenWindow[]): Promise<WindowSum[]> {
  return (await db.query<WindowSum>(sumsOfTeams('teams', 'e.team_id = t.id'), windowParameters(windows))).rows
}

/** The same of members. */
export async function sumMemberWindows(db: Queryable, windows: readonly OpenWindow[]): Promise<WindowSum[]> {
  const isOf = 'e.team_id = t.team_id and e.user_id = t.user_id'
  return (await db.query<WindowSum>(sumsOfTeams('team_members', isOf), windowParameters(windows))).rows
}

interface KeyTotal {
  id: string
  used: string
  total: string
}

/**
 * The keys' totals, and the sums of the days they were used on: those outlast the events, and are themselves compared with them.
 * Keys older than the counting are left out.
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

/** What the windows have counted, and what their events cost. Windows that ended since they were read are left out. */
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

export const shortUsd = (amount: string) => formatUsd(parseUsd(amount))
