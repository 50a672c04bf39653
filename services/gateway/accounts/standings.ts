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

/** How an account is. */
export interface AccountStanding extends AccountReading, Serving {
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
  isInGroup: boolean
}

/** An account as it is stored or listed, with the cooldowns that are in force. */
export interface Listed {
  name: string
  status: 'active' | 'disabled' | 'error'
  schedulable: boolean
  problem: string | null
  cooldowns: readonly Pick<Cooldown, 'kind' | 'scope' | 'reason' | 'until'>[]
  groups: readonly unknown[]
}

export const servingOf = ({ name, status, schedulable, problem, cooldowns, groups }: Listed): Serving => ({
  name,
  state: accountState({ status, schedulable }, problem, cooldowns),
  problem,
  cooldowns,
  isInGroup: groups.length > 0
})

export const canServe = ({ state, isInGroup }: Serving) => isInGroup && (state === 'available' || state === 'limited')

/** More than anybody reads in one line. */
const MOST_NAMED = 10

/** Why no account can serve; null while one can. */
export function whyNoneServes(accounts: readonly Serving[]): string | null {
  if (accounts.some(canServe)) return null
  if (accounts.length === 0) return 'there are none'
  const named = accounts.slice(0, MOST_NAMED).map(whyOut)
  return [...named, ...(accounts.length > MOST_NAMED ? [`and ${accounts.length - MOST_NAMED} more`] : [])].join('; ')
}

/** Of one that cannot serve. */
export function whyOut({ name, state, problem, cooldowns, isInGroup }: Serving): string {
  if (state === 'disabled') return `${name} is disabled`
  if (state === 'error') return `${name} is in error: ${problem ?? 'no reason noted'}`
  const [last] = cooldowns.toSorted((a, b) => b.until - a.until)
  if (isInGroup && last !== undefined)
    return `${name} is cooling down until ${new Date(last.until).toISOString()}: ${last.reason}`
  return `${name} is in no group`
}
