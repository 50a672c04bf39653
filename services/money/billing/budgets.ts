import { windowAt, type QuotaWindow, type WindowPolicy } from './quota-windows.ts'

/** The shares of a budget, in percent, that are told of when they are used. */
const THRESHOLDS = [50, 75, 90, 100] as const

type BudgetPeriod = 'day' | 'week' | 'month' | 'total'

/** What may be used, and what was. */
export interface Budget {
  /**
   * A key's own limits; a user's subscription; a user's balance, measured against what it was after the last credit; a team's pool; what
   * one member may spend of it.
   */
  budget: 'key' | 'subscription' | 'balance' | 'team' | 'team-member'
  /** Of the key, the subscription, the user or, also for what a member may spend, the team. */
  subjectId: string
  /** The user whose share of a team's pool it is, for as long as they have one, however often they are taken in; null for all others. */
  memberId: string | null
  period: BudgetPeriod
  /** Epoch milliseconds; null for what never ends. */
  beganAt: number
  endsAt: number | null
  limitNano: bigint
  usedNano: bigint
  /** Null for a team's. */
  userEmail: string | null
  keyName: string | null
  group: string | null
  team: string | null
  /** The e-mail addresses of the team's leads. */
  leads: readonly string[]
}

/** The thresholds that a budget has reached, ascending. */
export function reachedThresholds({ limitNano, usedNano }: Pick<Budget, 'limitNano' | 'usedNano'>): number[] {
  return THRESHOLDS.filter((percent) => limitNano > 0n && usedNano * 100n >= limitNano * BigInt(percent))
}

type BudgetOwner = Pick<Budget, 'budget' | 'subjectId' | 'memberId' | 'userEmail' | 'keyName' | 'group' | 'team' | 'leads'>

/** The budgets of windows that have a limit and are open at the time of the last use. */
export function windowBudgets(
  owner: BudgetOwner,
  windows: readonly QuotaWindow[],
  limits: { readonly [kind in QuotaWindow['kind']]?: bigint | null },
  policy: WindowPolicy
): Budget[] {
  return windows.flatMap((window): Budget[] => {
    const limitNano = limits[window.kind] ?? null
    if (limitNano === null || window.startedAt === null) return []
    const { startsAt, endsAt, usedNano } = windowAt(window, policy, window.startedAt)
    if (startsAt === null) return []
    return [{ ...owner, period: window.kind, beganAt: startsAt, endsAt, limitNano, usedNano }]
  })
}
