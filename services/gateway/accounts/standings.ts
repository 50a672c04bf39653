import { accountState, type AccountState } from '../request/outcomes.ts'
import type { AccountWindow, Cooldown } from '../../resources/accounts/cooldowns.ts'

export interface AccountReading {
  id: string
  name: string
  state: AccountState
  /** 0 = no limit. */
  limit: number
  windows: readonly AccountWindow[]
}

/** The state of an account. */
export interface AccountStanding extends AccountReading, Serving {
  /** As it was set up, or put out of service by an error. */
  status: 'active' | 'disabled' | 'error'
  schedulable: boolean
  cooldowns: readonly Cooldown[]
}

/** What decides whether an account can serve anybody. */
export interface Serving {
  name: string
  state: AccountState
  /** Why it cannot be used at all. */
  problem: string | null
  /** `until`: epoch milliseconds. */
  cooldowns: readonly Pick<Cooldown, 'until' | 'reason'>[]
  /** The names of the groups it is to serve. */
  groups: readonly string[]
}

/** An account as stored or listed, with the cooldowns in force. */
export interface Listed {
  name: string
  status: 'active' | 'disabled' | 'error'
  schedulable: boolean
  problem: string | null
  cooldowns: readonly Pick<Cooldown, 'kind' | 'scope' | 'reason' | 'until'>[]
  groups: readonly string[]
}

export const servingOf = ({ name, status, schedulable, problem, cooldowns, groups }: Listed): Serving => ({
  name,
  state: accountState({ status, schedulable }, problem, cooldowns),
  problem,
  cooldowns,
  groups
})

export const canServe = ({ state, groups }: Serving) => groups.length > 0 && (state === 'available' || state === 'limited')

/** More than fits in one readable line. */
const MOST_NAMED = 10

/** Why no account can serve; null while one can. */
export function whyNoneServes(accounts: readonly Serving[]): string | null {
  if (accounts.some(canServe)) return null
  if (accounts.length === 0) return 'there are none'
  const named = accounts.slice(0, MOST_NAMED).map(whyOut)
  return [...named, ...(accounts.length > MOST_NAMED ? [`and ${accounts.length - MOST_NAMED} more`] : [])].join('; ')
}

/** Of one that cannot serve. */
export function whyOut({ name, state, problem, cooldowns, groups }: Serving): string {
  if (state === 'disabled') return `${name} is disabled`
  if (state === 'error') return `${name} is in error: ${problem ?? 'no reason noted'}`
  const [last] = cooldowns.toSorted((a, b) => b.until - a.until)
  if (groups.length > 0 && last !== undefined)
    return `${name} is cooling down until ${new Date(last.until).toISOString()}: ${last.reason}`
  return `${name} is in no group`
}

/** A group that keys use but no account can serve, and why. */
export interface Unserved {
  group: string
  reason: string
}

/** Those of the groups that no account can serve. */
export function unservedOf(groups: readonly string[], accounts: readonly Serving[]): Unserved[] {
  return groups.flatMap((group) => {
    const own = accounts.filter((account) => account.groups.includes(group))
    const why = own.length === 0 ? 'none serves this group' : whyNoneServes(own)
    return why === null ? [] : [{ group, reason: why }]
  })
}
