import type { BillingEligibility } from './billing-eligibility.ts'
import { formatUsd } from '../../money/prices/money.ts'
import {
  eligibilityOf,
  remainingNano,
  windowAt,
  type QuotaWindow,
  type WindowKind,
  type WindowPolicy,
  type WindowState
} from '../../money/billing/quota-windows.ts'
import type { ClientKeyRecord, ClientSubscription } from '../../resources/records/client-keys.ts'
import { isFree } from '../../resources/records/spending-refusals.ts'

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
const NAMES: Record<WindowKind, 'daily' | 'weekly' | 'monthly'> = { day: 'daily', week: 'weekly', month: 'monthly' }

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

/** The same for the holder of a wallet key. */
export function walletReport(client: ClientKeyRecord, eligibility: BillingEligibility) {
  const balance = eligibility.balanceOf(client)
  const isValid = balance > 0n || isFree(client.group)
  const remaining = toNumber(balance)
  const plan = {
    isValid,
    planName: planNameOf(client),
    remaining,
    unit: UNIT,
    ...(isValid ? {} : { invalidMessage: 'The credit balance is used up' })
  }
  return { ...plan, balance: remaining, plans: [plan] satisfies SwitchPlan[] }
}

/** The same for the holder of a subscription: what its day, week and month still allow. */
export function subscriptionReport(
  client: ClientKeyRecord,
  subscription: ClientSubscription,
  windows: readonly QuotaWindow[],
  policy: WindowPolicy,
  now: number
) {
  const { group } = client
  const reportOf = (window: QuotaWindow, limit: bigint | null) => windowReport(windowAt(window, policy, now), limit)
  const smallest = remainingNano(windows, group.limits, policy, now)
  const eligibility = eligibilityOf(windows, group.limits, policy, now)
  const reports = windows.map((window) => ({ kind: window.kind, report: reportOf(window, group.limits[window.kind] ?? null) }))

  const limited = reports.filter(({ report }) => report.limit !== null)
  const tightest = limited.toSorted((a, b) => a.report.remaining! - b.report.remaining!)[0]?.report
  return {
    isValid: eligibility.allowed,
    planName: group.name,
    remaining: smallest === null ? -1 : toNumber(smallest),
    unit: UNIT,
    ...(eligibility.allowed
      ? {}
      : { invalidMessage: `The ${NAMES[eligibility.kind]} limit is used up until ${toTime(eligibility.resetsAt)}` }),
    ...(tightest === undefined ? {} : { used: tightest.used, total: tightest.limit }),
    windows: Object.fromEntries(reports.map(({ kind, report }) => [NAMES[kind], report])),
    expires_at: toTime(subscription.expiresAt),
    plans:
      limited.length === 0
        ? [{ isValid: true, planName: group.name, total: -1, unit: UNIT, extra: 'no limit' }]
        : limited.map(({ kind, report }) => switchPlan(`${group.name} (${NAMES[kind]})`, report))
  }
}

function windowReport(
  { startsAt, endsAt, usedNano }: Pick<WindowState, 'startsAt' | 'endsAt' | 'usedNano'>,
  limit: bigint | null
): WindowReport {
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
  client: ClientKeyRecord,
  { policy, eligibility, now }: { policy: WindowPolicy; eligibility: BillingEligibility; now: number }
) {
  const { limits, name } = client.key
  const { windows, totalNano } = eligibility.spendingOf(client)
  const keyLimits: Record<string, WindowReport> = Object.fromEntries([
    ...windows.map((window) => [NAMES[window.kind], windowReport(windowAt(window, policy, now), limits[window.kind])]),
    ['total', windowReport({ startsAt: null, endsAt: null, usedNano: totalNano }, limits.total)]
  ])
  const limited = Object.entries(keyLimits).filter(([, { limit }]) => limit !== null)
  if (limited.length === 0) return report
  const left = Math.min(...limited.map(([, { remaining }]) => remaining!))
  const usedUp = limited.filter(([, { remaining }]) => remaining === 0).map(([period]) => period)
  return {
    ...report,
    isValid: report.isValid && usedUp.length === 0,
    remaining: report.remaining === -1 ? left : Math.min(report.remaining, left),
    ...(usedUp.length === 0 ? {} : { invalidMessage: `The ${usedUp.join(', ')} limit of this key is used up` }),
    key_limits: keyLimits,
    plans: [...report.plans, ...limited.map(([period, window]) => switchPlan(`Key ${name} (${period})`, window))]
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
