import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { brotliDecompressSync } from 'node:zlib'
import {
  account,
  ADMIN_TOKEN,
  ask,
  credentialOf,
  refusalOf,
  saying,
  startGateway,
  USER,
  type Declared,
  type Gateway
} from '../support/gateway.ts'
import { startSimulatedProxy, type SimulatedProxy, type SimulatedProxyOptions } from '../support/simulated-proxy.ts'
import { startSimulatedTokenEndpoint } from '../support/simulated-token-endpoint.ts'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'
import { trustTestAuthority } from '../support/test-certificates.ts'
import { until } from '../support/until.ts'

const KINDS = ['http', 'https', 'socks5'] as const
const PASSWORD = 'canary:pass/word@1'
const LOGIN = { username: 'sluice', password: PASSWORD }
/** As it stands in a URL and in a header. */
const PASSWORDS = [
  PASSWORD,
  encodeURIComponent(PASSWORD),
  Buffer.from(`sluice:${PASSWORD}`).toString('base64'),
  'canary%3A',
  'canary:pass'
]

async function startProxy(t: TestContext, options: SimulatedProxyOptions): Promise<SimulatedProxy> {
  const proxy = await startSimulatedProxy(options)
  t.after(() => proxy.close())
  return proxy
}

/** An account behind the proxy, and one that answers in its place without. */
const behind =
  (proxy: string, changes: object = {}) =>
  (url: string) => ({
    accounts: [account('behind', url, { priority: 1, proxy, ...changes }), account('direct', url, { priority: 2 })]
  })

const startBehind = (t: TestContext, proxy: string, env: Record<string, string> = {}) =>
  startGateway(t, { env, declared: behind(proxy) })

const asked = ({ upstream }: Gateway) =>
  upstream.requests.map(
    ({ credential }) => ['behind', 'direct'].find((name) => credentialOf(name) === credential) ?? credential
  )

let questions = 0

async function answered(gateway: Gateway, changes: object = {}) {
  const response = await gateway.messages(saying(`question ${++questions}`, changes))
  const body = await response.text()
  assert.equal(response.status, 200, body)
  return body
}

/** Nowhere that somebody may look. */
async function assertUnseen(gateway: Gateway, said: string[] = []) {
  const lists = await Promise.all(
    ['/accounts', '/proxies'].map(async (path) =>
      (await gateway.get(`/admin/v1${path}`, { authorization: `Bearer ${ADMIN_TOKEN}` })).text()
    )
  )
  const { rows } = await gateway.app.pg.query('select * from audit_log')
  const packs = await gateway.app.pg.query<{ traces: Buffer }>('select traces from exchange_trace_packs')
  const traces = packs.rows.map((pack) => brotliDecompressSync(pack.traces).toString())
  const texts = {
    logs: gateway.logs.join('\n'),
    responses: [...lists, ...said].join('\n'),
    records: JSON.stringify([rows, traces])
  }
  for (const [where, text] of Object.entries(texts)) {
    for (const password of PASSWORDS) assert.ok(!text.includes(password), `${where} have ${password}`)
  }
}

await suite('an account’s proxy', async () => {
  for (const kind of KINDS) {
    test(`(${kind}) carries streams and whole responses, and nothing else does`, async (t) => {
      trustTestAuthority(t)
      const proxy = await startProxy(t, { kind, credentials: LOGIN })
      const gateway = await startBehind(t, proxy.url, { LOG_LEVEL: 'trace' })
      gateway.upstream.setBehaviour({ deltas: 5, paceMs: 5 })
      assert.match(await answered(gateway, { stream: true }), /^event: message_start\n[^]*\nevent: message_stop\n/)
      assert.match(await answered(gateway), /"type":"message"/)
      assert.deepEqual(asked(gateway), ['behind', 'behind'])
      const host = new URL(gateway.upstream.url).host
      assert.ok(proxy.tunnels.length > 0)
      for (const { target } of proxy.tunnels) assert.equal(target, host)
      const through = proxy.tunnels.map(({ sent }) => sent().toString()).join('')
      assert.equal(through.match(/POST \/v1\/messages HTTP/g)?.length, 2)
      // The proxy's password is for the proxy.
      assert.doesNotMatch(through, /proxy-authorization/i)

      await gateway.act('behind', 'disable')
      const before = proxy.connections.total
      await answered(gateway)
      assert.deepEqual([asked(gateway).at(-1), proxy.connections.total], ['direct', before])
      await assertUnseen(gateway)
    })

    test(`(${kind}) that does not take the password fails the account, and the next answers`, async (t) => {
      trustTestAuthority(t)
      const proxy = await startProxy(t, { kind, credentials: { username: 'sluice', password: 'another' } })
      const wrong = proxy.url.replace('another', encodeURIComponent(PASSWORD))
      const gateway = await startBehind(t, wrong, { LOG_LEVEL: 'trace', BREAKER_FAILURES: '2' })
      for (const stream of [true, false, true]) await answered(gateway, { stream })
      assert.deepEqual(asked(gateway), ['direct', 'direct', 'direct'])
      assert.equal(proxy.tunnels.length, 0)
      const [cooldown] = await gateway.cooldowns('behind')
      assert.equal(cooldown!.kind, 'failures')
      assert.match(cooldown!.reason, /proxy/i)
      assert.equal(proxy.connections.total, 2)
      const test = await gateway.act('behind', 'test')
      assert.equal(test.ok, false)
      await assertUnseen(gateway, [JSON.stringify(test)])
    })

    for (const trouble of ['stall', 'close', 'reset', 'garbage', { refuse: kind === 'socks5' ? 5 : 502 }] as const) {
      const name = typeof trouble === 'string' ? trouble : 'refuse'
      test(`(${kind}, ${name}) keeps no request from the next account`, async (t) => {
        trustTestAuthority(t)
        const proxy = await startProxy(t, { kind })
        proxy.setBehaviour(trouble)
        const gateway = await startBehind(t, proxy.url, { UPSTREAM_CONNECT_TIMEOUT_MS: '200' })
        await answered(gateway, { stream: true })
        await answered(gateway)
        assert.deepEqual(asked(gateway), ['direct', 'direct'])
        const events = await gateway.settledEvents(2)
        assert.ok(events.every(({ account: name, attempt, basis }) => name === 'direct' && attempt === 2 && basis === 'final'))
        proxy.setBehaviour('tunnel')
        await until('the account answers again', async () => {
          await gateway.heal()
          await answered(gateway)
          return asked(gateway).at(-1) === 'behind'
        })
      })
    }
  }

  test('that drops what it has taken keeps no stream from the next account', async (t) => {
    const proxy = await startProxy(t, { kind: 'http' })
    proxy.setBehaviour('drop')
    const gateway = await startBehind(t, proxy.url)
    await answered(gateway, { stream: true })
    assert.deepEqual(asked(gateway), ['direct'])
    // It may have reached the upstream for all that is known: a whole response is not paid twice.
    assert.equal((await refusalOf(await gateway.messages(ask()))).status, 502)
  })

  test('with a certificate of somebody else is not spoken to', async (t) => {
    trustTestAuthority(t)
    const proxy = await startProxy(t, { kind: 'https', credentials: LOGIN, certificate: 'elsewhere' })
    const gateway = await startBehind(t, proxy.url)
    await answered(gateway)
    assert.deepEqual([asked(gateway), proxy.requests.length], [['direct'], 0])
  })

  test('with a certificate of an unknown authority is not spoken to', async (t) => {
    const proxy = await startProxy(t, { kind: 'https', credentials: LOGIN })
    const gateway = await startBehind(t, proxy.url)
    await answered(gateway)
    assert.deepEqual([asked(gateway), proxy.requests.length], [['direct'], 0])
  })

  test('that is gone is said to the client without its name', async (t) => {
    const proxy = await startProxy(t, { kind: 'http', credentials: LOGIN })
    const gateway = await startGateway(t, { declared: (url) => ({ accounts: [account('behind', url, { proxy: proxy.url })] }) })
    await proxy.close()
    const refusal = await refusalOf(await gateway.messages(ask()))
    assert.deepEqual([refusal.status, refusal.type], [502, 'api_error'])
    assert.doesNotMatch(refusal.message, /prox|127\.0\.0\.1|sluice/)
    await assertUnseen(gateway)
  })

  test('changes while the gateway runs, at once, and running streams go on', async (t) => {
    const [first, second] = [await startProxy(t, { kind: 'http' }), await startProxy(t, { kind: 'socks5', credentials: LOGIN })]
    const gateway = await startBehind(t, first.url)
    gateway.upstream.setBehaviour({ deltas: 20, paceMs: 10 })
    const running = await gateway.messages(saying('a long story', { stream: true }))
    await gateway.apply(behind(second.url)(gateway.upstream.url))
    assert.equal((await gateway.accountNamed('behind')).proxy, second.url.replace(/:[^:@]*@/, '@'))
    await answered(gateway)
    assert.deepEqual([first.tunnels.length, second.tunnels.length], [1, 1])
    assert.match(await running.text(), /message_stop/)

    await gateway.apply(behind(second.url, { proxy: undefined })(gateway.upstream.url))
    await answered(gateway)
    assert.deepEqual([first.connections.total, second.connections.total], [1, 1])
    assert.deepEqual(asked(gateway), ['behind', 'behind', 'behind'])
  })

  test('is used with a new password from the next request on', async (t) => {
    const proxy = await startProxy(t, { kind: 'http', credentials: LOGIN })
    const named = (url: string, upstreamUrl: string): Declared => ({
      proxies: [{ name: 'office', url }],
      ...behind('office')(upstreamUrl)
    })
    const wrong = proxy.url.replace(encodeURIComponent(PASSWORD), 'outdated')
    const gateway = await startGateway(t, { declared: (url) => named(wrong, url) })
    await answered(gateway)
    await gateway.apply(named(proxy.url, gateway.upstream.url))
    await answered(gateway)
    assert.deepEqual(asked(gateway), ['direct', 'behind'])
    assert.equal((await gateway.accountNamed('behind')).proxy, 'office')
    await assertUnseen(gateway)
  })
})

interface ProxyTest {
  ok: boolean
  target: string
  status: number | null
  problem: string | null
}

test('a proxy can be tested', async (t) => {
  trustTestAuthority(t)
  const reached = await startSimulatedUpstream()
  t.after(() => reached.close())
  const proxies = await Promise.all(KINDS.map((kind) => startProxy(t, { kind, credentials: LOGIN })))
  const gateway = await startGateway(t, {
    env: { ANTHROPIC_BASE_URL: reached.url, UPSTREAM_CONNECT_TIMEOUT_MS: '200', LOG_LEVEL: 'trace' },
    declared: () => ({ proxies: KINDS.map((kind, index) => ({ name: kind, url: proxies[index]!.url })) })
  })
  const { data } = await gateway.admin<{ data: { id: string; name: string }[] }>('/proxies')
  assert.deepEqual(data.map(({ name }) => name).toSorted(), [...KINDS].toSorted())
  const said: string[] = []
  for (const { id, name } of data) {
    const proxy = proxies[KINDS.findIndex((kind) => kind === name)]!
    const testIt = async () => {
      const result = await gateway.post<ProxyTest>(`/proxies/${id}/test`)
      said.push(JSON.stringify(result))
      return result
    }
    for (const trouble of ['stall', 'close', 'garbage', { refuse: name === 'socks5' ? 5 : 403 }] as const) {
      proxy.setBehaviour(trouble)
      const bad = await testIt()
      assert.deepEqual([bad.ok, bad.status], [false, null])
      assert.ok(bad.problem !== '' && bad.problem !== null)
    }
    proxy.setBehaviour('tunnel')
    const good = await testIt()
    assert.deepEqual([good.ok, good.target, good.problem, proxy.tunnels.length], [true, reached.url, null, 1])
    assert.ok(good.status! > 0)
    assert.doesNotMatch(proxy.tunnels[0]!.sent().toString(), /authorization|api-key/i)
  }
  const missing = await gateway.tell('/proxies/999/test')
  assert.equal(missing.status, 404)
  await assertUnseen(gateway, said)
})

/** An account that the file of the start knows nothing of. */
const undeclared = (url: string): Declared => ({ accounts: [account('kept', url, { priority: 1 })] })

const OTHER_KEY = Buffer.alloc(32, 9).toString('hex')
const FIRST_KEY = Buffer.alloc(32, 7).toString('hex')

await suite('the key that seals secrets', async () => {
  const signedIn = (url: string, tokenUrl: string) =>
    account('login', url, { type: 'oauth', owner: USER, priority: 0, base_url: url, credentials: undefined, proxy: tokenUrl })

  test('lost, leaves the gateway serving with what it can still open', async (t) => {
    const gateway = await startGateway(t)
    await gateway.apply(undeclared(gateway.upstream.url))
    await gateway.stop()
    await gateway.start({ SLUICE_SECRET_KEY: OTHER_KEY })
    // The declarative file gives the credential of `main` anew.
    await answered(gateway)
    assert.deepEqual(
      gateway.upstream.requests.map(({ credential }) => credential),
      [credentialOf('main')]
    )
    const lines = gateway.logs.filter((line) => line.includes('the secrets of an account cannot be read'))
    assert.equal(lines.length, 1)
    assert.match(lines[0]!, /"level":50.*"account":"kept".*not among the secret keys given/)
    assert.match((await gateway.accountNamed('kept')).error!, /sealed with the key .* not among the secret keys given/)
    const { id } = await gateway.accountNamed('kept')
    const refusal = await refusalOf(await gateway.tell(`/accounts/${id}/test`))
    assert.deepEqual([refusal.status, /account kept: .*not among the secret keys given/.test(refusal.message)], [400, true])
    assert.equal((await fetch(`${gateway.url}/readyz`)).status, 200)

    await gateway.stop()
    await gateway.start()
    assert.equal((await gateway.accountNamed('kept')).error, null)
  })

  test('lost, is told at the start, to the log and to who lists the accounts', async (t) => {
    const gateway = await startGateway(t)
    await gateway.apply(undeclared(gateway.upstream.url))
    await gateway.stop()
    await gateway.start({ SLUICE_SECRET_KEY: OTHER_KEY })
    assert.match((await gateway.accountNamed('kept')).error ?? 'nothing is wrong', /not among the secret keys given/)
    assert.match(gateway.logs.join(''), /"level":50.*"account":"kept".*not among the secret keys given/)
  })

  test('lost, gives a client the reason when nothing else is left', async (t) => {
    const gateway = await startGateway(t, { declared: () => ({ accounts: [] }) })
    await gateway.apply(undeclared(gateway.upstream.url))
    await answered(gateway)
    await gateway.stop()
    await gateway.start({ SLUICE_SECRET_KEY: OTHER_KEY })
    const refusal = await refusalOf(await gateway.messages(ask()))
    assert.deepEqual([refusal.status, refusal.type], [503, 'api_error'])
    await gateway.apply(undeclared(gateway.upstream.url))
    await answered(gateway)
    assert.equal((await gateway.accountNamed('kept')).error, null)
  })

  test('lost, does not have a new sign-in go round the account’s proxy', async (t) => {
    const endpoint = await startSimulatedTokenEndpoint()
    t.after(() => endpoint.close())
    const proxy = await startProxy(t, { kind: 'http', credentials: LOGIN })
    const gateway = await startGateway(t, {
      env: { ANTHROPIC_OAUTH_TOKEN_URL: endpoint.url },
      declared: (url) => ({ accounts: [signedIn(url, proxy.url)] })
    })
    const signInNow = async () => {
      const { id } = await gateway.accountNamed('login')
      const begun = await gateway.post<{ authorize_url: string; state: string; verifier: string }>(`/accounts/${id}/login`)
      const { state, verifier } = begun
      await gateway.post(`/accounts/${id}/login/complete`, { code: endpoint.authorize(begun.authorize_url), state, verifier })
    }
    await signInNow()
    await answered(gateway)
    assert.equal(endpoint.requests.length, 1)
    await gateway.stop()
    await gateway.start({ SLUICE_SECRET_KEY: OTHER_KEY })
    assert.equal((await gateway.messages(ask())).status, 503)
    proxy.tunnels.length = 0
    await signInNow()
    assert.deepEqual(
      proxy.tunnels.map(({ target }) => target),
      [new URL(endpoint.url).host]
    )
    await answered(gateway)
  })

  test('is replaced without a request failing', async (t) => {
    const proxy = await startProxy(t, { kind: 'socks5', credentials: LOGIN })
    const gateway = await startGateway(t, { declared: () => ({ accounts: [] }) })
    await gateway.apply({ accounts: behind(proxy.url)(gateway.upstream.url).accounts })
    await answered(gateway)
    await gateway.stop()
    await gateway.start({ SLUICE_SECRET_KEY: `${OTHER_KEY},${FIRST_KEY}` })
    await answered(gateway)
    const rotation = await gateway.post<{ resealed: number; unreadable: unknown[] }>('/secrets/rotate')
    assert.deepEqual([rotation.resealed, rotation.unreadable], [3, []])
    await answered(gateway)
    assert.deepEqual((await gateway.post<{ resealed: number }>('/secrets/rotate')).resealed, 0)
    await gateway.stop()
    await gateway.start({ SLUICE_SECRET_KEY: OTHER_KEY })
    await answered(gateway)
    assert.deepEqual(asked(gateway), ['behind', 'behind', 'behind', 'behind'])
    await gateway.act('behind', 'disable')
    await answered(gateway)
    assert.equal(asked(gateway).at(-1), 'direct')
    await until('nothing is held', async () => (await gateway.slots()).length === 0)
  })
})
