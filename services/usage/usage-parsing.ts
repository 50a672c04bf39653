import { NO_USAGE } from './usage-facts.ts'
import type { IterationFacts, UsageFacts } from './usage-facts.ts'

/** Facts read so far, and which of the numbers that a bill needs the upstream has stated. */
export interface UsageReading {
  facts: UsageFacts
  inputStated: boolean
  outputStated: boolean
}

export const NOTHING_READ: UsageReading = { facts: NO_USAGE, inputStated: false, outputStated: false }

// Far above what the upstream sends; a journal record must stay small whoever answers.
const MAX_TEXT_LENGTH = 256
const MAX_ITERATIONS = 1000

/**
 * Reads the `usage` object of a whole message (Messages API: Usage). What is missing, or is no integer ≥ 0 that a
 * number holds exactly, counts as not stated. Never throws.
 */
export function readMessageUsage(usage: unknown): UsageReading {
  if (!isRecord(usage)) return NOTHING_READ
  const inputTokens = countOf(usage.input_tokens)
  const outputTokens = countOf(usage.output_tokens)
  const facts: UsageFacts = {
    inputTokens: inputTokens ?? 0,
    outputTokens: outputTokens ?? 0,
    ...(cacheWritesOf(usage) ?? NO_CACHE_WRITES),
    cacheReadTokens: countOf(usage.cache_read_input_tokens) ?? 0,
    webSearchRequests: webSearchesOf(usage) ?? 0,
    serviceTier: textOf(usage.service_tier),
    speed: textOf(usage.speed),
    inferenceGeo: textOf(usage.inference_geo),
    iterations: iterationsOf(usage)
  }
  return { facts, inputStated: inputTokens !== null, outputStated: outputTokens !== null }
}

/**
 * Reads the usage of a message_start. Its output is a first count and its iterations, if it has any, are of what has
 * only begun: a price taken from them would leave out all that follows.
 */
export function readStartUsage(usage: unknown): UsageReading {
  const { facts, inputStated } = readMessageUsage(usage)
  return { facts: { ...facts, iterations: null }, inputStated, outputStated: false }
}

/**
 * Brings in the usage of a message_delta (Messages API: its numbers are cumulative, and null where nothing new is
 * known): what it states replaces what was read before. Tier, speed and geography stay as message_start told them.
 */
export function readDeltaUsage(before: UsageReading, usage: unknown): UsageReading {
  if (!isRecord(usage)) return before
  const { facts } = before
  const inputTokens = countOf(usage.input_tokens)
  const outputTokens = countOf(usage.output_tokens)
  return {
    facts: {
      ...facts,
      inputTokens: inputTokens ?? facts.inputTokens,
      outputTokens: outputTokens ?? facts.outputTokens,
      ...laterCacheWrites(facts, usage),
      cacheReadTokens: countOf(usage.cache_read_input_tokens) ?? facts.cacheReadTokens,
      webSearchRequests: webSearchesOf(usage) ?? facts.webSearchRequests,
      iterations: iterationsOf(usage) ?? facts.iterations
    },
    inputStated: before.inputStated || inputTokens !== null,
    outputStated: before.outputStated || outputTokens !== null
  }
}

/**
 * The facts of a refusal before any output, which the upstream doesn't bill although it reports tokens: nothing
 * billable is left, so that the cost of an event is still its facts times the price.
 */
export function withoutBillableTokens(facts: UsageFacts): UsageFacts {
  const { serviceTier, speed, inferenceGeo } = facts
  return { ...NO_USAGE, serviceTier, speed, inferenceGeo }
}

/** Has the model put anything out with this content block? A fallback block only says which model goes on. */
export function isOutputBlock(block: unknown): boolean {
  if (!isRecord(block)) return false
  if (block.type === 'fallback') return false
  if (block.type === 'text') return block.text !== ''
  if (block.type === 'thinking') return block.thinking !== ''
  return true
}

/** The model that a fallback block hands over to; null for any other block. */
export function fallbackModelOf(block: unknown): string | null {
  return isRecord(block) && block.type === 'fallback' && isRecord(block.to) ? textOf(block.to.model) : null
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.length <= MAX_TEXT_LENGTH ? value : null
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The JSON in bytes[start…end), undefined when it is none. */
export function parseJson(bytes: Buffer, start: number, end: number): unknown {
  try {
    return JSON.parse(bytes.toString('utf8', start, end))
  } catch {
    return undefined
  }
}

function countOf(value: unknown): number | null {
  // Adding 0 makes a zero of -0.
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value + 0 : null
}

interface CacheWrites {
  cacheCreation5mTokens: number
  cacheCreation1hTokens: number
}

const NO_CACHE_WRITES: CacheWrites = { cacheCreation5mTokens: 0, cacheCreation1hTokens: 0 }

/** What the split by lifetime doesn't account for is of the default lifetime, 5 minutes. Null when nothing is stated. */
function cacheWritesOf(usage: Record<string, unknown>): CacheWrites | null {
  const total = countOf(usage.cache_creation_input_tokens)
  const split = isRecord(usage.cache_creation) ? usage.cache_creation : {}
  const fiveMinutes = countOf(split.ephemeral_5m_input_tokens)
  const oneHour = countOf(split.ephemeral_1h_input_tokens)
  if (total === null && fiveMinutes === null && oneHour === null) return null
  const cacheCreation1hTokens = oneHour ?? 0
  return { cacheCreation5mTokens: Math.max(fiveMinutes ?? 0, (total ?? 0) - cacheCreation1hTokens), cacheCreation1hTokens }
}

/**
 * A message_delta has the total only. The difference to what is known goes to one hour where the request has written
 * with that lifetime, else to five minutes.
 */
function laterCacheWrites(facts: UsageFacts, usage: Record<string, unknown>): CacheWrites {
  const { cacheCreation5mTokens, cacheCreation1hTokens } = facts
  if (isRecord(usage.cache_creation)) return cacheWritesOf(usage) ?? { cacheCreation5mTokens, cacheCreation1hTokens }
  const total = countOf(usage.cache_creation_input_tokens)
  if (total === null) return { cacheCreation5mTokens, cacheCreation1hTokens }
  if (cacheCreation1hTokens === 0) return { cacheCreation5mTokens: total, cacheCreation1hTokens: 0 }
  const kept = Math.min(cacheCreation5mTokens, total)
  return { cacheCreation5mTokens: kept, cacheCreation1hTokens: total - kept }
}

function webSearchesOf(usage: Record<string, unknown>): number | null {
  return isRecord(usage.server_tool_use) ? countOf(usage.server_tool_use.web_search_requests) : null
}

/** Null also for an empty list: the price would be the sum over nothing. */
function iterationsOf(usage: Record<string, unknown>): IterationFacts[] | null {
  const { iterations } = usage
  if (!Array.isArray(iterations) || iterations.length > MAX_ITERATIONS) return null
  const facts = iterations.filter(isRecord).map(iterationOf)
  return facts.length > 0 ? facts : null
}

/** Web searches are stated for the whole message only. */
function iterationOf(iteration: Record<string, unknown>): IterationFacts {
  return {
    type: textOf(iteration.type) ?? '',
    model: textOf(iteration.model),
    inputTokens: countOf(iteration.input_tokens) ?? 0,
    outputTokens: countOf(iteration.output_tokens) ?? 0,
    ...(cacheWritesOf(iteration) ?? NO_CACHE_WRITES),
    cacheReadTokens: countOf(iteration.cache_read_input_tokens) ?? 0,
    webSearchRequests: 0
  }
}
