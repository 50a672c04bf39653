import { windowAt } from '../billing/quota-windows.ts'
import { windowPolicyOf } from '../billing/window-policies.ts'
import {
  compareCharges,
  compareSums,
  findNextUse,
  listWindowed,
  readKeptSince,
  shortUsd,
  sumLedger,
  sumWindows,
  type Drift,
  type OpenWindow,
  type UserSums,
  type WindowedSubscription
} from '../records/ledger-verification.ts'
import { ID_PATTERN, readCursor } from '../records/pages.ts'
import type { Queryable } from '../records/queryable.ts'
import { toWindows } from '../records/subscriptions.ts'

/** One part of a verification: some users, some subscriptions, or the hours of a day. */
export interface VerifiedPart {
  checked: { users: number; subscriptions: number; hours: number }
  /** Windows of the subscriptions that cannot be recomputed: events of theirs were dropped, or their rules were changed meanwhile. */
  skippedWindows: number
  /** How many users, windows, charges and sums of an hour drifted, of which only so many are listed. */
  found: number
  drifts: Drift[]
  /** Where the next part begins; null when all is verified. */
  nextCursor: string | null
}

const ROWS_A_PART = 100
/** Fewer: a user may have any number of entries. */
const USERS_A_PART = 10
const DAY_MS = 24 * 60 * 60 * 1000
const NOTHING: VerifiedPart = {
  checked: { users: 0, subscriptions: 0, hours: 0 },
  skippedWindows: 0,
  found: 0,
  drifts: [],
  nextCursor: null
}

/**
 * Recomputes the balances, then the open windows, then the sums of hours and days of which the events still exist; a part a call, so that
 * each takes little time and memory, whatever there is. Throws InvalidCursorError.
 */
export async function verifyLedgerPart(db: Queryable, cursor: string | null, now: number): Promise<VerifiedPart> {
  const [stage = 'users', key = '0'] = cursor === null ? [] : readCursor(cursor, [/^(users|subscriptions|hours)$/, ID_PATTERN])
  if (stage === 'users') return await verifyUsers(db, key)
  if (stage === 'subscriptions') return await verifySubscriptions(db, key, now)
  return await verifyDay(db, Number(key))
}

const cursorTo = (stage: string, key: string) => Buffer.from(JSON.stringify([stage, key])).toString('base64url')

async function verifyUsers(db: Queryable, afterId: string): Promise<VerifiedPart> {
  const users = await sumLedger(db, afterId, USERS_A_PART)
  const drifts = users.flatMap(driftsOfUser)
  const last = users.length === USERS_A_PART ? users.at(-1) : undefined
  const nextCursor = last === undefined ? cursorTo('subscriptions', '0') : cursorTo('users', last.id)
  return { ...NOTHING, checked: { ...NOTHING.checked, users: users.length }, found: drifts.length, drifts, nextCursor }
}

function driftsOfUser({ email, balance, total, entryId, stated, sum }: UserSums): Drift[] {
  const subject = `user ${email}`
  const drifts: Drift[] = []
  const [recorded, recomputed] = [shortUsd(balance), shortUsd(total)]
  if (recorded !== recomputed) drifts.push({ kind: 'balance', subject, field: 'balance_usd', recorded, recomputed })
  if (entryId !== null && stated !== null && sum !== null) {
    const field = `balance_after_usd of entry ${entryId}`
    drifts.push({ kind: 'running-balance', subject, field, recorded: shortUsd(stated), recomputed: shortUsd(sum) })
  }
  return drifts
}

async function verifySubscriptions(db: Queryable, afterId: string, now: number): Promise<VerifiedPart> {
  const subscriptions = await listWindowed(db, afterId, ROWS_A_PART)
  const byId = new Map(subscriptions.map((subscription) => [subscription.id, subscription]))
  const keptSince = (await readKeptSince(db)) ?? now
  const open = subscriptions.flatMap((subscription) => openWindowsOf(subscription, now))
  const whole = open.filter(({ subscriptionId, startsAt }) => isWhole(byId.get(subscriptionId), startsAt, keptSince))
  const drifts = (await sumWindows(db, whole)).flatMap(({ subscriptionId, kind, used, total }): Drift[] => {
    const [recorded, recomputed] = [shortUsd(used), shortUsd(total)]
    if (recorded === recomputed) return []
    const { userEmail = '', groupName = '' } = byId.get(subscriptionId) ?? {}
    return [
      { kind: 'window', subject: `subscription ${userEmail}/${groupName}`, field: `${kind}_used_usd`, recorded, recomputed }
    ]
  })
  const last = subscriptions.length === ROWS_A_PART ? subscriptions.at(-1) : undefined
  return {
    checked: { ...NOTHING.checked, subscriptions: subscriptions.length },
    skippedWindows: open.length - whole.length,
    found: drifts.length,
    drifts,
    nextCursor: last === undefined ? cursorTo('hours', '0') : cursorTo('subscriptions', last.id)
  }
}

function openWindowsOf(subscription: WindowedSubscription, now: number): OpenWindow[] {
  const policy = windowPolicyOf(subscription)
  return toWindows(subscription).flatMap((window) => {
    const { startedAt, kind } = window
    const state = windowAt(window, policy, now)
    const isStored = startedAt !== null && state.startsAt !== null && startedAt >= state.startsAt
    if (!isStored || state.endsAt === null) return []
    return [{ subscriptionId: subscription.id, kind, startsAt: startedAt, endsAt: state.endsAt }]
  })
}

/** All events of the window are there, and were counted by the rules of today. */
function isWhole(subscription: WindowedSubscription | undefined, startsAt: number, keptSince: number): boolean {
  if (subscription === undefined) return false
  const { createdAt, policyChangedAt } = subscription
  return Math.max(startsAt, createdAt.getTime()) >= keptSince && (policyChangedAt?.getTime() ?? -Infinity) < startsAt
}

/** The first day (UTC) from `since` on that has events or sums. */
async function verifyDay(db: Queryable, since: number): Promise<VerifiedPart> {
  const keptSince = await readKeptSince(db)
  if (keptSince === null) return NOTHING
  const next = await findNextUse(db, Math.max(since, keptSince))
  if (next === null) return NOTHING
  const day = Math.floor(next / DAY_MS) * DAY_MS
  const time = { from: day, to: day + DAY_MS, listed: ROWS_A_PART }
  const hours = await compareSums(db, 'hour', time)
  const days = await compareSums(db, 'day', time)
  const charges = await compareCharges(db, day, day + DAY_MS, ROWS_A_PART)
  return {
    ...NOTHING,
    checked: { ...NOTHING.checked, hours: hours.compared },
    found: hours.found + days.found + charges.found,
    drifts: [...hours.drifts, ...days.drifts, ...charges.drifts],
    nextCursor: cursorTo('hours', String(day + DAY_MS))
  }
}
