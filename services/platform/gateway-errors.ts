import type { IncomingHttpHeaders } from 'node:http'
import { NamedError } from './named-error.ts'

export type AnthropicErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'billing_error'
  | 'permission_error'
  | 'subscription_error'
  | 'not_found_error'
  | 'request_too_large'
  | 'rate_limit_error'
  | 'timeout_error'
  | 'api_error'
  | 'overloaded_error'

/** What an SDK tells errors of one type apart by. */
interface ErrorDetails {
  error_code: string
}

/** The body of every error, as the Messages API shapes it. */
interface AnthropicErrorBody {
  type: 'error'
  error: { type: string; message: string; details?: ErrorDetails }
  request_id: string
}

/**
 * A failure the client is told about: status, Anthropic error type, and when to come back.
 * `retryAfterS` is the number of seconds after which the same request may succeed; null means never.
 */
export class GatewayError extends NamedError {
  readonly status: number
  readonly type: AnthropicErrorType
  readonly retryAfterS: number | null
  readonly headers: Record<string, string>
  /** For the log only. */
  readonly facts: Record<string, string>
  readonly details: ErrorDetails | undefined

  constructor(
    status: number,
    type: AnthropicErrorType,
    message: string,
    options: {
      retryAfterS?: number
      headers?: Record<string, string>
      details?: ErrorDetails
      facts?: Record<string, string>
      cause?: unknown
    } = {}
  ) {
    super(message, { cause: options.cause })
    this.status = status
    this.type = type
    this.retryAfterS = options.retryAfterS ?? null
    this.headers = options.headers ?? {}
    this.facts = options.facts ?? {}
    this.details = options.details
  }
}

/** The upstream's own refusal, which is what the client is told. */
export class UpstreamRefusedError extends NamedError {
  readonly response: { status: number; headers: IncomingHttpHeaders; body: Buffer }

  constructor(response: UpstreamRefusedError['response']) {
    super(`the upstream refused the request with status ${response.status}`)
    this.response = response
  }
}

/** The client closed its connection: nobody is left to be told. Also the reason of the exchange's AbortSignal. */
export class ClientGoneError extends NamedError {}

/** Claude Code waits for a retry-after of 1 to 60 whole seconds and fails at once on a longer one; SDKs sleep any length. */
const LONGEST_RETRY_AFTER_S = 60

/**
 * The headers that say when to come back. Every SDK obeys `x-should-retry` first, so a refusal that a quick retry cannot
 * cure carries `false`: without it the SDKs would sleep for hours or repeat a hopeless request.
 */
function retryHeaders(status: number, retryAfterS: number | null): Record<string, string> {
  if (retryAfterS === null) return status < 500 ? { 'x-should-retry': 'false' } : {}
  const seconds = Math.max(1, Math.ceil(retryAfterS))
  if (seconds <= LONGEST_RETRY_AFTER_S) return { 'retry-after': String(seconds) }
  return { 'retry-after': String(seconds), 'x-should-retry': 'false' }
}

/** Names the exchange in every response, so that its client can tell the operator which one to look up. */
export const EXCHANGE_ID_HEADER = 'x-sluice-exchange-id'

export function errorBody(type: string, message: string, requestId: string, details?: ErrorDetails): AnthropicErrorBody {
  const error = details === undefined ? { type, message } : { type, message, details }
  return { type: 'error', error, request_id: requestId }
}

/** The whole response that a failure becomes while the status is still ours to choose. */
export function errorResponse(error: GatewayError, requestId: string) {
  return {
    status: error.status,
    headers: { 'request-id': requestId, ...retryHeaders(error.status, error.retryAfterS), ...error.headers },
    body: errorBody(error.type, error.message, requestId, error.details)
  }
}

/**
 * The error type used inside a begun stream. Claude Code backs off on `overloaded_error` and repeats at once on
 * `rate_limit_error`, so every "try later" is the former there.
 */
export function inStreamType(error: GatewayError): AnthropicErrorType {
  const triesLater = error.retryAfterS !== null && error.retryAfterS <= LONGEST_RETRY_AFTER_S
  return triesLater ? 'overloaded_error' : error.type
}

/** What is left of an unexpected fault for the client: that it is ours. The log has the rest. */
export function asGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  return new GatewayError(500, 'api_error', 'Internal server error', { cause: error })
}

const BUSY_RETRY_AFTER_S = 5
const RESERVED_RETRY_AFTER_S = 10

const unavailable = (message: string, cause?: unknown) =>
  new GatewayError(503, 'api_error', `${message}, please retry later`, { retryAfterS: BUSY_RETRY_AFTER_S, cause })
const busy = (message: string) =>
  new GatewayError(429, 'rate_limit_error', `${message}, please retry later`, { retryAfterS: BUSY_RETRY_AFTER_S })

/** `keys`: the public prefixes of what was given as a key. */
export const keyInvalid = (keys = '') => new GatewayError(401, 'authentication_error', 'invalid x-api-key', { facts: { keys } })

/**
 * The key is known, and nothing may be asked with it: whoever holds its secret may know the reason. `facts` tell the operator whose
 * it is.
 */
export const keyRefused = (reason: string, facts: Record<string, string>) =>
  new GatewayError(401, 'authentication_error', reason, { facts })

/** The address is the one that the client is known by, which a proxy in between may have made another. */
export const addressRefused = (address: string, facts: Record<string, string> = {}) =>
  new GatewayError(403, 'permission_error', `This API key may not be used from ${address}`, { facts })

export const tooManyFailures = (retryAfterS: number, facts: Record<string, string>) =>
  new GatewayError(429, 'rate_limit_error', 'Too many failed authentications from this address', {
    retryAfterS,
    facts,
    headers: { 'x-should-retry': 'false' }
  })

export const databaseAway = (cause: unknown) => unavailable('Sluice cannot reach its database', cause)

export const databaseShareBusy = () => unavailable('Too many such requests are using the database')

export const databaseTooSlow = (cause: unknown) =>
  new GatewayError(504, 'timeout_error', 'The database took too long: request less at once', { cause })

/** Claude Code recognises this wording and says "Credit balance is too low", once. */
export const balanceUsedUp = () =>
  new GatewayError(
    403,
    'billing_error',
    'Your credit balance is too low to access the API. Please ask your administrator for a top-up.'
  )

/** `problem` is why the one that there is cannot be used; null where there is none. */
export const noActiveSubscription = (group: string, problem: string | null) =>
  new GatewayError(
    403,
    'permission_error',
    `No active subscription for group ${group}${problem === null ? '' : `: ${problem}`}`
  )

/** The key's team is not for who holds the key, or for nobody now. */
export const teamRefused = (reason: string) => new GatewayError(403, 'permission_error', reason)

const PERIOD = { day: 'daily', week: 'weekly', month: 'monthly' }

/**
 * A subscription window is used up. The header set is the one Anthropic's own gateway sends for a reached cap; it leaves out
 * `representative-claim` and `overage-status`, with which Claude Code would print a line of its own instead of this message.
 */
export function windowUsedUp(
  kind: keyof typeof PERIOD,
  resetsAt: number,
  now: number,
  what = 'spend limit',
  hint = ''
): GatewayError {
  const resetS = String(Math.ceil(resetsAt / 1000))
  const at = new Date(resetsAt).toISOString().slice(0, 16).replace('T', ' ')
  return new GatewayError(429, 'billing_error', `${what} reached (${PERIOD[kind]}; resets ${at} UTC)${hint}`, {
    retryAfterS: (resetsAt - now) / 1000,
    headers: {
      'x-should-retry': 'false',
      'anthropic-ratelimit-unified-status': 'rejected',
      'anthropic-ratelimit-unified-reset': resetS,
      'anthropic-ratelimit-unified-overage-reset': resetS,
      'anthropic-ratelimit-unified-overage-utilization': '1',
      'anthropic-ratelimit-unified-overage-surpassed-threshold': '1',
      'anthropic-ratelimit-unified-overage-period': PERIOD[kind],
      'anthropic-ratelimit-unified-overage-disabled-reason': 'org_spend_cap_reached'
    }
  })
}

/** The same for what never resets, and so has no period either. */
export const totalUsedUp = (what: string) =>
  new GatewayError(429, 'billing_error', `${what} reached (total)`, {
    headers: {
      'anthropic-ratelimit-unified-status': 'rejected',
      'anthropic-ratelimit-unified-overage-utilization': '1',
      'anthropic-ratelimit-unified-overage-surpassed-threshold': '1',
      'anthropic-ratelimit-unified-overage-disabled-reason': 'org_spend_cap_reached'
    }
  })

/**
 * A brake, or somebody, has paused the key, the session or the agent. `leftMs` null: until somebody resumes it; `id` null: it is not on
 * record yet.
 */
export function paused({ id, reason, leftMs }: { id: string | null; reason: string; leftMs: number | null }): GatewayError {
  const resume = id === null ? 'see `sluice pauses`' : `resume with \`sluice resume ${id}\` or in the console`
  return new GatewayError(429, 'billing_error', `paused: ${reason}; ${resume}`, {
    ...(leftMs === null ? {} : { retryAfterS: Math.max(1, leftMs / 1000) }),
    headers: NO_RETRY
  })
}

/** Whoever else is under way may need less than what is kept for it, so that what is left may do soon. */
export const reservedByOthers = (what: string) =>
  new GatewayError(429, 'rate_limit_error', `What is left of ${what} is reserved by requests in flight, please retry later`, {
    retryAfterS: RESERVED_RETRY_AFTER_S
  })

export const bodyEmpty = () => new GatewayError(400, 'invalid_request_error', 'Request body is empty')
export const bodyMalformed = () => new GatewayError(400, 'invalid_request_error', 'Failed to parse request body')
export const fieldInvalid = (problem: string) => new GatewayError(400, 'invalid_request_error', problem)
export const bodyTooLarge = (limitBytes: number) =>
  new GatewayError(413, 'request_too_large', `Request exceeds the maximum size of ${limitBytes} bytes`)
export const buffersFull = () => unavailable('Too many large requests are being read')
export const journalUnavailable = (cause?: unknown) => unavailable('Sluice cannot record usage at the moment', cause)

export const tooManyPending = () => busy('Too many pending requests')
export const slotWaitOver = (subject: 'user' | 'account') => busy(`Concurrency limit exceeded for ${subject}`)

/** Every SDK obeys it first. */
const NO_RETRY = { 'x-should-retry': 'false' }

/** `retryAfterS` null: only an operator can change that, and waiting helps nothing. */
export const noAccounts = (reason: string, retryAfterS: number | null) =>
  new GatewayError(
    503,
    'api_error',
    `No available accounts: ${reason}`,
    retryAfterS === null ? { headers: NO_RETRY } : { retryAfterS }
  )
/** A failure of the accounts that repeating the request does not cure, unless some account is back at a known time. */
export const accountsFailed = (message: string, retryAfterS: number | null) =>
  new GatewayError(502, 'api_error', message, retryAfterS === null ? { headers: NO_RETRY } : { retryAfterS })
export const modelNotFound = (model: string) => new GatewayError(404, 'not_found_error', `model: ${model}`)
/** `problem` goes on after the model's name. `facts` tell the operator whose key it is. */
export const modelRefused = (model: string, problem: string, facts: Record<string, string>) =>
  new GatewayError(404, 'not_found_error', `model: ${model} ${problem}`, { facts })

/** The SDKs replay the conversation into a new thread then: their recovery goes by the code alone. */
export const threadNotFound = () =>
  new GatewayError(
    404,
    'not_found_error',
    'The thread of previous_message_id was not found: send the whole conversation again',
    {
      details: { error_code: 'thread_not_found' }
    }
  )

export const startTimedOut = () =>
  new GatewayError(504, 'timeout_error', 'The upstream did not start to answer in time, please retry', {
    retryAfterS: BUSY_RETRY_AFTER_S
  })
