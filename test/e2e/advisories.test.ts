import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { suite, test, type TestContext } from 'node:test'
import { readSettings, SettingsError } from '../../services/resources/set-up/settings.ts'
import { ADMIN_TOKEN, ask, CLIENT_KEY, startGateway, UPSTREAM_KEY, user, type Gateway } from '../support/gateway.ts'

/** The status of a request sent as these bytes, with what no HTTP client would write. */
async function statusOfRaw({ url }: Gateway, t: TestContext, line: string, headers: string[] = []) {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  t.after(() => socket.destroy())
  socket.write(`${[line, ...headers, 'connection: close'].join('\r\n')}\r\n\r\n`)
  const response = await text(socket)
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(response)?.[1])
}

const INJECTIONS = [
  "' or '1'='1",
  "'; drop table client_keys; --",
  '\\x27 union select null--',
  '%',
  '_',
  "x'::bytea",
  '$1',
  '\u00ff'
]

await suite('what befell other gateways', async () => {
  test('SQL injection in the verification of a key (CVE-2026-42208)', async (t) => {
    const gateway = await startGateway(t)
    for (const injected of [...INJECTIONS, `${CLIENT_KEY}' or '1'='1`, `${CLIENT_KEY}%`]) {
      for (const headers of [{ 'x-api-key': injected }, { 'x-api-key': '', authorization: `Bearer ${injected}` }]) {
        const response = await gateway.messages(ask(), { headers })
        await response.text()
        assert.equal(response.status, 401, injected)
      }
    }
    assert.equal(gateway.upstream.requests.length, 0)
    assert.equal((await gateway.messages(ask())).status, 200)
  })

  test('a Host header that changes the route (CVE-2026-49468)', async (t) => {
    const gateway = await startGateway(t)
    for (const host of ['livez', 'x/livez', 'x/health?', '127.0.0.1/readyz#', '@livez', 'localhost:99999/livez?']) {
      for (const headers of [
        [`host: ${host}`],
        ['host: x', `x-forwarded-host: ${host}`],
        ['host: x', `x-original-url: /livez`]
      ]) {
        assert.equal(await statusOfRaw(gateway, t, 'GET /admin/v1/users HTTP/1.1', headers), 401, headers.join())
        assert.equal(await statusOfRaw(gateway, t, 'GET /v1/models HTTP/1.1', headers), 401, headers.join())
      }
    }
  })

  test('two credentials that share a place in a cache (CVE-2026-35030)', async (t) => {
    const long = `sk-sluice-${'a'.repeat(100)}`
    const keys = [
      { name: 'one', key: `${long}1` },
      { name: 'two', key: `${long}2` }
    ]
    const gateway = await startGateway(t, { declared: () => ({ users: [user({ keys })] }) })
    for (const { key } of keys) assert.equal((await gateway.messages(ask(), { headers: { 'x-api-key': key } })).status, 200)
    for (const near of [long, `${long}3`, `${long}11`, `${long}1`.toUpperCase(), `${long}1`.slice(1)]) {
      assert.equal((await gateway.messages(ask(), { headers: { 'x-api-key': near } })).status, 401, near)
    }
    await gateway.settled()
    assert.deepEqual((await gateway.events()).map((event) => event.key_name).toSorted(), ['one', 'two'])
  })

  test('a client that chooses the upstream and gets its key (CVE-2024-6587)', async (t) => {
    const [gateway, elsewhere] = [await startGateway(t), await startGateway(t)]
    const { url } = elsewhere.upstream
    const fields = { api_base: url, base_url: url, api_key: 'x', provider: url, 'x-base-url': url }
    const headers = { 'x-base-url': url, 'x-upstream': url, 'x-forwarded-host': url, forwarded: `host="${url}"` }
    const response = await gateway.messages(ask(fields), { headers, path: `/v1/messages?base_url=${encodeURIComponent(url)}` })
    assert.equal(response.status, 200)
    assert.equal(elsewhere.upstream.requests.length, 0)
    assert.equal(gateway.upstream.requests[0]!.credential, UPSTREAM_KEY)
    assert.equal(gateway.upstream.requests[0]!.headers['x-upstream'], undefined)
    // The whole URL is an old way to name the path alone: it is answered here, which is why a key is asked for.
    assert.equal(await statusOfRaw(gateway, t, `GET ${url}/v1/models HTTP/1.1`, ['host: x']), 401)
    assert.ok(Number.isNaN(await statusOfRaw(gateway, t, `CONNECT ${new URL(url).host} HTTP/1.1`, ['host: x'])))
    assert.equal(elsewhere.upstream.requests.length, 0)
  })

  test('an upstream that redirects the request, and its key, elsewhere (one-api#2409)', async (t) => {
    const [gateway, elsewhere] = [await startGateway(t), await startGateway(t)]
    for (const status of [301, 302, 307, 308]) {
      const location = `${elsewhere.upstream.url}/v1/messages`
      gateway.upstream.setBehaviour({ raw: { status, headers: { location } } })
      await gateway.heal()
      const response = await gateway.messages(ask())
      assert.ok(response.status >= 300)
      await response.text()
    }
    assert.equal(elsewhere.upstream.requests.length, 0)
  })

  test('an admin who is believed for having sent something (claude-relay-service#855)', async (t) => {
    const gateway = await startGateway(t)
    const sent: Record<string, string>[] = [
      {},
      { authorization: '' },
      { authorization: 'Bearer' },
      { authorization: 'Bearer null' },
      { authorization: 'Bearer undefined' },
      { authorization: 'Bearer {}' },
      { authorization: `Bearer ${ADMIN_TOKEN}x` },
      { authorization: `Bearer ${ADMIN_TOKEN.slice(0, -1)}` },
      { authorization: `Bearer ${CLIENT_KEY}` },
      { authorization: ADMIN_TOKEN },
      { authorization: `Basic ${Buffer.from(`admin:${ADMIN_TOKEN}`).toString('base64')}` },
      { 'x-api-key': ADMIN_TOKEN },
      { 'x-admin-token': ADMIN_TOKEN, 'x-role': 'admin' },
      { cookie: `session=${ADMIN_TOKEN}; adminToken=${ADMIN_TOKEN}` }
    ]
    for (const headers of sent)
      assert.equal((await gateway.get('/admin/v1/users', headers)).status, 401, JSON.stringify(headers))
    assert.equal((await gateway.get(`/admin/v1/users?token=${ADMIN_TOKEN}&authorization=${ADMIN_TOKEN}`, {})).status, 401)
  })

  test('a path of the admin API that answers without a token, however it is written (CLIProxyAPI#3457)', async (t) => {
    const gateway = await startGateway(t, { env: { AUTH_FAILURES_MAX: '100000' } })
    const written = [
      '/admin/v1/users',
      '/admin/v1/users/',
      '//admin/v1/users',
      '/admin//v1/users',
      '/ADMIN/v1/users',
      '/%61dmin/v1/users',
      '/admin%2fv1%2fusers',
      '/admin/v1/%75sers',
      '/v1/../admin/v1/users',
      '/livez/../admin/v1/users',
      '/livez/..;/admin/v1/users',
      '/admin/v1/users;/livez',
      '/admin/v1/users%00',
      '/admin/v1/users%2e',
      '/admin/v1/users?/livez',
      '/admin/v1/accounts',
      '/admin/v1/keys',
      '/admin/v1/audit-log',
      '/metrics'
    ]
    for (const path of written) {
      for (const method of ['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
        const status = await statusOfRaw(gateway, t, `${method} ${path} HTTP/1.1`, ['host: x', 'x-http-method-override: GET'])
        assert.ok([400, 401, 404].includes(status), `${method} ${path}: ${status}`)
      }
    }
  })

  test('a filter whose pattern makes the database search everything (CVE-2026-25591)', async (t) => {
    const gateway = await startGateway(t)
    assert.equal((await gateway.messages(ask())).status, 200)
    await gateway.settledEvents(1)
    for (const pattern of ['%', '%%%%%%%%', '_', '%e%', '.*', "' or '1'='1"]) {
      for (const field of ['user', 'key', 'account', 'model']) {
        const { status } = await gateway.getAdmin(`/admin/v1/usage-events?${field}=${encodeURIComponent(pattern)}`)
        assert.equal(status, 400, `${field}=${pattern} is taken as a name, and nothing is called that`)
      }
    }
  })

  test('secrets copied from the documentation (CLIProxyAPI#3376, Portkey)', () => {
    for (const placeholder of [
      'change-me',
      'your-admin-token',
      'super-secret-password',
      'xxxxxxxxxxxxxxxxxxxxxxxx',
      '<token>',
      'sk-ant-...'
    ]) {
      for (const name of ['SLUICE_ADMIN_TOKEN', 'SLUICE_SECRET_KEY', 'ANTHROPIC_API_KEY']) {
        assert.throws(() => readSettings({ [name]: placeholder }), SettingsError, `${name}=${placeholder}`)
      }
    }
    assert.equal(readSettings({}).adminToken, null)
  })

  test('keys that lie in the database as they are (sub2api#3839), and a hash that passes for its key (GHSA-69x8-hrgq-fjj8)', async (t) => {
    const gateway = await startGateway(t)
    const { pool } = gateway.app.pg
    const { rows } = await pool.query<{ row: string }>(
      'select to_jsonb(k)::text as row from api_keys k union all select to_jsonb(a)::text from accounts a'
    )
    const stored = rows.map(({ row }) => row).join('\n')
    for (const secret of [CLIENT_KEY, UPSTREAM_KEY]) {
      assert.ok(!stored.includes(secret))
      assert.ok(!stored.includes(Buffer.from(secret).toString('hex')))
      assert.ok(!stored.includes(Buffer.from(secret).toString('base64')))
    }
    const hashes = [...stored.matchAll(/\\\\x([\da-f]{64})"/g)].map(([, hex]) => hex!)
    assert.ok(hashes.length > 0)
    for (const hash of hashes) {
      for (const key of [hash, `\\x${hash}`, Buffer.from(hash, 'hex').toString('base64')]) {
        assert.equal((await gateway.messages(ask(), { headers: { 'x-api-key': key } })).status, 401)
      }
    }
  })

  test('a template in what a client sends (CVE-2024-2952)', async (t) => {
    const gateway = await startGateway(t)
    const content = "{{7*7}} ${process.env.PATH} <%= 7*7 %> {{cycler.__init__.__globals__.os.popen('id').read()}}"
    const body = JSON.stringify(ask({ messages: [{ role: 'user', content }] }))
    assert.equal((await gateway.messages(body)).status, 200)
    assert.equal(gateway.upstream.requests[0]!.body.toString(), body)
  })
})
