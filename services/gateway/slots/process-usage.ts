import type { HeldSlot } from './held-slots.ts'
import type { WaitedFor } from './moving-asks.ts'
import { NOBODY, usersOf } from './slot-users.ts'
import { joinSessions, NO_SESSIONS, sessionsWaiting } from './waiting-sessions.ts'
import type { SlotSubject, SlotUser, WatchedSlots } from './slots.ts'

interface ProcessUsage {
  /** What waits in this process's own queues. */
  queued: WatchedSlots[]
  held: Iterable<HeldSlot>
  /** What waits in no queue. */
  waiting: WaitedFor[]
  /** What this process gives out of a limit by itself. */
  shareOf: (limit: number) => number
}

/** The users and accounts in use as one process knows them, whichever side granted what it holds. */
export function usageOfProcess({ queued, held, waiting, shareOf }: ProcessUsage): WatchedSlots[] {
  const usage = new Map<string, WatchedSlots>()
  const users = new Map<WatchedSlots, SlotUser[]>()
  const sessions = new Map<WatchedSlots, string[]>()

  function entryOf(subject: SlotSubject, id: string, limit: number): WatchedSlots {
    const key = `${subject} ${id}`
    const idle = { inFlight: 0, waiting: 0, waitingSince: null, users: NOBODY, waitingSessions: NO_SESSIONS }
    const entry = usage.get(key) ?? { subject, id, limit, ...idle }
    usage.set(key, entry)
    return entry
  }

  for (const { subject, id, limit, waiting: count, waitingSince, waitingSessions } of queued) {
    Object.assign(entryOf(subject, id, limit), { waiting: count, waitingSince, waitingSessions })
  }
  for (const { lease, limit } of held) {
    if (lease.subject === 'place') continue
    const entry = entryOf(lease.subject, lease.subjectId, shareOf(limit))
    entry.inFlight += 1
    if (lease.user === undefined) continue
    if (!users.has(entry)) users.set(entry, [])
    users.get(entry)?.push(lease.user)
  }
  for (const { subject, id, limit, since, session } of waiting) {
    const entry = entryOf(subject, id, shareOf(limit))
    entry.waiting += 1
    entry.waitingSince = Math.min(entry.waitingSince ?? Infinity, since)
    if (session === undefined) continue
    if (!sessions.has(entry)) sessions.set(entry, [])
    sessions.get(entry)?.push(session)
  }
  for (const [entry, of] of users) entry.users = usersOf(of)
  for (const [entry, of] of sessions) entry.waitingSessions = joinSessions(entry.waitingSessions, sessionsWaiting(of))
  return [...usage.values()]
}

/** Whom the slots of an account are for that a process holds. */
export function holdersAmong(held: Iterable<HeldSlot>, accountId: string): SlotUser[] {
  const users: SlotUser[] = []
  for (const { lease } of held) {
    if (lease.subject === 'account' && lease.subjectId === accountId && lease.user !== undefined) users.push(lease.user)
  }
  return users
}
