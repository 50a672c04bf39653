/** Token counts of one model, as the upstream stated them. All are integers ≥ 0. */
export interface TokenFacts {
  inputTokens: number
  outputTokens: number
  cacheCreation5mTokens: number
  cacheCreation1hTokens: number
  cacheReadTokens: number
  webSearchRequests: number
}

/** One entry of `usage.iterations` (Messages API, beta): billed by itself, at its own model when it names one. */
export interface IterationFacts extends TokenFacts {
  type: string
  model: string | null
}

/**
 * What one attempt used. Only facts, never money, so that an event can be re-rated.
 * With `iterations`, the price is the sum over them, because the totals leave compaction out.
 */
export interface UsageFacts extends TokenFacts {
  serviceTier: string | null
  speed: string | null
  inferenceGeo: string | null
  iterations: IterationFacts[] | null
}

/** Where the numbers come from: the upstream's closing numbers, message_start plus an estimate, or nothing at all. */
export const USAGE_BASES = ['final', 'partial', 'unknown'] as const
export type UsageBasis = (typeof USAGE_BASES)[number]

export const OUTCOMES = ['completed', 'client_closed', 'upstream_error', 'upstream_cut', 'interrupted'] as const
export type Outcome = (typeof OUTCOMES)[number]

export const NO_TOKENS: TokenFacts = {
  inputTokens: 0,
  outputTokens: 0,
  cacheCreation5mTokens: 0,
  cacheCreation1hTokens: 0,
  cacheReadTokens: 0,
  webSearchRequests: 0
}

export const NO_USAGE: UsageFacts = {
  ...NO_TOKENS,
  serviceTier: null,
  speed: null,
  inferenceGeo: null,
  iterations: null
}
