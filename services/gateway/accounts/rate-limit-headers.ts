import type { IncomingHttpHeaders } from 'node:http'
import type { AccountWindow } from '../../resources/accounts/cooldowns.ts'

/** What the headers of a refusal say about the limit that was reached. */
export interface NamedLimit {
  /** Epoch milliseconds; in the past when the named instant has passed, which means now. Null when none is named. */
  until: number | null
  /** What is limited, as far as known: the whole account, a family of models, or requests of this speed. */
  scope: 'account' | 'family' | 'speed'
  /** The family that the headers name when it differs from the requested model's; else null. */
  family: string | null
}

/** What was requested when the limit was reached. */
interface LimitedRequest {
  /** The model's family. */
  family: string
  /** `fast`, or null for the usual one. */
  speed: string | null
}

const PREFIX = 'anthropic-ratelimit-unified-'
const WINDOW_HEADER = /^anthropic-ratelimit-unified-([a-z0-9_]{1,20})-(status|reset|utilization)$/
/** They look like windows, but are about paid usage beyond them. */
const NO_WINDOWS = new Set(['overage', 'fallback'])
const MAX_WINDOWS = 10
/** Such as `7d_opus`: it limits that family of models only. `7d_oi` is the week including paid usage beyond it. */
const FAMILY_WINDOW = /^\d+[a-z]_(?!oi$)([a-z][a-z0-9_]*)$/
/** Limits per minute, each with a `-remaining` and a `-reset`. */
const COUNTED_LIMIT = /^anthropic-(ratelimit|priority|fast)-((?:[a-z]+-)?(?:requests|tokens))-remaining$/
/** No limit of the API lasts this long; a reset beyond it was not in seconds. */
const MAX_AHEAD_MS = 366 * 86_400_000

/** What a response's headers say of the account's usage windows, by name; invalid values are left out. */
export function readWindows(headers: IncomingHttpHeaders, nowMs: number): AccountWindow[] {
  const windows = new Map<string, AccountWindow>()
  for (const header in headers) {
    if (!header.startsWith(PREFIX)) continue
    const value = headers[header]
    const [, name = '', field] = WINDOW_HEADER.exec(header) ?? []
    if (name === '' || NO_WINDOWS.has(name) || typeof value !== 'string') continue
    const window = windows.get(name) ?? { name, status: null, utilization: null, resetsAt: null, seenAt: nowMs }
    if (field === 'status') window.status = readStatus(value)
    else if (field === 'reset') window.resetsAt = readInstant(value, nowMs)
    else window.utilization = readFraction(value)
    const saysSomething = window.status !== null || window.resetsAt !== null || window.utilization !== null
    if (saysSomething && (windows.has(name) || windows.size < MAX_WINDOWS)) windows.set(name, window)
  }
  return [...windows.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/**
 * The limit that a refusal names. Rejecting windows take precedence over the unified limit, that over `retry-after`, and that
 * over exhausted counted limits; a future instant takes precedence over a past one.
 */
export function namedLimit(headers: IncomingHttpHeaders, asked: LimitedRequest, nowMs: number): NamedLimit {
  const rejected = readWindows(headers, nowMs).filter(({ status }) => status === 'rejected')
  const ofAccount = rejected.filter(({ name }) => familyOf(name) === null)
  const unified = unifiedReset(headers, nowMs)
  const retryAt = readRetryAt(headers, nowMs)
  const status = unifiedStatus(headers)
  if (ofAccount.length > 0 || (status === 'rejected' && rejected.length === 0)) {
    return { until: firstAhead([latestReset(ofAccount), unified, retryAt], nowMs), scope: 'account', family: null }
  }
  if (rejected.length > 0) {
    const matching = rejected.filter(({ name }) => isSameFamily(familyOf(name), asked.family))
    const family = matching.length > 0 ? null : (familyOf(rejected[0]!.name)?.split('_')[0] ?? null)
    const resets = latestReset(matching.length > 0 ? matching : rejected.slice(0, 1))
    return { until: firstAhead([resets, unified, retryAt], nowMs), scope: 'family', family }
  }
  if (asked.speed !== null && Object.keys(headers).some((name) => name.startsWith('anthropic-fast-'))) {
    return { until: firstAhead([retryAt, exhaustedUntil(headers, 'fast', nowMs)], nowMs), scope: 'speed', family: null }
  }
  // When the subscription's limit lets requests pass, its reset is not the end of this refusal.
  const whole = status?.startsWith('allowed') === true ? null : unified
  if (whole !== null && whole > nowMs) return { until: whole, scope: 'account', family: null }
  const exhausted = exhaustedUntil(headers, 'ratelimit|priority', nowMs)
  // A speed has its own limit: a mere retry-after does not stop requests of the usual speed.
  const scope = asked.speed !== null && exhausted === null && whole === null ? 'speed' : 'family'
  return { until: firstAhead([retryAt, exhausted, whole], nowMs), scope, family: null }
}

/** When the refusal asks for a retry: `retry-after-ms`, else `retry-after`. Null when it doesn't. */
export function readRetryAt(headers: IncomingHttpHeaders, nowMs: number): number | null {
  const ms = readNumber(headerOf(headers, 'retry-after-ms'))
  const at = ms === null ? readRetryAfter(headerOf(headers, 'retry-after'), nowMs) : nowMs + ms
  return at !== null && at <= nowMs + MAX_AHEAD_MS ? at : null
}

/** The first one in the future, else the first named at all. */
function firstAhead(instants: readonly (number | null)[], nowMs: number): number | null {
  const named = instants.filter((at) => at !== null)
  return named.find((at) => at > nowMs) ?? named[0] ?? null
}

/** The family that a window is about; null when it is about the whole account. */
const familyOf = (window: string): string | null => FAMILY_WINDOW.exec(window)?.[1] ?? null

const isSameFamily = (named: string | null, family: string) => named === family || named?.startsWith(`${family}_`) === true

function latestReset(windows: readonly AccountWindow[]): number | null {
  const resets = windows.map(({ resetsAt }) => resetsAt).filter((at) => at !== null)
  return resets.length === 0 ? null : Math.max(...resets)
}

/** When the last of the exhausted counted limits is filled again; null when none is exhausted. */
function exhaustedUntil(headers: IncomingHttpHeaders, groups: string, nowMs: number): number | null {
  const resets = Object.entries(headers).flatMap(([header, value]) => {
    const [, group = '', name = ''] = COUNTED_LIMIT.exec(header) ?? []
    if (!groups.split('|').includes(group) || typeof value !== 'string' || readNumber(value) !== 0) return []
    return [readInstant(headerOf(headers, `anthropic-${group}-${name}-reset`), nowMs)].filter((at) => at !== null)
  })
  return resets.length === 0 ? null : Math.max(...resets)
}

/** True when the headers say that the subscription's five hours, and all of its limits together, let requests pass. */
export function saysAllowed(headers: IncomingHttpHeaders): boolean {
  return headers[`${PREFIX}5h-status`] === 'allowed' && unifiedStatus(headers) !== 'rejected'
}

const unifiedStatus = (headers: IncomingHttpHeaders) => readStatus(headerOf(headers, `${PREFIX}status`))

function headerOf(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name]
  return typeof value === 'string' ? value.trim() : ''
}

function readStatus(value: string): string | null {
  return /^[a-z_]{1,30}$/.test(value) ? value : null
}

const unifiedReset = (headers: IncomingHttpHeaders, nowMs: number) => readInstant(headerOf(headers, `${PREFIX}reset`), nowMs)

/** A reset: Unix seconds, or a date (RFC 3339). */
function readInstant(value: string, nowMs: number): number | null {
  const seconds = /^\d{1,12}(\.\d{1,9})?$/.test(value) ? Number(value) : null
  const at = seconds === null ? readDate(value) : Math.round(seconds * 1000)
  return at !== null && at <= nowMs + MAX_AHEAD_MS ? at : null
}

function readFraction(value: string): number | null {
  const fraction = /^\d{1,9}(\.\d{1,30})?(e-\d{1,2})?$/i.test(value) ? Number(value) : NaN
  return fraction <= 100 ? fraction : null
}

/** Seconds, possibly fractional or negative (from clock arithmetic), or a date (RFC 9110). */
function readRetryAfter(value: string, nowMs: number): number | null {
  const seconds = readNumber(value)
  return seconds === null ? readDate(value) : Math.round(nowMs + seconds * 1000)
}

const readNumber = (value: string): number | null => (/^-?\d{1,12}(\.\d{1,9})?$/.test(value) ? Number(value) : null)

/** As RFC 3339 writes it, or in one of the three forms of RFC 9110 (5.6.7), two of them obsolete, all in UTC. */
const DATES = [
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/,
  /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/
]
const DATE_OF_C = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/

function readDate(value: string): number | null {
  const zoned = DATE_OF_C.test(value) ? `${value} GMT` : value
  const isDate = zoned !== value || DATES.some((form) => form.test(value))
  const at = isDate ? Date.parse(zoned) : NaN
  return Number.isNaN(at) ? null : at
}
