/**
 * `node bench/metrics-cost.ts`: what counting one exchange costs, alone on one core: its clock, the pieces of its stream, one
 * attempt, its tokens and its end. The least of several rounds, after a warm-up.
 */
import { Registry } from 'prom-client'
import { createExchangeMetrics } from '../services/operations/metrics/exchange-metrics.ts'
import { modelLabel } from '../services/gateway/request/outcomes.ts'
import { OwnTime } from '../services/gateway/request/own-time.ts'
import claudePrices from '../services/money/prices/claude-prices.json' with { type: 'json' }
import { createPriceBook } from '../services/money/prices/price-book.ts'
import { priceUsage } from '../services/money/prices/pricing.ts'
import { NO_USAGE } from '../services/money/usage/usage-facts.ts'

const EXCHANGES = 50_000
const CHUNKS = 100
const ROUNDS = 7
const MODEL = 'claude-opus-5-5'

const book = createPriceBook(claudePrices)
const usage = { ...NO_USAGE, inputTokens: 1000, outputTokens: 500, cacheReadTokens: 20_000 }
const priced = priceUsage(usage, MODEL, Date.now(), book, '1')

function exchangeUs(chunks: number): number {
  const metrics = createExchangeMetrics(new Registry())
  const labelOf = (model: string | null) => modelLabel(model, book, 0)
  const startedAt = performance.now()
  for (let n = 0; n < EXCHANGES; n++) {
    const ownTime = new OwnTime()
    metrics.began('messages')
    ownTime.pause()
    ownTime.resume()
    ownTime.pause()
    ownTime.began(ownTime.now())
    for (let chunk = 0; chunk < chunks; chunk++) ownTime.relayed(ownTime.now())
    metrics.attempted('main', 'answered')
    metrics.used(priced, labelOf)
    metrics.ended({ kind: 'messages', outcome: 'completed', waits: [], queueMs: 0, ownTime })
  }
  return ((performance.now() - startedAt) * 1000) / EXCHANGES
}

const least = (chunks: number) => Math.min(...Array.from({ length: ROUNDS }, () => exchangeUs(chunks)))

const json = least(0)
const stream = least(CHUNKS)
console.log(`an exchange answered at once:  ${json.toFixed(2)} µs`)
console.log(
  `a stream of ${CHUNKS} pieces:        ${stream.toFixed(2)} µs, ${(((stream - json) * 1000) / CHUNKS).toFixed(0)} ns a piece`
)
