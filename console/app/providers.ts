import { API_ROOT, BASE_PATH } from '../api/client.ts'

/** A path of this console and of no other site: what comes from the address may be anything. */
export const isOwnPath = (path: string | undefined): path is string => path !== undefined && /^\/(?![/\\])/.test(path)

/**
 * Where a sign-in at the OpenID provider begins.
 *
 * @param next the page to come back to
 */
export function providerUrl(next: string | undefined): string {
  const url = new URL('me/v1/oidc/sign-in', API_ROOT)
  url.searchParams.set('return_to', `${BASE_PATH.replace(/\/$/, '')}${isOwnPath(next) ? next : '/'}`)
  return url.href
}
