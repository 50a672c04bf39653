import { NO_TOKENS, NO_USAGE } from './usage-facts.ts'
import type { IterationFacts, TokenFacts, UsageFacts } from './usage-facts.ts'

/** Facts read so far, and which of the numbers that a bill needs the upstream has stated. */
export interface ParsedUsage {
  facts: UsageFacts
  inputStated: boolean
  outputStated: boolean
  /** Whether cache writes were told apart by their lifetime. */
  splitStated: boolean
  /** The numbers are of a model that declined; the next prompt that is stated is that of the one that goes on. */
  superseded: boolean
}

export const NOTHING_READ: ParsedUsage = {
  facts: NO_USAGE,
  inputStated: false,
  outputStated: false,
  splitStated: false,
  superseded: false
}

// Far above what the upstream sends; a journal record must stay small whoever answers.
const MAX_TEXT_LENGTH = 256
const MAX_ITERATIONS = 1000

/**
 * Reads the `usage` object of a whole message (Messages API: Usage). What is missing, or is no integer ≥ 0 that a
 * number holds exactly, counts as not stated. Never throws.
 */
export function readMessageUsage(usage: unknown): ParsedUsage {
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
  return {
    facts,
    inputStated: inputTokens !== null,
    outputStated: outputTokens !== null,
    splitStated: isRecord(usage.cache_creation),
    superseded: false
  }
}

/**
 * Reads the usage of a message_start. Its output is a first count and its iterations, if it has any, are of what has
 * only begun: a price taken from them would leave out all that follows.
 */
export function readStartUsage(usage: unknown): ParsedUsage {
  const reading = readMessageUsage(usage)
  return { ...reading, facts: { ...reading.facts, iterations: null }, outputStated: false }
}

/**
 * Brings in the usage of a message_delta (Messages API: its numbers are cumulative, and null or 0 where nothing new is
 * known). A cumulative number never falls and is never added to: the larger of what was read and what is stated counts.
 * Tier, speed and geography stay as message_start told them.
 */
export function readDeltaUsage(read: ParsedUsage, usage: unknown): ParsedUsage {
  const stated = readMessageUsage(usage)
  const before = read.superseded && promptTokens(stated.facts) > 0 ? restarted(read) : read
  const { facts } = before
  return {
    facts: {
      ...facts,
      ...largerCounts(facts, stated.facts),
      ...laterCacheWrites(before, stated),
      iterations: laterIterations(facts.iterations, stated.facts.iterations)
    },
    inputStated: before.inputStated || stated.inputStated,
    outputStated: before.outputStated || stated.outputStated,
    splitStated: before.splitStated || stated.splitStated,
    superseded: before.superseded
  }
}

function promptTokens(facts: TokenFacts): number {
  return facts.inputTokens + facts.cacheCreation5mTokens + facts.cacheCreation1hTokens + facts.cacheReadTokens
}

function restarted({ facts, inputStated, outputStated }: ParsedUsage): ParsedUsage {
  return { facts: withoutBillableTokens(facts), inputStated, outputStated, splitStated: false, superseded: false }
}

function largerCounts(a: TokenFacts, b: TokenFacts): TokenFacts {
  return {
    inputTokens: Math.max(a.inputTokens, b.inputTokens),
    outputTokens: Math.max(a.outputTokens, b.outputTokens),
    cacheCreation5mTokens: Math.max(a.cacheCreation5mTokens, b.cacheCreation5mTokens),
    cacheCreation1hTokens: Math.max(a.cacheCreation1hTokens, b.cacheCreation1hTokens),
    cacheReadTokens: Math.max(a.cacheReadTokens, b.cacheReadTokens),
    webSearchRequests: Math.max(a.webSearchRequests, b.webSearchRequests)
  }
}

/** A list only grows, and so do the numbers of its entries. */
function laterIterations(before: IterationFacts[] | null, stated: IterationFacts[] | null): IterationFacts[] | null {
  if (before === null || stated === null) return stated ?? before
  const [longer, shorter] = stated.length >= before.length ? [stated, before] : [before, stated]
  return longer.map((entry, index) => {
    const other = shorter[index]
    const isSame = other?.type === entry.type && other.model === entry.model
    return isSame ? { ...entry, ...largerCounts(entry, other) } : entry
  })
}

/** How a response ended, as far as it decides what of its usage is billed. */
interface ResponseEnd {
  stopReason: string | null
  hasOutput: boolean
  /** The model that was asked first, where fallbacks went on for it; null when that is not known. */
  firstModel: string | null
}

/**
 * What of the usage the upstream bills (Messages API, refusals and fallback): nothing of a refusal before any output, and
 * nothing of a model that declined without output before another went on. One that declined in mid-output is billed.
 */
export function billableUsage(facts: UsageFacts, { stopReason, hasOutput, firstModel }: ResponseEnd): UsageFacts {
  const isRefusal = stopReason === 'refusal'
  if (isRefusal && !hasOutput) return withoutBillableTokens(facts)
  if (facts.iterations === null) return facts
  const fallbackAt = facts.iterations.findLastIndex(({ type }) => type === 'fallback_message')
  if (fallbackAt === -1 && !isRefusal) return facts
  const iterations = facts.iterations.map((entry, index) => {
    const mayHaveDeclined = isRefusal || index < fallbackAt
    // The one that was asked first, but for a fallback, which is the one that answered.
    const isFirst = fallbackAt !== -1 && entry.type !== 'fallback_message'
    const model = entry.model ?? (isFirst ? firstModel : null)
    return mayHaveDeclined && isSilent(entry) ? { ...NO_TOKENS, type: entry.type, model } : { ...entry, model }
  })
  return isRefusal && iterations.every((entry) => promptTokens(entry) + entry.outputTokens === 0)
    ? withoutBillableTokens(facts)
    : { ...facts, iterations }
}

/** A call of the model that put nothing out. Compaction and advisors work whether the model declines or not. */
function isSilent({ type, outputTokens }: IterationFacts): boolean {
  return outputTokens === 0 && (type === 'message' || type === 'fallback_message')
}

/**
 * The facts of a refusal before any output, which the upstream doesn't bill although it reports tokens: nothing
 * billable is left, so that the cost of an event is still its facts times the price.
 */
function withoutBillableTokens(facts: UsageFacts): UsageFacts {
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

/** The models of a fallback block: which one declined, and which one goes on. Null for any other block. */
export function fallbackOf(block: unknown): { from: string | null; to: string | null } | null {
  if (!isRecord(block) || block.type !== 'fallback') return null
  const { from, to } = block
  return { from: isRecord(from) ? textOf(from.model) : null, to: isRecord(to) ? textOf(to.model) : null }
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.length <= MAX_TEXT_LENGTH ? value : null
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The JSON in bytes[start…end), undefined when it is none. Clients pass over a byte order mark, so that it is JSON with one. */
export function parseJson(bytes: Buffer, start: number, end: number): unknown {
  try {
    return JSON.parse(bytes.toString('utf8', start, end).replace(/^\ufeff/, ''))
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
 * A message_delta mostly has the total only. What that is above the known goes to one hour where the request has written
 * with that lifetime, else to five minutes. A total without a split was counted as of five minutes until a split comes.
 */
function laterCacheWrites(before: ParsedUsage, stated: ParsedUsage): CacheWrites {
  const known = before.facts
  const { cacheCreation5mTokens, cacheCreation1hTokens } = stated.facts
  const total = known.cacheCreation5mTokens + known.cacheCreation1hTokens
  if (stated.splitStated) {
    const floor5m = before.splitStated ? known.cacheCreation5mTokens : total - cacheCreation1hTokens
    return {
      cacheCreation5mTokens: Math.max(cacheCreation5mTokens, floor5m),
      cacheCreation1hTokens: Math.max(cacheCreation1hTokens, known.cacheCreation1hTokens)
    }
  }
  const growth = Math.max(0, cacheCreation5mTokens - total)
  return known.cacheCreation1hTokens > 0
    ? { cacheCreation5mTokens: known.cacheCreation5mTokens, cacheCreation1hTokens: known.cacheCreation1hTokens + growth }
    : { cacheCreation5mTokens: known.cacheCreation5mTokens + growth, cacheCreation1hTokens: 0 }
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
