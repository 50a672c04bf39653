import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { suite, test, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ask, CLIENT_KEY, startGateway, type Gateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

// A process of its own: it measures the memory of its process.

const MB = 1_000_000
/** More than the socket buffers of two loopback connections hold. */
const LONG_MB = 25

const DELTA = `event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"${'x'.repeat(9880)}"}}\n\n`

function longStream(megabytes: number) {
  const start = `event: message_start\ndata: {"type":"message_start","message":{"model":"claude-opus-5-5","usage":{"input_tokens":1000,"output_tokens":1}}}\n\n`
  const end = `event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5000}}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n`
  return start + DELTA.repeat(Math.ceil((megabytes * MB) / DELTA.length)) + end
}

function tellLong(gateway: Gateway, megabytes = LONG_MB) {
  const body = longStream(megabytes)
  gateway.upstream.setBehaviour({
    raw: { status: 200, headers: { 'content-type': 'text/event-stream' }, body },
    chunking: { seed: 1, maxBytes: 128 * 1024 }
  })
  return body.length
}

/** A client that reads only when it is told to. */
async function askSlowly(t: TestContext, gateway: Gateway, body: object): Promise<IncomingMessage> {
  const outgoing = request(`${gateway.url}/v1/messages`, {
    method: 'POST',
    agent: false,
    headers: { 'x-api-key': CLIENT_KEY, 'content-type': 'application/json', 'anthropic-version': '2023-06-01' }
  })
  outgoing.on('error', () => {})
  t.after(() => outgoing.destroy())
  outgoing.end(JSON.stringify(body))
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  response.on('error', () => {})
  return response
}

/** Resolves when the upstream can hand over no more for now, to how much it has. */
async function untilStuck(gateway: Gateway) {
  const sent = () => gateway.upstream.requests[0]!.bytesSent
  let last = -1
  while (sent() !== last || last === 0) {
    last = sent()
    await delay(150)
  }
  return last
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Bytes in buffers that somebody still refers to. */
async function buffersHeld() {
  // Buffers that sockets let go of are freed in a second round.
  for (let round = 0; round < 2; round++) {
    collectGarbage()
    await delay(10)
  }
  return process.memoryUsage().arrayBuffers
}

async function connectionsOf({ app }: Gateway) {
  return await new Promise<number>((resolve, reject) =>
    app.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)))
  )
}

await suite('a client that reads nothing', async () => {
  test('stops the upstream, costs little memory, and gets everything once it reads', async (t) => {
    const gateway = await startGateway(t)
    const total = tellLong(gateway)
    const before = await buffersHeld()
    const response = await askSlowly(t, gateway, ask({ stream: true }))
    const sent = await untilStuck(gateway)
    assert.ok(sent < total - 5 * MB, `the upstream handed over ${sent} of ${total} bytes`)
    const held = (await buffersHeld()) - before
    // The simulated upstream is in this process as well, and has the text twice.
    assert.ok(held < 2 * total + 5 * MB, `${held - 2 * total} bytes more are held`)
    let received = 0
    for await (const chunk of response) received += (chunk as Buffer).length
    assert.equal(received, total)
    const [event] = await gateway.settledEvents(1)
    assert.deepEqual([event!.outcome, event!.basis, event!.output_tokens], ['completed', 'final', 5000])
  })

  test('is not the upstream’s silence', async (t) => {
    const gateway = await startGateway(t, { env: { UPSTREAM_IDLE_TIMEOUT_MS: '200' } })
    const total = tellLong(gateway)
    const response = await askSlowly(t, gateway, ask({ stream: true }))
    await untilStuck(gateway)
    await delay(400)
    let received = 0
    for await (const chunk of response) received += (chunk as Buffer).length
    assert.equal(received, total)
  })

  test('is closed after CLIENT_STALL_TIMEOUT_MS, and what it was sent is paid', async (t) => {
    const gateway = await startGateway(t, { env: { CLIENT_STALL_TIMEOUT_MS: '300' } })
    tellLong(gateway)
    await askSlowly(t, gateway, ask({ stream: true }))
    const [event] = await gateway.settledEvents(1)
    assert.deepEqual([event!.outcome, event!.basis, event!.input_tokens], ['client_closed', 'partial', 1000])
    assert.ok(event!.output_tokens > 1000)
    await until('the upstream is hung up on', () => gateway.upstream.requests[0]!.closedEarly)
    await until('nothing is held', async () => (await gateway.slots()).length === 0)
  })

  test('of a plain response is closed as well', async (t) => {
    const gateway = await startGateway(t, { env: { CLIENT_STALL_TIMEOUT_MS: '300' } })
    const text = 'x'.repeat(25 * MB)
    const body = `{"type":"message","model":"claude-opus-5-5","content":[{"type":"text","text":"${text}"}],"usage":{"input_tokens":1,"output_tokens":2}}`
    gateway.upstream.setBehaviour({ raw: { status: 200, headers: { 'content-type': 'application/json' }, body } })
    await askSlowly(t, gateway, ask())
    const open = await connectionsOf(gateway)
    await until('the connection is closed', async () => (await connectionsOf(gateway)) < open)
    const [event] = await gateway.settledEvents(1)
    assert.deepEqual([event!.basis, event!.output_tokens], ['final', 2])
  })
})

await suite('a client that reads slowly', async () => {
  test('is not closed', async (t) => {
    const gateway = await startGateway(t, { env: { CLIENT_STALL_TIMEOUT_MS: '1500', UPSTREAM_IDLE_TIMEOUT_MS: '1500' } })
    const total = tellLong(gateway, 24)
    const response = await askSlowly(t, gateway, ask({ stream: true }))
    let received = 0
    let pausedAt = 0
    for await (const chunk of response) {
      received += (chunk as Buffer).length
      if (received - pausedAt < 2 * MB) continue
      pausedAt = received
      await delay(200)
    }
    assert.equal(received, total)
    assert.equal((await gateway.settledEvents(1))[0]!.outcome, 'completed')
  })
})
