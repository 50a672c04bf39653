import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeyTest } from '../../services/gateway/request/key-test.ts'
import { account, CLIENT_KEY, refusalOf, startGateway, user, USER, type ListedEvent } from '../support/gateway.ts'
import { freePort } from '../support/free-port.ts'
import { signIn } from '../support/person.ts'

const OTHER = 'other@example.com'

for (const ports of ['one port', 'a port of the operator']) {
  test(`somebody tests a key the whole way that a client goes, on ${ports}`, async (t) => {
    const env: Record<string, string> = ports === 'one port' ? {} : { ADMIN_PORT: String(await freePort()) }
    const gateway = await startGateway(t, {
      env,
      declared: (url) => ({
        accounts: [account('main', url, { model_mapping: { 'claude-haiku-4-5': 'claude-opus-5-5' } })],
        users: [user(), { email: OTHER, balance_usd: '1' }]
      })
    })
    const person = await signIn(gateway, USER)
    const [key] = (await person.mine<{ data: { id: string }[] }>('/keys')).data
    const tested = await person.call<KeyTest>('POST', `/me/v1/keys/${key!.id}/test`)
    assert.equal(tested.status, 200, JSON.stringify(tested.body))
    const { ok, status, exchange_id: id, model, error, cost_usd: cost, duration_ms: duration } = tested.body
    assert.deepEqual([ok, status, model, error], [true, 200, 'claude-haiku-4-5', null])
    assert.ok(duration > 0)
    const [event] = await gateway.settledEvents(1)
    assert.deepEqual([event!.exchange_id, event!.key_name, event!.user_email, event!.cost_usd], [id, 'laptop', USER, cost])
    assert.ok(Number(cost) > 0 && Number(await gateway.balance()) < 100)
    const [sent] = gateway.upstream.requests
    assert.equal((JSON.parse(sent!.body.toString()) as { max_tokens: number }).max_tokens, 1)
    const explained = await person.mine<{ limits: { name: string }[]; status: number }>(`/exchanges/${id}`)
    assert.ok(explained.limits.some(({ name }) => name === 'balance'))

    const byOperator = await gateway.post<KeyTest>(`/keys/${encodeURIComponent(`${USER}/laptop`)}/test`, {
      model: 'claude-haiku-4-5'
    })
    assert.equal(byOperator.ok, true)
    const [audited] = (await gateway.admin<{ data: { subject: string; detail: object }[] }>('/audit-log?action=key.tested'))
      .data
    assert.deepEqual(
      [audited!.subject, audited!.detail],
      [`key ${USER}/laptop`, { exchange_id: byOperator.exchange_id, status: 200 }]
    )
    const stranger = await signIn(gateway, OTHER)
    assert.equal((await stranger.call('POST', `/me/v1/keys/${key!.id}/test`)).status, 404)
  })
}

test('a test is refused with the words that a client would read', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({
      accounts: [account('main', url)],
      groups: [{ name: 'default', kind: 'balance' }],
      users: [
        user({
          balance_usd: '0',
          keys: [
            { name: 'laptop', key: CLIENT_KEY },
            { name: 'far', key: `${CLIENT_KEY}-far`, allowed_ips: ['192.0.2.0/24'] },
            { name: 'bound', key: `${CLIENT_KEY}-bound`, allowed_models: ['claude-sonnet-4-5'] }
          ]
        })
      ]
    })
  })
  const keyNamed = (name: string) => `/keys/${encodeURIComponent(`${USER}/${name}`)}`
  const tell = (name: string, body = {}) => gateway.post<KeyTest>(`${keyNamed(name)}/test`, body)
  const poor = await tell('laptop')
  const asClient = await refusalOf(await gateway.messages({ model: 'claude-haiku-4-5', max_tokens: 1, messages: [] }))
  assert.deepEqual([poor.ok, poor.status, poor.error], [false, 403, { type: asClient.type, message: asClient.message }])
  assert.equal(poor.cost_usd, null)
  assert.match((await tell('far')).error!.message, /from 127\.0\.0\.1/)
  const person = await signIn(gateway, USER)
  await gateway.tell(`/users/${encodeURIComponent(USER)}/balance-adjustments`)
  assert.equal((await tell('bound')).model, 'claude-sonnet-4-5')
  await gateway.app.pg.pool.query('update users set balance_usd = 5')
  gateway.app.bus.publish('directory')
  assert.equal((await tell('bound', { model: 'claude-haiku-4-5' })).status, 404)
  gateway.upstream.setBehaviour({ error: { status: 400, type: 'invalid_request_error', message: 'a word of the upstream' } })
  assert.deepEqual((await tell('laptop')).error, { type: 'invalid_request_error', message: 'a word of the upstream' })
  gateway.upstream.setBehaviour({})
  const revoked = await fetch(`${gateway.adminUrl}/me/v1/keys`, { headers: { cookie: person.cookie } })
  const keys = ((await revoked.json()) as { data: { id: string; name: string }[] }).data
  const laptop = keys.find(({ name }) => name === 'laptop')!
  await person.call('POST', `/me/v1/keys/${laptop.id}/revoke`)
  const over = await person.call<KeyTest>('POST', `/me/v1/keys/${laptop.id}/test`)
  assert.deepEqual([over.body.ok, over.body.status, over.body.error?.message], [false, 401, 'This API key was revoked'])
})

test('a test leaves no secret behind, and nobody tests without end', async (t) => {
  const gateway = await startGateway(t)
  const person = await signIn(gateway, USER)
  const [key] = (await person.mine<{ data: { id: string }[] }>('/keys')).data
  const secrets: string[] = []
  const { during } = gateway.app.standInSecrets
  t.mock.method(gateway.app.standInSecrets, 'during', (hash: Buffer, work: (secret: string) => Promise<unknown>) =>
    during(hash, (secret) => {
      secrets.push(secret)
      return work(secret)
    })
  )
  const responses = [await person.call<KeyTest>('POST', `/me/v1/keys/${key!.id}/test`)]
  // Only while the test runs, and also right after it, when a key's record is still remembered.
  const [secret = ''] = secrets
  assert.ok(secret.length > 40)
  assert.equal((await gateway.messages({}, { headers: { 'x-api-key': secret } })).status, 401)
  for (let more = 0; more < 6; more++) responses.push(await person.call<KeyTest>('POST', `/me/v1/keys/${key!.id}/test`))
  assert.deepEqual(
    responses.map(({ status }) => status),
    [200, 200, 200, 200, 200, 200, 429]
  )
  assert.ok(Number(responses.at(-1)!.headers.get('retry-after')) > 0)
  const { rows } = await gateway.app.pg.pool.query<{ text: string }>(
    'select t::text as text from api_keys t union all select t::text from audit_log t union all select t::text from usage_events t'
  )
  const everything = [...gateway.logs, ...rows.map(({ text }) => text), JSON.stringify(responses)].join()
  for (const each of secrets) assert.ok(!everything.includes(each))
  assert.equal(
    (await gateway.settledEvents(6)).every((event: ListedEvent) => event.key_name === 'laptop'),
    true
  )
})
