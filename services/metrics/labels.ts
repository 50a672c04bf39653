import type { AccountRecord } from '../records/accounts.ts'
import type { Cooldown } from '../accounts/cooldowns.ts'
import type { AttemptResult } from '../forwarding/upstream-attempt.ts'
import { ClientGoneError, type AnthropicErrorType, type GatewayError } from '../gateway-errors.ts'
import type { PriceBook } from '../prices/price-book.ts'

export const EXCHANGE_KINDS = ['messages', 'count_tokens'] as const
export type ExchangeKind = (typeof EXCHANGE_KINDS)[number]

/** How an exchange was answered, if it was: whole, broken off after it began, or with the upstream's refusal of the request. */
export type Ending = 'completed' | 'cut' | 'upstream_refused'

/** How an exchange ended for its client; an error type where Sluice refused it. */
export type RequestOutcome = Ending | 'client_closed' | AnthropicErrorType

export const ATTEMPT_RESULTS = [
  'answered',
  'cut',
  'client_closed',
  'rate_limited',
  'overloaded',
  'unauthorized',
  'billing',
  'request_refused',
  'server_error',
  'timed_out',
  'broken',
  'no_credential'
] as const
export type AttemptOutcome = (typeof ATTEMPT_RESULTS)[number]

export const ACCOUNT_STATES = ['usable', 'limited', 'cooling', 'breaker', 'error', 'disabled'] as const
export type AccountState = (typeof ACCOUNT_STATES)[number]

/** Models come from clients: only those of the price book have names of their own here. */
export const OTHER_MODEL = 'other'

export function requestOutcome(end: {
  gone: AbortSignal
  refusal: GatewayError | null
  ending: Ending | null
}): RequestOutcome {
  if (end.gone.reason instanceof ClientGoneError) return 'client_closed'
  return end.refusal?.type ?? end.ending ?? 'completed'
}

export function attemptOutcome(result: AttemptResult, wasSent: boolean): AttemptOutcome {
  if (result.kind === 'answered') return result.fault === null ? 'answered' : 'cut'
  if (result.kind === 'gone') return 'client_closed'
  if (result.kind === 'refused') return refusalOutcome(result.status)
  if (!wasSent) return 'no_credential'
  return result.timedOut ? 'timed_out' : 'broken'
}

function refusalOutcome(status: number): AttemptOutcome {
  if (status === 429) return 'rate_limited'
  if (status === 529) return 'overloaded'
  if (status === 401 || status === 403) return 'unauthorized'
  if (status === 402) return 'billing'
  return status >= 500 ? 'server_error' : 'request_refused'
}

/** The worst that holds of an account; `problem` is why its credential cannot be used, as far as this process knows. */
export function accountState(
  { status, schedulable }: Pick<AccountRecord, 'status' | 'schedulable'>,
  problem: string | null,
  cooldowns: readonly Cooldown[]
): AccountState {
  if (status === 'disabled' || !schedulable) return 'disabled'
  if (status === 'error' || problem !== null) return 'error'
  if (cooldowns.some(({ kind }) => kind === 'failures')) return 'breaker'
  if (cooldowns.some(({ scope }) => scope === '')) return 'cooling'
  return cooldowns.length > 0 ? 'limited' : 'usable'
}

export function modelLabel(model: string | null, book: PriceBook, at: number): string {
  if (model === null) return OTHER_MODEL
  const { known, id } = book.find(model, at)
  return known ? id : OTHER_MODEL
}
