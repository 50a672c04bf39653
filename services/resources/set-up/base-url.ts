import { isForbiddenHost } from '../../platform/network/forbidden-hosts.ts'

/**
 * What is wrong with an upstream's base URL, as the end of a sentence that starts with its name; null when nothing is. A path is
 * allowed (an upstream may itself sit behind a prefix), except `/v1`, which is part of the request's own path.
 */
export function baseUrlProblem(text: string): string | null {
  const url = wholeUrl(text, ['http:', 'https:'])
  if (url === null) return 'must be an http:// or https:// URL, e.g. https://api.anthropic.com'
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or password'
  if (isForbiddenHost(url.hostname)) return 'must not be a link-local or metadata address'
  if (/[?#]/.test(text)) return 'must not have a query or a fragment: end it after the path'
  if (/\/v1\/*$/.test(url.pathname))
    return 'must not end in /v1, because the path of each request begins with it: leave /v1 out'
  return null
}

/**
 * Parses a URL as it was meant, or returns null. It refuses what the parser would misread so that a password ends up in a part
 * that is shown or logged: no two slashes after the scheme (then all of it is a path), white space, or an @ after the host (a
 * password with a slash in it, which ends the host).
 */
export function wholeUrl(text: string, protocols: readonly string[]): URL | null {
  const url = /^[a-z][a-z0-9+.-]*:\/\/[^\s\\]+$/i.test(text) ? URL.parse(text) : null
  if (url === null || !protocols.includes(url.protocol)) return null
  return /[@]/.test(url.pathname + url.search + url.hash) ? null : url
}

/** The normal form of a valid base URL: as the URL parser writes it, without a slash at the end. */
export function normalBaseUrl(text: string): string {
  return new URL(text).href.replace(/\/+$/, '')
}
