import { NamedError } from '../../platform/named-error.ts'

/**
 * Slots: the right to have one request in flight, of a user and on an account; and the queues for them.
 *
 * A slot is a lease. It ends when it is released, or when it was not renewed for the lease's time to live because its
 * holder died. Nothing here assumes one process: backends may share their state between replicas.
 */
export interface Slots {
  /**
   * Takes one of the user's places. A request keeps its place from arrival to end, whether it waits or runs, so the
   * places bound how many of a user's requests are held at all. Never waits; null when all are taken, for a session that
   * has none of them those in `extra`, too.
   */
  enter: (request: PlaceRequest) => Promise<SlotLease | null>
  /**
   * Takes one of the user's slots. Of those who wait, sessions take turns, in a session its agents do, and who came first
   * goes first within an agent: between two turns of one that waits no other has more than one. Rejects with
   * SlotTimeoutError at the deadline and with the signal's reason when it aborts.
   */
  acquireUser: (request: UserSlotRequest, wait: WaitOptions) => Promise<SlotLease>
  /**
   * Chooses an account and takes a slot on it in one step: the session's bound account first, else by `usedLast`,
   * priority, share of slots in use, `windowResetsAt` and least recent use, in this order. A waiting request is served by
   * arrival among those that may use the freed account. Rejects like `acquireUser`, and with NoCandidateError when there
   * is nothing to wait for.
   */
  acquireAccount: (request: AccountSlotRequest, wait: WaitOptions) => Promise<AccountSlot>
  /**
   * Notes what a response said of the session's prompt cache and renews the session's binding. From then on the binding
   * outlives each use by at least `cacheTtlMs`. Does nothing if the session is not bound to that account.
   */
  noteUse: (use: SessionUse) => Promise<void>
  /** The account that the session is bound to; null when to none. Does not renew the binding. */
  boundAccount: (session: string) => Promise<string | null>
  /** What a subject's limit is now, for those who wait already: a raised one lets them go at once. 0 = no limit. */
  hearLimit: (subject: SlotSubject, id: string, limit: number) => Promise<void>
  /** Gives each lease its whole time to live again. Resolves to the ids of those that have ended. */
  renew: (leaseIds: string[]) => Promise<string[]>
  /** The users and accounts that have requests in flight or waiting; idle ones are left out. */
  usage: () => Promise<SlotUsage[]>
  /** The same, who is on each account, and which sessions of users wait. */
  watch: () => Promise<WatchedSlots[]>
  /** Of the same what somebody can take in who looks every few seconds: this many users at most, and all accounts. */
  look: (mostUsers: number) => Promise<SlotsLook>
  /** Whom the slots of an account are for, each of them, as far as that is told. */
  holders: (accountId: string) => Promise<SlotUser[]>
}

export type SlotSubject = 'user' | 'account'

interface PlaceRequest {
  userId: string
  /** The exchange that holds the place; it asks for one only. */
  holder: string
  /** How many places the user has; 0 = no limit. */
  capacity: number
  /** How many more there are for sessions that have no place. Undefined = none. */
  extra?: number
  /** Undefined = none is named. */
  lane?: Lane
  /**
   * The user's slots: one that is free may be taken along, for `acquireUser` of the same holder to find. It is given back
   * with the place if that is not called. Undefined = none is taken.
   */
  limit?: number
}

/** A request names its subject's limit. The newest one heard holds for all, and a raised limit lets waiters go at once. */
interface UserSlotRequest {
  userId: string
  /** 0 = no limit. */
  limit: number
  /** The exchange that asks. */
  holder: string
  /** Undefined = none is named. */
  lane?: Lane
}

/** In whose name a request waits for its turn among those of the same user. Any text. */
export interface Lane {
  readonly session: string
  /** Of the session; '' = none. */
  readonly agent: string
}

/** Of those that name none. */
export const NO_LANE: Lane = { session: '', agent: '' }

export interface AccountCandidate {
  accountId: string
  /** 0 = no limit. */
  limit: number
  /** Goes behind all that are not, whatever its priority: its usage window is nearly spent. */
  usedLast: boolean
  /** The smaller is preferred. */
  priority: number
  /** When the soonest of its usage windows starts anew, in epoch milliseconds; Infinity when it has none. */
  windowResetsAt: number
}

export interface AccountSlotRequest {
  /** The accounts that could serve now, also those in `exclude`: a binding to one that is missing here moves. */
  candidates: AccountCandidate[]
  /** Ids of accounts already tried: neither chosen nor waited for, but a binding to one of them stays. */
  exclude: string[]
  /** The exchange that asks. */
  holder: string
  /** The session's affinity key, already scoped to its group; null = no affinity. */
  session: string | null
  /** The session's state is kept at the upstream: it never leaves its bound account, and waits for it until the deadline. */
  pinned: boolean
  /** How long a busy bound account is waited for before another one will do. */
  affinityWaitMs: number
  /**
   * For a request that asks again because it could not use the slot it got: that slot's `arrival`, by which it goes before
   * all who came later than it once did. null = it asks for the first time.
   */
  arrival: number | null
  /** Whom it is for, as those who watch are told. Undefined = they are not. */
  user?: SlotUser
}

/** Whom a slot of an account is for. */
export interface SlotUser {
  userId: string
  /** The beginning of the session's hash; null = no session. */
  session: string | null
  /** When the request began to look for an account, in epoch milliseconds. */
  since: number
}

export interface WaitOptions {
  /** On the clock's `uptime`, finite. */
  deadlineAt: number
  /**
   * Aborting leaves the queue at once. After an abort that was seen no slot is handed over; one that was handed over
   * before is the caller's to release.
   */
  signal: AbortSignal
  /**
   * Called once if the request has to wait, when it does: with how many other sessions of its user wait then, each of which may have
   * a turn before its own session has the next; null where none take turns, or it is not known. Must not throw.
   */
  onWait?: (otherSessions: number | null) => void
}

export interface SlotLease {
  /** Opaque; a backend may keep in it what it needs to find the lease again. */
  readonly id: string
  /** Ends the lease. Does nothing when it has ended already. */
  release: () => Promise<void>
}

export interface AccountSlot {
  lease: SlotLease
  accountId: string
  affinity: Affinity
  /** The session's binding as this choice found it; null = none, or no session. */
  binding: SessionBinding | null
  /** The candidates that were not excluded, full ones too, as they were when this slot was taken. */
  considered: ConsideredAccount[]
  /** Opaque; smaller for those who came earlier. */
  arrival: number
}

export interface ConsideredAccount {
  accountId: string
  /** Without the request that asked. */
  inFlight: number
}

/** The account that a session stays with, and what its responses from there said of its prompt cache. */
export interface SessionBinding {
  readonly accountId: string
  /** What the newest response read from the cache; 0 = nothing, or not known yet. */
  readonly cacheReadTokens: number
  /** How long the longest-lived entry that it was seen to write lasts; 0 = none seen. */
  readonly cacheTtlMs: number
  /** The model of the newest response; null = not known yet. */
  readonly model: string | null
}

/** What one response said of its session's prompt cache. */
export interface SessionUse {
  session: string
  accountId: string
  model: string
  cacheReadTokens: number
  /** How long what it wrote to the cache lasts; 0 = it wrote nothing. */
  cacheTtlMs: number
}

/**
 * What became of the session's binding: `none` there is no session; `new` it was bound to this account; `kept` it was
 * bound to it already; `moved` its account is no candidate any more, so it is bound to this one now; `spilled` this
 * account serves only this request, the binding stays.
 */
export type Affinity = 'none' | 'new' | 'kept' | 'moved' | 'spilled'

export interface SlotUsage {
  subject: SlotSubject
  id: string
  /** 0 = no limit. */
  limit: number
  inFlight: number
  /** Requests that would take a slot here now; one that may use several accounts is counted at each. */
  waiting: number
}

export interface WatchedSlots extends SlotUsage {
  /** When the first in the queue began to wait, in epoch milliseconds; null = nobody waits, or it is not told. */
  waitingSince: number | null
  /** Of an account: whom its slots are for, as far as that is told. */
  users: UsersThere
  /** Of a user: which of their sessions wait for a slot. */
  waitingSessions: SessionsWaiting
}

export interface SlotsLook {
  /** Each with the slots of those of their keys that have some; most waiters first, then most in flight. */
  busiest: WatchedSlots[]
  /** Of all users, those that are left out among them. */
  users: UsersInUse
  accounts: WatchedSlots[]
}

export interface UsersInUse {
  count: number
  inFlight: number
  waiting: number
  /** As in WatchedSlots: the earliest. */
  waitingSince: number | null
}

/** Sessions that wait for a slot of one user. */
export interface SessionsWaiting {
  count: number
  /** The first few, those with most requests first. */
  busiest: WaitingSession[]
}

export interface WaitingSession {
  /** The beginning of the hash of the session's name, as in exchanges; of its key's where it names none; null = it is not told. */
  session: string | null
  /** How many of its requests wait. */
  waiting: number
}

/** Who is on an account now. */
export interface UsersThere {
  count: number
  /** Each user's that are known. */
  sessions: number
  /** The first few, the busiest first. */
  busiest: UserThere[]
}

export interface UserThere {
  id: string
  inFlight: number
  sessions: number
}

/** The counts alone. */
export const usageOf = ({ subject, id, limit, inFlight, waiting }: WatchedSlots): SlotUsage => ({
  subject,
  id,
  limit,
  inFlight,
  waiting
})

export class SlotTimeoutError extends NamedError {
  readonly subject: SlotSubject
  /** With which an account is asked for again, without losing its turn. */
  readonly arrival: number

  constructor(subject: SlotSubject, arrival: number) {
    super(`no ${subject} slot became free before the deadline`)
    this.subject = subject
    this.arrival = arrival
  }
}

/** No account is left to try, or not the one that the request is pinned to. */
export class NoCandidateError extends NamedError {
  constructor() {
    super('no candidate account')
  }
}
