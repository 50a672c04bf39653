import { reachedThresholds, windowBudgets, type Budget } from '../../money/billing/budgets.ts'
import type { QuotaWindow } from '../../money/billing/quota-windows.ts'
import { raisedLimit, type RaisableLimits, type TeamSpending } from '../../money/billing/team-budget.ts'
import { windowPolicyOf } from '../../money/billing/window-policies.ts'
import { formatUsd, parseUsd } from '../../money/prices/money.ts'
import { scalarArray, textArray } from '../../platform/database/array-literals.ts'
import { toLimits, type GroupRecord } from './groups.ts'
import { toKeyLimits, type KeySpending, type KeySpendingColumns } from './key-spending.ts'
import { teamObject, toClientTeam, type StoredTeam } from './teams.ts'
import type { Queryable } from '../../platform/database/queryable.ts'

/** A threshold of a budget that was just reached; of several at once, the highest. */
export interface BudgetAlert extends Budget {
  percent: number
}

/** What a settlement used, as it is afterwards. */
interface UsedBudgets {
  balances: ReadonlyMap<string, bigint>
  subscriptions: ReadonlyMap<string, readonly QuotaWindow[]>
  keys: ReadonlyMap<string, KeySpending>
  teams: ReadonlyMap<string, TeamSpending>
}

const NO_TEAM = { memberId: null, team: null, leads: [] }

/** By what a threshold is told once. */
const MARK = 'budget, subject_id, member_id, period, began_at, limit_usd, percent'
/** A part of a primary key is never null. */
const NO_MEMBER = '0'

/** Marks the thresholds that were reached and returns those not marked before, the highest of each budget. */
export async function markReachedBudgets(client: Queryable, used: UsedBudgets): Promise<BudgetAlert[]> {
  const budgets = [
    ...(await balanceBudgets(client, used.balances)),
    ...(await subscriptionBudgets(client, used.subscriptions)),
    ...(await keyBudgets(client, used.keys)),
    ...(await teamBudgets(client, used.teams))
  ]
  const reached = budgets.flatMap((budget) => reachedThresholds(budget).map((percent) => ({ ...budget, percent })))
  return reached.length === 0 ? [] : await markNew(client, reached)
}

async function markNew(client: Queryable, reached: readonly BudgetAlert[]): Promise<BudgetAlert[]> {
  const { rows } = await client.query<{ place: number }>(
    `with reached as (
       select * from unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::timestamptz[], $6::numeric[], $7::integer[])
         with ordinality as t (budget, subject_id, member_id, period, began_at, limit_usd, percent, place)
     ), marked as (
       insert into budget_alerts (${MARK})
       select ${MARK} from reached order by ${MARK}
       on conflict do nothing returning ${MARK}
     )
     select place::integer as place from reached join marked using (${MARK})`,
    [
      textArray(reached.map(({ budget }) => budget)),
      scalarArray(reached.map(({ subjectId }) => subjectId)),
      scalarArray(reached.map(({ memberId }) => memberId ?? NO_MEMBER)),
      textArray(reached.map(({ period }) => period)),
      scalarArray(reached.map(({ beganAt }) => new Date(beganAt).toISOString())),
      scalarArray(reached.map(({ limitNano }) => formatUsd(limitNano))),
      scalarArray(reached.map(({ percent }) => percent))
    ]
  )
  const marked = rows.flatMap(({ place }) => reached[place - 1] ?? [])
  const highest = new Map<string, BudgetAlert>()
  for (const alert of marked) {
    const name = `${alert.budget} ${alert.subjectId} ${alert.memberId ?? NO_MEMBER} ${alert.period}`
    if ((highest.get(name)?.percent ?? 0) < alert.percent) highest.set(name, alert)
  }
  return [...highest.values()]
}

interface BalanceRow {
  id: string
  email: string
  base: string
  at: Date
}

async function balanceBudgets(client: Queryable, balances: UsedBudgets['balances']): Promise<Budget[]> {
  if (balances.size === 0) return []
  const { rows } = await client.query<BalanceRow>(
    `select u.id, u.email, c.balance_after_usd as base, c.created_at as at from users u
     cross join lateral (
       select balance_after_usd, created_at from ledger_entries
       where user_id = u.id and kind in ('top-up', 'adjustment', 'refund') and amount_usd > 0 order by id desc limit 1
     ) c where u.id = any($1::bigint[]) and c.balance_after_usd > 0`,
    [scalarArray([...balances.keys()])]
  )
  return rows.map(({ id, email, base, at }): Budget => {
    const limitNano = parseUsd(base)
    const usedNano = limitNano - (balances.get(id) ?? limitNano)
    const owner = { budget: 'balance', subjectId: id, userEmail: email, keyName: null, group: null, ...NO_TEAM } as const
    return { ...owner, period: 'total', beganAt: at.getTime(), endsAt: null, limitNano, usedNano }
  })
}

type Policy = Pick<GroupRecord, 'windowAnchor' | 'timeZone'>
interface SubscriptionRow extends Policy {
  id: string
  email: string
  groupName: string
  dayLimit: string | null
  weekLimit: string | null
  monthLimit: string | null
}

async function subscriptionBudgets(client: Queryable, subscriptions: UsedBudgets['subscriptions']): Promise<Budget[]> {
  if (subscriptions.size === 0) return []
  const { rows } = await client.query<SubscriptionRow>(
    `select s.id, u.email, g.name as "groupName", g.daily_limit_usd as "dayLimit", g.weekly_limit_usd as "weekLimit",
       g.monthly_limit_usd as "monthLimit", g.window_anchor as "windowAnchor", g.time_zone as "timeZone"
     from subscriptions s join users u on u.id = s.user_id join groups g on g.id = s.group_id
     where s.id = any($1::bigint[]) and coalesce(g.daily_limit_usd, g.weekly_limit_usd, g.monthly_limit_usd) is not null`,
    [scalarArray([...subscriptions.keys()])]
  )
  return rows.flatMap((row) => {
    const { id, email, groupName } = row
    const owner = {
      budget: 'subscription',
      subjectId: id,
      userEmail: email,
      keyName: null,
      group: groupName,
      ...NO_TEAM
    } as const
    return windowBudgets(owner, subscriptions.get(id) ?? [], toLimits(row), windowPolicyOf(row))
  })
}

type KeyRow = Policy & KeySpendingColumns & { id: string; email: string; name: string; groupName: string; createdAt: Date }

async function keyBudgets(client: Queryable, keys: UsedBudgets['keys']): Promise<Budget[]> {
  if (keys.size === 0) return []
  const { rows } = await client.query<KeyRow>(
    `select k.id, u.email, k.name, g.name as "groupName", g.window_anchor as "windowAnchor", g.time_zone as "timeZone",
       k.created_at as "createdAt", k.daily_limit_usd as "keyDayLimit", k.weekly_limit_usd as "keyWeekLimit",
       k.monthly_limit_usd as "keyMonthLimit", k.total_limit_usd as "keyTotalLimit"
     from api_keys k join users u on u.id = k.user_id join groups g on g.id = k.group_id
     where k.id = any($1::bigint[])
       and coalesce(k.daily_limit_usd, k.weekly_limit_usd, k.monthly_limit_usd, k.total_limit_usd) is not null`,
    [scalarArray([...keys.keys()])]
  )
  return rows.flatMap((row): Budget[] => {
    const { id, email, name, groupName, createdAt } = row
    const spending = keys.get(id)
    if (spending === undefined) return []
    const limits = toKeyLimits(row)
    const owner = { budget: 'key', subjectId: id, userEmail: email, keyName: name, group: groupName, ...NO_TEAM } as const
    const windows = windowBudgets(owner, spending.windows, limits, windowPolicyOf(row))
    if (limits.total === null) return windows
    const total = { beganAt: createdAt.getTime(), endsAt: null, limitNano: limits.total, usedNano: spending.totalNano }
    return [...windows, { ...owner, period: 'total', ...total }]
  })
}

interface TeamRow {
  team: StoredTeam
  now: Date
  members: { userId: string; email: string }[]
}

/** The pools of teams, and what their members may spend of them, with what either is raised by now. */
async function teamBudgets(client: Queryable, used: UsedBudgets['teams']): Promise<Budget[]> {
  if (used.size === 0) return []
  const { rows } = await client.query<TeamRow>(
    `select ${teamObject('w.id')} as team, now() as now,
       (select coalesce(json_agg(json_build_object('userId', m.user_id::text, 'email', u.email) order by u.email), '[]')
        from team_members m join users u on u.id = m.user_id where m.team_id = w.id) as members
     from teams w where w.id = any($1::bigint[])`,
    [scalarArray([...used.keys()])]
  )
  return rows.flatMap((row) => budgetsOfTeam(row, used.get(row.team.id)))
}

function budgetsOfTeam({ team: stored, now, members }: TeamRow, spending: TeamSpending | undefined): Budget[] {
  const { id, name, terms, ...calendar } = toClientTeam(stored, '')
  const policy = windowPolicyOf(calendar)
  const leads = members.flatMap(({ userId, email }) =>
    stored.members.some((of) => of.userId === userId && of.role === 'lead') ? email : []
  )
  const common = { keyName: null, group: null, team: name, leads }
  const limitsOf = (raisable: RaisableLimits) => ({
    day: raisedLimit(raisable, 'day', now.getTime()),
    week: raisedLimit(raisable, 'week', now.getTime()),
    month: raisedLimit(raisable, 'month', now.getTime())
  })
  const pool = { ...common, budget: 'team', subjectId: id, memberId: null, userEmail: null } as const
  return [
    ...windowBudgets(pool, spending?.windows ?? [], limitsOf(terms.pool), policy),
    ...members.flatMap(({ userId, email }) => {
      const own = terms.members.get(userId)
      const member = { ...common, budget: 'team-member', subjectId: id, memberId: userId, userEmail: email } as const
      return own === undefined ? [] : windowBudgets(member, spending?.members.get(userId) ?? [], limitsOf(own.cap), policy)
    })
  ]
}

/** Windows are over by then. Budgets that never end alert only once. */
const KEPT_DAYS = 40

export async function dropOldBudgetAlerts(db: Queryable, now: number): Promise<void> {
  await db.query(`delete from budget_alerts where period <> 'total' and created_at < $1::timestamptz - $2 * interval '1 day'`, [
    new Date(now),
    KEPT_DAYS
  ])
}
