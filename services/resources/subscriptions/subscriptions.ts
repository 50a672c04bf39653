import { changeRow, conflict, createRow, fieldRefused, type OperatorContext } from '../admin/operator-changes.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { wantedValues, type Values } from '../definition.ts'
import { withTimes } from '../given-times.ts'
import { namedGroup } from '../groups/groups.ts'
import { wordsOf, type Target } from '../operate.ts'
import { instantProblems, refusal } from '../problems.ts'
import type { Resource } from '../resource.ts'
import { assignmentsOf, findRow, insertRow, updateRow, type Row } from '../rows.ts'
import { namedUserId } from '../users/users.ts'
import { stateAt } from '../state-at.ts'
import { windowReports, type StoredWindows } from '../window-reports.ts'
import { endOf, subscriptions, type SubscriptionRow } from './definition.ts'
import { toTime } from '../../platform/timestamps.ts'

/** Users' subscriptions to groups of kind subscription. */
export const subscriptionResource: Resource<typeof subscriptions> = {
  definition: subscriptions,
  problems: (item) => instantProblems(item, 'starts_at'),
  toResponse: (row, now) => ({
    ...row,
    status: stateAt(row, now),
    windows: windowReports(row['windows'] as StoredWindows, now)
  })
}

type SubscriptionAct = { act: 'suspend' | 'resume' | 'revoke' } | { act: 'extend'; days: number }

type Found = Row & SubscriptionRow

/** RFC 3339 has four digits for the year. */
const LAST_INSTANT = Date.UTC(9999, 11, 31, 23, 59, 59)

/**
 * Subscribes a user to a group. A revoked or ended subscription of theirs starts again, with its windows' counts. Rejects with
 * 400 when there is no such user, or no such group to subscribe to, 409 when there is one that has not ended.
 */
export async function addSubscription(context: OperatorContext, given: Values): Promise<Row> {
  const now = context.clock.now()
  const entry = withTimes(subscriptions, given, now)
  const problems = subscriptionResource.problems?.({ path: [], value: entry }) ?? []
  if (problems.length > 0) throw refusal(problems)
  const wanted = wantedValues(subscriptions, { starts_at: toTime(now), ...entry }, undefined)
  const { user, group, days, starts_at: startsAt } = wanted as { user: string; group: string; days: number; starts_at: string }
  const end = endOf(startsAt, days)
  refuseEndless(end)
  if (end.getTime() <= now) throw fieldRefused('days', `the subscription would have ended on ${end.toISOString()}`)
  const duplicate = `${user} has a subscription to group ${group} already: extend or resume that`
  return await createRow(context, {
    ...wordsOf(subscriptionResource),
    duplicate,
    create: async (db) => {
      const target = { userId: await namedUserId(db, user), groupId: await subscribableGroupId(db, group) }
      const existing = await findSubscriptionTo(db, target)
      if (existing !== null && !isOver(existing, now)) throw conflict(duplicate)
      return await begin(db, wanted, existing)
    }
  })
}

/** The id of the group that a request names. Rejects with 400. */
export async function subscribableGroupId(db: Queryable, name: string): Promise<string> {
  const { id, kind } = await namedGroup(db, name)
  if (kind === 'subscription') return id
  throw fieldRefused('group', `group ${name} is of kind ${kind}, not subscription`)
}

/** The user's subscription to the group, whatever its status. */
export async function findSubscriptionTo(
  db: Queryable,
  { userId, groupId }: { userId: string; groupId: string }
): Promise<Found | null> {
  const { rows } = await db.query<{ id: string }>('select id from subscriptions where user_id = $1 and group_id = $2', [
    userId,
    groupId
  ])
  return rows[0] === undefined ? null : await findRow(db, subscriptions, rows[0].id)
}

const endsAt = ({ expires_at: expiresAt }: Found) => Date.parse(expiresAt)

const isOver = (row: Found, now: number) => row.status === 'revoked' || endsAt(row) <= now

/** The id of the new subscription, or of an ended one that starts again. */
async function begin(db: Queryable, wanted: Values, over: Found | null): Promise<string> {
  if (over === null) return await insertRow(db, subscriptions, assignmentsOf(subscriptions, wanted))
  const { status, days, starts_at } = wanted
  await updateRow(db, subscriptions, over.id, assignmentsOf(subscriptions, { status, days, starts_at }))
  return over.id
}

/** Extends a user's subscription by this many days; a missing or ended one begins now. Returns its new end. */
export async function renewSubscription(
  db: Queryable,
  {
    user,
    group,
    userId,
    groupId,
    days,
    now
  }: { user: string; group: string; userId: string; groupId: string; days: number; now: number }
): Promise<{ expiresAt: number }> {
  const existing = await findSubscriptionTo(db, { userId, groupId })
  if (existing !== null && !isOver(existing, now)) {
    const expiresAt = endAfter(existing, days, now)
    await setEnd(db, existing.id, expiresAt)
    return { expiresAt: expiresAt.getTime() }
  }
  const startsAt = toTime(now)
  refuseEndless(endOf(startsAt, days))
  await begin(db, wantedValues(subscriptions, { user, group, days, starts_at: startsAt }, undefined), existing)
  return { expiresAt: endOf(startsAt, days).getTime() }
}

const setEnd = (db: Queryable, id: string, expiresAt: Date) =>
  updateRow(db, subscriptions, id, [{ column: 'expires_at', value: expiresAt }])

const DONE = { extend: 'extended', suspend: 'suspended', resume: 'resumed', revoke: 'revoked' }
const STATUS_AFTER = { suspend: 'suspended', resume: 'active', revoke: 'revoked' } as const

/** Rejects with 409 for a revoked one, unless the change is to revoke it. */
export async function actOnSubscription(context: OperatorContext, target: Target, act: SubscriptionAct): Promise<Row> {
  return await changeRow<Found>(context, {
    ...wordsOf(subscriptionResource),
    find: (db, id) => findRow(db, subscriptions, id),
    ...target,
    action: DONE[act.act],
    async change(db, before) {
      if (before.status === 'revoked' && act.act !== 'revoke') {
        throw conflict(`subscription ${subscriptions.nameOf(before)} is revoked: create a new one`)
      }
      if (act.act === 'extend') return await setEnd(db, target.id, endAfter(before, act.days, context.clock.now()))
      const status = STATUS_AFTER[act.act]
      if (before.status !== status) await updateRow(db, subscriptions, target.id, assignmentsOf(subscriptions, { status }))
    }
  })
}

/** Days without a subscription are not charged for later. */
function endAfter(before: Found, days: number, now: number): Date {
  const end = endOf(toTime(Math.max(endsAt(before), now)), days)
  refuseEndless(end)
  return end
}

function refuseEndless(end: Date): void {
  if (end.getTime() > LAST_INSTANT) throw fieldRefused('days', 'the subscription would end after the year 9999')
}
