import type { LoggedError } from '../../platform/error-words.ts'
import { formatUsd } from '../../money/prices/money.ts'
import type { ExchangeKind } from '../request/outcomes.ts'
import type { Affinity } from '../slots/slots.ts'
import type { AttemptEntry, LimitEntry, Noted, NotedChoice, TraceFacts, WaitEntry } from './exchange-trace.ts'
import { toTime } from '../../platform/timestamps.ts'

export type { TraceFacts } from './exchange-trace.ts'

/** The exchange's line in the log. Tokens and cost are null when nothing was used, or it is unknown. */
export interface ExchangeSummary {
  exchange: string
  /** Absent in traces of earlier versions. */
  kind?: ExchangeKind
  /** The user's email, the key's and the group's name. */
  user: string
  key: string
  group: string
  /** Null, like `stream`, when the request was refused before its body was understood. */
  model: string | null
  stream: boolean | null
  outcome: string
  status: number | null
  /** What the client was told when it was refused. */
  refusal: string | null
  clientGone: boolean
  userWaitMs: number
  accountWaitMs: number
  attempts: number
  failedAttempts: number
  inputTokens: number | null
  outputTokens: number | null
  cacheWriteTokens: number | null
  cacheReadTokens: number | null
  costUsd: string | null
  chargedUsd: string | null
  firstByteMs: number | null
  durationMs: number
  /** The cause of a refusal. */
  err?: LoggedError
}

/** Everything stored about an exchange. */
export interface KeptExchange {
  id: string
  /** Epoch milliseconds. */
  createdAt: number
  endedAt: number
  summary: ExchangeSummary
  facts: TraceFacts
}

/** How one exchange was decided, as the admin API shows it. No text of a prompt or a response is in it. */
export interface TraceRecord {
  id: string
  created_at: string
  ended_at: string
  /** Null also in traces of versions that did not store it. */
  kind: ExchangeKind | null
  user_email: string | null
  key_name: string | null
  group: string | null
  model: string | null
  stream: boolean | null
  pinned: boolean | null
  session: string | null
  status: number | null
  client_gone: boolean
  error: { type: string; message: string } | null
  limits: {
    at: string
    name: string
    outcome: LimitEntry['outcome']
    used: string | null
    limit: string | null
    detail: string | null
  }[]
  waits: { at: string; for: WaitEntry['for']; ms: number; outcome: WaitEntry['outcome']; other_sessions: number | null }[]
  choices: TracedChoice[]
  attempts: {
    attempt: number
    account: string
    upstream_model: string
    started_at: string
    duration_ms: number
    status: number | null
    result: AttemptEntry['result']
    /** Null also in traces of versions that did not store it. */
    verdict: string | null
    detail: string | null
    /** Null in traces of versions that did not store it. */
    may_have_cost: boolean | null
    upstream_request_id: string | null
  }[]
  /** How many entries did not fit. */
  left_out: number
}

export interface TracedChoice {
  at: string
  candidates: { account: string; priority: number; in_flight: number | null; limit: number; used_last: boolean }[]
  passed_over: { account: string; reason: string }[]
  chosen: string | null
  affinity: Affinity | null
  move: { from: string; cache_read_tokens: number; extra_cost_usd: string } | null
  /** How many candidates and passed-over accounts did not fit. */
  left_out: number
}

export function toTraceRecord({ id, createdAt, endedAt, summary, facts }: KeptExchange): TraceRecord {
  return {
    id,
    created_at: toTime(createdAt),
    ended_at: toTime(endedAt),
    kind: summary.kind ?? null,
    user_email: summary.user,
    key_name: summary.key,
    group: summary.group,
    model: summary.model,
    stream: summary.stream,
    pinned: facts.pinned,
    session: facts.session,
    status: summary.status,
    client_gone: summary.clientGone,
    error: facts.error,
    limits: facts.limits.map(tracedLimit),
    waits: facts.waits.map(tracedWait),
    choices: facts.choices.map(tracedChoice),
    attempts: facts.attempts.map(tracedAttempt),
    left_out: facts.leftOut
  }
}

function tracedWait({ at, entry }: Noted<WaitEntry>): TraceRecord['waits'][number] {
  const { for: subject, ms, outcome, otherSessions = null } = entry
  return { at: toTime(at), for: subject, ms, outcome, other_sessions: otherSessions }
}

function tracedLimit({ at, entry }: Noted<LimitEntry>): TraceRecord['limits'][number] {
  const { name, outcome, used = null, limit = null, detail = null } = entry
  return { at: toTime(at), name, outcome, used, limit, detail }
}

function tracedChoice({ at, entry }: Noted<NotedChoice>): TracedChoice {
  const { candidates, passedOver, chosen, affinity, move, leftOut } = entry
  return {
    at: toTime(at),
    candidates: candidates.map(({ account, priority, inFlight, limit, usedLast }) => ({
      account,
      priority,
      in_flight: inFlight,
      limit,
      used_last: usedLast
    })),
    passed_over: passedOver,
    chosen,
    affinity,
    move:
      move === null
        ? null
        : {
            from: move.from,
            cache_read_tokens: move.cacheReadTokens,
            extra_cost_usd: formatUsd(BigInt(move.extraCostNano))
          },
    left_out: leftOut
  }
}

function tracedAttempt({ entry }: Noted<AttemptEntry>): TraceRecord['attempts'][number] {
  return {
    attempt: entry.attempt,
    account: entry.account,
    upstream_model: entry.upstreamModel,
    started_at: toTime(entry.startedAt),
    duration_ms: entry.durationMs,
    status: entry.status,
    result: entry.result,
    verdict: entry.verdict,
    detail: entry.detail,
    may_have_cost: entry.mayHaveCost ?? null,
    upstream_request_id: entry.upstreamRequestId
  }
}
