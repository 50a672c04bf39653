import { windowAt, type QuotaLimits, type QuotaWindow, type WindowKind } from '../../money/billing/quota-windows.ts'
import { addToTeam, type BudgetRaise, type TeamSpending, type TeamTerms } from '../../money/billing/team-budget.ts'
import { windowPolicyOf } from '../../money/billing/window-policies.ts'
import { formatUsd, parseUsd } from '../../money/prices/money.ts'
import type { PricedAttempt } from '../../money/records/event-columns.ts'
import { lockSettledRows } from '../../money/records/settled-rows.ts'
import { scalarArray } from '../../platform/database/array-literals.ts'
import { onlyRow, type Queryable } from '../../platform/database/queryable.ts'
import { toTimeOrNull } from '../../platform/timestamps.ts'

export type TeamRole = 'lead' | 'member'

/**
 * A key's team, as requests with the key are judged by it. `terms` are as people have set them, and change with the record; `spending`
 * moves with each settlement, which tells how it stands by `SettledSpending.teams`, and is read anew by `readTeamSpending`. What they
 * decide is in services/money/billing/team-budget.ts, with `windowPolicyOf(team)` as the policy.
 */
export interface ClientTeam {
  id: string
  name: string
  status: 'active' | 'disabled'
  windowAnchor: 'calendar'
  timeZone: string
  /** What the key's owner is there; null when they are not, or no longer, a member: then nothing may be asked with the key. */
  role: TeamRole | null
  terms: TeamTerms
  spending: TeamSpending
}

/** Why a team's key may not be used, as a sentence for who holds it; null when it may. */
export function problemOfTeam({ name, status, role }: Pick<ClientTeam, 'name' | 'status' | 'role'>): string | null {
  if (role === null) return `This API key is in team ${name}, of which its owner is not a member: give it another team, or none`
  return status === 'active' ? null : `The team of this API key, ${name}, is disabled`
}

interface StoredLimits {
  day: string | null
  week: string | null
  month: string | null
}
interface StoredUse {
  startedAt: string | null
  used: string
}
type StoredUses = Record<WindowKind, StoredUse>

/** What `teamObject` selects. */
export interface StoredTeam {
  id: string
  name: string
  status: ClientTeam['status']
  timeZone: string
  limits: StoredLimits
  used: StoredUses
  members: { userId: string; role: TeamRole; guaranteed: StoredLimits; limits: StoredLimits; used: StoredUses }[]
  raises: { userId: string | null; period: keyof typeof KIND_OF; amount: string; until: string }[]
}

const KIND_OF = { daily: 'day', weekly: 'week', monthly: 'month' } as const
const KINDS = ['day', 'week', 'month'] as const

const limitsObject = (columns: { [period in keyof typeof KIND_OF]: string }) =>
  `json_build_object(${Object.entries(columns)
    .map(([period, column]) => `'${KIND_OF[period as keyof typeof KIND_OF]}', ${column}::text`)
    .join(', ')})`
const ownLimits = (row: string) =>
  limitsObject({ daily: `${row}.daily_limit_usd`, weekly: `${row}.weekly_limit_usd`, monthly: `${row}.monthly_limit_usd` })
const guarantees = (row: string) =>
  limitsObject({
    daily: `${row}.guaranteed_daily_usd`,
    weekly: `${row}.guaranteed_weekly_usd`,
    monthly: `${row}.guaranteed_monthly_usd`
  })
const usesObject = (row: string) =>
  `json_build_object(${KINDS.map(
    (kind) => `'${kind}', json_build_object('startedAt', ${row}.${kind}_started_at, 'used', ${row}.${kind}_used_usd::text)`
  ).join(', ')})`

/** More are in force at no time, and what is over says nothing any more. */
const MOST_RAISES = 200

/** SQL for what a team `t` is, and what its pool may be charged and was. */
const POOL_PAIRS = `'id', t.id::text, 'name', t.name, 'status', t.status, 'timeZone', t.time_zone, 'limits', ${ownLimits('t')},
      'used', ${usesObject('t')}`
/** SQL for its raises that nobody has ended. */
const raisesOf = (whose: string) =>
  `(select coalesce(json_agg(json_build_object('userId', b.user_id::text, 'period', b.period, 'amount', b.amount_usd::text,
          'until', b.until_at)), '[]')
        from (select * from budget_raises b where b.team_id = t.id and b.ended_at is null ${whose} order by b.until_at desc limit ${MOST_RAISES}) b)`

/** SQL for the team with this id, with all that its members may be charged and were; null where there is none. */
export const teamObject = (id: string) =>
  `(select json_build_object(${POOL_PAIRS},
      'members', (select coalesce(json_agg(json_build_object('userId', m.user_id::text, 'role', m.role, 'guaranteed', ${guarantees('m')},
          'limits', ${ownLimits('m')}, 'used', ${usesObject('m')}) order by m.id), '[]') from team_members m where m.team_id = t.id),
      'raises', ${raisesOf('')})
    from teams t where t.id = ${id})`

/** Pools that have a limit: the first `most` active teams by id, without their members, and how many more there are. */
export async function listLimitedPools(db: Queryable, most: number): Promise<{ pools: StoredTeam[]; leftOut: number }> {
  const { rows } = await db.query<{ pool: StoredTeam; count: string }>(
    `select json_build_object(${POOL_PAIRS}, 'members', json_build_array(), 'raises', ${raisesOf('and b.user_id is null')}) as pool,
       count(*) over () as count
     from teams t
     where t.status = 'active' and coalesce(t.daily_limit_usd, t.weekly_limit_usd, t.monthly_limit_usd) is not null
     order by t.id limit $1`,
    [most]
  )
  return { pools: rows.map(({ pool }) => pool), leftOut: Number(rows[0]?.count ?? 0) - rows.length }
}

const toLimits = (stored: StoredLimits): QuotaLimits =>
  Object.fromEntries(KINDS.map((kind) => [kind, stored[kind] === null ? null : parseUsd(stored[kind])]))

const toWindows = (stored: StoredUses): QuotaWindow[] =>
  KINDS.map((kind) => {
    const { startedAt, used } = stored[kind]
    return { kind, startedAt: startedAt === null ? null : Date.parse(startedAt), usedNano: parseUsd(used) }
  })

const toSpending = ({ used, members }: Pick<StoredTeam, 'used' | 'members'>): TeamSpending => ({
  windows: toWindows(used),
  members: new Map(members.map(({ userId, used: own }) => [userId, toWindows(own)]))
})

/** The team of a key of this user. */
export function toClientTeam(stored: StoredTeam, ownerId: string): ClientTeam {
  const { id, name, status, timeZone, members } = stored
  const raisesOf = (whose: string | null): BudgetRaise[] =>
    stored.raises
      .filter(({ userId }) => userId === whose)
      .map(({ period, amount, until }) => ({ kind: KIND_OF[period], amountNano: parseUsd(amount), until: Date.parse(until) }))
  const terms: TeamTerms = {
    pool: { limits: toLimits(stored.limits), raises: raisesOf(null) },
    members: new Map(
      members.map(({ userId, guaranteed, limits }) => [
        userId,
        { guaranteed: toLimits(guaranteed), cap: { limits: toLimits(limits), raises: raisesOf(userId) } }
      ])
    )
  }
  const role = members.find(({ userId }) => userId === ownerId)?.role ?? null
  return { id, name, status, windowAnchor: 'calendar', timeZone, role, terms, spending: toSpending(stored) }
}

/** What a team and its members were charged; null when there is no such team. */
export async function readTeamSpending(db: Queryable, teamId: string): Promise<TeamSpending | null> {
  const { rows } = await db.query<{ team: StoredTeam | null }>(`select ${teamObject('$1::bigint')} as team`, [teamId])
  return rows[0]?.team === undefined || rows[0].team === null ? null : toSpending(rows[0].team)
}

/**
 * Counts what attempts, in the order of their times, were charged: in the pool of the team that each was sent in, and for who sent it.
 * Returns how these teams stand now; those that are gone are left out. Locks them, which holds their members as well.
 */
export async function addToTeams(client: Queryable, attempts: readonly PricedAttempt[]): Promise<Map<string, TeamSpending>> {
  const uses = Map.groupBy(attempts, ({ sent }) => sent.teamId ?? null)
  uses.delete(null)
  return await moveTeams(client, [...uses.keys()].map(String), (id, { calendar, spending }) =>
    (uses.get(id) ?? []).reduce(
      (sum, { sent, chargedNano }) => addToTeam(sum, windowPolicyOf(calendar), sent.userId, sent.createdAt, chargedNano),
      spending
    )
  )
}

interface MovedTeam {
  calendar: Pick<ClientTeam, 'windowAnchor' | 'timeZone'>
  spending: TeamSpending
}

/** Has `move` say how teams that are there stand from now on, and stores it. What it says of who is no member is left out. */
export async function moveTeams(
  client: Queryable,
  ids: readonly string[],
  move: (id: string, team: MovedTeam) => TeamSpending
): Promise<Map<string, TeamSpending>> {
  const moved = new Map<string, TeamSpending>()
  if (ids.length === 0) return moved
  await lockSettledRows(client, { teams: ids })
  // Read once they are locked: who waited for another settlement must see what that has stored.
  const { rows } = await client.query<{ team: StoredTeam }>(
    `select ${teamObject('w.id')} as team from teams w where w.id = any($1::bigint[]) order by w.id`,
    [scalarArray([...ids])]
  )
  for (const { team } of rows) {
    const before = toSpending(team)
    const after = move(team.id, {
      calendar: { windowAnchor: 'calendar', timeZone: team.timeZone },
      spending: before
    })
    const members = new Map([...after.members].filter(([userId]) => before.members.has(userId)))
    moved.set(team.id, { windows: after.windows, members })
  }
  await storeTeamSpending(client, moved)
  return moved
}

/**
 * Has these users, who have just become members, count what they were charged in the team's windows before: who was taken out and comes
 * back goes on from there. Locks the team, so that no settlement comes in between.
 */
export async function recallSpending(client: Queryable, teamId: string, userIds: readonly string[]): Promise<void> {
  if (userIds.length === 0) return
  await lockSettledRows(client, { teams: [teamId] })
  const { rows: found } = await client.query<{ team: StoredTeam }>(`select ${teamObject('$1::bigint')} as team`, [teamId])
  const { team } = onlyRow({ rows: found })
  const { windows } = toSpending(team)
  const policy = windowPolicyOf({ windowAnchor: 'calendar', timeZone: team.timeZone })
  // Nobody was charged anything in a later window than the pool was.
  const spans = windows.flatMap((window) => {
    const { startsAt, endsAt } = windowAt(window, policy, window.startedAt ?? 0)
    return window.startedAt === null || startsAt === null || endsAt === null ? [] : [{ kind: window.kind, startsAt, endsAt }]
  })
  const { rows } = await client.query<{ userId: string; kind: WindowKind; used: string }>(
    `select e.user_id::text as "userId", w.kind, sum(e.charged_usd) as used
     from unnest($3::text[], $4::timestamptz[], $5::timestamptz[]) as w (kind, starts_at, ends_at)
     join usage_events e on e.team_id = $1 and e.user_id = any($2::bigint[]) and e.created_at >= w.starts_at and e.created_at < w.ends_at
     group by 1, 2`,
    [
      teamId,
      scalarArray([...userIds]),
      scalarArray(spans.map(({ kind }) => kind)),
      scalarArray(spans.map(({ startsAt }) => toTimeOrNull(startsAt))),
      scalarArray(spans.map(({ endsAt }) => toTimeOrNull(endsAt)))
    ]
  )
  const windowsOf = (own: typeof rows) =>
    KINDS.map((kind): QuotaWindow => {
      const used = own.find((sum) => sum.kind === kind)?.used
      const span = spans.find((one) => one.kind === kind)
      return { kind, startedAt: used === undefined ? null : span!.startsAt, usedNano: parseUsd(used ?? '0') }
    })
  const members = new Map([...Map.groupBy(rows, ({ userId }) => userId)].map(([userId, own]) => [userId, windowsOf(own)]))
  await storeTeamSpending(client, new Map([[teamId, { windows, members }]]))
}

async function storeTeamSpending(client: Queryable, moved: ReadonlyMap<string, TeamSpending>): Promise<void> {
  const columnsOf = (rows: readonly (readonly QuotaWindow[])[]) =>
    [0, 1, 2].flatMap((index) => [
      scalarArray(rows.map((windows) => toTimeOrNull(windows[index]!.startedAt))),
      scalarArray(rows.map((windows) => formatUsd(windows[index]!.usedNano)))
    ])
  const sets = `day_started_at = t.day_at, day_used_usd = t.day, week_started_at = t.week_at, week_used_usd = t.week,
    month_started_at = t.month_at, month_used_usd = t.month`
  await client.query(
    `update teams w set ${sets}
     from unnest($1::bigint[], $2::timestamptz[], $3::numeric[], $4::timestamptz[], $5::numeric[], $6::timestamptz[], $7::numeric[])
       as t (id, day_at, day, week_at, week, month_at, month) where w.id = t.id`,
    [scalarArray([...moved.keys()]), ...columnsOf([...moved.values()].map(({ windows }) => windows))]
  )
  const members = [...moved].flatMap(([teamId, { members: windowsOf }]) =>
    [...windowsOf].map(([userId, windows]) => ({ teamId, userId, windows }))
  )
  await client.query(
    `update team_members m set ${sets}
     from unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::numeric[], $5::timestamptz[], $6::numeric[], $7::timestamptz[],
       $8::numeric[]) as t (team_id, user_id, day_at, day, week_at, week, month_at, month)
     where m.team_id = t.team_id and m.user_id = t.user_id
       and (m.day_started_at, m.day_used_usd, m.week_started_at, m.week_used_usd, m.month_started_at, m.month_used_usd)
         is distinct from (t.day_at, t.day, t.week_at, t.week, t.month_at, t.month)`,
    [
      scalarArray(members.map(({ teamId }) => teamId)),
      scalarArray(members.map(({ userId }) => userId)),
      ...columnsOf(members.map(({ windows }) => windows))
    ]
  )
}
