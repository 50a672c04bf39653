import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  account,
  ADMIN_TOKEN,
  ask,
  CLIENT_KEY,
  MODEL,
  occupy,
  refusalOf,
  startGateway,
  user,
  USER
} from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import type { SimulatedUsage } from '../../simulator/behaviour.ts'
import { until } from '../support/until.ts'

const COUNT = '/v1/messages/count_tokens'

/** 0.07 USD. */
const MIXED: Partial<SimulatedUsage> = {
  inputTokens: 1000,
  outputTokens: 500,
  cacheCreation5mTokens: 2000,
  cacheCreation1hTokens: 3000,
  cacheReadTokens: 10_000,
  webSearchRequests: 2
}

const subscribed =
  (limits: object, subscriptions: object[] = [{ group: 'pro', days: 30 }]) =>
  (url: string) => ({
    groups: [{ name: 'pro', kind: 'subscription', ...limits }],
    accounts: [account('main', url, { groups: ['pro'] })],
    users: [user({ keys: [{ name: 'laptop', group: 'pro', key: CLIENT_KEY }], subscriptions })]
  })

await suite('count_tokens', async () => {
  test('answers exactly what the upstream does, holds no slot and costs nothing', async (t) => {
    const gateway = await startGateway(t, { declared: () => ({ users: [user({ concurrency: 1 })] }) })
    const free = await occupy(gateway, 1)
    const body = '{ "input_tokens" : 4711, "future": true }'
    gateway.upstream.setBehaviour({ raw: { status: 200, headers: { 'content-type': 'application/json' }, body } })
    const request = { model: MODEL, messages: [{ role: 'user', content: 'hi' }], system: 'é' }
    const response = await gateway.messages(request, { path: `${COUNT}?beta=true` })
    assert.equal(response.status, 200)
    assert.equal(await response.text(), body)
    const seen = gateway.upstream.requests.at(-1)!
    assert.deepEqual([seen.path, seen.body.toString()], [`${COUNT}?beta=true`, JSON.stringify(request)])
    await free()
    const [event, ...others] = await gateway.settledEvents(1)
    assert.deepEqual([event!.outcome, others], ['client_closed', []], 'the only event is the occupied slot’s')
  })

  test('passes an error of the request on as it is', async (t) => {
    const gateway = await startGateway(t)
    gateway.upstream.setBehaviour({ error: { status: 400, body: '{"type":"error",  "error":{}}' } })
    const response = await gateway.messages(ask(), { path: COUNT })
    assert.equal(response.status, 400)
    assert.equal(await response.text(), '{"type":"error",  "error":{}}')
  })

  test('asks the next account when one fails', async (t) => {
    const gateway = await startGateway(t, { declared: (url) => ({ accounts: [account('a', url), account('b', url)] }) })
    gateway.upstream.setBehaviour((_request, number) => (number === 1 ? { error: { status: 429 } } : {}))
    const response = await gateway.messages(ask(), { path: COUNT })
    assert.equal(typeof ((await response.json()) as { input_tokens: number }).input_tokens, 'number')
    assert.equal(gateway.upstream.requests.length, 2)
    await gateway.settled()
    assert.deepEqual(await gateway.events(), [])
  })

  test('names the model as the account calls it', async (t) => {
    const gateway = await startGateway(t, {
      declared: (url) => ({ accounts: [account('main', url, { model_mapping: { [MODEL]: 'claude-sonnet-5-5' } })] })
    })
    assert.equal((await gateway.messages(ask(), { path: COUNT })).status, 200)
    assert.match(gateway.upstream.requests[0]!.body.toString(), /"model":"claude-sonnet-5-5"/)
  })

  test('is for those who may spend', async (t) => {
    const gateway = await startGateway(t, { declared: () => ({ users: [user({ balance_usd: '0' })] }) })
    const refusal = await refusalOf(await gateway.messages(ask(), { path: COUNT }))
    assert.deepEqual([refusal.status, refusal.type], [403, 'billing_error'])
    const stranger = await refusalOf(await gateway.messages(ask(), { path: COUNT, headers: { 'x-api-key': 'sk-wrong' } }))
    assert.equal(stranger.status, 401)
    assert.equal(gateway.upstream.requests.length, 0)
  })

  test('checks the body and the model like any other request', async (t) => {
    const gateway = await startGateway(t, {
      declared: () => ({ groups: [{ name: 'default', kind: 'balance', allowed_models: ['claude-haiku-5-5'] }] })
    })
    assert.equal((await refusalOf(await gateway.messages('{', { path: COUNT }))).status, 400)
    assert.equal((await refusalOf(await gateway.messages(ask(), { path: COUNT }))).status, 404)
  })
})

interface Models {
  object: string
  data: { id: string; type: string; display_name: string; created_at: string }[]
  first_id: string | null
  last_id: string | null
  has_more: boolean
}

await suite('the model list', async () => {
  test('has all current models, newest first', async (t) => {
    const gateway = await startGateway(t)
    const models = (await (await gateway.get('/v1/models?limit=1000')).json()) as Models
    assert.deepEqual([models.object, models.has_more], ['list', false])
    const ids = models.data.map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
    assert.deepEqual([models.first_id, models.last_id], [ids[0], ids.at(-1)])
    for (const id of ['opus-4-5', 'sonnet-4-5', 'haiku-4-5', 'opus-5-5', 'sonnet-5-5', 'haiku-5-5', 'fable-5-2', 'opus-4-8']) {
      assert.ok(ids.includes(`claude-${id}`), id)
    }
    const dates = models.data.map(({ created_at }) => created_at)
    assert.deepEqual(dates, dates.toSorted().toReversed())
    for (const model of models.data) {
      assert.deepEqual(Object.keys(model), ['id', 'type', 'display_name', 'created_at'])
      assert.equal(model.type, 'model')
      assert.match(model.display_name, /^Claude /)
      assert.match(model.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
    }
  })

  test('can be paged in both directions', async (t) => {
    const gateway = await startGateway(t)
    const page = async (query: string) => (await (await gateway.get(`/v1/models?${query}`)).json()) as Models
    const all = (await page('limit=1000')).data.map(({ id }) => id)
    assert.equal((await page('')).data.length, Math.min(20, all.length))

    const forward: string[] = []
    for (let query = 'limit=3'; ; query = `limit=3&after_id=${forward.at(-1)}`) {
      const { data, has_more: more, first_id: first, last_id: last } = await page(query)
      assert.deepEqual([first, last], [data[0]?.id, data.at(-1)?.id])
      forward.push(...data.map(({ id }) => id))
      if (!more) break
    }
    assert.deepEqual(forward, all)

    const before = await page(`limit=2&before_id=${all[3]}`)
    assert.deepEqual([before.data.map(({ id }) => id), before.has_more], [[all[1], all[2]], true])
    const first = await page(`limit=2&before_id=${all[1]}`)
    assert.deepEqual([first.data.map(({ id }) => id), first.has_more], [[all[0]], false])
    const none = await page(`after_id=${all.at(-1)}`)
    assert.deepEqual([none.data, none.first_id, none.last_id, none.has_more], [[], null, null, false])
    for (const query of ['after_id=nothing', 'limit=0', 'limit=1001', 'limit=x']) {
      assert.equal((await refusalOf(await gateway.get(`/v1/models?${query}`))).status, 400, query)
    }
  })

  test('names one model, or 404', async (t) => {
    const gateway = await startGateway(t)
    const model = (await (await gateway.get(`/v1/models/${MODEL}`)).json()) as Models['data'][0]
    assert.deepEqual([model.id, model.type], [MODEL, 'model'])
    const refusal = await refusalOf(await gateway.get('/v1/models/claude-nothing'))
    assert.deepEqual([refusal.status, refusal.type], [404, 'not_found_error'])
  })

  test('is what the group may use', async (t) => {
    const allowed = ['claude-haiku-5-5', 'claude-opus-4-5']
    const gateway = await startGateway(t, {
      declared: () => ({ groups: [{ name: 'default', kind: 'balance', allowed_models: allowed }] })
    })
    const models = (await (await gateway.get('/v1/models')).json()) as Models
    assert.deepEqual(
      models.data.map(({ id }) => id),
      // What is allowed without the day of its release is allowed with it too.
      [...allowed, 'claude-opus-4-5-20251101']
    )
    assert.equal((await gateway.get(`/v1/models/${MODEL}`)).status, 404)
    assert.equal((await gateway.get('/v1/models/claude-haiku-5-5')).status, 200)
  })

  test('is for key holders', async (t) => {
    const gateway = await startGateway(t)
    for (const path of ['/v1/models', `/v1/models/${MODEL}`, '/v1/usage', '/user/balance']) {
      const refusal = await refusalOf(await gateway.get(path, {}))
      assert.deepEqual([refusal.status, refusal.type], [401, 'authentication_error'], path)
      assert.equal(refusal.headers.get('x-should-retry'), 'false')
    }
    assert.equal((await gateway.get('/v1/models', { authorization: `Bearer ${CLIENT_KEY}` })).status, 200)
  })
})

await suite('what may still be spent', async () => {
  const spend = async ({ upstream, messages }: Awaited<ReturnType<typeof startGateway>>) => {
    upstream.setBehaviour({ usage: MIXED })
    await (await messages(ask())).arrayBuffer()
  }
  const read = async (gateway: Awaited<ReturnType<typeof startGateway>>, path = '/v1/usage') => {
    const response = await gateway.get(path)
    assert.equal(response.status, 200)
    return (await response.json()) as Record<string, unknown> & { windows: Record<string, object>; plans: object[] }
  }

  test('of a wallet', async (t) => {
    const gateway = await startGateway(t, { declared: () => ({ users: [user({ balance_usd: '1' })] }) })
    const { isValid, planName, remaining, unit } = await read(gateway)
    assert.deepEqual([isValid, planName, remaining, unit], [true, 'Wallet balance', 1, 'USD'])
    await spend(gateway)
    assert.equal((await read(gateway)).remaining, 0.93, 'settled or not')
    assert.deepEqual(await read(gateway, '/user/balance'), { is_active: true, balance: 0.93 })
  })

  test('of an empty wallet', async (t) => {
    const gateway = await startGateway(t, { declared: () => ({ users: [user({ balance_usd: '0' })] }) })
    const usage = await read(gateway)
    assert.deepEqual([usage.isValid, usage.remaining], [false, 0])
    assert.equal(typeof usage.invalidMessage, 'string')
    assert.deepEqual(await read(gateway, '/user/balance'), { is_active: false, balance: 0 })
    await gateway.apply({ groups: [{ name: 'default', kind: 'balance', rate_multiplier: 0 }] })
    assert.deepEqual(await read(gateway, '/user/balance'), { is_active: true, balance: 0 }, 'which pays for what costs nothing')
  })

  test('of a subscription: the smallest remainder', async (t) => {
    const gateway = await startGateway(t, { declared: subscribed({ daily_limit_usd: 1, monthly_limit_usd: 0.5 }) })
    await spend(gateway)
    const usage = await read(gateway)
    assert.deepEqual(
      [usage.isValid, usage.planName, usage.remaining, usage.unit, usage.used, usage.total],
      [true, 'pro', 0.43, 'USD', 0.07, 0.5]
    )
    assert.deepEqual(Object.keys(usage.windows), ['daily', 'weekly', 'monthly'])
    assert.equal(usage.plans.length, 2)
  })

  test('of a subscription that is used up', async (t) => {
    const gateway = await startGateway(t, { declared: subscribed({ daily_limit_usd: 0.05, monthly_limit_usd: 5 }) })
    await spend(gateway)
    const usage = await read(gateway)
    assert.deepEqual([usage.isValid, usage.remaining], [false, 0])
    assert.match(String(usage.invalidMessage), /daily/)
  })

  test('of a subscription without limits', async (t) => {
    const gateway = await startGateway(t, { declared: subscribed({}) })
    await spend(gateway)
    const usage = await read(gateway)
    assert.deepEqual([usage.isValid, usage.planName, usage.remaining], [true, 'pro', -1])
    assert.deepEqual(await read(gateway, '/user/balance'), { is_active: true })
  })

  test('of a key with which nothing may be asked any more: why', async (t) => {
    const gateway = await startGateway(t)
    const { call, end, row } = operatorOf(gateway)
    const key = `/keys/${(await row('keys', ({ name }) => name === 'laptop')).id}`
    const owner = `/users/${(await row('users', ({ email }) => email === USER)).id}`
    const group = `/groups/${(await row('groups', ({ name }) => name === 'default')).id}`
    for (const [path, change, undo, reason] of [
      [key, { status: 'disabled' }, { status: 'active' }, /key is disabled/],
      [key, null, { expires_at: null }, /expired at 2020-01-01T00:00:00/],
      [owner, { status: 'disabled' }, { status: 'active' }, /user .* is disabled/],
      [group, { status: 'disabled' }, { status: 'active' }, /group .* is disabled/]
    ] as const) {
      await (change === null ? end(path) : call('PATCH', path, change))
      const { invalidMessage, ...usage } = await read(gateway)
      assert.match(String(invalidMessage), reason)
      const plan = { isValid: false, planName: 'Wallet balance', remaining: 0, unit: 'USD' }
      assert.deepEqual(usage, { ...plan, plans: [{ ...plan, invalidMessage }] })
      assert.deepEqual(await read(gateway, '/user/balance'), { is_active: false, balance: 0 })
      assert.equal((await gateway.messages(ask())).status, 401)
      await call('PATCH', path, undo)
    }
    await call('POST', `${key}/revoke`)
    assert.equal((await read(gateway)).isValid, false)
    assert.equal((await gateway.get('/v1/models')).status, 401)
    assert.equal((await gateway.get('/v1/usage', { 'x-api-key': 'sk-sluice-never-made' })).status, 401)
  })

  test('of no subscription', async (t) => {
    const gateway = await startGateway(t, { declared: subscribed({}, []) })
    const refusal = await refusalOf(await gateway.get('/v1/usage'))
    assert.deepEqual([refusal.status, refusal.type, refusal.message], [403, 'subscription_error', 'No active subscription'])
  })
})

await suite('what anybody may ask', async () => {
  test('probes of clients are content', async (t) => {
    const { url } = await startGateway(t)
    for (const [method, path] of [
      ['GET', '/'],
      ['HEAD', '/'],
      ['HEAD', '/api/hello'],
      ['GET', '/livez'],
      ['GET', '/readyz'],
      ['GET', '/healthz'],
      ['GET', '/health']
    ] as const) {
      const response = await fetch(url + path, { method })
      assert.equal(response.status, 200, `${method} ${path}`)
      await response.arrayBuffer()
    }
  })

  test('telemetry is taken, whatever it is', async (t) => {
    const { url } = await startGateway(t)
    const telemetry = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
      fetch(`${url}/api/event_logging/batch`, { method: 'POST', body, headers })
    for (const response of [
      await telemetry('{"events":[]}', { 'content-type': 'application/json' }),
      await telemetry('{not json', { 'content-type': 'application/json' }),
      await telemetry(''),
      await telemetry(Buffer.from([0, 1, 2, 255])),
      await telemetry(Buffer.alloc(3_000_000), { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' }),
      await fetch(`${url}/api/event_logging/batch`, { method: 'POST' })
    ]) {
      assert.equal(response.status, 200)
      await response.arrayBuffer()
    }
  })

  test('other paths are not found, and a doubled /v1 is explained', async (t) => {
    const { url, messages } = await startGateway(t)
    for (const path of ['/nothing', '/v1/nothing', '/v1/messages/batches', '/admin/v1x']) {
      const refusal = await refusalOf(await fetch(url + path))
      assert.deepEqual([refusal.status, refusal.type], [404, 'not_found_error'], path)
    }
    const doubled = await refusalOf(await messages(ask(), { path: '/v1/v1/messages' }))
    assert.equal(doubled.status, 404)
    assert.match(doubled.message, /base URL must not end in \/v1/)
    assert.equal((await refusalOf(await fetch(`${url}/v1/messages`))).status, 404)
  })
})

await suite('the admin API', async () => {
  const LISTS = ['/usage-events', '/ledger-entries', '/users', '/accounts', '/slots']

  test('is for the holder of the admin token', async (t) => {
    const gateway = await startGateway(t)
    for (const path of LISTS) {
      for (const authorization of [undefined, 'Bearer wrong', `Bearer ${CLIENT_KEY}`, ADMIN_TOKEN, `Basic ${ADMIN_TOKEN}`]) {
        const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
        const refusal = await refusalOf(await gateway.get(`/admin/v1${path}`, headers))
        assert.deepEqual([refusal.status, refusal.type], [401, 'authentication_error'], `${path} ${authorization}`)
      }
      await gateway.admin(path)
    }
    const applied = await fetch(`${gateway.url}/admin/v1/apply`, { method: 'POST', body: '{"file":""}' })
    assert.equal(applied.status, 401)
  })

  test('is off without a token', async (t) => {
    const gateway = await startGateway(t, { env: { SLUICE_ADMIN_TOKEN: '' } })
    const response = await gateway.get('/admin/v1/users', { authorization: `Bearer ${ADMIN_TOKEN}` })
    assert.ok([401, 404].includes(response.status), String(response.status))
  })

  test('lists the fields that scripts rely on', async (t) => {
    const gateway = await startGateway(t)
    gateway.upstream.setBehaviour({ usage: MIXED })
    await (await gateway.messages(ask({ stream: true }))).arrayBuffer()
    await gateway.settledEvents(1)
    const free = await occupy(gateway, 1)
    const fieldsOf = async (path: string) => Object.keys((await gateway.admin<{ data: object[] }>(path)).data[0]!)
    for (const [path, fields] of [
      [
        '/usage-events',
        'id attempt created_at user_email key_name group account requested_model model stream outcome basis status input_tokens output_tokens cache_creation_5m_tokens cache_creation_1h_tokens cache_read_tokens web_search_requests cost_usd charged_usd rate_multiplier price_version upstream_request_id queue_ms first_byte_ms duration_ms'
      ],
      ['/ledger-entries', 'id user_email kind amount_usd source_id balance_after_usd created_at'],
      ['/users', 'id email role status concurrency balance_usd'],
      ['/accounts', 'id name type status schedulable cooldowns error concurrency priority groups'],
      ['/slots', 'subject name limit in_flight waiting waiting_sessions waiting_sessions_left_out']
    ] as const) {
      const present = await fieldsOf(path)
      for (const field of fields.split(' ')) assert.ok(present.includes(field), `${path} ${field}`)
    }
    const [event] = await gateway.events()
    assert.equal(typeof event!.id, 'string')
    assert.match(event!.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    assert.deepEqual([event!.user_email, event!.key_name, event!.group, event!.account], [USER, 'laptop', 'default', 'main'])
    const slots = await gateway.slots()
    const none = { waiting_sessions: [], waiting_sessions_left_out: 0 }
    assert.deepEqual(
      slots.toSorted((a, b) => a.subject.localeCompare(b.subject)),
      [
        { subject: 'account', name: 'main', limit: 5, in_flight: 1, waiting: 0, ...none },
        { subject: 'user', name: USER, limit: 5, in_flight: 1, waiting: 0, ...none }
      ]
    )
    await free()
    await until('nothing is held', async () => (await gateway.slots()).length === 0)
  })

  test('never shows a credential', async (t) => {
    const gateway = await startGateway(t)
    const all = await Promise.all(LISTS.map((path) => gateway.admin(path)))
    assert.doesNotMatch(JSON.stringify(all), /sk-/)
  })

  test('filters usage events', async (t) => {
    const gateway = await startGateway(t, {
      declared: () => ({
        users: [
          user(),
          { email: 'other@example.com', balance_usd: '1', keys: [{ name: 'desk', key: 'sk-sluice-another-client-key' }] }
        ]
      })
    })
    await (await gateway.messages(ask())).arrayBuffer()
    await (
      await gateway.messages(ask({ model: 'claude-haiku-5-5' }), { headers: { 'x-api-key': 'sk-sluice-another-client-key' } })
    ).arrayBuffer()
    gateway.upstream.setBehaviour({ breakOff: { how: 'reset', at: 'middle' } })
    await (await gateway.messages(ask({ stream: true }))).arrayBuffer()
    const events = await gateway.settledEvents(3)
    const count = async (query: string) => (await gateway.admin<{ data: object[] }>(`/usage-events?${query}`)).data.length
    assert.equal(await count(`user=${USER}`), 2)
    assert.equal(await count(`user=${USER.toUpperCase()}`), 2)
    assert.equal(await count('key=desk'), 1)
    assert.equal(await count('account=main'), 3)
    for (const filter of ['user=nobody@example.com', 'account=other', 'key=other']) {
      assert.equal((await gateway.getAdmin(`/admin/v1/usage-events?${filter}`)).status, 400, filter)
    }
    assert.equal(await count('model=claude-haiku-5-5'), 1)
    assert.equal(await count('outcome=upstream_cut'), 1)
    assert.equal(await count(`outcome=completed&user=${USER}`), 1)
    const newest = events[0]!.created_at
    assert.equal(await count(`from=${newest}`), 1)
    assert.equal(await count(`to=${newest}`), 2)
    const ledger = (await gateway.admin<{ data: object[] }>('/ledger-entries?user=other@example.com')).data
    assert.equal(ledger.length, 2)
    for (const query of ['from=last-week', 'outcome=lost']) {
      const refusal = await refusalOf(
        await gateway.get(`/admin/v1/usage-events?${query}`, { authorization: `Bearer ${ADMIN_TOKEN}` })
      )
      assert.deepEqual([refusal.status, refusal.type], [400, 'invalid_request_error'])
    }
  })

  test('pages by cursor, each row once', async (t) => {
    const gateway = await startGateway(t, {
      declared: (url) => ({ accounts: ['a', 'b', 'c'].map((name) => account(name, url)) })
    })
    await Promise.all(Array.from({ length: 7 }, async () => (await gateway.messages(ask())).arrayBuffer()))
    await gateway.settledEvents(7)
    for (const [path, total] of [
      ['/usage-events', 7],
      ['/ledger-entries', 8],
      ['/accounts', 3],
      ['/users', 1]
    ] as const) {
      const ids: string[] = []
      let cursor: string | null = ''
      while (cursor !== null) {
        const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
        const page: { data: { id: string }[]; next_cursor: string | null } = await gateway.admin(`${path}?limit=2${query}`)
        assert.ok(page.data.length <= 2)
        ids.push(...page.data.map(({ id }) => id))
        cursor = page.next_cursor
      }
      assert.equal(new Set(ids).size, total, path)
      assert.equal(ids.length, total, path)
    }
  })

  test('refuses a cursor that it did not make', async (t) => {
    const gateway = await startGateway(t)
    for (const path of ['/usage-events', '/ledger-entries', '/users', '/accounts']) {
      for (const cursor of ['nonsense', 'W10', '%00', "'; drop table users; --"]) {
        const refusal = await refusalOf(
          await gateway.get(`/admin/v1${path}?cursor=${encodeURIComponent(cursor)}`, { authorization: `Bearer ${ADMIN_TOKEN}` })
        )
        assert.deepEqual([refusal.status, refusal.type], [400, 'invalid_request_error'], `${path} ${cursor}`)
      }
    }
  })
})
