import type { Clock } from '../clock.ts'
import { formatUsd } from '../prices/money.ts'
import type { Affinity } from '../slots/slots.ts'

/** A limit that was looked at. `used` and `limit` are amounts or counts as text; `limit` is '0' where there is none. */
export interface LimitEntry {
  /** `balance`, `subscription`, `day_window`, `queue` and the like. */
  name: string
  outcome: 'passed' | 'refused'
  used?: string
  limit?: string
  detail?: string
}

export interface WaitEntry {
  for: 'user' | 'account'
  ms: number
  outcome: 'granted' | 'timed_out' | 'left'
}

/** One look for an account. Accounts are named, not numbered: what is deleted later is still to be understood. */
export interface ChoiceEntry {
  candidates: {
    account: string
    priority: number
    /** Null when it wasn't looked at. */
    inFlight: number | null
    /** 0 = no limit. */
    limit: number
    usedLast: boolean
  }[]
  passedOver: { account: string; reason: string }[]
  /** Null when none was. */
  chosen: string | null
  affinity: Affinity | null
  /** Set when the session's account was another: what its prompt cache there would have saved. */
  move: { from: string; cacheReadTokens: number; extraCostNano: bigint } | null
}

/** One call upstream. */
export interface AttemptEntry {
  attempt: number
  account: string
  /** The model's name at the account. */
  upstreamModel: string
  startedAt: number
  durationMs: number
  /** Null when there was no answer. */
  status: number | null
  result: 'answered' | 'refused' | 'broken' | 'gone'
  /** What its failure means, by the row of the table of verdicts; null for an answer. */
  verdict: string | null
  /** What went wrong, in the upstream's words or ours. */
  detail: string | null
  upstreamRequestId: string | null
}

/** How an exchange ended, and whose it was. */
export interface TraceEnd {
  id: string
  endedAt: number
  /** The user's email, the key's and the group's name. */
  user: string
  key: string
  group: string
  /** Null, like `stream` and `pinned`, when the request was refused before its body was understood. */
  model: string | null
  stream: boolean | null
  pinned: boolean | null
  /** The session's affinity key, a hash; its beginning is kept. */
  session: string | null
  status: number | null
  clientGone: boolean
  /** What the client was refused with. */
  error: { type: string; message: string } | null
}

/** How one exchange was decided, as it is stored and as the admin API shows it. No text of a prompt or an answer is in it. */
export interface TraceRecord {
  id: string
  created_at: string
  ended_at: string
  user_email: string
  key_name: string
  group: string
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
  waits: { at: string; for: WaitEntry['for']; ms: number; outcome: WaitEntry['outcome'] }[]
  choices: TracedChoice[]
  attempts: {
    attempt: number
    account: string
    upstream_model: string
    started_at: string
    duration_ms: number
    status: number | null
    result: AttemptEntry['result']
    /** Null also where it was not kept yet. */
    verdict: string | null
    detail: string | null
    upstream_request_id: string | null
  }[]
  /** How many entries there was no room for. */
  left_out: number
}

export interface TracedChoice {
  at: string
  candidates: { account: string; priority: number; in_flight: number | null; limit: number; used_last: boolean }[]
  passed_over: { account: string; reason: string }[]
  chosen: string | null
  affinity: Affinity | null
  move: { from: string; cache_read_tokens: number; extra_cost_usd: string } | null
  /** How many candidates and accounts passed over there was no room for. */
  left_out: number
}

interface Noted<Entry> {
  at: number
  entry: Entry
}

const MOST_ENTRIES = 20
const MOST_ACCOUNTS = 100
const LONGEST_TEXT = 300
const SESSION_LENGTH = 12

/**
 * Collects how one exchange is decided. It is on every request's way, so it only keeps what it is given; texts are made when
 * the exchange is over. What does not fit is counted.
 */
export class ExchangeTrace {
  readonly #clock: Clock
  readonly #arrivedAt: number
  readonly #limits: Noted<LimitEntry>[] = []
  readonly #waits: Noted<WaitEntry>[] = []
  readonly #choices: Noted<ChoiceEntry>[] = []
  readonly #attempts: Noted<AttemptEntry>[] = []
  #leftOut = 0

  constructor(clock: Clock, arrivedAt: number) {
    this.#clock = clock
    this.#arrivedAt = arrivedAt
  }

  limit(entry: LimitEntry): void {
    this.#note(this.#limits, entry)
  }

  /** To be told when the wait is over. */
  waited(entry: WaitEntry): void {
    this.#note(this.#waits, entry)
  }

  choice(entry: ChoiceEntry): void {
    this.#note(this.#choices, entry)
  }

  /** To be told when the call is over. Of an upstream's error, `detail` may have type, code and the beginning of its wording. */
  attempt(entry: AttemptEntry): void {
    this.#note(this.#attempts, entry)
  }

  /** The waits that are over. */
  get waits(): WaitEntry[] {
    return this.#waits.map(({ entry }) => entry)
  }

  toRecord(end: TraceEnd): TraceRecord {
    return {
      id: end.id,
      created_at: toTime(this.#arrivedAt),
      ended_at: toTime(end.endedAt),
      user_email: end.user,
      key_name: end.key,
      group: end.group,
      model: shortened(end.model),
      stream: end.stream,
      pinned: end.pinned,
      session: end.session === null ? null : end.session.slice(0, SESSION_LENGTH),
      status: end.status,
      client_gone: end.clientGone,
      error: end.error === null ? null : { type: shortened(end.error.type), message: shortened(end.error.message) },
      limits: this.#limits.map(tracedLimit),
      waits: this.#waits.map(({ at, entry }) => ({ at: toTime(at), for: entry.for, ms: entry.ms, outcome: entry.outcome })),
      choices: this.#choices.map(tracedChoice),
      attempts: this.#attempts.map(tracedAttempt),
      left_out: this.#leftOut
    }
  }

  #note<Entry>(entries: Noted<Entry>[], entry: Entry): void {
    if (entries.length < MOST_ENTRIES) entries.push({ at: this.#clock.now(), entry })
    else this.#leftOut += 1
  }
}

function tracedLimit({ at, entry }: Noted<LimitEntry>): TraceRecord['limits'][number] {
  const { name, outcome, used = null, limit = null, detail = null } = entry
  return { at: toTime(at), name, outcome, used, limit, detail: shortened(detail) }
}

function tracedChoice({ at, entry }: Noted<ChoiceEntry>): TracedChoice {
  const { candidates, passedOver, chosen, affinity, move } = entry
  return {
    at: toTime(at),
    candidates: candidates.slice(0, MOST_ACCOUNTS).map(({ account, priority, inFlight, limit, usedLast }) => ({
      account,
      priority,
      in_flight: inFlight,
      limit,
      used_last: usedLast
    })),
    passed_over: passedOver.slice(0, MOST_ACCOUNTS).map(({ account, reason }) => ({ account, reason: shortened(reason) })),
    chosen,
    affinity,
    move:
      move === null
        ? null
        : { from: move.from, cache_read_tokens: move.cacheReadTokens, extra_cost_usd: formatUsd(move.extraCostNano) },
    left_out: Math.max(0, candidates.length - MOST_ACCOUNTS) + Math.max(0, passedOver.length - MOST_ACCOUNTS)
  }
}

function tracedAttempt({ entry }: Noted<AttemptEntry>): TraceRecord['attempts'][number] {
  return {
    attempt: entry.attempt,
    account: entry.account,
    upstream_model: shortened(entry.upstreamModel),
    started_at: toTime(entry.startedAt),
    duration_ms: entry.durationMs,
    status: entry.status,
    result: entry.result,
    verdict: entry.verdict,
    detail: shortened(entry.detail),
    upstream_request_id: shortened(entry.upstreamRequestId)
  }
}

const toTime = (at: number) => new Date(at).toISOString()

/** Names of models come from clients, and an upstream's wording may repeat a piece of what it was sent. */
function shortened(text: string): string
function shortened(text: string | null): string | null
function shortened(text: string | null): string | null {
  return text === null || text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT - 1)}…`
}
