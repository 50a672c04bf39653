/** Where slots are counted: `local` while Redis is away, `rejoining` until all replicas are back in it. */
export const SLOTS_STATES = ['in-process', 'shared', 'local', 'rejoining'] as const
type SlotsState = (typeof SLOTS_STATES)[number]

/** `stalled`: it gives no sign of life, and what it does behind the requests waits. */
type BackOfficeState = 'ok' | 'stalled'

export const PHASES = ['running', 'draining', 'closing'] as const
export const DATABASE_STATES = ['ok', 'away'] as const

/** How the process is, for probes and metrics. */
export interface Condition {
  phase: (typeof PHASES)[number]
  database: (typeof DATABASE_STATES)[number]
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
