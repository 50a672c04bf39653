import type { QueueEntry } from './arrival-queue.ts'
import type { Lane } from './slots.ts'

const NONE: ReadonlyMap<string, number> = new Map()

interface InLane {
  readonly lane: Lane
}

/** How many sessions wait beside this one. */
export function otherSessions(queue: Iterable<QueueEntry<InLane>>, { session }: Lane): number {
  const others = new Set<string>()
  for (const { item } of queue) if (item.lane.session !== session) others.add(item.lane.session)
  return others.size
}

/**
 * Whose turn it is among one user's waiters: sessions take turns, in a session its agents do, and an agent's requests go in order
 * of arrival. What has had a turn goes behind all that wait then, and what is new behind them too; so between two turns of
 * one that waits no other has more than one. The scripts for Redis do the same.
 */
export class Turns {
  /** Of those that waited lately, on the scale of arrivals: when they had their last turn, else when their first waiter came. */
  #sessions: ReadonlyMap<string, number> = NONE
  #agents: ReadonlyMap<string, number> = NONE

  /** How many sessions and agents are known, to see that nothing leaks. */
  get size(): number {
    return this.#sessions.size + this.#agents.size
  }

  /** The waiter that is served now; `now` is later than all arrivals so far. Null when nobody waits. */
  take<T extends InLane>(queue: Iterable<QueueEntry<T>>, now: number): T | null {
    const sessions = new Map<string, number>()
    const agents = new Map<string, number>()
    let next: { item: T; session: number; agent: number } | null = null
    for (const { item, arrival } of queue) {
      const { session: id } = item.lane
      const key = keyOf(item.lane)
      if (agents.has(key)) continue
      const session = sessions.get(id) ?? Math.max(arrival, this.#sessions.get(id) ?? 0)
      const agent = Math.max(arrival, this.#agents.get(key) ?? 0)
      sessions.set(id, session)
      agents.set(key, agent)
      if (next === null || session < next.session || (session === next.session && agent < next.agent)) {
        next = { item, session, agent }
      }
    }
    // Those that do not wait any more are forgotten: when they come again they go behind the others anyway.
    this.#sessions = sessions
    this.#agents = agents
    if (next === null) return null
    sessions.set(next.item.lane.session, now)
    agents.set(keyOf(next.item.lane), now)
    return next.item
  }
}

const keyOf = ({ session, agent }: Lane) => JSON.stringify([session, agent])
