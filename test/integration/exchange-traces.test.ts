import assert from 'node:assert/strict'
import { test } from 'node:test'
import type pg from 'pg'
import claudePrices from '../../services/prices/claude-prices.json' with { type: 'json' }
import { priceAttempt } from '../../services/prices/attempt-price.ts'
import { createPriceBook, type PriceBook } from '../../services/prices/price-book.ts'
import { dropTracePartitions, ensureTracePartitions, findTrace, insertTraces } from '../../services/records/exchange-traces.ts'
import { DAY_MS } from '../../services/records/partitions.ts'
import { rememberPriceVersion } from '../../services/records/price-versions.ts'
import { settleAttempts, type PricedAttempt } from '../../services/records/settlement.ts'
import type { TraceRecord } from '../../services/traces/exchange-trace.ts'
import { explainExchange } from '../../services/traces/explain.ts'
import { NO_TOKENS, NO_USAGE } from '../../services/usage/usage-facts.ts'
import { pricedAttempt } from '../support/attempts.ts'
import { DATABASES, postgresPool } from '../support/databases.ts'
import { provision } from '../support/provisioned.ts'
import { traceOf, tracedDays } from '../support/traces.ts'

const NOON = Date.UTC(2026, 10, 23, 12)
const MIDNIGHT = Date.UTC(2026, 10, 23)

for (const [name, open] of DATABASES) {
  test(`exchange traces on ${name}`, async (t) => {
    const pool = await open(t)

    await t.test('a trace is found as it was, whatever its day, and days are made as they are needed', async () => {
      const records = [
        traceOf('first', MIDNIGHT - 1),
        traceOf('second', MIDNIGHT),
        traceOf('third', MIDNIGHT + DAY_MS - 1),
        traceOf('leap', Date.UTC(2028, 1, 29, 12))
      ]
      await insertTraces(pool, records)
      for (const record of records) assert.deepEqual(await findTrace(pool, record.id), record)
      assert.deepEqual(await tracedDays(pool), ['2026_11_22', '2026_11_23', '2028_02_29'])
      assert.equal(await findTrace(pool, 'nobody'), null)
    })

    await t.test('a batch that is repeated adds nothing and fails nothing', async () => {
      const [one, two, three] = ['r-1', 'r-2', 'r-3'].map((id) => traceOf(id)) as [TraceRecord, TraceRecord, TraceRecord]
      await insertTraces(pool, [one, two])
      await insertTraces(pool, [two, two, three])
      await insertTraces(pool, [])
      const { rows } = await pool.query("select id from exchange_traces where id like 'r-%' order by id")
      assert.deepEqual(
        rows.map(({ id }) => id),
        ['r-1', 'r-2', 'r-3']
      )
    })

    await t.test('hostile text is stored as what can be stored', async () => {
      const text = 'nul\0 lone\uD800 "quoted" back\\slash {a,b} NULL é'
      const error = { type: 'api_error', message: text }
      await insertTraces(pool, [traceOf('hostile', NOON, { attempts: [{ detail: text }], end: { model: text, error } })])
      const found = await findTrace(pool, 'hostile')
      const stored = 'nul\uFFFD lone\uFFFD "quoted" back\\slash {a,b} NULL é'
      assert.deepEqual([found?.model, found?.error?.message, found?.attempts[0]?.detail], [stored, stored, stored])
    })

    await t.test('what is over is dropped by whole days, and can be dropped again', async () => {
      await insertTraces(pool, [
        traceOf('kept', MIDNIGHT),
        traceOf('over', MIDNIGHT - 1),
        traceOf('older', MIDNIGHT - 40 * DAY_MS)
      ])
      await dropTracePartitions(pool, NOON)
      await dropTracePartitions(pool, NOON)
      assert.equal((await tracedDays(pool))[0], '2026_11_23')
      assert.equal(await findTrace(pool, 'over'), null)
      assert.notEqual(await findTrace(pool, 'kept'), null)
      await dropTracePartitions(pool, MIDNIGHT)
      assert.notEqual(await findTrace(pool, 'kept'), null)
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
      const before = await explainExchange(pool, traceOf('past'), now)
      assert.deepEqual(
        before.usage.map(({ formula, cost_usd: cost }) => [formula, cost]),
        [
          [null, '7'],
          [null, '0.00002']
        ]
      )
      await rememberPriceVersion(pool, past.version, { ...data, unknownModelPrice })
      const { usage } = await explainExchange(pool, traceOf('past'), now)
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
      const { usage, id } = await explainExchange(pool, traceOf('own'), book)
      assert.deepEqual([id, usage.map((event) => event.id)], ['own', ['own.1', 'own.2']])
    })
  })
}

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
  const trace = traceOf('why', NOON, {
    attempts: [
      { attempt: 1, upstreamModel: 'claude-opus-5-5' },
      { attempt: 2, upstreamModel: 'house-model' }
    ]
  })
  const { usage, ...rest } = await explainExchange(pool, trace, book)
  assert.deepEqual(rest, trace)
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
  const batches = Array.from({ length: 8 }, (_, process) => days.map((day, index) => traceOf(`p${process}-${index}`, day)))
  await Promise.all([
    ...batches.map((batch) => insertTraces(pool, batch)),
    ...batches.map(() => ensureTracePartitions(pool, days.toReversed())),
    dropTracePartitions(pool, NOON - DAY_MS),
    dropTracePartitions(pool, NOON - DAY_MS)
  ])
  for (const record of batches.flat()) assert.deepEqual(await findTrace(pool, record.id), record)
  assert.equal((await tracedDays(pool)).length, 3)
})

test('processes that drop the same days at once do not get into each other', async (t) => {
  const pool = await postgresPool(t)
  await ensureTracePartitions(
    pool,
    Array.from({ length: 10 }, (_, count) => NOON - count * DAY_MS)
  )
  const writes = Array.from({ length: 20 }, (_, index) => insertTraces(pool, [traceOf(`w-${index}`)]))
  await Promise.all([...Array.from({ length: 5 }, () => dropTracePartitions(pool, NOON - 2 * DAY_MS)), ...writes])
  assert.deepEqual(await tracedDays(pool), ['2026_11_21', '2026_11_22', '2026_11_23'])
})

test('a drop gives way to who keeps reading, and the table can be used again', async (t) => {
  const pool = await postgresPool(t)
  await insertTraces(pool, [traceOf('old', NOON - 9 * DAY_MS), traceOf('new')])
  const backup = await pool.connect()
  try {
    await backup.query('begin; lock table exchange_traces in access share mode')
    await assert.rejects(dropTracePartitions(pool, NOON), { code: '55P03' })
    await insertTraces(pool, [traceOf('newer')])
    assert.notEqual(await findTrace(pool, 'newer'), null)
  } finally {
    await backup.query('rollback')
    backup.release()
  }
  await dropTracePartitions(pool, NOON)
  assert.deepEqual(await tracedDays(pool), ['2026_11_23'])
})
