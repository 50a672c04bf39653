import { formatUsd, parseUsd } from '../../money/prices/money.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { GatewayError } from '../../platform/gateway-errors.ts'
import { fieldRefused, unknownId, type OperatorContext } from '../admin/operator-changes.ts'
import type { Values } from '../definition.ts'
import { keyResource } from '../keys/keys.ts'
import { type Target, actOn, changeWithin } from '../operate.ts'
import type { UserPerson } from '../records/sign-in-sessions.ts'
import type { StoredTeam, TeamRole } from '../records/teams.ts'
import { findRow, findRows, type Row } from '../rows.ts'
import type { TeamCheck } from './change-members.ts'
import { teams, type TeamRow } from './definition.ts'
import type { TeamMember } from './members.ts'
import { poolReports, shareReports } from './standing.ts'

type OwnTeam = Row & TeamRow

const roleIn = (team: Row, { email }: Pick<UserPerson, 'email'>): TeamRole | null =>
  (team['members'] as TeamMember[]).find(({ user }) => user === email)?.role ?? null

/** The teams of which a person is a member, in the order of creation. */
export async function listOwnTeams(db: Queryable, { userId }: UserPerson): Promise<OwnTeam[]> {
  const { rows } = await db.query<{ id: string }>('select team_id as id from team_members where user_id = $1', [userId])
  return (await findRows(
    db,
    teams,
    rows.map(({ id }) => id)
  )) as OwnTeam[]
}

/** Rejects with 404 for a team that is not there, and for one that the person is not in. */
export async function findOwnTeam(db: Queryable, person: UserPerson, id: string): Promise<OwnTeam> {
  const team = await findRow(db, teams, id)
  if (team === null || roleIn(team, person) === null) throw unknownId('team', id)
  return team
}

/** The same for who manages it. Rejects with 403 for a member who does not. */
export async function findLedTeam(db: Queryable, person: UserPerson, id: string): Promise<OwnTeam> {
  const team = await findOwnTeam(db, person, id)
  refuseMember(team, person)
  return team
}

function refuseMember(team: Row, person: UserPerson): void {
  if (roleIn(team, person) === 'lead') return
  throw new GatewayError(403, 'permission_error', `only a lead of team ${String(team['name'])} may do that`)
}

/** What a person sees of a team of theirs: how its pool stands, and their own share of it. */
export function ownTeamReport(team: OwnTeam, person: UserPerson, now: number) {
  const stored = team.spending as StoredTeam
  const { id, name, status, time_zone: zone, version } = team
  return {
    id,
    name,
    status,
    role: roleIn(team, person) ?? 'member',
    time_zone: zone,
    pool: poolReports(stored, now),
    share: shareReports(stored, person.userId, now),
    version
  }
}

/** Asked when nothing else can change the team any more: whoever makes a change must still lead it. */
export const isLedBy =
  (person: UserPerson): TeamCheck =>
  (team) => {
    if (roleIn(team, person) === null) throw unknownId('team', team.id)
    refuseMember(team, person)
  }

const PERIODS = ['daily', 'weekly', 'monthly'] as const

/** Rejects with 400 for a limit above the pool's, which would seem to allow what nothing does. */
export function refuseBeyondPool(team: Row, { limits }: Values): void {
  const given = (limits ?? {}) as Partial<Record<(typeof PERIODS)[number], string | null>>
  for (const period of PERIODS) {
    const [own, pool] = [given[period] ?? null, team[`${period}_limit_usd`] as string | null]
    if (own === null || pool === null || parseUsd(own) <= parseUsd(pool)) continue
    throw fieldRefused(`limits.${period}`, `must be at most ${formatUsd(parseUsd(pool))}, the limit of the team`)
  }
}

/** Changes what a lead may of a key of the team. Rejects with 404 for one that is not in it, 403 for who does not lead it. */
export async function changeTeamKey(
  context: OperatorContext,
  person: UserPerson,
  teamId: string,
  target: Target,
  changes: Values
): Promise<Row> {
  return await actOn(context, keyResource, target, 'changed', async (db, before) => {
    const team = await findLedTeam(db, person, teamId)
    if (before['team'] !== team.name) throw unknownId('key', target.id)
    await changeWithin(db, context, keyResource, before, changes)
  })
}
