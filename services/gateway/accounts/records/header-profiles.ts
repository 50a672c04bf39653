import type { HeaderProfile } from '../header-profiles.ts'
import type { Queryable } from '../../../platform/database/queryable.ts'

interface HeaderProfileRecord extends HeaderProfile {
  accountId: string
  family: string
}

/** The comparable version in a user-agent: `2.1.330` of `claude-cli/2.1.330 (external, cli)`. */
const version = (headers: string) =>
  `coalesce(string_to_array(substring(${headers}->>'user-agent' from '[/ ]v?(\\d{1,9}(?:\\.\\d{1,9}){0,7})'), '.')::bigint[], '{}')`

/**
 * Stores the profile unless a newer one is stored: by version, then by time, but one not seen for `forgottenAfterMs` no longer
 * counts. Only the `maxFamilies` most recently seen families are kept. Does nothing when the account is gone.
 */
export async function putHeaderProfile(
  db: Queryable,
  { accountId, family, headers, seenAt }: HeaderProfileRecord,
  { maxFamilies, forgottenAfterMs }: { maxFamilies: number; forgottenAfterMs: number }
): Promise<void> {
  await db.query(
    `with put as (
       insert into account_header_profiles as p (account_id, family, headers, seen_at)
       select id, $2, $3, $4 from accounts where id = $1
       on conflict (account_id, family) do update set headers = excluded.headers, seen_at = excluded.seen_at
         where (${version('p.headers')}, p.seen_at) <= (${version('excluded.headers')}, excluded.seen_at)
           or p.seen_at < excluded.seen_at - $6 * interval '1 millisecond'
     )
     delete from account_header_profiles where account_id = $1 and family <> $2 and family not in (
       select family from account_header_profiles where account_id = $1 and family <> $2
       order by seen_at desc, family limit $5 - 1
     )`,
    [accountId, family, headers, new Date(seenAt), maxFamilies, forgottenAfterMs]
  )
}

export async function listHeaderProfiles(db: Queryable): Promise<HeaderProfileRecord[]> {
  const { rows } = await db.query<Omit<HeaderProfileRecord, 'seenAt'> & { seenAt: Date }>(
    `select account_id as "accountId", family, headers, seen_at as "seenAt" from account_header_profiles
     order by account_id, family`
  )
  return rows.map((row) => ({ ...row, seenAt: row.seenAt.getTime() }))
}
