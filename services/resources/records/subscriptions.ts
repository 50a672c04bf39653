import { parseUsd } from '../../money/prices/money.ts'
import type { QuotaWindow } from '../../money/billing/quota-windows.ts'

export type SubscriptionStatus = 'active' | 'suspended' | 'revoked'

/** Instants are epoch milliseconds. */
export interface SubscriptionValues {
  status: SubscriptionStatus
  startsAt: number
  expiresAt: number
}

export interface ClientSubscription extends SubscriptionValues {
  id: string
  /** Day, week, month. */
  windows: QuotaWindow[]
}

/** Why a subscription cannot be used, as a clause for its user; null when it can. */
export function problemOfSubscription({ status, startsAt, expiresAt }: SubscriptionValues, now: number): string | null {
  if (status !== 'active') return `it ${status === 'revoked' ? 'was' : 'is'} ${status}`
  if (expiresAt <= now) return `it ended at ${new Date(expiresAt).toISOString()}`
  return startsAt > now ? `it begins at ${new Date(startsAt).toISOString()}` : null
}

export interface WindowColumns {
  dayStartedAt: Date | null
  dayUsed: string
  weekStartedAt: Date | null
  weekUsed: string
  monthStartedAt: Date | null
  monthUsed: string
}

/** Of `subscriptions s`. */
export const WINDOW_FIELDS = `s.day_started_at as "dayStartedAt", s.day_used_usd as "dayUsed",
  s.week_started_at as "weekStartedAt", s.week_used_usd as "weekUsed",
  s.month_started_at as "monthStartedAt", s.month_used_usd as "monthUsed"`

export function toWindows(row: WindowColumns): QuotaWindow[] {
  return [
    { kind: 'day', startedAt: row.dayStartedAt?.getTime() ?? null, usedNano: parseUsd(row.dayUsed) },
    { kind: 'week', startedAt: row.weekStartedAt?.getTime() ?? null, usedNano: parseUsd(row.weekUsed) },
    { kind: 'month', startedAt: row.monthStartedAt?.getTime() ?? null, usedNano: parseUsd(row.monthUsed) }
  ]
}
