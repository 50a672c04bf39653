import type { Clock } from '../../platform/clock.ts'
import type { Affinity } from '../slots/slots.ts'

/** A limit that was checked. `used` and `limit` are amounts or counts as text; `limit` is '0' when there is none. */
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
  /** Of a user's slot: how many other sessions of the user waited when it began to. Absent where an earlier version has kept it. */
  otherSessions?: number | null
}

/** One choice of an account. Accounts are named, not numbered, so that deleted ones can still be understood. */
export interface ChoiceEntry {
  candidates: {
    account: string
    priority: number
    /** Null when it wasn't checked. */
    inFlight: number | null
    /** 0 = no limit. */
    limit: number
    usedLast: boolean
  }[]
  passedOver: { account: string; reason: string }[]
  /** Null when none was. */
  chosen: string | null
  affinity: Affinity | null
  /** Set when the session had another account: what its prompt cache there would have saved. */
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
  /** Null when there was no response. */
  status: number | null
  result: 'answered' | 'refused' | 'broken' | 'gone'
  /** What its failure means, by the row of the table of verdicts; null for a response. */
  verdict: string | null
  /** What went wrong, in the upstream's words or ours. */
  detail: string | null
  /** If false, no usage of it will ever be recorded. Absent in traces of earlier versions. */
  mayHaveCost?: boolean
  upstreamRequestId: string | null
}

/** The part of a trace stored with the exchange's summary, as noted. Amounts are nano-dollars as text. */
export interface TraceFacts {
  pinned: boolean | null
  /** The beginning of the session's hash. */
  session: string | null
  error: { type: string; message: string } | null
  limits: Noted<LimitEntry>[]
  waits: Noted<WaitEntry>[]
  choices: Noted<NotedChoice>[]
  attempts: Noted<AttemptEntry>[]
  leftOut: number
}

export interface Noted<Entry> {
  at: number
  entry: Entry
}

export interface NotedChoice extends Omit<ChoiceEntry, 'move'> {
  move: { from: string; cacheReadTokens: number; extraCostNano: string } | null
  leftOut: number
}

/** What the exchange knows at its end. */
export interface TraceEnd {
  /** Null when the request was refused before its body was understood. */
  pinned: boolean | null
  /** The beginning of its hash. */
  session: string | null
  /** What the client was refused with. */
  error: { type: string; message: string } | null
}

const MOST_ENTRIES = 20
const MOST_ACCOUNTS = 100
const LONGEST_TEXT = 300

/**
 * Collects the decisions of one exchange. Every request passes here, so it only keeps what it is given; a record is built when
 * somebody asks. What does not fit is counted.
 */
export class ExchangeTrace {
  readonly #clock: Clock
  readonly #limits: Noted<LimitEntry>[] = []
  readonly #waits: Noted<WaitEntry>[] = []
  readonly #choices: Noted<NotedChoice>[] = []
  readonly #attempts: Noted<AttemptEntry>[] = []
  #leftOut = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  limit(entry: LimitEntry): void {
    const { detail } = entry
    this.#note(this.#limits, detail !== undefined && isLong(detail) ? { ...entry, detail: shortened(detail) } : entry)
  }

  /** To be called when the wait is over. */
  waited(entry: WaitEntry): void {
    this.#note(this.#waits, entry)
  }

  choice({ candidates, passedOver, chosen, affinity, move }: ChoiceEntry): void {
    this.#note(this.#choices, {
      candidates: firstOf(candidates),
      passedOver: firstOf(passedOver).map(withShortReason),
      chosen,
      affinity,
      move: move === null ? null : { ...move, extraCostNano: String(move.extraCostNano) },
      leftOut: Math.max(0, candidates.length - MOST_ACCOUNTS) + Math.max(0, passedOver.length - MOST_ACCOUNTS)
    })
  }

  /** To be called when the call is over. Of an upstream's error, `detail` may have type, code and the beginning of its wording. */
  attempt(entry: AttemptEntry): void {
    const { upstreamModel, detail, upstreamRequestId } = entry
    const isShort = !isLong(upstreamModel) && !isLong(detail) && !isLong(upstreamRequestId)
    this.#note(this.#attempts, isShort ? entry : shortAttempt(entry))
  }

  /** The waits that are over. */
  get waits(): WaitEntry[] {
    return this.#waits.map(({ entry }) => entry)
  }

  facts({ pinned, session, error }: TraceEnd): TraceFacts {
    return {
      pinned,
      session,
      error: error === null ? null : { type: shortened(error.type), message: shortened(error.message) },
      limits: this.#limits,
      waits: this.#waits,
      choices: this.#choices,
      attempts: this.#attempts,
      leftOut: this.#leftOut
    }
  }

  #note<Entry>(entries: Noted<Entry>[], entry: Entry): void {
    if (entries.length < MOST_ENTRIES) entries.push({ at: this.#clock.now(), entry })
    else this.#leftOut += 1
  }
}

const firstOf = <Item>(items: Item[]) => (items.length > MOST_ACCOUNTS ? items.slice(0, MOST_ACCOUNTS) : items)

const withShortReason = ({ account, reason }: ChoiceEntry['passedOver'][number]) => ({ account, reason: shortened(reason) })

const shortAttempt = (entry: AttemptEntry): AttemptEntry => ({
  ...entry,
  upstreamModel: shortened(entry.upstreamModel),
  detail: shortened(entry.detail),
  upstreamRequestId: shortened(entry.upstreamRequestId)
})

const isLong = (text: string | null) => text !== null && text.length > LONGEST_TEXT

/** Model names come from clients, and an upstream's message may repeat a part of the request. */
export function shortened(text: string): string
export function shortened(text: string | null): string | null
export function shortened(text: string | null): string | null {
  return text === null || text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT - 1)}…`
}
