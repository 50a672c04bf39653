import { textArray } from '../../platform/database/array-literals.ts'
import { createConditions } from '../../platform/database/pages.ts'
import { onlyRow, type Queryable } from '../../platform/database/queryable.ts'
import type { Versioned } from '../../platform/database/versioned.ts'

/** A user as shown to an identity provider. */
export type ScimUser = Versioned<{
  id: string
  email: string
  userName: string
  externalId: string | null
  displayName: string | null
  givenName: string | null
  familyName: string | null
  active: boolean
  /** The provider has deprovisioned them. */
  isDeprovisioned: boolean
  /** And this is what disabled them. */
  isDisabledByIt: boolean
  /** The provider has removed them: for it they no longer exist. */
  isRemoved: boolean
  groups: { value: string; display: string }[]
  createdAt: Date
  updatedAt: Date
}>

const NAME = 'coalesce(s.user_name, u.email)'

const SELECT = `select u.id, u.version::integer as version, u.email, ${NAME} as "userName", s.external_id as "externalId",
    s.display_name as "displayName", s.given_name as "givenName", s.family_name as "familyName", u.status = 'active' as active,
    s.deprovisioned_at is not null as "isDeprovisioned", coalesce(s.disabled_by_it, false) as "isDisabledByIt",
    s.removed_at is not null as "isRemoved", u.created_at as "createdAt", greatest(s.updated_at, u.created_at) as "updatedAt",
    (select coalesce(json_agg(json_build_object('value', g.id::text, 'display', g.display_name) order by g.id), '[]')
     from scim_group_members m join scim_groups g on g.id = m.group_id where m.user_id = u.id) as groups
  from users u left join scim_users s on s.user_id = u.id`

/** Service users are not managed by the provider. */
const IS_PERSON = `u.kind = 'person'`

/** Whether a user has a name; uses an index. */
const isNamed = (placeholder: string) =>
  `u.id in (select id from users where email = lower(${placeholder})
     union all select user_id from scim_users where lower(user_name) = lower(${placeholder})) and lower(${NAME}) = lower(${placeholder})`

/** Null when there is no such user; finds removed ones too. */
export async function findScimUser(db: Queryable, id: string): Promise<ScimUser | null> {
  return (await db.query<ScimUser>(`${SELECT} where u.id = $1 and ${IS_PERSON}`, [id])).rows[0] ?? null
}

/** The user with that e-mail address, even if removed. */
export async function findScimUserByEmail(db: Queryable, email: string): Promise<ScimUser | null> {
  return (await db.query<ScimUser>(`${SELECT} where u.email = lower($1) and ${IS_PERSON}`, [email])).rows[0] ?? null
}

/** Whether anybody else has this name, or has it as an address. */
export async function isNameTaken(db: Queryable, name: string, but: string | null): Promise<boolean> {
  const { rows } = await db.query<{ isTaken: boolean }>(
    `select exists (select from users where email = lower($1) and id is distinct from $2)
       or exists (select from scim_users where lower(user_name) = lower($1) and user_id is distinct from $2) as "isTaken"`,
    [name, but]
  )
  return onlyRow({ rows }).isTaken
}

/** The filters of a list; absent ones do not apply. */
export interface ScimUserFilter {
  id?: string
  userName?: string
  externalId?: string
  email?: string
  active?: boolean
}

export interface ScimPage<Row> {
  total: number
  rows: Row[]
}

/** In the order of creation; `offset` from 0. */
export async function pageScimUsers(
  db: Queryable,
  filter: ScimUserFilter,
  { offset, limit }: { offset: number; limit: number }
): Promise<ScimPage<ScimUser>> {
  const conditions = createConditions()
  conditions.add(filter.id, (value) => `u.id = ${value}`)
  conditions.add(filter.userName, isNamed)
  conditions.add(filter.externalId, (value) => `s.external_id = ${value}`)
  conditions.add(filter.email, (value) => `u.email = lower(${value})`)
  conditions.add(filter.active, (value) => `(u.status = 'active') = ${value}`)
  const where = conditions.where('s.removed_at is null', IS_PERSON)
  const counted = await db.query<{ total: number }>(
    `select count(*)::int as total from users u left join scim_users s on s.user_id = u.id ${where}`,
    conditions.values
  )
  const { total } = onlyRow(counted)
  if (limit === 0) return { total, rows: [] }
  const values = [...conditions.values, limit, offset]
  const { rows } = await db.query<ScimUser>(
    `${SELECT} ${where} order by u.id limit $${values.length - 1} offset $${values.length}`,
    values
  )
  return { total, rows }
}

interface StoredProfile {
  /** Null where it is the address. */
  userName: string | null
  externalId: string | null
  displayName: string | null
  givenName: string | null
  familyName: string | null
}

/** Stores what a provider says about a user, who is then not removed. */
export async function saveScimProfile(db: Queryable, userId: string, profile: StoredProfile, now: number): Promise<void> {
  const { userName, externalId, displayName, givenName, familyName } = profile
  await db.query(
    `insert into scim_users (user_id, user_name, external_id, display_name, given_name, family_name, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (user_id) do update set user_name = excluded.user_name, external_id = excluded.external_id,
       display_name = excluded.display_name, given_name = excluded.given_name, family_name = excluded.family_name,
       removed_at = null, updated_at = excluded.updated_at`,
    [userId, userName, externalId, displayName, givenName, familyName, new Date(now)]
  )
}

/** Notes that the provider deprovisioned a user, and whether that disables them; repeating it changes nothing. */
export async function markDeprovisioned(
  db: Queryable,
  userId: string,
  { disables, now }: { disables: boolean; now: number }
): Promise<void> {
  await db.query(
    `insert into scim_users (user_id, deprovisioned_at, disabled_by_it, updated_at) values ($1, $3, $2, $3)
     on conflict (user_id) do update set deprovisioned_at = coalesce(scim_users.deprovisioned_at, excluded.deprovisioned_at),
       disabled_by_it = scim_users.disabled_by_it or excluded.disabled_by_it, updated_at = excluded.updated_at`,
    [userId, disables, new Date(now)]
  )
}

/** The provider reinstates a user. */
export async function unmarkDeprovisioned(db: Queryable, userId: string, now: number): Promise<void> {
  await db.query('update scim_users set deprovisioned_at = null, disabled_by_it = false, updated_at = $2 where user_id = $1', [
    userId,
    new Date(now)
  ])
}

/** Active users are no longer deprovisioned, whatever the provider said before: an operator has let them in. */
export async function forgetDeprovisioning(db: Queryable, userId: string): Promise<void> {
  await db.query(
    `update scim_users s set deprovisioned_at = null, disabled_by_it = false, removed_at = null
     from users u where u.id = $1 and s.user_id = u.id and u.status = 'active' and num_nonnulls(s.deprovisioned_at, s.removed_at) > 0`,
    [userId]
  )
}

/** For the provider the user no longer exists, nor is in any group. */
export async function markRemoved(db: Queryable, userId: string, now: number): Promise<void> {
  await db.query('update scim_users set removed_at = $2, updated_at = $2 where user_id = $1', [userId, new Date(now)])
  await db.query('delete from scim_group_members where user_id = $1', [userId])
}

/** A change beside the user's own row still counts as a change of the user. */
export async function nextUserVersion(db: Queryable, userId: string): Promise<void> {
  await db.query('update users set version = version + 1 where id = $1', [userId])
}

/** The users whose requests must end. */
export async function deprovisionedAmong(db: Queryable, userIds: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select u.id from users u join scim_users s on s.user_id = u.id
     where u.id = any ($1::bigint[]) and u.status <> 'active' and s.deprovisioned_at is not null`,
    [textArray(userIds)]
  )
  return rows.map(({ id }) => id)
}
