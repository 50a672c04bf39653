import assert from 'node:assert/strict'
import { test } from 'node:test'
import claudePrices from '../../../../services/money/prices/claude-prices.json' with { type: 'json' }
import { parseUsd } from '../../../../services/money/prices/money.ts'
import { createPriceBook } from '../../../../services/money/prices/price-book.ts'

const NOW = Date.parse('2026-11-23T12:00:00Z')
const book = createPriceBook(claudePrices)

test('prices are read from the data without a float in between', () => {
  const { price } = book.find('claude-haiku-5-5', NOW)
  assert.deepEqual(price.standard, {
    input: 100_000_000n,
    output: 500_000_000n,
    cacheWrite5m: 125_000_000n,
    cacheWrite1h: 200_000_000n,
    cacheRead: 10_000_000n
  })
})

test('an id is found in any case, with [1m] and with a date', () => {
  for (const asked of ['Claude-Opus-5-5', 'claude-opus-5-5[1m]', 'claude-opus-5-5-20260922', 'CLAUDE-OPUS-5-5-20260922[1M]']) {
    const found = book.find(asked, NOW)
    assert.deepEqual([found.id, found.known], ['claude-opus-5-5', true], asked)
  }
})

test('a dated id of its own is found before the alias', () => {
  assert.equal(book.find('claude-haiku-4-5-20251001', NOW).id, 'claude-haiku-4-5-20251001')
})

test('an id is never matched by its beginning', () => {
  for (const asked of ['claude-opus-5-5-5', 'claude-opus-5-', 'claude-fable-5-3', 'claude-opus', 'claude-opus-5-5-2026', '']) {
    assert.equal(book.find(asked, NOW).known, false, asked)
  }
})

test('names that every object has are no models', () => {
  assert.equal(book.find('constructor', NOW).known, false)
  assert.equal(book.find('__proto__', NOW).known, false)
})

test('an unknown id is priced at 5/25 with the usual cache multipliers, or as the operator says', () => {
  assert.deepEqual(book.find('claude-next', NOW).price.standard, {
    input: parseUsd('5'),
    output: parseUsd('25'),
    cacheWrite5m: parseUsd('6.25'),
    cacheWrite1h: parseUsd('10'),
    cacheRead: parseUsd('0.5')
  })
  const dearer = createPriceBook(claudePrices, { unknownModelPrice: { input: '20', output: '100' } })
  assert.equal(dearer.find('claude-next', NOW).price.standard.cacheRead, parseUsd('2'))
})

test('a price change takes effect at midnight UTC of its date', () => {
  const change = Date.parse('2026-10-07T00:00:00Z')
  assert.equal(book.find('claude-sonnet-5-5', change - 1).price.standard.cacheRead, parseUsd('0.2'))
  assert.equal(book.find('claude-sonnet-5-5', change).price.standard.cacheRead, parseUsd('0.1'))
  assert.equal(book.find('claude-sonnet-5-5', new Date(change - 1)).price.standard.input, parseUsd('2'))
})

test('a price that was replaced once also held in all the time before', () => {
  const model = {
    id: 'm',
    display_name: 'M',
    status: 'active',
    usd_per_mtok: { input: 1, output: 2, cache_write_5m: 3, cache_write_1h: 4, cache_read: 5 },
    history: [
      { until: '2026-01-01', output: 20 },
      { until: '2026-02-01', input: 10 }
    ]
  }
  const { find } = createPriceBook({ ...claudePrices, models: [model] })
  const pricesOn = (date: string) => {
    const { input, output } = find('m', Date.parse(date)).price.standard
    return [input, output]
  }
  assert.deepEqual(pricesOn('2025-12-31'), [parseUsd('10'), parseUsd('20')])
  assert.deepEqual(pricesOn('2026-01-31'), [parseUsd('10'), parseUsd('2')])
  assert.deepEqual(pricesOn('2026-02-01'), [parseUsd('1'), parseUsd('2')])
})

test('the version names the data and changes with whatever changes a price', () => {
  assert.match(book.version, /^2026-11-23-[0-9a-f]{8}$/)
  assert.equal(createPriceBook(structuredClone(claudePrices)).version, book.version)
  const otherUnknown = createPriceBook(claudePrices, { unknownModelPrice: { input: '6', output: '25' } })
  assert.notEqual(otherUnknown.version, book.version)
})

test("an operator's price replaces the model of the same id and can add one", () => {
  const usd_per_mtok = { input: '0.000000001', output: 2, cache_write_5m: 3, cache_write_1h: 4, cache_read: 5 }
  const own = (id: string) => ({ id, display_name: id, status: 'active', usd_per_mtok })
  const withOwn = createPriceBook(claudePrices, { overrides: [own('claude-opus-5'), own('house-model')] })
  assert.equal(withOwn.find('claude-opus-5', NOW).price.standard.input, 1n)
  assert.equal(withOwn.find('house-model', NOW).known, true)
  assert.equal(withOwn.find('claude-opus-5-5', NOW).price.standard.input, parseUsd('4'))
  assert.notEqual(withOwn.version, book.version)
})

test("an operator's price of a model is also that of its dated id, by which the upstream answers", () => {
  const own = (id: string, input: number) => ({
    id,
    display_name: id,
    status: 'active',
    usd_per_mtok: { input, output: 2, cache_write_5m: 3, cache_write_1h: 4, cache_read: 5 }
  })
  const inputOf = (asked: string, overrides: ReturnType<typeof own>[]) =>
    createPriceBook(claudePrices, { overrides }).find(asked, NOW).price.standard.input
  const DATED = 'claude-haiku-4-5-20251001'
  assert.equal(inputOf(DATED, [own('claude-haiku-4-5', 7)]), parseUsd('7'))
  assert.equal(inputOf(DATED, [own('claude-haiku-4-5', 7), own(DATED, 8)]), parseUsd('8'))
  assert.equal(inputOf('claude-haiku-4-5', [own(DATED, 8)]), parseUsd('1'), 'not the other way round')
  assert.equal(inputOf('claude-haiku-4-5', [own('Claude-Haiku-4-5[1m]', 9)]), parseUsd('9'), 'however it is written')
})

test('the model list is newest first and has every served model from 4.5 on, retired ones left out', () => {
  const listed = book.models()
  const ids = listed.map((model) => model.id)
  assert.deepEqual(ids, [
    'claude-fable-5-2',
    'claude-mythos-5-2',
    'claude-haiku-5-5',
    'claude-sonnet-5-5',
    'claude-opus-5-5',
    'claude-fable-5-1',
    'claude-mythos-5-1',
    'claude-opus-5',
    'claude-sonnet-5',
    'claude-fable-5',
    'claude-mythos-5',
    'claude-opus-4-8',
    'claude-opus-4-7',
    'claude-sonnet-4-6',
    'claude-opus-4-6',
    'claude-opus-4-5',
    'claude-opus-4-5-20251101',
    'claude-haiku-4-5',
    'claude-haiku-4-5-20251001',
    'claude-sonnet-4-5',
    'claude-sonnet-4-5-20250929'
  ])
  assert.deepEqual(listed[ids.indexOf('claude-opus-4-5')], {
    id: 'claude-opus-4-5',
    displayName: 'Claude Opus 4.5',
    createdAt: new Date('2025-11-01T00:00:00Z')
  })
})

test('data that cannot be read exactly are refused', () => {
  const usd_per_mtok = { input: 1e-10, output: 2, cache_write_5m: 3, cache_write_1h: 4, cache_read: 5 }
  const model = { id: 'm', display_name: 'M', status: 'active', usd_per_mtok }
  assert.throws(() => createPriceBook({ ...claudePrices, models: [model] }), /not a dollar amount/)
  const undated = { ...model, released: 'soon', usd_per_mtok: { ...usd_per_mtok, input: 1 } }
  assert.throws(() => createPriceBook({ ...claudePrices, models: [undated] }), /not a date: "soon"/)
})
