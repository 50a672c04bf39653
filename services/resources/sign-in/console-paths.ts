/** It is kept in a cookie, together with what else a sign-in needs: browsers accept 4096 bytes. */
export const RETURN_PATH_MAX_LENGTH = 2000

/** Checked before the URL is parsed, since parsing drops some of them and takes others for a slash. */
const NEVER_IN_A_PATH = /\p{Cc}|\\/u

/** The path that everything is below, as browsers see it; with a slash at its end. */
export const publicRoot = (publicUrl: string | null) => (publicUrl === null ? '/' : new URL(`${publicUrl}/`).pathname)

/** The path of the console, as browsers see it; with a slash at its end. */
export const consoleBase = (publicUrl: string | null) => `${publicRoot(publicUrl)}console/`

/** A page of the console as a path with its query, from untrusted text; null when it is none, such as an address elsewhere. */
export function consolePathOf(base: string, given: string): string | null {
  if (given.length > RETURN_PATH_MAX_LENGTH || NEVER_IN_A_PATH.test(given) || !given.startsWith(base)) return null
  // The base begins with a single slash, so that this names no other host.
  const { pathname, search } = new URL(given, 'https://console.invalid')
  const path = pathname + search
  // Dots may have led out of it, and each character may have become nine.
  return pathname.startsWith(base) && path.length <= RETURN_PATH_MAX_LENGTH ? path : null
}

/** The console's sign-in page, which shows the problem and leads on to `returnTo`. */
export function signInPageOf(base: string, { problem, returnTo }: { problem: string; returnTo: string | null }): string {
  const query = new URLSearchParams({ problem })
  // The page names its own pages from its base on.
  if (returnTo !== null) query.set('next', returnTo.slice(base.length - 1))
  return `${base}sign-in?${query.toString()}`
}
