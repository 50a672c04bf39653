import type { IncomingHttpHeaders } from 'node:http'
import { mayContain } from './echoed-text.ts'
import { rateLimitEnd } from './rate-limit-headers.ts'

/** What one attempt told about the account that it was made with. `reason` is for the operator. */
export type UpstreamReport =
  /** It answered to the end, or refused for a reason that lies in the request. */
  | { kind: 'alive' }
  /** It has begun to answer; that may take minutes, and still fail. */
  | { kind: 'answering' }
  /** `until` is epoch milliseconds, and null when no end is named; without `wholeAccount` the model's family is limited. */
  | { kind: 'rate_limited'; wholeAccount: boolean; until: number | null; reason: string }
  | { kind: 'overloaded'; reason: string }
  /** The account's money or standing. */
  | { kind: 'billing'; until: number | null; reason: string }
  /** It may not use this model. */
  | { kind: 'forbidden'; reason: string }
  /** It denies what this request wishes for, such as a beta or a file; of other requests that says nothing. */
  | { kind: 'denied'; reason: string }
  /** Its credential is not accepted. */
  | { kind: 'unauthorized'; reason: string }
  /** A server's fault, or an answer that is not the API's. */
  | { kind: 'failed'; reason: string }

export interface UpstreamRefusal {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

/** The fields of the API's own error; null where they are missing. */
interface ApiError {
  type: string | null
  code: string | null
  message: string
}

/** The API's errors are short; what is longer is somebody else's, and too dear to parse. */
const MAX_ERROR_BYTES = 65_536
const MAX_MESSAGE_LENGTH = 200
/** Whom an error is about stands at the beginning of its message. */
const MAX_READ_LENGTH = 1000

/** They speak of the account's money or standing, whatever the status. */
const ACCOUNT_CODES = new Set([
  'organization_on_hold',
  'linked_organization_billing_unavailable',
  'linked_organization_spend_limit_reached',
  'enforced_spend_limit_reached',
  'contract_spend_limit_reached'
])

/** Only from the start of a message: some messages quote the request, and a user could put these words there. */
const ACCOUNT_MESSAGES = [
  /^You have reached your specified API usage limits/i,
  /^(Your )?credit balance is too low/i,
  /^(This|Your) organization has been disabled/i
]

/** What a 403 names that is about other wishes of the request than its model. */
const WISHED_FOR = /\b(feature|beta|file|container)s?\b/i
const MODEL = /\bmodels?\b|\bclaude-/i

/** What a 403 that is about the request's own wishes names. */
const ASKED_FOR = /\bmodels?\b|\bclaude-|\b(resource|feature|beta|file|container)s?\b/i
const CREDENTIAL = /\bapi[ _-]?keys?\b|\boauth\b|\bcredentials?\b|\bauthentication\b|\btoken\b(?! (limit|count|budget|usage))/i
const STANDING =
  /\b(organi[sz]ation|workspace|account)\b.*\b(disabled|suspended|deactivated|deleted|archived|blocked|banned)\b/i

/** Reads what an error answer says about the account. `requestBody` is the request's JSON; null when it is gone. */
export function reportOfRefusal(
  { status, headers, body }: UpstreamRefusal,
  nowMs: number,
  requestBody: Buffer | null = null
): UpstreamReport {
  const error = readError(body)
  const reason = describe(status, error)
  if (status === 401) return { kind: 'unauthorized', reason }
  if (status === 402 || (isRefusalOfAccount(status) && isAboutMoney(error, requestBody))) {
    return { kind: 'billing', until: rateLimitEnd(headers, nowMs).until, reason }
  }
  if (status === 403) return { kind: kindOfForbidden(error), reason }
  if (status === 429) return { kind: 'rate_limited', ...rateLimitEnd(headers, nowMs), reason }
  if (status === 529) return { kind: 'overloaded', reason }
  // A redirect is never followed: it would carry the credential to wherever it points. A 407 is the proxy's.
  if (status >= 500 || status < 400 || status === 407) return { kind: 'failed', reason }
  return { kind: 'alive' }
}

/** True when another account may give an answer where this one did not. */
export const isAccountsFault = ({ kind }: UpstreamReport): boolean => kind !== 'alive' && kind !== 'answering'

/** Text of an upstream in a form that can be stored and shown: one line of at most 200 characters, no key in it. */
export function plainReason(text: string): string {
  const plain = text
    .slice(0, 2 * MAX_MESSAGE_LENGTH)
    .replace(/\p{C}+/gu, ' ')
    .replace(/\bsk-[\w-]{6,}/g, 'sk-…')
  return Array.from(plain).slice(0, MAX_MESSAGE_LENGTH).join('')
}

const isRefusalOfAccount = (status: number) => status === 400 || status === 403 || status === 429

function isAboutMoney(error: ApiError | null, requestBody: Buffer | null): boolean {
  if (error === null) return false
  if (error.type === 'billing_error' || (error.code !== null && ACCOUNT_CODES.has(error.code))) return true
  const [words] = ACCOUNT_MESSAGES.map((wording) => wording.exec(error.message)?.[0]).filter((match) => match !== undefined)
  // The name of a field that a user made up may stand at the start of a message.
  return words !== undefined && (requestBody === null || !mayContain(requestBody, words))
}

function kindOfForbidden(error: ApiError | null): 'failed' | 'unauthorized' | 'forbidden' | 'denied' {
  if (error === null || error.type === null) return 'failed'
  if (error.type === 'authentication_error') return 'unauthorized'
  if (WISHED_FOR.test(error.message) && !MODEL.test(error.message)) return 'denied'
  if (ASKED_FOR.test(error.message)) return 'forbidden'
  return CREDENTIAL.test(error.message) || STANDING.test(error.message) ? 'unauthorized' : 'forbidden'
}

function readError(body: Buffer): ApiError | null {
  if (body.length > MAX_ERROR_BYTES) return null
  try {
    const { error } = JSON.parse(body.toString()) as { error: { type?: unknown; message?: unknown; details?: unknown } }
    const details = error.details as { error_code?: unknown } | null | undefined
    return {
      type: asName(error.type),
      code: asName(details?.error_code),
      message: typeof error.message === 'string' ? error.message.slice(0, MAX_READ_LENGTH) : ''
    }
  } catch {
    return null
  }
}

function asName(value: unknown): string | null {
  return typeof value === 'string' && /^[\w.-]{1,64}$/.test(value) ? value : null
}

function describe(status: number, error: ApiError | null): string {
  const names = error === null ? [] : [error.type, error.code].filter((name) => name !== null)
  if (names.length === 0) return `${status} that is not the API's`
  const message = plainReason(error?.message ?? '').trim()
  return `${status} ${names.join(', ')}${message === '' ? '' : `: ${message}`}`
}
