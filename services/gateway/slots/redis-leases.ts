import type { HeldLease } from './shared-slots.ts'

/** Where in Redis a lease is. */
export interface LeasePlace {
  /** The hash tag. */
  tag: string
  pool: string
  /** The id that it has there. */
  member: string
}

/** The hash tags under which all keys are: one script touches one tag, so that a Redis Cluster can spread them. */
export interface Tags {
  accounts: string
  ofUser: (userId: string) => string
  placeOf: (lease: HeldLease) => LeasePlace
}

export const PLACE_POOL = 'place'
export const SLOT_POOL = 'slot'

export function createTags(prefix: string): Tags {
  const accounts = `${prefix}:{acct}`
  const ofUser = (userId: string) => `${prefix}:{u:${userId}}`
  return {
    accounts,
    ofUser,
    placeOf({ id, subject, subjectId }) {
      // An id that was made elsewhere is taken as it is.
      const member = parseLeaseId(id)?.member ?? id
      if (subject === 'account') return { tag: accounts, pool: subjectId, member }
      return { tag: ofUser(subjectId), pool: subject === 'place' ? PLACE_POOL : SLOT_POOL, member }
    }
  }
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
