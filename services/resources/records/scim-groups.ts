import { scalarArray } from '../../platform/database/array-literals.ts'
import { createConditions } from '../../platform/database/pages.ts'
import { onlyRow, type Queryable } from '../../platform/database/queryable.ts'
import type { Versioned } from '../../platform/database/versioned.ts'
import type { UserRow } from '../users/definition.ts'
import type { ScimPage } from './scim-users.ts'

export interface ScimMember {
  /** The user's id. */
  value: string
  display: string
}

/** A group of an identity provider; not one of Sluice's groups, which keys are in. */
export type ScimGroup = Versioned<{
  id: string
  displayName: string
  externalId: string | null
  members: ScimMember[]
  createdAt: Date
  updatedAt: Date
}>

const MEMBERS = `(select coalesce(json_agg(json_build_object('value', u.id::text, 'display', u.email) order by u.id), '[]')
  from scim_group_members m join users u on u.id = m.user_id where m.group_id = g.id)`

const selectOf = (members: string) =>
  `select g.id, g.version::integer as version, g.display_name as "displayName", g.external_id as "externalId",
     g.created_at as "createdAt", g.updated_at as "updatedAt", ${members} as members from scim_groups g`

/** Null when there is no such group. */
export async function findScimGroup(db: Queryable, id: string): Promise<ScimGroup | null> {
  return (await db.query<ScimGroup>(`${selectOf(MEMBERS)} where g.id = $1`, [id])).rows[0] ?? null
}

export interface ScimGroupFilter {
  id?: string
  displayName?: string
  externalId?: string
  member?: string
}

/** In the order of creation; `offset` from 0. Without members unless requested: there may be very many. */
export async function pageScimGroups(
  db: Queryable,
  filter: ScimGroupFilter,
  { offset, limit, hasMembers }: { offset: number; limit: number; hasMembers: boolean }
): Promise<ScimPage<ScimGroup>> {
  const conditions = createConditions()
  conditions.add(filter.id, (value) => `g.id = ${value}`)
  conditions.add(filter.displayName, (value) => `lower(g.display_name) = lower(${value})`)
  conditions.add(filter.externalId, (value) => `g.external_id = ${value}`)
  conditions.add(
    filter.member,
    (value) => `exists (select from scim_group_members m where m.group_id = g.id and m.user_id = ${value})`
  )
  const counted = await db.query<{ total: number }>(
    `select count(*)::int as total from scim_groups g ${conditions.where()}`,
    conditions.values
  )
  const { total } = onlyRow(counted)
  if (limit === 0) return { total, rows: [] }
  const values = [...conditions.values, limit, offset]
  const { rows } = await db.query<ScimGroup>(
    `${selectOf(hasMembers ? MEMBERS : `'[]'::json`)} ${conditions.where()} order by g.id
     limit $${values.length - 1} offset $${values.length}`,
    values
  )
  return { total, rows }
}

interface StoredGroup {
  displayName: string
  externalId: string | null
}

/** Returns the new group's id. Throws a unique violation when there is one of that name. */
export async function insertScimGroup(db: Queryable, { displayName, externalId }: StoredGroup, now: number): Promise<string> {
  const inserted = await db.query<{ id: string }>(
    'insert into scim_groups (display_name, external_id, created_at, updated_at) values ($1, $2, $3, $3) returning id',
    [displayName, externalId, new Date(now)]
  )
  return onlyRow(inserted).id
}

/** Throws a unique violation when there is another of that name. */
export async function updateScimGroup(
  db: Queryable,
  id: string,
  { displayName, externalId }: StoredGroup,
  now: number
): Promise<void> {
  await db.query(
    'update scim_groups set display_name = $2, external_id = $3, updated_at = $4, version = version + 1 where id = $1',
    [id, displayName, externalId, new Date(now)]
  )
}

export async function deleteScimGroup(db: Queryable, id: string): Promise<void> {
  await db.query('delete from scim_groups where id = $1', [id])
}

/** Adds users to a group and removes others. Returns the ids that are no users of the provider. */
export async function changeMembers(
  db: Queryable,
  groupId: string,
  { added, removed }: { added: readonly string[]; removed: readonly string[] }
): Promise<string[]> {
  if (removed.length > 0) {
    await db.query('delete from scim_group_members where group_id = $1 and user_id = any ($2::bigint[])', [
      groupId,
      scalarArray(removed)
    ])
  }
  if (added.length === 0) return []
  const { rows } = await db.query<{ id: string }>(
    `insert into scim_group_members (group_id, user_id)
     select $1, u.id from users u left join scim_users s on s.user_id = u.id
     where u.id = any ($2::bigint[]) and s.removed_at is null and u.kind = 'person'
     on conflict do nothing returning user_id as id`,
    [groupId, scalarArray(added)]
  )
  const known = new Set(rows.map(({ id }) => id))
  return added.filter((id) => !known.has(id))
}

/** Users with the names and external ids of the groups they are in. */
export async function listGroupNames(
  db: Queryable,
  userIds: readonly string[]
): Promise<{ id: string; email: string; role: UserRow['role']; names: string[] }[]> {
  const { rows } = await db.query<{ id: string; email: string; role: UserRow['role']; names: string[] }>(
    `select u.id, u.email, u.role, array(select unnest(array_remove(array[g.display_name, g.external_id], null))
       from scim_group_members m join scim_groups g on g.id = m.group_id where m.user_id = u.id) as names
     from users u where u.id = any ($1::bigint[]) order by u.id`,
    [scalarArray(userIds)]
  )
  return rows
}
