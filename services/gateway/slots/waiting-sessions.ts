import type { SessionsWaiting, WaitingSession } from './slots.ts'
import { hashOf, shownHash } from './text-hash.ts'

/** Of one user; who waits is rarely in more. */
export const MOST_SESSIONS = 5

export const NO_SESSIONS: SessionsWaiting = { count: 0, busiest: [] }

/** What is shown of a session, by its hash; '' is that of requests which name none. */
export const shownSession = (hashed: string): string | null => (hashed === '' ? null : shownHash(hashed))

/** Which sessions wait, of the session of each waiter. The scripts for Redis do the same. */
export function sessionsWaiting(sessions: Iterable<string>): SessionsWaiting {
  const waiting = new Map<string, number>()
  for (const session of sessions) waiting.set(session, (waiting.get(session) ?? 0) + 1)
  const hashed = [...waiting].map(([session, count]): [string, number] => [session === '' ? '' : hashOf(session), count])
  return toldOf(hashed)
}

function toldOf(sessions: [hashed: string, waiting: number][]): SessionsWaiting {
  if (sessions.length === 0) return NO_SESSIONS
  const busiestFirst = sessions.sort(([a, some], [b, more]) => more - some || (a < b ? -1 : 1))
  const busiest = busiestFirst.slice(0, MOST_SESSIONS)
  return { count: sessions.length, busiest: busiest.map(([hashed, waiting]) => ({ session: shownSession(hashed), waiting })) }
}

/** Those of several queues of a user together. A session of which only one of them tells counts in each. */
export function joinSessions(some: SessionsWaiting, more: SessionsWaiting): SessionsWaiting {
  if (some.count === 0 || more.count === 0) return some.count === 0 ? more : some
  const joined = new Map<string, WaitingSession>(some.busiest.map((one) => [one.session ?? '', one]))
  let common = 0
  for (const { session, waiting } of more.busiest) {
    const known = joined.get(session ?? '')
    if (known !== undefined) common += 1
    joined.set(session ?? '', { session, waiting: waiting + (known?.waiting ?? 0) })
  }
  const { busiest } = toldOf([...joined].map(([session, { waiting }]) => [session, waiting]))
  return { count: some.count + more.count - common, busiest }
}
