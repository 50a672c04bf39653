import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { account, credentialOf, saying, startGateway, type Gateway } from '../support/gateway.ts'
import type { Behaviour } from '../../simulator/behaviour.ts'

const USAGE = { inputTokens: 1000, outputTokens: 100 } // 0.004 + 0.002
const COST = '0.006'

const twoAccounts = (url: string) => ({
  accounts: [account('main', url, { priority: 1 }), account('second', url, { priority: 2 })]
})

/** Asks one thing after another; resolves to the response and the events that it left, oldest first. */
function asking(gateway: Gateway) {
  let known = 0
  let asked = 0
  return async (behaviour: Behaviour, { stream, accepts = 'identity' }: { stream: boolean; accepts?: string }, events = 1) => {
    await gateway.heal()
    gateway.upstream.setBehaviour([{ credential: credentialOf('main'), behaviour }])
    const response = await gateway.messages(saying(`question ${asked++}`, { stream }), {
      headers: { 'accept-encoding': accepts }
    })
    const text = await response.text()
    const settled = await gateway.settledEvents((known += events))
    return { response, text, events: settled.slice(0, events).toReversed() }
  }
}

/** Answers everything with these bytes; the simulated upstream has text only. */
async function otherUpstream(t: TestContext, headers: Record<string, string>, body: Buffer): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a response is what its bytes are', async (t) => {
  const sent = asking(await startGateway(t, { declared: twoAccounts }))

  await t.test('whatever its content-type says, or where it says nothing', async () => {
    for (const type of [null, 'text/plain', 'application/octet-stream', 'application/json', 'text/event-stream', 'text/html']) {
      for (const stream of [true, false]) {
        const behaviour = { usage: USAGE, headers: { 'content-type': type }, chunking: 'bytes' } as const
        const { response, text, events } = await sent(behaviour, { stream })
        assert.equal(response.status, 200)
        assert.match(text, stream ? /^event: message_start\n[^]*\nevent: message_stop\n/ : /"type":"message"/)
        assert.match(response.headers.get('content-type')!, stream ? /^text\/event-stream/ : /^application\/json/)
        assert.deepEqual(
          events.map(({ basis, cost_usd }) => [basis, cost_usd]),
          [['final', COST]],
          `${type} ${stream}`
        )
      }
    }
  })

  for (const encoding of ['gzip', 'zstd', 'deflate'] as const) {
    await t.test(`compressed with ${encoding} without saying so`, async () => {
      const behaviour: Behaviour = { encoding, usage: USAGE, headers: { 'content-encoding': null } }
      for (const [stream, accepts] of [
        [true, 'identity'],
        [false, 'identity'],
        [true, encoding],
        [false, encoding]
      ] as const) {
        for (const chunking of ['events', 'bytes'] as const) {
          const { response, text, events } = await sent({ ...behaviour, chunking }, { stream, accepts })
          assert.match(text, stream ? /\nevent: message_stop\n/ : /"type":"message"/)
          // fetch decodes by what the header says.
          assert.equal(response.headers.get('content-encoding'), accepts === 'identity' ? null : encoding)
          assert.deepEqual([events[0]!.basis, events[0]!.cost_usd, events[0]!.outcome], ['final', COST, 'completed'])
        }
      }
    })
  }

  await t.test('not compressed although it says so, as proxies leave it that decode', async () => {
    for (const coding of ['gzip', 'deflate', 'zstd', 'br', 'x-unheard-of']) {
      for (const stream of [true, false]) {
        const { response, text, events } = await sent(
          { usage: USAGE, headers: { 'content-encoding': coding } },
          { stream, accepts: 'gzip' }
        )
        assert.equal(response.headers.get('content-encoding'), null)
        assert.match(text, stream ? /\nevent: message_stop\n/ : /"type":"message"/)
        assert.equal(events[0]!.cost_usd, COST)
      }
    }
  })

  await t.test('compressed as some servers understand deflate, or with a byte order mark', async () => {
    const body = JSON.stringify({
      type: 'message',
      model: 'claude-opus-5-5',
      content: [],
      usage: { input_tokens: 1000, output_tokens: 100 }
    })
    const deflated = await otherUpstream(t, { 'content-encoding': 'deflate' }, deflateRawSync(body))
    const marked = await otherUpstream(t, {}, Buffer.from(`\ufeff${body}`))
    for (const [url, text] of [
      [deflated, body],
      [marked, body] // fetch passes over the mark too
    ] as const) {
      const gateway = await startGateway(t, { declared: () => ({ accounts: [account('main', url)] }) })
      const response = await gateway.messages(saying('hello'), { headers: { 'accept-encoding': 'deflate' } })
      assert.deepEqual([response.headers.get('content-encoding'), await response.text()], [null, text])
      assert.deepEqual(
        (await gateway.settledEvents(1)).map(({ basis, cost_usd }) => [basis, cost_usd]),
        [['final', COST]]
      )
    }
  })

  await t.test('an error, compressed without saying so, with the message that clients act on', async () => {
    const message = 'prompt is too long: 250000 tokens > 200000 maximum'
    for (const encoding of ['gzip', 'zstd', 'deflate'] as const) {
      for (const label of [null, 'gzip']) {
        const behaviour = { error: { status: 400, message }, encoding, headers: { 'content-encoding': label } }
        const { response, text } = await sent(behaviour, { stream: true }, 0)
        assert.deepEqual([response.status, response.headers.get('content-encoding')], [400, null])
        assert.equal((JSON.parse(text) as { error: { message: string } }).error.message, message)
      }
    }
  })

  await t.test('an error in a 200 is the error that it is, plain or as a stream’s first event', async () => {
    const body = (type: string) => JSON.stringify({ type: 'error', error: { type, message: 'no' } })
    const headers = { 'content-type': 'application/json' }
    for (const stream of [true, false]) {
      const refused = await sent({ raw: { status: 200, headers, body: body('invalid_request_error') } }, { stream }, 0)
      assert.deepEqual([refused.response.status, refused.text], [400, body('invalid_request_error')])
      const { response, events } = await sent({ raw: { status: 200, headers, body: body('overloaded_error') } }, { stream })
      assert.deepEqual([response.status, events[0]!.account], [200, 'second'])
    }
  })
})

test('a response that cannot be understood', async (t) => {
  const sent = asking(await startGateway(t, { declared: twoAccounts }))

  await t.test('is on record as unknown, and another account is asked where that is paid once', async () => {
    const html = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Please sign in</html>' }
    for (const [raw, stream] of [
      [html, true],
      [html, false], // no API's response: it was not worked on
      [{ ...html, headers: { 'content-type': 'text/event-stream' } }, true],
      [{ status: 200, body: 'data: what is this?\n' }, true]
    ] as const) {
      const { response, text, events } = await sent({ raw }, { stream }, 2)
      assert.equal(response.status, 200)
      assert.match(text, stream ? /message_stop/ : /"type":"message"/)
      assert.deepEqual(
        events.map(({ account, basis, cost_usd }) => [account, basis, Number(cost_usd) > 0]),
        [
          ['main', 'unknown', false],
          ['second', 'final', true]
        ]
      )
    }
  })

  await t.test('is passed on all the same where it is JSON', async () => {
    const { response, text, events } = await sent({ raw: { status: 200, body: '{"new":"shape"}' } }, { stream: false })
    assert.deepEqual([response.status, text, events[0]!.basis], [200, '{"new":"shape"}', 'unknown'])
  })

  await t.test('is paid once more where a stream has begun with pings, and what came is on record with its cost', async (t) => {
    const gateway = await startGateway(t, { env: { KEEPALIVE_MS: '20' }, declared: twoAccounts })
    const pinged = asking(gateway)
    const body = JSON.stringify({
      type: 'message',
      model: 'claude-opus-5-5',
      usage: { input_tokens: 1000, output_tokens: 100 }
    })
    const raw = { status: 200, headers: { 'content-type': 'application/json' }, body }
    const { text, events } = await pinged({ raw, delayHeadersMs: 100 }, { stream: true }, 2)
    assert.match(text, /^event: ping\n[^]*\nevent: message_stop\n/)
    assert.deepEqual([events[0]!.account, events[0]!.basis, events[0]!.cost_usd], ['main', 'final', COST])
  })
})
