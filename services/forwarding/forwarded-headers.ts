import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'

/**
 * Anthropic's clients add headers with every release, so what goes upstream is an open list by prefix; credentials,
 * cookies, hop-by-hop headers and everything else of the client's network stay here.
 */
const REQUEST_PREFIXES = ['anthropic-', 'x-stainless-', 'x-claude-code-']
const REQUEST_NAMES = new Set(['x-app', 'user-agent', 'accept', 'accept-language', 'content-type', 'content-encoding'])

/** The API refuses a request without a version; clients that name none predate the later ones. */
const DEFAULT_VERSION = '2023-06-01'

/** The request headers for an upstream, as undici's flat list of names and values, with the account's credential. */
export function upstreamHeaders(
  client: IncomingHttpHeaders,
  credential: Record<string, string>,
  options: { keepContentEncoding: boolean }
): string[] {
  const headers: string[] = []
  for (const name in client) {
    if (!isForwarded(name)) continue
    if (name === 'content-encoding' && !options.keepContentEncoding) continue
    const value = client[name]
    if (typeof value === 'string') headers.push(name, value)
    else if (value !== undefined) for (const item of value) headers.push(name, item)
  }
  if (client['anthropic-version'] === undefined) headers.push('anthropic-version', DEFAULT_VERSION)
  headers.push('accept-encoding', 'identity')
  for (const name in credential) headers.push(name, credential[name]!)
  return headers
}

function isForwarded(name: string): boolean {
  return REQUEST_NAMES.has(name) || REQUEST_PREFIXES.some((prefix) => name.startsWith(prefix))
}

/** Hop-by-hop headers (RFC 9110, 7.6.1), and those that describe the account behind Sluice rather than the answer. */
const CONSUMED_NAMES = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'set-cookie',
  'anthropic-organization-id',
  'anthropic-workspace-id'
])
const CONSUMED_PREFIX = 'anthropic-ratelimit-'

/** The response headers a client may see, out of an upstream's. */
export function clientHeaders(upstream: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = upstream['connection']?.toLowerCase().split(/\s*,\s*/)
  const headers: OutgoingHttpHeaders = {}
  for (const name in upstream) {
    const value = upstream[name]
    if (value === undefined || CONSUMED_NAMES.has(name) || name.startsWith(CONSUMED_PREFIX)) continue
    if (named?.includes(name) === true) continue
    headers[name] = value
  }
  return headers
}
