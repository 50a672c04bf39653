import zlib from 'node:zlib'
import { parseObject } from './behaviour.ts'
import type { RecordedRequest } from './behaviour.ts'

const MAX_BODY_BYTES = 33_554_432

export interface Refusal {
  status: number
  type?: string
  message?: string
  errorCode?: string
  body?: string
}

interface Door {
  /** The credentials it knows; null is all. */
  known: Set<string> | null
  /** How it wants a key; null is either way. */
  auth: 'x-api-key' | 'bearer' | null
}

/** What the real API refuses by itself; null when the request is in order. */
export function refuse(request: RecordedRequest, bytes: Buffer, { known, auth }: Door): Refusal | null {
  if (request.credential === null) return { status: 401, message: 'x-api-key header is required' }
  const shown = request.headers['x-api-key'] === undefined ? 'bearer' : 'x-api-key'
  if (auth !== null && auth !== shown)
    return { status: 401, message: `no key in ${auth === 'bearer' ? 'authorization' : auth}` }
  if (known !== null && !known.has(request.credential)) return { status: 401, message: 'invalid x-api-key' }
  const version = request.headers['anthropic-version']
  if (version === undefined) return { status: 400, message: 'anthropic-version: header is required' }
  if (bytes.length > MAX_BODY_BYTES) return { status: 413, message: 'Request exceeds the maximum allowed number of bytes.' }
  const body = parseObject(bytes)
  if (body === null) return { status: 400, message: 'The request body is not valid JSON' }
  const missing = ['model', 'messages', ...(request.path.includes('/count_tokens') ? [] : ['max_tokens'])].find(
    (field) => !(field in body)
  )
  if (missing !== undefined) return { status: 400, message: `${missing}: Field required` }
  const removed = version === '2026-10-21' ? ['temperature', 'top_p', 'top_k'].find((field) => field in body) : undefined
  return removed === undefined ? null : { status: 400, message: `${removed}: Extra inputs are not permitted` }
}

const ERROR_TYPES: Record<number, string> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  409: 'conflict_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error'
}

/** The error in Anthropic's shape, unless it names a body of its own. */
export function errorBody(error: Refusal, requestId: string): string {
  const type = error.type ?? ERROR_TYPES[error.status] ?? (error.status < 500 ? 'invalid_request_error' : 'api_error')
  const details = error.errorCode === undefined ? null : { error_code: error.errorCode }
  const shape = { type: 'error', error: { details, type, message: error.message ?? 'Simulated error' }, request_id: requestId }
  return error.body ?? JSON.stringify(shape)
}

/** The real API takes compressed bodies. One that cannot be decoded is left as it is, and refused as JSON later. */
export function decode(bytes: Buffer, encoding: string | undefined): Buffer {
  const decoders: Record<string, (bytes: Buffer) => Buffer> = {
    gzip: zlib.gunzipSync,
    deflate: zlib.inflateSync,
    br: zlib.brotliDecompressSync,
    zstd: zlib.zstdDecompressSync
  }
  try {
    return decoders[encoding ?? '']?.(bytes) ?? bytes
  } catch {
    return bytes
  }
}
