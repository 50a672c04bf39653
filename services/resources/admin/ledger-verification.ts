import { windowAt } from '../../money/billing/quota-windows.ts'
import { windowPolicyOf } from '../../money/billing/window-policies.ts'
import { readUsageHorizon } from '../../money/records/usage-retention.ts'
import { DAY_MS } from '../../platform/database/partitions.ts'
import { ID_PATTERN, readCursor } from '../../platform/database/pages.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import {
  findStrayEntries,
  listWindowed,
  listWindowedKeys,
  listWindowedMembers,
  listWindowedPools,
  shortUsd,
  sumKeyTotals,
  sumKeyWindows,
  sumLedger,
  sumMemberWindows,
  sumPoolWindows,
  sumWindows,
  type Checked,
  type Drift,
  type DriftSums,
  type OpenWindow,
  type UserSums,
  type WindowedKey,
  type WindowedSubscription,
  type WindowedTeam
} from '../records/ledger-verification.ts'
import { findLostEvents } from '../records/reconciled-days.ts'
import {
  compareCharges,
  compareSums,
  endOfPortion,
  findNextUse,
  readKeptSince,
  type Totals
} from '../records/usage-verification.ts'
import { toWindows } from '../records/subscriptions.ts'
import { sumOf, sumsOf } from './drift-sums.ts'

/** One part of a verification: some users, subscriptions or keys, or some hours of a day. */
export interface VerifiedPart {
  checked: Checked
  /** Windows that cannot be recomputed: some of their events were dropped, or their rules changed meanwhile. */
  skippedWindows: number
  /** What drifted; only the first ones are listed. */
  kinds: DriftSums
  drifts: Drift[]
  /** For the hours looked at. */
  hours: VerifiedHours | null
  /** Where the next part begins; null when everything is verified. */
  nextCursor: string | null
}

/** The sums of some hours of a day in each of the books that must agree. */
export interface VerifiedHours {
  /** When their day (UTC) begins, in epoch milliseconds. */
  day: number
  events: Totals
  hourly: Totals
  /** With the last hours of a day: its daily and its hourly sums, read at the same moment. */
  daily: { recorded: Totals; ofHours: Totals } | null
  /** The sum that events charged to balances, and the sum of their ledger entries. */
  chargedNano: bigint
  enteredNano: bigint
  /** Events left out of these two, since their entries were summed up. */
  summedUp: number
}

const ROWS_A_PART = 100
/** Users may have any number of entries, and hours any number of events: this many take a database about a second. */
const PORTION = { users: 10, entries: 50_000, events: 50_000 }
const NONE_CHECKED: Checked = { users: 0, entries: 0, subscriptions: 0, keys: 0, teams: 0, events: 0, hours: 0 }
const NOTHING: VerifiedPart = {
  checked: NONE_CHECKED,
  skippedWindows: 0,
  kinds: {},
  drifts: [],
  hours: null,
  nextCursor: null
}

/**
 * Recomputes the balances, then the open windows of subscriptions, keys and teams and the keys' totals, then the sums of hours and days
 * of which the events still exist; one part per call, so that each takes little time and memory, whatever the amount. Throws
 * InvalidCursorError.
 */
export async function verifyLedgerPart(
  db: Queryable,
  cursor: string | null,
  now: number,
  portion = PORTION
): Promise<VerifiedPart> {
  const [stage = 'users', key = '0'] =
    cursor === null ? [] : readCursor(cursor, [/^(users|subscriptions|keys|teams|hours)$/, ID_PATTERN])
  if (stage === 'users') return await verifyUsers(db, key, portion)
  if (stage === 'subscriptions') return await verifySubscriptions(db, key, now)
  if (stage === 'keys') return await verifyKeys(db, key, now)
  if (stage === 'teams') return await verifyTeams(db, key, now)
  return await verifyHours(db, Number(key), portion)
}

const cursorTo = (stage: string, key: string) => Buffer.from(JSON.stringify([stage, key])).toString('base64url')

async function verifyUsers(db: Queryable, afterId: string, portion: typeof PORTION): Promise<VerifiedPart> {
  const { users, isLast } = await sumLedger(db, afterId, portion)
  const ids = users.map(({ id }) => id)
  const strays = await findStrayEntries(db, ids, { since: await readStraysSince(db), listed: ROWS_A_PART })
  const drifts = users.flatMap(driftsOfUser)
  const entries = users.reduce((sum, { entries }) => sum + Number(entries), 0)
  return {
    ...NOTHING,
    checked: { ...NONE_CHECKED, users: users.length, entries },
    kinds: { ...sumsOf(drifts), ...sumOf('charge', strays) },
    drifts: [...drifts, ...strays.drifts],
    nextCursor: isLast ? cursorTo('subscriptions', '0') : cursorTo('users', ids.at(-1) ?? afterId)
  }
}

/** Months whose events were dropped were summed up, except for late entries. */
const LATE_MS = 62 * DAY_MS

async function readStraysSince(db: Queryable): Promise<number | null> {
  const horizon = await readUsageHorizon(db)
  return horizon === null ? null : horizon + LATE_MS
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
    ...NOTHING,
    ...verified,
    kinds: sumsOf(verified.drifts),
    checked: { ...NONE_CHECKED, subscriptions: subscriptions.length },
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
  const drifts = [...verified.drifts, ...totals]
  return {
    ...NOTHING,
    ...verified,
    kinds: sumsOf(drifts),
    drifts,
    checked: { ...NONE_CHECKED, keys: keys.length },
    nextCursor: last === undefined ? cursorTo('teams', '0') : cursorTo('keys', last.id)
  }
}

/** Who was a member before, and is one again, has counted what they were charged in between. */
async function verifyTeams(db: Queryable, afterId: string, now: number): Promise<VerifiedPart> {
  const pools = await listWindowedPools(db, afterId, ROWS_A_PART)
  const members = await listWindowedMembers(
    db,
    pools.map(({ id }) => id)
  )
  const nameOf = ({ team, userEmail }: WindowedTeam) => `team ${team}${userEmail === null ? '' : `/${userEmail}`}`
  const ofPools = await verifyWindows(db, pools, { kind: 'spending', nameOf, sum: sumPoolWindows, now })
  const ofMembers = await verifyWindows(db, members, { kind: 'spending', nameOf, sum: sumMemberWindows, now })
  const last = pools.length === ROWS_A_PART ? pools.at(-1) : undefined
  const drifts = [...ofPools.drifts, ...ofMembers.drifts]
  return {
    ...NOTHING,
    skippedWindows: ofPools.skippedWindows + ofMembers.skippedWindows,
    kinds: sumsOf(drifts),
    drifts,
    checked: { ...NONE_CHECKED, teams: pools.length },
    nextCursor: last === undefined ? cursorTo('hours', '0') : cursorTo('teams', last.id)
  }
}

type Windowed = Omit<WindowedSubscription, 'groupName' | 'userEmail'> & { countedSince?: Date }

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
): Promise<Pick<VerifiedPart, 'skippedWindows' | 'drifts'>> {
  const byId = new Map(owners.map((owner) => [owner.id, owner]))
  const keptSince = (await readKeptSince(db)) ?? now
  const open = owners.flatMap((owner) => openWindowsOf(owner, now))
  const whole = open.filter(({ ownerId, startsAt }) => {
    const owner = byId.get(ownerId)
    return owner !== undefined && isWhole(owner, startsAt, keptSince)
  })
  const sums = await sum(db, whole)
  const drifts = sums.flatMap(({ ownerId, kind: period, used, total }): Drift[] => {
    const [recorded, recomputed] = [shortUsd(used), shortUsd(total)]
    const owner = byId.get(ownerId)
    if (recorded === recomputed || owner === undefined) return []
    return [{ kind, subject: nameOf(owner), field: `${period}_used_usd`, recorded, recomputed }]
  })
  return { skippedWindows: open.length - sums.length, drifts }
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

/** All events of the window still exist, and were counted by the current rules. */
function isWhole(owner: Windowed, startsAt: number, keptSince: number): boolean {
  const { createdAt, policyChangedAt, countedSince } = owner
  const countedFrom = Math.max(startsAt, createdAt.getTime())
  const isCounted = countedSince === undefined || countedFrom >= countedSince.getTime()
  return isCounted && countedFrom >= keptSince && (policyChangedAt?.getTime() ?? -Infinity) < startsAt
}

/** The first hours from `since` on with events or sums: those of one day (UTC), up to the size of a part. */
async function verifyHours(db: Queryable, since: number, portion: typeof PORTION): Promise<VerifiedPart> {
  const keptSince = await readKeptSince(db)
  if (keptSince === null) return NOTHING
  const from = await nextHours(db, Math.max(since, keptSince))
  if (from === null) return NOTHING
  const day = Math.floor(from / DAY_MS) * DAY_MS
  const to = await endOfPortion(db, { from, to: day + DAY_MS }, portion.events)
  const stretch = { from, to, listed: ROWS_A_PART }
  const hours = await compareSums(db, 'hour', stretch)
  const ofTeams = await compareSums(db, 'team-hour', stretch)
  const charges = await compareCharges(db, stretch)
  const isDoubted = { day: hours.found > 0, 'team-day': ofTeams.found > 0 }
  const daily = to === day + DAY_MS ? await verifyDay(db, day, isDoubted) : null
  return {
    ...NOTHING,
    checked: { ...NONE_CHECKED, events: hours.recomputed.requests, hours: hours.compared },
    kinds: { ...sumOf('hour', hours), ...sumOf('team-hour', ofTeams), ...sumOf('charge', charges), ...daily?.kinds },
    drifts: [...hours.drifts, ...ofTeams.drifts, ...charges.drifts, ...(daily?.drifts ?? [])],
    hours: {
      day,
      events: hours.recomputed,
      hourly: hours.recorded,
      daily: daily?.sums ?? null,
      chargedNano: charges.chargedNano,
      enteredNano: charges.enteredNano,
      summedUp: charges.summedUp
    },
    nextCursor: cursorTo('hours', String(to))
  }
}

/** A day that was begun is continued to its end. */
async function nextHours(db: Queryable, since: number): Promise<number | null> {
  if (since % DAY_MS !== 0) return since
  const next = await findNextUse(db, since)
  return next === null ? null : Math.floor(next / DAY_MS) * DAY_MS
}

/** The sums of a day are compared with those of its few hours, and with all its events only if something is wrong. */
async function verifyDay(db: Queryable, day: number, isDoubted: Record<'day' | 'team-day', boolean>) {
  const stretch = { from: day, to: day + DAY_MS, listed: ROWS_A_PART }
  async function compare(kind: keyof typeof isDoubted) {
    const ofHours = await compareSums(db, kind, { ...stretch, source: 'hours' })
    const drifted = isDoubted[kind] || ofHours.found > 0 ? await compareSums(db, kind, stretch) : ofHours
    return { ofHours, drifted }
  }
  const { ofHours, drifted } = await compare('day')
  const ofTeams = await compare('team-day')
  const lost = await lostOfDay(db, day)
  return {
    kinds: { ...sumOf('day', drifted), ...sumOf('team-day', ofTeams.drifted), ...sumsOf(lost) },
    drifts: [...drifted.drifts, ...ofTeams.drifted.drifts, ...lost],
    sums: { recorded: ofHours.recorded, ofHours: ofHours.recomputed }
  }
}

/** Removing events and everything derived from them leaves books that agree. */
async function lostOfDay(db: Queryable, day: number): Promise<Drift[]> {
  const lost = await findLostEvents(db, day)
  if (lost === null) return []
  const subject = new Date(day).toISOString().slice(0, 'yyyy-mm-dd'.length)
  return [{ kind: 'lost', subject, field: 'requests', recorded: lost.had, recomputed: lost.has }]
}
