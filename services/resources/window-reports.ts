import { windowAt, type QuotaWindow, type WindowKind } from '../money/billing/quota-windows.ts'
import { windowPolicyOf } from '../money/billing/window-policies.ts'
import { formatUsd, parseUsd } from '../money/prices/money.ts'
import { toTimeOrNull } from '../platform/timestamps.ts'

interface StoredWindow {
  used: string
  startedAt?: string | null
  limit: string | null
}

/** What a field of windows selects. */
export type StoredWindows = { windowAnchor: 'first-use' | 'calendar'; timeZone: string; total?: StoredWindow } & Record<
  WindowKind,
  StoredWindow
>

const KINDS = ['day', 'week', 'month'] as const

const toNano = (usd: string | null) => (usd === null ? null : parseUsd(usd))

/** The same in the form used to check limits. */
export function storedSpending(stored: StoredWindows) {
  const { day, week, month, total = { used: '0', limit: null } } = stored
  const windows = KINDS.map((kind): QuotaWindow => {
    const { used, startedAt = null } = stored[kind]
    return { kind, startedAt: startedAt === null ? null : Date.parse(startedAt), usedNano: parseUsd(used) }
  })
  return {
    spending: { windows, totalNano: parseUsd(total.used) },
    limits: { day: toNano(day.limit), week: toNano(week.limit), month: toNano(month.limit), total: toNano(total.limit) },
    policy: windowPolicyOf(stored)
  }
}

/** The windows as they stand at `now`, epoch milliseconds. A total has no start and no end. */
export function windowReports(stored: StoredWindows, now: number) {
  const { spending, policy } = storedSpending(stored)
  const states = spending.windows.map((window) => ({ ...windowAt(window, policy, now), limit: stored[window.kind].limit }))
  const { total } = stored
  const whole =
    total === undefined
      ? []
      : [{ kind: 'total', startsAt: null, endsAt: null, usedNano: parseUsd(total.used), limit: total.limit }]
  return [...states, ...whole].map(({ kind, startsAt, endsAt, usedNano, limit }) => ({
    kind,
    limit_usd: limit === null ? null : formatUsd(parseUsd(limit)),
    used_usd: formatUsd(usedNano),
    started_at: toTimeOrNull(startsAt),
    resets_at: toTimeOrNull(endsAt)
  }))
}
