import type { Queryable } from '../../platform/database/queryable.ts'
import type { Matcher } from './rule-choice.ts'

/** The part of a rule that an exchange needs. */
export interface StoredRule extends Matcher {
  keyId: string
  lifeMinutes: number
  user: string
}

/** The rules in force for tokens of an issuer. */
export async function listRulesOf(db: Queryable, issuer: string): Promise<StoredRule[]> {
  const { rows } = await db.query<StoredRule>(
    `select r.name, r.priority, r.audience, r.conditions, r.key_id as "keyId", r.life_minutes as "lifeMinutes", u.email as user
     from workload_rules r join users u on u.id = r.user_id
     where r.issuer = $1 and r.status = 'active' and r.key_id is not null order by r.id`,
    [issuer]
  )
  return rows
}

/** Records that a token is exchanged. False if it was exchanged before: of several concurrent calls, one gets true. */
export async function noteExchanged(db: Queryable, { hash, expiresAt }: { hash: Buffer; expiresAt: number }): Promise<boolean> {
  const { rowCount } = await db.query(
    'insert into exchanged_tokens (token_hash, expires_at) values ($1, $2) on conflict do nothing',
    [hash, new Date(expiresAt)]
  )
  return rowCount === 1
}

/** Forgets tokens that would be refused for their age by then. */
export async function dropExchangedTokens(db: Queryable, before: number): Promise<void> {
  await db.query('delete from exchanged_tokens where expires_at < $1', [new Date(before)])
}
