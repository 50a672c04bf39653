import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { account, ask, CLIENT_KEY, startGateway, UPSTREAM_KEY } from '../support/gateway.ts'
import type { Chunking } from '../../simulator/behaviour.ts'

const STREAM = [
  ': a comment\n\n',
  'event: message_start\nid: 1\ndata: {"type":"message_start","message":{"id":"msg_1","model":"claude-opus-5-5","usage":{"input_tokens":10,"output_tokens":1}}}\n\n',
  'event: ping\ndata: {"type":"ping"}\n\n',
  'event: future_event\ndata: {"type":"future_event","é":"漢字 😀"}\n\n',
  'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\r\n\r\n',
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"h\\u00e9llo é"}}\n\n',
  'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n',
  'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7}}\n\n',
  'event: message_stop\ndata: {"type":"message_stop"}\n\n'
].join('')

await suite('what passes untouched', async () => {
  test('the body goes up byte for byte, with its query', async (t) => {
    const { messages, upstream } = await startGateway(t)
    const body =
      ' {"model" : "claude-opus-5-5",\n"future": [1.50, "\\u00e9"], "max_tokens":1, "messages":[], "system":[{"type":"text","text":"é"}]} '
    await (await messages(body, { path: '/v1/messages?beta=true&x=%20' })).arrayBuffer()
    assert.equal(upstream.requests[0]!.body.toString(), body)
    assert.equal(upstream.requests[0]!.path, '/v1/messages?beta=true&x=%20')
  })

  test('an account’s base URL may have a path', async (t) => {
    const { messages, upstream } = await startGateway(t, {
      declared: (url) => ({ accounts: [account('main', `${url}/some/prefix/`)] })
    })
    await (await messages(ask(), { path: '/v1/messages?beta=true' })).arrayBuffer()
    assert.equal(upstream.requests[0]!.path, '/some/prefix/v1/messages?beta=true')
  })

  test('headers go up by the open list, with the account’s credential for the client’s', async (t) => {
    const { messages, upstream } = await startGateway(t)
    const headers = {
      authorization: `Bearer ${CLIENT_KEY}`,
      'anthropic-version': '2026-10-21',
      'anthropic-beta': 'one,two',
      'anthropic-unheard-of': 'yes',
      'x-claude-code-session-id': 's',
      cookie: 'secret=1',
      'x-forwarded-for': '10.1.2.3'
    }
    await (await messages(ask(), { headers })).arrayBuffer()
    const { headers: seen, rawHeaders } = upstream.requests[0]!
    assert.equal(seen['x-api-key'], UPSTREAM_KEY)
    assert.equal(seen.authorization, undefined)
    assert.equal(seen['anthropic-version'], '2026-10-21')
    assert.equal(seen['anthropic-beta'], 'one,two')
    assert.equal(seen['anthropic-unheard-of'], 'yes')
    assert.equal(seen.cookie, undefined)
    assert.equal(seen['x-forwarded-for'], undefined)
    assert.equal(rawHeaders.join(' ').includes(CLIENT_KEY), false)
  })

  for (const chunking of ['once', 'bytes', 'utf8', { seed: 7, maxBytes: 40 }] as Chunking[]) {
    test(`a stream comes down byte for byte, cut ${JSON.stringify(chunking)}`, async (t) => {
      const { messages, upstream, settledEvents } = await startGateway(t)
      upstream.setBehaviour({
        raw: {
          status: 200,
          headers: { 'content-type': 'text/event-stream; charset=utf-8', 'anthropic-future': '1' },
          body: STREAM
        },
        chunking
      })
      const response = await messages(ask({ stream: true }))
      assert.equal(response.headers.get('anthropic-future'), '1')
      assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
      assert.equal(Buffer.from(await response.arrayBuffer()).toString(), STREAM)
      const [event] = await settledEvents(1)
      assert.deepEqual([event!.outcome, event!.basis, event!.input_tokens, event!.output_tokens], ['completed', 'final', 10, 7])
    })
  }

  test('a JSON response comes down byte for byte', async (t) => {
    const { messages, upstream } = await startGateway(t)
    const body = ' {"type":"message", "model":"x",  "usage":{"input_tokens":1,"output_tokens":2}, "unknown":1.0}\n'
    upstream.setBehaviour({ raw: { status: 200, headers: { 'content-type': 'application/json' }, body } })
    assert.equal(await (await messages(ask())).text(), body)
  })

  test('what describes the account behind does not come down, the rest does', async (t) => {
    const { messages, upstream } = await startGateway(t)
    upstream.setBehaviour({
      headers: { 'anthropic-fast-input-tokens-remaining': '1', 'anthropic-priority-output-tokens-limit': '1' }
    })
    const response = await messages(ask())
    await response.arrayBuffer()
    const names = [...response.headers.keys()]
    assert.deepEqual(
      names.filter((name) =>
        /^anthropic-(ratelimit|organization|workspace|fast|priority)|set-cookie|^server$|security/.test(name)
      ),
      []
    )
    assert.match(response.headers.get('request-id')!, /^req_/)
    assert.ok(names.includes('cf-ray'))
  })

  test('an upstream that compresses unasked is passed on as it is to a client that accepts it', async (t) => {
    const { messages, upstream, settledEvents } = await startGateway(t)
    upstream.setBehaviour({ encoding: 'gzip', text: 'hello', usage: { inputTokens: 11, outputTokens: 5 } })
    const response = await messages(ask({ stream: true }), { headers: { 'accept-encoding': 'gzip' } })
    assert.equal(response.headers.get('content-encoding'), 'gzip')
    assert.match(await response.text(), /message_stop/)
    const [event] = await settledEvents(1)
    assert.deepEqual([event!.basis, event!.input_tokens, event!.output_tokens], ['final', 11, 5])
  })

  test('and decoded for one that does not', async (t) => {
    const { messages, upstream, settledEvents } = await startGateway(t)
    for (const [n, encoding] of (['gzip', 'br', 'deflate', 'zstd'] as const).entries()) {
      upstream.setBehaviour({ encoding, text: 'hello' })
      for (const stream of [true, false]) {
        const response = await messages(ask({ stream }), { headers: { 'accept-encoding': 'identity' } })
        assert.equal(response.headers.get('content-encoding'), null)
        assert.match(await response.text(), /hello/)
      }
      await settledEvents(2 * (n + 1))
    }
  })

  test('a compressed request body goes up as it came', async (t) => {
    const { url, upstream } = await startGateway(t)
    const body = gzipSync(JSON.stringify(ask()))
    const response = await fetch(`${url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': CLIENT_KEY, 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body
    })
    await response.arrayBuffer()
    assert.equal(response.status, 200)
    assert.deepEqual(upstream.requests[0]!.body, body)
    assert.equal(upstream.requests[0]!.headers['content-encoding'], 'gzip')
  })

  test('an event of megabytes passes', async (t) => {
    const { messages, upstream, settledEvents } = await startGateway(t)
    upstream.setBehaviour({ hugeEventBytes: 5_000_000 })
    const text = await (await messages(ask({ stream: true }))).text()
    assert.ok(text.length > 5_000_000)
    assert.match(text.slice(-200), /message_stop/)
    assert.equal((await settledEvents(1))[0]!.basis, 'final')
  })

  test('keys are taken from either header or both, and one valid key is enough', async (t) => {
    const { url, settledEvents } = await startGateway(t)
    for (const headers of [
      { authorization: `Bearer ${CLIENT_KEY}` },
      { 'x-api-key': CLIENT_KEY },
      { authorization: `Bearer ${CLIENT_KEY}`, 'x-api-key': CLIENT_KEY },
      { authorization: 'Bearer sk-wrong', 'x-api-key': CLIENT_KEY },
      { authorization: `Bearer ${CLIENT_KEY}`, 'x-api-key': 'sk-wrong' }
    ] as Record<string, string>[]) {
      const response = await fetch(`${url}/v1/messages`, { method: 'POST', headers, body: JSON.stringify(ask()) })
      assert.equal(response.status, 200)
      await response.arrayBuffer()
    }
    await settledEvents(5)
  })
})
