import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { Agent } from 'undici'
import {
  createOauthClient,
  InvalidGrantError,
  PastedCodeError,
  TokenEndpointError
} from '../../../../services/gateway/accounts/oauth-client.ts'
import { startSimulatedTokenEndpoint } from '../../../support/simulated-token-endpoint.ts'
import { until } from '../../../support/until.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const HOUR_MS = 3_600_000

async function setUp(t: TestContext) {
  const clock = createVirtualClock()
  const endpoint = await startSimulatedTokenEndpoint({ now: clock.now })
  const dispatcher = new Agent()
  t.after(async () => {
    await dispatcher.destroy()
    await endpoint.close()
  })
  const client = createOauthClient({
    tokenUrl: endpoint.url,
    authorizeUrl: 'https://sign-in.example/authorize',
    timeoutMs: 15_000,
    clock,
    random: randomBytes
  })
  return { clock, endpoint, dispatcher, client }
}

test('a login goes from the link over the pasted code to tokens', async (t) => {
  const { clock, endpoint, dispatcher, client } = await setUp(t)
  const { authorizeUrl, state, verifier } = client.beginLogin({ setupToken: false })
  const url = new URL(authorizeUrl)
  assert.equal(url.origin + url.pathname, 'https://sign-in.example/authorize')
  assert.equal(url.searchParams.get('code'), 'true')
  assert.equal(url.searchParams.get('state'), state)
  assert.equal(url.searchParams.get('code_challenge'), createHash('sha256').update(verifier).digest('base64url'))
  assert.deepEqual(url.searchParams.get('scope')?.split(' '), [
    'org:create_api_key',
    'user:profile',
    'user:inference',
    'user:sessions:claude_code',
    'user:mcp_servers',
    'user:file_upload'
  ])
  assert.match(verifier, /^[\w-]{43}$/)

  const pasted = ` ${endpoint.authorize(authorizeUrl)}\n`
  const { tokens, accountEmail } = await client.exchangeCode({ pasted, state, verifier, setupToken: false }, dispatcher)
  assert.ok(endpoint.acceptsAccessToken(tokens.accessToken))
  assert.match(tokens.refreshToken ?? '', /^refresh-/)
  assert.equal(tokens.expiresAt, clock.now() + 8 * HOUR_MS)
  assert.equal(accountEmail, 'owner@example.com')
})

test('two logins share neither state nor verifier', async (t) => {
  const { client } = await setUp(t)
  const logins = [client.beginLogin({ setupToken: false }), client.beginLogin({ setupToken: false })]
  assert.equal(new Set(logins.flatMap(({ state, verifier }) => [state, verifier])).size, 4)
})

test('a setup token is asked for by its scope, lasts a year and has no refresh token', async (t) => {
  const { clock, endpoint, dispatcher, client } = await setUp(t)
  endpoint.setLife(31_536_000)
  const { authorizeUrl, state, verifier } = client.beginLogin({ setupToken: true })
  assert.equal(new URL(authorizeUrl).searchParams.get('scope'), 'user:inference')
  const pasted = endpoint.authorize(authorizeUrl)
  const { tokens } = await client.exchangeCode({ pasted, state, verifier, setupToken: true }, dispatcher)
  assert.equal(tokens.refreshToken, null)
  assert.equal(tokens.expiresAt, clock.now() + 365 * 24 * HOUR_MS)
  assert.equal(endpoint.requests[0]?.body['expires_in'], 31_536_000)
})

test('a code of another login, or half of one, is not even sent', async (t) => {
  const { endpoint, dispatcher, client } = await setUp(t)
  const { authorizeUrl, state, verifier } = client.beginLogin({ setupToken: false })
  const [code = ''] = endpoint.authorize(authorizeUrl).split('#')
  for (const pasted of [`${code}#other`, code, `#${state}`, '', `${code}#`]) {
    await assert.rejects(
      client.exchangeCode({ pasted, state, verifier, setupToken: false }, dispatcher),
      (error) => error instanceof PastedCodeError && !error.message.includes(code)
    )
  }
  assert.deepEqual(endpoint.requests, [])
})

test('a code is good only with its verifier, and once', async (t) => {
  const { endpoint, dispatcher, client } = await setUp(t)
  const { authorizeUrl, state, verifier } = client.beginLogin({ setupToken: false })
  const pasted = endpoint.authorize(authorizeUrl)
  const exchange = (given: string) => client.exchangeCode({ pasted, state, verifier: given, setupToken: false }, dispatcher)
  await assert.rejects(exchange('another verifier'), InvalidGrantError)
  await exchange(verifier)
  await assert.rejects(exchange(verifier), InvalidGrantError)
})

test('a full login without a refresh token is refused', async (t) => {
  const { endpoint, dispatcher, client } = await setUp(t)
  const { authorizeUrl, state, verifier } = client.beginLogin({ setupToken: false })
  const pasted = endpoint.authorize(authorizeUrl.replace(/scope=[^&]*/, 'scope=user:inference'))
  await assert.rejects(client.exchangeCode({ pasted, state, verifier, setupToken: false }, dispatcher), {
    name: 'TokenEndpointError',
    message: /without refresh_token/
  })
})

test('a refresh gives the next pair, and the pair before is void', async (t) => {
  const { clock, endpoint, dispatcher, client } = await setUp(t)
  const before = endpoint.issue()
  const after = await client.refresh(before.refreshToken, dispatcher)
  assert.notEqual(after.accessToken, before.accessToken)
  assert.notEqual(after.refreshToken, before.refreshToken)
  assert.equal(after.expiresAt, clock.now() + 8 * HOUR_MS)
  assert.equal(endpoint.requests[0]?.headers['anthropic-beta'], 'oauth-2025-04-20')
  assert.equal(endpoint.requests[0]?.headers['accept-encoding'], 'identity')
  assert.deepEqual(endpoint.requests[0]?.body, {
    grant_type: 'refresh_token',
    refresh_token: before.refreshToken,
    client_id: '9d1c250a-e61b-44d9-88ed-5944d1962f5e'
  })
  await assert.rejects(client.refresh(before.refreshToken, dispatcher), InvalidGrantError)
})

test('a response without a refresh token leaves the old one in use', async (t) => {
  const { endpoint, dispatcher, client } = await setUp(t)
  endpoint.setBehaviour('omit-refresh-token')
  const before = endpoint.issue()
  assert.equal((await client.refresh(before.refreshToken, dispatcher)).refreshToken, before.refreshToken)
})

test('the life of a token is believed within bounds', async (t) => {
  const { clock, endpoint, dispatcher, client } = await setUp(t)
  let { refreshToken } = endpoint.issue()
  const lifeOf = async (expiresIn: unknown) => {
    endpoint.setLife(expiresIn)
    const tokens = await client.refresh(refreshToken, dispatcher)
    ;({ refreshToken } = tokens)
    return (tokens.expiresAt - clock.now()) / 1000
  }
  assert.equal(await lifeOf(3600), 3600)
  assert.equal(await lifeOf(undefined), 28_800)
  assert.equal(await lifeOf(null), 28_800)
  assert.equal(await lifeOf('3600'), 28_800)
  assert.equal(await lifeOf(-5), 28_800)
  assert.equal(await lifeOf(1), 60)
  assert.equal(await lifeOf(1e12), 31_536_000)
})

for (const [behaviour, message] of [
  [{ status: 500 }, /status 500/],
  [{ status: 429 }, /status 429/],
  [{ status: 400 }, /status 400/],
  [{ status: 401 }, /status 401/],
  [{ status: 500, error: 'invalid_grant' }, /status 500/],
  ['html', /status 403/],
  ['html-ok', /with JSON/],
  ['redirect', /status 307/],
  ['huge', /too large/],
  ['no-access-token', /without access_token/],
  ['down', /could not be reached/]
] as const) {
  test(`an endpoint that answers with ${JSON.stringify(behaviour)} is an error that shows no token`, async (t) => {
    const { endpoint, dispatcher, client } = await setUp(t)
    endpoint.setBehaviour(behaviour)
    const { refreshToken } = endpoint.issue()
    await assert.rejects(client.refresh(refreshToken, dispatcher), (error) => {
      assert.ok(error instanceof TokenEndpointError)
      assert.match(error.message, message)
      assert.equal(error.message.includes(refreshToken), false)
      return true
    })
    assert.equal(endpoint.requests.length, 1)
  })
}

for (const status of [400, 401]) {
  test(`a refusal of the grant with status ${status} shows no token either`, async (t) => {
    const { endpoint, dispatcher, client } = await setUp(t)
    endpoint.setBehaviour({ status, error: 'invalid_grant' })
    const { refreshToken } = endpoint.issue()
    await assert.rejects(
      client.refresh(refreshToken, dispatcher),
      (error) => error instanceof InvalidGrantError && !error.message.includes(refreshToken)
    )
  })
}

test('an endpoint that says nothing is given up at the deadline', async (t) => {
  const { clock, endpoint, dispatcher, client } = await setUp(t)
  endpoint.setBehaviour('slow')
  const refreshed = client.refresh(endpoint.issue().refreshToken, dispatcher)
  await until('the endpoint was asked', () => endpoint.requests.length === 1)
  const rejected = assert.rejects(
    refreshed,
    (error) => error instanceof TokenEndpointError && error.message.includes('15000 ms')
  )
  await clock.advance(15_000)
  await rejected
  assert.equal(clock.pendingTimers(), 0)
})

test('tokens that no header could carry are refused', async (t) => {
  const { clock, dispatcher } = await setUp(t)
  const { createServer } = await import('node:http')
  const server = createServer((_req, res) => res.end(JSON.stringify({ access_token: 'a\r\nx-other: b', refresh_token: 'r' })))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  const tokenUrl = `http://127.0.0.1:${port}/`
  const client = createOauthClient({ tokenUrl, authorizeUrl: tokenUrl, timeoutMs: 1000, clock, random: randomBytes })
  await assert.rejects(client.refresh('r', dispatcher), { name: 'TokenEndpointError', message: /unusable access_token/ })
})
