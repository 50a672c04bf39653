import assert from 'node:assert/strict'
import { test } from 'node:test'
import type pg from 'pg'
import claudePrices from '../../services/money/prices/claude-prices.json' with { type: 'json' }
import { priceAttempt } from '../../services/money/prices/attempt-price.ts'
import { createPriceBook, type PriceBook } from '../../services/money/prices/price-book.ts'
import {
  dropTracePartitions,
  ensureTracePartitions,
  findTrace,
  insertTracePacks
} from '../../services/gateway/traces/records/exchange-traces.ts'
import { DAY_MS } from '../../services/platform/database/partitions.ts'
import { rememberPriceVersion } from '../../services/money/records/price-versions.ts'
import { settleAttempts, type PricedAttempt } from '../../services/resources/records/settlement.ts'
import { explainExchange } from '../../services/gateway/traces/explain.ts'
import { packTraces } from '../../services/gateway/traces/trace-packs.ts'
import { toTraceRecord, type KeptExchange } from '../../services/gateway/traces/trace-record.ts'
import { NO_TOKENS, NO_USAGE } from '../../services/money/usage/usage-facts.ts'
import { pricedAttempt } from '../support/attempts.ts'
import { postgresPool } from '../support/databases.ts'
import { provision } from '../support/provisioned.ts'
import { idAt, keptExchange, noteOf, traceOf, tracedDays } from '../support/traces.ts'

const NOON = Date.UTC(2026, 10, 23, 12)
const MIDNIGHT = Date.UTC(2026, 10, 23)

const store = (pool: pg.Pool, kept: readonly KeptExchange[]) =>
  insertTracePacks(pool, packTraces(kept.map((exchange) => noteOf(exchange))))

test('exchange traces', async (t) => {
  const pool = await postgresPool(t)

  await t.test('a trace is found as it was, whatever its day, and days are made as they are needed', async () => {
    const kept = [MIDNIGHT - 1, MIDNIGHT, MIDNIGHT, MIDNIGHT + DAY_MS - 1, Date.UTC(2028, 1, 29, 12)].map((at) =>
      keptExchange(at)
    )
    await store(pool, kept)
    for (const exchange of kept) assert.deepEqual(await findTrace(pool, exchange.id), toTraceRecord(exchange))
    assert.deepEqual(await tracedDays(pool), ['2026_11_22', '2026_11_23', '2028_02_29'])
    for (const id of ['nobody', idAt(MIDNIGHT), idAt(MIDNIGHT - 99)]) assert.equal(await findTrace(pool, id), null)
  })

  await t.test('what comes twice, as after a crash, is found once; nothing is nothing', async () => {
    const [one, two] = [keptExchange(NOON), keptExchange(NOON)] as [KeptExchange, KeptExchange]
    await store(pool, [one])
    await store(pool, [one, two])
    await store(pool, [])
    for (const exchange of [one, two]) assert.deepEqual(await findTrace(pool, exchange.id), toTraceRecord(exchange))
  })

  await t.test('hostile text is found as it came', async () => {
    const text = 'nul\0 lone\uD800 "quoted" back\\slash {a,b} NULL é \t \n'
    const error = { type: 'api_error', message: text }
    const kept = keptExchange(NOON, { attempts: [{ detail: text }], end: { error }, summary: { model: text } })
    await store(pool, [kept])
    const found = await findTrace(pool, kept.id)
    assert.deepEqual([found?.model, found?.error?.message, found?.attempts[0]?.detail], [text, text, text])
  })

  await t.test('a trace of a version that kept each by itself is found until its day is over', async () => {
    const old = traceOf(NOON, { id: '6f1c0c7e-8d1e-4b55-9f5e-3b6f0a1c2d3e' })
    await pool.query(
      "create table exchange_traces_2026_11_23 partition of exchange_traces for values from ('2026-11-23') to ('2026-11-24')"
    )
    await pool.query('insert into exchange_traces (id, created_at, trace) values ($1, $2, $3)', [old.id, old.created_at, old])
    assert.deepEqual(await findTrace(pool, old.id), old)
    await dropTracePartitions(pool, MIDNIGHT + 2 * DAY_MS)
    assert.equal(await findTrace(pool, old.id), null)
  })

  await t.test('what is over is dropped by whole days, and can be dropped again', async () => {
    const [kept, over] = [keptExchange(MIDNIGHT), keptExchange(MIDNIGHT - 1)]
    await store(pool, [kept, over, keptExchange(MIDNIGHT - 40 * DAY_MS)])
    await dropTracePartitions(pool, NOON)
    await dropTracePartitions(pool, NOON)
    assert.equal((await tracedDays(pool))[0], '2026_11_23')
    assert.equal(await findTrace(pool, over.id), null)
    assert.notEqual(await findTrace(pool, kept.id), null)
    await dropTracePartitions(pool, MIDNIGHT)
    assert.notEqual(await findTrace(pool, kept.id), null)
  })

  await t.test('partitions are made ahead, each once', async () => {
    const days = [NOON + 10 * DAY_MS, NOON + 11 * DAY_MS, NOON + 10 * DAY_MS + 1]
    await ensureTracePartitions(pool, days)
    await ensureTracePartitions(pool, days)
    const made = (await tracedDays(pool)).filter((day) => day.startsWith('2026_12'))
    assert.deepEqual(made, ['2026_12_03', '2026_12_04'])
  })

  await t.test('the cost is explained from the events, in which nothing is lost', async () => {
    const book = createPriceBook(claudePrices)
    await explainsEvents(pool, book)
  })

  await t.test('an event of other prices is explained with those, as long as they are on record', async () => {
    const data = structuredClone(claudePrices)
    data.models.find(({ id }) => id === 'claude-opus-5-5')!.usd_per_mtok.input = 7
    const unknownModelPrice = { input: '1', output: '2' }
    const past = createPriceBook(data, { unknownModelPrice })
    const now = createPriceBook(claudePrices)
    const { walletUse } = await provision(pool, 'past')
    await settleAttempts(pool, [
      priced(past, 'past.1', { sent: walletUse, closed: { usage: { ...NO_USAGE, inputTokens: 1_000_000 } } }),
      priced(past, 'past.2', { sent: { ...walletUse, attempt: 2 }, closed: { model: 'unheard-of' } })
    ])
    const before = await explainExchange(pool, traceOf(NOON, { id: 'past' }), now)
    assert.deepEqual(
      before.usage.map(({ formula, cost_usd: cost }) => [formula, cost]),
      [
        [null, '7'],
        [null, '0.00002']
      ]
    )
    await rememberPriceVersion(pool, past.version, { ...data, unknownModelPrice })
    const { usage } = await explainExchange(pool, traceOf(NOON, { id: 'past' }), now)
    assert.deepEqual(
      usage.map(({ formula }) => [formula?.lines[0]?.price_usd, formula?.price_unknown, formula?.matches]),
      [
        ['7', false, true],
        ['1', true, true]
      ]
    )
  })

  await t.test('only its own events, of its own time, are an exchange its usage', async () => {
    const book = createPriceBook(claudePrices)
    const { walletUse } = await provision(pool, 'own')
    await settleAttempts(pool, [
      priced(book, 'own.2', { sent: { ...walletUse, attempt: 2, createdAt: NOON + 5 } }),
      priced(book, 'own.1', { sent: { ...walletUse, createdAt: NOON + 59_000 } }),
      priced(book, 'own.3', { sent: { ...walletUse, attempt: 3, createdAt: NOON - 40 * DAY_MS } }),
      priced(book, 'others.1', { sent: walletUse })
    ])
    const { usage, id } = await explainExchange(pool, traceOf(NOON, { id: 'own' }), book)
    assert.deepEqual([id, usage.map((event) => event.id)], ['own', ['own.1', 'own.2']])
  })
})

function priced(book: PriceBook, id: string, changes: Parameters<typeof pricedAttempt>[1]): PricedAttempt {
  const attempt = pricedAttempt(id, changes)
  return { ...attempt, ...priceAttempt(attempt.sent, attempt.closed, book) }
}

async function explainsEvents(pool: pg.Pool, book: PriceBook) {
  const { walletUse, planUse, user } = await provision(pool, 'explained')
  const iterations = [
    { ...NO_TOKENS, type: 'message', model: null, inputTokens: 100_000, outputTokens: 7 },
    { ...NO_TOKENS, type: 'compaction', model: 'house-model', cacheReadTokens: 9 }
  ]
  const counts = {
    inputTokens: 5,
    cacheCreation5mTokens: 6,
    cacheCreation1hTokens: 7,
    cacheReadTokens: 8,
    webSearchRequests: 2
  }
  const facts = { ...NO_USAGE, ...counts, serviceTier: 'batch', speed: 'fast', inferenceGeo: 'us' }
  const mapped = { requestedModel: 'claude-haiku-4-5', upstreamModel: 'house-model' }
  const attempts = [
    priced(book, 'why.1', { sent: { ...walletUse, rateMultiplier: '1.333333' }, closed: { usage: facts } }),
    priced(book, 'why.2', {
      sent: { ...planUse, ...mapped, attempt: 2, createdAt: NOON + 1 },
      closed: { model: 'house-model', usage: { ...facts, iterations } }
    }),
    priced(book, 'why.3', { sent: { ...walletUse, attempt: 3 }, closed: { basis: 'unknown', model: null, usage: NO_USAGE } })
  ]
  await settleAttempts(pool, attempts)
  const trace = traceOf(NOON, {
    id: 'why',
    attempts: [
      { attempt: 1, upstreamModel: 'claude-opus-5-5' },
      { attempt: 2, upstreamModel: 'house-model' }
    ]
  })
  const { usage, ...rest } = await explainExchange(pool, trace, book)
  assert.deepEqual(rest, { ...trace, refused_early: null })
  assert.deepEqual(
    usage.map(({ formula, cost_usd: cost, charged_usd: charged }) => [formula?.matches, formula?.cost_usd === cost, charged]),
    attempts.map(({ chargedNano }) => [true, true, String(Number(chargedNano) / 1e9)])
  )
  assert.deepEqual(
    usage.map(({ attempt, user_email: email, requested_model: model }) => [attempt, email, model]),
    [
      [1, user.email, 'claude-opus-5-5'],
      [2, user.email, 'claude-haiku-4-5'],
      [3, user.email, 'claude-opus-5-5']
    ]
  )
  const { service_tier: tier, speed, inference_geo: geo } = usage[0]!.formula!
  assert.deepEqual([tier, speed, geo], ['batch', 'fast', 'us'])
  assert.deepEqual(
    usage[1]?.formula?.lines.map(({ model, category, quantity }) => [model, category, quantity]),
    [
      ['claude-haiku-4-5', 'input', 100_000],
      ['claude-haiku-4-5', 'output', 7],
      ['claude-haiku-4-5', 'cacheRead', 9],
      [null, 'webSearch', 2]
    ]
  )
  assert.deepEqual([usage[2]?.formula?.lines, usage[2]?.formula?.sum_usd], [[], '0'])
}

test('processes that write and make the same days at once do not get into each other', async (t) => {
  const pool = await postgresPool(t)
  const days = [0, 1, 2].map((count) => NOON + count * DAY_MS)
  const batches = Array.from({ length: 8 }, () => days.map((day) => keptExchange(day)))
  await Promise.all([
    ...batches.map((batch) => store(pool, batch)),
    ...batches.map(() => ensureTracePartitions(pool, days.toReversed())),
    dropTracePartitions(pool, NOON - DAY_MS),
    dropTracePartitions(pool, NOON - DAY_MS)
  ])
  for (const kept of batches.flat()) assert.deepEqual(await findTrace(pool, kept.id), toTraceRecord(kept))
  assert.equal((await tracedDays(pool)).length, 3)
})

test('processes that drop the same days at once do not get into each other', async (t) => {
  const pool = await postgresPool(t)
  await ensureTracePartitions(
    pool,
    Array.from({ length: 10 }, (_, count) => NOON - count * DAY_MS)
  )
  const writes = Array.from({ length: 20 }, () => store(pool, [keptExchange(NOON)]))
  await Promise.all([...Array.from({ length: 5 }, () => dropTracePartitions(pool, NOON - 2 * DAY_MS)), ...writes])
  assert.deepEqual(await tracedDays(pool), ['2026_11_21', '2026_11_22', '2026_11_23'])
})

test('a drop gives way to who keeps reading, and the table can be used again', async (t) => {
  const pool = await postgresPool(t)
  await store(pool, [keptExchange(NOON - 9 * DAY_MS), keptExchange(NOON)])
  const backup = await pool.connect()
  try {
    await backup.query('begin; lock table exchange_trace_packs in access share mode')
    await assert.rejects(dropTracePartitions(pool, NOON), { code: '55P03' })
    const newer = keptExchange(NOON)
    await store(pool, [newer])
    assert.notEqual(await findTrace(pool, newer.id), null)
  } finally {
    await backup.query('rollback')
    backup.release()
  }
  await dropTracePartitions(pool, NOON)
  assert.deepEqual(await tracedDays(pool), ['2026_11_23'])
})
