import type { Queryable } from '../../platform/database/queryable.ts'
import type { UserPerson } from './sign-in-sessions.ts'

/** The service user of that address, if it belongs to a person; else null. */
export async function findServiceUser(db: Queryable, owner: UserPerson, email: string): Promise<UserPerson | null> {
  const { rows } = await db.query<UserPerson>(
    `select id as "userId", email, role from users where email = lower($1) and owner_id = $2 and kind = 'service'`,
    [email, owner.userId]
  )
  return rows[0] ?? null
}
