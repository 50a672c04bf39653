import assert from 'node:assert/strict'
import type { Lane } from '../../services/gateway/slots/slots.ts'

/** One that waits in a lane. */
interface Waits {
  readonly lane: Lane
}

/** What takes turns with others: a session, or an agent with those of its session. Times are counted in events. */
interface Party<T> {
  readonly among: string
  first: T
  /** When its oldest request became that, or it was served last. */
  since: number
}

/**
 * Is told who waits for a user's slots, in order of arrival, and who is served. Fails when one that waits is passed twice by the same
 * session, or agent of its session, or by one that came later; and when a request is passed by a younger one of its agent.
 */
export function createTurnsCheck<T extends Waits>() {
  const waiting = new Map<T, { arrivedAt: number }>()
  const servedAt = new Map<string, number>()
  let parties = new Map<string, Party<T>>()
  let now = 0

  function lookAgain(): void {
    const found = new Map<string, Party<T>>()
    for (const first of waiting.keys()) {
      for (const { key, among } of partiesOf(first.lane)) {
        if (found.has(key)) continue
        const before = parties.get(key)
        found.set(key, before?.first === first ? before : { among, first, since: now })
      }
    }
    parties = found
  }

  return {
    waits(one: T): void {
      now += 1
      waiting.set(one, { arrivedAt: now })
      lookAgain()
    },

    /** Also one that does not wait. */
    leaves(one: T): void {
      now += 1
      waiting.delete(one)
      lookAgain()
    },

    /** Does nothing for one that did not wait. */
    serves(one: T): void {
      if (!waiting.has(one)) return
      now += 1
      const [session, agent] = partiesOf(one.lane)
      assert.equal(parties.get(agent.key)?.first, one, `an older request of ${agent.key} waits`)
      for (const { key, among } of [session, agent]) {
        const first = parties.get(key)?.first ?? one
        const dueAt = Math.max(servedAt.get(key) ?? 0, waiting.get(first)?.arrivedAt ?? 0)
        const passed = [...parties].filter(([, party]) => party.among === among && party.since < dueAt)
        assert.deepEqual(
          passed.map(([other]) => other).filter((other) => other !== key),
          [],
          `${key} passed others out of turn`
        )
        servedAt.set(key, now)
      }
      waiting.delete(one)
      for (const { key } of [session, agent]) parties.delete(key)
      lookAgain()
    }
  }
}

function partiesOf({ session, agent }: Lane): [session: { key: string; among: string }, agent: { key: string; among: string }] {
  return [
    { key: `session ${session}`, among: 'sessions' },
    { key: `agent ${JSON.stringify([session, agent])}`, among: `agents of ${session}` }
  ]
}
