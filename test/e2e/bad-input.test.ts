import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { suite, test, type TestContext } from 'node:test'
import { ADMIN_TOKEN, ask, CLIENT_KEY, startGateway, user, type ErrorBody, type Gateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

/** After a refusal nothing is charged, and no slot or place is left behind. */
async function assertNothingLeft(gateway: Gateway) {
  await until('nothing is held', async () => (await gateway.slots()).length === 0)
  assert.deepEqual(await gateway.events(), [])
  assert.equal(gateway.upstream.requests.length, 0)
}

async function refusal(gateway: Gateway, body: string | Buffer, headers: Record<string, string> = {}) {
  const response = await fetch(`${gateway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': CLIENT_KEY, 'content-type': 'application/json', ...headers },
    body
  })
  const error = (await response.json()) as ErrorBody
  assert.equal(error.type, 'error')
  assert.equal(response.headers.get('request-id'), error.request_id)
  await assertNothingLeft(gateway)
  return { status: response.status, ...error.error, headers: response.headers }
}

/** What the gateway says to bytes that no HTTP client would send. */
async function sayRaw(gateway: Gateway, t: TestContext, ...parts: string[]) {
  const { hostname, port } = new URL(gateway.url)
  const socket = connect(Number(port), hostname)
  t.after(() => socket.destroy())
  for (const part of parts) socket.write(part)
  return readResponse(socket)
}

/** Sends like clients that do not read while they write: Python's, for one. */
async function sendAllThenRead(gateway: Gateway, t: TestContext, path: string, headers: Record<string, string>, bytes: number) {
  const { hostname, port } = new URL(gateway.url)
  const socket = connect(Number(port), hostname).pause()
  t.after(() => socket.destroy())
  const isChunked = 'transfer-encoding' in headers
  const lines = Object.entries({
    host: hostname,
    connection: 'close',
    'content-type': 'application/json',
    ...(isChunked ? {} : { 'content-length': String(bytes) }),
    ...headers
  }).map(([name, value]) => `${name}: ${value}`)
  const piece = Buffer.alloc(1_000_000, 0x20)
  const write = (data: Buffer | string) =>
    new Promise((resolve, reject) => socket.write(data, (error) => (error ? reject(error) : resolve(null))))
  await write(`POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
  for (let sent = 0; sent < bytes; sent += piece.length) {
    if (isChunked) await write(`${piece.length.toString(16)}\r\n`)
    await write(piece)
    if (isChunked) await write('\r\n')
  }
  if (isChunked) await write('0\r\n\r\n')
  return readResponse(socket)
}

async function readResponse(socket: Socket) {
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n', 2)
  return { head, body: JSON.parse(body) as ErrorBody }
}

await suite('bad input', async () => {
  test('bodies that are no request', async (t) => {
    const gateway = await startGateway(t)
    for (const [what, body, message] of [
      ['empty', '', 'Request body is empty'],
      ['not JSON', 'hello', 'Failed to parse request body'],
      ['an array', '[]', 'Failed to parse request body'],
      ['nested deeply', `{"model":"m","a":${'['.repeat(100_000)}`, 'Failed to parse request body'],
      ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'Failed to parse request body'],
      ['two models', '{"model":"a","model":"b"}', 'Failed to parse request body'],
      ['no model', '{}', 'model: Field required'],
      ['a number as model', '{"model":1}', 'model: Input should be a valid string'],
      ['a text as stream', '{"model":"m","stream":"true"}', 'stream: Input should be a valid boolean']
    ] as const) {
      const response = await refusal(gateway, body)
      assert.deepEqual([response.status, response.type, response.message], [400, 'invalid_request_error', message], what)
      assert.equal(response.headers.get('x-should-retry'), 'false')
    }
  })

  test('a body of 33 MB is too large', async (t) => {
    const gateway = await startGateway(t)
    const response = await refusal(gateway, Buffer.alloc(33_554_433, 0x20))
    assert.deepEqual([response.status, response.type], [413, 'request_too_large'])
    await assertNothingLeft(gateway)
  })

  test('a client that looks for a response only when it has sent everything finds it, whatever it is refused for', async (t) => {
    const gateway = await startGateway(t)
    const narrow = await startGateway(t, { env: { MAX_BUFFERED_BYTES: '1MiB' } })
    const key = { 'x-api-key': CLIENT_KEY }
    for (const [what, path, headers, bytes, status] of [
      ['too large', '/v1/messages', key, 40_000_000, 413],
      ['too large, and not announced', '/v1/messages', { ...key, 'transfer-encoding': 'chunked' }, 40_000_000, 413],
      ['more than may be held', '/v1/messages', key, 20_000_000, 503],
      ['of an unknown key', '/v1/messages', { 'x-api-key': 'sk-unknown' }, 20_000_000, 401],
      ['in an unknown coding', '/v1/messages', { ...key, 'content-encoding': 'compress' }, 20_000_000, 400],
      ['for a path that is not there', '/v1/nothing', key, 20_000_000, 404],
      ['too large for an operator’s route', '/admin/v1/users', { authorization: `Bearer ${ADMIN_TOKEN}` }, 20_000_000, 413]
    ] as const) {
      const { head, body } = await sendAllThenRead(status === 503 ? narrow : gateway, t, path, headers, bytes)
      assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} `), what)
      assert.equal(body.type, 'error', what)
    }
    for (const { app } of [gateway, narrow]) assert.equal(app.bodyBudget.usedBytes, 0)
    await assertNothingLeft(gateway)
  })

  test('a body of just the limit passes', async (t) => {
    const { messages, upstream } = await startGateway(t)
    const body = JSON.stringify(ask()).padEnd(33_554_432)
    assert.equal((await messages(body)).status, 200)
    assert.equal(upstream.requests[0]!.body.length, 33_554_432)
  })

  test('more bodies than the process may hold are asked to come back', async (t) => {
    const gateway = await startGateway(t, { env: { MAX_BUFFERED_BYTES: '1MiB' } })
    const response = await refusal(gateway, Buffer.alloc(2_000_000, 0x20))
    assert.deepEqual([response.status, response.type, response.headers.get('retry-after')], [503, 'api_error', '5'])
  })

  test('a model that no account knows is asked of the upstream, one the group may not use is refused here', async (t) => {
    const gateway = await startGateway(t, {
      declared: () => ({ groups: [{ name: 'default', kind: 'balance', allowed_models: ['claude-haiku-5-5'] }] })
    })
    const response = await refusal(gateway, JSON.stringify(ask({ model: 'claude-opus-5-5' })))
    assert.deepEqual([response.status, response.type], [404, 'not_found_error'])
  })

  test('keys that are not valid are refused before the body is read, and clients told not to retry', async (t) => {
    const keys = {
      disabled: { name: 'disabled', key: 'sk-sluice-disabled-key-1', status: 'disabled' },
      expired: { name: 'expired', key: 'sk-sluice-expired-key-01', expires_at: '2020-01-01T00:00:00Z' },
      'of a disabled group': { name: 'grouped', key: 'sk-sluice-grouped-key-01', group: 'closed' }
    }
    const gateway = await startGateway(t, {
      declared: () => ({
        groups: [
          { name: 'default', kind: 'balance' },
          { name: 'closed', kind: 'balance', status: 'disabled' }
        ],
        users: [
          user({ keys: Object.values(keys) }),
          { email: 'gone@example.com', status: 'disabled', keys: [{ name: 'laptop', key: 'sk-sluice-key-of-gone-01' }] }
        ]
      })
    })
    for (const [key, reason] of [
      [keys.disabled.key, 'This API key is disabled'],
      [keys.expired.key, 'This API key expired at 2020-01-01T00:00:00.000Z'],
      [keys['of a disabled group'].key, 'The group of this API key, closed, is disabled'],
      ['sk-sluice-key-of-gone-01', 'The user of this API key is disabled'],
      ['sk-unknown', 'invalid x-api-key'],
      ['', 'invalid x-api-key']
    ] as const) {
      const response = await refusal(gateway, '{"not json', { 'x-api-key': key })
      assert.deepEqual([response.status, response.type, response.message], [401, 'authentication_error', reason], key)
      assert.equal(response.headers.get('x-should-retry'), 'false')
    }
    const large = await gateway.messages(Buffer.alloc(30_000_000, 0x20), { headers: { 'x-api-key': 'sk-unknown' } })
    assert.equal(large.status, 401)
  })

  test('a key that is revoked is refused at once', async (t) => {
    const gateway = await startGateway(t)
    assert.equal((await gateway.messages(ask())).status, 200)
    const file = JSON.stringify({ users: [user({ balance_usd: undefined, keys: [{ name: 'laptop', status: 'disabled' }] })] })
    const applied = await fetch(`${gateway.url}/admin/v1/apply`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ file })
    })
    assert.equal(applied.status, 200, await applied.text())
    assert.equal((await gateway.messages(ask())).status, 401)
  })

  test('a flood of headers gets 431', async (t) => {
    const gateway = await startGateway(t)
    const flood = `x-flood: ${'a'.repeat(20_000)}\r\n`
    const { head, body } = await sayRaw(gateway, t, `POST /v1/messages HTTP/1.1\r\nhost: x\r\n${flood}\r\n`)
    assert.match(head, /^HTTP\/1\.1 431 /)
    assert.equal(body.error.type, 'invalid_request_error')
  })

  test('a body that does not come gets 408', async (t) => {
    const gateway = await startGateway(t, { env: { BODY_TIMEOUT_MS: '200' } })
    const request = `POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: ${CLIENT_KEY}\r\ncontent-length: 100\r\n\r\n{"mod`
    const { head, body } = await sayRaw(gateway, t, request)
    assert.match(head, /^HTTP\/1\.1 408 /)
    assert.equal(body.error.type, 'timeout_error')
    await assertNothingLeft(gateway)
  })

  test('garbage gets 400 in the shape of the API', async (t) => {
    const gateway = await startGateway(t)
    const { head, body } = await sayRaw(gateway, t, 'NONSENSE\r\n\r\n')
    assert.match(head, /^HTTP\/1\.1 400 /)
    assert.equal(body.error.type, 'invalid_request_error')
  })

  test('garbage pipelined behind a request does not spoil its response', async (t) => {
    const gateway = await startGateway(t)
    const { hostname, port } = new URL(gateway.url)
    const socket = connect(Number(port), hostname)
    t.after(() => socket.destroy())
    socket.write('GET /livez HTTP/1.1\r\nhost: x\r\n\r\nGARBAGE \u0001\r\n\r\n')
    const response = await text(socket)
    assert.match(response, /^HTTP\/1\.1 (200|400) /)
    assert.equal((await fetch(`${gateway.url}/livez`)).status, 200)
  })

  test('a client that leaves while sending its body leaves nothing behind', async (t) => {
    const gateway = await startGateway(t)
    const { hostname, port } = new URL(gateway.url)
    const socket = connect(Number(port), hostname)
    socket.write(`POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: ${CLIENT_KEY}\r\ncontent-length: 100\r\n\r\n{"mod`)
    await new Promise((resolve) => socket.once('connect', resolve))
    socket.destroy()
    await assertNothingLeft(gateway)
    assert.equal((await gateway.messages(ask())).status, 200)
  })
})
