import assert from 'node:assert/strict'
import { createServer, type AddressInfo } from 'node:net'
import { suite, test, type TestContext } from 'node:test'
import { readAdminHandle } from '../../services/resources/set-up/admin-handle.ts'
import { account, ADMIN_TOKEN, ask, CLIENT_KEY, refusalOf, startGateway, USER } from '../support/gateway.ts'
import { freePort } from '../support/free-port.ts'
import { serverPlace } from '../support/server-process.ts'
import { runSluice } from '../support/sluice-command.ts'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'
import { until } from '../support/until.ts'

const STOPPED = { code: 0, signal: null }
const BY_TOKEN = { authorization: `Bearer ${ADMIN_TOKEN}` }
const HEALTH = ['/livez', '/readyz', '/healthz', '/health']

await suite('ports', { timeout: 120_000, concurrency: 2 }, async () => {
  test('without ADMIN_PORT all is on one, and /metrics is for the holder of the admin token', async (t) => {
    const { url } = await startGateway(t)
    for (const headers of [{}, { authorization: 'Bearer nobody' }, { 'x-api-key': CLIENT_KEY }]) {
      const refusal = await refusalOf(await fetch(`${url}/metrics`, { headers: headers as Record<string, string> }))
      assert.deepEqual([refusal.status, refusal.type], [401, 'authentication_error'])
    }
    for (const path of ['/metrics', '/admin/v1/users', ...HEALTH]) assert.equal(await statusOf(url + path, BY_TOKEN), 200, path)
  })

  test('with ADMIN_PORT nothing of the operator is on PORT, whatever token comes along', async (t) => {
    const { url, messages } = await startGateway(t, { env: { ADMIN_PORT: '0' } })
    for (const path of ['/metrics', '/admin/v1/users', '/admin/v1/slots', '/admin/v1/nothing', '/metrics?x=1']) {
      const refusal = await refusalOf(await fetch(url + path, { headers: BY_TOKEN }))
      assert.deepEqual([refusal.status, refusal.type], [404, 'not_found_error'], path)
    }
    const post = await fetch(`${url}/admin/v1/apply`, { method: 'POST', headers: BY_TOKEN, body: '{}' })
    assert.equal((await refusalOf(post)).status, 404)
    for (const path of HEALTH) assert.equal(await statusOf(url + path), 200, path)
    assert.equal((await messages(ask())).status, 200)
  })

  test("ADMIN_PORT has the operator's part only: metrics for all who reach it, the admin API for its token", async (t) => {
    const { adminUrl, url } = await startGateway(t, { env: { ADMIN_PORT: '0' } })
    assert.notEqual(adminUrl, url)
    assert.equal(new URL(adminUrl).hostname, '127.0.0.1')
    for (const path of ['/metrics', ...HEALTH]) assert.equal(await statusOf(adminUrl + path), 200, path)
    assert.equal(await statusOf(`${adminUrl}/admin/v1/users`, BY_TOKEN), 200)
    const refusal = await refusalOf(await fetch(`${adminUrl}/admin/v1/users`))
    assert.deepEqual([refusal.status, refusal.type], [401, 'authentication_error'])
    for (const [method, path] of [
      ['POST', '/v1/messages'],
      ['POST', '/v1/messages/count_tokens'],
      ['GET', '/v1/models'],
      ['GET', '/v1/usage'],
      ['GET', '/user/balance'],
      ['GET', '/']
    ] as const) {
      const body = method === 'POST' ? { body: JSON.stringify(ask()) } : {}
      const headers = { 'x-api-key': CLIENT_KEY, 'content-type': 'application/json' }
      const refusal = await refusalOf(await fetch(adminUrl + path, { method, headers, ...body }))
      assert.deepEqual([refusal.status, refusal.type], [404, 'not_found_error'], path)
    }
  })

  test('what is no HTTP is refused there as elsewhere', async (t) => {
    const { adminUrl } = await startGateway(t, { env: { ADMIN_PORT: '0' } })
    const refused = await fetch(`${adminUrl}/livez`, { headers: { 'x-long': 'x'.repeat(40_000) } })
    assert.equal(refused.status, 431)
    assert.equal(((await refused.json()) as { type: string }).type, 'error')
  })

  test('the command on the same machine finds it', async (t) => {
    const { place, adminPort } = await placeWithAdminPort(t)
    const life = await place.start()
    await until('it has said where', async () => (await readAdminHandle(place.dataDir)) !== null)
    assert.equal((await readAdminHandle(place.dataDir))?.url, `http://127.0.0.1:${adminPort}`)
    const listed = await runSluice(['accounts', 'list'], place.env)
    assert.deepEqual([listed.code, listed.err], [0, ''])
    assert.match(listed.out, /main/)

    life.kill('SIGINT')
    assert.deepEqual(await life.ends(), STOPPED)
    const alone = await runSluice(['accounts', 'list'], place.env)
    assert.equal(alone.code, 0, alone.err)
    assert.match(alone.out, /main/)
  })

  test('a port that is taken is named, and nothing listens on PORT then', async (t) => {
    const taken = createServer().listen(0, '127.0.0.1')
    t.after(() => taken.close())
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as AddressInfo
    const place = await serverPlace(t)
    const life = place.spawn({ ADMIN_PORT: String(port) })
    assert.deepEqual(await life.ends(), { code: 1, signal: null })
    assert.match(life.stderr(), new RegExp(`EADDRINUSE.*:${port}\\b`))
    await assert.rejects(fetch(`${place.url}/livez`))
  })

  test('a stop can be watched there to its end, and takes it along', async (t) => {
    const { place, upstream, adminPort } = await placeWithAdminPort(t)
    const adminUrl = `http://127.0.0.1:${adminPort}`
    upstream.setBehaviour({ breakOff: { how: 'stall', at: 'middle' } })
    const life = await place.start({ DRAIN_DELAY_MS: '0' })
    const hangUp = new AbortController()
    const stream = await place.messages(ask({ stream: true }), { signal: hangUp.signal })
    life.kill('SIGTERM')
    await until('the door is closed', async () => (await statusOf(`${place.url}/`)) === 503)
    assert.equal(await statusOf(`${adminUrl}/livez`), 200)
    const ready = await fetch(`${adminUrl}/readyz`)
    assert.deepEqual([ready.status, ((await ready.json()) as { phase: string }).phase], [503, 'closing'])
    const metrics = await (await fetch(`${adminUrl}/metrics`)).text()
    assert.match(metrics, /^sluice_phase\{phase="closing"\} 1$/m)
    assert.match(metrics, /^sluice_requests_live\{kind="messages"\} 1$/m)
    hangUp.abort()
    await assert.rejects(stream.text())
    assert.deepEqual(await life.ends(), STOPPED)
    await assert.rejects(fetch(`${adminUrl}/livez`))
  })
})

async function statusOf(url: string, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(url, { headers })
  await response.arrayBuffer()
  return response.status
}

async function placeWithAdminPort(t: TestContext) {
  const upstream = await startSimulatedUpstream()
  t.after(() => upstream.close())
  const adminPort = await freePort()
  const place = await serverPlace(t, {
    env: { ADMIN_PORT: String(adminPort) },
    declared: {
      groups: [{ name: 'default', kind: 'balance' }],
      accounts: [account('main', upstream.url)],
      users: [{ email: USER, concurrency: 5, balance_usd: '100', keys: [{ name: 'laptop', key: CLIENT_KEY }] }]
    }
  })
  return { place, upstream, adminPort }
}
