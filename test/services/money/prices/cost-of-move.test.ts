import assert from 'node:assert/strict'
import { test } from 'node:test'
import priceData from '../../../../services/money/prices/claude-prices.json' with { type: 'json' }
import { costOfMove } from '../../../../services/money/prices/cost-of-move.ts'
import { createPriceBook } from '../../../../services/money/prices/price-book.ts'

const book = createPriceBook(priceData, { unknownModelPrice: { input: '5', output: '25' } })
const NOW = Date.UTC(2026, 10, 23)
const binding = (changes: object = {}) => ({ cacheReadTokens: 100_000, cacheTtlMs: 0, model: 'claude-opus-5-5', ...changes })

test('is the tokens read from the cache, at what writing them costs more than reading', () => {
  assert.equal(costOfMove(binding(), 'claude-haiku-5-5', book, NOW), 480_000_000n)
})

test('is more where the session writes into the longer cache', () => {
  assert.equal(costOfMove(binding({ cacheTtlMs: 3_600_000 }), 'claude-opus-5-5', book, NOW), 780_000_000n)
})

test('is nothing where nothing was read', () => {
  assert.equal(costOfMove(binding({ cacheReadTokens: 0, model: null }), 'claude-opus-5-5', book, NOW), 0n)
})
