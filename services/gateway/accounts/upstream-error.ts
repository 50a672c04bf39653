import type { IncomingHttpHeaders } from 'node:http'

/** An error response as received. */
export interface UpstreamRefusal {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

/** What is read of an error response. */
export interface UpstreamError {
  status: number
  /** `error.type`; null where the body is not the API's. */
  type: string | null
  /** `error.details.error_code`; null where there is none. */
  code: string | null
  /** The beginning of `error.message`; empty where there is none. */
  message: string
  headers: IncomingHttpHeaders
}

/** The API's errors are short; longer bodies come from something else and are too expensive to parse. */
const MAX_ERROR_BYTES = 65_536
const MAX_MESSAGE_LENGTH = 200
/** The beginning of the message names who the error is about. */
const MAX_READ_LENGTH = 1000

/** Never throws, whatever the body is. */
export function readUpstreamError({ status, headers, body }: UpstreamRefusal): UpstreamError {
  const unread = { status, type: null, code: null, message: '', headers }
  if (body.length > MAX_ERROR_BYTES) return unread
  try {
    const { error } = JSON.parse(body.toString()) as { error: { type?: unknown; message?: unknown; details?: unknown } }
    const details = error.details as { error_code?: unknown } | null | undefined
    return {
      status,
      type: asName(error.type),
      code: asName(details?.error_code),
      message: typeof error.message === 'string' ? error.message.slice(0, MAX_READ_LENGTH) : '',
      headers
    }
  } catch {
    return unread
  }
}

/** The error in a line for the operator, with the upstream's words in up to 200 characters. */
export function describeUpstreamError({ status, type, code, message }: UpstreamError): string {
  const names = [type, code].filter((name) => name !== null)
  if (names.length === 0) return `${status} that is not the API's`
  const words = plainReason(message).trim()
  return `${status} ${names.join(', ')}${words === '' ? '' : `: ${words}`}`
}

/** Upstream text that is safe to store and show: one line of at most 200 characters without keys. */
export function plainReason(text: string): string {
  const plain = text
    .slice(0, 2 * MAX_MESSAGE_LENGTH)
    .replace(/\p{C}+/gu, ' ')
    .replace(/\bsk-[\w-]{6,}/g, 'sk-…')
  return Array.from(plain).slice(0, MAX_MESSAGE_LENGTH).join('')
}

function asName(value: unknown): string | null {
  return typeof value === 'string' && /^[\w.-]{1,64}$/.test(value) ? value : null
}
