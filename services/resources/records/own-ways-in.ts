import { onlyRow, type Queryable } from '../../platform/database/queryable.ts'

/** How somebody can sign in, and with what. */
interface OwnWaysIn {
  hasPassword: boolean
  /** They are linked to an OpenID provider. */
  isLinked: boolean
  /** Their keys that are not revoked. */
  keys: number
}

/** The user must exist. */
export async function readOwnWaysIn(db: Queryable, userId: string): Promise<OwnWaysIn> {
  const result = await db.query<OwnWaysIn>(
    `select u.password_hash is not null as "hasPassword",
       exists (select from sign_in_identities i where i.user_id = u.id) as "isLinked",
       (select count(*)::int from api_keys k where k.user_id = u.id and k.revoked_at is null) as keys
     from users u where u.id = $1`,
    [userId]
  )
  return onlyRow(result)
}
