import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { ask, CLIENT_KEY, MODEL, refusalOf, startGateway, user, type Gateway } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { until } from '../support/until.ts'

const HAIKU = 'claude-haiku-5-5'
const HOME = '203.0.113.7'
const ELSEWHERE = '198.51.100.9'

/** With one key that has these rules, behind a proxy that is believed. */
const gatewayWith = (t: Parameters<typeof startGateway>[0], rules: object, group: object = {}) =>
  startGateway(t, {
    env: { TRUST_PROXY: 'loopback' },
    declared: () => ({
      groups: [{ name: 'default', kind: 'balance', ...group }],
      users: [user({ keys: [{ name: 'laptop', key: CLIENT_KEY, ...rules }] })]
    })
  })

const from = (address: string) => ({ 'x-api-key': CLIENT_KEY, 'x-forwarded-for': address })

test('a key works from its addresses only, on every route that takes a key', async (t) => {
  const gateway = await gatewayWith(t, { allowed_ips: ['203.0.113.0/24', '2001:db8::/32'] })
  for (const path of ['/v1/models', `/v1/models/${MODEL}`, '/v1/usage', '/user/balance']) {
    assert.equal((await gateway.get(path, from(HOME))).status, 200, path)
    const refusal = await refusalOf(await gateway.get(path, from(ELSEWHERE)))
    assert.deepEqual([refusal.status, refusal.type, refusal.headers.get('x-should-retry')], [403, 'permission_error', 'false'])
  }
  for (const path of ['/v1/messages', '/v1/messages/count_tokens']) {
    for (const address of [HOME, `::ffff:${HOME}`, '2001:db8::5']) {
      assert.equal((await gateway.messages(ask(), { path, headers: from(address) })).status, 200, address)
    }
    const sent = gateway.upstream.requests.length
    for (const address of [ELSEWHERE, '2001:db9::5', `${HOME}, ${ELSEWHERE}`]) {
      const refusal = await refusalOf(await gateway.messages(ask(), { path, headers: from(address) }))
      assert.deepEqual(
        [refusal.status, refusal.type, refusal.headers.get('x-should-retry')],
        [403, 'permission_error', 'false']
      )
    }
    assert.equal(gateway.upstream.requests.length, sent)
  }
  const unproxied = await refusalOf(await gateway.get('/v1/usage'))
  assert.equal(unproxied.message, 'This API key may not be used from 127.0.0.1')
})

test('where no proxy is believed the connection tells the address', async (t) => {
  const gateway = await startGateway(t, {
    declared: () => ({ users: [user({ keys: [{ name: 'laptop', key: CLIENT_KEY, allowed_ips: [HOME] }] })] })
  })
  assert.equal((await refusalOf(await gateway.messages(ask(), { headers: from(HOME) }))).status, 403)
})

test('a request from elsewhere is refused before its body is read, and the trace says from where', async (t) => {
  const gateway = await gatewayWith(t, { allowed_ips: [HOME] })
  const response = await responseToHead(gateway)
  assert.match(response, /^HTTP\/1\.1 403 /)
  const id = /^x-sluice-exchange-id: (\S+)\r$/im.exec(response)?.[1]
  const path = `/exchanges/${id}`
  await until('the exchange is explained', async () => (await gateway.getAdmin(`/admin/v1${path}`)).status === 200)
  const { limits, error } = await gateway.admin<{ limits: Record<string, unknown>[]; error: { type: string } }>(path)
  const noted = limits.map(({ name, outcome, detail }) => [name, outcome, detail])
  assert.deepEqual(noted, [['allowed_ips', 'refused', ELSEWHERE]])
  assert.equal(error.type, 'permission_error')
})

/** What comes back for a request whose body is announced and never sent. */
async function responseToHead({ url }: Gateway): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write(
    `POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: ${CLIENT_KEY}\r\nx-forwarded-for: ${ELSEWHERE}\r\n` +
      'content-type: application/json\r\ncontent-length: 5000000\r\n\r\n'
  )
  socket.setTimeout(5000, () => socket.destroy(new Error('no response')))
  let response = ''
  for await (const chunk of socket.setEncoding('utf8')) {
    response += String(chunk)
    if (response.includes('"type":"error"')) break
  }
  socket.destroy()
  return response
}

test('a change of the addresses takes effect with the next request', async (t) => {
  const gateway = await gatewayWith(t, { allowed_ips: [HOME] })
  const { call, row } = operatorOf(gateway)
  const { id } = await row('keys', ({ name }) => name === 'laptop')
  const statusFrom = async (address: string) => (await gateway.get('/v1/usage', from(address))).status
  assert.deepEqual([await statusFrom(HOME), await statusFrom(ELSEWHERE)], [200, 403])
  await call('PATCH', `/keys/${id}`, { allowed_ips: [`${ELSEWHERE}/32`] })
  assert.deepEqual([await statusFrom(HOME), await statusFrom(ELSEWHERE)], [403, 200])
  await gateway.app.pg.pool.query('update api_keys set allowed_ips = null')
  await until('another process is heard of', async () => (await statusFrom(HOME)) === 200)
})

test('a model must be allowed by the key and by its group', async (t) => {
  const gateway = await gatewayWith(t, { allowed_models: [MODEL, 'claude-sonnet-5-5'] }, { allowed_models: [MODEL, HAIKU] })
  const sonnet = 'claude-sonnet-5-5'
  const refusals = [
    [HAIKU, `model: ${HAIKU} is not allowed for this API key (laptop), which may use only ${MODEL}`],
    [sonnet, `model: ${sonnet} is not allowed in the group default of this API key, which may use only ${MODEL}`]
  ] as const
  for (const path of ['/v1/messages', '/v1/messages/count_tokens']) {
    assert.equal((await gateway.messages(ask(), { path, headers: from(HOME) })).status, 200)
    for (const [model, message] of refusals) {
      const response = await gateway.messages(ask({ model }), { path, headers: from(HOME) })
      const refusal = await refusalOf(response)
      assert.deepEqual([refusal.status, refusal.type, refusal.message], [404, 'not_found_error', message])
      const id = response.headers.get('x-sluice-exchange-id') ?? ''
      const told = await gateway.admin<{ model: string; error: { message: string } }>(`/exchanges/${id}`)
      assert.deepEqual([told.model, told.error.message], [model, message])
      await until('the log tells it too', () => gateway.logs.some((line) => line.includes(id) && line.includes(message)))
    }
  }
  const { data } = (await (await gateway.get('/v1/models')).json()) as { data: { id: string }[] }
  assert.deepEqual(
    data.map(({ id }) => id),
    [MODEL]
  )
  for (const [model, message] of refusals) {
    const refusal = await gateway.get(`/v1/models/${model}`)
    assert.equal((await refusalOf(refusal)).message, message)
    const told = await gateway.admin<{ key_name: string; error: { message: string } }>(
      `/exchanges/${refusal.headers.get('x-sluice-exchange-id')}`
    )
    assert.deepEqual([told.key_name, told.error.message], ['laptop', message])
  }
})

test('a declarative file sets the rules of a key and takes them back', async (t) => {
  const gateway = await gatewayWith(t, { allowed_ips: [HOME], allowed_models: [HAIKU] })
  const { row } = operatorOf(gateway)
  const rules = async () => {
    const { allowed_ips: ips, allowed_models: models } = await row('keys', ({ name }) => name === 'laptop')
    return [ips, models]
  }
  assert.deepEqual(await rules(), [[HOME], [HAIKU]])
  const { groups } = { groups: [{ name: 'default', kind: 'balance' }] }
  await gateway.apply({ groups, users: [user()] })
  assert.deepEqual(await rules(), [null, null])
  assert.equal((await gateway.messages(ask())).status, 200)
})
