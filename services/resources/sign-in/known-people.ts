import { withOperatorLock, record, type OperatorContext } from '../admin/operator-changes.ts'
import { bindIdentity, findUserOfIdentity } from '../records/sign-in-identities.ts'
import { changeResource, createResource } from '../operate.ts'
import { findId, findRow } from '../rows.ts'
import { users, type UserRow } from '../users/definition.ts'
import { userResource } from '../users/users.ts'
import { roleOfGroups, type RoleMapping } from './oidc-roles.ts'
import { provenEmail, type OidcIdentity } from './oidc-identity.ts'
import { notLetIn } from './sign-in-refused.ts'

export interface KnownPeopleOptions {
  /** Which roles the provider's groups give; null when roles are set in Sluice. */
  roles: readonly RoleMapping[] | null
  /** Whether unknown people become users. */
  createsUsers: boolean
  /** Accepts addresses when the provider does not say whether they are verified. */
  allowsUnstatedEmail: boolean
}

type Role = UserRow['role']

/**
 * The user whom a provider has vouched for, with the role that its groups give, and whether they are new. After their first
 * sign-in they are identified by issuer and subject, whatever their e-mail address there; the first time by the address, if the
 * provider has verified it. Rejects with 403, saying what is missing.
 */
export async function userOfIdentity(
  context: OperatorContext,
  identity: OidcIdentity,
  { roles, createsUsers, allowsUnstatedEmail }: KnownPeopleOptions
): Promise<{ userId: string; isRoleNew: boolean }> {
  const role = roles === null ? null : roleOfGroups(roles, identity.groups)
  const knownId = await findUserOfIdentity(context.pool, identity)
  const email = knownId === null ? provenEmail(identity, { allowsUnstatedEmail }) : (identity.email ?? 'this person')
  if (roles !== null && role === null) throw notLetIn('no_role', `none of the groups of ${email} has a role here`)
  const userId = knownId ?? (await userOfAddress(context, email, createsUsers, role))
  const user = await findRow(context.pool, users, userId)
  if (user?.status !== 'active') throw notLetIn('disabled', `user ${user?.email ?? email} is disabled`)
  if (user.kind !== 'person') throw notLetIn('service_user', `${user.email} is a service user: nobody signs in as one`)
  if (knownId === null) await bind(context, identity, user)
  const isRoleNew = role !== null && user.role !== role
  if (isRoleNew) await changeResource(context, userResource, { id: userId, ifMatch: undefined }, { role })
  return { userId, isRoleNew }
}

async function userOfAddress(
  context: OperatorContext,
  email: string,
  createsUsers: boolean,
  role: Role | null
): Promise<string> {
  const id = await findId(context.pool, users, email.toLowerCase())
  if (id !== null) return id
  if (!createsUsers) throw notLetIn('unknown_user', `there is no user ${email} here: ask an operator`)
  try {
    return (await createResource(context, userResource, { email, ...(role === null ? {} : { role }) })).id
  } catch (error) {
    // Another replica has just created it, for the same person or not: the linked identity decides.
    const made = await findId(context.pool, users, email.toLowerCase())
    if (made === null) throw error
    return made
  }
}

/** Two first sign-ins may run at two replicas: of one person, or of two with the same address. */
async function bind(context: OperatorContext, identity: OidcIdentity, user: Pick<UserRow, 'id' | 'email'>): Promise<void> {
  const { issuer, subject } = identity
  await withOperatorLock(context, async (db) => {
    if (await bindIdentity(db, identity, { userId: user.id, now: context.clock.now() })) {
      await record(db, context, 'user.linked', `user ${user.email}`, { issuer, subject })
    } else if ((await findUserOfIdentity(db, identity)) !== user.id)
      throw notLetIn(
        'another_person',
        `user ${user.email} signs in as another person of this provider, who had the address before: an operator can unlink them`
      )
  })
}
