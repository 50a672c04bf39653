import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { insertTracePacks } from '../../services/records/exchange-traces.ts'
import { DAY_MS } from '../../services/records/partitions.ts'
import { account, ADMIN_TOKEN, refusalOf, saying, startGateway, USER } from '../support/gateway.ts'
import { packTraces } from '../../services/traces/trace-packs.ts'
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

test('a request is explained over the admin API, with its mapped model, also after a restart', async (t) => {
  const secret = 'words that nobody may keep'
  const gateway = await startGateway(t, {
    declared: (url) => ({ accounts: [account('main', url, { model_mapping: { 'claude-haiku-4-5': 'claude-opus-5-5' } })] })
  })
  const response = await gateway.messages(saying(secret, { model: 'claude-haiku-4-5' }))
  assert.equal(response.status, 200)
  const answer = await response.text()
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
  const said = (JSON.parse(answer) as { content: { text: string }[] }).content[0]?.text ?? ''
  assert(said.length > 0 && !text.includes(said) && !text.includes(secret))
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
  assert.match(refusal.message, /^no exchange [0-9a-f-]{36}: none are kept/)
  assert.deepEqual(await tracedDays(gateway.app.pg.pool), [])
  assert.equal((await ask('1%27or%271')).status, 400)
  assert.equal((await ask('%00')).status, 400)
  assert.equal((await gateway.get(`/admin/v1/exchanges/${randomUUID()}`)).status, 401)
})

test('partitions are ready when the gateway is, old ones go, and a stop keeps what was recorded', async (t) => {
  const gateway = await startGateway(t, { env: { TRACE_RETENTION_DAYS: '2' } })
  const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10).replaceAll('-', '_')
  const { pool } = gateway.app.pg
  const now = Date.now()
  const kept = [0, 1, 2, 3, 4].map((days) => keptExchange(now - days * DAY_MS))
  await insertTracePacks(pool, packTraces(kept.map((exchange) => noteOf(exchange))))
  const answer = await gateway.messages(saying('hello'))
  await answer.text()
  const id = answer.headers.get('x-sluice-exchange-id') ?? ''
  await gateway.stop()
  await gateway.start()
  // What is to be dropped keeps nobody waiting at the start.
  await gateway.app.backOffice.keepHouse()
  const expected = [2, 1, 0, -1].map((days) => dayOf(now - days * DAY_MS))
  assert.deepEqual(await tracedDays(gateway.app.pg.pool), expected)
  assert.equal((await gateway.admin<Explained>(`/exchanges/${id}`)).id, id)
})
