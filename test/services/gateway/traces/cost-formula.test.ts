import assert from 'node:assert/strict'
import { test } from 'node:test'
import claudePrices from '../../../../services/money/prices/claude-prices.json' with { type: 'json' }
import { priceAttempt } from '../../../../services/money/prices/attempt-price.ts'
import { divideRounded, formatUsd } from '../../../../services/money/prices/money.ts'
import { createPriceBook } from '../../../../services/money/prices/price-book.ts'
import type { RatedEvent } from '../../../../services/money/records/exchange-usage.ts'
import { costFormula, type CostFormula } from '../../../../services/gateway/traces/cost-formula.ts'
import { NO_USAGE, type UsageFacts } from '../../../../services/money/usage/usage-facts.ts'
import { pricedAttempt } from '../../../support/attempts.ts'
import { fc } from '../../../support/fuzz.ts'
import { EACH_CATEGORY, iteration } from '../../../support/iterations.ts'

const NOW = Date.UTC(2026, 10, 23, 12)
const book = createPriceBook(claudePrices)

interface Case {
  usage: Partial<UsageFacts>
  model?: string
  requestedModel?: string
  upstreamModel?: string
  rateMultiplier?: string
}

/** The event that an attempt becomes: with the cost that it was settled with. */
function ratedEvent({
  usage,
  model = 'claude-opus-5-5',
  requestedModel,
  upstreamModel,
  rateMultiplier = '1'
}: Case): RatedEvent {
  const requested = requestedModel ?? model
  const facts = { ...NO_USAGE, ...usage }
  const { sent, closed } = pricedAttempt('x.1', {
    sent: { createdAt: NOW, requestedModel: requested, upstreamModel: upstreamModel ?? requested, rateMultiplier },
    closed: { model, usage: facts }
  })
  const { costNano, chargedNano, priceVersion, priceUnknown } = priceAttempt(sent, closed, book)
  const { serviceTier: _tier, speed: _speed, inferenceGeo: _geo, iterations: _iterations, ...counts } = facts
  const names = { userEmail: 'u', keyName: 'k', groupName: 'g', accountName: 'a', requestedModel: requested, model }
  const { outcome, basis, status, upstreamRequestId, firstByteMs, durationMs } = closed
  const ending = { outcome, basis, status, upstreamRequestId, firstByteMs, durationMs }
  const { exchangeId, attempt, createdAt, stream, queueMs } = sent
  const money = { costNano, chargedNano, rateMultiplier, priceVersion, priceUnknown }
  const event = {
    id: 'x.1',
    subject: null,
    teamName: null,
    exchangeId,
    attempt,
    createdAt,
    stream,
    queueMs,
    ...names,
    ...counts,
    ...ending,
    ...money
  }
  return { event, usage: facts }
}

const formulaOf = (given: Case) =>
  costFormula(ratedEvent(given), given.upstreamModel ?? given.requestedModel ?? given.model ?? 'claude-opus-5-5', book)

const written = ({ lines }: CostFormula) =>
  lines.map(
    ({ model, category, quantity, price_usd: price, per, amount_usd: amount }) =>
      `${model} ${category}: ${quantity} × ${price} / ${per} = ${amount}`
  )

test('each category stands with its quantity, price and amount, and all add up', () => {
  const formula = formulaOf({ usage: { ...EACH_CATEGORY, webSearchRequests: 3 }, rateMultiplier: '1.25' })
  assert.deepEqual(written(formula), [
    'claude-opus-5-5 input: 1000 × 4 / 1000000 = 0.004',
    'claude-opus-5-5 output: 200 × 20 / 1000000 = 0.004',
    'claude-opus-5-5 cacheWrite5m: 4000 × 5 / 1000000 = 0.02',
    'claude-opus-5-5 cacheWrite1h: 500 × 8 / 1000000 = 0.004',
    'claude-opus-5-5 cacheRead: 30000 × 0.2 / 1000000 = 0.006',
    'null webSearch: 3 × 10 / 1000 = 0.03'
  ])
  assert.deepEqual(
    { ...formula, lines: [] },
    {
      lines: [],
      sum_usd: '0.068',
      cost_usd: '0.068',
      rate_multiplier: '1.25',
      charged_usd: '0.085',
      service_tier: null,
      speed: null,
      inference_geo: null,
      price_unknown: false,
      matches: true
    }
  )
})

test('what chose the price is named', () => {
  const formula = formulaOf({ usage: { inputTokens: 1000, speed: 'fast', serviceTier: 'batch', inferenceGeo: 'us' } })
  // 8 in fast mode, times a half for the batch, times 1.1 for the US.
  assert.deepEqual(written(formula), ['claude-opus-5-5 input: 1000 × 4.4 / 1000000 = 0.0044'])
  assert.deepEqual([formula.service_tier, formula.speed, formula.inference_geo], ['batch', 'fast', 'us'])
})

test('a prompt above the bound of a tier shows the price of that tier', () => {
  const model = 'claude-haiku-5-5'
  const below = formulaOf({ model, usage: { inputTokens: 100_000 } })
  const above = formulaOf({ model, usage: { inputTokens: 100_001 } })
  assert.deepEqual(written(below), ['claude-haiku-5-5 input: 100000 × 0.1 / 1000000 = 0.01'])
  assert.deepEqual(written(above), ['claude-haiku-5-5 input: 100001 × 0.5 / 1000000 = 0.0500005'])
  assert(below.matches && above.matches)
})

test('iterations stand each with its own model, in place of the totals', () => {
  const iterations = [
    iteration({ inputTokens: 1000 }),
    iteration({ type: 'compaction', model: 'claude-haiku-4-5-20251001', inputTokens: 2000, outputTokens: 10 })
  ]
  const formula = formulaOf({ usage: { inputTokens: 999, iterations } })
  assert.deepEqual(written(formula), [
    'claude-opus-5-5 input: 1000 × 4 / 1000000 = 0.004',
    'claude-haiku-4-5-20251001 input: 2000 × 1 / 1000000 = 0.002',
    'claude-haiku-4-5-20251001 output: 10 × 5 / 1000000 = 0.00005'
  ])
})

test('a mapped model is priced by the name that was asked for, its iterations too', () => {
  const mapped = { requestedModel: 'claude-haiku-4-5', upstreamModel: 'house-model', model: 'house-model' }
  const iterations = [
    iteration({ inputTokens: 1000, model: 'house-model' }),
    iteration({ inputTokens: 10, model: 'claude-opus-5-5' })
  ]
  const formula = formulaOf({ ...mapped, usage: { iterations } })
  assert.deepEqual(written(formula), [
    'claude-haiku-4-5 input: 1000 × 1 / 1000000 = 0.001',
    'claude-opus-5-5 input: 10 × 4 / 1000000 = 0.00004'
  ])
  assert(formula.matches)
})

test('the price of unknown models is named as that', () => {
  const formula = formulaOf({ model: 'somebody-elses-model', usage: { outputTokens: 1 } })
  assert.deepEqual(written(formula), ['somebody-elses-model output: 1 × 25 / 1000000 = 0.000025'])
  assert.equal(formula.price_unknown, true)
})

test('an attempt without tokens costs nothing, with no lines', () => {
  const { lines, sum_usd: sum, cost_usd: cost, charged_usd: charged, matches } = formulaOf({ usage: {} })
  assert.deepEqual([lines, sum, cost, charged, matches], [[], '0', '0', '0', true])
})

test('numbers that are not what was recorded are told', () => {
  const rated = ratedEvent({ usage: { inputTokens: 1000 } })
  for (const wrong of [{ costNano: 4_000_001n }, { chargedNano: 3_999_999n }]) {
    const formula = costFormula({ ...rated, event: { ...rated.event, ...wrong } }, 'claude-opus-5-5', book)
    assert.deepEqual([formula.matches, formula.cost_usd], [false, '0.004'])
  }
})

/** A decimal of any length in units of 10^-40. */
function exactly(decimal: string): bigint {
  assert.match(decimal, /^\d+(\.\d*[1-9])?$/)
  const [whole = '', fraction = ''] = decimal.split('.')
  return BigInt(whole + fraction.padEnd(40, '0'))
}

const tokens = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2_000_000 }))
const counts = fc.record({
  inputTokens: tokens,
  outputTokens: tokens,
  cacheCreation5mTokens: tokens,
  cacheCreation1hTokens: tokens,
  cacheReadTokens: tokens
})
const models = fc.constantFrom('claude-opus-5-5', 'claude-haiku-5-5', 'claude-sonnet-4-6', 'claude-fable-5-2', 'unheard-of')
const cases = fc.record({
  model: models,
  rateMultiplier: fc.constantFrom('0', '1', '1.000001', '0.333333', '12.5'),
  usage: fc.record({
    counts,
    webSearchRequests: fc.nat(50),
    serviceTier: fc.constantFrom(null, 'standard', 'batch'),
    speed: fc.constantFrom(null, 'standard', 'fast'),
    inferenceGeo: fc.constantFrom(null, 'us', 'global'),
    iterations: fc.option(
      fc.array(
        fc.tuple(counts, fc.option(models)).map(([counts, model]) => iteration({ ...counts, model })),
        { maxLength: 3 }
      )
    )
  })
})

test('whatever was used, each line and their sum are exact, and give what was recorded', () => {
  fc.assert(
    fc.property(cases, ({ model, rateMultiplier, usage: { counts, ...facts } }) => {
      const given = { model, rateMultiplier, usage: { ...counts, ...facts } }
      const formula = formulaOf(given)
      let sum = 0n
      for (const { quantity, price_usd: price, per, amount_usd: amount } of formula.lines) {
        assert.equal(BigInt(quantity) * exactly(price), exactly(amount) * BigInt(per))
        sum += exactly(amount)
      }
      assert.equal(exactly(formula.sum_usd), sum)
      assert.equal(formula.cost_usd, formatUsd(divideRounded(sum, 10n ** 31n)))
      assert.equal(formula.charged_usd, formatUsd(divideRounded(sum * exactly(rateMultiplier), 10n ** 71n)))
      assert.equal(formula.cost_usd, formatUsd(ratedEvent(given).event.costNano))
      assert(formula.matches)
    })
  )
})
