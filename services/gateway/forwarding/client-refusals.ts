import type { Selection } from '../accounts/selection.ts'
import type { Told, Verdict } from '../accounts/verdicts.ts'
import { accountsFailed, GatewayError, noAccounts, startTimedOut, UpstreamRefusedError } from '../../platform/gateway-errors.ts'
import type { ExchangeAttempt } from '../request/exchange.ts'

interface Telling {
  verdict: Verdict
  /** Seconds until the accounts may serve again, as far as known here. */
  retryAfterS: number | null
  nowMs: number
}

const retryable = (message: string) => () => new GatewayError(502, 'api_error', message)
const terminal =
  (message: string) =>
  ({ retryAfterS }: Telling) =>
    accountsFailed(message, retryAfterS)

const REFUSALS: Record<Exclude<Told, 'verbatim'>, (telling: Telling) => GatewayError> = {
  limited: (telling) =>
    new GatewayError(429, 'rate_limit_error', 'The upstream is rate limiting, please retry later', {
      retryAfterS: secondsUntilRetry(telling) ?? 30
    }),
  overloaded: (telling) =>
    new GatewayError(529, 'overloaded_error', 'The upstream is overloaded, please retry later', {
      retryAfterS: secondsUntilRetry(telling) ?? 10
    }),
  'out of money': terminal('The upstream accounts are out of credit or on hold, please contact administrator'),
  'not authenticated': terminal('Upstream authentication failed, please contact administrator'),
  'not permitted': terminal('The upstream accounts may not answer this request, please contact administrator'),
  'no credential': retryable('The upstream account had no valid sign-in, please retry'),
  failed: retryable('The upstream failed to answer, please retry'),
  unreachable: retryable('The upstream cannot be reached, please retry'),
  silent: retryable('The upstream did not answer, please retry'),
  'broken off': retryable('The upstream gave no usable response, please retry'),
  'too late': () => startTimedOut()
}

/**
 * What the client is told when the last possible account has failed: the upstream's own refusal when the request is at fault,
 * else our own message. `retryAfterS` as in Telling.
 */
export function refusalFor(
  attempts: readonly ExchangeAttempt[],
  nowMs: number,
  retryAfterS: number | null
): GatewayError | UpstreamRefusedError {
  const { verdict, response } = toldAttempt(attempts)
  const { told } = verdict
  if (told !== 'verbatim') return REFUSALS[told]({ verdict, nowMs, retryAfterS })
  return response === null ? REFUSALS.failed({ verdict, nowMs, retryAfterS }) : new UpstreamRefusedError(response)
}

/** What one account said about the request is more useful than that another is unavailable. */
function toldAttempt(attempts: readonly ExchangeAttempt[]): ExchangeAttempt {
  const last = attempts.at(-1)!
  const isOut = last.verdict.fault === 'account' && last.verdict.told !== 'verbatim'
  return (isOut ? attempts.findLast(({ verdict }) => verdict.told === 'verbatim') : undefined) ?? last
}

function secondsUntilRetry({ verdict: { until }, retryAfterS, nowMs }: Telling): number | null {
  return retryAfterS ?? (until === null ? null : (until - nowMs) / 1000)
}

/** What the client is told when there was no account to try: a 429 when only rate limits are in the way. */
export function noneUsable({ reason, cooling, passedOver, soonestBackAt }: Selection, nowMs: number): GatewayError {
  if (soonestBackAt === null) return noAccounts(reason, null)
  const retryAfterS = (soonestBackAt - nowMs) / 1000
  if (!cooling.every(({ kind }) => kind === 'rate_limit')) return noAccounts(reason, retryAfterS)
  const whose = passedOver.every(({ state }) => state === 'cooling down' || state === 'without the model')
    ? 'All accounts are'
    : 'The accounts that are left are'
  const which = cooling.every(({ scope }) => scope.startsWith('speed:')) ? 'rate limits for this speed' : 'rate limits'
  return new GatewayError(429, 'rate_limit_error', `${whose} at their ${which}, please retry later`, { retryAfterS })
}
