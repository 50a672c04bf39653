import type { IncomingHttpHeaders } from 'node:http'
import { GatewayError } from '../../platform/gateway-errors.ts'
import type { SessionPerson } from '../records/sign-in-sessions.ts'
import { mayBeCrossSite } from './cross-site.ts'
import type { SignIn } from './sign-in.ts'

/** A request with a session's cookie; `token` is '' when it has none. */
interface SessionRequest {
  token: string
  method: string
  headers: IncomingHttpHeaders
}

/** The person whose session a request belongs to; null when there is none. Rejects with 403 when it may come from another site. */
export async function personBehind(
  people: Pick<SignIn, 'personOf'>,
  { token, method, headers }: SessionRequest
): Promise<SessionPerson | null> {
  const person = token === '' ? null : await people.personOf(token)
  if (person !== null && mayBeCrossSite(method, headers)) {
    throw new GatewayError(403, 'permission_error', 'This request may come from another site: send JSON from the same origin')
  }
  return person
}

/** Throws 401 when there is no person. */
export function signedIn(person: SessionPerson | null): SessionPerson {
  if (person === null) throw new GatewayError(401, 'authentication_error', 'Sign in first: POST /me/v1/sign-in')
  return person
}

/** Throws 403 for an operator who is no user. */
export function refuseOperators({ userId }: SessionPerson): void {
  if (userId !== null) return
  throw new GatewayError(
    403,
    'permission_error',
    'This session is an operator’s, by a link: it has no keys or usage of its own'
  )
}
