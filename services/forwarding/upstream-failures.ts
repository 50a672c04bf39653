import type { AttemptResult } from './upstream-attempt.ts'
import { GatewayError, startTimedOut } from '../gateway-errors.ts'

export type UpstreamFailure = Exclude<AttemptResult, { kind: 'answered' } | { kind: 'gone' }>
export type Refusal = Extract<AttemptResult, { kind: 'refused' }>

/** Error codes and wordings of a 400 that speak of the account's money or standing, not of the request. */
const ACCOUNT_ERROR_CODES = new Set([
  'organization_on_hold',
  'linked_organization_billing_unavailable',
  'linked_organization_spend_limit_reached',
  'enforced_spend_limit_reached',
  'contract_spend_limit_reached'
])
const ACCOUNT_MESSAGES = [/^You have reached your specified API usage limits/, /credit balance is too low/i]

/** True when another account may give an answer where this one refused. Everything else is about the request itself. */
export function isAccountsFault(refusal: Refusal): boolean {
  const { status } = refusal
  if (status === 401 || status === 402 || status === 403 || status === 429) return true
  // A redirect is never followed: it would carry the credential to wherever it points.
  if (status >= 500 || status < 400) return true
  return status === 400 && isAccountsError(refusal.body)
}

function isAccountsError(body: Buffer): boolean {
  const error = parseError(body)
  if (error === null) return false
  if (error.code !== null && ACCOUNT_ERROR_CODES.has(error.code)) return true
  return ACCOUNT_MESSAGES.some((wording) => wording.test(error.message))
}

function parseError(body: Buffer): { message: string; code: string | null } | null {
  try {
    const { error } = JSON.parse(body.toString()) as { error?: { message?: unknown; details?: { error_code?: unknown } } }
    const code = error?.details?.error_code
    return {
      message: typeof error?.message === 'string' ? error.message : '',
      code: typeof code === 'string' ? code : null
    }
  } catch {
    return null
  }
}

/** What the client is told when the last account that could answer has failed. The upstream's wording stays out of it. */
export function finalError(failure: UpstreamFailure, nowMs: number): GatewayError {
  if (failure.kind === 'broken') {
    return failure.timedOut ? startTimedOut() : new GatewayError(502, 'api_error', 'The upstream did not answer, please retry')
  }
  switch (failure.status) {
    case 401:
    case 403:
      return new GatewayError(502, 'api_error', 'Upstream authentication failed, please contact administrator')
    case 429:
      return new GatewayError(429, 'rate_limit_error', 'The upstream is rate limiting, please retry later', {
        comeBackS: comeBackOf(failure, nowMs) ?? 30
      })
    case 529:
      return new GatewayError(529, 'overloaded_error', 'The upstream is overloaded, please retry later', {
        comeBackS: comeBackOf(failure, nowMs) ?? 10
      })
    default:
      return new GatewayError(502, 'api_error', 'The upstream failed to answer, please retry')
  }
}

/** Seconds until the upstream said it would serve again: its retry-after, else the reset of its unified limit. */
function comeBackOf({ headers }: Refusal, nowMs: number): number | null {
  const retryAfter = Number(headers['retry-after'])
  if (Number.isFinite(retryAfter) && retryAfter > 0) return retryAfter
  const resetS = Number(headers['anthropic-ratelimit-unified-reset'])
  return Number.isFinite(resetS) && resetS * 1000 > nowMs ? resetS - nowMs / 1000 : null
}
