import type { Calendar } from './calendar.ts'

export type WindowKind = 'day' | 'week' | 'month'

/** What is stored of a window: the latest one that was opened. Instants are epoch milliseconds. */
export interface QuotaWindow {
  kind: WindowKind
  /** Null when none was ever opened. */
  startedAt: number | null
  /** Of the window's events: their list cost for a subscription, what was charged for a key. */
  usedNano: bigint
}

/**
 * When windows begin and end. `first-use`: with the first use after the end of the one before, for 24 hours, 7 days or
 * 30 days. `calendar`: with the days, weeks (from Monday) and months of a time zone.
 */
export type WindowPolicy = { anchor: 'first-use' } | { anchor: 'calendar'; calendar: Calendar }

/** A window as it stands at one instant. It covers startsAt ≤ t < endsAt. */
export interface WindowState {
  kind: WindowKind
  /** Both null while no window is open: the next use opens one. */
  startsAt: number | null
  endsAt: number | null
  usedNano: bigint
  open: boolean
}

/** Nano-dollars by kind of window, each > 0; null or absent where there is no limit. */
export type QuotaLimits = { readonly [kind in WindowKind]?: bigint | null }

type QuotaEligibility = { allowed: true } | { allowed: false; kind: WindowKind; resetsAt: number }

const DAY_MS = 24 * 60 * 60 * 1000
const FIRST_USE_MS: Record<WindowKind, number> = { day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS }

/**
 * The window at the instant `at`, for enforcement and display alike; opens none. An instant before the stored window
 * (clocks of replicas differ) sees that window: it is the latest known.
 */
export function windowAt(window: QuotaWindow, policy: WindowPolicy, at: number): WindowState {
  const { kind, startedAt, usedNano } = window
  const instant = startedAt === null ? at : Math.max(at, startedAt)
  if (policy.anchor === 'calendar') {
    const { startsAt, endsAt } = policy.calendar.spanAt(kind, instant)
    const isStored = startedAt !== null && startedAt >= startsAt
    return { kind, startsAt, endsAt, usedNano: isStored ? usedNano : 0n, open: true }
  }
  const endsAt = startedAt === null ? null : startedAt + FIRST_USE_MS[kind]
  if (endsAt === null || instant >= endsAt) return { kind, startsAt: null, endsAt: null, usedNano: 0n, open: false }
  return { kind, startsAt: startedAt, endsAt, usedNano, open: true }
}

/**
 * The window after an event of the instant `eventAt` has been settled. An event counts in the window of its own time:
 * one after the stored window opens the next, one before it changes nothing. So, in whatever order events arrive, the
 * used amount is the sum of those of them that lie in the window.
 */
export function addToWindow(window: QuotaWindow, policy: WindowPolicy, eventAt: number, costNano: bigint): QuotaWindow {
  const { kind, startedAt } = window
  const opened = { kind, startedAt: policy.anchor === 'calendar' ? policy.calendar.spanAt(kind, eventAt).startsAt : eventAt }
  if (startedAt === null) return { ...opened, usedNano: costNano }

  const { startsAt, endsAt, usedNano } = windowAt(window, policy, startedAt)
  if (startsAt === null || endsAt === null || eventAt < startsAt) return window
  return eventAt < endsAt ? { ...window, usedNano: usedNano + costNano } : { ...opened, usedNano: costNano }
}

/** May more be used at `at`? When several windows are used up, the one that resets last decides. */
export function eligibilityOf(
  windows: readonly QuotaWindow[],
  limits: QuotaLimits,
  policy: WindowPolicy,
  at: number
): QuotaEligibility {
  let refusal: QuotaEligibility = { allowed: true }
  for (const { state, limit } of limitedWindows(windows, limits, policy, at)) {
    if (state.endsAt === null || state.usedNano < limit) continue
    if (refusal.allowed || state.endsAt > refusal.resetsAt) {
      refusal = { allowed: false, kind: state.kind, resetsAt: state.endsAt }
    }
  }
  return refusal
}

/** What may still be used at `at`: the smallest remainder, 0 when a window is used up, null when there is no limit. */
export function remainingNano(
  windows: readonly QuotaWindow[],
  limits: QuotaLimits,
  policy: WindowPolicy,
  at: number
): bigint | null {
  let smallest: bigint | null = null
  for (const { state, limit } of limitedWindows(windows, limits, policy, at)) {
    const remainder = state.usedNano < limit ? limit - state.usedNano : 0n
    if (smallest === null || remainder < smallest) smallest = remainder
  }
  return smallest
}

function limitedWindows(windows: readonly QuotaWindow[], limits: QuotaLimits, policy: WindowPolicy, at: number) {
  return windows.flatMap((window) => {
    const limit = limits[window.kind] ?? null
    return limit === null ? [] : [{ state: windowAt(window, policy, at), limit }]
  })
}
