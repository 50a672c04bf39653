import assert from 'node:assert/strict'
import { test } from 'node:test'
import { priceAttempt } from '../../../../services/money/prices/attempt-price.ts'
import prices from '../../../../services/money/prices/claude-prices.json' with { type: 'json' }
import { formatUsd } from '../../../../services/money/prices/money.ts'
import { createPriceBook } from '../../../../services/money/prices/price-book.ts'
import { NO_TOKENS, NO_USAGE, type IterationFacts } from '../../../../services/money/usage/usage-facts.ts'

const book = createPriceBook(prices)
const MILLION = 1_000_000

const iteration = (model: string | null): IterationFacts => ({ ...NO_TOKENS, type: 'message', model, outputTokens: MILLION })

/** Asked for at 75 USD a million output tokens, mapped to one of 5. */
function costOf(model: string, iterations: IterationFacts[]): string {
  const sent = {
    requestedModel: 'claude-opus-4-1',
    upstreamModel: 'claude-haiku-4-5',
    createdAt: Date.UTC(2026, 10, 23),
    rateMultiplier: '1'
  }
  const usage = { ...NO_USAGE, outputTokens: MILLION, iterations }
  return formatUsd(priceAttempt(sent, { model, usage }, book).costNano)
}

for (const named of [null, 'claude-haiku-4-5', 'claude-haiku-4-5-20251001']) {
  test(`an iteration on the mapped model, named ${named}, is billed by the name that the client used`, () => {
    assert.equal(costOf('claude-haiku-4-5-20251001', [iteration(named)]), '75')
  })
}

test('an iteration on another model is billed at that', () => {
  assert.equal(costOf('claude-haiku-4-5-20251001', [iteration('claude-opus-5-5')]), '20')
})
