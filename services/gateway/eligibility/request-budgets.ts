import {
  addToWindow,
  remainingNano,
  windowAt,
  type QuotaWindow,
  type WindowKind,
  type WindowPolicy,
  type WindowState
} from '../../money/billing/quota-windows.ts'
import {
  memberRemainingNano,
  refusedBy,
  teamStandings,
  type TeamSpending,
  type TeamStanding
} from '../../money/billing/team-budget.ts'
import { windowPolicyOf } from '../../money/billing/window-policies.ts'
import type { GatewayError } from '../../platform/gateway-errors.ts'
import type { ClientKeyRecord, ClientSubscription } from '../../resources/records/client-keys.ts'
import type { KeyLimits, KeySpending } from '../../resources/records/key-spending.ts'
import {
  balanceRefusal,
  isFree,
  keyLimitRefusal,
  subscriptionRefusal,
  teamRefusal
} from '../../resources/records/spending-refusals.ts'
import type { ClientTeam } from '../../resources/records/teams.ts'

/** An attempt's price: the list cost, which the windows of subscriptions count, and what is charged, which all else counts. */
export interface Charge {
  costNano: bigint
  chargedNano: bigint
}

/** The wallet or subscription that pays; the limits of the key; the pool of its team with the owner's share. */
export type BudgetKind = 'wallet' | 'subscription' | 'key' | 'team'

/** What pays for a request, or limits what it may cost, as it stands at one instant. */
export interface RequestBudget {
  kind: BudgetKind
  /** Of the user whose wallet it is, the subscription, the key or the team; null for a subscription that there is not. */
  id: string | null
  /** Whose share of it a request counts in: the user's in a team; else ''. */
  share: string
  /** What of a request it counts. */
  counts: keyof Charge
  /** Nano-dollars; null for what is no wallet. */
  balanceNano: bigint | null
  /** What may still be used, 0 or less when nothing may; null when there is no limit. */
  leftNano: bigint | null
  /** What a request is refused with; null while it may be served. */
  refusal: GatewayError | null
  /** Its periods, with limits or without; none of a wallet. */
  limits: () => BudgetLimit[]
}

/** One limit of a budget. */
export interface BudgetLimit extends Pick<WindowState, 'startsAt' | 'endsAt' | 'usedNano'> {
  of: 'subscription' | 'key' | 'team' | 'member'
  period: WindowKind | 'total'
  limitNano: bigint | null
  /** When a window that the next use opens would end; null for what never ends. */
  resetsAt: number | null
  isUsedUp: boolean
}

export function walletBudget({ user, group }: ClientKeyRecord, balanceNano: bigint): RequestBudget {
  return {
    kind: 'wallet',
    id: user.id,
    share: '',
    counts: 'chargedNano',
    balanceNano,
    leftNano: isFree(group) ? null : balanceNano,
    refusal: balanceRefusal(balanceNano, group),
    limits: () => []
  }
}

/** `windows` are those of the subscription, which is null where there is none. */
export function subscriptionBudget(
  { group }: ClientKeyRecord,
  subscription: ClientSubscription | null,
  windows: readonly QuotaWindow[],
  now: number
): RequestBudget {
  const policy = windowPolicyOf(group)
  return {
    kind: 'subscription',
    id: subscription?.id ?? null,
    share: '',
    counts: 'costNano',
    balanceNano: null,
    leftNano: remainingNano(windows, group.limits, policy, now),
    refusal: subscriptionRefusal(subscription, windows, group, policy, now),
    limits: () => windowLimits('subscription', windows, group.limits, policy, now)
  }
}

export function keyBudget({ key, group }: ClientKeyRecord, spending: KeySpending, now: number): RequestBudget {
  const { limits } = key
  const { windows, totalNano } = spending
  const policy = windowPolicyOf(group)
  const isFreeOfLimits = !isLimited(limits)
  return {
    kind: 'key',
    id: key.id,
    share: '',
    counts: 'chargedNano',
    balanceNano: null,
    leftNano: isFreeOfLimits
      ? null
      : smaller(remainingNano(windows, limits, policy, now), limits.total === null ? null : limits.total - totalNano),
    refusal: isFreeOfLimits ? null : keyLimitRefusal(spending, limits, policy, now),
    limits: () => [...windowLimits('key', windows, limits, policy, now), totalLimit(totalNano, limits.total)]
  }
}

/** What the owner of the key may be charged in its team: by the cap, and by the pool with what is kept for others. */
export function teamBudget({ user }: ClientKeyRecord, team: ClientTeam, spending: TeamSpending, now: number): RequestBudget {
  const standings = teamStandings(team.terms, spending, user.id, windowPolicyOf(team), now)
  return {
    kind: 'team',
    id: team.id,
    share: user.id,
    counts: 'chargedNano',
    balanceNano: null,
    leftNano: standings.map(memberRemainingNano).reduce(smaller, null),
    refusal: teamRefusal(team, spending, user.id, now),
    limits: () => standings.flatMap(teamLimits)
  }
}

export const isLimited = (limits: KeyLimits): boolean => Object.values(limits).some((limit) => limit !== null)

function smaller(one: bigint | null, other: bigint | null): bigint | null {
  if (one === null || other === null) return one ?? other
  return one < other ? one : other
}

function windowLimits(
  of: BudgetLimit['of'],
  windows: readonly QuotaWindow[],
  limits: Pick<KeyLimits, WindowKind>,
  policy: WindowPolicy,
  now: number
): BudgetLimit[] {
  return windows.map((window) => {
    const { kind: period, startsAt, endsAt, usedNano } = windowAt(window, policy, now)
    const limitNano = limits[period]
    const isUsedUp = limitNano !== null && usedNano >= limitNano
    const resetsAt = endsAt ?? windowAt(addToWindow(window, policy, now, 0n), policy, now).endsAt
    return { of, period, startsAt, endsAt, usedNano, limitNano, resetsAt, isUsedUp }
  })
}

function totalLimit(usedNano: bigint, limitNano: bigint | null): BudgetLimit {
  const isUsedUp = limitNano !== null && usedNano >= limitNano
  return { of: 'key', period: 'total', startsAt: null, endsAt: null, resetsAt: null, usedNano, limitNano, isUsedUp }
}

function teamLimits(standing: TeamStanding): BudgetLimit[] {
  const { kind: period, startsAt, endsAt, pool, member } = standing
  const common = { period, startsAt, endsAt, resetsAt: endsAt }
  const by = refusedBy(standing)
  return [
    { ...common, of: 'member', usedNano: member.usedNano, limitNano: member.capNano, isUsedUp: by === 'cap' },
    { ...common, of: 'team', usedNano: pool.usedNano, limitNano: pool.limitNano, isUsedUp: by === 'pool' }
  ]
}
