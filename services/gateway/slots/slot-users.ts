import type { SlotsLook, SlotUsage, SlotUser, UsersThere, WatchedSlots } from './slots.ts'
import { joinSessions } from './waiting-sessions.ts'

/** Of one account; the rest are among its holders. */
export const MOST_TOLD = 5

export const NOBODY: UsersThere = { count: 0, sessions: 0, busiest: [] }

/** Who has these slots. Asked of every account by each look at all of them: no text is made for a slot. */
export function usersOf(slots: Iterable<SlotUser>): UsersThere {
  const users = new Map<string, { id: string; inFlight: number; known: Set<string> }>()
  for (const { userId, session } of slots) {
    let user = users.get(userId)
    if (user === undefined) users.set(userId, (user = { id: userId, inFlight: 0, known: new Set() }))
    user.inFlight += 1
    if (session !== null) user.known.add(session)
  }
  let sessions = 0
  for (const { known } of users.values()) sessions += known.size
  const busiest = [...users.values()].sort((a, b) => b.inFlight - a.inFlight || (a.id < b.id ? -1 : 1)).slice(0, MOST_TOLD)
  return {
    count: users.size,
    sessions,
    busiest: busiest.map(({ id, inFlight, known }) => ({ id, inFlight, sessions: known.size }))
  }
}

/** A session that is on an account now, or what of a user is in none. */
interface SlotHolder extends SlotUser {
  inFlight: number
}

/** The sessions that have slots, with when the oldest request of each began to look for an account; the oldest first. */
export function holdersOf(slots: readonly SlotUser[]): SlotHolder[] {
  const holders = new Map<string, SlotHolder>()
  for (const { userId, session, since } of slots) {
    const key = JSON.stringify([userId, session])
    const holder = holders.get(key) ?? { userId, session, since, inFlight: 0 }
    holders.set(key, holder)
    holder.inFlight += 1
    holder.since = Math.min(holder.since, since)
  }
  return [...holders.values()].sort((a, b) => a.since - b.since)
}

/** What stands between a user and a key that has slots of its own. */
const OF_KEY = '/'

/** Whether slots are counted for a key that has its own. */
export const isOfKey = (id: string) => id.includes(OF_KEY)

/** Under what the slots are counted that a client's requests take, and how many there are; 0 = no limit. */
export function slotsOf({ user, key }: SlotsOwner): { id: string; limit: number } {
  if (key.ownSlots === null) return { id: user.id, limit: user.concurrency }
  return { id: `${user.id}${OF_KEY}${key.id}`, limit: key.ownSlots }
}

interface SlotsOwner {
  user: { id: string; concurrency: number }
  key: { id: string; ownSlots: number | null }
}

/** A user's slots and those of their keys that have some of their own, together. Those of accounts are as they were. */
export function joinUsers<S extends Joinable>(slots: readonly S[]): S[] {
  // Few keys have some, and who watches asks often.
  if (!slots.some(({ subject, id }) => subject === 'user' && isOfKey(id))) return [...slots]
  const joined = new Map<string, S>()
  for (const slot of slots) {
    const [id = slot.id] = slot.subject === 'user' ? slot.id.split(OF_KEY) : []
    const name = `${slot.subject} ${id}`
    const one = joined.get(name)
    joined.set(name, one === undefined ? { ...slot, id } : { ...one, ...sumOf(one, slot) })
  }
  return [...joined.values()]
}

/** Those that are looked at among all that are watched. The scripts for Redis do the same. */
export function lookAt(slots: readonly WatchedSlots[], mostUsers: number): SlotsLook {
  const users: WatchedSlots[] = []
  const accounts: WatchedSlots[] = []
  for (const slot of joinUsers(slots)) (slot.subject === 'user' ? users : accounts).push(slot)
  let [inFlight, waiting] = [0, 0]
  let waitingSince: number | null = null
  for (const user of users) {
    inFlight += user.inFlight
    waiting += user.waiting
    waitingSince = earlier(waitingSince, user.waitingSince)
  }
  const busiest = firstOf(users, mostUsers, busiestFirst)
  return { busiest, users: { count: users.length, inFlight, waiting, waitingSince }, accounts }
}

type Load = Pick<WatchedSlots, 'waiting' | 'inFlight'>

const busiestFirst = (a: Load, b: Load) => b.waiting - a.waiting || b.inFlight - a.inFlight

/** The first few of many in an order, as a stable sort would have them, for less work. */
export function firstOf<T>(items: readonly T[], most: number, compare: (a: T, b: T) => number): T[] {
  const first: T[] = []
  for (const item of items) {
    const last = first.at(-1)
    if (last !== undefined && first.length >= most && compare(last, item) <= 0) continue
    let [from, to] = [0, first.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if (compare(first[middle] as T, item) <= 0) from = middle + 1
      else to = middle
    }
    first.splice(from, 0, item)
    if (first.length > most) first.pop()
  }
  return first
}

export const earlier = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : Math.min(a, b))

type Joinable = SlotUsage & Partial<Pick<WatchedSlots, 'waitingSince' | 'waitingSessions'>>

function sumOf(a: Joinable, b: Joinable): Omit<Joinable, 'subject' | 'id'> {
  const since = [a.waitingSince, b.waitingSince].filter((at) => at !== null && at !== undefined)
  return {
    limit: a.limit === 0 || b.limit === 0 ? 0 : a.limit + b.limit,
    inFlight: a.inFlight + b.inFlight,
    waiting: a.waiting + b.waiting,
    ...(a.waitingSessions === undefined || b.waitingSessions === undefined
      ? {}
      : { waitingSessions: joinSessions(a.waitingSessions, b.waitingSessions) }),
    ...(a.waitingSince === undefined ? {} : { waitingSince: since.length === 0 ? null : Math.min(...since) })
  }
}
