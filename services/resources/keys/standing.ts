import { noAccounts, noActiveSubscription, type GatewayError } from '../../platform/gateway-errors.ts'
import { parseUsd } from '../../money/prices/money.ts'
import { whyNoAccount, type AccountCounts } from '../accounts/why-no-account.ts'
import { windowsObject } from '../field.ts'
import { problemOfKey, type StandingOfKey } from '../records/client-keys.ts'
import type { GroupRecord } from '../records/groups.ts'
import { balanceRefusal, keyLimitRefusal, mostLasting, subscriptionRefusal, teamRefusal } from '../records/spending-refusals.ts'
import { teamObject, toClientTeam, type StoredTeam } from '../records/teams.ts'
import type { SubscriptionStatus } from '../records/subscriptions.ts'
import { storedSpending, type StoredWindows } from '../window-reports.ts'

/** Everything stored around a key `r` that decides whether a request with it is served. */
export const AROUND_KEY = `(select json_build_object(
    'user', json_build_object('id', u.id::text, 'status', u.status, 'balance', u.balance_usd::text),
    'group', json_build_object('name', g.name, 'status', g.status, 'kind', g.kind, 'rateMultiplier', g.rate_multiplier::text),
    'subscription', (select json_build_object('status', s.status, 'startsAt', s.starts_at, 'expiresAt', s.expires_at,
        'windows', ${windowsObject('s', 'g', { total: false })})
      from subscriptions s where s.user_id = r.user_id and s.group_id = r.group_id),
    'team', ${teamObject('r.team_id')},
    'accounts', (select json_build_object('all', count(*), 'active', count(*) filter (where a.active),
        'own', count(*) filter (where a.active and a.serves))
      from (select a.status = 'active' and a.schedulable as active, a.shared or coalesce(a.owner_id = r.user_id, true) as serves
        from account_groups ag join accounts a on a.id = ag.account_id where ag.group_id = r.group_id) a))
  from users u, groups g where u.id = r.user_id and g.id = r.group_id)`

/** What AROUND_KEY selects. */
export interface AroundKey {
  user: StandingOfKey['user'] & { id: string; balance: string }
  group: Pick<GroupRecord, 'name' | 'status' | 'kind' | 'rateMultiplier'>
  subscription: { status: SubscriptionStatus; startsAt: string; expiresAt: string; windows: StoredWindows } | null
  team: StoredTeam | null
  accounts: AccountCounts
}

/**
 * The refusal of any request with a key at `now`, epoch milliseconds, whatever it asks for and from any address; null when it
 * would be served as far as stored data tells. Ignores what is not settled yet, and cooldowns of accounts.
 */
export function whyRefused(key: StandingOfKey['key'], spending: StoredWindows, around: AroundKey, now: number): string | null {
  const problem = problemOfKey({ key, ...around }, now)
  return problem ?? spendingRefusal(spending, around, now)?.message ?? accountRefusal(around)?.message ?? null
}

function spendingRefusal(
  spending: StoredWindows,
  { user, group, subscription, team }: AroundKey,
  now: number
): GatewayError | null {
  const refusal =
    group.kind === 'balance'
      ? balanceRefusal(parseUsd(user.balance), group)
      : subscription === null
        ? noActiveSubscription(group.name, null)
        : subscriptionRefusalOf(subscription, group.name, now)
  const own = storedSpending(spending)
  return mostLasting([
    refusal,
    keyLimitRefusal(own.spending, own.limits, own.policy, now),
    team === null ? null : teamRefusalOf(team, user.id, now)
  ])
}

function teamRefusalOf(stored: StoredTeam, userId: string, now: number): GatewayError | null {
  const team = toClientTeam(stored, userId)
  return teamRefusal(team, team.spending, userId, now)
}

function subscriptionRefusalOf(
  { status, startsAt, expiresAt, windows }: NonNullable<AroundKey['subscription']>,
  name: string,
  now: number
): GatewayError | null {
  const { spending, limits, policy } = storedSpending(windows)
  const subscription = { status, startsAt: Date.parse(startsAt), expiresAt: Date.parse(expiresAt) }
  return subscriptionRefusal(subscription, spending.windows, { name, limits }, policy, now)
}

function accountRefusal({ group, accounts }: AroundKey): GatewayError | null {
  const why = whyNoAccount(group.name, accounts)
  return why === null ? null : noAccounts(why, null)
}
