import type { Outcome, UsageBasis, UsageFacts } from './usage-facts.ts'

/**
 * The journal's records of one attempt, in the order they are written. `id` is the usage event's id
 * (`<exchange id>.<attempt>`); instants are epoch milliseconds. Later records of the same type replace earlier ones.
 */
export type AttemptRecord = SentRecord | OpenedRecord | ProgressRecord | Fate

/** Appended before the request goes out: from here on it may cost tokens. */
export interface SentRecord {
  type: 'sent'
  id: string
  exchangeId: string
  attempt: number
  /** The event's created_at, and with `id` its primary key. */
  createdAt: number
  userId: string
  keyId: string
  groupId: string
  /** Set when the group is a subscription: the event then adds to its windows instead of the wallet. */
  subscriptionId: string | null
  /** The team that the key was in; left out where it was in none. */
  teamId?: string
  accountId: string
  requestedModel: string
  /** The model named to the upstream; differs from `requestedModel` where a mapping renamed it. */
  upstreamModel: string
  stream: boolean
  /** The group's multiplier as a decimal string. */
  rateMultiplier: string
  queueMs: number
  /** Whose job it was, of what was asked with a token that was issued to one. */
  subject?: string
}

/** Appended at message_start. */
export interface OpenedRecord {
  type: 'opened'
  id: string
  status: number
  /** The model as the upstream reports it. */
  model: string | null
  usage: UsageFacts
  upstreamRequestId: string | null
  firstByteMs: number
}

/** Appended each few seconds of a stream, and when another model goes on with it, so that a killed process leaves more than message_start's numbers. */
export interface ProgressRecord {
  type: 'progress'
  id: string
  /** The model that answers by now; null where that isn't said. */
  model: string | null
  /** message_start's facts with the output estimated from the text so far (characters ÷ 4). */
  usage: UsageFacts
}

/** Appended before the last bytes are handed to the client; the attempt's last word. */
export interface ClosedRecord {
  type: 'closed'
  id: string
  outcome: Outcome
  basis: UsageBasis
  status: number | null
  model: string | null
  usage: UsageFacts
  upstreamRequestId: string | null
  firstByteMs: number | null
  durationMs: number
}

/** The attempt was refused before it could cost a token: there is no event. */
export interface VoidRecord {
  type: 'void'
  id: string
}

/** How an attempt ended. */
export type Fate = ClosedRecord | VoidRecord

/** One attempt whose fate is known, ready to become a usage event. */
export interface ClosedAttempt {
  sent: SentRecord
  closed: ClosedRecord
}
