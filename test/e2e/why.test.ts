import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { insertTracePacks } from '../../services/gateway/traces/records/exchange-traces.ts'
import { DAY_MS } from '../../services/platform/database/partitions.ts'
import {
  account,
  ADMIN_TOKEN,
  CLIENT_KEY,
  credentialOf,
  refusalOf,
  saying,
  startGateway,
  user,
  USER
} from '../support/gateway.ts'
import { signIn } from '../support/person.ts'
import { packTraces } from '../../services/gateway/traces/trace-packs.ts'
import { keptExchange, noteOf, tracedDays } from '../support/traces.ts'
import { until } from '../support/until.ts'

interface Explained {
  id: string
  status: number
  model: string
  user_email: string
  session: string | null
  limits: { name: string }[]
  choices: { chosen: string | null; candidates: { account: string }[] }[]
  attempts: { account: string; upstream_model: string; status: number; result: string }[]
  usage: { attempt: number; model: string; requested_model: string; formula: { matches: boolean; lines: object[] } }[]
}

interface OwnExplained {
  status: number
  choices: { candidates: number; found: boolean; passed_over: { reason: string; accounts: number }[] }[]
  attempts: { status: number; result: string }[]
  usage: { formula: { matches: boolean } }[]
}

interface Refused {
  id: string
  status: number
  user_email: string | null
  key_name: string | null
  group: string | null
  error: { type: string; message: string }
  attempts: object[]
  usage: object[]
  refused_early: { address: string | null; path: string | null; keys: string | null }
}

test('a request is explained over the admin API, with its mapped model, also after a restart', async (t) => {
  const secret = 'words that nobody may keep'
  const gateway = await startGateway(t, {
    declared: (url) => ({ accounts: [account('main', url, { model_mapping: { 'claude-haiku-4-5': 'claude-opus-5-5' } })] })
  })
  const response = await gateway.messages(saying(secret, { model: 'claude-haiku-4-5' }))
  assert.equal(response.status, 200)
  const body = await response.text()
  const id = response.headers.get('x-sluice-exchange-id') ?? ''
  await until('the exchange is over', async () => (await gateway.slots()).every(({ in_flight: inFlight }) => inFlight === 0))
  await gateway.settled()
  const before = await gateway.admin<Explained>(`/exchanges/${id}`)
  await gateway.stop()
  await gateway.start()
  const explained = await gateway.admin<Explained>(`/exchanges/${id.toUpperCase()}`)
  assert.deepEqual(explained, before)

  assert.deepEqual([explained.id, explained.status, explained.model, explained.user_email], [id, 200, 'claude-haiku-4-5', USER])
  assert(explained.limits.some(({ name }) => name === 'balance'))
  assert.equal(explained.choices[0]?.chosen, 'main')
  const [attempt] = explained.attempts
  assert.deepEqual([attempt?.account, attempt?.upstream_model, attempt?.result], ['main', 'claude-opus-5-5', 'answered'])
  const [event] = explained.usage
  assert.deepEqual([explained.usage.length, event?.requested_model, event?.formula.matches], [1, 'claude-haiku-4-5', true])
  assert((event?.formula.lines.length ?? 0) > 0)
  const text = JSON.stringify(explained)
  const said = (JSON.parse(body) as { content: { text: string }[] }).content[0]?.text ?? ''
  assert(said.length > 0 && !text.includes(said) && !text.includes(secret))
})

test('where no upstream was reached, nothing is said to be on record later', async (t) => {
  const gateway = await startGateway(t, { declared: () => ({ accounts: [account('main', 'http://127.0.0.1:1')] }) })
  const response = await gateway.messages(saying('hello'))
  assert.ok(response.status >= 500, await response.text())
  const id = response.headers.get('x-sluice-exchange-id') ?? ''
  const { attempts } = await gateway.admin<{ attempts: { result: string; may_have_cost: boolean }[] }>(`/exchanges/${id}`)
  assert.deepEqual(
    attempts.map(({ result, may_have_cost: mayHaveCost }) => [result, mayHaveCost]),
    [['broken', false]]
  )
})

test('a request that was refused before it was an exchange is explained by what is known of it', async (t) => {
  const over = 'sk-sluice-a-key-that-is-over'
  const far = 'sk-sluice-a-key-for-elsewhere'
  const keys = [
    { name: 'laptop', key: CLIENT_KEY },
    { name: 'over', key: over, expires_at: '2020-01-01T00:00:00Z' },
    { name: 'far', key: far, allowed_ips: ['192.0.2.0/24'] }
  ]
  const gateway = await startGateway(t, {
    declared: () => ({ users: [user({ keys })] }),
    env: { AUTH_FAILURES_MAX: '2', AUTH_FAILURES_WINDOW_MS: '600000' }
  })
  const guess = 'sk-sluice-nobody-has-this-key-at-all'
  const messages = (key: string, path = '/v1/messages') =>
    gateway.messages(saying('hello'), { path, headers: { 'x-api-key': key } })
  const owned = (key: string) => [USER, key, 'default']
  const nobody = [null, null, null]
  const unknown = 'sk-sluice-nobo…'
  for (const [what, ask, error, whose, early] of [
    ['unknown', () => messages(guess), [401, 'invalid x-api-key'], nobody, ['/v1/messages', unknown]],
    ['over', () => messages(over), [401, /expired/], owned('over'), ['/v1/messages', null]],
    ['a path that is not there', () => messages(CLIENT_KEY, '/v1/v1/messages'), [404, /must not end in/], nobody, [null, null]],
    [
      'from elsewhere',
      () => gateway.get('/v1/models', { 'x-api-key': far }),
      [403, /from 127/],
      owned('far'),
      ['/v1/models', null]
    ],
    ['guessing', () => messages(guess), [401, 'invalid x-api-key'], nobody, ['/v1/messages', unknown]],
    ['guessing too often', () => messages(guess), [429, /Too many failed/], nobody, ['/v1/messages', unknown]]
  ] as const) {
    const response = await ask()
    await response.text()
    const id = response.headers.get('x-sluice-exchange-id') ?? ''
    const told = await gateway.admin<Refused>(`/exchanges/${id}`)
    assert.deepEqual([told.id, response.status, told.status, told.attempts, told.usage], [id, error[0], error[0], [], []], what)
    assert.match(told.error.message, new RegExp(error[1]), what)
    assert.deepEqual([told.user_email, told.key_name, told.group], whose, what)
    const { address, path, keys: given } = told.refused_early
    assert.deepEqual([address, path, given], ['127.0.0.1', ...early], what)
    assert.ok(!JSON.stringify(told).includes(guess))
    await until('it is in the log', () => gateway.logs.some((line) => line.includes(id)))
  }
  // One whose exchange began is on record as ever, with the limit that refused it.
  const response = await messages(far)
  await response.text()
  const told = await gateway.admin<Refused>(`/exchanges/${response.headers.get('x-sluice-exchange-id')}`)
  assert.deepEqual([told.status, told.key_name, told.refused_early], [403, 'far', null])
})

test('what the HTTP parser refuses is explained too', async (t) => {
  const gateway = await startGateway(t)
  const { hostname, port } = new URL(gateway.url)
  const socket = connect(Number(port), hostname)
  t.after(() => socket.destroy())
  socket.write('NONSENSE\r\n\r\n')
  const [, id] = /x-sluice-exchange-id: (\S+)/.exec(await text(socket)) ?? []
  const told = await gateway.admin<Refused>(`/exchanges/${id}`)
  assert.deepEqual(
    [told.status, told.error.message, told.refused_early.address],
    [400, 'The request is not valid HTTP', '127.0.0.1']
  )
})

test('what is not there is a 404 that says how long exchanges are kept, and what is no id a 400', async (t) => {
  const gateway = await startGateway(t, { env: { TRACE_RETENTION_DAYS: '0' } })
  const ask = async (id: string) => {
    const response = await gateway.get(`/admin/v1/exchanges/${id}`, { authorization: `Bearer ${ADMIN_TOKEN}` })
    return await refusalOf(response)
  }
  const response = await gateway.messages(saying('hello'))
  await response.text()
  await until('the exchange is over', async () => (await gateway.slots()).every(({ in_flight: inFlight }) => inFlight === 0))
  const refusal = await ask(response.headers.get('x-sluice-exchange-id') ?? '')
  assert.deepEqual([refusal.status, refusal.type], [404, 'not_found_error'])
  assert.match(refusal.message, /^there is no exchange [0-9a-f-]{36}: none are kept/)
  assert.deepEqual(await tracedDays(gateway.app.pg.pool), [])
  assert.equal((await ask('1%27or%271')).status, 400)
  assert.equal((await ask('%00')).status, 400)
  assert.equal((await gateway.get(`/admin/v1/exchanges/${randomUUID()}`)).status, 401)
})

test('partitions are ready when the gateway is, old ones go, and a stop keeps what was recorded', async (t) => {
  const gateway = await startGateway(t, { env: { TRACE_RETENTION_DAYS: '2' } })
  // What goes back further than is kept may be dropped by it while it is put in.
  await gateway.app.backOffice.maintain()
  const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10).replaceAll('-', '_')
  const { pool } = gateway.app.pg
  const now = Date.now()
  const kept = [0, 1, 2, 3, 4].map((days) => keptExchange(now - days * DAY_MS))
  await insertTracePacks(pool, packTraces(kept.map((exchange) => noteOf(exchange))))
  const body = await gateway.messages(saying('hello'))
  await body.text()
  const id = body.headers.get('x-sluice-exchange-id') ?? ''
  await gateway.stop()
  await gateway.start()
  // What is to be dropped keeps nobody waiting at the start.
  await gateway.app.backOffice.maintain()
  const expected = [2, 1, 0, -1].map((days) => dayOf(now - days * DAY_MS))
  assert.deepEqual(await tracedDays(gateway.app.pg.pool), expected)
  assert.equal((await gateway.admin<Explained>(`/exchanges/${id}`)).id, id)
})

test('somebody is told why of their own requests, without accounts, and of nobody else’s', async (t) => {
  const other = 'other@example.com'
  const gateway = await startGateway(t, {
    declared: (url) => ({
      accounts: [account('secret-one', url, { priority: 1 }), account('secret-two', url, { priority: 2 })],
      users: [user(), { email: other, balance_usd: '5', keys: [{ name: 'laptop', key: `${CLIENT_KEY}-other` }] }]
    })
  })
  const secret = 'words of the upstream about its account'
  gateway.upstream.setBehaviour(({ credential }) =>
    credential === credentialOf('secret-one') ? { error: { status: 403, type: 'permission_error', message: secret } } : {}
  )
  const idOf = async (key: string, changes = {}) => {
    const response = await gateway.messages(saying('hello', changes), { headers: { 'x-api-key': key } })
    await response.text()
    return response.headers.get('x-sluice-exchange-id') ?? ''
  }
  const [moved, next, refused, theirs, theirsRefused] = [
    await idOf(CLIENT_KEY),
    await idOf(CLIENT_KEY),
    await idOf(CLIENT_KEY, { model: undefined }),
    await idOf(`${CLIENT_KEY}-other`),
    await idOf(`${CLIENT_KEY}-other`, { model: undefined })
  ]
  await gateway.settledEvents(3)
  const { call, mine, refusal } = await signIn(gateway, USER)
  const explained = await mine<OwnExplained>(`/exchanges/${moved}`)
  assert.deepEqual(
    explained.attempts.map(({ status, result }) => [status, result]),
    [
      [403, 'refused'],
      [200, 'answered']
    ]
  )
  assert.deepEqual(
    [explained.choices[0]?.candidates, explained.choices[0]?.found, explained.usage[0]?.formula.matches],
    [2, true, true]
  )
  const after = await mine<OwnExplained>(`/exchanges/${next}`)
  assert.equal(after.choices[0]?.passed_over[0]?.accounts, 1)
  assert.match(after.choices[0]?.passed_over[0]?.reason ?? '', /^cooling down until \S+$/)
  const [asOperator] = (await gateway.admin<Explained & { usage: { upstream_request_id: string }[] }>(`/exchanges/${moved}`))
    .usage
  for (const exchange of [explained, after]) {
    const text = JSON.stringify(exchange)
    for (const hidden of ['secret-', secret, asOperator!.upstream_request_id, 'upstream_request_id'])
      assert.ok(!text.includes(hidden), hidden)
  }
  assert.equal((await mine<OwnExplained>(`/exchanges/${refused.toUpperCase()}`)).status, 400)

  const nowhere = '0'.repeat(8) + '-0000-0000-0000-000000000000'
  const texts = new Set<string>()
  for (const id of [theirs, theirsRefused, nowhere]) {
    const [status, message = ''] = await refusal('GET', `/me/v1/exchanges/${id}`)
    assert.equal(status, 404)
    texts.add(message.replace(id, ''))
  }
  assert.equal(texts.size, 1, 'that there is one is not told')
  const early = await gateway.messages(saying('hello'), { headers: { 'x-api-key': 'sk-sluice-nobody-has-this-key-at-all' } })
  const earlyId = early.headers.get('x-sluice-exchange-id') ?? ''
  assert.equal((await call('GET', `/me/v1/exchanges/${earlyId}`)).status, 404)
})
