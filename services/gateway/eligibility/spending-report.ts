import { formatUsd } from '../../money/prices/money.ts'
import { eligibilityOf } from '../../money/billing/quota-windows.ts'
import type { ClientKeyRecord, ClientSubscription } from '../../resources/records/client-keys.ts'
import { limitsOf, type BudgetLimit, type RequestBudget } from './request-budgets.ts'

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
const toTime = (at: number | null) => (at === null ? null : new Date(at).toISOString())

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
export const payingReport = (
  client: ClientKeyRecord,
  budget: RequestBudget,
  subscription: ClientSubscription | null,
  now: number
) => (subscription === null ? walletReport(client, budget) : subscriptionReport(client, subscription, budget, now))

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
function subscriptionReport(client: ClientKeyRecord, subscription: ClientSubscription, budget: RequestBudget, now: number) {
  const { group } = client
  const { windows, limits, policy, leftNano } = budget
  const eligibility = eligibilityOf(windows, limits, policy, now)
  const reports = reportsOf(budget, now)
  const limited = reports.filter(({ report }) => report.limit !== null)
  const tightest = limited.toSorted((a, b) => a.report.remaining! - b.report.remaining!)[0]?.report
  return {
    isValid: eligibility.allowed,
    planName: group.name,
    remaining: leftNano === null ? -1 : toNumber(leftNano),
    unit: UNIT,
    ...(eligibility.allowed
      ? {}
      : { invalidMessage: `The ${NAMES[eligibility.kind]} limit is used up until ${toTime(eligibility.resetsAt)}` }),
    ...(tightest === undefined ? {} : { used: tightest.used, total: tightest.limit }),
    windows: Object.fromEntries(reports.map(({ name, report }) => [name, report])),
    expires_at: toTime(subscription.expiresAt),
    plans:
      limited.length === 0
        ? [{ isValid: true, planName: group.name, total: -1, unit: UNIT, extra: 'no limit' }]
        : limited.map(({ name, report }) => switchPlan(`${group.name} (${name})`, report))
  }
}

const reportsOf = (budget: RequestBudget, now: number) =>
  limitsOf(budget, now).map((limit) => ({ name: NAMES[limit.period], report: limitReport(limit) }))

function limitReport({ startsAt, endsAt, usedNano, limitNano: limit }: BudgetLimit): WindowReport {
  const remaining = limit === null ? null : usedNano < limit ? limit - usedNano : 0n
  return {
    limit: limit === null ? null : toNumber(limit),
    used: toNumber(usedNano),
    remaining: remaining === null ? null : toNumber(remaining),
    starts_at: toTime(startsAt),
    resets_at: toTime(endsAt)
  }
}

interface SpendingReport {
  isValid: boolean
  /** −1: no limit. */
  remaining: number
  plans: SwitchPlan[]
}

/** The same report where the key has limits of its own: what is left is the least of both. */
export function withKeyLimits<Report extends SpendingReport>(
  report: Report,
  { key }: ClientKeyRecord,
  budget: RequestBudget,
  now: number
) {
  const reports = reportsOf(budget, now)
  const limited = reports.filter(({ report: { limit } }) => limit !== null)
  if (limited.length === 0) return report
  const left = Math.min(...limited.map(({ report: { remaining } }) => remaining!))
  const usedUp = limited.filter(({ report: { remaining } }) => remaining === 0).map(({ name }) => name)
  return {
    ...report,
    isValid: report.isValid && usedUp.length === 0,
    remaining: report.remaining === -1 ? left : Math.min(report.remaining, left),
    ...(usedUp.length === 0 ? {} : { invalidMessage: `The ${usedUp.join(', ')} limit of this key is used up` }),
    key_limits: Object.fromEntries(reports.map(({ name, report: window }) => [name, window])),
    plans: [...report.plans, ...limited.map(({ name, report: window }) => switchPlan(`Key ${key.name} (${name})`, window))]
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
