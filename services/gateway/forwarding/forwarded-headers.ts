import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import { isForwarded } from '../../platform/forwarded-names.ts'

/** The API refuses requests without a version; clients that send none predate later versions. */
const DEFAULT_VERSION = '2023-06-01'

/** A sign-in's access token is accepted only with this beta. */
const OAUTH_BETA = 'oauth-2025-04-20'

interface UpstreamHeadersOptions {
  keepContentEncoding: boolean
  /** The credential is somebody's sign-in. */
  oauth: boolean
}

/** The request headers for an upstream, as undici's flat list of names and values, with the account's credential. */
export function upstreamHeaders(
  client: IncomingHttpHeaders,
  credential: Record<string, string>,
  options: UpstreamHeadersOptions
): string[] {
  const headers: string[] = []
  for (const name in client) {
    if (!isForwarded(name)) continue
    if (name === 'content-encoding' && !options.keepContentEncoding) continue
    if (name === 'anthropic-beta' && options.oauth) continue
    const value = client[name]
    if (typeof value === 'string') headers.push(name, value)
    else for (const line of linesOf(value)) headers.push(name, line)
  }
  if (options.oauth) for (const value of withOauthBeta(linesOf(client['anthropic-beta']))) headers.push('anthropic-beta', value)
  if (client['anthropic-version'] === undefined) headers.push('anthropic-version', DEFAULT_VERSION)
  headers.push('accept-encoding', 'identity')
  for (const name in credential) headers.push(name, credential[name]!)
  return headers
}

function linesOf(value: string | string[] | undefined): string[] {
  if (typeof value === 'string') return [value]
  return value ?? []
}

/** The client's list unchanged, with one more item at the end unless it is already there. */
function withOauthBeta(lines: string[]): string[] {
  const betas = lines.flatMap((line) => line.split(',')).map((beta) => beta.trim())
  if (betas.includes(OAUTH_BETA)) return lines
  const last = lines.at(-1) ?? ''
  return [...lines.slice(0, -1), last.trim() === '' ? OAUTH_BETA : `${last},${OAUTH_BETA}`]
}

/**
 * The response headers passed on besides those of the API itself: those that the SDKs and Claude Code read, that describe the
 * bytes, and that identify the request to the provider's support. Everything else concerns the network or the account behind
 * Sluice: cookies, hop-by-hop headers, transport policies, what another gateway says about its keys.
 */
const RESPONSE_NAMES = new Set([
  'content-type',
  'content-encoding',
  'content-language',
  'content-length',
  'cache-control',
  'vary',
  'request-id',
  'x-request-id',
  'cf-ray',
  'traceresponse',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  'deprecation',
  'sunset',
  'warning'
])

/**
 * The API's own headers pass, even unknown ones, but not those about the account: whose it is, what it may use and has left. The
 * known families are `ratelimit`, `fast` and `priority`; later ones will end like these.
 */
const API_PREFIX = 'anthropic-'
const OF_ACCOUNT =
  /^anthropic-(ratelimit|fast|priority|organization|workspace|account|billing|credit|spend|usage)\b|-(limit|remaining|reset|utilization|used|quota)$/

/** Those of the upstream's response headers that a client may see, but for those in `without`. */
export function clientHeaders(upstream: IncomingHttpHeaders, without: readonly string[] = []): OutgoingHttpHeaders {
  // Repeated headers are an array here, whatever the type says.
  const named = linesOf(upstream['connection']).flatMap((line) => line.toLowerCase().split(/\s*,\s*/))
  const headers: OutgoingHttpHeaders = {}
  for (const name in upstream) {
    const value = upstream[name]
    if (value !== undefined && isPassed(name) && !named.includes(name) && !without.includes(name)) headers[name] = value
  }
  return headers
}

function isPassed(name: string): boolean {
  return RESPONSE_NAMES.has(name) || (name.startsWith(API_PREFIX) && !OF_ACCOUNT.test(name))
}
