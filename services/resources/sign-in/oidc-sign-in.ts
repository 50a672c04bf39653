import type { OperatorContext } from '../admin/operator-changes.ts'
import { userOfIdentity, type KnownPeopleOptions } from './known-people.ts'
import type { Oidc } from './oidc.ts'
import type { OidcTransaction } from './oidc-transaction.ts'
import type { SignedIn, SignIn } from './sign-in.ts'

interface OidcSignInOptions {
  provider: Pick<Oidc, 'complete'>
  people: Pick<SignIn, 'begin'>
  /** Who may sign in, as whom. */
  rules: KnownPeopleOptions
  /** Called when a user's role has changed. */
  onNewRole: () => void
}

/** Signs in people whom the OpenID provider vouches for; `query` is what it sent them back with. Rejects with 401, 403 or 503. */
export function createOidcSignIn({ provider, people, rules, onNewRole }: OidcSignInOptions) {
  return async (query: string, transaction: OidcTransaction, context: OperatorContext): Promise<SignedIn> => {
    const identity = await provider.complete(query, transaction)
    const { userId, isRoleNew } = await userOfIdentity({ ...context, actor: 'oidc' }, identity, rules)
    if (isRoleNew) onNewRole()
    return await people.begin(context, userId, 'oidc')
  }
}
