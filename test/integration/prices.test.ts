import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { updatePricesInForce } from '../../services/money/prices/prices-in-force.ts'
import { inTransaction } from '../../services/platform/database/queryable.ts'
import { ask, CLIENT_KEY, MODEL, startGateway, user, type Gateway } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { until } from '../support/until.ts'
import { postgresUrl } from '../support/databases.ts'
import { addPrice } from '../support/provisioned.ts'
import { startRedisServer } from '../support/redis-server.ts'

const RATES = { input: '10', output: '100', cache_write_5m: '12', cache_write_1h: '20', cache_read: '1' }

interface Batch {
  checked: number
  changed: number
  users: { user_email: string; cost_delta_usd: string; charged_delta_usd: string }[]
  next_cursor: string | null
}

const usage = (outputTokens: number) => ({
  usage: { inputTokens: 0, outputTokens, cacheReadTokens: 0, cacheCreation5mTokens: 0, cacheCreation1hTokens: 0 }
})

const book = async () =>
  JSON.parse(await readFile(new URL('../../services/money/prices/claude-prices.json', import.meta.url), 'utf8')) as {
    generated: string
    models: { id: string; usd_per_mtok: Record<string, number> }[]
  }

async function spend(gateway: Gateway, changes: object = {}, key = CLIENT_KEY): Promise<void> {
  const response = await gateway.messages(ask(changes), { headers: { 'x-api-key': key } })
  assert.equal(response.status, 200, await response.text())
}

async function verified(gateway: Gateway) {
  let cursor: string | null = null
  do {
    const query: string = cursor === null ? '' : `?cursor=${cursor}`
    const part: { found: number; drifts: unknown[]; next_cursor: string | null } = await gateway.admin(
      `/ledger-verification${query}`
    )
    assert.deepEqual(part.drifts, [])
    cursor = part.next_cursor
  } while (cursor !== null)
}

test("an operator's own prices, and usage that is priced anew", async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({
      groups: [
        { name: 'default', kind: 'balance', rate_multiplier: 2 },
        { name: 'pro', kind: 'subscription', daily_limit_usd: 1000 },
        { name: 'mapped', kind: 'balance', model_mapping: { [MODEL]: 'claude-haiku-5-5' } }
      ],
      accounts: [
        {
          name: 'main',
          type: 'api-key',
          credentials: { api_key: 'sk-ant-x' },
          base_url: url,
          groups: ['default', 'pro', 'mapped']
        }
      ],
      users: [
        user({
          keys: [
            { name: 'laptop', key: CLIENT_KEY },
            { name: 'plan', key: `${CLIENT_KEY}-plan`, group: 'pro' },
            { name: 'mapped', key: `${CLIENT_KEY}-mapped`, group: 'mapped' }
          ],
          balance_usd: '100000',
          subscriptions: [{ group: 'pro', days: 3 }]
        })
      ]
    })
  })
  const { upstream } = gateway
  const { call, refusal, audit } = operatorOf(gateway)
  const path = `/price-overrides/${MODEL}`
  const versionNow = async () => (await gateway.admin<{ version: string }>('/prices')).version
  const rerate = async (more: object = {}) =>
    (await call('POST', '/rerate', { from: '2020-01-01T00:00:00Z', to: '2999-01-01T00:00:00Z', ...more }))
      .body as unknown as Batch
  upstream.setBehaviour(usage(1_000_000))
  const builtIn = await versionNow()

  await t.test('an override prices what is sent from then on, and not what was sent before', async () => {
    upstream.setBehaviour({ ...usage(1_000_000), delayFirstEventMs: 300 })
    const before = gateway.upstream.requests.length
    const under = spend(gateway)
    await until('it is under way', () => gateway.upstream.requests.length > before)
    const set = await call('PUT', path, { usd_per_mtok: RATES })
    assert.deepEqual([set.status, set.headers.get('etag')], [200, '"1"'])
    await under
    upstream.setBehaviour(usage(1_000_000))
    await spend(gateway)
    const [after, earlier] = await gateway.settledEvents(2)
    assert.deepEqual([earlier?.cost_usd, earlier?.price_version, after?.cost_usd], ['20', builtIn, '100'])
    assert.equal(after?.price_version, await versionNow())
    assert.equal((await audit(1))[0]?.action, 'price.set')
  })

  await t.test('the prices in force are listed with what models cost before', async () => {
    type Model = { id: string; source: string; usd_per_mtok: object; history: object[] }
    const { models } = await gateway.admin<{ models: Model[] }>('/prices')
    const listed = (id: string) => models.find((model) => model.id === id)
    assert.deepEqual(listed('claude-sonnet-5-5')?.history, [{ until: '2026-10-07', cache_read: 0.2 }])
    const given = (await book()).models.find(({ id }) => id === 'claude-sonnet-5-5')
    assert.deepEqual(listed('claude-sonnet-5-5')?.usd_per_mtok, given?.usd_per_mtok, 'all that the book says of them')
    assert.deepEqual([listed(MODEL)?.source, listed(MODEL)?.usd_per_mtok], ['override', RATES])
  })

  await t.test('the formula of an event has the prices that it had', async () => {
    for (const event of await gateway.events()) {
      const { usage: of } = await gateway.admin<{ usage: { formula: { cost_usd: string; matches: boolean } }[] }>(
        `/exchanges/${event.exchange_id}`
      )
      assert.deepEqual(
        of.map(({ formula }) => [formula.cost_usd, formula.matches]),
        [[event.cost_usd, true]]
      )
    }
  })

  await t.test('an override may go, and who changes an older version is told', async () => {
    assert.equal((await call('PUT', path, { usd_per_mtok: { ...RATES, output: '30' } })).body['version'], 2)
    assert.equal((await call('PUT', path, { usd_per_mtok: RATES }, { 'if-match': '"1"' })).status, 412)
    await spend(gateway)
    assert.equal((await gateway.settledEvents(3))[0]?.cost_usd, '30')
    await gateway.stop()
    await gateway.start()
    await spend(gateway)
    assert.equal((await gateway.settledEvents(4))[0]?.cost_usd, '30', 'after a restart as well')
    assert.equal((await call('DELETE', path)).status, 204)
    await spend(gateway)
    const [last] = await gateway.settledEvents(5)
    assert.deepEqual([last?.cost_usd, last?.price_version], ['20', builtIn])
  })

  await t.test('also who began where there was none, or from one that is gone', async () => {
    const put = (ifMatch: string, output: string) =>
      call('PUT', path, { usd_per_mtok: { ...RATES, output } }, { 'if-match': ifMatch })
    const versionOf = async () =>
      (await gateway.admin<{ models: { id: string; version: number }[] }>('/prices')).models.find(({ id }) => id === MODEL)
        ?.version
    assert.equal(await versionOf(), 0)
    const set = await put('"0"', '40')
    assert.equal(`"${await versionOf()}"`, set.headers.get('etag'))
    const refused = await put('"0"', '41')
    assert.deepEqual([refused.status, refused.headers.get('etag')], [412, set.headers.get('etag')])
    assert.equal((await call('DELETE', path)).status, 204)
    const former = set.headers.get('etag') ?? ''
    assert.equal((await put(former, '42')).status, 412)
    assert.equal((await put('"0"', '43')).status, 200)
    assert.equal((await put(former, '44')).status, 412, 'one that is set again is another')
    assert.equal((await call('DELETE', path)).status, 204)
  })

  await t.test('overrides are listed by model, in pages', async () => {
    const models = ['claude-a', 'claude-b', 'claude-c']
    for (const model of models.toReversed()) await call('PUT', `/price-overrides/${model}`, { usd_per_mtok: RATES })
    const page = (query: string) =>
      gateway.admin<{ data: { model: string }[]; next_cursor: string | null }>(`/price-overrides?limit=2${query}`)
    const first = await page('')
    const second = await page(`&cursor=${first.next_cursor}`)
    assert.deepEqual(
      [...first.data, ...second.data].map(({ model }) => model),
      models
    )
    const shown = (await call('GET', '/price-overrides/claude-b')).body
    assert.deepEqual([shown['display_name'], shown['usd_per_mtok']], ['claude-b', RATES])
    const hostile = Buffer.from(JSON.stringify(['\0'])).toString('base64url')
    assert.equal((await refusal('GET', `/price-overrides?cursor=${hostile}`))[0], 400)
    for (const model of models) assert.equal((await call('DELETE', `/price-overrides/${model}`)).status, 204)
    assert.equal((await call('DELETE', '/price-overrides/claude-b')).status, 404)
    assert.equal(await versionNow(), builtIn)
  })

  await t.test('usage is priced anew once, whoever asks how often, and the books agree', async () => {
    await spend(gateway, {}, `${CLIENT_KEY}-plan`)
    await spend(gateway, {}, `${CLIENT_KEY}-mapped`)
    await spend(gateway, { model: 'claude-of-tomorrow' })
    await gateway.settledEvents(8)
    await verified(gateway)
    const before = Number(await gateway.balance())
    const dry = await rerate({ dry_run: true })
    // Of 100, 30 and 30 down to 20.
    assert.deepEqual(
      [dry.checked, dry.changed, dry.users],
      [8, 3, [{ user_email: 'dev@example.com', cost_delta_usd: '-100', charged_delta_usd: '-200' }]]
    )
    assert.equal(Number(await gateway.balance()), before)
    const both = await Promise.all([rerate(), rerate()])
    assert.equal(both[0].changed + both[1].changed, 3)
    assert.equal((await rerate()).changed, 0)
    assert.equal(Number(await gateway.balance()), before + 200)
    assert.deepEqual(
      new Set((await gateway.events()).filter(({ model }) => model === MODEL).map(({ cost_usd: cost }) => cost)),
      new Set(['20'])
    )
    await verified(gateway)
    const adjustments = (await gateway.ledger()).filter(({ kind }) => kind === 'adjustment')
    assert.deepEqual(
      adjustments.map(({ amount_usd: amount }) => amount),
      ['200']
    )
  })

  await t.test('windows of subscriptions follow, mappings stay, and what was unknown gets its price', async () => {
    const windowOf = async () => {
      const { data } = await gateway.admin<{ data: { windows: { used_usd: string }[] }[] }>('/subscriptions')
      return data[0]?.windows.map(({ used_usd: used }) => used)
    }
    assert.deepEqual(await windowOf(), ['20', '20', '20'])
    await call('PUT', path, { usd_per_mtok: RATES })
    assert.equal((await rerate({ unknown_only: true })).checked, 1)
    await call('PUT', '/price-overrides/claude-of-tomorrow', { usd_per_mtok: { ...RATES, output: '50' } })
    const { changed } = await rerate({ unknown_only: true })
    assert.equal(changed, 1)
    const tomorrow = (await gateway.events()).find(({ requested_model: model }) => model === 'claude-of-tomorrow')
    assert.deepEqual([tomorrow?.cost_usd, tomorrow?.price_unknown], ['50', false])
    await rerate()
    assert.deepEqual(await windowOf(), ['100', '100', '100'])
    // The client asked for the dear model, which is what it pays, though the cheap one answered.
    const mapped = (await gateway.events()).find(({ key_name: key }) => key === 'mapped')
    assert.deepEqual([mapped?.model, mapped?.cost_usd], ['claude-haiku-5-5', '100'])
    await verified(gateway)
  })

  await t.test('another price book takes the place of the one in force, and nothing that is none', async () => {
    await call('DELETE', path)
    const next = await book()
    const model = next.models.find(({ id }) => id === 'claude-haiku-5-5') ?? assert.fail('no haiku')
    model.usd_per_mtok['output'] = 77
    const put = (body: object) => call('PUT', '/price-book', body)
    const compared = await put({ book: { ...next, generated: '2999-01-01' }, dry_run: true })
    assert.deepEqual(
      (compared.body['changes'] as { model: string; change: string }[]).map((change) => [change.model, change.change]),
      [['claude-haiku-5-5', 'changed']]
    )
    const before = await versionNow()
    assert.equal((await put({ book: { ...next, generated: '2020-01-01' } })).status, 409)
    assert.equal(await versionNow(), before)
    assert.equal((await put({ book: { ...next, generated: '2999-01-01' } })).status, 200)
    assert.notEqual(await versionNow(), before)
    await spend(gateway, { model: 'claude-haiku-5-5' })
    await gateway.settled()
    assert.equal((await gateway.events())[0]?.cost_usd, '77')
    for (const [wrong, message] of [
      [{}, /^book\..*generated/],
      [{ ...next, models: [] }, /models/],
      [{ ...next, models: [{ ...model, usd_per_mtok: { ...model.usd_per_mtok, input: -1 } }] }, /models\.?\[0\]\.usd_per_mtok/],
      [{ ...next, models: [model, model] }, /twice/],
      ['text', /price book/]
    ] as const) {
      const [status, text] = await refusal('PUT', '/price-book', { book: wrong })
      assert.deepEqual([status, message.test(text)], [400, true], text)
    }
  })
})

test('a price that is changed at one replica holds at the others', async (t) => {
  const redis = await startRedisServer(t)
  const databaseUrl = await postgresUrl(t)
  const one = await startGateway(t, { redis, databaseUrl })
  const two = await startGateway(t, { redis, databaseUrl })
  const { call } = operatorOf(one)
  await call('PUT', `/price-overrides/${MODEL}`, { usd_per_mtok: RATES })
  const { version } = await one.admin<{ version: string }>('/prices')
  await until('the other knows', () => two.app.prices.current().version === version)
})

test('an alias that cost what its model costs gets its own price when usage is priced anew', async (t) => {
  const ALIAS = 'claude-of-the-team'
  // UNKNOWN_MODEL_PRICE is what this model costs: the cost of an event does not tell the two apart.
  const gateway = await startGateway(t, {
    declared: () => ({ groups: [{ name: 'default', kind: 'balance', model_mapping: { [ALIAS]: 'claude-opus-4-8' } }] })
  })
  const { call } = operatorOf(gateway)
  gateway.upstream.setBehaviour(usage(1_000_000))
  await spend(gateway, { model: ALIAS })
  const [before] = await gateway.settledEvents(1)
  assert.deepEqual([before?.model, before?.cost_usd, before?.price_unknown], ['claude-opus-4-8', '25', true])
  await call('PUT', `/price-overrides/${ALIAS}`, { usd_per_mtok: { ...RATES, output: '5' } })
  const time = { from: '2020-01-01T00:00:00Z', to: '2999-01-01T00:00:00Z' }
  await call('POST', '/rerate', { ...time, unknown_only: true })
  const [after] = await gateway.events()
  assert.deepEqual([after?.cost_usd, after?.price_unknown], ['5', false])

  // Known to the book and as dear as its model by then, it still is not its model.
  await call('PUT', '/price-overrides/claude-opus-4-8', { usd_per_mtok: { ...RATES, output: '5' } })
  await call('POST', '/rerate', time)
  await call('PUT', '/price-overrides/claude-opus-4-8', { usd_per_mtok: { ...RATES, output: '500' } })
  await call('POST', '/rerate', time)
  assert.equal((await gateway.events())[0]?.cost_usd, '5')
  await verified(gateway)
})

test('usage is priced anew by what is in force, also at a replica that has not heard of it', async (t) => {
  const gateway = await startGateway(t)
  const { call } = operatorOf(gateway)
  gateway.upstream.setBehaviour(usage(1_000_000))
  await spend(gateway)
  await gateway.settledEvents(1)
  const stale = gateway.app.prices.current().version
  await inTransaction(gateway.app.pg.pool, async (db) => {
    // As where a pooler swallows the notices.
    await db.query('alter table price_timeline disable trigger price_timeline_changed')
    await addPrice(db, { id: MODEL, display_name: MODEL, status: 'active', usd_per_mtok: RATES })
    await updatePricesInForce(db, { input: '5', output: '25' })
  })
  assert.equal(gateway.app.prices.current().version, stale)
  await call('POST', '/rerate', { from: '2020-01-01T00:00:00Z', to: '2999-01-01T00:00:00Z' })
  assert.equal((await gateway.events())[0]?.cost_usd, '100')
})
