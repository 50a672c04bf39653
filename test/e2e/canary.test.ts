import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { suite, test, type TestContext } from 'node:test'
import { account, ADMIN_TOKEN, ask, CLIENT_KEY, startGateway, UPSTREAM_KEY, user, type Gateway } from '../support/gateway.ts'
import { serverPlace } from '../support/server-process.ts'
import { startSimulatedProxy } from '../support/simulated-proxy.ts'
import { startSimulatedTokenEndpoint } from '../support/simulated-token-endpoint.ts'
import { runSluice } from '../support/sluice-command.ts'
import { until } from '../support/until.ts'

/** One for each place where a secret can enter; none may leave anywhere. */
const CANARY = {
  wrongKey: 'sk-sluice-canary-wrong-key-41d0c2',
  wrongAdmin: 'canary-wrong-admin-token-93bb7e',
  prompt: 'canary-prompt-text-5c3f10',
  query: 'canary-query-string-7711aa',
  path: 'canary-path-piece-60e2d4',
  header: 'canary-header-value-bb01f9',
  accessToken: 'sk-ant-oat01-canary-access-token-d2c4',
  refreshToken: 'sk-ant-ort01-canary-refresh-token-a8f7',
  proxyPassword: 'canary-proxy-password-1e9d',
  fixedHeader: 'canary-fixed-header-5d1c07',
  shortHeader: 'canary-short-6f',
  declaredKey: 'sk-ant-api03-canary-declared-key-77ac',
  databasePassword: 'canary-database-password-0b7f',
  redisPassword: 'canary-redis-password-c21d',
  baseUrlPassword: 'canary-base-url-password-e4e0',
  webhookSecret: 'd2ViaG9vay1zZWNyZXQtY2FuYXJ5LWIzYTdmMQ==',
  webhookQuery: 'canary-webhook-query-7b1d',
  clientKey: CLIENT_KEY,
  adminToken: ADMIN_TOKEN,
  upstreamKey: UPSTREAM_KEY
} as const

const FIXED_HEADERS = { 'x-tenant': CANARY.fixedHeader, 'x-team': CANARY.shortHeader }

/** Any spelling: as it is, in base64, in a URL, backwards from a truncation. */
function assertNone(seen: string, where: string, except: (keyof typeof CANARY)[] = []) {
  for (const [place, secret] of Object.entries(CANARY)) {
    if (except.includes(place as keyof typeof CANARY)) continue
    for (const spelling of [secret, secret.slice(-14), Buffer.from(secret).toString('base64').slice(4, -4)]) {
      const at = seen.indexOf(spelling)
      assert.equal(at, -1, `${place} is in ${where}: ${seen.slice(Math.max(0, at - 300), at + 80)}`)
    }
  }
}

/** Bytes that no HTTP client would send; what comes back. */
async function sayRaw({ url }: Gateway, t: TestContext, bytes: string) {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  t.after(() => socket.destroy())
  socket.end(bytes)
  return await text(socket).catch(() => '')
}

const raw = (line: string, headers: string[] = []) =>
  `${[line, 'host: x', 'connection: close', ...headers].join('\r\n')}\r\n\r\n`

/** Each way to send a key that is refused. */
const ODD_KEYS: Record<string, string>[] = [
  { 'x-api-key': CANARY.wrongKey },
  { authorization: `Bearer ${CANARY.wrongKey}` },
  { authorization: `bearer   ${CANARY.wrongKey}  ` },
  { authorization: CANARY.wrongKey },
  { authorization: `Basic ${Buffer.from(`user:${CANARY.wrongKey}`).toString('base64')}` },
  { authorization: `Bearer ${CANARY.wrongKey}`, 'x-api-key': CANARY.header },
  { 'x-api-key': `${CANARY.wrongKey}, ${CANARY.wrongKey}` },
  { cookie: `session=${CANARY.wrongKey}` },
  { 'proxy-authorization': `Bearer ${CANARY.wrongKey}` }
]

const upstreamResponses = (secret: string) => [
  ...[400, 401, 403, 404, 413, 429, 500, 529].map((status) => ({ error: { status, message: `no ${secret} here` } })),
  { error: { status: 401, body: `{"x-api-key":"${secret}"}` } },
  { error: { status: 502, body: `<html>Authorization: Bearer ${secret}</html>` } },
  { errorEvent: { at: 0 as const, message: `no ${secret}` } },
  { raw: { status: 302, headers: { location: `http://127.0.0.1:9/?key=${secret}` } } },
  { raw: { status: 200, headers: { 'content-type': 'application/json' }, body: `{"broken ${secret}` } }
]

/** Where every exchange has one, soon after its end. */
async function traceText(gateway: Gateway, id: string) {
  let page = ''
  await until(`exchange ${id} is traced`, async () => {
    const response = await gateway.getAdmin(`/admin/v1/exchanges/${id}`)
    page = await response.text()
    return response.status === 200
  })
  return page
}

await suite('a canary secret', async () => {
  test('put wherever a client can put one is in no log, trace, audit row, metric or response', async (t) => {
    const gateway = await startGateway(t, {
      env: {
        LOG_LEVEL: 'trace',
        WEBHOOK_URL: `http://127.0.0.1:9/hook?token=${CANARY.webhookQuery}`,
        WEBHOOK_SECRET: `whsec_${CANARY.webhookSecret}`
      },
      declared: (url) => ({ accounts: [account('main', url, { headers: FIXED_HEADERS })] })
    })
    // The model's words belong to whoever asked; here they repeat nothing.
    gateway.upstream.setBehaviour({ text: 'hi' })
    const responses: string[] = []
    const send = async (path: string, init: RequestInit = {}) => {
      const response = await fetch(gateway.url + path, { redirect: 'manual', ...init })
      responses.push(JSON.stringify([...response.headers]) + (await response.text()))
    }
    const body = JSON.stringify(
      ask({ messages: [{ role: 'user', content: CANARY.prompt }], metadata: { user_id: CANARY.prompt } })
    )
    const post = (path: string, headers: Record<string, string>, sent = body) =>
      send(path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: sent })

    for (const headers of ODD_KEYS) {
      for (const path of ['/v1/messages', '/v1/messages/count_tokens']) await post(path, headers)
      for (const path of ['/v1/models', '/v1/usage', '/user/balance', '/admin/v1/users', '/metrics'])
        await send(path, { headers })
    }
    const known = { 'x-api-key': CLIENT_KEY }
    for (const broken of [
      `{"model": "${CANARY.prompt}`,
      `["${CANARY.prompt}"]`,
      `{"model":{"a":"${CANARY.prompt}"}}`,
      CANARY.prompt
    ]) {
      await post('/v1/messages', known, broken)
      await post('/admin/v1/apply', { authorization: `Bearer ${ADMIN_TOKEN}` }, broken)
    }
    await post('/v1/messages', { ...known, 'content-type': CANARY.header })
    await post('/v1/messages', { ...known, 'content-encoding': CANARY.header })
    await post('/v1/messages', { ...known, 'anthropic-beta': CANARY.header, 'x-claude-code-session-id': CANARY.header })
    await post(`/v1/messages?api_key=${CANARY.query}`, known)
    await send(`/v1/messages?api_key=${CANARY.query}`)
    await send(`/nothing?token=${CANARY.query}`)
    await send(`/v1/models?after_id=${CANARY.query}&limit=${CANARY.query}`, { headers: known })
    await send(`/admin/v1/usage-events?user=${CANARY.query}&limit=${CANARY.query}`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` }
    })
    await send('/admin/v1/users', { headers: { authorization: `Bearer ${CANARY.wrongAdmin}` } })
    const exchanges: string[] = []
    for (const secret of [`${UPSTREAM_KEY} ${CANARY.fixedHeader} ${CANARY.shortHeader}`, CANARY.shortHeader, CANARY.prompt]) {
      for (const behaviour of upstreamResponses(secret)) {
        for (const stream of [true, false]) {
          gateway.upstream.setBehaviour({ text: 'hi', ...behaviour })
          await gateway.heal()
          const response = await gateway.messages(JSON.stringify({ ...(JSON.parse(body) as object), stream }))
          const told = JSON.stringify([...response.headers]) + (await response.text().catch(() => ''))
          // Its own prompt may be told to whoever wrote it, and a response passes byte for byte; an error must not quote the credential.
          if (secret !== CANARY.prompt && response.status !== 200) responses.push(told)
          exchanges.push(response.headers.get('x-sluice-exchange-id')!)
        }
      }
    }
    gateway.upstream.setBehaviour({})
    for (const bytes of [
      raw(`GET /v1/%zz${CANARY.path} HTTP/1.1`),
      raw(`GET /%E0%A4%A${CANARY.path} HTTP/1.1`),
      raw(`GET /admin/v1/%zz?${CANARY.query} HTTP/1.1`, [`authorization: Bearer ${CANARY.wrongAdmin}`]),
      raw(`BREW /${CANARY.path} HTTP/1.1`),
      raw(`GET / HTTP/1.1`, [`x bad: ${CANARY.header}`]),
      raw(`GET / HTTP/1.1`, [`x-bad: ${CANARY.header}\u0001`]),
      raw(`POST /v1/messages HTTP/1.1`, [`x-api-key: ${CANARY.wrongKey}`, 'content-length: 1', 'transfer-encoding: chunked']),
      raw(`GET / HTTP/1.1`, [`x-long: ${CANARY.header.repeat(2000)}`])
    ]) {
      responses.push(await sayRaw(gateway, t, bytes))
    }

    await until('nothing is held', async () => (await gateway.slots()).length === 0)
    await gateway.settled()
    const events = await gateway.events()
    assert.ok(events.length > 0)
    // A response of 404 names the path that is not there, to whoever asked for it.
    assertNone(responses.join('\n'), 'a response', ['path'])
    assertNone(gateway.logs.join(''), 'the log')
    assert.ok(gateway.logs.length > 50)
    assertNone(await (await gateway.getAdmin('/metrics')).text(), 'the metrics')
    const page = JSON.stringify(await gateway.admin('/audit-log?limit=1000'))
    assert.match(page, /"action"/)
    assertNone(page, 'the audit log')
    assertNone(
      JSON.stringify([events, await gateway.admin('/accounts'), await gateway.admin('/keys'), await gateway.slots()]),
      'a list'
    )
    for (const id of exchanges) assertNone(await traceText(gateway, id), 'a trace')
  })

  test('of an operator (proxy, sign-in, declared file) is in no log, list, audit row or response', async (t) => {
    const responses: string[] = []
    const proxy = await startSimulatedProxy({ kind: 'http', credentials: { username: 'sluice', password: 'another' } })
    t.after(() => proxy.close())
    const endpoint = await startSimulatedTokenEndpoint()
    t.after(() => endpoint.close())
    endpoint.setBehaviour('invalid-grant')
    const proxyUrl = proxy.url.replace('://', `://sluice:${CANARY.proxyPassword}@`)
    const tokens = { access_token: CANARY.accessToken, refresh_token: CANARY.refreshToken, expires_at: '2020-01-01T00:00:00Z' }
    const gateway = await startGateway(t, {
      env: { LOG_LEVEL: 'trace', ANTHROPIC_OAUTH_TOKEN_URL: endpoint.url },
      declared: (url) => ({
        proxies: [{ name: 'exit', url: proxyUrl }],
        accounts: [
          { ...account('login', url), type: 'oauth', shared: true, credentials: tokens },
          account('proxied', url, { proxy: 'exit', credentials: { api_key: CANARY.declaredKey } }),
          account('main', url, { priority: 90, headers: FIXED_HEADERS })
        ],
        users: [user()]
      })
    })
    const exchanges: string[] = []
    for (let n = 0; n < 4; n++) {
      const response = await gateway.messages(ask())
      responses.push(await response.text())
      exchanges.push(response.headers.get('x-sluice-exchange-id')!)
    }
    for (const { id } of (await gateway.admin<{ data: { id: string }[] }>('/accounts')).data) {
      for (const what of ['test', 'refresh']) responses.push(await (await gateway.tell(`/accounts/${id}/${what}`, {})).text())
    }
    for (const { id } of (await gateway.admin<{ data: { id: string }[] }>('/proxies')).data) {
      responses.push(await (await gateway.tell(`/proxies/${id}/test`)).text())
    }
    const url = gateway.upstream.url
    for (const file of [
      `accounts:\n  - name: a\n    type: api-key\n    credentials: { api_key: "${CANARY.declaredKey}\n`,
      `accounts: [{ name: a, type: api-key, credentials: ${CANARY.declaredKey} }]`,
      `accounts: [{ name: a, type: api-key, credentials: { api_key: [${CANARY.declaredKey}] } }]`,
      `accounts: [{ name: a, type: api-key, credentials: { api_key: "with space ${CANARY.declaredKey}" } }]`,
      `accounts: [{ name: a, type: api-key, ${CANARY.declaredKey}: 1 }]`.replace(CANARY.declaredKey, 'api_key'),
      `accounts: [{ name: a, type: api-key, credentials: { api_key: k }, base_url: "http://u:${CANARY.baseUrlPassword}@x" }]`,
      `accounts: [{ name: a, type: api-key, credentials: { api_key: k }, headers: { x-a: "${CANARY.fixedHeader}\\n", x-b: [${CANARY.fixedHeader}] } }]`,
      `accounts: [{ name: a, type: api-key, credentials: { api_key: k }, headers: ${CANARY.fixedHeader} }]`,
      JSON.stringify({ accounts: [account('main', url, { headers: { 'x-tenant': `${CANARY.fixedHeader}-2` } })] }),
      `proxies: [{ name: exit, url: "nonsense://u:${CANARY.proxyPassword}@x" }]`,
      `proxies: [{ name: exit, url: "http://u:${CANARY.proxyPassword}@x:99999" }]`,
      `accounts: [{ name: a, type: api-key, credentials: { api_key: k }, proxy: "http://u:${CANARY.proxyPassword}@x:99999" }]`,
      `users: [{ email: a@example.com, keys: [{ name: laptop, key: "short ${CANARY.declaredKey}" }] }]`,
      `users: [{ email: a@example.com, keys: [{ name: l, key: ${CANARY.declaredKey} }, { name: m, key: ${CANARY.declaredKey} }] }]`,
      `&a ${CANARY.declaredKey}: *b ${CANARY.declaredKey}`,
      JSON.stringify({ accounts: [account('new', url, { credentials: { api_key: CANARY.declaredKey } })] })
    ]) {
      responses.push(await (await gateway.tell('/apply', { file })).text())
    }
    await gateway.settled()
    assertNone(responses.join('\n'), 'a response')
    assertNone(gateway.logs.join(''), 'the log')
    const lists = ['/accounts', '/proxies', '/keys', '/users', '/audit-log?limit=1000'].map((path) => gateway.admin(path))
    assertNone(JSON.stringify(await Promise.all(lists)), 'a list')
    for (const id of exchanges) assertNone(await traceText(gateway, id), 'a trace')
  })

  test('in a setting is in nothing that a server or a command writes, whether it starts or not', async (t) => {
    const databaseUrl = `postgres://sluice:${CANARY.databasePassword}@127.0.0.1:1/none`
    const secretKey = Buffer.alloc(32, 7).toString('hex')
    const settings: Record<string, string>[] = [
      { DATABASE_URL: databaseUrl, SLUICE_SECRET_KEY: secretKey },
      { DATABASE_URL: `mysql://u:${CANARY.databasePassword}@x/none`, SLUICE_SECRET_KEY: secretKey },
      { DATABASE_URL: databaseUrl, SLUICE_SECRET_KEY: secretKey, REDIS_URL: `redis://:${CANARY.redisPassword}@127.0.0.1:1` },
      { REDIS_URL: `http://:${CANARY.redisPassword}@127.0.0.1:1` },
      { DATABASE_URL: databaseUrl, SLUICE_SECRET_KEY: secretKey, REDIS_URL: `redis:/u:${CANARY.redisPassword}@x` },
      { ANTHROPIC_BASE_URL: `https://u:${CANARY.baseUrlPassword}@x` },
      { ANTHROPIC_OAUTH_TOKEN_URL: `https://u:${CANARY.baseUrlPassword}@x` },
      { ANTHROPIC_API_KEY: `${CANARY.declaredKey} with space` },
      { SLUICE_ADMIN_TOKEN: `${CANARY.wrongAdmin} with space` },
      { SLUICE_SECRET_KEY: CANARY.wrongKey }
    ]
    const place = await serverPlace(t, { database: 'none', env: { LOG_LEVEL: 'trace' } })
    for (const env of settings) {
      const life = place.spawn(env)
      assert.equal((await life.ends()).code, 1, JSON.stringify(env))
      assert.notEqual(life.stderr(), '')
      assertNone(life.stdout() + life.stderr(), `what the server wrote with ${Object.keys(env).join()}`)
    }
    for (const env of settings.slice(0, 3)) {
      const { out, err } = await runSluice(['secrets', 'rotate', '--local', '--yes'], { ...place.env, ...env })
      assertNone(out + err, 'what the command wrote')
    }
  })

  test('of Redis is in nothing that a server or `doctor` writes while Redis refuses it', async (t) => {
    const responses = [
      'WRONGPASS invalid username-password pair',
      'LOADING dataset',
      'NOPERM no hello',
      'ERR max number of clients reached'
    ]
    let response = 0
    const server = createServer((socket) => {
      socket.on('error', () => {})
      // One response for each command, of which several may come at once.
      socket.on('data', (bytes) => {
        for (const _ of bytes.toString().matchAll(/^\*\d+\r$/gm))
          socket.write(`-${responses[response++ % responses.length]}\r\n`)
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    const { port } = server.address() as AddressInfo
    const env = { LOG_LEVEL: 'trace', REDIS_URL: `redis://default:${CANARY.redisPassword}@127.0.0.1:${port}` }
    const place = await serverPlace(t, { database: 'postgres', env })
    const life = await place.start()
    const asked = response
    await until('it was refused in each way', () => response >= asked + 8)
    const { out, err } = await runSluice(['doctor'], place.env)
    assert.match(out, /PROBLEM redis/)
    life.kill('SIGINT')
    await life.ends()
    assert.match(life.stdout(), /the connection to Redis is lost/)
    assertNone(life.stdout() + life.stderr() + out + err, 'what was written')
  })

  test('in the file of a start that is not valid is in nothing that the server writes', async (t) => {
    const broken = `accounts: [{ name: a, type: api-key, credentials: { api_key: "${CANARY.declaredKey}`
    const place = await serverPlace(t, { declared: broken, env: { LOG_LEVEL: 'trace' } })
    const life = place.spawn()
    assert.equal((await life.ends()).code, 1)
    assert.notEqual(life.stderr(), '')
    assertNone(life.stdout() + life.stderr(), 'what the server wrote')
  })
})
