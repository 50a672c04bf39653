import type { Queryable } from '../../platform/database/queryable.ts'

/**
 * A provider's permanent identifier of a person (OpenID Connect Core, 5.7): never reassigned, and unchanged when a name changes.
 */
export interface ProviderIdentity {
  issuer: string
  subject: string
}

/** The id of the user; null when this identity has never signed in. */
export async function findUserOfIdentity(db: Queryable, { issuer, subject }: ProviderIdentity): Promise<string | null> {
  const { rows } = await db.query<{ id: string }>(
    'select user_id as id from sign_in_identities where issuer = $1 and subject = $2',
    [issuer, subject]
  )
  return rows[0]?.id ?? null
}

/** False when the identity is already linked, or the user has another one of this issuer. */
export async function bindIdentity(
  db: Queryable,
  { issuer, subject }: ProviderIdentity,
  { userId, now }: { userId: string; now: number }
): Promise<boolean> {
  const { rows } = await db.query(
    `insert into sign_in_identities (issuer, subject, user_id, created_at) values ($1, $2, $3, $4)
     on conflict do nothing returning user_id`,
    [issuer, subject, userId, new Date(now)]
  )
  return rows.length > 0
}

/** Returns how many. */
export async function dropIdentitiesOf(db: Queryable, userId: string): Promise<number> {
  return (await db.query('delete from sign_in_identities where user_id = $1 returning user_id', [userId])).rows.length
}
