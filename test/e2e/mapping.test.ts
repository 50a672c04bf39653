import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import { account, ask, occupy, refusalOf, startGateway, user } from '../support/gateway.ts'
import type { Behaviour, Chunking } from '../../simulator/behaviour.ts'

const REQUESTED = 'claude-opus-5-5'
const ACTUAL = 'claude-sonnet-5-5'

const mapped = (url: string) => ({ accounts: [account('main', url, { model_mapping: { [REQUESTED]: ACTUAL } })] })

function startMapped(t: TestContext) {
  return startGateway(t, { declared: mapped })
}

/** A message that speaks of models in its text, too, with spaces that only a splice keeps. */
const messageStart = (model: string) =>
  `event: message_start\ndata: {"type": "message_start",  "message":{"id":"msg_1", "content":[], "model" :  "${model}" ,"note":{"model":"${ACTUAL}"},"usage":{"input_tokens":1000,"output_tokens":1}}}   \n\n`

const stream = (model: string) =>
  [
    messageStart(model),
    `event: ping\ndata: {"type": "ping"}\n\n`,
    `event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n`,
    `event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\\"model\\":\\"${ACTUAL}\\" é"}}\n\n`,
    `event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n`,
    `event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":100}}\n\n`,
    `event: message_stop\ndata: {"type":"message_stop"}\n\n`
  ].join('')

const message = (model: string) =>
  ` {"type":"message","content":[{"type":"text","text":"\\"model\\":\\"${ACTUAL}\\""}],\n "container":{"model":"${ACTUAL}"}, "model" : "${model}",  "usage":{"input_tokens":1000,"output_tokens":100}}\n`

const eventStream = (body: string): Behaviour => ({
  raw: { status: 200, headers: { 'content-type': 'text/event-stream; charset=utf-8' }, body }
})

await suite('a mapped model', async () => {
  test('is named in the request by what the account calls it, and nothing else changes', async (t) => {
    const { messages, upstream } = await startMapped(t)
    const body = (model: string) =>
      ` {"messages":[ {"role":"user","content":"\\"model\\":\\"${REQUESTED}\\" \\u00e9 é"}],\n"model" :  ${model} , "max_tokens":1.0e2,"tools":[{"model":"${REQUESTED}"}]} `
    await (await messages(body(`"${REQUESTED}"`))).arrayBuffer()
    await (await messages(body('"claude\\u002dopus-5-5"'))).arrayBuffer()
    for (const request of upstream.requests) {
      assert.equal(request.body.toString(), body(`"${ACTUAL}"`))
      assert.equal(Number(request.headers['content-length']), request.body.length)
    }
  })

  test('is named in a compressed request too, which goes up unpacked', async (t) => {
    const { messages, upstream } = await startMapped(t)
    const response = await messages(gzipSync(JSON.stringify(ask())), { headers: { 'content-encoding': 'gzip' } })
    assert.equal(response.status, 200)
    assert.equal(upstream.requests[0]!.body.toString(), JSON.stringify(ask({ model: ACTUAL })))
    assert.equal(upstream.requests[0]!.headers['content-encoding'], undefined)
  })

  for (const chunking of ['events', 'once', 'bytes', { seed: 3, maxBytes: 30 }] as Chunking[]) {
    test(`is named in a stream as the client asked for it, cut ${JSON.stringify(chunking)}`, async (t) => {
      const { messages, upstream } = await startMapped(t)
      upstream.setBehaviour({ ...eventStream(stream(ACTUAL)), chunking })
      const response = await messages(ask({ stream: true }))
      assert.equal(await response.text(), stream(REQUESTED))
    })
  }

  test('is named behind a ping that comes before the message', async (t) => {
    const { messages, upstream } = await startMapped(t)
    const ping = ': hello\n\nevent: ping\ndata: {"type":"ping"}\n\n'
    for (const chunking of ['once', 'bytes'] as const) {
      upstream.setBehaviour({ ...eventStream(ping + stream(ACTUAL)), chunking })
      assert.equal(await (await messages(ask({ stream: true }))).text(), ping + stream(REQUESTED))
    }
  })

  test('is named behind the gateway’s own pings', async (t) => {
    const gateway = await startGateway(t, {
      env: { PING_INTERVAL_MS: '10' },
      declared: (url) => ({ ...mapped(url), users: [user({ concurrency: 1 })] })
    })
    const free = await occupy(gateway, 1)
    const response = await gateway.messages(ask({ stream: true }))
    gateway.upstream.setBehaviour(eventStream(stream(ACTUAL)))
    await free()
    assert.equal((await response.text()).replaceAll('event: ping\ndata: {"type":"ping"}\n\n', ''), stream(REQUESTED))
  })

  test('is named in a plain response as the client asked for it', async (t) => {
    const { messages, upstream } = await startMapped(t)
    upstream.setBehaviour({ raw: { status: 200, headers: { 'content-type': 'application/json' }, body: message(ACTUAL) } })
    const response = await messages(ask())
    const text = await response.text()
    assert.equal(text, message(REQUESTED))
    assert.equal(Number(response.headers.get('content-length')), Buffer.byteLength(text))
  })

  test('is named in responses that the upstream compresses unasked', async (t) => {
    const { messages, upstream } = await startMapped(t)
    for (const encoding of ['gzip', 'br'] as const) {
      const headers = { 'accept-encoding': encoding }
      upstream.setBehaviour({ ...eventStream(stream(ACTUAL)), encoding })
      assert.equal(await (await messages(ask({ stream: true }), { headers })).text(), stream(REQUESTED))
      upstream.setBehaviour({
        raw: { status: 200, headers: { 'content-type': 'application/json' }, body: message(ACTUAL) },
        encoding
      })
      assert.equal(await (await messages(ask(), { headers })).text(), message(REQUESTED))
    }
  })

  test('is paid for at the price of the name the client used', async (t) => {
    const gateway = await startMapped(t)
    gateway.upstream.setBehaviour({ usage: { inputTokens: 1000, outputTokens: 100 } })
    for (const stream of [true, false]) await (await gateway.messages(ask({ stream }))).arrayBuffer()
    for (const event of await gateway.settledEvents(2)) {
      assert.deepEqual([event.requested_model, event.cost_usd], [REQUESTED, '0.006'])
    }
  })

  test('passes a refusal of the upstream on as it is', async (t) => {
    const { messages, upstream } = await startMapped(t)
    upstream.setBehaviour({ error: { status: 404, message: `model: ${ACTUAL}` } })
    const response = await messages(ask({ stream: true }))
    assert.equal(response.status, 404)
    assert.match(await response.text(), new RegExp(ACTUAL))
  })
})

await suite('an account with a mapping', async () => {
  test('serves exactly the models it names', async (t) => {
    const gateway = await startMapped(t)
    for (const model of [ACTUAL, 'claude-haiku-5-5']) {
      const refusal = await refusalOf(await gateway.messages(ask({ model })))
      assert.deepEqual(
        [refusal.status, refusal.message],
        [503, `No available accounts: no account of group default serves ${model}`]
      )
    }
  })

  test('leaves the other models to the other accounts, and renames nothing for them', async (t) => {
    const gateway = await startGateway(t, {
      declared: (url) => ({
        accounts: [
          account('mapped', url, { priority: 1, model_mapping: { [REQUESTED]: ACTUAL } }),
          account('plain', url, { priority: 2 })
        ]
      })
    })
    for (const model of [REQUESTED, 'claude-haiku-5-5']) await (await gateway.messages(ask({ model }))).arrayBuffer()
    assert.deepEqual(
      gateway.upstream.requests.map(({ body }) => (JSON.parse(body.toString()) as { model: string }).model),
      [ACTUAL, 'claude-haiku-5-5']
    )
    assert.deepEqual((await gateway.settledEvents(2)).map((event) => event.account).toSorted(), ['mapped', 'plain'])
  })

  test('that maps a model to itself keeps even a compressed response as it is', async (t) => {
    const gateway = await startGateway(t, {
      declared: (url) => ({ accounts: [account('main', url, { model_mapping: { [REQUESTED]: REQUESTED } })] })
    })
    gateway.upstream.setBehaviour({ encoding: 'gzip' })
    const response = await gateway.messages(ask(), { headers: { 'accept-encoding': 'gzip' } })
    assert.equal(response.headers.get('content-encoding'), 'gzip')
    assert.match(await response.text(), new RegExp(`"model":"${REQUESTED}"`))
  })
})
