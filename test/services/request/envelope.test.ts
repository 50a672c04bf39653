import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { decodeBody, MAX_BODY_BYTES, memberBytes, readEnvelope, withModel } from '../../../services/request/envelope.ts'
import { GatewayError } from '../../../services/gateway-errors.ts'
import { fc } from '../../support/fuzz.ts'

const read = (text: string) => readEnvelope(Buffer.from(text))

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
  ['an empty model', '{"model":""}', /model: .*at least 1/],
  ['an endless model', `{"model":"${'m'.repeat(257)}"}`, /model: .*at most 256/],
  ['a text as stream', '{"model":"m","stream":"yes"}', /stream: .*boolean/]
] as const) {
  test(`refuses ${what}`, () => assert.throws(() => read(text), refused(400, message)))
}

test('refuses what is not UTF-8', () => {
  const body = Buffer.concat([Buffer.from('{"model":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])
  assert.throws(() => readEnvelope(body), refused(400, /^Failed to parse/))
})

test('state kept at the upstream pins a request to its account', () => {
  assert.equal(read('{"model":"m","container":"container_1"}').pinned, true)
  assert.equal(read('{"model":"m","container":{"id":"container_1","skills":[]}}').pinned, true)
  assert.equal(read('{"model":"m","messages":[{"content":[{"source":{"type":"file","file_id":"file_1"}}]}]}').pinned, true)
})

test('the same words inside a text, or a null, pin nothing', () => {
  assert.equal(read(JSON.stringify({ model: 'm', messages: [{ content: 'see {"file_id":"x","container":1}' }] })).pinned, false)
  assert.equal(read('{"model":"m","a":["file_id",{"type":"file_id"}]}').pinned, false)
  assert.equal(read('{"model":"m","container":null,"previous_message_id":null}').pinned, false)
})

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

test('a mapped model changes its own bytes and no others', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string({ minLength: 1 }), fc.nat(2), (rest, model, indent) => {
      const { model: _m, stream: _s, metadata: _d, ...others } = rest
      const text = JSON.stringify({ ...others, model: 'claude-x', tail: 1 }, null, indent)
      const { body } = withModel(read(text), model)
      assert.equal(
        body.toString(),
        text.replace('"claude-x"', () => JSON.stringify(model))
      )
    })
  )
})

test('an unmapped body goes up as it came, byte for byte and without a copy', () => {
  const body = Buffer.from(' {"model" : "m" } ')
  const same = withModel(readEnvelope(body), 'm')
  assert.equal(same.body, body)
  assert.equal(same.encoded, true)
})

test('millions of members in a small compressed body are refused before they fill the memory', () => {
  const members = (count: number) => `{"model":"m",${Array.from({ length: count }, () => '"a":0').join(',')}}`
  assert.equal(read(members(4095)).members.length, 4096)
  assert.throws(() => read(members(4096)), refused(400, /^Failed to parse/))
})

test('members are found by their bytes', () => {
  assert.equal(memberBytes(read('{"model":"m","system":["é"]}'), 'system')?.toString(), '["é"]')
  assert.equal(memberBytes(read('{"model":"m"}'), 'system'), undefined)
})

test('every content coding the API takes is decoded', async () => {
  const json = Buffer.from('{"model":"m"}')
  for (const [coding, encode] of [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync]
  ] as const) {
    assert.deepEqual(await decodeBody(encode(json), coding), json, coding)
  }
})

test('a body that is not what its coding says is refused', async () => {
  await assert.rejects(decodeBody(Buffer.from('plain'), 'gzip'), refused(400, /decode/))
  await assert.rejects(decodeBody(Buffer.from('plain'), 'compress'), refused(400, /content-encoding/))
  await assert.rejects(decodeBody(Buffer.from('plain'), '__proto__'), refused(400, /content-encoding/))
})

test('a small body that decodes to more than the limit is refused', async () => {
  const bomb = gzipSync(Buffer.alloc(MAX_BODY_BYTES + 1))
  await assert.rejects(decodeBody(bomb, 'gzip'), refused(413, /maximum size/))
})
