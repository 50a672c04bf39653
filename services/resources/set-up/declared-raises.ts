import { wantedValues, type Values } from '../definition.ts'
import { raises } from '../raises/definition.ts'
import type { CurrentState, RaiseState, Stored } from './apply-states.ts'
import type { Desired } from './declarative-schema.ts'

export interface DeclaredRaise {
  /** Where it is in the file: `teams[0].raises[1]`. */
  field: string
  wanted: Values
  /** The one that it describes. */
  stored: Stored<RaiseState> | undefined
  /** By its `until`. */
  isOver: boolean
}

/** The limit and the reason tell raises apart, so that the others of these can be changed. */
const PURPOSE = ['user', 'period', 'reason'] as const
const WHOLE = [...PURPOSE, 'amount_usd', 'until'] as const

/** The raises in a file, in its order. Several of a team may be the same. */
export function declaredRaises(current: CurrentState, { teams = [] }: Desired, now: number): DeclaredRaise[] {
  const storedOf = Map.groupBy(current.raises, ({ state }) => String(state['team']))
  return teams.flatMap(({ name: team, raises: entries = [] }, index) => {
    const wanted = entries.map((entry) => wantedValues(raises, { ...entry, team }, undefined))
    const stored = pairs(storedOf.get(team) ?? [], wanted)
    return wanted.map((one, at) => ({
      field: `teams[${index}].raises[${at}]`,
      wanted: one,
      stored: stored[at],
      isOver: Date.parse(String(one['until'])) <= now
    }))
  })
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
