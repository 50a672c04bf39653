import { GatewayError } from '../gateway-errors.ts'
import { findKey, pageKeys, type OperatedKey } from '../records/client-keys.ts'
import type { Queryable } from '../records/queryable.ts'
import type { Person } from '../records/sign-in-sessions.ts'
import { findSubscriptionTo } from '../records/subscriptions.ts'
import type { Versioned } from '../records/versioned.ts'
import { namedGroup } from './groups.ts'
import { addKey, type NewKey, type NewSecret } from './keys.ts'
import { fieldRefused, unknownId, type OperatorContext } from './operator-changes.ts'

/** More than anybody uses, and a bound to what somebody can fill the database with. */
const MOST_KEYS = 100
const DEFAULT_GROUP = 'default'

/** Rejects with 404 for what is not there, and for what is somebody else's. */
export async function findOwnKey(db: Queryable, { email }: Person, id: string): Promise<Versioned<OperatedKey>> {
  const key = await findKey(db, id)
  if (key === null || key.userEmail !== email) throw unknownId('key', id)
  return key
}

/**
 * A new key of the person's, in a group that is theirs: one that they have keys in, one that they are subscribed to, or `default`
 * where that is of kind balance. Rejects with 400 for another group, 403 where an operator has limited their keys in it, since a new
 * key would have no limits, 409 for a name they have already.
 */
export async function addOwnKey(
  context: OperatorContext,
  person: Person,
  { name, group = DEFAULT_GROUP, expires_at: expiresAt }: Pick<NewKey, 'name' | 'group' | 'expires_at'>
): Promise<NewSecret> {
  const { rows: keys } = await pageKeys(context.pool, { userEmail: person.email }, { limit: 1000, cursor: null })
  if (keys.filter(({ revokedAt }) => revokedAt === null).length >= MOST_KEYS) {
    throw new GatewayError(403, 'permission_error', `you have ${MOST_KEYS} keys: revoke some first`)
  }
  const inGroup = keys.filter(({ groupName }) => groupName === group)
  if (inGroup.some(isLimited)) {
    throw new GatewayError(403, 'permission_error', `your keys in group ${group} are limited: ask an operator for another`)
  }
  if (inGroup.length === 0) await refuseUnlessOpen(context.pool, person, group)
  const expiry = expiresAt === undefined ? {} : { expires_at: expiresAt }
  return await addKey(context, { user: person.email, name, group, ...expiry })
}

function isLimited({ allowedIps, allowedModels, limits }: OperatedKey): boolean {
  return allowedIps !== null || allowedModels !== null || Object.values(limits).some((limit) => limit !== null)
}

async function refuseUnlessOpen(db: Queryable, { userId }: Person, group: string): Promise<void> {
  const { id, kind } = await namedGroup(db, group)
  if (kind === 'balance' && group === DEFAULT_GROUP) return
  const subscription = kind === 'subscription' ? await findSubscriptionTo(db, { userId, groupId: id }) : null
  if (subscription === null || subscription.status === 'revoked') throw fieldRefused('group', `group ${group} is not yours`)
}
