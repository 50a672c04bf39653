import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { account, credentialOf, MODEL, saying, startGateway, type Gateway } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'

const TENANT = 'tenant-secret-77'

/** The upstream of `door` takes the key as a bearer token only; that of `main` is the usual one. */
async function startBeforeDoors(t: TestContext) {
  const door = await startSimulatedUpstream({ auth: 'bearer' })
  t.after(() => door.close())
  const more = { priority: 2, auth: 'bearer', accept: ['glm-5'], headers: { 'X-Tenant': TENANT, 'x-team': 'blue' } }
  const declared = (url: string) => ({ accounts: [account('main', url, { priority: 1 }), account('door', door.url, more)] })
  return { door, gateway: await startGateway(t, { declared }) }
}

const send = async (gateway: Gateway, model: string, path = '/v1/messages') => {
  const response = await gateway.messages(saying(randomUUID(), { model }), { path })
  assert.equal(response.status, 200, await response.text())
}

test('an endpoint that wants a bearer token and has models of its own is an account like others', async (t) => {
  const { door, gateway } = await startBeforeDoors(t)
  const { call, row, refusal } = operatorOf(gateway)
  const requestsOf = ({ requests }: { requests: { credential: string | null }[] }) =>
    requests.map(({ credential }) => credential)

  await t.test('what it accepts goes there and nowhere else, and is listed; what it does not goes where it went', async () => {
    await send(gateway, 'glm-5')
    await send(gateway, MODEL)
    assert.deepEqual(requestsOf(door), [credentialOf('door')])
    assert.deepEqual(requestsOf(gateway.upstream), [credentialOf('main')])
    const { data } = (await (await gateway.get('/v1/models?limit=1000')).json()) as { data: { id: string }[] }
    assert.ok(data.some(({ id }) => id === 'glm-5'))
    await gateway.act('door', 'disable')
    assert.equal((await gateway.messages(saying(randomUUID(), { model: 'glm-5' }))).status, 503)
    await gateway.act('door', 'enable')
  })

  await t.test('its models cost what an operator says, and until then what an unknown model costs', async () => {
    await send(gateway, 'glm-5')
    await gateway.settled()
    assert.equal((await gateway.events())[0]?.price_unknown, true)
    const rates = { input: '1', output: '1', cache_write_5m: '1', cache_write_1h: '1', cache_read: '1' }
    await call('PUT', '/price-overrides/glm-5', { usd_per_mtok: rates })
    await send(gateway, 'glm-5')
    await gateway.settled()
    assert.equal((await gateway.events())[0]?.price_unknown, false)
  })

  await t.test('its fixed headers go out with everything it is asked, and with nothing that others are', async () => {
    const sentFrom = door.requests.length
    await send(gateway, 'glm-5')
    await send(gateway, 'glm-5', '/v1/messages/count_tokens')
    assert.equal((await gateway.act('door', 'test')).ok, true)
    await send(gateway, MODEL)
    const sent = door.requests.slice(sentFrom).map(({ headers }) => [headers['x-tenant'], headers['x-team']])
    const expected = [TENANT, 'blue']
    assert.deepEqual(sent, [expected, expected, expected])
    assert.equal(gateway.upstream.requests.at(-1)!.headers['x-tenant'], undefined)
  })

  await t.test('of them the names are shown; a change replaces them all, holds at once, and tells of no value', async () => {
    const { id, headers, version } = await row('accounts', ({ name }) => name === 'door')
    assert.deepEqual(headers, ['x-team', 'x-tenant'])
    const kept = await call('PATCH', `/accounts/${id}`, { priority: 3 }, { 'if-match': `"${version}"` })
    assert.deepEqual(kept.body['headers'], headers)
    await send(gateway, 'glm-5')
    assert.equal(door.requests.at(-1)!.headers['x-tenant'], TENANT)
    const changed = await call('PATCH', `/accounts/${id}`, { headers: { 'x-tenant': `${TENANT}-2`, 'x-new': 'n' } })
    assert.deepEqual(changed.body['headers'], ['x-new', 'x-tenant'])
    await send(gateway, 'glm-5')
    const { headers: sent } = door.requests.at(-1)!
    assert.deepEqual([sent['x-tenant'], sent['x-new'], sent['x-team']], [`${TENANT}-2`, 'n', undefined])
    assert.equal(sent['authorization'], `Bearer ${credentialOf('door')}`)
    const stale = await call('PATCH', `/accounts/${id}`, { headers: null }, { 'if-match': kept.headers.get('etag')! })
    assert.equal(stale.status, 412)
    assert.deepEqual((await call('PATCH', `/accounts/${id}`, { headers: null })).body['headers'], [])
    const entries = (await gateway.admin<{ data: { action: string; detail: object }[] }>('/audit-log?limit=1000')).data
    assert.match(JSON.stringify(entries), /"headers":"x-new, x-tenant \(changed\)"/)
    assert.doesNotMatch(JSON.stringify(entries) + changed.text + gateway.logs.join(''), new RegExp(TENANT))
  })

  await t.test('an error that quotes them is masked', async () => {
    const { id } = await row('accounts', ({ name }) => name === 'door')
    await call('PATCH', `/accounts/${id}`, { headers: { 'x-tenant': TENANT } })
    door.setBehaviour({ error: { status: 400, message: `no ${TENANT} with ${credentialOf('door')} here` } })
    const response = await (await gateway.messages(saying(randomUUID(), { model: 'glm-5' }))).text()
    assert.match(response, new RegExp(`no ${'\\*'.repeat(TENANT.length)} with`))
    const { problem } = await gateway.act('door', 'test')
    assert.match(String(problem), /: no \*+ with \*+ here$/)
    door.setBehaviour({})
  })

  await t.test('headers of Sluice, the client or HTTP are refused, and so are those of a sign-in', async () => {
    const { id } = await row('accounts', ({ name }) => name === 'door')
    for (const name of ['Authorization', 'anthropic-beta', 'Host', 'x y'])
      assert.equal((await refusal('PATCH', `/accounts/${id}`, { headers: { [name]: 'v' } }))[0], 400, name)
    for (const value of ['', 'a\r\nb: c', 'é', 7, null])
      assert.equal((await refusal('PATCH', `/accounts/${id}`, { headers: { 'x-a': value } }))[0], 400, String(value))
    const signIn = { name: 'own', type: 'setup-token', shared: true, headers: { 'x-a': 'v' } }
    assert.equal((await refusal('POST', '/accounts', signIn))[0], 400)
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
