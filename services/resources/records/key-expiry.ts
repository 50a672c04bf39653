import { inTransaction, type Connectable, type Queryable } from '../../platform/database/queryable.ts'
import { tellInOutbox } from './webhook-outbox.ts'

/** How many days ahead of a key's end it is reported. */
const WEEK = 7
const DAY = 1

const KEY_EXPIRING = 'sluice.key.expiring'

/** A key in use that ends soon. */
export interface ExpiringKey {
  keyId: string
  userEmail: string
  /** The owner, for a service user. */
  ownerEmail: string | null
  keyName: string
  group: string
  endsAt: Date
  /** Within how many days. */
  days: number
}

const END = 'least(k.expires_at, k.own_expires_at)'

/**
 * Only keys created by hand: tools that sign in get a new one when they sign in again. A key created for less time is not
 * reported.
 */
const EXPIRING = `select k.id as "keyId", u.email as "userEmail", o.email as "ownerEmail", k.name as "keyName", g.name as group,
    ${END} as "endsAt", t.days
  from api_keys k join users u on u.id = k.user_id join groups g on g.id = k.group_id left join users o on o.id = u.owner_id
  cross join lateral (select case when ${END} <= $1::timestamptz + interval '${DAY} day' then ${DAY} else ${WEEK} end as days) t
  where ${END} > $1::timestamptz and ${END} <= $1::timestamptz + interval '${WEEK} days' and k.made_by = 'hand'
    and k.revoked_at is null and k.status = 'active' and u.status = 'active' and k.created_at <= ${END} - t.days * interval '1 day'`

/** Keys that end within a week, the soonest first. */
export async function listExpiringKeys(db: Queryable, now: number): Promise<ExpiringKey[]> {
  return (await db.query<ExpiringKey>(`${EXPIRING} order by "endsAt", k.id`, [new Date(now)])).rows
}

/**
 * Marks keys that end within a week, or a day, and returns those not marked before: each once, whichever replica looks. If there
 * is a webhook, it is queued in the same transaction.
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
