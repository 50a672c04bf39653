import assert from 'node:assert/strict'
import { test } from 'node:test'
import claudePrices from '../../../../services/money/prices/claude-prices.json' with { type: 'json' }
import { divideRounded, formatUsd, parseUsd } from '../../../../services/money/prices/money.ts'
import { createPriceBook } from '../../../../services/money/prices/price-book.ts'
import { EXACT_PER_NANO, priceUsage } from '../../../../services/money/prices/pricing.ts'
import { NO_USAGE } from '../../../../services/money/usage/usage-facts.ts'
import type { UsageFacts } from '../../../../services/money/usage/usage-facts.ts'
import { fc } from '../../../support/fuzz.ts'
import { EACH_CATEGORY, iteration } from '../../../support/iterations.ts'

const NOW = Date.parse('2026-11-23T12:00:00Z')
const book = createPriceBook(claudePrices)

function costOf(facts: Partial<UsageFacts>, model: string, at = NOW) {
  return formatUsd(priceUsage({ ...NO_USAGE, ...facts }, model, at, book, '1').costNano)
}

test('each category has its own price', () => {
  // Opus 5.5: 1000×4 + 200×20 + 4000×5 + 500×8 + 30000×0.2 = 38000 millionths of a dollar.
  assert.equal(costOf(EACH_CATEGORY, 'claude-opus-5-5'), '0.038')
  // Sonnet 4.6: 1000×3 + 200×15 + 4000×3.75 + 500×6 + 30000×0.3 = 33000.
  assert.equal(costOf(EACH_CATEGORY, 'claude-sonnet-4-6'), '0.033')
  // Fable 5.2: 1000×8 + 200×40 + 4000×10 + 500×16 + 30000×0.2 = 70000.
  assert.equal(costOf(EACH_CATEGORY, 'claude-fable-5-2'), '0.07')
  // Haiku 4.5: 1000 + 200×5 + 4000×1.25 + 500×2 + 30000×0.1 = 11000.
  assert.equal(costOf(EACH_CATEGORY, 'claude-haiku-4-5-20251001'), '0.011')
})

test('fast mode costs its own prices when the upstream reports it', () => {
  // Opus 5.5 fast: 1000×8 + 200×40 + 4000×10 + 500×16 + 30000×0.4 = 76000.
  assert.equal(costOf({ ...EACH_CATEGORY, speed: 'fast' }, 'claude-opus-5-5'), '0.076')
  assert.equal(costOf({ ...EACH_CATEGORY, speed: 'standard' }, 'claude-opus-5-5'), '0.038')
})

test('a model without fast prices is billed at its standard ones, whatever speed is reported', () => {
  assert.equal(costOf({ inputTokens: 1000, speed: 'fast' }, 'claude-opus-4-6'), '0.005')
})

test('inference in the US costs a tenth more where the model has that surcharge', () => {
  assert.equal(costOf({ ...EACH_CATEGORY, inferenceGeo: 'us' }, 'claude-opus-5-5'), '0.0418')
  assert.equal(costOf({ ...EACH_CATEGORY, inferenceGeo: 'us', speed: 'fast' }, 'claude-opus-5-5'), '0.0836')
  assert.equal(costOf({ ...EACH_CATEGORY, inferenceGeo: 'us' }, 'claude-haiku-4-5'), '0.011')
  assert.equal(costOf({ ...EACH_CATEGORY, inferenceGeo: 'global' }, 'claude-opus-5-5'), '0.038')
})

test('the batch tier halves every token category, on top of the other multipliers', () => {
  assert.equal(costOf({ ...EACH_CATEGORY, serviceTier: 'batch' }, 'claude-opus-5-5'), '0.019')
  assert.equal(costOf({ ...EACH_CATEGORY, serviceTier: 'batch', inferenceGeo: 'us' }, 'claude-opus-5-5'), '0.0209')
})

test('web searches cost ten dollars a thousand, whatever multiplies the tokens', () => {
  assert.equal(costOf({ webSearchRequests: 3 }, 'claude-opus-5-5'), '0.03')
  const facts = { webSearchRequests: 3, serviceTier: 'batch', inferenceGeo: 'us' }
  assert.equal(costOf(facts, 'claude-opus-5-5'), '0.03')
})

test('above 100,000 prompt tokens all tokens of a Haiku 5.5 request cost the higher price', () => {
  // Exactly 100,000: 60000×0.1 + 10000×0.125 + 10000×0.2 + 20000×0.01 + 1000×0.5 = 9950.
  const prompt = { cacheCreation5mTokens: 10_000, cacheCreation1hTokens: 10_000, cacheReadTokens: 20_000, outputTokens: 1000 }
  assert.equal(costOf({ ...prompt, inputTokens: 60_000 }, 'claude-haiku-5-5'), '0.00995')
  // One more: 60001×0.5 + 10000×0.625 + 10000×1 + 20000×0.05 + 1000×2.5 = 49750.5.
  assert.equal(costOf({ ...prompt, inputTokens: 60_001 }, 'claude-haiku-5-5'), '0.0497505')
})

test('the dropped long-context surcharge of Sonnet 4.5 is not applied', () => {
  assert.equal(costOf({ inputTokens: 300_000 }, 'claude-sonnet-4-5'), '0.9')
})

test('an event is priced as of its own time', () => {
  const change = Date.parse('2026-10-07T00:00:00Z')
  assert.equal(costOf({ cacheReadTokens: 1_000_000 }, 'claude-sonnet-5-5', change - 1), '0.2')
  assert.equal(costOf({ cacheReadTokens: 1_000_000 }, 'claude-sonnet-5-5', change), '0.1')
})

test('iterations take the place of the totals, each at its own model, and searches are counted once', () => {
  const usage: UsageFacts = {
    ...NO_USAGE,
    inputTokens: 1000,
    outputTokens: 100,
    webSearchRequests: 2,
    iterations: [
      iteration({ inputTokens: 1000, outputTokens: 100 }),
      iteration({ type: 'compaction', inputTokens: 10_000, outputTokens: 1000 }),
      iteration({ type: 'advisor_message', model: 'claude-fable-5-2', inputTokens: 500, outputTokens: 50 })
    ]
  }
  // Opus 5.5: 11000×4 + 1100×20 = 66000; Fable 5.2: 500×8 + 50×40 = 6000; two searches: 20000.
  const { costNano, priceUnknown } = priceUsage(usage, 'claude-opus-5-5', NOW, book, '1')
  assert.equal(formatUsd(costNano), '0.092')
  assert.equal(priceUnknown, false)
})

test('each iteration has the price tier of its own prompt', () => {
  const twice = [iteration({ inputTokens: 60_000 }), iteration({ inputTokens: 60_000 })]
  assert.equal(costOf({ inputTokens: 120_000, iterations: twice }, 'claude-haiku-5-5'), '0.012')
})

test('an empty list of iterations is no list: the totals are billed', () => {
  assert.equal(costOf({ inputTokens: 1000, iterations: [] }, 'claude-opus-5-5'), '0.004')
})

test('an unknown model is flagged, also when it is the model of one iteration', () => {
  const plain = priceUsage({ ...NO_USAGE, inputTokens: 1000 }, 'claude-next', NOW, book, '1')
  assert.deepEqual([formatUsd(plain.costNano), plain.priceUnknown], ['0.005', true])
  const iterations = [iteration({ inputTokens: 1 }), iteration({ model: 'claude-next', inputTokens: 1 })]
  assert.equal(priceUsage({ ...NO_USAGE, iterations }, 'claude-opus-5-5', NOW, book, '1').priceUnknown, true)
})

test('the charge is rounded once, from the exact cost', () => {
  // One US cache read of Haiku 5.5 costs 11 nano-dollars; half of that is 5.5. Batched it costs 5.5, which rounds to 6.
  const usage: UsageFacts = { ...NO_USAGE, cacheReadTokens: 1, inferenceGeo: 'us', serviceTier: 'batch' }
  const { costNano, chargedNano } = priceUsage(usage, 'claude-haiku-5-5', NOW, book, '1.5')
  assert.equal(costNano, 6n)
  assert.equal(chargedNano, 8n) // 8.25, where 1.5 times the rounded cost would be 9
})

test('a group at multiplier 0 pays nothing and its list cost is still recorded', () => {
  const { costNano, chargedNano } = priceUsage({ ...NO_USAGE, inputTokens: 1000 }, 'claude-opus-5-5', NOW, book, '0')
  assert.deepEqual([costNano, chargedNano], [parseUsd('0.004'), 0n])
})

test('a multiplier that is no decimal is refused', () => {
  assert.throws(() => priceUsage(NO_USAGE, 'claude-opus-5-5', NOW, book, '1e3'), /not a multiplier/)
  assert.throws(() => priceUsage(NO_USAGE, 'claude-opus-5-5', NOW, book, '-1'), /not a multiplier/)
})

const tokens = fc.oneof(fc.nat(300_000), fc.nat(Number.MAX_SAFE_INTEGER))
const model = fc.constantFrom(...claudePrices.models.map(({ id }) => id), 'claude-next')
const usages = fc.record({
  inputTokens: tokens,
  outputTokens: tokens,
  cacheCreation5mTokens: tokens,
  cacheCreation1hTokens: tokens,
  cacheReadTokens: tokens,
  webSearchRequests: fc.nat(1000),
  serviceTier: fc.constantFrom(null, 'standard', 'priority', 'batch'),
  speed: fc.constantFrom(null, 'standard', 'fast'),
  inferenceGeo: fc.constantFrom(null, 'us', 'global'),
  iterations: fc.constant(null)
})

test('the lines add up to the cost', () => {
  fc.assert(
    fc.property(usages, model, (usage, model) => {
      const { costNano, lines } = priceUsage(usage, model, NOW, book, '1')
      const exact = lines.reduce((sum, line) => sum + line.exact, 0n)
      assert.equal(divideRounded(exact, EXACT_PER_NANO), costNano)
    })
  )
})

test('twice the tokens are twice the exact cost, where no tier begins in between', () => {
  const untiered = model.filter((id) => id !== 'claude-haiku-5-5')
  const few = fc.nat(1_000_000)
  const counts = fc.record({
    inputTokens: few,
    outputTokens: few,
    cacheCreation5mTokens: few,
    cacheCreation1hTokens: few,
    cacheReadTokens: few,
    webSearchRequests: few
  })
  fc.assert(
    fc.property(usages, untiered, counts, (usage, model, counts) => {
      const exactOf = (facts: UsageFacts) =>
        priceUsage(facts, model, NOW, book, '1').lines.reduce((sum, line) => sum + line.exact, 0n)
      const doubled = Object.fromEntries(Object.entries(counts).map(([category, count]) => [category, 2 * count]))
      assert.equal(exactOf({ ...usage, ...doubled }), 2n * exactOf({ ...usage, ...counts }))
    })
  )
})

test('multiplier 1 charges the cost, and a larger multiplier never charges less', () => {
  fc.assert(
    fc.property(usages, model, fc.nat(5_000_000), fc.nat(5_000_000), (usage, model, a, b) => {
      const chargedAt = (millionths: number) =>
        priceUsage(usage, model, NOW, book, formatUsd(BigInt(millionths) * 1000n)).chargedNano
      assert.equal(chargedAt(1_000_000), priceUsage(usage, model, NOW, book, '7').costNano)
      assert.ok(chargedAt(Math.min(a, b)) <= chargedAt(Math.max(a, b)))
    })
  )
})

test('one more token never costs less, across the tier bound too', () => {
  const category = fc.constantFrom(
    'inputTokens' as const,
    'outputTokens' as const,
    'cacheCreation5mTokens' as const,
    'cacheCreation1hTokens' as const,
    'cacheReadTokens' as const,
    'webSearchRequests' as const
  )
  fc.assert(
    fc.property(usages, model, category, fc.nat(100_000), (usage, model, category, more) => {
      const larger = { ...usage, [category]: Math.min(usage[category] + more, Number.MAX_SAFE_INTEGER) }
      const costOf = (facts: UsageFacts) => priceUsage(facts, model, NOW, book, '1').costNano
      assert.ok(costOf(larger) >= costOf(usage))
    })
  )
})
