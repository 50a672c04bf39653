/**
 * Why an account is not selected. `rate_limit` a 429; `overloaded` a 529; `billing` its balance or standing; `forbidden` a model
 * that it may not use or lacks; `unauthorized` a first 401, which the next one confirms; `failures` the circuit breaker, for
 * server errors and broken connections.
 */
export const COOLDOWN_KINDS = ['rate_limit', 'overloaded', 'billing', 'forbidden', 'unauthorized', 'failures'] as const
export type CooldownKind = (typeof COOLDOWN_KINDS)[number]

/** Their end is only when a request may probe: they are over once a probe has succeeded. */
export const isHalfOpen = ({ kind }: Pick<Cooldown, 'kind'>) => kind === 'failures' || kind === 'unauthorized'

export const isInForce =
  (now: number) =>
  (cooldown: Pick<Cooldown, 'kind' | 'until'>): boolean =>
    isHalfOpen(cooldown) || cooldown.until > now

/** An account is not selected until an instant. Instants are epoch milliseconds. */
export interface Cooldown {
  kind: CooldownKind
  /** '' for all models, `family:<name>` (modelFamily), `model:<id>`, `speed:<name>`, or `origin`: see scopesOf. */
  scope: string
  /** For the operator, without secrets or parts of a prompt. */
  reason: string
  since: number
  /** Those that isHalfOpen names don't end here: from then on single probes decide. */
  until: number
  /** From then on a single request may probe whether it is over early; null = not before `until`. */
  probeAt: number | null
  /** How many times in a row; 1 is the first time. */
  level: number
}

/** Why an account is unavailable until somebody fixes it. */
export interface AccountError {
  reason: string
  /** Only because its refresh token is used up: over as soon as another is stored. */
  signInEnded: boolean
}

/** A usage window of a signed-in account (`5h`, `7d`, `7d_oi`, …), as its last response stated it. */
export interface AccountWindow {
  name: string
  /** `allowed`, `allowed_warning`, `rejected`, or null when it was not stated. */
  status: string | null
  /** A fraction; 1 is all of it. Null when it was not stated. */
  utilization: number | null
  resetsAt: number | null
  seenAt: number
}
