import assert from 'node:assert/strict'
import { test } from 'node:test'
import prices from '../../../../services/money/prices/claude-prices.json' with { type: 'json' }
import { parseUsd } from '../../../../services/money/prices/money.ts'
import { createPriceBook } from '../../../../services/money/prices/price-book.ts'
import { chargedOf, estimateCost, RECENT_COSTS, type RequestSize } from '../../../../services/money/prices/request-estimate.ts'
import { createRecentCosts } from '../../../../services/gateway/eligibility/recent-costs.ts'
import { fc, times } from '../../../support/fuzz.ts'

const price = createPriceBook(prices, {
  overrides: [
    {
      id: 'm',
      display_name: 'M',
      status: 'active',
      usd_per_mtok: {
        input: 4,
        output: 20,
        cache_write_5m: 5,
        cache_write_1h: 8,
        cache_read: 0.4,
        fast: { input: 40, output: 200, cache_write_5m: 50, cache_write_1h: 80, cache_read: 4 }
      }
    }
  ]
}).find('m', 0).price
const size = (changes: Partial<RequestSize> = {}): RequestSize => ({
  bodyBytes: 40_000,
  maxTokens: 32_000,
  speed: null,
  isThread: false,
  ...changes
})
const usd = (text: string) => parseUsd(text)

test('a first request is estimated by its size and a usual response, or a shorter one where it asks for that', () => {
  // 10,000 tokens at 4 and 2,000 at 20 USD a million.
  assert.equal(estimateCost(price, size(), []), usd('0.08'))
  assert.equal(estimateCost(price, size({ maxTokens: 100 }), []), usd('0.042'))
  assert.equal(estimateCost(price, size({ maxTokens: null }), []), usd('0.08'))
  assert.equal(estimateCost(price, size({ speed: 'fast' }), []), usd('0.8'))
})

test('a later one by the dearest of the last ones, or where there are enough the dearest but one', () => {
  assert.equal(estimateCost(price, size(), [usd('0.1'), usd('0.3')]), usd('0.3'))
  assert.equal(estimateCost(price, size(), [usd('0.1'), usd('0.3'), usd('0.2'), usd('0.1')]), usd('0.2'))
})

test('never by more than it can cost, unless its body does not tell', () => {
  // 100 tokens written to the cache at 8, and 1 of output.
  const small = { bodyBytes: 400, maxTokens: 1 }
  assert.equal(estimateCost(price, size(small), [usd('0.3')]), usd('0.00082'))
  assert.equal(estimateCost(price, size({ ...small, isThread: true }), [usd('0.3')]), usd('0.3'))
})

test('a free group is charged nothing, and a dearer one more', () => {
  assert.equal(chargedOf(usd('0.08'), '0'), 0n)
  assert.equal(chargedOf(usd('0.08'), '1.5'), usd('0.12'))
})

test('an estimate is never negative, and never more than what was seen or the request allows', () => {
  const nano = fc.bigInt({ min: 0n, max: usd('50') })
  const sizes = fc.record({
    bodyBytes: fc.nat(33_554_432),
    maxTokens: fc.option(fc.nat(128_000)),
    speed: fc.constantFrom(null, 'fast'),
    isThread: fc.boolean()
  })
  fc.assert(
    fc.property(sizes, fc.array(nano, { minLength: 1, maxLength: RECENT_COSTS }), (of, recent) => {
      const estimate = estimateCost(price, of, recent)
      assert.ok(estimate >= 0n)
      assert.ok(recent.some((cost) => estimate <= cost))
    }),
    times(300)
  )
})

test('what a key’s requests cost is remembered by the family of the model, in bounded memory', () => {
  const recent = createRecentCosts({ maxSeries: 2 })
  for (let n = 1n; n <= 10n; n++) recent.note('k1', 'claude-opus-5-5', n)
  recent.note('k1', 'claude-opus-5-5', 0n)
  assert.deepEqual(recent.of('k1', 'claude-opus-4-8-20260401'), [3n, 4n, 5n, 6n, 7n, 8n, 9n, 10n])
  assert.deepEqual(recent.of('k1', 'claude-haiku-4-5'), [])
  recent.note('k2', 'claude-opus-5-5', 1n)
  recent.note('k3', 'claude-opus-5-5', 1n)
  assert.deepEqual(recent.of('k1', 'claude-opus-5-5'), [])
})
