import { isDeepStrictEqual } from 'node:util'
import type { Queryable } from '../../platform/database/queryable.ts'
import { changeRow, createRow, removeRow, unknownId, type OperatorContext } from '../admin/operator-changes.ts'
import type { Target } from '../operate.ts'
import {
  changeMembers,
  deleteScimGroup,
  findScimGroup,
  insertScimGroup,
  updateScimGroup,
  type ScimGroup
} from '../records/scim-groups.ts'
import { patchGroup, readGroup, type ScimGroupState } from './group-state.ts'
import { parsePatch } from './patch.ts'
import { scimRefused } from './refusals.ts'
import { followGroups, isMapped, type RoleMappings } from './roles.ts'
import { isId } from './values.ts'

/** Null when there is no such group. */
const findKnownGroup = async (db: Queryable, id: string): Promise<ScimGroup | null> =>
  isId(id) ? await findScimGroup(db, id) : null

const WORDS = {
  kind: 'scim-group',
  find: findScimGroup,
  // Membership matters for the roles that a group gives, which are recorded with each user.
  report: ({ displayName, externalId, members }: ScimGroup) => ({
    display_name: displayName,
    external_id: externalId,
    members: members.length
  }),
  nameOf: ({ displayName }: ScimGroup) => displayName,
  duplicate: 'there is a group of that name already'
}

const EMPTY: ScimGroupState = { displayName: '', externalId: null, members: new Set() }

const stateOf = ({ displayName, externalId, members }: ScimGroup): ScimGroupState => ({
  displayName,
  externalId,
  members: new Set(members.map(({ value }) => value))
})

const namesOf = ({ displayName, externalId }: ScimGroupState) => [displayName, externalId]

/** Rejects with 400, and 409 when there is a group of that name. */
async function createScimGroup(context: OperatorContext, body: unknown, roles: RoleMappings): Promise<ScimGroup> {
  const wanted = readGroup(body)
  return await createRow(context, {
    ...WORDS,
    async create(db) {
      const id = await insertScimGroup(db, wanted, context.clock.now())
      await follow(db, context, roles, { id, before: EMPTY, after: wanted })
      return id
    }
  })
}

/** Replaces a group by what `body` describes. Rejects with 400, 404, 409 and 412. */
async function replaceScimGroup(
  context: OperatorContext,
  target: Target,
  body: unknown,
  roles: RoleMappings
): Promise<ScimGroup> {
  const wanted = readGroup(body)
  return await changeGroup(context, target, roles, () => wanted)
}

/** Changes what the operations of `body` name. Rejects with 400, 404, 409 and 412. */
async function patchScimGroup(
  context: OperatorContext,
  target: Target,
  body: unknown,
  roles: RoleMappings
): Promise<ScimGroup> {
  const operations = parsePatch(body)
  return await changeGroup(context, target, roles, (before) => patchGroup(before, operations))
}

async function changeGroup(
  context: OperatorContext,
  target: Target,
  roles: RoleMappings,
  wantedOf: (before: ScimGroupState) => ScimGroupState
): Promise<ScimGroup> {
  checkId(target)
  return await changeRow(context, {
    ...WORDS,
    ...target,
    action: 'changed',
    async change(db, group) {
      const before = stateOf(group)
      const after = wantedOf(before)
      if (isDeepStrictEqual(before, after)) return
      await updateScimGroup(db, group.id, after, context.clock.now())
      await follow(db, context, roles, { id: group.id, before, after })
    }
  })
}

/** Removes a group; its members lose the role that it gave. Rejects with 404 and 412. */
async function removeScimGroup(context: OperatorContext, target: Target, roles: RoleMappings): Promise<void> {
  checkId(target)
  await removeRow(context, {
    ...WORDS,
    ...target,
    isUsed: () => '',
    async remove(db, group) {
      await deleteScimGroup(db, group.id)
      const before = stateOf(group)
      if (isMapped(roles, namesOf(before))) await followGroups(db, context, roles, [...before.members])
    }
  })
}

function checkId({ id }: Target): void {
  if (!isId(id)) throw unknownId('group', id)
}

interface GroupChange {
  id: string
  before: ScimGroupState
  after: ScimGroupState
}

/** Changes members, and updates the roles of those affected. */
async function follow(
  db: Queryable,
  context: OperatorContext,
  roles: RoleMappings,
  { id, before, after }: GroupChange
): Promise<void> {
  const added = [...after.members].filter((member) => !before.members.has(member))
  const removed = [...before.members].filter((member) => !after.members.has(member))
  const [unknown] = await changeMembers(db, id, { added, removed })
  if (unknown !== undefined) throw scimRefused('invalidValue', `there is no user with id ${unknown}`)
  const names = [...namesOf(before), ...namesOf(after)]
  const isRenamed = !isDeepStrictEqual(namesOf(before), namesOf(after))
  const concerned = isRenamed ? [...before.members, ...added] : [...added, ...removed]
  if (isMapped(roles, names)) await followGroups(db, context, roles, concerned)
}

/** What a provider does with groups. */
export const scimGroups = {
  find: findKnownGroup,
  create: createScimGroup,
  replace: replaceScimGroup,
  patch: patchScimGroup,
  remove: removeScimGroup
}
