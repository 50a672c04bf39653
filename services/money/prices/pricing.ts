import { NANO_PER_USD, divideRounded, parseMultiplier } from './money.ts'
import type { ModelPrice, PriceBook, TokenPrices } from './price-book.ts'
import type { TokenFacts, UsageFacts } from '../usage/usage-facts.ts'

/**
 * The unit costs are added up in: 10^-24 nano-dollars. A price per million tokens under two multipliers in billionths
 * comes out whole in it, so nothing is rounded before the end.
 */
export const EXACT_PER_NANO = 1_000_000n * NANO_PER_USD * NANO_PER_USD

/** One summand of a cost. `exact` is in units of which a nano-dollar has EXACT_PER_NANO. */
export interface CostLine {
  /** The book's id of the model; null for what has no model's price. */
  model: string | null
  category: keyof TokenPrices | 'webSearch'
  quantity: number
  exact: bigint
}

export interface PricedUsage {
  /** List price, before the group's multiplier; nano-dollars, halves rounded up. */
  costNano: bigint
  /** List price times the group's multiplier, rounded once and not from the rounded cost. */
  chargedNano: bigint
  priceVersion: string
  /** True when the book did not have a model that was used, and the price of unknown models stood in. */
  priceUnknown: boolean
  /** What `costNano` is made of; quantities of zero are left out. */
  lines: CostLine[]
}

/**
 * Prices the facts of one attempt as they were priced at `at` (epoch milliseconds).
 *
 * `model` prices the totals, and every iteration that names no model of its own. Iterations, where there are any, take
 * the place of the totals, because the totals leave compaction out; web searches are counted in the totals only.
 * Throws when `rateMultiplier` is not a decimal ≥ 0.
 */
export function priceUsage(usage: UsageFacts, model: string, at: number, book: PriceBook, rateMultiplier: string): PricedUsage {
  const iterations = usage.iterations ?? []
  const parts = iterations.length > 0 ? iterations : [{ ...usage, model }]
  const lines: CostLine[] = []
  let priceUnknown = false
  for (const part of parts) {
    const { price, known, id } = book.find(part.model ?? model, at)
    if (!known) priceUnknown = true
    lines.push(...tokenLines(part, id, applicablePrices(price, part, usage), tokenMultiplier(price, usage, book)))
  }
  if (usage.webSearchRequests > 0) lines.push(webSearchLine(usage.webSearchRequests, book))

  const exact = lines.reduce((sum, line) => sum + line.exact, 0n)
  return {
    costNano: divideRounded(exact, EXACT_PER_NANO),
    chargedNano: divideRounded(exact * parseMultiplier(rateMultiplier), EXACT_PER_NANO * NANO_PER_USD),
    priceVersion: book.version,
    priceUnknown,
    lines
  }
}

/**
 * Fast prices follow the speed the upstream reports, never the one asked for. A model without fast prices is billed at
 * its standard ones even then: some take `speed: fast` and run at standard. When fast mode ends for a model, the
 * upstream stops reporting it, so its end needs no date here.
 *
 * A tier goes by the prompt of the one model call it prices: an iteration has its own. The surcharge on prompts above
 * 200,000 tokens that two Sonnet models had under a beta is not applied: the facts do not tell whether the beta was in
 * use, and Anthropic's price page has dropped it.
 */
function applicablePrices(price: ModelPrice, tokens: TokenFacts, usage: UsageFacts): TokenPrices {
  if (usage.speed === 'fast' && price.fast !== null) return price.fast
  const prompt =
    BigInt(tokens.inputTokens) +
    BigInt(tokens.cacheCreation5mTokens) +
    BigInt(tokens.cacheCreation1hTokens) +
    BigInt(tokens.cacheReadTokens)
  const tier = price.tiers.find(({ promptTokensAbove }) => prompt > promptTokensAbove)
  return tier?.prices ?? price.standard
}

/** Batch and geography multiply every token category, each on top of the other; in units of which 1 is 10^18. */
function tokenMultiplier(price: ModelPrice, usage: UsageFacts, book: PriceBook): bigint {
  const batch = usage.serviceTier === 'batch' ? book.batchMultiplier : NANO_PER_USD
  const geography = usage.inferenceGeo === 'us' ? (price.usInferenceMultiplier ?? NANO_PER_USD) : NANO_PER_USD
  return batch * geography
}

function tokenLines(tokens: TokenFacts, model: string, prices: TokenPrices, multiplier: bigint): CostLine[] {
  const line = (category: keyof TokenPrices, quantity: number): CostLine => ({
    model,
    category,
    quantity,
    exact: BigInt(quantity) * prices[category] * multiplier
  })
  return [
    line('input', tokens.inputTokens),
    line('output', tokens.outputTokens),
    line('cacheWrite5m', tokens.cacheCreation5mTokens),
    line('cacheWrite1h', tokens.cacheCreation1hTokens),
    line('cacheRead', tokens.cacheReadTokens)
  ].filter(({ quantity }) => quantity > 0)
}

function webSearchLine(quantity: number, book: PriceBook): CostLine {
  const exact = (BigInt(quantity) * book.webSearchPerThousand * EXACT_PER_NANO) / 1000n
  return { model: null, category: 'webSearch', quantity, exact }
}
