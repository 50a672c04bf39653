import type { SlotUsage, SlotUser, WatchedSlots } from './slots.ts'

/** What a user has on an account now. */
export interface UserThere {
  id: string
  inFlight: number
  /** The beginnings of the hashes of the sessions that are known. */
  sessions: Set<string>
}

/** Who has slots, the busiest first. */
export function usersOf(slots: readonly SlotUser[]): UserThere[] {
  const users = new Map<string, UserThere>()
  for (const { userId, session } of slots) {
    const user = users.get(userId) ?? { id: userId, inFlight: 0, sessions: new Set() }
    users.set(userId, user)
    user.inFlight += 1
    if (session !== null) user.sessions.add(session)
  }
  return [...users.values()].sort((a, b) => b.inFlight - a.inFlight || (a.id < b.id ? -1 : 1))
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
  const joined = new Map<string, S>()
  for (const slot of slots) {
    const [id = slot.id] = slot.subject === 'user' ? slot.id.split(OF_KEY) : []
    const name = `${slot.subject} ${id}`
    const one = joined.get(name)
    joined.set(name, one === undefined ? { ...slot, id } : { ...one, ...sumOf(one, slot) })
  }
  return [...joined.values()]
}

type Joinable = SlotUsage & Partial<Pick<WatchedSlots, 'waitingSince'>>

function sumOf(a: Joinable, b: Joinable): Omit<Joinable, 'subject' | 'id'> {
  const since = [a.waitingSince, b.waitingSince].filter((at) => at !== null && at !== undefined)
  return {
    limit: a.limit === 0 || b.limit === 0 ? 0 : a.limit + b.limit,
    inFlight: a.inFlight + b.inFlight,
    waiting: a.waiting + b.waiting,
    ...(a.waitingSince === undefined ? {} : { waitingSince: since.length === 0 ? null : Math.min(...since) })
  }
}
