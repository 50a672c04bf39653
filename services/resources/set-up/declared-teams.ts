import { formatUsd, parseUsd } from '../../money/prices/money.ts'
import type { Values } from '../definition.ts'
import { PERIODS, type DesiredMember, type TeamMember } from '../teams/members.ts'
import type { CurrentState, Stored, TeamState } from './apply-states.ts'
import type { Desired, TeamWithRaises } from './declarative-schema.ts'

/** Why something cannot be as a file says. */
export interface Obstacle {
  why: string
  /**
   * The file is wrong. Otherwise it may have been right when it was written, and a lead, say, has changed what it relies on: then a
   * server must still start with it, without this.
   */
  isWrong: boolean
}

/** As declared or as stored. */
interface Member {
  user: string
  limits?: DesiredMember['limits'] | TeamMember['limits']
}

/** The teams that there will be, by name. */
export interface TeamsAfter {
  members: ReadonlyMap<string, { members: readonly Member[]; areDeclared: boolean }>
  /** The names of those that somebody has deleted, also where there is another of that name. */
  removed: ReadonlySet<string>
}

export function teamsAfter({ teams: stored, removedTeams: removed }: CurrentState, { teams = [] }: Desired): TeamsAfter {
  const members = new Map<string, { members: readonly Member[]; areDeclared: boolean }>(
    stored.map(({ state }) => [String(state['name']), { members: membersOf(state), areDeclared: false }])
  )
  for (const { name, members: declared } of teams) {
    if (declared !== undefined) members.set(name, { members: declared, areDeclared: true })
    else if (!members.has(name)) members.set(name, { members: [], areDeclared: false })
  }
  return { members, removed }
}

const membersOf = (state: TeamState) => state['members'] as TeamMember[]

export const memberAfter = ({ members }: TeamsAfter, team: string, email: string): Member | undefined =>
  members.get(team)?.members.find(({ user }) => user.toLowerCase() === email.toLowerCase())

/** Keys are in teams of which their owners are members. Null when one of this user can be in the team. */
export function obstacleToKey(teams: TeamsAfter, email: string, team: string): Obstacle | null {
  const known = teams.members.get(team)
  if (known === undefined) {
    return teams.removed.has(team)
      ? { why: `team ${team} was deleted`, isWrong: false }
      : { why: `there is no team ${team}, neither in the file nor in the database`, isWrong: true }
  }
  if (memberAfter(teams, team, email) !== undefined) return null
  return { why: `${email} is not a member of team ${team}`, isWrong: known.areDeclared }
}

const WORDS = { daily: 'a day', weekly: 'a week', monthly: 'a month' }

/**
 * A team's entry as it can be had. Where the file leaves its members to leads, a limit of the pool below what those are guaranteed
 * together stays as it is, with a warning.
 */
export function attainableTeam(
  team: TeamWithRaises,
  stored: Stored<TeamState> | undefined
): { entry: Values; warnings: string[] } {
  const entry: Values = { ...team }
  if (stored === undefined || team.members !== undefined) return { entry, warnings: [] }
  const warnings = PERIODS.flatMap((period) => {
    const field = `${period}_limit_usd` as const
    const wanted = team[field]
    const guaranteed = membersOf(stored.state).reduce((sum, member) => sum + parseUsd(member.guaranteed[period] ?? '0'), 0n)
    if (wanted === undefined || guaranteed <= parseUsd(wanted)) return []
    const kept = stored.state[field] as string | null
    entry[field] = kept
    const stays = `${field} of team ${team.name} stays ${kept ?? 'none'}`
    return [
      `${stays}: its members are guaranteed ${formatUsd(guaranteed)} USD ${WORDS[period]} together, and the file says ${wanted}`
    ]
  })
  return { entry, warnings }
}
