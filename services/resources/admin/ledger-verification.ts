import { windowAt } from '../../money/billing/quota-windows.ts'
import { windowPolicyOf } from '../../money/billing/window-policies.ts'
import {
  compareCharges,
  compareSums,
  findNextUse,
  listWindowed,
  listWindowedKeys,
  readKeptSince,
  shortUsd,
  sumKeyTotals,
  sumKeyWindows,
  sumLedger,
  sumWindows,
  type Drift,
  type OpenWindow,
  type UserSums,
  type WindowedKey,
  type WindowedSubscription
} from '../records/ledger-verification.ts'
import { ID_PATTERN, readCursor } from '../../platform/database/pages.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { toWindows } from '../records/subscriptions.ts'

/** One part of a verification: some users, subscriptions or keys, or the hours of a day. */
interface VerifiedPart {
  checked: { users: number; subscriptions: number; keys: number; hours: number }
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
  checked: { users: 0, subscriptions: 0, keys: 0, hours: 0 },
  skippedWindows: 0,
  found: 0,
  drifts: [],
  nextCursor: null
}

/**
 * Recomputes the balances, then the open windows of subscriptions and keys and the keys' totals, then the sums of hours and days of which the events still exist; a part a call, so that
 * each takes little time and memory, whatever there is. Throws InvalidCursorError.
 */
export async function verifyLedgerPart(db: Queryable, cursor: string | null, now: number): Promise<VerifiedPart> {
  const [stage = 'users', key = '0'] =
    cursor === null ? [] : readCursor(cursor, [/^(users|subscriptions|keys|hours)$/, ID_PATTERN])
  if (stage === 'users') return await verifyUsers(db, key)
  if (stage === 'subscriptions') return await verifySubscriptions(db, key, now)
  if (stage === 'keys') return await verifyKeys(db, key, now)
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
  const nameOf = ({ userEmail, groupName }: WindowedSubscription) => `subscription ${userEmail}/${groupName}`
  const verified = await verifyWindows(db, subscriptions, { kind: 'window', nameOf, sum: sumWindows, now })
  const last = subscriptions.length === ROWS_A_PART ? subscriptions.at(-1) : undefined
  return {
    ...verified,
    checked: { ...NOTHING.checked, subscriptions: subscriptions.length },
    nextCursor: last === undefined ? cursorTo('keys', '0') : cursorTo('subscriptions', last.id)
  }
}

async function verifyKeys(db: Queryable, afterId: string, now: number): Promise<VerifiedPart> {
  const keys = await listWindowedKeys(db, afterId, ROWS_A_PART)
  const nameOf = ({ userEmail, name }: WindowedKey) => `key ${userEmail}/${name}`
  const verified = await verifyWindows(db, keys, { kind: 'spending', nameOf, sum: sumKeyWindows, now })
  const byId = new Map(keys.map((key) => [key.id, key]))
  const totals = (await sumKeyTotals(db, [...byId.keys()])).flatMap(({ id, used, total }): Drift[] => {
    const [recorded, recomputed] = [shortUsd(used), shortUsd(total)]
    const key = byId.get(id)
    if (recorded === recomputed || key === undefined) return []
    return [{ kind: 'spending', subject: nameOf(key), field: 'total_used_usd', recorded, recomputed }]
  })
  const last = keys.length === ROWS_A_PART ? keys.at(-1) : undefined
  return {
    ...verified,
    found: verified.found + totals.length,
    drifts: [...verified.drifts, ...totals],
    checked: { ...NOTHING.checked, keys: keys.length },
    nextCursor: last === undefined ? cursorTo('hours', '0') : cursorTo('keys', last.id)
  }
}

type Windowed = Omit<WindowedSubscription, 'groupName'> & { countedSince?: Date }

interface WindowVerification<Owner> {
  kind: Drift['kind']
  nameOf: (owner: Owner) => string
  sum: typeof sumWindows
  now: number
}

async function verifyWindows<Owner extends Windowed>(
  db: Queryable,
  owners: readonly Owner[],
  { kind, nameOf, sum, now }: WindowVerification<Owner>
): Promise<Pick<VerifiedPart, 'skippedWindows' | 'found' | 'drifts'>> {
  const byId = new Map(owners.map((owner) => [owner.id, owner]))
  const keptSince = (await readKeptSince(db)) ?? now
  const open = owners.flatMap((owner) => openWindowsOf(owner, now))
  const whole = open.filter(({ ownerId, startsAt }) => isWhole(byId.get(ownerId), startsAt, keptSince))
  const sums = await sum(db, whole)
  const drifts = sums.flatMap(({ ownerId, kind: period, used, total }): Drift[] => {
    const [recorded, recomputed] = [shortUsd(used), shortUsd(total)]
    const owner = byId.get(ownerId)
    if (recorded === recomputed || owner === undefined) return []
    return [{ kind, subject: nameOf(owner), field: `${period}_used_usd`, recorded, recomputed }]
  })
  return { skippedWindows: open.length - sums.length, found: drifts.length, drifts }
}

function openWindowsOf(owner: Windowed, now: number): OpenWindow[] {
  const policy = windowPolicyOf(owner)
  return toWindows(owner).flatMap((window) => {
    const { startedAt, kind } = window
    const state = windowAt(window, policy, now)
    const isStored = startedAt !== null && state.startsAt !== null && startedAt >= state.startsAt
    if (!isStored || state.endsAt === null) return []
    return [{ ownerId: owner.id, kind, startsAt: startedAt, endsAt: state.endsAt }]
  })
}

/** All events of the window are there, and were counted by the rules of today. */
function isWhole(owner: Windowed | undefined, startsAt: number, keptSince: number): boolean {
  if (owner === undefined) return false
  const { createdAt, policyChangedAt, countedSince } = owner
  const countedFrom = Math.max(startsAt, createdAt.getTime())
  const isCounted = countedSince === undefined || countedFrom >= countedSince.getTime()
  return isCounted && countedFrom >= keptSince && (policyChangedAt?.getTime() ?? -Infinity) < startsAt
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
