import type { UserRow } from '../users/definition.ts'

type Role = UserRow['role']

/** The role of a group's members; `*` means everybody. */
export interface RoleMapping {
  group: string
  role: Role
}

const STRENGTH: readonly Role[] = ['user', 'viewer', 'admin']

/** The strongest role that somebody's groups give; null when they give none. */
export function roleOfGroups(mappings: readonly RoleMapping[], groups: readonly string[]): Role | null {
  const roles = mappings.filter(({ group }) => group === '*' || groups.includes(group)).map(({ role }) => role)
  return STRENGTH.findLast((role) => roles.includes(role)) ?? null
}
