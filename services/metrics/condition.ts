/** Where slots are counted: `local` while Redis is away, `rejoining` until all replicas are back in it. */
export type SlotsState = 'in-process' | 'shared' | 'local' | 'rejoining'

/** How the process is, for probes and metrics. */
export interface Condition {
  phase: 'running' | 'draining' | 'closing'
  database: 'ok' | 'away'
  slots: SlotsState
  /** That share the slots, this one among them. */
  replicas: number
  journal: {
    /** Not yet settled. */
    bytes: number
    /** How long the oldest finished attempt has waited to be settled; null when none waits. */
    oldestAgeMs: number | null
    /** False when new requests get 503, because what they cost could not be noted. */
    accepting: boolean
  }
}
