import type { BillingEligibility } from './billing-eligibility.ts'
import { formatUsd } from '../prices/money.ts'
import {
  eligibilityOf,
  remainingNano,
  windowAt,
  type QuotaWindow,
  type WindowKind,
  type WindowPolicy
} from './quota-windows.ts'
import type { ClientKeyRecord, ClientSubscription } from '../records/client-keys.ts'

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

/** What `GET /v1/usage` tells the holder of a wallet key. */
export function walletReport(client: ClientKeyRecord, eligibility: BillingEligibility) {
  const balance = eligibility.balanceOf(client)
  const isValid = balance > 0n
  const remaining = toNumber(balance)
  const plan = {
    isValid,
    planName: 'Wallet balance',
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
  const smallest = remainingNano(windows, group.limits, policy, now)
  const eligibility = eligibilityOf(windows, group.limits, policy, now)
  const reports = windows.map((window) => ({ kind: window.kind, report: reportOf(window, group.limits[window.kind] ?? null) }))

  function reportOf(window: QuotaWindow, limit: bigint | null): WindowReport {
    const { startsAt, endsAt, usedNano } = windowAt(window, policy, now)
    const remaining = limit === null ? null : usedNano < limit ? limit - usedNano : 0n
    return {
      limit: limit === null ? null : toNumber(limit),
      used: toNumber(usedNano),
      remaining: remaining === null ? null : toNumber(remaining),
      starts_at: toTime(startsAt),
      resets_at: toTime(endsAt)
    }
  }

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
