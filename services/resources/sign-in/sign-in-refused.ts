import { GatewayError } from '../../platform/gateway-errors.ts'

/** Why a sign-in at an OpenID provider failed, as passed to the console in its address: it has a message for each. */
export type SignInProblem =
  | 'unknown_user'
  | 'email_missing'
  | 'email_not_verified'
  | 'no_role'
  | 'disabled'
  | 'another_person'
  | 'service_user'
  | 'cancelled'
  | 'refused'
  | 'expired'
  | 'too_many_tries'
  | 'provider_away'
  | 'unavailable'

/** A sign-in that failed for a reason that the console has a message for. */
export class SignInRefused extends GatewayError {
  readonly problem: SignInProblem

  constructor(problem: SignInProblem, ...[status, type, message, options]: ConstructorParameters<typeof GatewayError>) {
    super(status, type, message, options)
    this.problem = problem
  }
}

/** With 403: the provider vouches for somebody who may not sign in. */
export const notLetIn = (problem: SignInProblem, message: string) =>
  new SignInRefused(problem, 403, 'permission_error', message)

/** The code passed to the console for any failure of a sign-in. */
export function problemOf(error: GatewayError): SignInProblem {
  if (error instanceof SignInRefused) return error.problem
  if (error.status === 429) return 'too_many_tries'
  return error.status < 500 ? 'refused' : 'unavailable'
}
