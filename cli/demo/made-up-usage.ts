import { createExchangeIds } from '../../services/gateway/request/exchange-ids.ts'
import type { ClosedAttempt } from '../../services/money/usage/attempt-records.ts'
import { NO_USAGE, type Outcome } from '../../services/money/usage/usage-facts.ts'
import type { SeededRandom } from '../../simulator/seeded-random.ts'
import { HAIKU, SONNET, type Member } from './team.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
/** After which the upstream has forgotten a cache, and all of the context is written anew. */
const CACHE_MS = 5 * MINUTE_MS

/** The ids under which the gateway knows a member. */
export interface MemberIds {
  userId: string
  keyId: string
  groupId: string
  subscriptionId: string | null
  rateMultiplier: string
  /** Ids of the accounts that have served them, as often as they are named. */
  accountIds: readonly [string, ...string[]]
}

/**
 * What a member has used on the day (UTC) that begins at `day`, up to `until`; epoch milliseconds. Each session’s context grows from turn to turn
 * and is read from the cache, unless somebody thought for too long.
 */
export function usageOfDay(member: Member, ids: MemberIds, random: SeededRandom, day: number, until: number): ClosedAttempt[] {
  const isWeekend = [0, 6].includes(new Date(day).getUTCDay())
  const works = !isWeekend || member.worksOnWeekends || random.chance(0.1)
  const count = random.int(...member.sessions)
  const attempts = Array.from({ length: works ? count : 0 }, () => {
    const beginsAt = day + random.int(member.hours[0] * 60, member.hours[1] * 60) * MINUTE_MS + random.int(0, 59_999)
    return session(member, ids, random, beginsAt)
  }).flat()
  return attempts.filter(({ sent, closed }) => sent.createdAt + closed.durationMs < until)
}

function session(member: Member, ids: MemberIds, random: SeededRandom, beginsAt: number): ClosedAttempt[] {
  const model = random.pick(member.models)
  const thread: Thread = { model, ids, random, context: random.int(14_000, 26_000), accountId: random.pick(ids.accountIds) }
  const turns = random.int(6, 34)
  const withAgents = random.chance(member.subagents) ? random.int(1, turns) : 0
  const attempts: ClosedAttempt[] = []
  let at = beginsAt
  let idleMs = Infinity
  for (let number = 1; number <= turns; number++) {
    const turn = turnOf(thread, at, idleMs)
    attempts.push(turn)
    if (number === withAgents) attempts.push(...agents(thread, at + turn.closed.durationMs))
    // Most turns follow at once, by a tool's result; before some, a person reads.
    idleMs = random.chance(0.3) ? random.int(20_000, 6 * MINUTE_MS) : random.int(300, 9000)
    at += turn.closed.durationMs + idleMs
  }
  return attempts
}

/** Several at once, each with a context of its own. */
function agents({ ids, random, accountId }: Thread, beginAt: number): ClosedAttempt[] {
  return Array.from({ length: random.int(2, 4) }, () => {
    const thread: Thread = { model: random.pick([SONNET, HAIKU]), ids, random, context: random.int(6000, 11_000), accountId }
    let at = beginAt + random.int(0, 900)
    return Array.from({ length: random.int(3, 8) }, (_, index) => {
      const turn = turnOf(thread, at, index === 0 ? Infinity : 0)
      at += turn.closed.durationMs + random.int(200, 4000)
      return turn
    })
  }).flat()
}

interface Thread {
  model: string
  ids: MemberIds
  random: SeededRandom
  /** Tokens so far; it grows. */
  context: number
  accountId: string
}

const newExchangeIdAt = (at: number) => createExchangeIds(() => at)()

/** @param idleMs how long the context was not read */
function turnOf(thread: Thread, at: number, idleMs: number): ClosedAttempt {
  const { model, ids, random, accountId } = thread
  const exchangeId = newExchangeIdAt(at)
  const id = `${exchangeId}.1`
  const added = random.chance(0.15) ? random.int(4000, 14_000) : random.int(150, 2600)
  const isCached = idleMs < CACHE_MS
  const outcome = random.pick(OUTCOMES)
  const isWhole = outcome === 'completed'
  const outputTokens = Math.ceil((random.chance(0.1) ? random.int(1500, 5200) : random.int(60, 900)) * (isWhole ? 1 : 0.4))
  const firstByteMs = random.int(480, 1900) + Math.round(thread.context / 150)
  const usage = {
    ...NO_USAGE,
    inputTokens: random.int(3, 60),
    outputTokens,
    cacheCreation5mTokens: isCached ? added : thread.context + added,
    cacheReadTokens: isCached ? thread.context : 0,
    serviceTier: 'standard'
  }
  thread.context += added + outputTokens
  return {
    sent: {
      type: 'sent',
      id,
      exchangeId,
      attempt: 1,
      createdAt: at,
      userId: ids.userId,
      keyId: ids.keyId,
      groupId: ids.groupId,
      subscriptionId: ids.subscriptionId,
      accountId,
      requestedModel: model,
      upstreamModel: model,
      stream: true,
      rateMultiplier: ids.rateMultiplier,
      queueMs: random.chance(0.03) ? random.int(40, 4000) : 0
    },
    closed: {
      type: 'closed',
      id,
      outcome,
      basis: isWhole ? 'final' : 'partial',
      status: 200,
      model,
      usage,
      upstreamRequestId: `req_${exchangeId.replaceAll('-', '').slice(0, 24)}`,
      firstByteMs,
      durationMs: firstByteMs + outputTokens * random.int(11, 19)
    }
  }
}

/** How turns end, as often as they do. */
const OUTCOMES: readonly [Outcome, ...Outcome[]] = [
  'interrupted',
  'upstream_cut',
  ...Array.from({ length: 4 }, () => 'client_closed' as const),
  ...Array.from({ length: 194 }, () => 'completed' as const)
]

/** The beginnings of the last `days` days (UTC), in order, with the one of `now`. */
export function lastDays(now: number, days: number): number[] {
  const today = Math.floor(now / DAY_MS) * DAY_MS
  return Array.from({ length: days }, (_, index) => today - (days - 1 - index) * DAY_MS)
}
