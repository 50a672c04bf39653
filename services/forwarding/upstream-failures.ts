import type { AttemptResult } from './upstream-attempt.ts'
import type { Selection } from '../accounts/selection.ts'
import { GatewayError, noAccounts, startTimedOut } from '../gateway-errors.ts'

export type UpstreamFailure = Exclude<AttemptResult, { kind: 'answered' } | { kind: 'gone' }>
export type Refusal = Extract<AttemptResult, { kind: 'refused' }>

/**
 * What the client is told when the last account that could answer has failed. The upstream's wording stays out of it.
 * `comeBackS` is when the accounts may serve again as far as that is known here; null = what the upstream says counts.
 */
export function finalError(failure: UpstreamFailure, nowMs: number, comeBackS: number | null = null): GatewayError {
  if (failure.kind === 'broken') {
    return failure.timedOut ? startTimedOut() : new GatewayError(502, 'api_error', 'The upstream did not answer, please retry')
  }
  switch (failure.status) {
    case 401:
    case 403:
      return new GatewayError(502, 'api_error', 'Upstream authentication failed, please contact administrator')
    case 429:
      return new GatewayError(429, 'rate_limit_error', 'The upstream is rate limiting, please retry later', {
        comeBackS: comeBackS ?? comeBackOf(failure, nowMs) ?? 30
      })
    case 529:
      return new GatewayError(529, 'overloaded_error', 'The upstream is overloaded, please retry later', {
        comeBackS: comeBackS ?? comeBackOf(failure, nowMs) ?? 10
      })
    default:
      return new GatewayError(502, 'api_error', 'The upstream failed to answer, please retry')
  }
}

/** What the client is told when there was nobody to ask: a 429 when all that is in the way are rate limits. */
export function noneUsable({ reason, coolingKinds, soonestBackAt }: Selection, nowMs: number): GatewayError {
  if (soonestBackAt === null) return noAccounts(reason)
  const comeBackS = (soonestBackAt - nowMs) / 1000
  const isRateLimited = [...coolingKinds].every((kind) => kind === 'rate_limit')
  return isRateLimited
    ? new GatewayError(429, 'rate_limit_error', 'All accounts are at their rate limits, please retry later', { comeBackS })
    : noAccounts(reason, comeBackS)
}

/** Seconds until the upstream said it would serve again: its retry-after, else the reset of its unified limit. */
function comeBackOf({ headers }: Refusal, nowMs: number): number | null {
  const retryAfter = Number(headers['retry-after'])
  if (Number.isFinite(retryAfter) && retryAfter > 0) return retryAfter
  const resetS = Number(headers['anthropic-ratelimit-unified-reset'])
  return Number.isFinite(resetS) && resetS * 1000 > nowMs ? resetS - nowMs / 1000 : null
}
