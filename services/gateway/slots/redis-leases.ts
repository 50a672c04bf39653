import type { HeldLease } from './shared-slots.ts'
import { NO_LANE, type Lane, type SlotUser } from './slots.ts'
import { hashOf } from './text-hash.ts'

/** Where in Redis a lease is. */
export interface LeasePlace {
  /** The hash tag. */
  tag: string
  pool: string
  /** The id that it has there. */
  member: string
}

/** The hash tags under which all keys are: one script touches one tag, so that a Redis Cluster can spread them. */
interface Tags {
  accounts: string
  ofUser: (userId: string) => string
  /** What stands in a user's before the id, and behind it. */
  aroundUser: readonly [before: string, behind: string]
  placeOf: (lease: HeldLease) => LeasePlace
}

export const PLACE_POOL = 'place'
export const SLOT_POOL = 'slot'

export function createTags(prefix: string): Tags {
  const accounts = `${prefix}:{acct}`
  const aroundUser = [`${prefix}:{u:`, '}'] as const
  const ofUser = (userId: string) => aroundUser.join(userId)
  return {
    accounts,
    ofUser,
    aroundUser,
    placeOf({ id, subject, subjectId, user }) {
      // An id that was made elsewhere is taken as it is.
      const member = parseLeaseId(id)?.member ?? `${id}${user === undefined ? '' : markOf(user.since, user)}`
      if (subject === 'account') return { tag: accounts, pool: subjectId, member }
      return { tag: ofUser(subjectId), pool: subject === 'place' ? PLACE_POOL : SLOT_POOL, member }
    }
  }
}

const MARK = '~'

/** What a member ends with for those who watch: since when it asks, and for a slot of an account whom it is for. */
export function markOf(since: number, user?: Pick<SlotUser, 'userId' | 'session'>): string {
  const begun = `${MARK}${since.toString(36)}`
  return user === undefined ? begun : `${begun}${MARK}${user.userId}${MARK}${user.session ?? ''}`
}

/** Of a user's slot: since when it asks, and in whose name it waits for its turn. */
export function laneMarkOf(since: number, { session, agent }: Lane = NO_LANE): string {
  return [markOf(since), nameOf(session), nameOf(agent)].join(MARK)
}

/** Of a place: whose session has it. */
export function placeMarkOf({ session }: Lane = NO_LANE): string {
  return `${MARK}${MARK}${nameOf(session)}`
}

const nameOf = (text: string) => (text === '' ? '' : hashOf(text))

/** Null when the member says nothing: a replica of before gave it. */
export function sinceOf(member: string): number | null {
  const since = member.split(MARK)[1]
  return since === undefined ? null : parseInt(since, 36)
}

/** Null when the member names nobody. */
export function userOf(member: string): SlotUser | null {
  const [, since, userId, session] = member.split(MARK)
  if (since === undefined || userId === undefined) return null
  return { userId, session: session || null, since: parseInt(since, 36) }
}

export function leaseId(subject: HeldLease['subject'], member: string, subjectId: string): string {
  return `${subject}|${member}|${subjectId}`
}

/** Null when it is no id of a Redis lease. */
export function parseLeaseId(id: string): (HeldLease & { member: string }) | null {
  const [, subject, member, subjectId] = /^(place|user|account)\|([^|]*)\|(.*)$/s.exec(id) ?? []
  if (member === undefined || subjectId === undefined) return null
  return { id, subject: subject as HeldLease['subject'], member, subjectId }
}

/** The places by tag, each with its index, in groups that one script gets through quickly. */
export function groupByTag(places: readonly LeasePlace[], groupSize = 200): { tag: string; indexes: number[] }[] {
  const open = new Map<string, { tag: string; indexes: number[] }>()
  const groups: { tag: string; indexes: number[] }[] = []
  for (const [index, { tag }] of places.entries()) {
    let group = open.get(tag)
    if (group === undefined || group.indexes.length >= groupSize) {
      group = { tag, indexes: [] }
      open.set(tag, group)
      groups.push(group)
    }
    group.indexes.push(index)
  }
  return groups
}
