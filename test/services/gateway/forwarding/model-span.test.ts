import assert from 'node:assert/strict'
import { test } from 'node:test'
import { messageStartModelSpan, modelSpan, splice } from '../../../../services/gateway/forwarding/model-span.ts'

const named = (bytes: Buffer, span: { start: number; end: number } | null) =>
  span === null ? null : bytes.toString('utf8', span.start, span.end)

test('the model of a message is its own, however it is written and wherever it stands', () => {
  for (const [json, model] of [
    ['{"model":"m"}', '"m"'],
    [' {"content":[{"model":"no"}],"model" : "cl\\u0061ude" } ', '"cl\\u0061ude"'],
    ['{"mod\\u0065l":"m"}', '"m"'],
    ['{"usage":{"model":"no"}}', null],
    ['{"model":null}', null],
    ['[{"model":"m"}]', null],
    ['{"model":"m"', null]
  ] as const) {
    const bytes = Buffer.from(json)
    assert.equal(named(bytes, modelSpan(bytes)), model, json)
  }
})

test('the model of an event stream is that of its message_start', () => {
  const start = 'data: {"type":"message_start","message":{"id":"x","model":"m"}}\n\n'
  for (const [text, model] of [
    [`event: message_start\n${start}`, '"m"'],
    [`event: ping\ndata: {"type":"ping"}\n\nevent: message_start\n${start}`, '"m"'],
    ['data:{"message":{"model":"m"},"type":"message_start"}\r\n', '"m"'],
    ['data: {"type":"message_delta","message":{"model":"m"}}\n\n', null],
    ['data: {"type":"message_start","message":[{"model":"m"}]}\n\n', null],
    [start.slice(0, 40), null]
  ] as const) {
    const bytes = Buffer.from(text)
    assert.equal(named(bytes, messageStartModelSpan(bytes)), model, text)
  }
})

test('a span is replaced and nothing else', () => {
  const bytes = Buffer.from('{"model":"m","a":1}')
  assert.equal(splice(bytes, modelSpan(bytes)!, 'o"ther').toString(), '{"model":"o\\"ther","a":1}')
})
