import { parseUsd } from '../../money/prices/money.ts'
import { SUMS } from '../../money/records/usage-roll-ups.ts'
import { onlyRow, type Queryable } from '../../platform/database/queryable.ts'
import { countOf, shortUsd, type Comparison, type Drift } from './ledger-verification.ts'

// As with balances and windows, each check is one statement.

/**
 * Since when all events exist, in epoch milliseconds; null when there never were any. Whole months (UTC) are dropped, the oldest
 * first.
 */
export async function readKeptSince(db: Queryable): Promise<number | null> {
  const { rows } = await db.query<{ month: string | null }>(
    `select min(substring(c.relname from '[0-9]{4}_[0-9]{2}$')) as month
     from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'usage_events'::regclass`
  )
  const month = rows[0]?.month ?? null
  return month === null ? null : Date.parse(`${month.replace('_', '-')}-01T00:00:00Z`)
}

/**
 * The first instant from `since` on with an event, a sum of its hour or day, or past events; both are epoch milliseconds. Null
 * when there is none.
 */
export async function findNextUse(db: Queryable, since: number): Promise<number | null> {
  const { next } = onlyRow(
    await db.query<{ next: Date | null }>(
      `select least((select min(hour) from usage_hourly where hour >= $1), (select min(day) from usage_daily where day >= $1),
         (select min(hour) from team_usage_hourly where hour >= $1), (select min(day) from team_usage_daily where day >= $1),
         (select min(day) from reconciled_days where day >= $1), (select min(created_at) from usage_events where created_at >= $1)) as next`,
      [new Date(since)]
    )
  )
  return next?.getTime() ?? null
}

/** A stretch of time: epoch milliseconds, from the first to before the last. */
interface Stretch {
  from: number
  to: number
}

/** The end of the hour up to which a stretch has at most this many events; its first hour is always complete. */
export async function endOfPortion(db: Queryable, { from, to }: Stretch, events: number): Promise<number> {
  const { rows } = await db.query<{ end: Date }>(
    `select date_trunc('hour', created_at, 'UTC') as end from usage_events where created_at >= $1 and created_at < $2
     order by created_at offset $3 limit 1`,
    [new Date(from), new Date(to), events]
  )
  const end = rows[0]?.end.getTime() ?? to
  return Math.min(to, Math.max(end, from + HOUR_MS))
}

const HOUR_MS = 60 * 60 * 1000

/** The sums of a stretch in one of the books. */
export interface Totals {
  requests: number
  costNano: bigint
  chargedNano: bigint
}

interface ComparedSums extends Comparison {
  /** How many hours or days were compared. */
  compared: number
  recorded: Totals
  recomputed: Totals
}

/** Everything is text: JSON numbers are not exact. */
type Counts = Record<(typeof SUMS)[number], string>
interface SumsRow {
  subject: string
  recorded: Counts
  recomputed: Counts
}

const USD_FIELDS: readonly (typeof SUMS)[number][] = ['cost_usd', 'charged_usd']

const WHOSE = 'user_id, key_id, group_id, account_id, model'
const HOUR = { column: 'hour', format: 'YYYY-MM-DD"T"HH24":00Z"' } as const
const DAY = { column: 'day', format: 'YYYY-MM-DD' } as const
const ALL = { whose: WHOSE, hours: 'usage_hourly', isOf: '' } as const
/** What was used in teams, of each apart. */
const IN_TEAMS = { whose: `team_id, ${WHOSE}`, hours: 'team_usage_hourly', isOf: 'and team_id is not null' } as const

/** The tables of sums, by what a drift of one is called. */
const SUMMED = {
  hour: { table: 'usage_hourly', ...HOUR, ...ALL },
  day: { table: 'usage_daily', ...DAY, ...ALL },
  'team-hour': { table: 'team_usage_hourly', ...HOUR, ...IN_TEAMS },
  'team-day': { table: 'team_usage_daily', ...DAY, ...IN_TEAMS }
} as const
type Period = keyof typeof SUMMED
type Summed = (typeof SUMMED)[Period]

/** What the sums of a period are compared with: the events, or for days also the sums of their hours. */
const SOURCES = {
  events: ({
    column,
    whose,
    isOf
  }: Summed) => `select date_trunc('${column}', created_at, 'UTC') as ${column}, ${whose}, count(*) as requests,
      count(*) filter (where outcome not in ('completed', 'client_closed')) as errors, sum(input_tokens) as input_tokens,
      sum(output_tokens) as output_tokens, sum(cache_creation_5m_tokens + cache_creation_1h_tokens) as cache_creation_tokens,
      sum(cache_read_tokens) as cache_read_tokens, sum(cost_usd) as cost_usd, sum(charged_usd) as charged_usd
    from usage_events where created_at >= $1 and created_at < $2 ${isOf} group by 1, ${whose}`,
  hours: ({ column, whose, hours }: Summed) => `select date_trunc('${column}', hour, 'UTC') as ${column}, ${whose},
      ${SUMS.map((field) => `sum(${field}) as ${field}`).join(', ')}
    from ${hours} where hour >= $1 and hour < $2 group by 1, ${whose}`
}

/** `row_to_json` of one side's counts, those of a missing row as 0. */
const countsOf = (side: string) =>
  `json_build_object(${SUMS.map((field) => `'${field}', coalesce(${side}.${field}, 0)::text`).join(', ')})`

const sumOf = (side: string, field: string) => `coalesce(sum((${side} ->> '${field}')::numeric), 0)::text`
const totalsOf = (side: string) =>
  `json_build_object(${['requests', ...USD_FIELDS].map((field) => `'${field}', ${sumOf(side, field)}`).join(', ')})`
const DIFFERENCE = USD_FIELDS.map((field) => `abs((recorded ->> '${field}')::numeric - (recomputed ->> '${field}')::numeric)`)

/** Compares the sums of hours or days in a stretch with their sources. */
export async function compareSums(
  db: Queryable,
  period: Period,
  { from, to, listed, source = 'events' }: Stretch & { listed: number; source?: keyof typeof SOURCES }
): Promise<ComparedSums> {
  const summed = SUMMED[period]
  const { table, column, format, whose } = summed
  const key = `${column}, ${whose}`
  const ofTeams = whose !== WHOSE
  const { totals, rows, ...counts } = onlyRow(
    await db.query<{
      compared: string
      found: string
      difference: string
      totals: Record<'recorded' | 'recomputed', Pick<Counts, 'requests' | 'cost_usd' | 'charged_usd'>>
      rows: SumsRow[]
    }>(
      `with recomputed as (${SOURCES[source](summed)}), compared as materialized (
         select ${key}, ${countsOf('h')} as recorded, ${countsOf('e')} as recomputed,
           ${SUMS.map((field) => `coalesce(h.${field}, 0) <> coalesce(e.${field}, 0)`).join(' or ')} as drifted
         from (select * from ${table} where ${column} >= $1 and ${column} < $2) h full join recomputed e using (${key})
       )
       select (select count(distinct ${column}) from compared) as compared, (select count(*) from compared where drifted) as found,
         (select coalesce(sum(${DIFFERENCE.join(' + ')}), 0) from compared where drifted) as difference,
         (select json_build_object('recorded', ${totalsOf('recorded')}, 'recomputed', ${totalsOf('recomputed')}) from compared) as totals,
         (select coalesce(json_agg(d), '[]') from (
           select concat_ws(' ', to_char(c.${column} at time zone 'UTC', '${format}'), ${ofTeams ? `'team ' || coalesce(t.name, rt.name, c.team_id::text),` : ''}
               coalesce(u.email, 'user ' || c.user_id) || '/' || coalesce(k.name, 'key ' || c.key_id),
               coalesce(g.name, 'group ' || c.group_id), coalesce(a.name, 'account ' || c.account_id), c.model) as subject,
             c.recorded, c.recomputed
           from compared c left join users u on u.id = c.user_id left join api_keys k on k.id = c.key_id
             left join groups g on g.id = c.group_id left join accounts a on a.id = c.account_id
             ${ofTeams ? 'left join teams t on t.id = c.team_id left join removed_teams rt on rt.id = c.team_id' : ''}
           where c.drifted order by c.${column}, subject limit $3
         ) d) as rows`,
      [new Date(from), new Date(to), listed]
    )
  )
  return {
    compared: Number(counts.compared),
    ...countOf(counts),
    recorded: toTotals(totals.recorded),
    recomputed: toTotals(totals.recomputed),
    drifts: rows.flatMap((row) => driftsOf(period, row))
  }
}

const toTotals = (sums: Pick<Counts, 'requests' | 'cost_usd' | 'charged_usd'>): Totals => ({
  requests: Number(sums.requests),
  costNano: parseUsd(sums.cost_usd),
  chargedNano: parseUsd(sums.charged_usd)
})

function driftsOf(kind: Period, { subject, recorded, recomputed }: SumsRow): Drift[] {
  return SUMS.flatMap((field) => {
    const show = USD_FIELDS.includes(field) ? shortUsd : (text: string) => text
    const [is, ought] = [show(recorded[field]), show(recomputed[field])]
    return is === ought ? [] : [{ kind, subject, field, recorded: is, recomputed: ought }]
  })
}

interface ComparedCharges extends Comparison {
  /** What the events charged to balances when settled, and what their entries booked. */
  chargedNano: bigint
  enteredNano: bigint
  /** Events left out of both, since a checkpoint has replaced their entries. */
  summedUp: number
}

/**
 * Compares what the wallets' events of some hours charged with their ledger entries, except those already replaced by a
 * checkpoint.
 */
export async function compareCharges(
  db: Queryable,
  { from, to, listed }: Stretch & { listed: number }
): Promise<ComparedCharges> {
  const { rows, ...sums } = onlyRow(
    await db.query<{
      found: string
      difference: string
      charged: string
      entered: string
      summedUp: string
      rows: { id: string; amount: string | null; charge: string }[]
    }>(
      `with compared as materialized (
         select e.id, e.created_at, l.amount_usd as amount, -coalesce(e.first_charged_usd, e.charged_usd) as charge,
           l.amount_usd is distinct from -coalesce(e.first_charged_usd, e.charged_usd) as drifted,
           -- Looked for only where it would explain something.
           case when l.amount_usd is distinct from -coalesce(e.first_charged_usd, e.charged_usd) then exists (
             select from ledger_entries c
             where c.source_id = 'checkpoint:' || e.user_id || ':' || to_char(e.created_at at time zone 'UTC', 'YYYY-MM')
           ) else false end as summed_up
         from usage_events e join users u on u.id = e.user_id
         left join ledger_entries l on l.source_id = e.id and l.user_id = e.user_id and l.kind = 'usage'
         where e.created_at >= $1 and e.created_at < $2 and e.subscription_id is null
       )
       select count(*) filter (where drifted and not summed_up) as found, count(*) filter (where summed_up) as "summedUp",
         coalesce(sum(abs(coalesce(amount, 0) - charge)) filter (where drifted and not summed_up), 0) as difference,
         coalesce(-sum(charge) filter (where not summed_up), 0) as charged,
         coalesce(-sum(amount) filter (where not summed_up), 0) as entered,
         (select coalesce(json_agg(d), '[]') from (
           select id, amount::text, charge::text from compared where drifted and not summed_up order by created_at, id limit $3
         ) d) as rows
       from compared`,
      [new Date(from), new Date(to), listed]
    )
  )
  const drifts = rows.map(({ id, amount, charge }): Drift => {
    const recorded = amount === null ? null : shortUsd(amount)
    return { kind: 'charge', subject: `usage event ${id}`, field: 'amount_usd', recorded, recomputed: shortUsd(charge) }
  })
  return {
    ...countOf(sums),
    chargedNano: parseUsd(sums.charged),
    enteredNano: parseUsd(sums.entered),
    summedUp: Number(sums.summedUp),
    drifts
  }
}
