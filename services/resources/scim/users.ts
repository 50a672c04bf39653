import { isDeepStrictEqual } from 'node:util'
import type { Queryable } from '../../platform/database/queryable.ts'
import { changeRow, conflict, unknownId, type OperatorContext } from '../admin/operator-changes.ts'
import { changeWithin, createResource, type Target } from '../operate.ts'
import { listGroupNames } from '../records/scim-groups.ts'
import {
  findScimUser,
  findScimUserByEmail,
  isNameTaken,
  markDeprovisioned,
  markRemoved,
  nextUserVersion,
  saveScimProfile,
  unmarkDeprovisioned,
  type ScimUser
} from '../records/scim-users.ts'
import { endSessionsOf } from '../records/sign-in-sessions.ts'
import { findRow } from '../rows.ts'
import { roleOfGroups } from '../sign-in/oidc-roles.ts'
import { users } from '../users/definition.ts'
import { userResource } from '../users/users.ts'
import { parsePatch } from './patch.ts'
import { scimRefused } from './refusals.ts'
import { followGroups, isMapped, type RoleMappings } from './roles.ts'
import { patchUser, readUser, type ScimProfile, type WantedUser } from './user-profile.ts'
import { isId } from './values.ts'

/** Null when the provider knows no such user. */
async function findKnownUser(db: Queryable, id: string): Promise<ScimUser | null> {
  const user = isId(id) ? await findScimUser(db, id) : null
  return user === null || user.isRemoved ? null : user
}

const nameTaken = (userName: string) => conflict(`there is a user ${userName} already`)

const profileOf = ({ userName, externalId, displayName, givenName, familyName }: ScimUser): ScimProfile => ({
  userName,
  externalId,
  displayName,
  givenName,
  familyName
})

const stored = (profile: ScimProfile, email: string) => ({
  ...profile,
  userName: profile.userName.toLowerCase() === email ? null : profile.userName
})

/**
 * Creates the user that a provider describes, or takes one back that it had removed. Rejects with 400 when there is no e-mail address,
 * 409 when there is such a user.
 */
async function createScimUser(context: OperatorContext, body: unknown, roles: RoleMappings): Promise<ScimUser> {
  const { profile, active, email: given } = readUser(body)
  if (given === null) throw scimRefused('invalidValue', 'userName must be an e-mail address, or emails must have one')
  const email = given.toLowerCase()
  const former = await findScimUserByEmail(context.pool, email)
  if (former?.isRemoved) return await takeBack(context, former, { profile, active: active ?? true })
  if (await isNameTaken(context.pool, profile.userName, null)) throw nameTaken(profile.userName)
  const role = roles === null ? null : roleOfGroups(roles, [])
  const now = context.clock.now()
  const entry = { email, ...(role === null ? {} : { role }), ...(active === false ? { status: 'disabled' } : {}) }
  const resource = {
    ...userResource,
    duplicate: () => nameTaken(profile.userName).message,
    async inserted(...[db, id, values]: Parameters<NonNullable<typeof userResource.inserted>>) {
      await userResource.inserted?.(db, id, values)
      await saveScimProfile(db, id, stored(profile, email), now)
      if (active === false) await markDeprovisioned(db, id, { disables: true, now })
    }
  }
  const { id } = await createResource(context, resource, entry)
  return await knownUser(context, id)
}

async function knownUser({ pool }: OperatorContext, id: string): Promise<ScimUser> {
  const user = await findKnownUser(pool, id)
  if (user === null) throw unknownId('user', id)
  return user
}

/** A user who comes back is the same one as before; two concurrent requests get one user. */
const takeBack = (context: OperatorContext, { id }: ScimUser, wanted: WantedUser) =>
  changeUser(context, { id, ifMatch: undefined }, (before) => {
    if (!before.isRemoved) throw nameTaken(wanted.profile.userName)
    return wanted
  })

/** A user as in the audit log. */
const report = ({ active, isRemoved, userName, externalId, displayName, givenName, familyName }: ScimUser) => ({
  status: active ? 'active' : 'disabled',
  removed: isRemoved,
  user_name: userName,
  external_id: externalId,
  display_name: displayName,
  given_name: givenName,
  family_name: familyName
})

const WORDS = { kind: 'user', find: findScimUser, report, nameOf: ({ email }: ScimUser) => email }

async function changeUser(
  context: OperatorContext,
  target: Target,
  wantedOf: (before: ScimUser) => WantedUser
): Promise<ScimUser> {
  return await changeRow(context, {
    ...WORDS,
    ...target,
    action: 'changed',
    duplicate: 'there is a user of that name already',
    async change(db, before) {
      const { profile, active } = wantedOf(before)
      const isProfileNew = before.isRemoved || !isDeepStrictEqual(profile, profileOf(before))
      if (isProfileNew) {
        if (await isNameTaken(db, profile.userName, before.id)) throw nameTaken(profile.userName)
        await saveScimProfile(db, before.id, stored(profile, before.email), context.clock.now())
      }
      const isStandingNew = active === null ? false : await setActive(db, context, before, active)
      if (isProfileNew || isStandingNew) await nextUserVersion(db, before.id)
    }
  })
}

/** Returns whether that is a change. Users disabled by operators stay disabled, whatever the provider says. */
async function setActive(db: Queryable, context: OperatorContext, user: ScimUser, active: boolean): Promise<boolean> {
  if (active === !user.isDeprovisioned) return false
  const now = context.clock.now()
  if (active) {
    await unmarkDeprovisioned(db, user.id, now)
    if (user.isDisabledByIt) await setStatus(db, context, user.id, 'active')
    return true
  }
  await markDeprovisioned(db, user.id, { disables: user.active, now })
  if (user.active) await setStatus(db, context, user.id, 'disabled')
  await endSessionsOf(db, user.id)
  return true
}

async function setStatus(db: Queryable, context: OperatorContext, id: string, status: 'active' | 'disabled'): Promise<void> {
  const row = await findRow(db, users, id)
  if (row !== null) await changeWithin(db, context, userResource, row, { status })
}

/** Rejects with 404 for an invalid id, or that of a user whom the provider has removed. */
function checkKnown({ id }: Target, before?: ScimUser): void {
  if (!isId(id) || before?.isRemoved === true) throw unknownId('user', id)
}

/** Replaces a user by what `body` describes. Rejects with 400, 404, 409 and 412. */
async function replaceScimUser(context: OperatorContext, target: Target, body: unknown): Promise<ScimUser> {
  checkKnown(target)
  const { profile, active } = readUser(body)
  return await changeUser(context, target, (before) => {
    checkKnown(target, before)
    return { profile, active }
  })
}

/** Changes what the operations of `body` name. Rejects with 400, 404, 409 and 412. */
async function patchScimUser(context: OperatorContext, target: Target, body: unknown): Promise<ScimUser> {
  checkKnown(target)
  const operations = parsePatch(body)
  return await changeUser(context, target, (before) => {
    checkKnown(target, before)
    return patchUser(profileOf(before), operations)
  })
}

/**
 * Deprovisions a user for good, as far as the provider is concerned: disabled and removed from all groups, they stay because of
 * their usage. Rejects with 404 and 412.
 */
async function removeScimUser(context: OperatorContext, target: Target, roles: RoleMappings): Promise<void> {
  checkKnown(target)
  await changeRow(context, {
    ...WORDS,
    ...target,
    action: 'deprovisioned',
    async change(db, before) {
      checkKnown(target, before)
      await setActive(db, context, before, false)
      const [{ names } = { names: [] }] = await listGroupNames(db, [before.id])
      await markRemoved(db, before.id, context.clock.now())
      if (isMapped(roles, names)) await followGroups(db, context, roles, [before.id])
      await nextUserVersion(db, before.id)
    }
  })
}

/** What a provider does with users. */
export const scimUsers = {
  find: findKnownUser,
  create: createScimUser,
  replace: replaceScimUser,
  patch: patchScimUser,
  remove: removeScimUser
}
