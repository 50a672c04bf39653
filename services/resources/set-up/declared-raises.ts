import { wantedValues, type Values } from '../definition.ts'
import { raises } from '../raises/definition.ts'
import { MOST_IN_FORCE } from '../raises/raises.ts'
import type { CurrentState, RaiseState, Stored } from './apply-states.ts'
import type { Desired, TeamWithRaises } from './declarative-schema.ts'
import { memberAfter, teamsAfter, type Obstacle, type TeamsAfter } from './declared-teams.ts'
import { knownUsers } from './known-users.ts'

export interface DeclaredRaise {
  /** Where it is in the file: `teams[0].raises[1]`. */
  field: string
  wanted: Values
  /** The one that it describes. */
  stored: Stored<RaiseState> | undefined
  /** By its `until`. */
  isOver: boolean
  /** Why it cannot be given, if it is new, and which of its fields says what cannot be had; null: there are too many. */
  obstacle: (Obstacle & { by: 'user' | 'period' | null }) | null
}

interface RaisesOptions {
  /** Those that the file does not name are ended. */
  prune: boolean
  /** Epoch milliseconds. */
  now: number
}

/** The limit and the reason tell raises apart, so that the others of these can be changed. */
const PURPOSE = ['user', 'period', 'reason'] as const
const WHOLE = [...PURPOSE, 'amount_usd', 'until'] as const

/** The raises in a file, in its order. Several of a team may be the same. */
export function declaredRaises(current: CurrentState, desired: Desired, { prune, now }: RaisesOptions): DeclaredRaise[] {
  const storedOf = Map.groupBy(current.raises, ({ state }) => String(state['team']))
  const after = { teams: teamsAfter(current, desired), users: knownUsers(current, desired) }
  return (desired.teams ?? []).flatMap((team, index) => {
    const { name, raises: entries = [] } = team
    const ofTeam = storedOf.get(name) ?? []
    const wanted = entries.map((entry) => wantedValues(raises, { ...entry, team: name }, undefined))
    const stored = pairs(ofTeam, wanted)
    const declared = wanted.map((one, at): DeclaredRaise => {
      const isOver = Date.parse(String(one['until'])) <= now
      const isNew = stored[at] === undefined && !isOver
      return {
        field: `teams[${index}].raises[${at}]`,
        wanted: one,
        stored: stored[at],
        isOver,
        obstacle: isNew ? obstacleTo(one as Limit, team, after) : null
      }
    })
    const staying = ofTeam.filter((row) => isInForce(row) && (!prune || stored.includes(row))).length
    return withinMost(name, declared, staying)
  })
}

/** What others gave by hand takes room, too. `staying` are in force already. */
function withinMost(team: string, declared: readonly DeclaredRaise[], staying: number): DeclaredRaise[] {
  const added = declared.filter(({ stored, isOver, obstacle }) => stored === undefined && !isOver && obstacle === null)
  const own =
    added.length + declared.filter(({ stored, isOver }) => stored !== undefined && !isOver && isInForce(stored)).length
  const beyond = new Set(added.slice(Math.max(0, MOST_IN_FORCE - staying)))
  const why = `team ${team} would have ${staying + added.length} raises in force, and at most ${MOST_IN_FORCE}`
  const obstacle = { why, isWrong: own > MOST_IN_FORCE, by: null }
  return declared.map((one) => (beyond.has(one) ? { ...one, obstacle } : one))
}

type Limit = { user: string | null; period: 'daily' | 'weekly' | 'monthly' }

/** That there will be no such limit. Those of members are the file's only where it names the members. */
function obstacleTo(
  { user, period }: Limit,
  team: TeamWithRaises,
  { teams, users }: { teams: TeamsAfter; users: ReadonlySet<string> }
): DeclaredRaise['obstacle'] {
  const { name } = team
  if (user === null) {
    const why = `team ${name} has no ${period} limit that could be raised`
    return team[`${period}_limit_usd`] === undefined ? { why, isWrong: true, by: 'period' } : null
  }
  const isWrong = team.members !== undefined
  const member = memberAfter(teams, name, user)
  if (member === undefined) {
    return isWrong || users.has(user)
      ? { why: `${user} is not a member of team ${name}`, isWrong, by: 'user' }
      : { why: `there is no user ${user}, neither in the file nor in the database`, isWrong: true, by: 'user' }
  }
  const why = `${user} in team ${name} has no ${period} limit that could be raised`
  return (member.limits?.[period] ?? null) === null ? { why, isWrong, by: 'period' } : null
}

export const isInForce = ({ state }: Stored<RaiseState>) => state['ended_at'] === null

/** For each that is wanted the stored one, used once: the very same, be it ended, else one in force with its purpose. */
function pairs(stored: readonly Stored<RaiseState>[], wanted: readonly Values[]): (Stored<RaiseState> | undefined)[] {
  const left = new Set(stored.toSorted((a, b) => Number(isInForce(b)) - Number(isInForce(a))))
  function take(fields: readonly string[], one: Values, is: (row: Stored<RaiseState>) => boolean) {
    const found = [...left].find((row) => is(row) && fields.every((field) => row.state[field] === one[field]))
    if (found !== undefined) left.delete(found)
    return found
  }
  const same = wanted.map((one) => take(WHOLE, one, () => true))
  return wanted.map((one, index) => same[index] ?? take(PURPOSE, one, isInForce))
}
