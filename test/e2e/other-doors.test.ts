import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { account, credentialOf, MODEL, saying, startGateway, type Gateway } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'

/** An upstream where the key of `door` is taken as a bearer token only, and all others as x-api-key only. */
function asDoors({ upstream }: Gateway) {
  upstream.setBehaviour(({ headers, credential }) => {
    const isBearer = headers.authorization !== undefined && headers['x-api-key'] === undefined
    return isBearer === (credential === credentialOf('door')) ? {} : { error: { status: 401 } }
  })
}

const declared = (door: object) => (url: string) => ({
  accounts: [account('main', url, { priority: 1 }), account('door', url, { priority: 2, ...door })]
})

const servedBy = async (gateway: Gateway, model: string) => {
  const response = await gateway.messages(saying(randomUUID(), { model }))
  assert.equal(response.status, 200, await response.text())
  return gateway.upstream.requests.at(-1)!.credential
}

test('an endpoint that wants a bearer token and has models of its own is an account like others', async (t) => {
  const gateway = await startGateway(t, { declared: declared({ auth: 'bearer', accept: ['glm-5'] }) })
  asDoors(gateway)
  const { call, row, refusal } = operatorOf(gateway)

  await t.test('what it accepts goes there and nowhere else, and is listed; what it does not goes where it went', async () => {
    assert.equal(await servedBy(gateway, 'glm-5'), credentialOf('door'))
    assert.equal(await servedBy(gateway, MODEL), credentialOf('main'))
    const { data } = (await (await gateway.get('/v1/models?limit=1000')).json()) as { data: { id: string }[] }
    assert.ok(data.some(({ id }) => id === 'glm-5'))
    await gateway.act('door', 'disable')
    assert.equal((await gateway.messages(saying(randomUUID(), { model: 'glm-5' }))).status, 503)
    await gateway.act('door', 'enable')
  })

  await t.test('its models cost what an operator says, and until then what an unknown model costs', async () => {
    await servedBy(gateway, 'glm-5')
    await gateway.settled()
    assert.equal((await gateway.events())[0]?.price_unknown, true)
    const rates = { input: '1', output: '1', cache_write_5m: '1', cache_write_1h: '1', cache_read: '1' }
    await call('PUT', '/price-overrides/glm-5', { usd_per_mtok: rates })
    await servedBy(gateway, 'glm-5')
    await gateway.settled()
    assert.equal((await gateway.events())[0]?.price_unknown, false)
  })

  await t.test('a test of it says which of the two its upstream wants when the other is set', async () => {
    const { id } = await row('accounts', ({ name }) => name === 'door')
    assert.equal((await gateway.act('door', 'test')).ok, true)
    assert.equal((await call('PATCH', `/accounts/${id}`, { auth: 'x-api-key' })).body['auth'], 'x-api-key')
    const tested = await gateway.act('door', 'test')
    assert.equal(tested.ok, false)
    assert.match(String(tested.problem), /takes the key with auth: bearer, and the account says x-api-key/)
    const changed = await call('PATCH', `/accounts/${id}`, { auth: 'bearer', accept: null })
    assert.deepEqual([changed.body['auth'], changed.body['accept']], ['bearer', []])
    assert.equal((await gateway.act('door', 'test')).ok, true)
  })

  await t.test('names of Claude are no foreign models, and sign-ins are bearer tokens anyway', async () => {
    const { id } = await row('accounts', ({ name }) => name === 'door')
    const [status, message] = await refusal('PATCH', `/accounts/${id}`, { accept: ['claude-opus-5-5'] })
    assert.deepEqual([status, /accept\[0\] is a name of Claude/.test(message)], [400, true])
    const signIn = { name: 'own', type: 'setup-token', shared: true, auth: 'bearer' }
    assert.equal((await refusal('POST', '/accounts', signIn))[0], 400)
  })
})
