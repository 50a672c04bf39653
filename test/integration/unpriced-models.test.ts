import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPriceBook } from '../../services/money/prices/price-book.ts'
import { readPriceSources, updatePricesInForce } from '../../services/money/prices/prices-in-force.ts'
import { inTransaction } from '../../services/platform/database/queryable.ts'
import { listUnpricedModels } from '../../services/money/prices/unpriced-models.ts'
import { NO_TOKENS, NO_USAGE } from '../../services/money/usage/usage-facts.ts'
import { settleAttempts } from '../../services/resources/records/settlement.ts'
import { pricedAttempt } from '../support/attempts.ts'
import { postgresPool } from '../support/databases.ts'
import { account, ask, startGateway } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { provision } from '../support/provisioned.ts'

const NOON = Date.UTC(2026, 10, 23, 12)
const HOUR_MS = 3_600_000
const KNOWN = 'claude-opus-5-5'
const UNKNOWN_PRICE = { input: '5', output: '25' }

const iteration = (model: string | null) => ({ ...NO_TOKENS, type: 'message', model, outputTokens: 1 })

test('models that had no price are told by the name that was looked up in vain', async (t) => {
  const pool = await postgresPool(t)
  const { walletUse } = await provision(pool)
  await inTransaction(pool, (db) => updatePricesInForce(db, UNKNOWN_PRICE))
  const { base } = await readPriceSources(pool)
  const book = createPriceBook(base, { unknownModelPrice: UNKNOWN_PRICE })
  let count = 0
  const used = (
    { requested, sentAs = requested, reported = sentAs }: { requested: string; sentAs?: string; reported?: string },
    iterations: ReturnType<typeof iteration>[] | null = null
  ) => {
    count++
    const createdAt = NOON + count * HOUR_MS
    return {
      ...pricedAttempt(`event-${count}.1`, {
        sent: { ...walletUse, createdAt, requestedModel: requested, upstreamModel: sentAs },
        closed: { model: reported, usage: { ...NO_USAGE, inputTokens: 10, iterations } }
      }),
      priceVersion: book.version,
      priceUnknown: true
    }
  }
  await settleAttempts(pool, [
    used({ requested: 'New-Model[1m]' }),
    used({ requested: 'alias', reported: 'new-model' }),
    used({ requested: 'own-name', sentAs: KNOWN }),
    used({ requested: KNOWN }, [iteration('helper-model'), iteration(KNOWN), iteration(null)]),
    used({ requested: 'own-name', sentAs: KNOWN }, [iteration(`${KNOWN}-20260101`)]),
    { ...used({ requested: KNOWN }), priceUnknown: false }
  ])
  const listed = await listUnpricedModels(pool, book, { now: NOON })
  assert.deepEqual(
    listed.map(({ id, requests, hasPrice }) => [id, requests, hasPrice]),
    [
      ['own-name', 2, false],
      ['new-model', 2, false],
      ['helper-model', 1, false]
    ]
  )
  const [, model] = listed
  assert.deepEqual([model?.firstAt, model?.lastAt, model?.costNano], [NOON + HOUR_MS, NOON + 2 * HOUR_MS, 2_000_000_000n])
  const within = { from: NOON + 4 * HOUR_MS, to: NOON + 5 * HOUR_MS, now: NOON }
  assert.deepEqual(
    (await listUnpricedModels(pool, book, within)).map(({ id }) => id),
    ['helper-model']
  )
})

test('a price that is set is told, and usage that is priced anew is no longer listed', async (t) => {
  const model = 'made-up-1'
  const gateway = await startGateway(t, { declared: (url) => ({ accounts: [account('main', url, { accept: [model] })] }) })
  assert.equal((await gateway.messages(ask({ model }))).status, 200)
  assert.equal((await gateway.messages(ask())).status, 200)
  await gateway.settledEvents(2)
  const { call, refusal } = operatorOf(gateway)
  const listed = async () => (await call('GET', '/unpriced-models?from=1d')).body['data'] as Record<string, unknown>[]
  const [row, ...more] = await listed()
  assert.deepEqual([row?.['id'], row?.['requests'], row?.['has_price'], more], [model, 1, false, []])
  assert.ok(Number(row?.['charged_usd']) > 0)
  const rates = { input: 1, output: 2, cache_write_5m: 1, cache_write_1h: 1, cache_read: 1 }
  await call('PUT', `/price-overrides/${model}`, { usd_per_mtok: rates })
  assert.deepEqual((await listed())[0]?.['has_price'], true)
  await call('POST', '/rerate', { from: '1d', to: 'tomorrow', unknown_only: true })
  assert.deepEqual(await listed(), [])
  assert.equal((await refusal('GET', '/unpriced-models?from=never'))[0], 400)
})
