import type { Queryable } from '../../platform/database/queryable.ts'

/** The names of the groups with a usable key at `now`, epoch milliseconds. */
export async function listUsedGroups(db: Queryable, now: number): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select g.name from groups g where g.status = 'active' and exists (
       select from api_keys k join users u on u.id = k.user_id
       where k.group_id = g.id and k.status = 'active' and k.revoked_at is null and u.status = 'active'
         and coalesce(least(k.expires_at, k.own_expires_at) > $1, true))
     order by g.name`,
    [new Date(now)]
  )
  return rows.map(({ name }) => name)
}
