import { GatewayError } from '../../platform/gateway-errors.ts'

/** Why a sign-in at an OpenID provider came to nothing, as the console is told in its address: it has words for each. */
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

/** A sign-in that came to nothing for a reason that the console has words for. */
export class SignInRefused extends GatewayError {
  readonly problem: SignInProblem

  constructor(problem: SignInProblem, ...[status, type, message, options]: ConstructorParameters<typeof GatewayError>) {
    super(status, type, message, options)
    this.problem = problem
  }
}

/** Throws or is thrown with 403: the provider vouches for somebody, who may not come in. */
export const notLetIn = (problem: SignInProblem, message: string) =>
  new SignInRefused(problem, 403, 'permission_error', message)

/** What the console is told of whatever made a sign-in fail. */
export function problemOf(error: GatewayError): SignInProblem {
  if (error instanceof SignInRefused) return error.problem
  if (error.status === 429) return 'too_many_tries'
  return error.status < 500 ? 'refused' : 'unavailable'
}
