import { windowAt } from '../billing/quota-windows.ts'
import { windowPolicyOf } from '../billing/window-policies.ts'
import { formatUsd } from '../prices/money.ts'
import {
  createSubscription,
  findSubscription,
  findSubscriptionTo,
  updateSubscription,
  type OperatedSubscription,
  type SubscriptionValues
} from '../records/subscriptions.ts'
import type { Queryable } from '../records/queryable.ts'
import type { Versioned } from '../records/versioned.ts'
import { wantedSubscription } from '../set-up/apply-states.ts'
import type { DesiredSubscription } from '../set-up/declarative-schema.ts'
import { namedGroup } from '../resources/groups/groups.ts'
import { changeRow, conflict, createRow, fieldRefused, type OperatorContext } from './operator-changes.ts'
import { checkAsDeclared } from './request-checks.ts'
import { namedUserId } from '../resources/users/users.ts'

export type ListedSubscription = Versioned<OperatedSubscription>

export interface NewSubscription extends Pick<DesiredSubscription, 'group' | 'days' | 'starts_at'> {
  /** E-mail address. */
  user: string
}

export type SubscriptionAct = { act: 'suspend' | 'resume' | 'revoke' } | { act: 'extend'; days: number }

const DAY_MS = 24 * 60 * 60 * 1000
/** RFC 3339 has four digits for the year. */
const LAST_INSTANT = Date.UTC(9999, 11, 31, 23, 59, 59)

const toTime = (at: number) => new Date(at).toISOString()
const toTimeOrNull = (at: number | null) => (at === null ? null : toTime(at))

/** A subscription as the admin API shows it, with its windows as they stand at `now`. */
export function reportOfSubscription(subscription: ListedSubscription, now: number) {
  const { group } = subscription
  const policy = windowPolicyOf(group)
  return {
    id: subscription.id,
    user_email: subscription.userEmail,
    group: subscription.groupName,
    status: subscription.status,
    starts_at: toTime(subscription.startsAt),
    expires_at: toTime(subscription.expiresAt),
    windows: subscription.windows.map((window) => {
      const { kind, startsAt, endsAt, usedNano } = windowAt(window, policy, now)
      const limitNano = group.limits[kind]
      return {
        kind,
        limit_usd: limitNano === null ? null : formatUsd(limitNano),
        used_usd: formatUsd(usedNano),
        started_at: toTimeOrNull(startsAt),
        resets_at: toTimeOrNull(endsAt)
      }
    }),
    version: subscription.version
  }
}

const SUBSCRIPTION = {
  kind: 'subscription',
  find: findSubscription,
  /** For the audit log, where windows say nothing: operators do not change them. */
  report({ status, startsAt, expiresAt }: ListedSubscription) {
    return { status, starts_at: toTime(startsAt), expires_at: toTime(expiresAt) }
  },
  nameOf: ({ userEmail, groupName }: ListedSubscription) => `${userEmail}/${groupName}`
}

/**
 * Subscribes a user to a group. A subscription of theirs that was revoked or has ended begins anew, with what its windows have
 * counted. Rejects with 400 when there is no such user, or no such group to subscribe to, 409 when a subscription is there.
 */
export async function addSubscription(
  context: OperatorContext,
  { user, ...desired }: NewSubscription
): Promise<ListedSubscription> {
  checkAsDeclared({ subscription: desired })
  const now = context.clock.now()
  const { status, startsAt, expiresAt } = wantedSubscription(user, desired, undefined, now)
  refuseEndless(expiresAt)
  const duplicate = `${user} has a subscription to group ${desired.group} already: extend or resume that`
  return await createRow(context, {
    ...SUBSCRIPTION,
    duplicate,
    create: async (db) => {
      const target = { userId: await namedUserId(db, user), groupId: await subscribableGroupId(db, desired.group) }
      const existing = await findSubscriptionTo(db, target)
      if (existing !== null && !isOver(existing, now)) throw conflict(duplicate)
      return await begin(db, target, { status, startsAt, expiresAt }, existing)
    }
  })
}

/** The id of the group that a request names. Rejects with 400. */
export async function subscribableGroupId(db: Queryable, name: string): Promise<string> {
  const { id, kind } = await namedGroup(db, name)
  if (kind === 'subscription') return id
  throw fieldRefused('group', `group ${name} is of kind ${kind}, and only groups of kind subscription are subscribed to`)
}

const isOver = ({ status, expiresAt }: ListedSubscription, now: number) => status === 'revoked' || expiresAt <= now

/** The id of the new subscription, or of one that is over and begins anew. */
async function begin(
  db: Queryable,
  target: { userId: string; groupId: string },
  values: SubscriptionValues,
  over: ListedSubscription | null
): Promise<string> {
  if (over === null) return (await createSubscription(db, { ...target, ...values })).id
  await updateSubscription(db, over.id, values)
  return over.id
}

/** Extends a user's subscription by so many days; one that is not there, or is over, begins now. Returns when it ends then. */
export async function renewSubscription(
  db: Queryable,
  { userId, groupId, days, now }: { userId: string; groupId: string; days: number; now: number }
): Promise<{ expiresAt: number }> {
  const existing = await findSubscriptionTo(db, { userId, groupId })
  if (existing !== null && !isOver(existing, now)) {
    const changes = { expiresAt: endAfter(existing, days, now) }
    await updateSubscription(db, existing.id, changes)
    return changes
  }
  const expiresAt = now + days * DAY_MS
  refuseEndless(expiresAt)
  await begin(db, { userId, groupId }, { status: 'active', startsAt: now, expiresAt }, existing)
  return { expiresAt }
}

/** Rejects with 409 for what was revoked, unless it is to be revoked. */
export async function actOnSubscription(
  context: OperatorContext,
  { id, ifMatch, ...act }: { id: string; ifMatch: string | undefined } & SubscriptionAct
): Promise<ListedSubscription> {
  return await changeRow(context, {
    ...SUBSCRIPTION,
    id,
    ifMatch,
    action: DONE[act.act],
    change: async (db, before) => {
      const changes = changesOf(act, before, context.clock.now())
      if (changes !== null) await updateSubscription(db, id, changes)
    }
  })
}

const DONE = { extend: 'extended', suspend: 'suspended', resume: 'resumed', revoke: 'revoked' }
const STATUS_AFTER = { suspend: 'suspended', resume: 'active', revoke: 'revoked' } as const

/** Null when it is so already. */
function changesOf(act: SubscriptionAct, before: ListedSubscription, now: number): Partial<SubscriptionValues> | null {
  if (before.status === 'revoked' && act.act !== 'revoke') {
    throw conflict(`subscription ${SUBSCRIPTION.nameOf(before)} is revoked: create it anew`)
  }
  if (act.act !== 'extend') return before.status === STATUS_AFTER[act.act] ? null : { status: STATUS_AFTER[act.act] }
  return { expiresAt: endAfter(before, act.days, now) }
}

/** Days that have passed without a subscription are not sold. */
function endAfter(before: ListedSubscription, days: number, now: number): number {
  const expiresAt = Math.max(before.expiresAt, now) + days * DAY_MS
  refuseEndless(expiresAt)
  return expiresAt
}

function refuseEndless(expiresAt: number): void {
  if (expiresAt > LAST_INSTANT) throw fieldRefused('days', 'the subscription would end after the year 9999')
}
