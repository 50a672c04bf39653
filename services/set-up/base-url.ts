import { isForbiddenHost } from '../forwarding/forbidden-hosts.ts'

/**
 * What is wrong with an upstream's base URL, as the end of a sentence that starts with its name; null when nothing is.
 * A path is allowed (an upstream may itself sit behind a prefix), except `/v1`, which the request's own path brings.
 */
export function baseUrlProblem(text: string): string | null {
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    return 'must be an http:// or https:// URL, e.g. https://api.anthropic.com'
  }
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or password'
  if (isForbiddenHost(url.hostname)) return 'must not be a link-local or metadata address'
  if (/[?#]/.test(text)) return 'must not have a query or a fragment: end it after the path'
  if (/\/v1\/*$/.test(url.pathname))
    return 'must not end in /v1, because the path of each request begins with it: leave /v1 out'
  return null
}

/** The one spelling of a valid base URL: as the URL parser writes it, without a slash at the end. */
export function normalBaseUrl(text: string): string {
  return new URL(text).href.replace(/\/+$/, '')
}
