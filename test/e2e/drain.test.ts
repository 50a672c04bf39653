import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { suite, test, type TestContext } from 'node:test'
import { account, ask, CLIENT_KEY, USER } from '../support/gateway.ts'
import { serverPlace, type ServerPlace } from '../support/server-process.ts'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'
import { until } from '../support/until.ts'

// A process of its own: it takes as long as a dozen others, and so begins first.

const STOPPED = { code: 0, signal: null }
/** Longer than any test may take: whoever waits for it fails. */
const NEVER_MS = '600000'

const LEFT_OUT = /the rest of the delay is skipped/

/** The stream's end as a client reads it that was cut off: told to come again, and nothing behind it. */
const CUT_SHORT = /event: error\ndata: \{"type":"error","error":\{"type":"overloaded_error",[^\n]*shutting down[^\n]*\}\n\n$/

interface Event {
  outcome: string
  basis: string
  output_tokens: number
}

await suite('stopping', { timeout: 300_000, concurrency: 4 }, async () => {
  test('a load balancer is told at once, new requests are served for a while, and then refused', async (t) => {
    const { place, upstream } = await drainPlace(t)
    const life = await place.start({ DRAIN_DELAY_MS: '1500' })
    const stream = await beginStream(place)
    life.kill('SIGTERM')
    await until('it is no longer ready', async () => (await fetch(`${place.url}/readyz`)).status === 503)
    assert.equal((await fetch(`${place.url}/livez`)).status, 200)

    upstream.setBehaviour({})
    const served = await place.messages(ask())
    assert.deepEqual([served.status, served.headers.get('connection')], [200, 'close'])
    assert.equal(((await served.json()) as { type: string }).type, 'message')
    const streamed = await place.messages(ask({ stream: true }))
    assert.deepEqual([streamed.status, streamed.headers.get('connection')], [200, 'close'])
    assert.match(await streamed.text(), /message_stop/)

    let refused = await place.messages(ask())
    await until('new requests are refused', async () => {
      await refused.arrayBuffer()
      refused = await place.messages(ask())
      return refused.status !== 200
    })
    const { type, error } = (await refused.json()) as { type: string; error: { type: string } }
    assert.deepEqual([refused.status, type, error.type], [503, 'error', 'api_error'])
    assert.match(refused.headers.get('retry-after') ?? '', /^[1-9]\d?$/)
    assert.equal(refused.headers.get('connection'), 'close')
    stream.hangUp()
    assert.deepEqual(await life.ends(), STOPPED)
  })

  test('a running stream ends whole and is on record', async (t) => {
    const { place, upstream } = await drainPlace(t)
    // Longer than the ten seconds after which Fastify by itself gives up on a hook.
    upstream.setBehaviour({ deltas: 22, paceMs: 500 })
    const life = await place.start()
    const response = await place.messages(ask({ stream: true }))
    life.kill('SIGTERM')
    assert.match(await response.text(), /event: message_stop\n.*\n\n$/)
    assert.deepEqual(await life.ends(), STOPPED)
    assert.deepEqual(await eventsAfter(place), [['completed', 'final', upstream.messageStarts[0]!.outputTokens]])
  })

  test('who waits for a slot keeps the place and is served', async (t) => {
    const { place, upstream } = await drainPlace(t, { concurrency: 1 })
    upstream.setBehaviour({ deltas: 40, paceMs: 25 })
    const life = await place.start()
    // The first look loads the admin API; those that count are to take no time.
    await place.list('/slots')
    const first = await place.messages(ask({ stream: true }))
    const waiters = [place.messages(ask({ stream: true })), place.messages(ask())]
    await untilWaiting(place, 2)
    life.kill('SIGTERM')
    assert.match(await first.text(), /message_stop/)
    for (const waiter of waiters) assert.match(await (await waiter).text(), /message_stop|"end_turn"/)
    assert.deepEqual(await life.ends(), STOPPED)
    assert.equal((await eventsAfter(place)).length, 3)
  })

  test('a request whose body is still on its way is served', async (t) => {
    const { place, upstream } = await drainPlace(t)
    upstream.setBehaviour({})
    const life = await place.start()
    const body = JSON.stringify(ask())
    const socket = connect(Number(new URL(place.url).port), '127.0.0.1')
    t.after(() => socket.destroy())
    const head = `POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: ${CLIENT_KEY}\r\nanthropic-version: 2023-06-01\r\n`
    socket.write(`${head}content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: ${body.length}\r\n\r\n`)
    const response = text(socket)
    await until('the server has the head and asks for the body', () => socket.bytesRead > 0)
    socket.write(body.slice(0, 10))
    life.kill('SIGTERM')
    await until('the door is closed', async () => (await fetch(`${place.url}/`).catch(() => null))?.status !== 200)
    socket.write(body.slice(10))
    assert.match(await response, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /)
    assert.deepEqual(await life.ends(), STOPPED)
    assert.equal((await eventsAfter(place)).length, 1)
  })

  test('a second SIGTERM cuts both waits short, and what was running is told so and on record', async (t) => {
    const { place } = await drainPlace(t, { concurrency: 1 })
    const life = await place.start({ DRAIN_DELAY_MS: NEVER_MS, DRAIN_TIMEOUT_MS: NEVER_MS })
    const stream = await beginStream(place)
    const waiting = place.messages(ask())
    await untilWaiting(place, 1)
    life.kill('SIGTERM')
    await until('it is no longer ready', async () => (await fetch(`${place.url}/readyz`)).status === 503)
    // Once more at once would be taken for the same one.
    let isOver = false
    void life.exited.then(() => (isOver = true))
    await until('it is hurried', () => {
      life.kill('SIGTERM')
      return isOver
    })
    assert.deepEqual(await life.ends(), STOPPED)
    assert.match(await stream.rest, CUT_SHORT)
    assert.deepEqual([(await waiting).status, (await waiting).headers.get('retry-after')], [503, '1'])
    assertCutShort(await eventsAfter(place))
  })

  test('a server that nobody asks leaves out half of the delay, with all on record', async (t) => {
    const { place, upstream } = await drainPlace(t, {}, 'embedded')
    upstream.setBehaviour({})
    const life = await place.start({ DRAIN_DELAY_MS: '1000', SETTLE_INTERVAL_MS: NEVER_MS })
    assert.equal((await place.messages(ask())).status, 200)
    life.kill('SIGTERM')
    // Who probes it does not keep it.
    await until('it is no longer ready', async () => (await fetch(`${place.url}/readyz`)).status === 503)
    assert.deepEqual(await life.ends(), STOPPED)
    assert.match(life.stdout(), LEFT_OUT)
    assert.equal((await eventsAfter(place)).length, 1)
  })

  test('a server that is asked while it drains serves for the whole delay', async (t) => {
    const { place, upstream } = await drainPlace(t)
    upstream.setBehaviour({})
    const life = await place.start({ DRAIN_DELAY_MS: '8000' })
    life.kill('SIGTERM')
    await until('it is no longer ready', async () => (await fetch(`${place.url}/readyz`)).status === 503)
    assert.equal((await place.messages(ask())).status, 200)
    assert.deepEqual(await life.ends(), STOPPED)
    assert.doesNotMatch(life.stdout(), LEFT_OUT)
    assert.equal((await eventsAfter(place)).length, 1)
  })

  test('SIGINT does not wait for a load balancer', async (t) => {
    const { place } = await drainPlace(t)
    const life = await place.start({ DRAIN_DELAY_MS: NEVER_MS })
    life.kill('SIGINT')
    assert.deepEqual(await life.ends(), STOPPED)
  })

  test('a stream that never ends is not waited for longer than DRAIN_TIMEOUT_MS', async (t) => {
    const { place } = await drainPlace(t)
    const life = await place.start({ DRAIN_TIMEOUT_MS: '300' })
    const stream = await beginStream(place)
    const killedAt = performance.now()
    life.kill('SIGTERM')
    assert.deepEqual(await life.ends(), STOPPED)
    assert.ok(performance.now() - killedAt >= 250)
    assert.match(await stream.rest, CUT_SHORT)
    assertCutShort(await eventsAfter(place))
  })
})

async function drainPlace(t: TestContext, user: object = {}, database: 'postgres' | 'embedded' = 'postgres') {
  const upstream = await startSimulatedUpstream()
  t.after(() => upstream.close())
  upstream.setBehaviour({ breakOff: { how: 'stall', at: 'middle' } })
  const declared = {
    groups: [{ name: 'default', kind: 'balance' }],
    accounts: [account('main', upstream.url)],
    users: [{ email: USER, concurrency: 5, balance_usd: '100', keys: [{ name: 'laptop', key: CLIENT_KEY }], ...user }]
  }
  const place = await serverPlace(t, { database, declared, env: { DRAIN_DELAY_MS: '0' } })
  return { place, upstream }
}

/** A stream that has begun and, as the upstream is set up, never ends. */
async function beginStream(place: ServerPlace) {
  const abort = new AbortController()
  const response = await place.messages(ask({ stream: true }), { signal: abort.signal })
  assert.equal(response.status, 200)
  const rest = response.text()
  rest.catch(() => {})
  return { rest, hangUp: () => abort.abort() }
}

function untilWaiting(place: ServerPlace, count: number) {
  return until(`${count} wait for a slot of the user`, async () => {
    const slots = await place.list<{ subject: string; waiting: number }>('/slots')
    return slots.find((slot) => slot.subject === 'user')?.waiting === count
  })
}

/** What is on record once the next life is up: outcome, basis and output of each event. */
async function eventsAfter(place: ServerPlace): Promise<[string, string, number][]> {
  await place.start()
  const events = await place.list<Event>('/usage-events')
  return events.map((event) => [event.outcome, event.basis, event.output_tokens])
}

function assertCutShort(events: [string, string, number][]) {
  assert.equal(events.length, 1)
  const [outcome, basis, outputTokens] = events[0]!
  assert.deepEqual([outcome, basis], ['interrupted', 'partial'])
  assert.ok(outputTokens > 0)
}
