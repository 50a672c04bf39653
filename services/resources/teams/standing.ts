import { memberRemainingNano, teamStandings, type TeamStanding } from '../../money/billing/team-budget.ts'
import type { WindowKind } from '../../money/billing/quota-windows.ts'
import { windowPolicyOf } from '../../money/billing/window-policies.ts'
import { formatUsd } from '../../money/prices/money.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { toClientTeam, type StoredTeam } from '../records/teams.ts'
import { findRow } from '../rows.ts'
import { teams } from './definition.ts'
import type { TeamMember } from './members.ts'
import { toTime } from '../../platform/timestamps.ts'

const usdOrNull = (nano: bigint | null) => (nano === null ? null : formatUsd(nano))
/** Nobody's, by whom only the pool is looked at. */
const NOBODY = ''

const standingsOf = (stored: StoredTeam, userId: string, now: number): TeamStanding[] => {
  const team = toClientTeam(stored, userId)
  return teamStandings(team.terms, team.spending, userId, windowPolicyOf(team), now)
}

/** The windows of the pool as they stand at `now`, epoch milliseconds. */
export const poolReports = (stored: StoredTeam, now: number) =>
  standingsOf(stored, NOBODY, now).map(({ kind, startsAt, endsAt, pool }) => ({
    kind,
    limit_usd: usdOrNull(pool.limitNano),
    used_usd: formatUsd(pool.usedNano),
    started_at: toTime(startsAt),
    resets_at: toTime(endsAt)
  }))

export interface PoolStanding {
  id: string
  name: string
  /** Those with a limit, which has its raises in it; the one of which the largest share is used comes first. */
  windows: { kind: WindowKind; limitNano: bigint; usedNano: bigint; endsAt: number }[]
}

/** How the limits of a pool stand at `now`. */
export function poolStanding(stored: StoredTeam, now: number): PoolStanding {
  const windows = standingsOf(stored, NOBODY, now).flatMap(({ kind, endsAt, pool: { limitNano, usedNano } }) =>
    limitNano === null ? [] : [{ kind, limitNano, usedNano, endsAt }]
  )
  const tightestFirst = windows.toSorted((a, b) => usedShare(b) - usedShare(a))
  return { id: stored.id, name: stored.name, windows: tightestFirst }
}

/** 1 is all of it. */
export const usedShare = ({ usedNano, limitNano }: { usedNano: bigint; limitNano: bigint }) =>
  Number(usedNano) / Number(limitNano)

/** One member's day, week and month: `limit_usd` with what it is raised by, `remaining_usd` what they may still be charged; null without a limit. */
export const shareReports = (stored: StoredTeam, userId: string, now: number) =>
  standingsOf(stored, userId, now).map((standing) => ({
    kind: standing.kind,
    guaranteed_usd: standing.member.guaranteedNano === 0n ? null : formatUsd(standing.member.guaranteedNano),
    limit_usd: usdOrNull(standing.member.capNano),
    used_usd: formatUsd(standing.member.usedNano),
    remaining_usd: usdOrNull(memberRemainingNano(standing)),
    started_at: toTime(standing.startsAt),
    resets_at: toTime(standing.endsAt)
  }))

/** A team's members with what each may spend and has spent, by e-mail address. Null when there is no such team. */
export async function listMemberReports(db: Queryable, teamId: string, now: number) {
  const team = await findRow(db, teams, teamId)
  if (team === null) return null
  const { rows } = await db.query<{ id: string; email: string }>(
    'select u.id::text, u.email from team_members m join users u on u.id = m.user_id where m.team_id = $1',
    [teamId]
  )
  const idOf = new Map(rows.map(({ id, email }) => [email, id]))
  const stored = team.spending as StoredTeam
  return (team.members as unknown as TeamMember[]).map((member) => ({
    ...member,
    spending: shareReports(stored, idOf.get(member.user) ?? NOBODY, now)
  }))
}
