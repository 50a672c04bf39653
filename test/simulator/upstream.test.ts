import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import zlib from 'node:zlib'
import Anthropic, { APIError, InternalServerError, RateLimitError } from '@anthropic-ai/sdk'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'
import type { Behaviour, SimulatedUpstream, SimulatedUpstreamOptions } from '../../simulator/upstream.ts'
import { spawnSimulatedUpstream } from '../../simulator/upstream-process.ts'
import { until } from '../support/until.ts'

const QUESTION = {
  model: 'claude-sonnet-5-5',
  max_tokens: 100,
  messages: [{ role: 'user' as const, content: 'Grüß die 漢字' }]
}
const BASH = {
  name: 'Bash',
  input_schema: { type: 'object' as const, properties: { command: { type: 'string' } }, required: ['command'] }
}

async function start(t: TestContext, options?: SimulatedUpstreamOptions): Promise<SimulatedUpstream> {
  const upstream = await startSimulatedUpstream(options)
  t.after(() => upstream.close())
  return upstream
}

function sdk(upstream: SimulatedUpstream) {
  return new Anthropic({ apiKey: 'sk-test', baseURL: upstream.url, maxRetries: 0 })
}

interface RawResponse {
  status: number
  headers: IncomingHttpHeaders
  chunks: Buffer[]
  text: string
  /** Why the body did not end properly, else null. */
  fault: string | null
}

/** Asks over plain node:http, keeping the chunks apart and what arrived before a break. */
function ask(
  upstream: SimulatedUpstream,
  body: object = { ...QUESTION, stream: true },
  onChunk = () => {}
): Promise<RawResponse> {
  const headers = { 'x-api-key': 'sk-test', 'anthropic-version': '2023-06-01', 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      `${upstream.url}/v1/messages?beta=true`,
      { method: 'POST', headers, agent: false },
      (response) => {
        const chunks: Buffer[] = []
        const finish = (fault: string | null) =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            chunks,
            text: Buffer.concat(chunks).toString(),
            fault
          })
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk)
          onChunk()
        })
        response.on('error', (error) => finish(error.message))
        response.on('end', () => finish(null))
        // A reset is reported on the request also when its response has begun.
        request.off('error', reject).on('error', (error) => finish('code' in error ? String(error.code) : error.message))
      }
    )
    request.on('error', reject)
    request.end(JSON.stringify(body))
  })
}

async function askWith(t: TestContext, behaviour: Behaviour, body?: object): Promise<RawResponse> {
  const upstream = await start(t)
  upstream.setBehaviour(behaviour)
  return await ask(upstream, body)
}

function eventNames(text: string): string[] {
  return [...text.matchAll(/^event: (.*?)\r?$/gm)].map((match) => match[1] ?? '')
}

test('the official SDK reads a stream, its usage and its request id', async (t) => {
  const upstream = await start(t)
  upstream.setBehaviour({
    usage: { inputTokens: 1000, outputTokens: 250, cacheCreation5mTokens: 3, cacheCreation1hTokens: 4, cacheReadTokens: 5 }
  })
  const message = await sdk(upstream).messages.stream(QUESTION).finalMessage()
  assert.equal(message.model, 'claude-sonnet-5-5')
  assert.equal(message.stop_reason, 'end_turn')
  assert.equal(message.usage.input_tokens, 1000)
  assert.equal(message.usage.output_tokens, 250)
  assert.deepEqual(message.usage.cache_creation, { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 4 })
  assert.equal(message.usage.cache_creation_input_tokens, 7)
  assert.equal(message.usage.service_tier, 'standard')
  assert.match(message.content[0]?.type === 'text' ? message.content[0].text : '', /漢字.*🙂/)
  assert.equal(upstream.requests[0]?.headers.authorization, 'Bearer sk-test')
  assert.equal(upstream.requests[0]?.headers['anthropic-version'], '2026-10-21')
})

test('the same request is answered alike, streamed or not', async (t) => {
  const upstream = await start(t)
  const client = sdk(upstream)
  const streamed = await client.messages.stream(QUESTION).finalMessage()
  const { data: whole, request_id: requestId } = await client.messages.create(QUESTION).withResponse()
  assert.deepEqual(whole.content, streamed.content)
  assert.equal(whole.usage.output_tokens, streamed.usage.output_tokens)
  assert.match(requestId ?? '', /^req_/)
  assert.deepEqual(
    upstream.messageStarts.map(({ messageId, stream, closingUsageSent }) => ({ messageId, stream, closingUsageSent })),
    [
      { messageId: streamed.id, stream: true, closingUsageSent: true },
      { messageId: whole.id, stream: false, closingUsageSent: true }
    ]
  )
})

test('"use the tool" is answered by Bash, its result by text', async (t) => {
  const client = sdk(await start(t))
  const other = { name: 'Other', input_schema: { type: 'object' as const, properties: {} } }
  const asked = { role: 'user' as const, content: 'please use the tool' }
  const message = await client.messages.stream({ ...QUESTION, tools: [other, BASH], messages: [asked] }).finalMessage()
  const call = message.content.find((block) => block.type === 'tool_use')
  assert.equal(message.stop_reason, 'tool_use')
  assert.equal(call?.name, 'Bash')
  assert.deepEqual(call?.input, { command: 'echo sluice-tool-ran', description: 'Say that the tool ran' })
  const response = {
    role: 'user' as const,
    content: [{ type: 'tool_result' as const, tool_use_id: call?.id ?? '', content: 'sluice-tool-ran' }]
  }
  const next = await client.messages.create({
    ...QUESTION,
    tools: [other, BASH],
    messages: [asked, { role: 'assistant', content: message.content }, response]
  })
  assert.equal(next.stop_reason, 'end_turn')
  assert.match(next.content[0]?.type === 'text' ? next.content[0].text : '', /sluice-tool-ran/)
})

test('a tool that is not Bash gets the smallest input its schema allows', async (t) => {
  const upstream = await start(t)
  const schema = {
    type: 'object' as const,
    properties: { path: { type: 'string' }, deep: { type: 'boolean' } },
    required: ['path']
  }
  const message = await sdk(upstream).messages.create({
    ...QUESTION,
    tools: [{ name: 'Look', input_schema: schema }],
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Use the tool' }] }]
  })
  const call = message.content.find((block) => block.type === 'tool_use')
  assert.deepEqual(call?.input, { path: 'simulated' })
})

test('count_tokens counts', async (t) => {
  const { input_tokens: count } = await sdk(await start(t)).messages.countTokens({
    model: QUESTION.model,
    messages: QUESTION.messages
  })
  assert.ok(count > 0)
})

test('an error has its own SDK class, headers and request id', async (t) => {
  const upstream = await start(t)
  upstream.setBehaviour({
    error: { status: 429, message: 'slow down', errorCode: 'ramp_limit_exceeded' },
    headers: { 'retry-after': '7' }
  })
  const error = await sdk(upstream)
    .messages.create(QUESTION)
    .catch((caught: unknown) => caught)
  assert.ok(error instanceof RateLimitError)
  assert.equal(error.type, 'rate_limit_error')
  assert.equal(error.headers?.get('retry-after'), '7')
  assert.match(error.requestID ?? '', /^req_/)
})

test('event: error raises in the SDK in mid-stream', async (t) => {
  const upstream = await start(t)
  upstream.setBehaviour({ errorEvent: { at: 'middle' } })
  const error = await sdk(upstream)
    .messages.stream(QUESTION)
    .finalMessage()
    .catch((caught: unknown) => caught)
  assert.ok(error instanceof APIError)
  assert.equal(error.type, 'overloaded_error')
})

test('what the real API refuses is refused: no key, unknown key, no version, no max_tokens, no JSON, a removed field', async (t) => {
  const upstream = await start(t, { credentials: ['sk-known'] })
  const post = async (headers: Record<string, string>, body: string) => {
    const response = await fetch(`${upstream.url}/v1/messages`, { method: 'POST', headers, body })
    const { error } = (await response.json()) as { error: { type: string; message: string } }
    return `${response.status} ${error.type}: ${error.message}`
  }
  const known = { 'x-api-key': 'sk-known', 'anthropic-version': '2026-10-21' }
  assert.equal(await post({}, '{}'), '401 authentication_error: x-api-key header is required')
  assert.equal(await post({ 'x-api-key': 'sk-other' }, '{}'), '401 authentication_error: invalid x-api-key')
  assert.equal(
    await post({ 'x-api-key': 'sk-known' }, '{}'),
    '400 invalid_request_error: anthropic-version: header is required'
  )
  assert.equal(await post(known, '{"model":"m","messages":[]}'), '400 invalid_request_error: max_tokens: Field required')
  assert.equal(await post(known, 'hello'), '400 invalid_request_error: The request body is not valid JSON')
  assert.match(await post(known, JSON.stringify({ ...QUESTION, temperature: 1 })), /^400 .*temperature/)
})

test('a response carries the headers a gateway has to deal with', async (t) => {
  const { headers } = await askWith(t, {})
  assert.equal(headers['content-type'], 'text/event-stream; charset=utf-8')
  for (const name of ['request-id', 'date', 'set-cookie', 'cf-ray', 'anthropic-organization-id']) assert.ok(headers[name], name)
  assert.match(String(headers['anthropic-ratelimit-requests-reset']), /^\d{4}-.*Z$/)
  assert.match(String(headers['anthropic-ratelimit-unified-5h-reset']), /^\d+$/)
})

const plainEvents = [
  'message_start',
  'content_block_start',
  'ping',
  'content_block_delta',
  'content_block_delta',
  'content_block_stop',
  'message_delta',
  'message_stop'
]

test('each event is a chunk of its own by default, and in the real order', async (t) => {
  const { chunks, text } = await askWith(t, { deltas: 2 })
  assert.equal(chunks.length, 8)
  assert.deepEqual(eventNames(text), plainEvents)
})

test('no chunking changes a byte', async (t) => {
  const upstream = await start(t)
  const sizes: Record<string, number[]> = {}
  const texts = new Set<string>()
  for (const chunking of ['events', 'once', 'bytes', 'utf8', { seed: 7, maxBytes: 50 }] as const) {
    upstream.reset()
    upstream.setBehaviour({ chunking, deltas: 3, text: 'ä漢🙂' })
    const { text, chunks } = await ask(upstream)
    texts.add(text)
    sizes[typeof chunking === 'string' ? chunking : 'random'] = chunks.map((chunk) => chunk.length)
    if (chunking === 'utf8') assert.equal(chunks.filter((chunk) => ((chunk[0] ?? 0) & 0xc0) === 0x80).length, 1 + 2 + 3)
  }
  assert.equal(texts.size, 1)
  assert.equal(sizes['once']?.length, 1)
  assert.ok(sizes['bytes']?.every((size) => size === 1))
  assert.ok(new Set(sizes['random']).size > 10 && Math.max(...(sizes['random'] ?? [])) <= 50)
})

test('CRLF, a byte order mark, comments, unknown events and pings first are still read by the SDK', async (t) => {
  const upstream = await start(t)
  upstream.setBehaviour({
    lineEnd: '\r\n',
    byteOrderMark: true,
    insert: [
      { at: 0, raw: ': hello\r\n\r\n' },
      { at: 0, event: 'ping' },
      { at: 'middle', event: 'brand_new', data: { type: 'brand_new', n: 1 } }
    ]
  })
  const { text } = await ask(upstream)
  assert.ok(text.startsWith('\uFEFF: hello\r\n\r\nevent: ping\r\n'))
  assert.ok(eventNames(text).includes('brand_new'))
  const message = await sdk(upstream).messages.stream(QUESTION).finalMessage()
  assert.equal(message.stop_reason, 'end_turn')
})

test('each coding is applied unasked and flushed event by event', async (t) => {
  const upstream = await start(t)
  upstream.setBehaviour({ deltas: 2 })
  const plain = (await ask(upstream)).text.length
  const decoders = {
    gzip: zlib.gunzipSync,
    br: zlib.brotliDecompressSync,
    deflate: zlib.inflateSync,
    zstd: zlib.zstdDecompressSync
  }
  for (const encoding of ['gzip', 'br', 'deflate', 'zstd'] as const) {
    upstream.setBehaviour({ deltas: 2, encoding })
    const { headers, chunks } = await ask(upstream)
    assert.equal(headers['content-encoding'], encoding)
    const decoded = decoders[encoding](Buffer.concat(chunks)).toString()
    assert.deepEqual(eventNames(decoded), plainEvents)
    assert.equal(decoded.length, plain)
    assert.ok(chunks.length >= 8, `${encoding}: ${chunks.length} chunks`)
  }
})

test('a stream ends cleanly before message_stop', async (t) => {
  const { text, fault } = await askWith(t, { deltas: 2, breakOff: { how: 'end', at: 'message_stop' } })
  assert.deepEqual(eventNames(text), plainEvents.slice(0, -1))
  assert.equal(fault, null)
})

test('a stream is reset after so many events, or in the middle of one', async (t) => {
  const upstream = await start(t)
  upstream.setBehaviour({ deltas: 2, breakOff: { how: 'reset', at: 3 } })
  const between = await ask(upstream)
  assert.deepEqual(eventNames(between.text), plainEvents.slice(0, 3))
  assert.ok(between.text.endsWith('\n\n'))
  assert.equal(between.fault, 'ECONNRESET')
  upstream.reset()
  upstream.setBehaviour({ deltas: 2, breakOff: { how: 'reset', at: 3, midEvent: true } })
  const inside = await ask(upstream)
  assert.ok(inside.text.startsWith(between.text) && !inside.text.endsWith('\n\n') && inside.text.length > between.text.length)
  assert.equal(upstream.requests[0]?.closedEarly, false)
  assert.equal(upstream.messageStarts[0]?.closingUsageSent, false)
})

test('a connection is reset before the headers, or closed before the body was read, or at once', async (t) => {
  const upstream = await start(t)
  upstream.setBehaviour({ breakOff: { how: 'reset', at: 'before-headers' } })
  await assert.rejects(ask(upstream), { code: 'ECONNRESET' })
  assert.ok((upstream.requests[0]?.bodyBytesRead ?? 0) > 0)
  upstream.setBehaviour({ breakOff: { how: 'close', at: 'request-head' } })
  await assert.rejects(ask(upstream), { code: 'ECONNRESET' })
  assert.equal(upstream.requests[1]?.bodyBytesRead, 0)
  upstream.refuseConnections(1)
  await assert.rejects(ask(upstream))
  assert.equal(upstream.requests.length, 2)
  assert.equal(upstream.stats.inFlight, 0)
})

test('half of a JSON response comes with a clean end, a reset or a close', async (t) => {
  const upstream = await start(t)
  upstream.setBehaviour({ breakOff: { how: 'end', at: 'middle' } })
  const ended = await ask(upstream, QUESTION)
  assert.equal(ended.fault, null)
  assert.throws(() => JSON.parse(ended.text), SyntaxError)
  upstream.setBehaviour({ breakOff: { how: 'reset', at: 'middle' } })
  assert.equal((await ask(upstream, QUESTION)).fault, 'ECONNRESET')
  upstream.setBehaviour({ breakOff: { how: 'close', at: 'middle' } })
  assert.equal((await ask(upstream, QUESTION)).fault, 'aborted')
})

test('a stalled stream stays in flight until the other side hangs up', async (t) => {
  const upstream = await start(t)
  upstream.setBehaviour({ breakOff: { how: 'stall', at: 'middle' } })
  const hangUp = new AbortController()
  const headers = { 'x-api-key': 'sk-test', 'anthropic-version': '2023-06-01' }
  const response = await fetch(`${upstream.url}/v1/messages`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ ...QUESTION, stream: true }),
    signal: hangUp.signal
  })
  await response.body?.getReader().read()
  assert.equal(upstream.stats.byCredential.get('sk-test')?.inFlight, 1)
  hangUp.abort()
  await until('the upstream noticed', () => upstream.requests[0]?.closedEarly === true)
  assert.equal(upstream.stats.inFlight, 0)
})

test('a stream that is held waits until it is let go, and is forgotten when the other side hangs up', async (t) => {
  const upstream = await start(t)
  upstream.setBehaviour({ holdAt: 'message_delta' })
  let chunks = 0
  const [held, begun] = [ask(upstream, undefined, () => chunks++), Promise.withResolvers<void>()]
  const left = httpRequest(
    `${upstream.url}/v1/messages`,
    { method: 'POST', headers: { 'x-api-key': 'sk-test', 'anthropic-version': '2023-06-01' } },
    (response) => response.once('data', begun.resolve)
  )
  left.on('error', () => {})
  left.end(JSON.stringify({ ...QUESTION, stream: true }))
  await begun.promise
  left.destroy()
  await until('one is left', () => upstream.stats.inFlight === 1 && chunks > 0)
  assert.equal(upstream.messageStarts.filter(({ closingUsageSent }) => closingUsageSent).length, 0)
  upstream.letGo()
  const { text, fault } = await held
  assert.equal(fault, null)
  assert.match(text, /message_stop/)
  assert.equal(upstream.messageStarts.filter(({ closingUsageSent }) => closingUsageSent).length, 1)
})

test('one request after another on one credential is never two in flight', async (t) => {
  const upstream = await start(t)
  for (let round = 0; round < 20; round++) await ask(upstream, { ...QUESTION, stream: round % 2 === 0 })
  assert.deepEqual(upstream.stats.byCredential.get('sk-test'), { inFlight: 0, maxInFlight: 1, total: 20 })
})

test('a response stops counting as in flight before its last bytes arrive', async (t) => {
  const upstream = await start(t)
  upstream.setBehaviour({ text: 'x'.repeat(4_000_000), deltas: 1 })
  const seen: number[] = []
  await ask(upstream, QUESTION, () => seen.push(upstream.stats.inFlight))
  assert.equal(seen[0], 0)
})

test('delays and pace keep their time', async (t) => {
  const upstream = await start(t)
  upstream.setBehaviour({ deltas: 2, delayHeadersMs: 20, delayFirstEventMs: 20, paceMs: 10 })
  const arrivals: number[] = []
  const from = performance.now()
  await ask(upstream, { ...QUESTION, stream: true }, () => arrivals.push(performance.now() - from))
  assert.ok((arrivals[0] ?? 0) >= 39, `first after ${arrivals[0]} ms`)
  assert.ok((arrivals[7] ?? 0) - (arrivals[0] ?? 0) >= 60, arrivals.join(' '))
})

test('a slowly read body holds the sender back', async (t) => {
  const upstream = await start(t)
  upstream.setBehaviour(() => ({ readBodyDelayMs: 1000 }), 'head')
  const body = JSON.stringify({ ...QUESTION, filler: 'x'.repeat(20_000_000) })
  const request = httpRequest(`${upstream.url}/v1/messages`, {
    method: 'POST',
    agent: false,
    headers: { 'x-api-key': 'sk', 'anthropic-version': '1' }
  })
  request.on('error', () => {})
  request.end(body)
  await until('some of the body was read', () => (upstream.requests[0]?.bodyBytesRead ?? 0) > 0)
  for (let round = 0; round < 50; round++) await turn()
  assert.ok((upstream.requests[0]?.bodyBytesRead ?? 0) < 5_000_000)
  request.destroy()
})

test('HTML, nothing, a redirect and an early refusal are sent as told', async (t) => {
  const upstream = await start(t)
  upstream.setBehaviour({ raw: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' } })
  assert.equal((await ask(upstream)).text, '<html>')
  upstream.setBehaviour({ raw: { status: 200 } })
  assert.equal((await ask(upstream)).text, '')
  upstream.setBehaviour({ raw: { status: 307, headers: { location: 'http://127.0.0.1:9/elsewhere' } } })
  assert.equal((await ask(upstream)).headers.location, 'http://127.0.0.1:9/elsewhere')
  upstream.setBehaviour({ ignoreBody: true, error: { status: 413 } })
  assert.match((await ask(upstream)).text, /request_too_large/)
})

test('usage can grow over two message_delta events and carry iterations', async (t) => {
  const iterations = [{ type: 'compaction', input_tokens: 5, output_tokens: 6 }]
  const { text } = await askWith(t, { growingUsage: true, usage: { outputTokens: 41, iterations } })
  const deltas = [...text.matchAll(/^data: (.*"message_delta".*)$/gm)].map(
    (match) => JSON.parse(match[1] ?? '') as { usage: Record<string, unknown> }
  )
  assert.deepEqual(
    deltas.map((delta) => delta.usage['output_tokens']),
    [20, 41]
  )
  assert.deepEqual(deltas[1]?.usage['iterations'], iterations)
})

test('a huge event is one chunk, and an error may follow the closing usage', async (t) => {
  const { text } = await askWith(t, { hugeEventBytes: 2_000_000, errorEvent: { at: 'message_stop', type: 'api_error' } })
  assert.ok(text.length > 2_000_000)
  assert.deepEqual(eventNames(text).slice(-2), ['message_delta', 'error'])
})

test('a refusal has no content', async (t) => {
  const upstream = await start(t)
  upstream.setBehaviour({ text: '', stopReason: 'refusal', usage: { outputTokens: 0 } })
  const message = await sdk(upstream).messages.stream(QUESTION).finalMessage()
  assert.equal(message.stop_reason, 'refusal')
  assert.deepEqual(message.content, [])
})

test('rules decide by credential, model and how often; a function by request and number', async (t) => {
  const upstream = await start(t)
  const statuses = async (count: number, body: object = QUESTION) => {
    const seen: number[] = []
    for (let round = 0; round < count; round++) seen.push((await ask(upstream, body)).status)
    return seen
  }
  upstream.setBehaviour([
    { credential: 'sk-other', behaviour: { error: { status: 500 } } },
    { model: 'claude-x', behaviour: { error: { status: 404 } } },
    { times: 2, behaviour: { error: { status: 529 } } }
  ])
  assert.deepEqual(await statuses(3), [529, 529, 200])
  assert.deepEqual(await statuses(1, { ...QUESTION, model: 'claude-x' }), [404])
  upstream.setBehaviour([{ every: 2, behaviour: { error: { status: 503 } } }])
  assert.deepEqual(await statuses(4), [200, 503, 200, 503])
  upstream.reset()
  upstream.setBehaviour((request, number) => (number === 2 && request.body.includes('漢') ? { error: { status: 500 } } : {}))
  assert.deepEqual(await statuses(3), [200, 500, 200])
})

test('as a process it prints its URL, takes behaviours and tells what it served', async (t) => {
  const upstream = await spawnSimulatedUpstream()
  t.after(() => upstream.stop())
  const client = new Anthropic({ apiKey: 'sk-test', baseURL: upstream.url, maxRetries: 0 })
  await upstream.setBehaviour([{ model: QUESTION.model, stream: false, times: 1, behaviour: { error: { status: 500 } } }])
  await assert.rejects(client.messages.create(QUESTION).asResponse(), InternalServerError)
  const message = await client.messages.create(QUESTION)
  assert.deepEqual(
    (await upstream.messageStarts()).map((start) => [start.messageId, start.outputTokens]),
    [[message.id, message.usage.output_tokens]]
  )
  assert.equal((await upstream.stats()).byCredential['sk-test']?.total, 2)
  assert.equal((await upstream.requests()).length, 2)
})
