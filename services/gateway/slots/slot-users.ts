import type { SlotUser } from './slots.ts'

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
