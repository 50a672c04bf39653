import type { AccountRecord } from '../../resources/records/accounts.ts'
import type { Cooldown } from '../../resources/accounts/cooldowns.ts'
import type { Verdict } from '../accounts/verdicts.ts'
import type { AttemptResult } from '../forwarding/upstream-attempt.ts'
import { ClientGoneError, type AnthropicErrorType, type GatewayError } from '../../platform/gateway-errors.ts'
import type { PriceBook } from '../../money/prices/price-book.ts'

export const EXCHANGE_KINDS = ['messages', 'count_tokens'] as const
export type ExchangeKind = (typeof EXCHANGE_KINDS)[number]

/** How an exchange was answered, if it was: whole, broken off after it began, or with the upstream's refusal of the request. */
export type Ending = 'completed' | 'cut' | 'upstream_refused'

/** How an exchange ended for its client; an error type where Sluice refused it. */
export type RequestOutcome = Ending | 'client_closed' | AnthropicErrorType

const ATTEMPT_RESULTS = [
  'answered',
  'cut',
  'client_closed',
  'rate_limited',
  'overloaded',
  'unauthorized',
  'billing',
  'forbidden',
  'request_refused',
  'server_error',
  'timed_out',
  'broken',
  'no_credential'
] as const
export type AttemptOutcome = (typeof ATTEMPT_RESULTS)[number]

export const ACCOUNT_STATES = ['available', 'limited', 'cooling_down', 'failing', 'error', 'disabled'] as const
export type AccountState = (typeof ACCOUNT_STATES)[number]

/** Model names come from clients: only those in the price book are used as labels. */
export const OTHER_MODEL = 'other'

export function requestOutcome(end: {
  gone: AbortSignal
  refusal: GatewayError | null
  ending: Ending | null
}): RequestOutcome {
  if (end.gone.reason instanceof ClientGoneError) return 'client_closed'
  return end.refusal?.type ?? end.ending ?? 'completed'
}

/** `verdict` is null for an attempt that was answered, or that nobody waited for. */
export function attemptOutcome(result: AttemptResult, verdict: Verdict | null): AttemptOutcome {
  if (result.kind === 'gone') return 'client_closed'
  if (result.kind === 'answered' && result.errorEvent === null) return result.fault === null ? 'answered' : 'cut'
  return verdict?.counted ?? 'broken'
}

/** An account's worst state; `problem` is why its credential cannot be used, as far as this process knows. */
export function accountState(
  { status, schedulable }: Pick<AccountRecord, 'status' | 'schedulable'>,
  problem: string | null,
  cooldowns: readonly Pick<Cooldown, 'kind' | 'scope'>[]
): AccountState {
  if (status === 'disabled' || !schedulable) return 'disabled'
  if (status === 'error' || problem !== null) return 'error'
  if (cooldowns.some(({ kind }) => kind === 'failures')) return 'failing'
  if (cooldowns.some(({ scope }) => scope === '')) return 'cooling_down'
  return cooldowns.length > 0 ? 'limited' : 'available'
}

export function modelLabel(model: string | null, book: PriceBook, at: number): string {
  if (model === null) return OTHER_MODEL
  const { known, id } = book.find(model, at)
  return known ? id : OTHER_MODEL
}
