import { windowAt, type WindowKind } from '../money/billing/quota-windows.ts'
import { windowPolicyOf } from '../money/billing/window-policies.ts'
import { formatUsd, parseUsd } from '../money/prices/money.ts'

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

const toTimeOrNull = (at: number | null) => (at === null ? null : new Date(at).toISOString())

/** The windows as they stand at `now`, epoch milliseconds. A total has no start and no end. */
export function windowReports(stored: StoredWindows, now: number) {
  const policy = windowPolicyOf(stored)
  const states = (['day', 'week', 'month'] as const).map((kind) => {
    const { used, startedAt = null, limit } = stored[kind]
    const window = { kind, startedAt: startedAt === null ? null : Date.parse(startedAt), usedNano: parseUsd(used) }
    return { ...windowAt(window, policy, now), limit }
  })
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
