import type { OutgoingHttpHeaders } from 'node:http'
import type { WindowKind } from '../../money/billing/quota-windows.ts'
import type { BudgetLimit, RequestBudget } from './request-budgets.ts'

/** A limit of what may be spent in a window, as it stands. */
export interface SpendCap {
  kind: WindowKind
  usedNano: bigint
  limitNano: bigint
  /** Epoch milliseconds, on a whole second. */
  resetsAt: number
}

const PERIODS = { day: 'daily', week: 'weekly', month: 'monthly' } as const

/** From where on Claude Code says how much of a cap is used, in percent, and as what it lists it. */
const NOTICES = [
  { from: 95n, threshold: '0.95', severity: 'critical' },
  { from: 75n, threshold: '0.75', severity: 'warning' }
] as const

const percentOf = ({ usedNano, limitNano }: SpendCap) => (usedNano * 100n) / limitNano
const noticeOf = (cap: SpendCap) => NOTICES.find(({ from }) => percentOf(cap) >= from) ?? null

/** The one place where the two that tell of a reset round it: what is joined by it must be the same. */
const onWholeSecond = (at: number) => Math.ceil(at / 1000) * 1000

/** What limits a client's spending in windows. A limit that never resets is no cap. */
export function spendCapsOf(budgets: readonly RequestBudget[]): SpendCap[] {
  const limits = budgets.flatMap((budget) => budget.limits())
  return limits.flatMap(({ period: kind, usedNano, limitNano, resetsAt }) =>
    kind === 'total' || limitNano === null || resetsAt === null
      ? []
      : [{ kind, usedNano, limitNano, resetsAt: onWholeSecond(resetsAt) }]
  )
}

/** The cap of which the largest share is used; null when nothing is limited. */
export function nearestCap(caps: readonly SpendCap[]): SpendCap | null {
  let nearest: SpendCap | null = null
  for (const cap of caps) {
    if (nearest === null || cap.usedNano * nearest.limitNano > nearest.usedNano * cap.limitNano) nearest = cap
  }
  return nearest
}

/**
 * The headers by which Claude Code knows, of a response that it got, how much of a cap is used; none without a cap. Utilization stays
 * below 1, which would mean that it was refused.
 */
export function capHeaders(caps: readonly SpendCap[]): OutgoingHttpHeaders {
  const cap = nearestCap(caps)
  if (cap === null) return {}
  const notice = noticeOf(cap)
  const status = notice === null ? 'allowed' : 'allowed_warning'
  const reset = String(cap.resetsAt / 1000)
  return {
    'anthropic-ratelimit-unified-status': status,
    'anthropic-ratelimit-unified-reset': reset,
    'anthropic-ratelimit-unified-representative-claim': 'overage',
    'anthropic-ratelimit-unified-overage-status': status,
    'anthropic-ratelimit-unified-overage-reset': reset,
    'anthropic-ratelimit-unified-overage-utilization': String(Math.min(99, Number(percentOf(cap))) / 100),
    ...(notice === null ? {} : { 'anthropic-ratelimit-unified-overage-surpassed-threshold': notice.threshold })
  }
}

const NANO_PER_CENT = 10_000_000n
const centsOf = (nano: bigint) => Number((nano + NANO_PER_CENT / 2n) / NANO_PER_CENT)

/** What `/usage` of Claude Code shows: the cap nearest its end in dollars, and a row for each; without a cap what was spent. */
export function usageReport(caps: readonly SpendCap[], spent: readonly Pick<BudgetLimit, 'period' | 'usedNano'>[]) {
  const active = nearestCap(caps)
  const limits = caps.map((cap) => ({
    kind: 'spend',
    group: PERIODS[cap.kind],
    percent: Number(percentOf(cap)),
    resets_at: new Date(cap.resetsAt).toISOString(),
    severity: noticeOf(cap)?.severity ?? 'normal',
    is_active: cap === active
  }))
  const common = { is_enabled: true, currency: 'USD' }
  if (active !== null) {
    const { usedNano, limitNano } = active
    const dollars = { monthly_limit: centsOf(limitNano), used_credits: centsOf(usedNano) }
    return { extra_usage: { ...common, ...dollars, utilization: Number(percentOf(active)) }, limits }
  }
  const spentIn = (kind: WindowKind) => centsOf(spent.find(({ period }) => period === kind)?.usedNano ?? 0n)
  const unlimited = (kind: WindowKind) => ({ limit: null, used_credits: spentIn(kind), utilization: null })
  return {
    extra_usage: {
      ...common,
      monthly_limit: null,
      used_credits: spentIn('month'),
      utilization: null,
      daily: unlimited('day'),
      weekly: unlimited('week')
    },
    limits
  }
}
