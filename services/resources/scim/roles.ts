import type { Queryable } from '../../platform/database/queryable.ts'
import { record, type OperatorContext } from '../admin/operator-changes.ts'
import { changeWithin } from '../operate.ts'
import { listGroupNames } from '../records/scim-groups.ts'
import { findRow } from '../rows.ts'
import { roleOfGroups, type RoleMapping } from '../sign-in/oidc-roles.ts'
import { users } from '../users/definition.ts'
import { userResource } from '../users/users.ts'

/** Which roles groups give; null when roles are set in Sluice. */
export type RoleMappings = readonly RoleMapping[] | null

/** Whether membership in one of these groups decides somebody's role. */
export const isMapped = (mappings: RoleMappings, names: readonly (string | null)[]): boolean =>
  mappings?.some(({ group }) => names.includes(group)) ?? false

/** Gives users the role of their present groups; without one they get the least. */
export async function followGroups(
  db: Queryable,
  context: OperatorContext,
  mappings: RoleMappings,
  userIds: readonly string[]
): Promise<void> {
  if (mappings === null || userIds.length === 0) return
  for (const { id, email, role, names } of await listGroupNames(db, userIds)) {
    const wanted = roleOfGroups(mappings, names) ?? users.fields.role.default
    if (wanted === role) continue
    const row = await findRow(db, users, id)
    if (row === null) continue
    await changeWithin(db, context, userResource, row, { role: wanted })
    await record(db, context, 'user.changed', `user ${email}`, { before: { role }, after: { role: wanted } })
  }
}
