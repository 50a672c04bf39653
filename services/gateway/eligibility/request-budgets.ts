import {
  addToWindow,
  remainingNano,
  windowAt,
  type QuotaWindow,
  type WindowKind,
  type WindowPolicy,
  type WindowState
} from '../../money/billing/quota-windows.ts'
import { windowPolicyOf } from '../../money/billing/window-policies.ts'
import type { GatewayError } from '../../platform/gateway-errors.ts'
import type { ClientKeyRecord, ClientSubscription } from '../../resources/records/client-keys.ts'
import type { KeyLimits, KeySpending } from '../../resources/records/key-spending.ts'
import { balanceRefusal, isFree, keyLimitRefusal, subscriptionRefusal } from '../../resources/records/spending-refusals.ts'

/** An attempt's price: the list cost, which the windows of subscriptions count, and what is charged, which all else counts. */
export interface Charge {
  costNano: bigint
  chargedNano: bigint
}

/** What pays for a request, or limits what it may cost, as it stands with what is not settled yet. */
export interface RequestBudget {
  /** The wallet or subscription that pays; the limits of the key. */
  kind: 'wallet' | 'subscription' | 'key'
  /** Of the user whose wallet it is, the subscription or the key; null for a subscription that there is not. */
  id: string | null
  /** What of a request it counts. */
  counts: keyof Charge
  /** Day, week and month; none of a wallet. */
  windows: readonly QuotaWindow[]
  policy: WindowPolicy
  limits: KeyLimits
  /** Nano-dollars of all time; null where nobody counts them. */
  totalNano: bigint | null
  /** Nano-dollars; null for what is no wallet. */
  balanceNano: bigint | null
  /** What may still be used, 0 or less when nothing may; null when there is no limit. */
  leftNano: bigint | null
  /** What a request is refused with; null while it may be served. */
  refusal: GatewayError | null
}

/** One limit of a budget. */
export interface BudgetLimit extends Pick<WindowState, 'startsAt' | 'endsAt' | 'usedNano'> {
  period: WindowKind | 'total'
  limitNano: bigint | null
  /** When a window that the next use opens would end; null for what never ends. */
  resetsAt: number | null
}

const NO_LIMITS: KeyLimits = { day: null, week: null, month: null, total: null }

export function walletBudget({ user, group }: ClientKeyRecord, balanceNano: bigint): RequestBudget {
  return {
    kind: 'wallet',
    id: user.id,
    counts: 'chargedNano',
    windows: [],
    policy: windowPolicyOf(group),
    limits: NO_LIMITS,
    totalNano: null,
    balanceNano,
    leftNano: isFree(group) ? null : balanceNano,
    refusal: balanceRefusal(balanceNano, group)
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
    counts: 'costNano',
    windows,
    policy,
    limits: { ...NO_LIMITS, ...group.limits },
    totalNano: null,
    balanceNano: null,
    leftNano: remainingNano(windows, group.limits, policy, now),
    refusal: subscriptionRefusal(subscription, windows, group, policy, now)
  }
}

export function keyBudget({ key, group }: ClientKeyRecord, spending: KeySpending, now: number): RequestBudget {
  const { limits } = key
  const policy = windowPolicyOf(group)
  const budget = {
    kind: 'key' as const,
    id: key.id,
    counts: 'chargedNano' as const,
    policy,
    limits,
    windows: spending.windows,
    totalNano: spending.totalNano,
    balanceNano: null
  }
  if (!isLimited(limits)) return { ...budget, leftNano: null, refusal: null }
  const ofWindows = remainingNano(spending.windows, limits, policy, now)
  const ofTotal = limits.total === null ? null : limits.total - spending.totalNano
  return { ...budget, leftNano: smaller(ofWindows, ofTotal), refusal: keyLimitRefusal(spending, limits, policy, now) }
}

export const isLimited = (limits: KeyLimits): boolean => Object.values(limits).some((limit) => limit !== null)

function smaller(one: bigint | null, other: bigint | null): bigint | null {
  if (one === null || other === null) return one ?? other
  return one < other ? one : other
}

/** The periods of a budget with their limits, whether there are any or not, as they stand at `now`; none of a wallet. */
export function limitsOf({ windows, policy, limits, totalNano }: RequestBudget, now: number): BudgetLimit[] {
  const ofWindows = windows.map((window): BudgetLimit => {
    const { kind: period, startsAt, endsAt, usedNano } = windowAt(window, policy, now)
    const resetsAt = endsAt ?? windowAt(addToWindow(window, policy, now, 0n), policy, now).endsAt
    return { period, startsAt, endsAt, usedNano, limitNano: limits[period], resetsAt }
  })
  if (totalNano === null) return ofWindows
  const total = { startsAt: null, endsAt: null, resetsAt: null, usedNano: totalNano }
  return [...ofWindows, { period: 'total', limitNano: limits.total, ...total }]
}
