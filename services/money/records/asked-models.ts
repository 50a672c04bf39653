import type { Queryable } from '../../platform/database/queryable.ts'

interface AskedModel {
  model: string
  groupId: string
}

/** So many attempts are read within milliseconds, however many there are. */
const NEWEST = 2000
/** Names of models come from clients, who may make up any number of them. */
const MOST = 100

/** What was asked for by the newest attempts since then, the most frequent first. */
export async function listAskedModels(db: Queryable, since: Date): Promise<AskedModel[]> {
  const { rows } = await db.query<AskedModel>(
    `select requested_model as model, group_id::text as "groupId"
     from (
       select requested_model, group_id from usage_events where created_at >= $1 order by created_at desc, id desc limit ${NEWEST}
     ) as newest
     group by 1, 2 order by count(*) desc, 1, 2 limit ${MOST}`,
    [since]
  )
  return rows
}
