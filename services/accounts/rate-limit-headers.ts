import type { IncomingHttpHeaders } from 'node:http'
import type { AccountWindow } from './cooldowns.ts'

/** When a 429 says that it ends. */
export interface RateLimitEnd {
  /** Epoch milliseconds in the future; null when it is not named. */
  until: number | null
  /** False: as far as is known it concerns the model's family only. */
  wholeAccount: boolean
}

const PREFIX = 'anthropic-ratelimit-unified-'
const WINDOW_HEADER = /^anthropic-ratelimit-unified-([a-z0-9_]{1,20})-(status|reset|utilization)$/
/** They look like windows and speak of what is paid for beyond them. */
const NO_WINDOWS = new Set(['overage', 'fallback'])
const MAX_WINDOWS = 10
/** Such as `7d_opus`: it limits that family of models only. */
const FAMILY_WINDOW = /_(opus|sonnet|haiku)$/
/** No limit of the API lasts as long; such a reset was not written in seconds. */
const MAX_AHEAD_MS = 366 * 86_400_000

/** What an answer's headers say of the account's usage windows, by name; what makes no sense is left out. */
export function readWindows(headers: IncomingHttpHeaders, nowMs: number): AccountWindow[] {
  const windows = new Map<string, AccountWindow>()
  for (const [header, value] of Object.entries(headers)) {
    const [, name = '', field] = WINDOW_HEADER.exec(header) ?? []
    if (name === '' || NO_WINDOWS.has(name) || typeof value !== 'string') continue
    const window = windows.get(name) ?? { name, status: null, utilization: null, resetsAt: null, seenAt: nowMs }
    if (field === 'status') window.status = readStatus(value)
    else if (field === 'reset') window.resetsAt = readReset(value, nowMs)
    else window.utilization = readFraction(value)
    const saysSomething = window.status !== null || window.resetsAt !== null || window.utilization !== null
    if (saysSomething && (windows.has(name) || windows.size < MAX_WINDOWS)) windows.set(name, window)
  }
  return [...windows.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** What the headers of a 429 say about its end. An instant that has passed is not named. */
export function rateLimitEnd(headers: IncomingHttpHeaders, nowMs: number): RateLimitEnd {
  const rejected = readWindows(headers, nowMs).filter(({ status }) => status === 'rejected')
  const windowsEnd = Math.max(...rejected.map(({ resetsAt }) => resetsAt ?? 0), 0)
  if (windowsEnd > nowMs) return { until: windowsEnd, wholeAccount: !rejected.every(({ name }) => FAMILY_WINDOW.test(name)) }

  // Where the subscription's limit lets requests pass, its reset is not when this refusal ends.
  const isOther = unifiedStatus(headers)?.startsWith('allowed') === true
  const reset = isOther ? null : readReset(headerOf(headers, `${PREFIX}reset`), nowMs)
  if (reset !== null && reset > nowMs) return { until: reset, wholeAccount: true }

  const until = retryAfter(headerOf(headers, 'retry-after'), nowMs)
  return { until: until !== null && until > nowMs ? until : null, wholeAccount: false }
}

/** True when the headers say that the subscription's five hours, and all of its limits together, let requests pass. */
export function saysAllowed(headers: IncomingHttpHeaders): boolean {
  return headers[`${PREFIX}5h-status`] === 'allowed' && unifiedStatus(headers) !== 'rejected'
}

const unifiedStatus = (headers: IncomingHttpHeaders) => readStatus(headerOf(headers, `${PREFIX}status`))

function headerOf(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name]
  return typeof value === 'string' ? value : ''
}

function readStatus(value: string): string | null {
  return /^[a-z_]{1,30}$/.test(value) ? value : null
}

/** Unix seconds. */
function readReset(value: string, nowMs: number): number | null {
  if (!/^\d{1,12}$/.test(value)) return null
  const at = Number(value) * 1000
  return at <= nowMs + MAX_AHEAD_MS ? at : null
}

function readFraction(value: string): number | null {
  const fraction = /^\d{1,9}(\.\d{1,30})?(e-\d{1,2})?$/i.test(value) ? Number(value) : NaN
  return fraction <= 100 ? fraction : null
}

/** Seconds, or a date (RFC 9110). */
function retryAfter(value: string, nowMs: number): number | null {
  const at = /^\d{1,12}$/.test(value)
    ? nowMs + Number(value) * 1000
    : /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(value)
      ? Date.parse(value)
      : NaN
  return at <= nowMs + MAX_AHEAD_MS ? at : null
}
