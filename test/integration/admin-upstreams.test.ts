import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, ask, CLIENT_KEY, startGateway, USER } from '../support/gateway.ts'
import { operatorOf, statusesOf } from '../support/operator.ts'

const SECRET = 'sk-ant-a-secret-of-the-account'
const NEW_SECRET = 'sk-ant-another-secret-of-the-account'
const PROXY_URL = 'http://user:proxy-password@127.0.0.1:9'

test('accounts and proxies are made, changed and removed, at once and on record', async (t) => {
  const gateway = await startGateway(t, {
    declared: () => ({
      groups: [
        { name: 'default', kind: 'balance' },
        { name: 'empty', kind: 'balance' }
      ],
      accounts: []
    })
  })
  const { upstream } = gateway
  const { call, refusal, audit, row } = operatorOf(gateway)
  const shown: string[] = []
  const tell = async (method: string, path: string, body?: object, headers?: Record<string, string>) => {
    const response = await raw(method, path, body, headers)
    shown.push(response.text)
    return response
  }
  async function raw(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
    const response = await fetch(`${gateway.adminUrl}/admin/v1${path}`, {
      method,
      headers: {
        authorization: 'Bearer an-admin-token-for-tests-only',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    const text = await response.text()
    return {
      status: response.status,
      text,
      etag: response.headers.get('etag'),
      body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>
    }
  }
  const served = async () => {
    const response = await gateway.messages(ask())
    await response.arrayBuffer()
    return response.status
  }
  const main = { ...account('main', upstream.url), credentials: { api_key: SECRET } }
  let id = ''

  await t.test('an account that is made serves the next request', async () => {
    assert.notEqual(await served(), 200)
    const made = await tell('POST', '/accounts', main)
    assert.deepEqual([made.status, made.etag, made.body['name'], made.body['base_url']], [201, '"2"', 'main', upstream.url])
    id = String(made.body['id'])
    assert.equal(await served(), 200)
    assert.equal(upstream.requests.at(-1)?.credential, SECRET)
    assert.deepEqual((await audit(1))[0]?.action, 'account.created')
    assert.equal((await tell('POST', '/accounts', main)).status, 409)
  })

  await t.test('what is changed counts at once, and what is not named stays', async () => {
    const before = (await tell('GET', `/accounts/${id}`)).body
    const changed = await tell('PATCH', `/accounts/${id}`, { concurrency: 9, allowed_models: ['claude-opus-5-5'] })
    assert.equal(changed.status, 200, changed.text)
    assert.deepEqual(changed.body, {
      ...before,
      windows: changed.body['windows'],
      concurrency: 9,
      allowed_models: ['claude-opus-5-5'],
      version: Number(before['version']) + 1
    })
    const freed = await tell('PATCH', `/accounts/${id}`, { allowed_models: null, credentials: { api_key: NEW_SECRET } })
    assert.deepEqual([freed.body['allowed_models'], freed.body['concurrency']], [null, 9])
    assert.equal(await served(), 200)
    assert.equal(upstream.requests.at(-1)?.credential, NEW_SECRET)
    assert.equal((await tell('PATCH', `/accounts/${id}`, {})).body['version'], freed.body['version'])
  })

  await t.test('a note is a change as any other: who began before it is told', async () => {
    const { etag } = await tell('GET', `/accounts/${id}`)
    await tell('PATCH', `/accounts/${id}`, { note: 'of somebody else' })
    assert.equal((await tell('PATCH', `/accounts/${id}`, { note: null }, { 'if-match': etag ?? '' })).status, 412)
    const proxy = await tell('POST', '/proxies', { name: 'noted', url: PROXY_URL })
    const path = `/proxies/${String(proxy.body['id'])}`
    await tell('PATCH', path, { note: 'of somebody else' })
    assert.equal((await tell('PATCH', path, { note: 'mine' }, { 'if-match': proxy.etag ?? '' })).status, 412)
    assert.equal((await tell('DELETE', path)).status, 204)
  })

  await t.test('so is a new key or another header by itself, and what it is at now is in the refusal', async () => {
    for (const change of [{ credentials: { api_key: `${NEW_SECRET}-2` } }, { headers: { 'x-tenant': 'a-tenant-of-tests' } }]) {
      const { etag } = await tell('GET', `/accounts/${id}`)
      const changed = await tell('PATCH', `/accounts/${id}`, change)
      assert.notEqual(changed.etag, etag)
      const stale = await tell('PATCH', `/accounts/${id}`, { priority: 3 }, { 'if-match': etag ?? '' })
      assert.deepEqual([stale.status, stale.etag], [412, changed.etag])
      const again = await tell('PATCH', `/accounts/${id}`, change)
      assert.equal(again.etag, changed.etag, 'the same once more changes nothing')
    }
    await tell('PATCH', `/accounts/${id}`, { headers: {}, credentials: { api_key: NEW_SECRET } })
  })

  await t.test('of two who change the same version one does', async () => {
    const { etag } = await tell('GET', `/accounts/${id}`)
    const change = (priority: number) => tell('PATCH', `/accounts/${id}`, { priority }, { 'if-match': etag ?? '' })
    assert.deepEqual(statusesOf(await Promise.all([change(1), change(2)])), [200, 412])
  })

  await t.test('a proxy is given, and not removed while it is used; nothing shows its URL', async () => {
    const proxy = await tell('POST', '/proxies', { name: 'office', url: PROXY_URL })
    assert.deepEqual([proxy.status, 'url' in proxy.body], [201, false])
    const path = `/proxies/${String(proxy.body['id'])}`
    assert.equal((await tell('PATCH', `/accounts/${id}`, { proxy: 'office' })).body['proxy'], 'office')
    assert.deepEqual(await refusal('DELETE', path), [409, 'proxy office is used by main: give them another first'])
    assert.equal((await tell('PATCH', path, { url: 'http://user:proxy-password@127.0.0.1:10' })).body['version'], 2)
    assert.equal((await tell('PATCH', `/accounts/${id}`, { proxy: null })).body['proxy'], null)
    assert.equal((await tell('DELETE', path, undefined, { 'if-match': '"1"' })).status, 412)
    assert.equal((await tell('DELETE', path)).status, 204)
    assert.equal((await tell('GET', path)).status, 404)
    assert.equal((await audit(1))[0]?.action, 'proxy.removed')
  })

  await t.test('what is wrong is named, and nothing of it is done', async () => {
    const refusals: [method: string, path: string, body: object, message: RegExp][] = [
      ['POST', '/accounts', { name: 'x', type: 'api-key' }, /^credentials/],
      ['POST', '/accounts', { ...main, name: 'x', groups: ['nowhere'] }, /^groups: there is no group nowhere$/],
      ['POST', '/accounts', { ...main, name: 'x', base_url: 'ftp://x' }, /^base_url must be an http/],
      ['POST', '/accounts', { ...main, name: 'x', base_url: 'http://169.254.169.254' }, /^base_url must not be a link-local/],
      [
        'POST',
        '/accounts',
        { ...main, name: 'x', base_url: 'http://10.0.0.1' },
        /^base_url: 10\.0\.0\.1 is in a private network/
      ],
      ['POST', '/accounts', { name: 'x', type: 'oauth' }, /owner/],
      ['POST', '/accounts', { ...main, name: 'x', colour: 'red' }, /^colour is not a known field/],
      ['PATCH', `/accounts/${id}`, { name: 'y' }, /^name is not a known field/],
      ['PATCH', `/accounts/${id}`, { proxy: 'nowhere' }, /^proxy: there is no proxy nowhere/],
      ['PATCH', `/accounts/${id}`, { concurrency: -1 }, /^concurrency must be an integer/],
      ['POST', '/proxies', { name: 'x', url: 'ftp://x' }, /^url must be an http/]
    ]
    for (const [method, path, body, message] of refusals) {
      const [status, text] = await refusal(method, path, body)
      assert.equal(status, 400, text)
      assert.match(text, message)
    }
    assert.equal((await gateway.admin<{ data: unknown[] }>('/accounts')).data.length, 1)
  })

  await t.test('an account that is removed serves nobody, and what it served stays on record', async () => {
    await gateway.settled()
    const events = (await gateway.events()).length
    assert.equal((await tell('DELETE', `/accounts/${id}`)).status, 204)
    assert.notEqual(await served(), 200)
    assert.equal((await tell('GET', `/accounts/${id}`)).status, 404)
    const after = await gateway.events()
    assert.deepEqual([after.length, new Set(after.map((event) => event.account))], [events, new Set([null])])
    assert.equal((await audit(1))[0]?.subject, 'account main')
  })

  await t.test('groups and users are removed when nothing refers to them', async () => {
    const { id: used } = await row('groups', ({ name }) => name === 'default')
    const { id: empty } = await row('groups', ({ name }) => name === 'empty')
    assert.deepEqual(
      [(await refusal('DELETE', `/groups/${used}`))[0], (await tell('DELETE', `/groups/${empty}`)).status],
      [409, 204]
    )
    const { body } = await call('POST', '/users', { email: 'new@example.com' })
    const { id: somebody } = await row('users', ({ email }) => email === USER)
    assert.equal((await tell('DELETE', `/users/${String(body['id'])}`)).status, 204)
    assert.deepEqual(await refusal('DELETE', `/users/${somebody}`), [
      409,
      `user ${USER} has keys, subscriptions, accounts, service users or ledger entries, which stay: disable them instead`
    ])
    assert.equal((await gateway.get('/v1/usage', { 'x-api-key': CLIENT_KEY })).status, 200)
  })

  await t.test('no secret is in a response, the audit log or the log', async () => {
    const { rows } = await gateway.app.pg.pool.query<{ text: string }>('select a::text as text from audit_log a')
    const all = [...shown, ...gateway.logs, ...rows.map(({ text }) => text)].join('\n')
    for (const secret of [SECRET, NEW_SECRET, 'proxy-password']) assert.ok(!all.includes(secret), secret)
  })
})
