import assert from 'node:assert/strict'
import type { Lane, SlotLease, Slots } from '../../services/gateway/slots/slots.ts'
import { seededRandom, type SeededRandom } from '../../simulator/seeded-random.ts'
import { createTurnsCheck } from './turns-check.ts'

const USERS = 8
const SESSIONS_OF_A_USER = 25
const SLOTS_OF_A_USER = 4
const QUEUE_EXTRA = 20
const FOR_EVER_MS = 1e9

/** What asks for one slot after the other: a person's session, or one agent of a session that fans out. Times are simulated. */
interface Actor {
  readonly lane: Lane
  readonly isInteractive: boolean
  requestsLeft: number
  readonly beginsAt: number
  readonly runMs: readonly [from: number, to: number]
  readonly pauseMs: readonly [from: number, to: number]
}

/** One request of an actor. */
interface Ask {
  readonly actor: Actor
  readonly lane: Lane
  readonly askedAt: number
  place: SlotLease | null
  slot: SlotLease | null
  hasWaited: boolean
}

interface SimulationOptions {
  /** Of replicas that share their slots; requests come to one after the other. */
  replicas: readonly Slots[]
  uptime: () => number
  /** Resolves when the condition holds, after all that was set off is done; fails when it never does. */
  until: (description: string, condition: () => boolean) => Promise<void>
  /** The lane that a request names; the check is by the one that it is of. */
  named?: (lane: Lane) => Lane
}

interface Outcome {
  served: number
  /** How long a person's session waited at most, in simulated ms. */
  longestWaitMs: number
  /** How many requests found no place, a person's and others. */
  refused: { interactive: number; background: number }
}

/**
 * A team of 8 with 200 sessions, in simulated time: most are people's, some fan out to many subagents at once. Whenever
 * somebody is served it is checked that it is their turn, that no limit is exceeded and that no slot stays free while
 * somebody waits.
 */
export async function simulateTeam(options: SimulationOptions): Promise<Outcome> {
  const users = await Promise.all(Array.from({ length: USERS }, (_, n) => simulateUser(`user-${n}`, seededRandom(n), options)))
  return users.reduce((a, b) => ({
    served: a.served + b.served,
    longestWaitMs: Math.max(a.longestWaitMs, b.longestWaitMs),
    refused: {
      interactive: a.refused.interactive + b.refused.interactive,
      background: a.refused.background + b.refused.background
    }
  }))
}

async function simulateUser(
  userId: string,
  random: SeededRandom,
  { replicas, uptime, until, named = (lane) => lane }: SimulationOptions
): Promise<Outcome> {
  const check = createTurnsCheck<Ask>()
  const present = new Set<Ask>()
  const events: { at: number; do: () => Promise<void> }[] = []
  const failures: unknown[] = []
  const outcome: Outcome = { served: 0, longestWaitMs: 0, refused: { interactive: 0, background: 0 } }
  let asked = 0
  let now = 0

  const within = ([from, to]: readonly [number, number]) => random.int(from, to)
  const later = (ms: number, work: () => Promise<void>) => void events.push({ at: now + ms, do: work })
  const inFlight = () => [...present].filter(({ slot }) => slot !== null).length
  const unlessFailed = (description: string, condition: () => boolean) =>
    until(description, () => failures.length > 0 || condition())
  const settled = () =>
    unlessFailed('no slot is free that is waited for', () => inFlight() === Math.min(SLOTS_OF_A_USER, present.size))

  async function comes(actor: Actor): Promise<void> {
    const ask: Ask = { actor, lane: actor.lane, askedAt: now, place: null, slot: null, hasWaited: false }
    const slots = replicas[asked % replicas.length] ?? assert.fail()
    asked += 1
    const who = { userId, holder: `${userId} ${asked}`, lane: named(actor.lane), limit: SLOTS_OF_A_USER }
    ask.place = await slots.enter({ ...who, capacity: SLOTS_OF_A_USER + QUEUE_EXTRA, extra: QUEUE_EXTRA })
    if (ask.place === null) {
      outcome.refused[actor.isInteractive ? 'interactive' : 'background'] += 1
      return later(within([30_000, 60_000]), () => comes(actor))
    }
    present.add(ask)
    const onWait = () => {
      ask.hasWaited = true
      check.waits(ask)
    }
    const wait = { deadlineAt: uptime() + FOR_EVER_MS, signal: new AbortController().signal, onWait }
    slots
      .acquireUser(who, wait)
      .then((slot) => granted(ask, slot))
      .catch((error: unknown) => failures.push(error))
    await unlessFailed('it has a slot or waits', () => ask.slot !== null || ask.hasWaited)
    await settled()
  }

  function granted(ask: Ask, slot: SlotLease): void {
    const { actor } = ask
    ask.slot = slot
    assert.ok(inFlight() <= SLOTS_OF_A_USER, 'no limit is exceeded')
    check.serves(ask)
    outcome.served += 1
    if (actor.isInteractive) outcome.longestWaitMs = Math.max(outcome.longestWaitMs, now - ask.askedAt)
    later(within(actor.runMs), () => ends(ask))
  }

  async function ends(ask: Ask): Promise<void> {
    const { actor, place, slot } = ask
    present.delete(ask)
    actor.requestsLeft -= 1
    if (actor.requestsLeft > 0) later(within(actor.pauseMs), () => comes(actor))
    await Promise.all([slot?.release(), place?.release()])
    await settled()
  }

  for (const actor of actorsOf(random)) later(actor.beginsAt, () => comes(actor))
  while (events.length > 0) {
    const next = events.reduce((a, b) => (b.at < a.at ? b : a))
    events.splice(events.indexOf(next), 1)
    now = next.at
    await next.do()
    if (failures.length > 0) throw failures[0]
  }
  return outcome
}

/** Seven of ten sessions are a person's, who thinks between two requests; agents of the others have up to two at once. */
function actorsOf(random: SeededRandom): Actor[] {
  return Array.from({ length: SESSIONS_OF_A_USER }, (_, n): Actor[] => {
    const session = `session-${n}`
    const beginsAt = random.int(0, 600_000)
    if (n % 10 < 7) {
      const requestsLeft = random.int(2, 5)
      const runMs = [2000, 20_000] as const
      return [{ lane: { session, agent: '' }, isInteractive: true, beginsAt, requestsLeft, runMs, pauseMs: [5000, 90_000] }]
    }
    return Array.from({ length: random.int(4, 40) }, (_, agent) => {
      const requestsLeft = random.int(1, 2)
      const lane = { session, agent: `agent-${agent >> 1}` }
      return { lane, isInteractive: false, beginsAt, requestsLeft, runMs: [1000, 30_000], pauseMs: [0, 2000] }
    })
  }).flat()
}
