import type { IncomingHttpHeaders } from 'node:http'

const SAFE_METHODS = new Set(['GET', 'HEAD'])

/**
 * Whether a request authenticated by a cookie may have been made by another site. Browsers say where a request comes from (Fetch
 * Metadata), or at least name its origin; without either, a form of another site still cannot send JSON.
 */
export function mayBeCrossSite(method: string, headers: IncomingHttpHeaders): boolean {
  if (SAFE_METHODS.has(method)) return false
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const { origin, host } = headers
  if (origin !== undefined) return host === undefined || URL.parse(origin)?.host !== host
  return !/^application\/json\b/i.test(headers['content-type'] ?? '')
}
