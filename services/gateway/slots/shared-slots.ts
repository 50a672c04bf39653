import type { Slots, SlotSubject, SlotUser } from './slots.ts'
import { NamedError } from '../../platform/named-error.ts'

/** Slots that several replicas share through a server which can be away, or come back empty. */
export interface SharedSlots extends Slots {
  /** How many replicas were seen alive lately, this one among them; while the server is away, how many there were. At least 1. */
  replicas: () => number
  /**
   * Makes all leases of this process count, which the server may not know: it was emptied, or away while they were given out.
   * They count even where that exceeds a limit. Resolves when they do and, if the server was emptied, when every replica
   * known to live has done the same; from then on the server grants again.
   * It starts over when the server is emptied meanwhile. Rejects with SlotsAwayError.
   */
  register: (leases: readonly HeldLease[]) => Promise<void>
  /**
   * Makes leases count beside those that do already. Rejects with SlotsAwayError, or with SlotsEmptiedError when those others
   * are lost and all must be registered.
   */
  registerMore: (leases: readonly HeldLease[]) => Promise<void>
  /** Ends a lease that was registered, or that was granted here. Does nothing when it has ended already. */
  release: (lease: HeldLease) => Promise<void>
  /** One holder of all replicas at a time has the turn of this name: until it is given back, or `ttlMs` later. Rejects with SlotsAwayError. */
  takeTurn: (name: string, holder: string, ttlMs: number) => Promise<boolean>
  /** Does nothing when the turn is not the holder's. Rejects with SlotsAwayError. */
  giveTurnBack: (name: string, holder: string) => Promise<void>
  /** Ends what is open: connections, timers, waits. Leases and waiters of this process are left to be released or to end. */
  close: () => Promise<void>
}

/** What is needed to make a lease of this process known again. */
export interface HeldLease {
  /** As in SlotLease. */
  id: string
  subject: SlotSubject | 'place'
  /** Of the user or account. */
  subjectId: string
  /** Whom an account's slot is for. */
  user?: SlotUser | undefined
}

/** The server cannot be reached or does not answer in time; what was asked may or may not have happened. */
export class SlotsAwayError extends NamedError {}

/** The server is there but has lost what it knew: nothing is granted until `register` has resolved. */
export class SlotsEmptiedError extends NamedError {}
