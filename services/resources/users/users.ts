import { fieldRefused } from '../admin/operator-changes.ts'
import { parseUsd } from '../../money/prices/money.ts'
import { chargedSince, spendPeriodsAt, type UserSpend } from '../../money/records/user-spend.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { forgetDeprovisioning } from '../records/scim-users.ts'
import type { FieldProblem, Item } from '../problems.ts'
import type { Resource } from '../resource.ts'
import { findId, type SortKey } from '../rows.ts'
import { users } from './definition.ts'

/** Users own keys, and their balances pay. */
export const userResource: Resource<typeof users> = {
  definition: users,
  problems: serviceProblems,
  together: ['kind', 'owner', 'role'],
  isUsed: (email) =>
    `user ${email} has keys, subscriptions, accounts, service users or ledger entries, which stay: disable them instead`,
  async inserted(db, id) {
    await refuseServiceOwner(db, id)
    await db.query(
      `insert into ledger_entries (user_id, kind, amount_usd, source_id, balance_after_usd)
       select id, 'top-up', balance_usd, 'opening:' || id, balance_usd from users where id = $1 and balance_usd <> 0`,
      [id]
    )
  },
  async updated(db, id) {
    await refuseServiceOwner(db, id)
    await forgetDeprovisioning(db, id)
  }
}

/** Contradictory fields. */
export function serviceProblems({ path, value: { kind, owner, role } }: Item): FieldProblem[] {
  const isService = kind === 'service'
  const isOwned = owner !== undefined && owner !== null
  const problems: FieldProblem[] = []
  if (isService && !isOwned)
    problems.push({ path: [...path, 'owner'], text: 'must name the person whom the service user belongs to' })
  if (!isService && isOwned) problems.push({ path: [...path, 'owner'], text: 'is for service users, of kind: service' })
  if (isService && typeof role === 'string' && role !== users.fields.role.default) {
    problems.push({ path: [...path, 'role'], text: 'must be user: nobody signs in as a service user' })
  }
  return problems
}

/** Rejects with 400 when a user's owner, or the owner of something that belongs to a user, is not a person. */
async function refuseServiceOwner(db: Queryable, id: string): Promise<void> {
  const { rows } = await db.query<{ owner: string }>(
    `select o.email as owner from users u join users o on o.id = u.owner_id where $1 in (u.id, o.id) and o.kind <> 'person' limit 1`,
    [id]
  )
  if (rows[0] !== undefined) throw fieldRefused('owner', `${rows[0].owner} is a service user, and owners are people`)
}

/** To sort users by what they were charged today or this month (UTC). */
export function spendSortKeys(clock: Pick<Clock, 'now'>): Record<'spend_today' | 'spend_month', SortKey> {
  const chargedIn = (period: keyof UserSpend): SortKey => ({
    by: (bind) => chargedSince(bind(new Date(spendPeriodsAt(clock.now())[period]))),
    isNumber: true
  })
  return { spend_today: chargedIn('today'), spend_month: chargedIn('month') }
}

/** The id of the user that a request names. Rejects with 400. */
export async function namedUserId(db: Queryable, email: string): Promise<string> {
  const id = await findId(db, users, email.toLowerCase())
  if (id === null) throw fieldRefused('user', `there is no user ${email}`)
  return id
}

export async function listUserEmails(db: Queryable, ids: string[]): Promise<{ id: string; email: string }[]> {
  return (await db.query<{ id: string; email: string }>('select id, email from users where id = any ($1::bigint[])', [ids]))
    .rows
}

/** The opening balances of users, in nano-dollars, by e-mail address; 0 when there was none. */
export async function listOpenings(db: Queryable): Promise<Map<string, bigint>> {
  const { rows } = await db.query<{ email: string; opening: string }>(
    `select u.email, coalesce(l.amount_usd, 0) as opening
     from users u left join ledger_entries l on l.source_id = 'opening:' || u.id`
  )
  return new Map(rows.map(({ email, opening }) => [email, parseUsd(opening)]))
}
