import { inTransaction, type Connectable, type Queryable } from '../../platform/database/queryable.ts'
import { tellInOutbox } from './webhook-outbox.ts'

/** How many days ahead it is told that a key will end. */
const WEEK = 7
const DAY = 1

const KEY_EXPIRING = 'sluice.key.expiring'

/** A key in use that will end soon. */
export interface ExpiringKey {
  keyId: string
  userEmail: string
  /** Of a service user, who it belongs to. */
  ownerEmail: string | null
  keyName: string
  group: string
  endsAt: Date
  /** Within how many days. */
  days: number
}

const END = 'least(k.expires_at, k.own_expires_at)'

/** Made by hand: what signs in by itself gets a new one when it signs in again. One that was made for less time is no news. */
const EXPIRING = `select k.id as "keyId", u.email as "userEmail", o.email as "ownerEmail", k.name as "keyName", g.name as group,
    ${END} as "endsAt", t.days
  from api_keys k join users u on u.id = k.user_id join groups g on g.id = k.group_id left join users o on o.id = u.owner_id
  cross join lateral (select case when ${END} <= $1::timestamptz + interval '${DAY} day' then ${DAY} else ${WEEK} end as days) t
  where ${END} > $1::timestamptz and ${END} <= $1::timestamptz + interval '${WEEK} days' and k.made_by = 'hand'
    and k.revoked_at is null and k.status = 'active' and u.status = 'active' and k.created_at <= ${END} - t.days * interval '1 day'`

/** Those that end within a week, the soonest first. */
export async function listExpiringKeys(db: Queryable, now: number): Promise<ExpiringKey[]> {
  return (await db.query<ExpiringKey>(`${EXPIRING} order by "endsAt", k.id`, [new Date(now)])).rows
}

/**
 * Marks keys that will end within a week, or a day, and returns those that nobody had marked: each once, whichever replica looks. Where
 * there is a webhook it is told in the same transaction.
 */
export async function markExpiringKeys(
  db: Connectable,
  now: number,
  { hasWebhook }: { hasWebhook: boolean }
): Promise<ExpiringKey[]> {
  return await inTransaction(db, async (client) => {
    const { rows } = await client.query<ExpiringKey>(
      `with due as (${EXPIRING}), marked as (
         insert into key_expiry_warnings (key_id, ends_at, days, created_at)
         select "keyId", "endsAt", days, $1::timestamptz from due order by 1, 2, 3
         on conflict do nothing returning key_id, ends_at, days
       )
       select due.* from due join marked m on m.key_id = due."keyId" and m.ends_at = due."endsAt" and m.days = due.days
       order by due."endsAt", due."keyId"`,
      [new Date(now)]
    )
    await client.query('delete from key_expiry_warnings where ends_at < $1::timestamptz', [new Date(now)])
    if (hasWebhook) await tellInOutbox(client, KEY_EXPIRING, rows.map(toldOf))
    return rows
  })
}

const toldOf = ({ keyId, userEmail, ownerEmail, keyName, group, endsAt, days }: ExpiringKey) => ({
  subject: userEmail,
  data: {
    key_id: keyId,
    user_email: userEmail,
    owner_email: ownerEmail,
    key_name: keyName,
    group,
    expires_at: endsAt.toISOString(),
    days
  }
})
