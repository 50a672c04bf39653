import { divideRounded, NANO_PER_USD, parseMultiplier } from './money.ts'
import type { ModelPrice, TokenPrices } from './price-book.ts'

/** What a request tells of its cost before it is sent. */
export interface RequestSize {
  /** Of the decoded body. */
  bodyBytes: number
  /** Null where it names none. */
  maxTokens: number | null
  /** `fast`, or null for the usual speed. */
  speed: string | null
  /** It goes on from turns that the upstream keeps, so that its body tells nothing of its input. */
  isThread: boolean
}

/** How many of a key's recent costs an estimate is made of. */
export const RECENT_COSTS = 8

const TOKENS_PER_MILLION = 1_000_000n
/** Of English and of code in JSON; text has fewer tokens a byte more often than more. */
const BYTES_PER_TOKEN = 4
/** Most responses are shorter, whatever their `max_tokens`. */
const USUAL_OUTPUT_TOKENS = 2000

/**
 * What a request may be expected to cost, in nano-dollars of list price. `recent` are the costs of up to RECENT_COSTS requests of the
 * same key and family of models: the dearest of them, or where there are more than three the dearest but one, unless the request is too
 * small for that. Without any: its input by its size, and 2,000 tokens of output. It may be wrong either way; it bounds nothing by itself.
 */
export function estimateCost(price: ModelPrice, size: RequestSize, recent: readonly bigint[]): bigint {
  const prices = size.speed === 'fast' ? (price.fast ?? price.standard) : price.standard
  const usualOutput = Math.min(size.maxTokens ?? USUAL_OUTPUT_TOKENS, USUAL_OUTPUT_TOKENS)
  if (recent.length === 0) return costOf(size, prices.input, prices.output, usualOutput)
  const dearestFirst = recent.toSorted((a, b) => (a < b ? 1 : a > b ? -1 : 0))
  const usual = (recent.length > 3 ? dearestFirst[1] : dearestFirst[0]) ?? 0n
  if (size.isThread || size.maxTokens === null) return usual
  const most = costOf(size, dearestInput(prices), prices.output, size.maxTokens)
  return usual < most ? usual : most
}

/** The same as it is charged. Throws when `rateMultiplier` is not a decimal ≥ 0. */
export const chargedOf = (costNano: bigint, rateMultiplier: string): bigint =>
  divideRounded(costNano * parseMultiplier(rateMultiplier), NANO_PER_USD)

const dearestInput = ({ input, cacheWrite5m, cacheWrite1h }: TokenPrices): bigint =>
  [cacheWrite5m, cacheWrite1h].reduce((dearest, price) => (price > dearest ? price : dearest), input)

function costOf({ bodyBytes }: RequestSize, inputPrice: bigint, outputPrice: bigint, outputTokens: number): bigint {
  const inputTokens = BigInt(Math.ceil(bodyBytes / BYTES_PER_TOKEN))
  return (inputTokens * inputPrice + BigInt(outputTokens) * outputPrice) / TOKENS_PER_MILLION
}
