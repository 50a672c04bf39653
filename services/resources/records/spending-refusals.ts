import { teamRefusalOf, type TeamSpending } from '../../money/billing/team-budget.ts'
import { windowPolicyOf } from '../../money/billing/window-policies.ts'
import { eligibilityOf, type QuotaWindow, type WindowPolicy } from '../../money/billing/quota-windows.ts'
import {
  balanceUsedUp,
  noActiveSubscription,
  teamRefused,
  totalUsedUp,
  windowUsedUp,
  type GatewayError
} from '../../platform/gateway-errors.ts'
import type { GroupRecord } from './groups.ts'
import type { KeyLimits, KeySpending } from './key-spending.ts'
import { problemOfTeam, type ClientTeam } from './teams.ts'
import { problemOfSubscription, type SubscriptionValues } from './subscriptions.ts'

/** The refusals of clients that may not spend. Each function returns null when they may; instants are epoch milliseconds. */

const KEY_LIMIT = 'spend limit of this API key'

/** When nothing is charged, an empty wallet can pay for it. */
export const isFree = ({ rateMultiplier }: Pick<GroupRecord, 'rateMultiplier'>): boolean => Number(rateMultiplier) === 0

export const balanceRefusal = (balanceNano: bigint, group: Pick<GroupRecord, 'rateMultiplier'>): GatewayError | null =>
  balanceNano > 0n || isFree(group) ? null : balanceUsedUp()

/** `windows` are those of the subscription, which is null where there is none. */
export function subscriptionRefusal(
  subscription: SubscriptionValues | null,
  windows: readonly QuotaWindow[],
  { name, limits }: Pick<GroupRecord, 'name' | 'limits'>,
  policy: WindowPolicy,
  now: number
): GatewayError | null {
  const problem = subscription === null ? null : problemOfSubscription(subscription, now)
  if (subscription === null || problem !== null) return noActiveSubscription(name, problem)
  const eligibility = eligibilityOf(windows, limits, policy, now)
  return eligibility.allowed ? null : windowUsedUp(eligibility.kind, eligibility.resetsAt, now)
}

export function keyLimitRefusal(
  { windows, totalNano }: KeySpending,
  limits: KeyLimits,
  policy: WindowPolicy,
  now: number
): GatewayError | null {
  if (limits.total !== null && totalNano >= limits.total) return totalUsedUp(KEY_LIMIT)
  const eligibility = eligibilityOf(windows, limits, policy, now)
  return eligibility.allowed ? null : windowUsedUp(eligibility.kind, eligibility.resetsAt, now, KEY_LIMIT)
}

/** `spending` is the team's with what is not settled yet, `ownerId` the user whose key it is. */
export function teamRefusal(team: ClientTeam, spending: TeamSpending, ownerId: string, now: number): GatewayError | null {
  const problem = problemOfTeam(team)
  if (problem !== null) return teamRefused(problem)
  const cause = teamRefusalOf(team.terms, spending, ownerId, windowPolicyOf(team), now)
  if (cause === null) return null
  const what = cause.by === 'cap' ? `your spend limit in team ${team.name}` : `spend limit of team ${team.name}`
  return windowUsedUp(cause.kind, cause.resetsAt, now, what, `; a lead of the team can have it raised`)
}

/** Of several refusals the one that lasts longest; of those that last for ever the first. Null when there is none. */
export function mostLasting(refusals: readonly (GatewayError | null)[]): GatewayError | null {
  let most: GatewayError | null = null
  for (const refusal of refusals) if (refusal !== null && (most === null || lastsS(refusal) > lastsS(most))) most = refusal
  return most
}

const lastsS = ({ retryAfterS }: GatewayError) => retryAfterS ?? Infinity
