import { formatUsd } from '../../money/prices/money.ts'
import type { ClientKeyRecord, ClientSubscription } from '../../resources/records/client-keys.ts'
import type { BudgetLimit, RequestBudget } from './request-budgets.ts'
import { toTimeOrNull } from '../../platform/timestamps.ts'

/** One plan in CC Switch's own field names. It shows a missing `remaining` with `total` −1 as "no limit". */
interface SwitchPlan {
  isValid: boolean
  planName: string
  remaining?: number
  used?: number
  total?: number
  unit: 'USD'
  extra?: string
  invalidMessage?: string
}

interface WindowReport {
  limit: number | null
  used: number
  remaining: number | null
  starts_at: string | null
  resets_at: string | null
}

const UNIT = 'USD' as const
const NAMES = { day: 'daily', week: 'weekly', month: 'monthly', total: 'total' } as const

/** A number for display: the one place where money becomes a float. */
const toNumber = (nano: bigint) => Number(formatUsd(nano))

const planNameOf = ({ group }: ClientKeyRecord) => (group.kind === 'balance' ? 'Wallet balance' : group.name)

/**
 * What `GET /v1/usage` tells the holder of a key with which nothing can be spent any more, and why. What others still spend by the same
 * balance or subscription is not for whoever has such a key.
 */
export function invalidReport(client: ClientKeyRecord, invalidMessage: string) {
  const plan = { isValid: false, planName: planNameOf(client), remaining: 0, unit: UNIT, invalidMessage }
  return { ...plan, plans: [plan] satisfies SwitchPlan[] }
}

/** The same of what pays: a wallet, or a subscription that can be used. */
export const payingReport = (client: ClientKeyRecord, budget: RequestBudget, subscription: ClientSubscription | null) =>
  subscription === null ? walletReport(client, budget) : subscriptionReport(client, subscription, budget)

function walletReport(client: ClientKeyRecord, { balanceNano, refusal }: RequestBudget) {
  const isValid = refusal === null
  const remaining = toNumber(balanceNano ?? 0n)
  const plan = {
    isValid,
    planName: planNameOf(client),
    remaining,
    unit: UNIT,
    ...(isValid ? {} : { invalidMessage: 'The credit balance is used up' })
  }
  return { ...plan, balance: remaining, plans: [plan] satisfies SwitchPlan[] }
}

/** What its day, week and month still allow. */
function subscriptionReport({ group }: ClientKeyRecord, subscription: ClientSubscription, budget: RequestBudget) {
  const { leftNano, refusal } = budget
  const reports = reportsOf(budget)
  const limited = reports.filter(({ report }) => report.limit !== null)
  const tightest = limited.toSorted((a, b) => a.report.remaining! - b.report.remaining!)[0]?.report
  const usedUp = limited.filter(({ isUsedUp }) => isUsedUp).toSorted((a, b) => b.endsAt! - a.endsAt!)[0]
  return {
    isValid: refusal === null,
    planName: group.name,
    remaining: leftNano === null ? -1 : toNumber(leftNano),
    unit: UNIT,
    ...(usedUp === undefined ? {} : { invalidMessage: `The ${usedUp.name} limit is used up until ${usedUp.report.resets_at}` }),
    ...(tightest === undefined ? {} : { used: tightest.used, total: tightest.limit }),
    windows: Object.fromEntries(reports.map(({ name, report }) => [name, report])),
    expires_at: toTimeOrNull(subscription.expiresAt),
    plans:
      limited.length === 0
        ? [{ isValid: true, planName: group.name, total: -1, unit: UNIT, extra: 'no limit' }]
        : limited.map(({ name, report }) => switchPlan(`${group.name} (${name})`, report))
  }
}

const reportsOf = (budget: RequestBudget) =>
  budget.limits().map((limit) => ({ ...limit, name: NAMES[limit.period], report: limitReport(limit) }))

function limitReport({ startsAt, endsAt, usedNano, limitNano: limit }: BudgetLimit): WindowReport {
  const remaining = limit === null ? null : usedNano < limit ? limit - usedNano : 0n
  return {
    limit: limit === null ? null : toNumber(limit),
    used: toNumber(usedNano),
    remaining: remaining === null ? null : toNumber(remaining),
    starts_at: toTimeOrNull(startsAt),
    resets_at: toTimeOrNull(endsAt)
  }
}

interface SpendingReport {
  isValid: boolean
  /** −1: no limit. */
  remaining: number
  plans: SwitchPlan[]
}

const TELLS = { subscription: 'windows', key: 'key_limits', team: 'team_limits', member: 'member_limits' } as const

/** The same report where a key or its team has limits of its own: what is left is the least of all. */
export function withLimits<Report extends SpendingReport>(report: Report, whose: string, budget: RequestBudget) {
  const { leftNano, refusal } = budget
  const reports = reportsOf(budget)
  const limited = reports.filter(({ report: { limit } }) => limit !== null)
  if (limited.length === 0) return refusal === null ? report : { ...report, isValid: false, invalidMessage: refusal.message }
  const left = leftNano === null || leftNano < 0n ? 0 : toNumber(leftNano)
  const usedUp = limited.filter(({ isUsedUp }) => isUsedUp).map(({ name }) => name)
  const ofKey = `The ${usedUp.join(', ')} limit of this key is used up`
  const tables = Map.groupBy(reports, ({ of }) => of)
  return {
    ...report,
    isValid: report.isValid && refusal === null,
    remaining: report.remaining === -1 ? left : Math.min(report.remaining, left),
    ...(refusal === null ? {} : { invalidMessage: budget.kind === 'key' ? ofKey : refusal.message }),
    ...Object.fromEntries(
      [...tables].map(([of, rows]) => [TELLS[of], Object.fromEntries(rows.map(({ name, report: window }) => [name, window]))])
    ),
    plans: [
      ...report.plans,
      ...limited.map(({ of, name, report: window }) =>
        switchPlan(of === 'member' ? `${whose}, own share (${name})` : `${whose} (${name})`, window)
      )
    ]
  }
}

function switchPlan(planName: string, { limit, used, remaining, resets_at: resetsAt }: WindowReport): SwitchPlan {
  return {
    isValid: remaining! > 0,
    planName,
    remaining: remaining!,
    used,
    total: limit!,
    unit: UNIT,
    ...(resetsAt === null ? {} : { extra: `resets ${resetsAt.slice(0, 16).replace('T', ' ')} UTC` })
  }
}
