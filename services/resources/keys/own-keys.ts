import { fieldRefused, unknownId, type OperatorContext } from '../admin/operator-changes.ts'
import { GatewayError } from '../../platform/gateway-errors.ts'
import { readKeyStanding, type KeyStanding } from '../records/client-keys.ts'
import type { GroupRecord } from '../records/groups.ts'
import { listGroupsOf } from '../records/own-groups.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import type { UserPerson } from '../records/sign-in-sessions.ts'
import type { Values } from '../definition.ts'
import { withTimes } from '../given-times.ts'
import { namedGroup } from '../groups/groups.ts'
import { findServiceUser } from '../records/service-users.ts'
import { findRow, type Row } from '../rows.ts'
import { findSubscriptionTo } from '../subscriptions/subscriptions.ts'
import { keys, type KeyRow } from './definition.ts'
import { addKey, type NewSecret } from './keys.ts'

/** More than anybody uses, and a bound on what one person can fill the database with. */
const MOST_KEYS = 100
const DEFAULT_GROUP = 'default'

/** Rejects with 404 for keys that do not exist or belong to somebody else. */
export async function findOwnKey(db: Queryable, person: UserPerson, id: string): Promise<Row & KeyRow> {
  const key = await findRow(db, keys, id)
  if (key === null) throw unknownId('key', id)
  if (key.user_email !== person.email && (await findServiceUser(db, person, key.user_email)) === null)
    throw unknownId('key', id)
  return key
}

/** The user whose keys a person asks for: themselves, or one of their service users. Rejects with 400 for anybody else. */
export async function keyHolder(db: Queryable, person: UserPerson, email = person.email): Promise<UserPerson> {
  if (email.toLowerCase() === person.email) return person
  const service = await findServiceUser(db, person, email)
  if (service === null) throw fieldRefused('user', `you have no service user ${email}`)
  return service
}

/**
 * Throws 403 for a key that an operator has limited: a file that describes it would create another with its name, whose limits
 * start afresh.
 */
export function refuseRenaming({ name, allowed_ips: ips, allowed_models: models, spend_limits: limits }: KeyRow): void {
  const rules = [ips, models, ...Object.values(limits ?? {})]
  if (rules.every((rule) => rule === null)) return
  throw new GatewayError(403, 'permission_error', `key ${name} is limited: ask an operator to rename it`)
}

/**
 * Creates a key of the person's own in a group of theirs: one that they are subscribed to, `default` if its kind is balance, or
 * one in which they have a working key; the new key then ends when the last of those does. Rejects with 400 for another group or
 * a later end, 403 where an operator has limited their keys in it, since a new key would have no limits, 409 for a name they
 * already use. It counts in the team that they name, else in that of their other keys in the group.
 */
export async function addOwnKey(
  context: OperatorContext,
  person: UserPerson,
  given: Values & { group?: string; expires_at?: string }
): Promise<NewSecret> {
  const now = context.clock.now()
  const entry = { ...given, ...withTimes(keys, given, now) }
  const { group = DEFAULT_GROUP, expires_at: expiresAt } = entry
  const { isOpen, standing, team } = await groupFor(context, person, group)
  if (!isOpen) refuseUnlessStanding(group, standing, expiresAt)
  return await addKey(context, { ...ofTeam(team), ...entry, user: person.email })
}

/**
 * The same for a tool that the person signs in, which uses tokens and never the key itself; nobody learns its secret. It ends
 * when their other keys in the group do. Returns its id.
 */
export async function addSignInKey(
  context: OperatorContext,
  person: UserPerson,
  { name, group }: { name: string; group: string }
): Promise<string> {
  const { isOpen, standing, team } = await groupFor(context, person, group)
  const until = isOpen ? null : (standing?.until ?? null)
  const end = until === null ? {} : { expires_at: new Date(until).toISOString() }
  if (!isOpen) refuseUnlessStanding(group, standing, end.expires_at)
  const { row } = await addKey(context, { name, group, user: person.email, ...ofTeam(team), ...end }, { made_by: 'sign-in' })
  return row.id
}

const ofTeam = (team: string | null) => (team === null ? {} : { team })

/** Whether a group is the person's, and the state of their keys in it. Rejects with 403 when they may have no other key in it. */
async function groupFor(
  context: OperatorContext,
  person: UserPerson,
  group: string
): Promise<Pick<KeyStanding, 'standing' | 'team'> & { isOpen: boolean }> {
  const now = context.clock.now()
  const inGroup = { userId: person.userId, groupName: group, now }
  const { notRevoked, isLimited, standing, team } = await readKeyStanding(context.pool, inGroup)
  if (notRevoked >= MOST_KEYS) {
    throw new GatewayError(403, 'permission_error', `you have ${MOST_KEYS} keys: revoke some first`)
  }
  if (isLimited) {
    throw new GatewayError(403, 'permission_error', `your keys in group ${group} are limited: ask an operator for another`)
  }
  return { isOpen: await isOpenTo(context.pool, person, group), standing, team }
}

/** A group in which a person may create a key. */
export interface OpenGroup extends Pick<GroupRecord, 'name' | 'kind'> {
  /** When a new key must end at the latest, epoch milliseconds; null: it need not end. */
  keysUntil: number | null
}

/** The groups in which `addOwnKey` accepts a new key, by name. */
export async function listOpenGroups(db: Queryable, person: UserPerson, now: number): Promise<OpenGroup[]> {
  const { userId } = person
  const open: OpenGroup[] = []
  for (const { name, kind } of await listGroupsOf(db, userId, DEFAULT_GROUP)) {
    const { isLimited, standing } = await readKeyStanding(db, { userId, groupName: name, now })
    if (isLimited) continue
    if (await isOpenTo(db, person, name)) open.push({ name, kind, keysUntil: null })
    else if (standing !== null) open.push({ name, kind, keysUntil: standing.until })
  }
  return open
}

/** Whether the group is the person's regardless of their keys. Rejects with 400 when there is no such group. */
async function isOpenTo(db: Queryable, { userId }: UserPerson, group: string): Promise<boolean> {
  const { id, kind } = await namedGroup(db, group)
  if (kind === 'balance') return group === DEFAULT_GROUP
  const subscription = await findSubscriptionTo(db, { userId, groupId: id })
  return subscription !== null && subscription.status !== 'revoked'
}

/** An operator who ends somebody's keys in a group has ended their access to it: they may not get it back, or for longer. */
function refuseUnlessStanding(group: string, standing: KeyStanding['standing'], expiresAt: string | undefined): void {
  if (standing === null) throw fieldRefused('group', `group ${group} is not yours`)
  if (standing.until === null || (expiresAt !== undefined && Date.parse(expiresAt) <= standing.until)) return
  const until = new Date(standing.until).toISOString()
  throw fieldRefused('expires_at', `your keys in group ${group} end at ${until}, and another may not last longer`)
}
