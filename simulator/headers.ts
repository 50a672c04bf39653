import { createHash } from 'node:crypto'
import type { OutgoingHttpHeaders } from 'node:http'
import type { RecordedRequest } from './behaviour.ts'

/** Headers on every response of the real API. */
export function identityHeaders(requestId: string, request: RecordedRequest): OutgoingHttpHeaders {
  const ray = createHash('sha256').update(requestId).digest('hex').slice(0, 16)
  return {
    'request-id': requestId,
    'anthropic-organization-id': 'b7f5d8a0-3c1e-4f7a-9d52-51cafe000001',
    'set-cookie': `_cfuvid=${ray}.${request.number}; path=/; domain=.anthropic.com; HttpOnly; Secure; SameSite=None`,
    'strict-transport-security': 'max-age=31536000; includeSubDomains; preload',
    'x-robots-tag': 'none',
    'cf-cache-status': 'DYNAMIC',
    'cf-ray': `${ray}-FRA`,
    server: 'cloudflare'
  }
}

/** Both families at once: per-minute limits of an API key (RFC 3339 resets) and subscription windows (unix seconds, fractions). */
export function rateLimitHeaders(): OutgoingHttpHeaders {
  const now = Date.now()
  const headers: OutgoingHttpHeaders = {}
  for (const [kind, limit] of Object.entries({
    requests: 4000,
    tokens: 480_000,
    'input-tokens': 400_000,
    'output-tokens': 80_000
  })) {
    headers[`anthropic-ratelimit-${kind}-limit`] = String(limit)
    headers[`anthropic-ratelimit-${kind}-remaining`] = String(limit - 1)
    headers[`anthropic-ratelimit-${kind}-reset`] = new Date(now + 60_000).toISOString().replace(/\.\d+Z$/, 'Z')
  }
  const unified = {
    status: 'allowed',
    reset: Math.floor(now / 1000) + 18_000,
    'representative-claim': 'five_hour',
    'fallback-percentage': 0.5,
    '5h-status': 'allowed',
    '5h-reset': Math.floor(now / 1000) + 18_000,
    '5h-utilization': 0.12,
    '7d-status': 'allowed',
    '7d-reset': Math.floor(now / 1000) + 604_800,
    '7d-utilization': 0.34
  }
  for (const [suffix, value] of Object.entries(unified)) headers[`anthropic-ratelimit-unified-${suffix}`] = String(value)
  return headers
}
