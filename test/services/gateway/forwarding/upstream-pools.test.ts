import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { buffer } from 'node:stream/consumers'
import { systemClock } from '../../../../services/platform/clock.ts'
import { parseProxyUrl } from '../../../../services/platform/network/proxy-url.ts'
import type { AttemptResult } from '../../../../services/gateway/forwarding/upstream-attempt.ts'
import { createUpstreamPools } from '../../../../services/gateway/forwarding/upstream-pools.ts'
import { ANY_PRIVATE_HOST } from '../../../support/any-private-host.ts'
import { startAttemptSender } from '../../../support/attempt-sender.ts'
import { startSimulatedProxy, type ProxyBehaviour, type SimulatedProxyOptions } from '../../../support/simulated-proxy.ts'
import { startSimulatedUpstream } from '../../../../simulator/upstream.ts'
import { certificate, trustTestAuthority, type CertificateName } from '../../../support/test-certificates.ts'
import { until } from '../../../support/until.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const KINDS = ['http', 'https', 'socks5'] as const
/** Every character that means something in a URL, in a header or in neither. */
const CREDENTIALS = { username: 'wörk@er', password: 'p@ss:w/o?r#d%20 é' }
const PASSWORDS = [CREDENTIALS.password, encodeURIComponent(CREDENTIALS.password)]

function pools(t: TestContext, clock = systemClock) {
  const pools = createUpstreamPools({ hosts: ANY_PRIVATE_HOST, connectTimeoutMs: 10_000, clock })
  t.after(() => pools.close())
  return pools
}

async function proxy(t: TestContext, options: SimulatedProxyOptions) {
  const proxy = await startSimulatedProxy(options)
  t.after(() => proxy.close())
  return { ...proxy, by: parseProxyUrl(proxy.url) }
}

async function listen(t: TestContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => void sockets.add(socket.on('error', () => {})))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

interface Heard {
  rawHeaders: string[]
  body: Buffer
}

/** An upstream that notes what it hears, byte for byte, and answers with bytes of its own. */
/** Of no form that bytes could be taken for: one in some hundred random beginnings looks compressed, or like a page. */
const someResponse = () => Buffer.from(JSON.stringify({ type: 'message', text: randomBytes(200_000).toString('base64') }))

async function listener(t: TestContext, certificateName: CertificateName | null, responseBytes = someResponse()) {
  const heard: Heard[] = []
  const askedFor: (string | false | null)[] = []
  const hear = async (request: IncomingMessage, response: ServerResponse) => {
    heard.push({ rawHeaders: request.rawHeaders, body: await buffer(request) })
    response.writeHead(200, { 'content-type': 'application/json' }).end(responseBytes)
  }
  const serve = (request: IncomingMessage, response: ServerResponse) => void hear(request, response)
  const server = certificateName === null ? createHttpServer(serve) : createHttpsServer(certificate(certificateName), serve)
  server.on('secureConnection', ({ servername }: TLSSocket) => void askedFor.push(servername))
  return { heard, responseBytes, askedFor, port: await listen(t, server) }
}

function assertNoSecret(result: AttemptResult) {
  for (const password of PASSWORDS) assert.ok(!JSON.stringify(result).includes(password))
}

async function assertBroken(result: Promise<AttemptResult>, reason: RegExp) {
  const end = await result
  assertNoSecret(end)
  assert.equal(end.kind, 'broken')
  if (end.kind !== 'broken') return
  assert.match(end.reason, reason)
  assert.equal(end.mayHaveCost, false)
}

for (const kind of KINDS) {
  for (const scheme of ['http', 'https'] as const) {
    test(`through a ${kind} proxy, an ${scheme} upstream hears and answers what it would without`, async (t) => {
      trustTestAuthority(t)
      const send = await startAttemptSender(t)
      const upstream = await listener(t, scheme === 'https' ? 'loopback' : null)
      const through = await proxy(t, { kind, credentials: CREDENTIALS })
      const { dispatcherFor } = pools(t)
      const body = randomBytes(200_000)
      const headers = ['anthropic-beta', 'a, b', 'anthropic-beta', 'c', 'x-api-key', 'upstream-key', 'user-agent', 'cli/1']
      const origin = `${scheme}://localhost:${upstream.port}`
      for (const by of [null, through.by]) {
        const sent = send(dispatcherFor(origin, by), { body, headers })
        assert.deepEqual(await sent.body(), upstream.responseBytes)
        assert.deepEqual(await sent.result, { kind: 'answered', status: 200, fault: null, errorEvent: null })
      }
      const [direct, proxied] = upstream.heard
      assert.ok(direct)
      assert.deepEqual(proxied, direct)
      assert.ok(direct.body.equals(body))
      assert.deepEqual(
        through.tunnels.map(({ target }) => target),
        [`localhost:${upstream.port}`]
      )
      assert.equal(through.tunnels[0]?.sent().includes('upstream-key'), scheme === 'http')
      assert.doesNotMatch(through.requests[0]?.toString('latin1') ?? '', /upstream-key|user-agent/i)
    })
  }

  test(`a ${kind} proxy's response may come byte by byte, and a stream through it flows`, async (t) => {
    trustTestAuthority(t)
    const send = await startAttemptSender(t)
    const upstream = await startSimulatedUpstream()
    t.after(() => upstream.close())
    const through = await proxy(t, { kind, credentials: CREDENTIALS })
    through.setBehaviour('trickle')
    const sent = send(pools(t).dispatcherFor(upstream.url, through.by), {
      body: Buffer.from('{"model":"claude-opus-5-5","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"hi"}]}')
    })
    assert.match((await sent.body())?.toString() ?? '', /event: message_stop\n.*\n\n$/)
    assert.deepEqual(await sent.result, { kind: 'answered', status: 200, fault: null, errorEvent: null })
  })

  test(`a connection through a ${kind} proxy serves one request after the other, several at once`, async (t) => {
    trustTestAuthority(t)
    const send = await startAttemptSender(t)
    const upstream = await listener(t, 'loopback')
    const through = await proxy(t, { kind })
    const { dispatcherFor } = pools(t)
    const origin = `https://localhost:${upstream.port}`
    for (let round = 0; round < 3; round++) await send(dispatcherFor(origin, through.by)).body()
    assert.equal(through.connections.total, 1)
    const several = [1, 2, 3].map(() => send(dispatcherFor(origin, through.by)).body())
    for (const body of await Promise.all(several)) assert.deepEqual(body, upstream.responseBytes)
    assert.equal(through.connections.total, 3)
    assert.equal(upstream.heard.length, 6)
  })

  test(`a client that leaves ends the upstream's connection through a ${kind} proxy`, async (t) => {
    trustTestAuthority(t)
    const send = await startAttemptSender(t)
    const upstream = await startSimulatedUpstream()
    t.after(() => upstream.close())
    upstream.setBehaviour({ breakOff: { how: 'stall', at: 'middle' } })
    const through = await proxy(t, { kind })
    const sent = send(pools(t).dispatcherFor(upstream.url, through.by), {
      body: Buffer.from('{"model":"claude-opus-5-5","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"hi"}]}')
    })
    await sent.response
    sent.hangUp()
    assert.deepEqual(await sent.result, { kind: 'gone', mayHaveCost: true })
    await until('the upstream is left alone', () => upstream.connections.open === 0 && through.connections.open === 0)
  })

  test(`a client may leave while a ${kind} proxy is still being asked`, async (t) => {
    trustTestAuthority(t)
    const send = await startAttemptSender(t)
    const through = await proxy(t, { kind })
    through.setBehaviour('stall')
    const sent = send(pools(t).dispatcherFor('http://upstream.test', through.by))
    await until('the proxy is asked', () => through.connections.open === 1)
    sent.hangUp()
    assert.deepEqual(await sent.result, { kind: 'gone', mayHaveCost: false })
  })

  test(`timeouts are the request's own through a ${kind} proxy`, async (t) => {
    trustTestAuthority(t)
    const send = await startAttemptSender(t)
    const upstream = await startSimulatedUpstream()
    t.after(() => upstream.close())
    const through = await proxy(t, { kind })
    const dispatcher = pools(t).dispatcherFor(upstream.url, through.by)
    const body = Buffer.from(
      '{"model":"claude-opus-5-5","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"hi"}]}'
    )
    upstream.setBehaviour({ breakOff: { how: 'stall', at: 'before-headers' } })
    const headless = await send(dispatcher, { body, headersTimeoutMs: 50 }).result
    assert.deepEqual(headless, {
      kind: 'broken',
      reason: 'Headers Timeout Error',
      mayHaveCost: true,
      timedOut: true,
      stage: 'waiting',
      isStale: false
    })
    upstream.setBehaviour({ breakOff: { how: 'stall', at: 'middle' } })
    const stuck = send(dispatcher, { body, idleTimeoutMs: 50 })
    assert.match((await stuck.body())?.toString() ?? '', /event: error\n/)
    assert.equal((await stuck.result).kind, 'answered')
  })

  const refusals: [ProxyBehaviour, RegExp][] = [
    ['close', /closed the connection|socket disconnected|ECONNRESET/],
    ['reset', /ECONNRESET|closed the connection|EPIPE/],
    ['garbage', kind === 'socks5' ? /does not speak SOCKS5$/ : /does not speak HTTP$/],
    ['endless', kind === 'socks5' ? /does not speak SOCKS5$/ : /sent an oversized response$/],
    ...(kind === 'socks5'
      ? ([
          [{ refuse: 2 }, /refused to connect: not allowed by its rules$/],
          [{ refuse: 5 }, /refused to connect: connection refused$/],
          [{ refuse: 99 }, /refused to connect: SOCKS error 99$/]
        ] as [ProxyBehaviour, RegExp][])
      : [407, 403, 502, 301, 100].map((status): [ProxyBehaviour, RegExp] => [
          { refuse: status },
          new RegExp(`answered CONNECT with status ${status}$`)
        ]))
  ]
  test(`a ${kind} proxy that refuses is asked once, and costs nothing`, async (t) => {
    trustTestAuthority(t)
    const send = await startAttemptSender(t)
    const through = await proxy(t, { kind, credentials: CREDENTIALS })
    const { dispatcherFor } = pools(t)
    let asked = 0
    for (const [behaviour, reason] of refusals) {
      for (const scheme of ['http', 'https']) {
        through.setBehaviour(behaviour)
        const sent = send(dispatcherFor(`${scheme}://upstream.test`, through.by))
        await assertBroken(sent.result, reason)
        assert.equal(through.connections.total, ++asked, JSON.stringify(behaviour))
      }
    }
    await until('its connections are closed', () => through.connections.open === 0)
  })

  test(`a ${kind} proxy that accepts and closes at once is no loop`, async (t) => {
    trustTestAuthority(t)
    const send = await startAttemptSender(t)
    const through = await proxy(t, { kind })
    const { dispatcherFor } = pools(t)
    for (const behaviour of ['drop', 'chatty drop'] as const) {
      through.setBehaviour(behaviour)
      for (const scheme of ['http', 'https']) {
        const before = through.connections.total
        const { result } = send(dispatcherFor(`${scheme}://upstream.test`, through.by))
        if (behaviour === 'chatty drop') await assertBroken(result, /nobody asked for|unshift/)
        assert.equal((await result).kind, 'broken')
        assert.equal(through.connections.total, before + 1)
      }
    }
    await until('its connections are closed', () => through.connections.open === 0)
  })

  test(`a connection through a ${kind} proxy outlives the time it had to come about`, async (t) => {
    trustTestAuthority(t)
    const send = await startAttemptSender(t)
    const upstream = await listener(t, null)
    const through = await proxy(t, { kind })
    const clock = createVirtualClock()
    const dispatcher = pools(t, clock).dispatcherFor(`http://localhost:${upstream.port}`, through.by)
    await send(dispatcher).body()
    assert.equal(clock.pendingTimers(), 0)
    await clock.advance(10_000)
    await send(dispatcher).body()
    assert.equal(through.connections.total, 1)
    through.setBehaviour({ refuse: 3 })
    await Promise.all([send(dispatcher).result, send(dispatcher).result])
    assert.equal(clock.pendingTimers(), 0)
  })

  test(`a ${kind} proxy that is given the wrong password says so`, async (t) => {
    trustTestAuthority(t)
    const send = await startAttemptSender(t)
    const through = await proxy(t, { kind, credentials: CREDENTIALS })
    const { dispatcherFor } = pools(t)
    const wrong = parseProxyUrl(`${kind}://u:hunter2@127.0.0.1:${through.port}`)
    const none = parseProxyUrl(`${kind}://127.0.0.1:${through.port}`)
    const reasons =
      kind === 'socks5'
        ? [/refused the user name and password$/, /requires a user name and password$/]
        : [/status 407$/, /status 407$/]
    for (const [index, by] of [wrong, none].entries()) {
      const sent = send(dispatcherFor('https://upstream.test', by))
      await assertBroken(sent.result, reasons[index]!)
      assert.doesNotMatch(JSON.stringify(await sent.result), /hunter2/)
    }
  })

  test(`a ${kind} proxy that isn't there is a prompt error`, async (t) => {
    const send = await startAttemptSender(t)
    const through = await startSimulatedProxy({ kind, credentials: CREDENTIALS })
    await through.close()
    const { dispatcherFor } = pools(t)
    const sent = send(dispatcherFor('https://upstream.test', parseProxyUrl(through.url)))
    await assertBroken(sent.result, new RegExp(`^the proxy ${kind}://127.0.0.1:${through.port} connect ECONNREFUSED`))
  })

  test(`a ${kind} proxy that says nothing is given up`, async (t) => {
    trustTestAuthority(t)
    const send = await startAttemptSender(t)
    const clock = createVirtualClock()
    const { dispatcherFor } = pools(t, clock)
    const through = await proxy(t, { kind })
    const silent = createTcpServer()
    const silentPort = await listen(t, silent)
    const upstreamPort = await listen(t, createTcpServer())
    const giveUp = async (url: string, origin: string, isAsked: () => boolean) => {
      const sent = send(dispatcherFor(origin, parseProxyUrl(url)))
      await until('the proxy is asked', isAsked)
      await clock.advance(10_000)
      await assertBroken(sent.result, /gave no connection within 10000 ms$/)
    }
    through.setBehaviour('stall')
    await giveUp(through.url, 'http://upstream.test', () => through.connections.open === 1)
    await until('it is hung up on', () => through.connections.open === 0)
    // Nor does it help to accept, or to lead to an upstream that says nothing.
    let accepted = 0
    silent.on('connection', () => accepted++)
    await giveUp(`${kind}://127.0.0.1:${silentPort}`, 'http://upstream.test', () => accepted === 1)
    through.setBehaviour('tunnel')
    const hello = () => (through.tunnels[0]?.sent().length ?? 0) > 0
    await giveUp(through.url, `https://upstream.test:${upstreamPort}`, hello)
    await until('it is hung up on', () => through.connections.open === 0)
    assert.equal(clock.pendingTimers(), 0)
  })

  test(`certificates are verified through a ${kind} proxy, and its own`, async (t) => {
    const send = await startAttemptSender(t)
    const { dispatcherFor } = pools(t)
    const [trusted, elsewhere] = [await listener(t, 'loopback'), await listener(t, 'elsewhere')]
    const through = await proxy(t, { kind, credentials: CREDENTIALS })
    const attempt = (port: number, by = through.by, host = 'upstream.test') =>
      send(dispatcherFor(`https://${host}:${port}`, by)).result
    await assertBroken(attempt(trusted.port), /(unable to verify|self-signed|unable to get)/)
    trustTestAuthority(t)
    assert.equal((await attempt(trusted.port)).kind, 'answered')
    assert.equal((await attempt(trusted.port, through.by, '127.0.0.1')).kind, 'answered')
    assert.deepEqual(trusted.askedFor, ['upstream.test', false])
    await assertBroken(attempt(elsewhere.port), /led to an upstream whose TLS failed: Hostname.*does not match/)
    if (kind === 'https') {
      const impostor = await proxy(t, { kind, credentials: CREDENTIALS, certificate: 'elsewhere' })
      await assertBroken(attempt(trusted.port, impostor.by), /does not match/)
      assert.equal(impostor.requests.length, 0)
    }
    assert.equal(elsewhere.heard.length, 0)
  })

  test(`an upstream that hangs up is an error through a ${kind} proxy, not a loop`, async (t) => {
    trustTestAuthority(t)
    const send = await startAttemptSender(t)
    const through = await proxy(t, { kind })
    const port = await listen(
      t,
      createTcpServer((socket) => void socket.end())
    )
    const { dispatcherFor } = pools(t)
    await assertBroken(
      send(dispatcherFor(`https://upstream.test:${port}`, through.by)).result,
      /disconnected|ECONNRESET|closed/
    )
    const plain = await send(dispatcherFor(`http://upstream.test:${port}`, through.by)).result
    assert.equal(plain.kind, 'broken')
    assert.equal(through.connections.total, 2)
  })
}

test('a SOCKS5 proxy is told names as names and addresses as addresses', async (t) => {
  const send = await startAttemptSender(t)
  const through = await proxy(t, { kind: 'socks5' })
  through.setBehaviour({ refuse: 4 })
  const { dispatcherFor } = pools(t)
  for (const host of ['upstream.test', '10.1.2.3', '[2001:db8::5]', '[::]', '[::ffff:1.2.3.4]']) {
    await assertBroken(send(dispatcherFor(`http://${host}:513`, through.by)).result, /host unreachable/)
  }
  await assertBroken(send(dispatcherFor(`http://${'x'.repeat(256)}`, through.by)).result, /host name that long$/)
  const asked = through.requests.map((bytes) => bytes.subarray(bytes.indexOf(Buffer.of(5, 1, 0), 2)).toString('hex'))
  assert.deepEqual(asked, [
    `050100030d${Buffer.from('upstream.test').toString('hex')}0201`,
    '050100010a0102030201',
    '0501000420010db80000000000000000000000050201',
    '05010004000000000000000000000000000000000201',
    '0501000400000000000000000000ffff010203040201'
  ])
})

test('an HTTP proxy is told the authority, with the brackets of an IPv6 address', async (t) => {
  const send = await startAttemptSender(t)
  const through = await proxy(t, { kind: 'http', credentials: CREDENTIALS })
  through.setBehaviour({ refuse: 403 })
  const { dispatcherFor } = pools(t)
  await send(dispatcherFor('https://[2001:db8::5]', through.by)).result
  const basic = Buffer.from(`${CREDENTIALS.username}:${CREDENTIALS.password}`).toString('base64')
  const head = `CONNECT [2001:db8::5]:443 HTTP/1.1\r\nhost: [2001:db8::5]:443\r\nproxy-authorization: Basic ${basic}\r\n\r\n`
  assert.equal(through.requests[0]?.toString(), head)
})

test('there is one pool per origin and proxy, password and all', (t) => {
  const { dispatcherFor } = pools(t)
  const urls = ['http://u:a@proxy.example', 'http://u:b@proxy.example', 'https://u:a@proxy.example', 'socks5://proxy.example']
  const all = ['http://a.test', 'http://b.test'].flatMap((origin) => [
    dispatcherFor(origin, null),
    ...urls.map((url) => dispatcherFor(origin, parseProxyUrl(url)))
  ])
  assert.equal(new Set(all).size, 10)
  assert.equal(dispatcherFor('http://a.test', null), all[0])
  assert.equal(dispatcherFor('http://a.test', parseProxyUrl('http://u:a@PROXY.example:80')), all[1])
})

test('pools that are no longer used make room, and their requests end in peace', async (t) => {
  const send = await startAttemptSender(t)
  const responses: ServerResponse[] = []
  const port = await listen(
    t,
    createHttpServer((_request, response) => void responses.push(response))
  )
  const origin = `http://127.0.0.1:${port}`
  const pools = createUpstreamPools({ hosts: ANY_PRIVATE_HOST, connectTimeoutMs: 10_000, clock: systemClock })
  t.after(() => pools.close())
  const [first, second] = ['http://u:1@', 'http://u:2@'].map(() => send(pools.dispatcherFor(origin, null)))
  await until('both are asked', () => responses.length === 2)
  const used = pools.dispatcherFor(origin, null)
  for (let n = 0; n < 600; n++) pools.dispatcherFor(`http://${n}.test`, null)
  assert.notEqual(pools.dispatcherFor(origin, null), used)
  responses[0]?.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  assert.ok(first && second)
  assert.equal((await Promise.race([first.result, second.result])).kind, 'answered')
  await pools.close()
  const ends = await Promise.all([first.result, second.result])
  assert.deepEqual(ends.map(({ kind }) => kind).sort(), ['answered', 'broken'])
})

test('certificates are verified without a proxy too', async (t) => {
  const send = await startAttemptSender(t)
  const upstream = await listener(t, 'loopback')
  const { dispatcherFor } = pools(t)
  const origin = `https://localhost:${upstream.port}`
  await assertBroken(send(dispatcherFor(origin, null)).result, /(unable to verify|self-signed|unable to get)/)
  trustTestAuthority(t)
  assert.equal((await send(dispatcherFor(origin, null)).result).kind, 'answered')
  const elsewhere = await listener(t, 'elsewhere')
  await assertBroken(send(dispatcherFor(`https://localhost:${elsewhere.port}`, null)).result, /does not match/)
})
