import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SseUsageTap } from '../../../../services/money/usage/sse-usage-tap.ts'
import { NO_USAGE } from '../../../../services/money/usage/usage-facts.ts'
import { fc, times } from '../../../support/fuzz.ts'

const sse = (event: { type: string }) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
const messageStart = (usage: object = START_USAGE, model = 'claude-opus-5-5') => ({
  type: 'message_start',
  message: { id: 'msg_1', type: 'message', role: 'assistant', content: [], model, stop_reason: null, usage }
})
const blockStart = (content_block: object) => ({ type: 'content_block_start', index: 0, content_block })
const delta = (delta: object) => ({ type: 'content_block_delta', index: 0, delta })
const textDelta = (text: string) => delta({ type: 'text_delta', text })
const messageDelta = (usage: unknown, stop_reason: string | null = 'end_turn') => ({
  type: 'message_delta',
  delta: { stop_reason, stop_sequence: null },
  usage
})

const START_USAGE = {
  input_tokens: 100,
  cache_creation_input_tokens: 40,
  cache_creation: { ephemeral_5m_input_tokens: 30, ephemeral_1h_input_tokens: 10 },
  cache_read_input_tokens: 5000,
  output_tokens: 2,
  service_tier: 'standard',
  speed: 'fast',
  inference_geo: 'us'
}
const START_FACTS = {
  ...NO_USAGE,
  inputTokens: 100,
  cacheCreation5mTokens: 30,
  cacheCreation1hTokens: 10,
  cacheReadTokens: 5000,
  outputTokens: 2,
  serviceTier: 'standard',
  speed: 'fast',
  inferenceGeo: 'us'
}
const PING = { type: 'ping' }
const EMPTY_TEXT = { type: 'text', text: '' }
const STOP = { type: 'message_stop' }

function tapAfter(...events: ({ type: string } | string)[]): SseUsageTap {
  const tap = new SseUsageTap()
  for (const event of events) tap.push(Buffer.from(typeof event === 'string' ? event : sse(event)))
  return tap
}

test('a stream that ends well has the closing numbers, with what only message_start told', () => {
  const tap = tapAfter(
    messageStart(),
    blockStart(EMPTY_TEXT),
    PING,
    textDelta('Hello'),
    messageDelta({ input_tokens: 150, cache_creation_input_tokens: 60, cache_read_input_tokens: null, output_tokens: 77 }),
    STOP
  )
  assert.equal(tap.basis, 'final')
  assert.equal(tap.model, 'claude-opus-5-5')
  assert.equal(tap.stopReason, 'end_turn')
  assert.deepEqual([tap.opened, tap.closing, tap.ended, tap.sawError], [true, true, true, null])
  assert.deepEqual(tap.usage, { ...START_FACTS, inputTokens: 150, cacheCreation1hTokens: 30, outputTokens: 77 })
  assert.deepEqual(tap.estimatedUsage(), tap.usage)
})

test('before message_start nothing is known', () => {
  const tap = tapAfter(PING, ': comment\n\n')
  assert.deepEqual([tap.basis, tap.opened, tap.usage, tap.estimatedUsage()], ['unknown', false, NO_USAGE, NO_USAGE])
})

test('a stream cut off in the middle is estimated by a token for every four characters', () => {
  const tap = tapAfter(
    messageStart(),
    delta({ type: 'thinking_delta', thinking: 'hm…' }),
    delta({ type: 'signature_delta', signature: 'x'.repeat(1000) }),
    textDelta('Grüße 👋'),
    delta({ type: 'input_json_delta', partial_json: '{"a":"\\u00e9"}' })
  )
  assert.equal(tap.basis, 'partial')
  assert.deepEqual(tap.usage, START_FACTS)
  assert.deepEqual(tap.estimatedUsage(), { ...START_FACTS, outputTokens: 6 }) // 3 + 8 + 14 code units
})

test('the estimate is never below what the upstream has stated', () => {
  assert.equal(tapAfter(messageStart(), textDelta('Hi')).estimatedUsage().outputTokens, 2)
  const stated = tapAfter(messageStart(), textDelta('Hi'), messageDelta({ output_tokens: 40 }, null))
  assert.deepEqual([stated.basis, stated.closing, stated.estimatedUsage().outputTokens], ['partial', false, 40])
})

test('an estimate beside iterations is billed as one more iteration', () => {
  const iterations = [{ type: 'compaction', input_tokens: 9, output_tokens: 3 }]
  const tap = tapAfter(messageStart(), messageDelta({ output_tokens: 4, iterations }, null), textDelta('x'.repeat(400)))
  const estimated = tap.estimatedUsage()
  assert.equal(estimated.outputTokens, 100)
  assert.deepEqual(
    estimated.iterations?.map(({ type, outputTokens }) => [type, outputTokens]),
    [
      ['compaction', 3],
      ['message', 96]
    ]
  )
})

test('the first event that is no ping is told with its type, and an error with its body', () => {
  const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' }, request_id: 'req_1' }
  assert.equal(tapAfter(': c\n\n', 'event: error\ndata: {').firstEvent, null)
  assert.deepEqual(tapAfter(': c\n\n', error).firstEvent, { type: 'error', errorBody: JSON.stringify(error) })
  assert.equal(tapAfter(PING).firstEvent, null)
  assert.deepEqual(tapAfter(PING, error).firstEvent, { type: 'error', errorBody: JSON.stringify(error) })
  assert.deepEqual(tapAfter('data: {"type":"error"}\n\n').firstEvent, { type: 'error', errorBody: '{"type":"error"}' })
  assert.deepEqual(tapAfter('data: [DONE]\n\n').firstEvent, { type: 'message' })
})

test('an error in mid-stream is told', () => {
  const tap = tapAfter(
    messageStart(),
    textDelta('Hi'),
    'event: error\ndata: {"error":{"type":"api_error","message":"cut"}}\n\n'
  )
  assert.deepEqual(tap.sawError, { type: 'api_error', code: null, message: 'cut' })
  assert.equal(tap.basis, 'partial')
  assert.deepEqual(tapAfter('event: error\ndata: oops\n\n').sawError, { type: 'api_error', code: null, message: '' })
})

test('usage in events without an event line is read all the same', () => {
  const dataOnly = [messageStart(), textDelta('Hello'), messageDelta({ output_tokens: 9 })].map(
    (event) => `data: ${JSON.stringify(event)}\n\n`
  )
  const tap = tapAfter(...dataOnly)
  assert.deepEqual([tap.basis, tap.usage.outputTokens], ['final', 9])
})

test('the type is found wherever it stands in the data', () => {
  const sorted = { delta: { stop_reason: 'end_turn' }, type: 'message_delta', usage: { output_tokens: 9 } }
  assert.equal(tapAfter(messageStart(), sse(sorted)).usage.outputTokens, 9)
  assert.equal(tapAfter(messageStart(), `data: ${JSON.stringify(sorted)}\n\n`).usage.outputTokens, 9)
  const text = { delta: { text: 'x'.repeat(40), type: 'text_delta' }, index: 0, type: 'content_block_delta' }
  assert.equal(tapAfter(messageStart(), text).estimatedUsage().outputTokens, 10)
})

test('usage under the name of a content delta is not overlooked', () => {
  const tap = tapAfter(
    messageStart(),
    `event: content_block_delta\ndata: ${JSON.stringify(messageDelta({ output_tokens: 9 }))}\n\n`
  )
  assert.equal(tap.usage.outputTokens, 9)
})

test('the revision grows when the end comes and with each later change, not before and not without one', () => {
  const tap = tapAfter(messageStart(), messageDelta({ output_tokens: 5 }, null), textDelta('Hi'))
  assert.equal(tap.finalRevision, 0)
  const steps: [string, number][] = [
    [sse(messageDelta({ output_tokens: 9 })), 1],
    [sse(PING), 1],
    [sse(messageDelta({ output_tokens: 9 })), 1],
    [sse(messageDelta({ output_tokens: 11 })), 2],
    [sse(STOP), 2]
  ]
  for (const [bytes, revision] of steps) {
    tap.push(Buffer.from(bytes))
    assert.equal(tap.finalRevision, revision, bytes)
  }
})

test('nothing behind message_stop or an error is read', () => {
  for (const end of [sse(STOP), 'event: error\r\ndata: {}\r\n\r\n', 'data: {"type":"message_stop"}\r\r']) {
    const tap = tapAfter(messageStart())
    const last = Buffer.from(end)
    assert.deepEqual(
      [tap.push(Buffer.concat([last, Buffer.from(sse(messageDelta({ output_tokens: 9 })))])), tap.over],
      [last.length, true]
    )
    assert.deepEqual([tap.pendingBytes, tap.usage.outputTokens, tap.push(Buffer.from('event'))], [0, 2, 0])
  }
  const cut = tapAfter(messageStart(), 'event: message_stop\r\ndata: {"type":"message_stop"}\r\n\r')
  assert.deepEqual([cut.over, cut.awaitsLineFeed], [true, true])
  assert.deepEqual([cut.push(Buffer.from('\nmore')), cut.awaitsLineFeed], [1, false])
})

test('a stream closed without closing numbers stays an estimate', () => {
  for (const end of [STOP, messageDelta(null), messageDelta({ output_tokens: -5 })]) {
    const tap = tapAfter(messageStart(), textDelta('x'.repeat(40)), end)
    assert.deepEqual([tap.closing, tap.basis, tap.finalRevision, tap.estimatedUsage().outputTokens], [true, 'partial', 1, 10])
  }
})

test('a refusal before any output is free, and says so as final', () => {
  for (const before of [
    [],
    [blockStart(EMPTY_TEXT)],
    [blockStart({ type: 'fallback', to: { model: 'm' } })],
    [textDelta('')]
  ]) {
    const tap = tapAfter(messageStart(), ...before, messageDelta({ output_tokens: 1 }, 'refusal'), STOP)
    assert.equal(tap.basis, 'final')
    assert.deepEqual(tap.usage, { ...NO_USAGE, serviceTier: 'standard', speed: 'fast', inferenceGeo: 'us' })
    assert.deepEqual(tap.estimatedUsage(), tap.usage)
  }
})

test('a refusal after some output is billed', () => {
  for (const before of [
    textDelta('I'),
    blockStart({ type: 'tool_use', name: 'x', input: {} }),
    delta({ type: 'signature_delta', signature: 's' })
  ]) {
    const tap = tapAfter(messageStart(), before, messageDelta({ output_tokens: 3 }, 'refusal'))
    assert.deepEqual([tap.basis, tap.usage.outputTokens, tap.usage.inputTokens], ['final', 3, 100])
  }
})

test('after a fallback the model is the one that goes on', () => {
  const block = { type: 'fallback', from: { model: 'claude-fable-5-2' }, to: { model: 'claude-opus-4-8' } }
  assert.equal(tapAfter(messageStart({}, 'claude-fable-5-2'), blockStart(block)).model, 'claude-opus-4-8')
})

test('a second message_start cannot take back what the first one stated', () => {
  assert.deepEqual(tapAfter(messageStart(), messageStart({ input_tokens: 0 }, 'other')).usage, START_FACTS)
})

test('a huge event costs no more than its content, and usage after it is read', () => {
  const huge = `event: content_block_start\ndata: ${JSON.stringify(blockStart({ type: 'text', text: 'x'.repeat(5_000_000) }))}\n\n`
  const tap = new SseUsageTap()
  const bytes = Buffer.from(sse(messageStart()) + huge + sse(messageDelta({ output_tokens: 9 }, 'refusal')))
  for (let at = 0; at < bytes.length; at += 65_536) tap.push(bytes.subarray(at, at + 65_536))
  assert.deepEqual([tap.basis, tap.usage.outputTokens], ['final', 9])
})

test('no bytes whatever make it throw or leave a count that is no count', () => {
  const type = fc.constantFrom(
    'message_start',
    'message_delta',
    'message_stop',
    'content_block_start',
    'content_block_delta',
    'error',
    'ping',
    'new'
  )
  const event = fc
    .tuple(type, fc.jsonValue(), fc.jsonValue())
    .map(([type, a, b]) => sse({ type, message: a, delta: a, usage: b, error: a, content_block: b } as { type: string }))
  const stream = fc.array(fc.oneof(event, fc.string({ unit: 'binary' }), fc.constant(sse(messageStart()))))
  fc.assert(
    fc.property(stream, (parts) => {
      const tap = tapAfter(...parts)
      for (const { inputTokens, outputTokens } of [tap.usage, tap.estimatedUsage()]) {
        assert.ok(Number.isSafeInteger(inputTokens) && Number.isSafeInteger(outputTokens))
      }
    })
  )
})

interface AnyEvent {
  type: string
  index?: number
  message?: { model: string; usage: Record<string, number> }
  delta?: { text?: unknown; thinking?: unknown; partial_json?: unknown }
  usage?: Record<string, number>
}

/** What a stream states, by parsing all of it: of cumulative numbers the largest. */
function referenceReading(events: AnyEvent[]) {
  let units = 0
  const usage: Record<string, number> = {}
  for (const { type, message, delta, usage: later } of events) {
    if (type === 'message_start') Object.assign(usage, message?.usage)
    if (type === 'message_delta') {
      for (const [name, count] of Object.entries(later ?? {})) usage[name] = Math.max(usage[name] ?? 0, count)
    }
    if (type !== 'content_block_delta') continue
    for (const part of [delta?.text, delta?.thinking, delta?.partial_json]) units += typeof part === 'string' ? part.length : 0
  }
  return { units, usage }
}

test('the reading is exact in whatever chunks the stream comes, whatever its line ends', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string(),
    fc.constantFrom('"', '\\', '\\"', '👋', '\u2028', '}}', '\n\ndata: x')
  )
  const part = text.chain((text) =>
    fc.constantFrom<AnyEvent>(
      textDelta(text),
      delta({ type: 'thinking_delta', thinking: text }),
      delta({ type: 'thinking_delta', thinking: text, estimated_tokens: 5 }),
      delta({ type: 'input_json_delta', partial_json: text }),
      delta({ type: 'signature_delta', signature: text }),
      { type: 'brand_new_event', delta: { text: 5 } },
      PING
    )
  )
  const closing = fc.option(fc.record({ input_tokens: fc.nat(), output_tokens: fc.nat(), cache_read_input_tokens: fc.nat() }), {
    nil: null
  })
  const layout = fc.record({
    lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
    comment: fc.constantFrom('', ': keep-alive', 'id: 7', 'retry: 100'),
    named: fc.boolean(),
    mark: fc.constantFrom('', '\ufeff')
  })
  const cuts = fc.oneof(fc.constant(null), fc.array(fc.nat(), { maxLength: 30 }))
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), closing, layout, cuts, (parts, closing, layout, cuts) => {
      const start: AnyEvent = { type: 'message_start', message: { model: 'm', usage: { input_tokens: 3, output_tokens: 1 } } }
      const events = [start, ...parts, ...(closing === null ? [] : [messageDelta(closing) as AnyEvent])]
      const lines = events.flatMap((event) => [
        ...(layout.comment === '' ? [] : [layout.comment]),
        ...(layout.named ? [`event: ${event.type}`] : []),
        `data: ${JSON.stringify(event)}`,
        ''
      ])
      const bytes = Buffer.from(layout.mark + lines.map((line) => line + layout.lineEnd).join(''))
      const tap = new SseUsageTap()
      const edges = cuts === null ? [...bytes.keys()] : cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b)
      let from = 0
      for (const edge of [...edges, bytes.length]) {
        tap.push(bytes.subarray(from, edge))
        from = edge
      }
      const { units, usage } = referenceReading(events)
      assert.equal(tap.basis, closing === null ? 'partial' : 'final')
      assert.equal(tap.usage.inputTokens, usage.input_tokens)
      assert.equal(tap.usage.outputTokens, usage.output_tokens)
      assert.equal(tap.usage.cacheReadTokens, usage.cache_read_input_tokens ?? 0)
      if (closing === null) assert.equal(tap.estimatedUsage().outputTokens, Math.max(1, Math.floor(units / 4)))
    }),
    times(400)
  )
})
