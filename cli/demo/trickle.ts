import { randomUUID } from 'node:crypto'
import { pause, type Clock } from '../../services/platform/clock.ts'
import type { Behaviour, BehaviourFunction } from '../../simulator/behaviour.ts'
import type { SeededRandom } from '../../simulator/seeded-random.ts'
import { COOLED, HAIKU, SEAT, type Member } from './team.ts'

export interface TrickleOptions {
  /** Of the gateway. */
  url: string
  team: readonly Member[]
  random: SeededRandom
  clock: Pick<Clock, 'setTimer'>
}

export interface Trickle {
  /** Hangs up on what is under way; resolves when all of it is over. */
  stop: () => Promise<void>
}

const WORK = [
  'Run the tests and mend what fails.',
  'Why is this query slow?',
  'Add a test for the empty list.',
  'Rename the module, and its imports.',
  'Review this change.',
  'Write the release notes.'
] as const

/** Has the team send requests through the gateway, a few at a time, until it is stopped. What is refused is part of it. */
export function startTrickle({ url, team, random, clock }: TrickleOptions): Trickle {
  const stopping = new AbortController()
  const underWay = new Set<Promise<void>>()
  const sessions = new Map<Member, string>()
  const machines = team.filter(({ group }) => group === 'batch') as [Member, ...Member[]]
  const people = team.filter(({ group }) => group !== 'batch') as [Member, ...Member[]]

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      // The machine works at night; by day it is seldom seen.
      const member = random.pick(random.chance(0.08) ? machines : people)
      if (random.chance(0.1)) sessions.delete(member)
      begin(member, random.pick(member.models), null)
      if (random.chance(member.subagents / 2)) {
        for (let agent = random.int(2, 4); agent > 0; agent--) begin(member, HAIKU, `agent-${agent}`)
      }
      await Promise.race([pause(clock, random.int(1200, 4500)), aborted(stopping.signal)])
    }
  }

  function begin(member: Member, model: string, agent: string | null): void {
    const sent = send(member, model, agent).finally(() => underWay.delete(sent))
    underWay.add(sent)
  }

  async function send(member: Member, model: string, agent: string | null): Promise<void> {
    const session = sessions.get(member) ?? randomUUID()
    sessions.set(member, session)
    try {
      const response = await fetch(`${url}/v1/messages`, {
        method: 'POST',
        headers: {
          'x-api-key': member.key,
          'anthropic-version': '2023-06-01',
          'content-type': 'application/json',
          'x-claude-code-session-id': session,
          ...(agent === null ? {} : { 'x-claude-code-agent-id': agent })
        },
        body: JSON.stringify({
          model,
          max_tokens: 4000,
          stream: true,
          messages: [{ role: 'user', content: random.pick(WORK) }]
        }),
        signal: stopping.signal
      })
      await response.arrayBuffer()
    } catch {
      // The gateway is going, or the demo is.
    }
  }

  const running = run()
  return {
    async stop() {
      stopping.abort()
      await running
      await Promise.all(underWay)
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** How the simulated upstream serves the team: at the pace of a model, with caches, and with one sign-in that has used up its five hours. */
export function createUpstreamOfTeam(random: SeededRandom, now: () => number): BehaviourFunction {
  const resetsAt = inSeconds(now() + 97 * 60_000)
  const weekEndsAt = inSeconds(now() + 3.4 * 24 * 60 * 60_000)
  const windows = (day: string, week: string, status: string) => ({
    'anthropic-ratelimit-unified-status': status,
    'anthropic-ratelimit-unified-reset': resetsAt,
    'anthropic-ratelimit-unified-5h-status': status,
    'anthropic-ratelimit-unified-5h-reset': resetsAt,
    'anthropic-ratelimit-unified-5h-utilization': day,
    'anthropic-ratelimit-unified-7d-status': 'allowed',
    'anthropic-ratelimit-unified-7d-reset': weekEndsAt,
    'anthropic-ratelimit-unified-7d-utilization': week
  })
  return ({ credential }) => {
    if (credential === COOLED.token)
      return { error: { status: 429, message: SPENT }, headers: windows('1', '0.63', 'rejected') }
    const headers = credential === SEAT.token ? windows('0.42', '0.81', 'allowed') : withoutWindows()
    return { ...turn(random), headers }
  }
}

const inSeconds = (ms: number) => String(Math.floor(ms / 1000))

const SPENT = "This request would exceed your account's rate limit. Please try again later."

/** Keys of an organization have no windows. */
export const withoutWindows = () =>
  Object.fromEntries(
    ['status', 'reset', '5h-status', '5h-reset', '5h-utilization', '7d-status', '7d-reset', '7d-utilization'].map((name) => [
      `anthropic-ratelimit-unified-${name}`,
      null
    ])
  )

function turn(random: SeededRandom): Behaviour {
  const context = random.int(9000, 48_000)
  const isCached = random.chance(0.93)
  const added = random.int(100, 1800)
  const outputTokens = random.int(60, 800)
  return {
    delayFirstEventMs: random.int(400, 2200),
    deltas: 24,
    paceMs: random.int(100, 600),
    usage: {
      inputTokens: random.int(3, 60),
      outputTokens,
      cacheCreation5mTokens: isCached ? added : context + added,
      cacheReadTokens: isCached ? context : 0
    }
  }
}
