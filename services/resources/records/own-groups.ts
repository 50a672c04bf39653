import type { Queryable } from '../../platform/database/queryable.ts'
import type { GroupRecord } from './groups.ts'

export type OwnGroup = Pick<GroupRecord, 'name' | 'kind'>

/** The active groups in which a user ever had a key or subscription, and the one open to everybody, by name. */
export async function listGroupsOf(db: Queryable, userId: string, everybodys: string): Promise<OwnGroup[]> {
  const { rows } = await db.query<OwnGroup>(
    `select g.name, g.kind from groups g where g.status = 'active' and (g.name = $2
       or exists (select from api_keys k where k.user_id = $1 and k.group_id = g.id)
       or exists (select from subscriptions s where s.user_id = $1 and s.group_id = g.id))
     order by g.name`,
    [userId, everybodys]
  )
  return rows
}
