import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readInBackground } from '../support/event-stream.ts'
import { account, ask, credentialOf, saying, startGateway, type Gateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const nothingHeld = ({ slots }: Gateway) => until('nothing is held', async () => (await slots()).length === 0)

/** The events of a stream that is read to its end, while the upstream still has its connection open. */
async function endedStream(gateway: Gateway, headers: Record<string, string> = {}) {
  const response = await gateway.messages(ask({ stream: true }), { headers })
  const text = await response.text()
  assert.equal(gateway.upstream.stats.inFlight, 1, 'the upstream has not ended its response')
  await nothingHeld(gateway)
  await gateway.settled()
  const [event] = await gateway.events()
  await until('the upstream’s connection is dropped', () => gateway.upstream.stats.inFlight === 0)
  return { text, event: event! }
}

test('a client’s stream ends when the protocol says so', { timeout: 60_000 }, async (t) => {
  const gateway = await startGateway(t)
  const { upstream } = gateway

  await t.test('at message_stop, whatever the upstream’s connection does', async () => {
    upstream.setBehaviour({ breakOff: { how: 'stall', at: 'end' } })
    const { text, event } = await endedStream(gateway)
    assert.match(text, /event: message_stop\ndata: \{"type":"message_stop" *\}\n\n$/)
    assert.deepEqual([event.outcome, event.basis], ['completed', 'final'])
  })

  await t.test('at an error', async () => {
    upstream.setBehaviour({
      insert: [{ at: 'middle', raw: 'event: error\ndata: {"error":{"type":"api_error"}}\n\n' }],
      paceMs: 1,
      breakOff: { how: 'stall', at: 'message_stop' }
    })
    const { text, event } = await endedStream(gateway)
    assert.match(text, /event: error\ndata: \{"error":\{"type":"api_error"\}\}\n\n$/)
    assert.deepEqual([event.outcome, event.basis], ['upstream_error', 'partial'])
  })

  await t.test('at an error that lacks its name, which is said once more so that clients see it', async () => {
    const raw = 'data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'
    upstream.setBehaviour({ insert: [{ at: 'middle', raw }], paceMs: 1, breakOff: { how: 'stall', at: 'message_stop' } })
    const { text, event } = await endedStream(gateway)
    assert.ok(text.endsWith(`${raw}event: error\n${raw}`))
    assert.equal(event.outcome, 'upstream_error')
  })

  await t.test('also where it is compressed, and where its lines end with CR LF in pieces', async () => {
    upstream.setBehaviour({ encoding: 'gzip', breakOff: { how: 'stall', at: 'end' } })
    const decoded = await endedStream(gateway, { 'accept-encoding': 'identity' })
    assert.match(decoded.text, /event: message_stop\n[^\n]*\n\n$/)
    upstream.setBehaviour({ lineEnd: '\r\n', chunking: 'bytes', breakOff: { how: 'stall', at: 'end' } })
    assert.match((await endedStream(gateway)).text, /event: message_stop\r\n[^\n]*\r\n\r\n$/)
    upstream.setBehaviour({ lineEnd: '\r', breakOff: { how: 'stall', at: 'end' } })
    assert.match((await endedStream(gateway)).text, /event: message_stop\r[^\r]*\r\r$/)
  })

  await t.test('passed on compressed it has its trailer, or an end where none comes', async () => {
    upstream.setBehaviour({ encoding: 'gzip' })
    const whole = await gateway.messages(ask({ stream: true }), { headers: { 'accept-encoding': 'gzip' } })
    assert.match(await whole.text(), /event: message_stop\n[^\n]*\n\n$/)
    upstream.setBehaviour({ encoding: 'gzip', breakOff: { how: 'stall', at: 'end' } })
    const response = await gateway.messages(ask({ stream: true }), { headers: { 'accept-encoding': 'gzip' } })
    const reading = readInBackground(response)
    reading.done.catch(() => null)
    await until('the client has it all', () => reading.text.includes('event: message_stop'))
    await nothingHeld(gateway)
    await until('the upstream’s connection is dropped', () => upstream.stats.inFlight === 0)
  })

  await t.test('nothing behind it is passed on', async () => {
    upstream.setBehaviour({ insert: [{ at: 'end', event: 'message_start' }], chunking: 'once' })
    const response = await gateway.messages(ask({ stream: true }))
    assert.match(await response.text(), /event: message_stop\n[^\n]*\n\n$/)
  })

  await t.test('and a connection that ends by itself in time is used again', async () => {
    upstream.setBehaviour({ deltas: 1, paceMs: 10, insert: [{ at: 'end', raw: ': the end comes a moment later\n\n' }] })
    const askToTheEnd = async () => {
      await (await gateway.messages(ask({ stream: true }))).text()
      await until('the upstream is done', () => upstream.stats.inFlight === 0)
    }
    await askToTheEnd()
    const { total } = upstream.connections
    for (let n = 0; n < 3; n++) await askToTheEnd()
    assert.equal(upstream.connections.total, total)
  })
})

const PING = 'event: ping\ndata: {"type":"ping"}\n\n'
const pingsIn = (text: string) => text.split('event: ping\n').length - 1

test('a streaming client is pinged while its upstream is silent', { timeout: 60_000 }, async (t) => {
  const gateway = await startGateway(t, {
    env: { KEEPALIVE_MS: '100', PING_INTERVAL_MS: '60000' },
    declared: (url) => ({ accounts: [account('main', url, { priority: 1 }), account('second', url, { priority: 2 })] })
  })
  const { upstream } = gateway
  let asked = 0
  const stream = () => gateway.messages(saying(`question ${asked++}`, { stream: true }))

  await t.test('before its first byte, and gets the message behind the pings', async () => {
    upstream.setBehaviour({ delayHeadersMs: 1500 })
    const response = await stream()
    assert.deepEqual(
      [response.status, ...['content-type', 'cache-control', 'x-accel-buffering'].map((name) => response.headers.get(name))],
      [200, 'text/event-stream', 'no-cache', 'no']
    )
    const [ours = '', theirs = ''] = (await response.text()).split(/(?=event: message_start\n)/)
    assert.ok(pingsIn(ours) >= 2)
    assert.equal(ours, PING.repeat(pingsIn(ours)))
    assert.match(theirs, /event: message_stop\n[^\n]*\n\n$/)
  })

  await t.test('between whole events, also while one has only begun', async () => {
    const half = { how: 'stall', at: 'middle', midEvent: true } as const
    for (const breakOff of [{ ...half, midEvent: false }, half]) {
      upstream.setBehaviour({ breakOff })
      const hangUp = new AbortController()
      const response = await gateway.messages(saying(`question ${asked++}`, { stream: true }), { signal: hangUp.signal })
      const reading = readInBackground(response)
      reading.done.catch(() => null)
      await until('three pings', () => reading.text.endsWith(PING.repeat(3)))
      for (const block of reading.text.split('\n\n').slice(0, -1)) assert.match(block, /^event: \w+\ndata: \{.*\}$/)
      hangUp.abort()
      await nothingHeld(gateway)
    }
  })

  await t.test('and never inside an event that is too long to be held back, or a compressed stream', async () => {
    for (const [behaviour, coding] of [
      [{ hugeEventBytes: 1_000_000, breakOff: { how: 'stall', at: 'middle', midEvent: true } }, null],
      [{ encoding: 'gzip', breakOff: { how: 'stall', at: 'middle' } }, 'gzip']
    ] as const) {
      upstream.setBehaviour(behaviour)
      const hangUp = new AbortController()
      const ask = () =>
        gateway.messages(saying(`question ${asked++}`, { stream: true }), {
          headers: { 'accept-encoding': coding ?? 'identity' },
          signal: hangUp.signal
        })
      let response = await ask()
      // One that took so long to begin that it was pinged before is no longer passed on as it came.
      while (response.headers.get('content-encoding') !== coding) response = await ask()
      const reading = readInBackground(response)
      reading.done.catch(() => null)
      const message = () => reading.text.slice(reading.text.indexOf('message_start'))
      await until('it has come as far as it does', () => message().length > (coding === null ? 400_000 : 500))
      upstream.setBehaviour({ delayHeadersMs: 1000 })
      assert.match(await (await stream()).text(), /^event: ping\n/) // meanwhile another is pinged
      assert.ok(pingsIn(message()) <= 1, 'the upstream’s own')
      hangUp.abort()
      await nothingHeld(gateway)
    }
  })

  await t.test('another account answers behind pings, ours and the upstream’s', async () => {
    const refusals = [
      { delayHeadersMs: 1000, error: { status: 529 } },
      { insert: [{ at: 0, event: 'ping' } as const], errorEvent: { at: 0 } as const },
      { insert: [{ at: 0, event: 'ping' } as const], paceMs: 100, errorEvent: { at: 0 } as const },
      { insert: [{ at: 0, event: 'ping' } as const], breakOff: { how: 'end', at: 0 } as const },
      { insert: [{ at: 0, event: 'ping' } as const], breakOff: { how: 'reset', at: 0 } as const }
    ]
    for (const behaviour of refusals) {
      await gateway.heal()
      upstream.reset()
      upstream.setBehaviour([{ credential: credentialOf('main'), behaviour }])
      const response = await stream()
      assert.equal(response.status, 200)
      const text = await response.text()
      assert.match(text, /^(event: ping\n[^\n]*\n\n)*event: message_start\n[^]*\nevent: message_stop\n[^\n]*\n\n$/)
      assert.equal(upstream.requests.at(-1)!.credential, credentialOf('second'), JSON.stringify(behaviour))
    }
  })

  await t.test('reads what fails later as an event', async () => {
    await gateway.heal()
    upstream.setBehaviour({ delayHeadersMs: 400, error: { status: 400, message: 'no such luck' } })
    const response = await stream()
    assert.equal(response.status, 200)
    assert.match(await response.text(), /^(event: ping\n[^\n]*\n\n)+event: error\ndata: \{.*no such luck.*\}\n\n$/)
  })

  await t.test('but not one that waits for a plain response, or for none at all', async () => {
    upstream.setBehaviour({ delayHeadersMs: 400, error: { status: 400, message: 'no such luck' } })
    assert.equal((await gateway.messages(ask())).status, 400)
    const counted = await gateway.messages(ask({ stream: true }), { path: '/v1/messages/count_tokens' })
    assert.equal(counted.status, 400)
  })
})

test('with KEEPALIVE_MS 0 a silent upstream is waited for in silence', { timeout: 60_000 }, async (t) => {
  const gateway = await startGateway(t, { env: { KEEPALIVE_MS: '0', PING_INTERVAL_MS: '10' } })
  gateway.upstream.setBehaviour({ delayHeadersMs: 150, error: { status: 400 } })
  assert.equal((await gateway.messages(ask({ stream: true }))).status, 400)
})
