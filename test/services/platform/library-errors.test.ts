import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { suite, test, type TestContext } from 'node:test'
import pg from 'pg'
import { request } from 'undici'
import { systemClock } from '../../../services/platform/clock.ts'
import { loggedError, withoutSecrets, wordsOf } from '../../../services/platform/error-words.ts'
import { hostRulesOf } from '../../../services/platform/network/host-rules.ts'
import { parseProxyUrl } from '../../../services/platform/network/proxy-url.ts'
import { createUpstreamPools } from '../../../services/gateway/forwarding/upstream-pools.ts'
import { createLogger } from '../../../services/platform/logger.ts'
import { createOidc } from '../../../services/resources/sign-in/oidc.ts'
import { connectRedis } from '../../../services/gateway/slots/redis-client.ts'
import { createWebhookSender } from '../../../services/operations/webhooks/webhook-sender.ts'
import { until } from '../../support/until.ts'

const CANARY = 'canary-5e1d07'

/** All that may be made of an error: a line at any level and under any name, words for a terminal, an error that has it as its cause. */
function writings(error: unknown): string {
  const lines: string[] = []
  const log = createLogger('trace', { write: (line) => void lines.push(line) })
  log.error({ err: error }, 'it failed')
  log.debug({ error, cause: error, reason: error }, 'it failed')
  log.warn({ err: new Error('outer', { cause: error }) }, 'it failed')
  log.warn({ err: new AggregateError([error, new Error('inner', { cause: error })], 'all failed') }, 'it failed')
  log.fatal(error as Error)
  return `${lines.join('')}\n${wordsOf(error)}`
}

function assertSafe(error: unknown): string {
  assert.ok(error instanceof Error, 'nothing failed')
  const seen = writings(error)
  assert.ok(!seen.includes(CANARY), seen)
  return seen
}

async function serve(t: TestContext, onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onSocket(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

/** What a Redis may answer to the commands of a new connection. */
const REDIS_ANSWERS = [
  'WRONGPASS invalid username-password pair or user is disabled.',
  'LOADING Redis is loading the dataset in memory',
  "NOPERM this user has no permissions to run the 'hello' command",
  'ERR max number of clients reached',
  'NOAUTH HELLO must be called with the client already authenticated',
  `ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'default' '${CANARY}' `,
  `ERR unknown command \`AUTH\`, with args beginning with: \`default\`, \`${CANARY}\`, `
]

suite('nothing that a library throws leads to a secret in a log', { timeout: 60_000 }, () => {
  for (const answer of REDIS_ANSWERS) {
    for (const cluster of [false, true]) {
      test(`Redis${cluster ? ' Cluster' : ''}: ${answer.slice(0, 40)}`, async (t) => {
        const port = await serve(t, (socket) => socket.on('data', () => void socket.write(`-${answer}\r\n`)))
        const faults: Error[] = []
        const url = `redis://default:${CANARY}@127.0.0.1:${port}`
        const onFault = (error: Error) => void faults.push(error)
        const { redis, close } = connectRedis({ urls: [url], cluster, reconnectMs: 10, commandTimeoutMs: 300, onFault })
        t.after(close)
        const refused = await redis.set('key', CANARY).catch((error: unknown) => error)
        await until('a fault is told', () => faults.length > 0)
        for (const error of [refused, ...faults]) assertSafe(error)
      })
    }
  }

  test('Redis: a socket that is not there, as a misspelt URL is read', async (t) => {
    const faults: Error[] = []
    const { close } = connectRedis({ urls: [`redis:/u:${CANARY}@x`], onFault: (error) => void faults.push(error) })
    t.after(close)
    await until('a fault is told', () => faults.length > 0)
    for (const error of faults) assertSafe(error)
  })

  test('Postgres: a wrong password, with details', async (t) => {
    const fields = [
      'SFATAL',
      'C28P01',
      'Mpassword authentication failed for user "u"',
      `DConnection matched "${CANARY}"`,
      `W${CANARY}`
    ]
    const body = Buffer.from(`${fields.map((field) => `${field}\0`).join('')}\0`)
    const head = Buffer.from('E0000')
    head.writeInt32BE(body.length + 4, 1)
    const port = await serve(t, (socket) => socket.once('data', () => void socket.end(Buffer.concat([head, body]))))
    const client = new pg.Client({ connectionString: `postgres://u:${CANARY}@127.0.0.1:${port}/d` })
    client.on('error', () => {})
    const seen = assertSafe(await client.connect().catch((error: unknown) => error))
    assert.match(seen, /password authentication failed/)
    assert.match(seen, /28P01/)
  })

  for (const url of [`postgres://u:${CANARY}@127.0.0.1:99999/d`, `postgres://u:%zz${CANARY}@127.0.0.1:1/d`]) {
    test(`Postgres: ${url.replace(CANARY, '…')}`, async () => {
      const error = await Promise.resolve()
        .then(() => new pg.Client({ connectionString: url }).connect())
        .catch((failure: unknown) => failure)
      assert.ok(error instanceof Error)
      assertSafe(error)
    })
  }

  test('undici: URLs, headers, and a host that does not answer', async () => {
    for (const [url, headers] of [
      [`http://u:${CANARY}@127.0.0.1:1/?token=${CANARY}`, {}],
      [`http//u:${CANARY}@127.0.0.1`, {}],
      [`ftp://u:${CANARY}@127.0.0.1`, {}],
      ['http://127.0.0.1:1/', { authorization: `Bearer ${CANARY}\n` }]
    ] as const) {
      const error = await Promise.resolve()
        .then(() => request(url, { headers }))
        .catch((failure: unknown) => failure)
      assert.ok(error instanceof Error, url)
      assertSafe(error)
    }
  })

  for (const kind of ['http', 'socks5'] as const) {
    test(`proxy (${kind}): a wrong password that the proxy repeats`, async (t) => {
      const response = {
        http: `HTTP/1.1 407 wrong ${CANARY}\r\nx: ${CANARY}\r\n\r\n${CANARY}`,
        socks5: `\u0005\u0002${CANARY}`
      }
      const port = await serve(t, (socket) => socket.on('data', () => void socket.write(response[kind])))
      const hosts = hostRulesOf({
        privateUpstreams: 'all',
        anthropicBaseUrl: 'https://a.example',
        oauthTokenUrl: 'https://a.example'
      })
      const pools = createUpstreamPools({ connectTimeoutMs: 1000, clock: systemClock, hosts })
      t.after(() => pools.close())
      const proxy = parseProxyUrl(`${kind}://u:${CANARY}@127.0.0.1:${port}`)
      const dispatcher = pools.dispatcherFor('http://127.0.0.1:1', proxy)
      assertSafe(await request('http://127.0.0.1:1/', { dispatcher }).catch((error: unknown) => error))
    })
  }

  test('webhooks: a receiver that is away or answers with what it got', async (t) => {
    const server = createHttpServer((_request, response) => response.writeHead(500, { x: CANARY }).end(CANARY)).listen(
      0,
      '127.0.0.1'
    )
    await once(server, 'listening')
    t.after(() => server.close())
    const { port } = server.address() as AddressInfo
    for (const url of [`http://127.0.0.1:${port}/?token=${CANARY}`, `http://127.0.0.1:1/?token=${CANARY}`]) {
      const sender = createWebhookSender({ url, timeoutMs: 2000 })
      t.after(() => sender.close())
      const message = { id: '1', headers: { 'webhook-signature': CANARY }, body: CANARY }
      const error = await sender.send(message, new AbortController().signal).catch((failure: unknown) => failure)
      assert.ok(error instanceof Error)
      assertSafe(error)
    }
  })

  test('OpenID: a provider that is away, answers nonsense, or repeats the client secret and the code', async (t) => {
    let responseTokens: { status: number; type: string; body: string } = { status: 400, type: 'application/json', body: '{}' }
    const server = createHttpServer((incoming, response) => {
      const issuer = `http://${incoming.headers.host}`
      if (incoming.url !== '/token') {
        response.setHeader('content-type', 'application/json')
        const endpoints = {
          authorization_endpoint: `${issuer}/auth`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/jwks`
        }
        response.end(JSON.stringify({ issuer, ...endpoints, response_types_supported: ['code'] }))
        return
      }
      response.writeHead(responseTokens.status, {
        'content-type': responseTokens.type,
        'www-authenticate': `Basic realm="${CANARY}"`
      })
      response.end(responseTokens.body)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const options = { clientId: 'sluice', clientSecret: CANARY, redirectUrl: 'http://127.0.0.1/cb', scopes: 'openid' }
    const oidcAt = (at: string) => createOidc({ ...options, issuer: at, groupsClaim: 'groups', timeoutMs: 2000 })

    assertSafe(
      await oidcAt('http://127.0.0.1:1')
        .begin(null)
        .catch((error: unknown) => error)
    )
    const oidc = oidcAt(issuer)
    const { transaction } = await oidc.begin(null)
    for (const tokens of [
      { status: 400, type: 'application/json', body: `{"error":"invalid_client","error_description":"no ${CANARY}"}` },
      { status: 401, type: 'application/json', body: `{"error":"invalid_client","error_description":"no ${CANARY}"}` },
      { status: 500, type: 'text/html', body: CANARY },
      {
        status: 200,
        type: 'application/json',
        body: `{"access_token":"${CANARY}","token_type":"${CANARY}","id_token":"${CANARY}.x.y"}`
      }
    ]) {
      responseTokens = tokens
      const query = `?code=${CANARY}&state=${transaction.state}&iss=${encodeURIComponent(issuer)}`
      assertSafe(await oidc.complete(query, transaction).catch((error: unknown) => error))
    }
    const refused = `?error=access_denied&error_description=${CANARY}&state=${transaction.state}`
    assertSafe(await oidc.complete(refused, transaction).catch((error: unknown) => error))
    assertSafe(await oidc.complete(`?code=${CANARY}&state=${CANARY}`, transaction).catch((error: unknown) => error))
  })
})

test('an error is logged by what is on the list: where it was thrown and why, nothing else', () => {
  const cause = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:6379'), {
    code: 'ECONNREFUSED',
    port: 6379,
    secret: CANARY
  })
  const error = Object.assign(new TypeError('it broke', { cause }), {
    command: { name: 'auth', args: [CANARY] },
    input: CANARY
  })
  const { stack, cause: loggedCause, ...rest } = loggedError(error)
  assert.deepEqual(rest, { type: 'TypeError', message: 'it broke' })
  assert.match(stack ?? '', /^\s+at .*library-errors\.test\.ts/)
  assert.equal(loggedCause?.['code'], 'ECONNREFUSED')
  assert.equal(loggedCause?.['port'], 6379)
  assertSafe(error)
})

test('a chain of causes that ends nowhere is cut', () => {
  const error = new Error('round')
  error.cause = error
  assert.ok(JSON.stringify(loggedError(error)).length < 20_000)
})

test('texts keep their words and lose the user names, passwords and queries of URLs', () => {
  for (const [given, kept] of [
    [`connect to redis://u:${CANARY}@db:6379 failed`, 'connect to redis://db:6379 failed'],
    [`redis://:${CANARY}@db`, 'redis://db'],
    [`redis://u:a@${CANARY}@db/1`, 'redis://db/1'],
    [`redis://u:a/${CANARY}@db`, 'redis://db'],
    [`redis://u:a?${CANARY}#x@db`, 'redis://db'],
    [`connect ENOENT /u:${CANARY}@x`, 'connect ENOENT ***@x'],
    [`redis:u:${CANARY}@x`, '***@x'],
    [`https://${CANARY}@host/path?x=1`, 'https://host/path'],
    [`GET https://host/hook?token=${CANARY} failed`, 'GET https://host/hook failed'],
    [`GET https://host/hook#${CANARY}`, 'GET https://host/hook'],
    ['user dev@example.com is unknown', 'user dev@example.com is unknown'],
    ['at 10:30:00 it failed?', 'at 10:30:00 it failed?']
  ] as const) {
    assert.equal(withoutSecrets(given), kept)
  }
})
