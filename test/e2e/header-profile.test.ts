import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { postgresUrl } from '../support/databases.ts'
import { account, MODEL, startGateway, USER, type Gateway } from '../support/gateway.ts'
import { startRedisServer } from '../support/redis-server.ts'
import { until } from '../support/until.ts'

const BETA = 'oauth-2025-04-20'
const BODY = `{ "model": "${MODEL}",  "max_tokens": 10, "system": "You are héllo", "messages": [{"role":"user","content":"hi"}],"metadata":{"user_id":"user_abc"} }`

/** What Claude Code calls itself, at some version. */
function claudeCode(version: string, changes: Record<string, string> = {}) {
  return {
    'user-agent': `claude-cli/${version} (external, cli)`,
    'x-app': 'cli',
    'x-stainless-arch': 'x64',
    'x-stainless-lang': 'js',
    'x-stainless-os': 'Linux',
    'x-stainless-package-version': `0.${version}`,
    'x-stainless-runtime': 'node',
    'x-stainless-runtime-version': 'v24.3.0',
    ...changes
  }
}

const PYTHON = {
  'user-agent': 'Anthropic/Python 0.40.0',
  'x-stainless-lang': 'python',
  'x-stainless-os': 'MacOS',
  'x-stainless-package-version': '0.40.0'
}

const OLD = claudeCode('2.0.14')
const NEW = claudeCode('2.1.9', { 'x-stainless-os': 'MacOS', 'x-stainless-arch': 'arm64' })

const accountOf = (changes: object) => (url: string) => ({
  accounts: [account('login', url, { type: 'setup-token', credentials: { access_token: 'a-token' }, owner: USER, ...changes })]
})

const startProfiled = (t: TestContext, changes: object = {}) =>
  startGateway(t, { declared: accountOf({ header_profile: true, ...changes }) })

/** Sends as that client and returns what the upstream got of it. */
async function sendAs(gateway: Gateway, headers: Record<string, string>) {
  const response = await gateway.messages(BODY, { headers })
  const body = await response.text()
  assert.equal(response.status, 200, body)
  const got = gateway.upstream.requests.at(-1)!
  assert.equal(got.body.toString(), BODY)
  return got
}

const identityIn = (headers: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) => name === 'user-agent' || name === 'x-app' || name.startsWith('x-stainless-'))
  )

async function seenAs(gateway: Gateway, headers: Record<string, string>) {
  return identityIn((await sendAs(gateway, headers)).headers)
}

await suite('header profiles', async () => {
  test('are off unless the operator wants them: the client’s own headers go up', async (t) => {
    for (const changes of [{}, { header_profile: false }]) {
      const gateway = await startGateway(t, { declared: accountOf(changes) })
      assert.deepEqual(await seenAs(gateway, NEW), NEW)
      assert.deepEqual(await seenAs(gateway, OLD), OLD)
      assert.deepEqual(await seenAs(gateway, PYTHON), PYTHON)
      const { rows } = await gateway.app.pg.query('select from account_header_profiles')
      assert.equal(rows.length, 0)
    }
  })

  test('give a client the newest headers of its own family, and of no other', async (t) => {
    const gateway = await startProfiled(t)
    assert.deepEqual(await seenAs(gateway, OLD), OLD)
    assert.deepEqual(await seenAs(gateway, NEW), NEW)
    assert.deepEqual(await seenAs(gateway, OLD), NEW)
    assert.deepEqual(await seenAs(gateway, PYTHON), PYTHON)
    assert.deepEqual(await seenAs(gateway, claudeCode('2.0.1')), NEW)
    const { 'x-app': _, ...bare } = OLD
    assert.deepEqual(await seenAs(gateway, bare), NEW)
  })

  test('touch nothing else of a request', async (t) => {
    const gateway = await startProfiled(t)
    await sendAs(gateway, NEW)
    const own = {
      'anthropic-beta': 'a-beta',
      'anthropic-version': '2023-06-01',
      'anthropic-unknown': 'as it is',
      'x-stainless-retry-count': '1',
      'x-stainless-timeout': '600',
      'x-claude-code-session-id': 'a-session',
      'accept-language': 'eo'
    }
    const { headers } = await sendAs(gateway, { ...OLD, ...own })
    const { host: _, connection: __, 'content-length': length, ...sent } = headers
    assert.equal(Number(length), Buffer.byteLength(BODY))
    assert.deepEqual(sent, {
      ...NEW,
      ...own,
      'anthropic-beta': `a-beta,${BETA}`,
      authorization: 'Bearer a-token',
      accept: '*/*',
      'accept-encoding': 'identity',
      'content-type': 'application/json'
    })
  })

  test('are the account’s own', async (t) => {
    const credentials = (name: string) => ({ type: 'setup-token', owner: USER, credentials: { access_token: name } })
    const gateway = await startGateway(t, {
      declared: (url) => ({
        accounts: ['first', 'second'].map((name, priority) =>
          account(name, url, { ...credentials(name), header_profile: true, priority })
        )
      })
    })
    await sendAs(gateway, NEW)
    await gateway.act('first', 'disable')
    assert.deepEqual(await seenAs(gateway, OLD), OLD)
    assert.equal(gateway.upstream.requests.at(-1)!.credential, 'second')
  })

  test('are not lent to a client that says nothing of itself', async (t) => {
    const gateway = await startProfiled(t)
    await sendAs(gateway, NEW)
    const strange = { 'user-agent': 'curl/8.7.1' }
    assert.deepEqual(await seenAs(gateway, strange), strange)
    const pretending = { 'user-agent': 'claude-cli-like/1.0' }
    assert.deepEqual(await seenAs(gateway, pretending), pretending)
  })

  test('survive a restart, until they are turned off', async (t) => {
    const gateway = await startProfiled(t)
    await sendAs(gateway, NEW)
    await gateway.stop()
    await gateway.start()
    assert.deepEqual(await seenAs(gateway, OLD), NEW)
    await gateway.apply(accountOf({ header_profile: false })(gateway.upstream.url))
    assert.deepEqual(await seenAs(gateway, OLD), OLD)
  })

  test('that one replica has seen are sent by the others as well', async (t) => {
    const [redis, databaseUrl] = [await startRedisServer(t), await postgresUrl(t)]
    const first = await startGateway(t, { redis, databaseUrl, declared: accountOf({ header_profile: true }) })
    const declared = () => accountOf({ header_profile: true })(first.upstream.url)
    const second = await startGateway(t, { redis, databaseUrl, declared })
    await sendAs(first, NEW)
    await until('the other one has heard of it', async () => {
      const response = await second.messages(BODY, { headers: OLD })
      await response.arrayBuffer()
      return first.upstream.requests.at(-1)!.headers['user-agent'] === NEW['user-agent']
    })
  })

  test('apply to count_tokens as well', async (t) => {
    const gateway = await startProfiled(t)
    await sendAs(gateway, NEW)
    const response = await gateway.messages(BODY, { path: '/v1/messages/count_tokens', headers: OLD })
    assert.equal(response.status, 200)
    assert.deepEqual(identityIn(gateway.upstream.requests.at(-1)!.headers), NEW)
  })

  test('are refused for accounts with a key, which send what their clients sent', async (t) => {
    const gateway = await startGateway(t)
    const declared = { accounts: [account('main', gateway.upstream.url, { header_profile: true })] }
    const response = await gateway.tell('/apply', { file: JSON.stringify(declared) })
    assert.equal(response.status, 400)
    assert.match(await response.text(), /header_profile/)
    // Not even one that the database says otherwise of.
    await gateway.app.pg.query('update accounts set header_profile = true').catch(() => null)
    await gateway.stop()
    await gateway.start()
    await sendAs(gateway, NEW)
    assert.deepEqual(await seenAs(gateway, OLD), OLD)
  })
})
