import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '../../../../services/platform/gateway-errors.ts'
import { EnvelopeScan } from '../../../../services/gateway/request/envelope.ts'
import { fc, times } from '../../../support/fuzz.ts'

function scan(pieces: Buffer[]) {
  const envelope = new EnvelopeScan({ forConversation: true })
  for (const piece of pieces) envelope.push(piece)
  return envelope.finish()
}

const read = (text: string) => scan([Buffer.from(text)])

function refused(status: number, message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof GatewayError)
    assert.equal(error.status, status)
    assert.match(error.message, message)
    return true
  }
}

test('reads model, stream and user id, and nothing else matters', () => {
  const envelope = read(
    '{"max_tokens":1,"future":{"model":"no"},"model":"claude-opus-5-5","stream":true,"metadata":{"user_id":"u"}}'
  )
  assert.deepEqual([envelope.model, envelope.stream, envelope.metadataUserId], ['claude-opus-5-5', true, 'u'])
})

test('a body without stream is not streaming, nor is one with null', () => {
  assert.equal(read('{"model":"m"}').stream, false)
  assert.equal(read('{"model":"m","stream":null}').stream, false)
})

for (const [what, text, message] of [
  ['an empty body', '', /^Request body is empty$/],
  ['text', 'hello', /^Failed to parse request body$/],
  ['half an object', '{"model":"m"', /^Failed to parse request body$/],
  ['an array', '[{"model":"m"}]', /^Failed to parse request body$/],
  ['two models', '{"model":"a","model":"b"}', /^Failed to parse request body$/],
  ['two models, one spelt with an escape', '{"model":"a","mod\\u0065l":"b"}', /^Failed to parse request body$/],
  ['two streams', '{"model":"a","stream":true,"stream":false}', /^Failed to parse request body$/],
  ['two metadata', '{"model":"a","metadata":{},"metadata":{}}', /^Failed to parse request body$/],
  ['513 levels', `{"model":"m","a":${'['.repeat(512)}${']'.repeat(512)}}`, /^Failed to parse request body$/],
  ['no model', '{"messages":[]}', /model: Field required/],
  ['a number as model', '{"model":5}', /model: .*string/],
  ['an object as model', '{"model":{}}', /model: .*string/],
  ['a list as stream', '{"model":"m","stream":[]}', /stream: .*boolean/],
  ['an empty model', '{"model":""}', /model: .*at least 1/],
  ['an endless model', `{"model":"${'m'.repeat(20_000)}"}`, /model: .*at most 256/],
  ['a model that is too long', `{"model":"${'m'.repeat(257)}"}`, /model: .*at most 256/],
  ['a text as stream', '{"model":"m","stream":"yes"}', /stream: .*boolean/]
] as const) {
  test(`refuses ${what}`, () => assert.throws(() => read(text), refused(400, message)))
}

test('refuses what is not UTF-8', () => {
  const body = Buffer.concat([Buffer.from('{"model":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])
  assert.throws(() => scan([body]), refused(400, /^Failed to parse/))
})

const file = { type: 'file', file_id: 'file_1' }
const toolResult = (content: unknown, type = 'tool_result') => ({ type, tool_use_id: 't', content })

for (const [what, body] of [
  ['a container', { container: 'container_1' }],
  ['a container with skills', { container: { id: 'container_1', skills: [] } }],
  ['a file as a source', { messages: [{ content: [{ type: 'document', source: file }] }] }],
  ['its id before its type', { messages: [{ content: [{ source: { file_id: 'file_1', type: 'file' }, type: 'image' }] }] }],
  ['a file in what a tool’s result shows', { messages: [{ content: [toolResult([{ type: 'image', source: file }])] }] }],
  ['the same with the type last', { messages: [{ content: [{ content: [{ source: file }], type: 'tool_result' }] }] }],
  [
    'a file in a document made of blocks',
    { messages: [{ content: [{ type: 'document', source: { type: 'content', content: [{ type: 'image', source: file }] } }] }] }
  ],
  ['a file put into a container', { messages: [{ content: [{ type: 'container_upload', file_id: 'file_1' }] }] }]
] as const) {
  test(`${what} pins a request to its account`, () => {
    assert.equal(read(JSON.stringify({ model: 'm', ...body })).pinned, true)
  })
}

for (const [what, body] of [
  ['the words inside a text', { messages: [{ content: 'see {"source":{"type":"file","file_id":"x"},"container":"c"}' }] }],
  [
    'a file id in a tool’s schema',
    { tools: [{ input_schema: { properties: { file_id: { type: 'string' }, source: file } } }] }
  ],
  ['a file id given to a tool', { messages: [{ content: [{ type: 'tool_use', input: { file_id: 'x', source: file } }] }] }],
  [
    'a file id given to a tool of an MCP server',
    { messages: [{ content: [{ type: 'mcp_tool_use', input: { source: file } }] }] }
  ],
  ['a file id that a tool put out', { messages: [{ content: [toolResult([{ type: 'text', text: 'x', file_id: 'x' }])] }] }],
  [
    'a file that code put out',
    {
      messages: [{ content: [toolResult({ type: 'r', content: [{ type: 'o', file_id: 'x' }] }, 'code_execution_tool_result')] }]
    }
  ],
  ['what an MCP server’s tool put out', { messages: [{ content: [toolResult([{ source: file }], 'mcp_tool_result')] }] }],
  ['a file id beside a source of another kind', { messages: [{ content: [{ source: { type: 'base64', file_id: 'x' } }] }] }],
  ['a file id that is none', { messages: [{ content: [{ source: { type: 'file', file_id: null } }] }] }],
  [
    'a source outside of messages',
    { source: file, system: [{ type: 'text', text: 'x', source: file }], metadata: { source: file } }
  ],
  ['a source deeper than a block', { messages: [{ content: [{ type: 'text', citations: [{ source: file }] }] }] }],
  ['nulls', { container: null, thread: null }]
] as const) {
  test(`${what} pins nothing`, () => {
    assert.equal(read(JSON.stringify({ model: 'm', ...body })).pinned, false)
  })
}

test('neither skills for a new container nor what asks about the cache pins a request', () => {
  for (const body of [
    { container: { skills: [{ type: 'anthropic', skill_id: 'pptx', version: 'latest' }] } },
    { container: { id: null, skills: [] } },
    { previous_message_id: 'msg_1' },
    { diagnostics: { previous_message_id: 'msg_1' } }
  ]) {
    const { pinned, thread } = read(JSON.stringify({ model: 'm', ...body }))
    assert.deepEqual([pinned, thread], [false, null], JSON.stringify(body))
  }
})

test('a thread is read: which message it goes on from, or that it begins', () => {
  const threadOf = (thread: unknown) => read(JSON.stringify({ model: 'm', thread })).thread
  assert.deepEqual(threadOf({ type: 'create' }), { kind: 'create' })
  const continued = { kind: 'continue', previousMessageId: 'msg_1' }
  assert.deepEqual(threadOf({ type: 'continue', previous_message_id: 'msg_1' }), continued)
  assert.deepEqual(threadOf({ previous_message_id: 'msg_1', more: [{}], type: 'continue' }), continued)
  const broken = [null, 'create', [], {}, { type: 'continue' }, { type: 'continue', previous_message_id: 5 }, { type: 'other' }]
  for (const thread of broken) assert.equal(threadOf(thread), null, JSON.stringify(thread))
})

test('the most tokens that the response may have are read', () => {
  assert.equal(read('{"model":"m","max_tokens":32000}').maxTokens, 32_000)
  for (const other of [
    '"max_tokens":"1"',
    '"max_tokens":-1',
    '"max_tokens":1.5',
    '"max_tokens":1e3',
    '"max_tokens":null',
    '"tokens":1'
  ])
    assert.equal(read(`{"model":"m",${other}}`).maxTokens, null, other)
})

test('the speed that is asked for is read', () => {
  assert.equal(read('{"model":"m","speed":"fast"}').speed, 'fast')
  assert.equal(read('{"model":"m","speed":1}').speed, null)
  assert.equal(read('{"model":"m"}').speed, null)
})

test('however a body is cut, the same is read of it', () => {
  const text = JSON.stringify({
    stream: true,
    messages: [
      { role: 'system', content: 'mid' },
      {
        content: [
          { type: 'text', text: 'f\u00fcr "dich" 你好' },
          { type: 'image', source: file }
        ],
        role: 'user'
      },
      { role: 'user', content: 'more' }
    ],
    system: [
      { type: 'text', text: 'x-anthropic-billing-header: 1' },
      { type: 'text', text: 'rules\n', cache_control: { type: 'ephemeral' } }
    ],
    model: 'claude-\u006fpus-5-5',
    container: { id: 'c' },
    thread: { type: 'continue', previous_message_id: 'msg_1' },
    speed: 'fast',
    metadata: { user_id: '{"session_id":"s"}' }
  })
  const bytes = Buffer.from(text)
  const whole = scan([bytes])
  assert.equal(whole.model, 'claude-opus-5-5')
  assert.equal(bytes.toString('utf8', whole.modelSpan.start, whole.modelSpan.end), JSON.stringify('claude-opus-5-5'))
  for (let at = 0; at < bytes.length; at++) {
    assert.deepEqual(scan([bytes.subarray(0, at), bytes.subarray(at)]), whole, `cut at ${at}`)
  }
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 20 }), (cuts) => {
      const borders = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
      assert.deepEqual(scan(borders.slice(1).map((end, index) => bytes.subarray(borders[index], end))), whole)
    }),
    times(200)
  )
})

test('a body is known to be refused as soon as nothing can mend it', () => {
  const envelope = new EnvelopeScan({ forConversation: false })
  assert.equal(envelope.push(Buffer.from('{"model":"a",')), true)
  assert.equal(envelope.push(Buffer.from('"model":"b"')), false)
})
