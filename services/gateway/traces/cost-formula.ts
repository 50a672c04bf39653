import { priceAttempt } from '../../money/prices/attempt-price.ts'
import { formatUsd, NANO_PER_USD } from '../../money/prices/money.ts'
import type { PriceBook } from '../../money/prices/price-book.ts'
import { EXACT_PER_NANO, type CostLine } from '../../money/prices/pricing.ts'
import type { RatedEvent } from '../../money/records/exchange-usage.ts'

/** One summand: `quantity` × `price_usd` ÷ `per` = `amount_usd`, exactly. */
export interface FormulaLine {
  /** The price book's id of the model; null for what no model's price covers. */
  model: string | null
  category: CostLine['category']
  quantity: number
  /** Including the factors for batches and geography. */
  price_usd: string
  per: number
  amount_usd: string
}

/** How an event's cost is computed. Amounts are decimal strings of any length in USD. */
export interface CostFormula {
  lines: FormulaLine[]
  /** The sum of the lines, before rounding. */
  sum_usd: string
  /** The sum, rounded: the list price. */
  cost_usd: string
  rate_multiplier: string
  /** The sum × the multiplier, rounded. */
  charged_usd: string
  /** What selects among a model's prices, besides the size of the prompt; null when the upstream didn't say. */
  service_tier: string | null
  speed: string | null
  inference_geo: string | null
  /** True when the price of unknown models was used for a model missing from the book. */
  price_unknown: boolean
  /** Whether that matches what was recorded. */
  matches: boolean
}

const TOKENS_PER_PRICE = 1_000_000
const SEARCHES_PER_PRICE = 1000
const EXACT_PER_USD = EXACT_PER_NANO * NANO_PER_USD
/** A dollar is a power of ten of a cost line's units. */
const EXACT_DECIMALS = EXACT_PER_USD.toString().length - 1

/** Prices the event again with the book used then. `upstreamModel` is the model name sent upstream. */
export function costFormula({ event, usage }: RatedEvent, upstreamModel: string, book: PriceBook): CostFormula {
  const { requestedModel, createdAt, rateMultiplier, model } = event
  const sent = { upstreamModel, requestedModel, createdAt, rateMultiplier }
  const priced = priceAttempt(sent, { model, usage }, book)
  return {
    lines: priced.lines.map(formulaLine),
    sum_usd: formatExact(priced.lines.reduce((sum, line) => sum + line.exact, 0n)),
    cost_usd: formatUsd(priced.costNano),
    rate_multiplier: rateMultiplier,
    charged_usd: formatUsd(priced.chargedNano),
    service_tier: usage.serviceTier,
    speed: usage.speed,
    inference_geo: usage.inferenceGeo,
    price_unknown: priced.priceUnknown,
    matches: priced.costNano === event.costNano && priced.chargedNano === event.chargedNano
  }
}

function formulaLine({ model, category, quantity, exact }: CostLine): FormulaLine {
  const per = category === 'webSearch' ? SEARCHES_PER_PRICE : TOKENS_PER_PRICE
  return {
    model,
    category,
    quantity,
    price_usd: formatExact((exact / BigInt(quantity)) * BigInt(per)),
    per,
    amount_usd: formatExact(exact)
  }
}

/** An amount in a cost line's units as dollars, with all its decimals. */
function formatExact(exact: bigint): string {
  const whole = exact / EXACT_PER_USD
  const fraction = (exact % EXACT_PER_USD).toString().padStart(EXACT_DECIMALS, '0').replace(/0+$/, '')
  return fraction === '' ? `${whole}` : `${whole}.${fraction}`
}
