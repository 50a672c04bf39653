import type { Queryable } from '../../platform/database/queryable.ts'
import { generateClientKey, hashClientKey, prefixForDisplay } from '../../platform/secrets.ts'

/** The fields that a rule shares with its key. */
const FOLLOWING = [
  'group_id',
  'status',
  'allowed_models',
  'daily_limit_usd',
  'weekly_limit_usd',
  'monthly_limit_usd',
  'total_limit_usd',
  'concurrency'
]

/** Gives a rule its own key. Nobody has its secret: it is used only through tokens. */
async function giveKey(db: Queryable, ruleId: string): Promise<void> {
  const secret = generateClientKey()
  // The key of a removed rule keeps its name, and its recorded usage.
  await db.query(
    `with made as (
       insert into api_keys (user_id, name, key_hash, key_prefix, made_by, ${FOLLOWING.join(', ')})
       select r.user_id, r.name || coalesce(' (' || (
           select nullif(count(*), 0) + 1 from api_keys k
           where k.user_id = r.user_id and (k.name = r.name or starts_with(k.name, r.name || ' ('))
         ) || ')', ''), $2, $3, 'workload', ${FOLLOWING.map((column) => `r.${column}`).join(', ')}
       from workload_rules r where r.id = $1 returning id
     )
     update workload_rules r set key_id = made.id from made where r.id = $1`,
    [ruleId, hashClientKey(secret), prefixForDisplay(secret)]
  )
}

/** Ends the key of a rule, and with it all tokens that stand for it. */
export async function endKeyOf(db: Queryable, ruleId: string): Promise<void> {
  await db.query(
    `update api_keys k set status = 'disabled', revoked_at = now(), version = k.version + 1
     from workload_rules r where r.id = $1 and k.id = r.key_id and k.revoked_at is null`,
    [ruleId]
  )
}

/**
 * Updates the key of a rule to match the rule. A rule that now acts for somebody else gets another key: recorded usage stays
 * where it was.
 */
export async function keepKeyOf(db: Queryable, ruleId: string): Promise<void> {
  const { rowCount } = await db.query(
    `update api_keys k set ${FOLLOWING.map((column) => `${column} = r.${column}`).join(', ')}, version = k.version + 1
     from workload_rules r where r.id = $1 and k.id = r.key_id and k.user_id = r.user_id`,
    [ruleId]
  )
  if (rowCount === 1) return
  await endKeyOf(db, ruleId)
  await giveKey(db, ruleId)
}

/** The keys of rules. */
export async function keysOfRules(db: Queryable, ruleIds: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    'select key_id as id from workload_rules where id = any ($1::bigint[]) and key_id is not null',
    [ruleIds]
  )
  return rows.map(({ id }) => id)
}
