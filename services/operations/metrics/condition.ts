/** Where slots are counted: `local` while Redis is away, `rejoining` until all replicas are back in it. */
export type SlotsState = 'in-process' | 'shared' | 'local' | 'rejoining'

/** `stalled`: it gives no sign of life, and what it does behind the requests waits. */
export type BackOfficeState = 'ok' | 'stalled'

/** How the process is, for probes and metrics. */
export interface Condition {
  phase: 'running' | 'draining' | 'closing'
  database: 'ok' | 'away'
  slots: SlotsState
  /** That share the slots, this one among them. */
  replicas: number
  backOffice: {
    state: BackOfficeState
    /** Since its last sign of life. */
    ageMs: number
  }
  journal: {
    /** Not yet settled. */
    bytes: number
    /** How long the oldest finished attempt has waited to be settled; null when none waits. */
    oldestAgeMs: number | null
    /** False when new requests get 503, because what they cost could not be noted. */
    accepting: boolean
  }
}
