import assert from 'node:assert/strict'
import { test } from 'node:test'
import { measureDeltaText, parsedDeltaTextLength } from '../../../../services/money/usage/delta-text-length.ts'
import { fc, times } from '../../../support/fuzz.ts'

const measure = (json: string) => {
  const bytes = Buffer.from(`data: ${json}\n`)
  return measureDeltaText(bytes, 'data: '.length, bytes.length - 1)
}
const upstreamForm = (delta: object, padding = '') =>
  `${JSON.stringify({ type: 'content_block_delta', index: 12, delta }).slice(0, -1)}${padding}}`

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.array(fc.constantFrom('"', '\\', '\\u', '\n', 'é', '€', '👋', 'u00e9', '}}')).map((parts) => parts.join(''))
)
const deltaOf = (text: string) =>
  fc.constantFrom(
    { type: 'text_delta', text },
    { type: 'thinking_delta', thinking: text },
    { type: 'input_json_delta', partial_json: text }
  )
const escapeNonAscii = (json: string) =>
  json.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

test('any text in the form the upstream writes is measured as long as JSON.parse makes it', () => {
  const padding = fc.nat(20).map((count) => ' '.repeat(count))
  fc.assert(
    fc.property(
      text.chain((text) => fc.tuple(fc.constant(text), deltaOf(text))),
      padding,
      fc.boolean(),
      ([text, delta], padding, escaped) => {
        const json = upstreamForm(delta, padding)
        assert.equal(measure(escaped ? escapeNonAscii(json) : json), text.length)
        assert.equal(parsedDeltaTextLength(JSON.parse(json)), text.length)
      }
    ),
    times(500)
  )
})

test('an event in any other form is left to be parsed', () => {
  const hello = { type: 'text_delta', text: 'hello' }
  const others = [
    JSON.stringify({ index: 0, type: 'content_block_delta', delta: hello }),
    JSON.stringify({ type: 'content_block_delta', index: 0, delta: { ...hello, extra: 1 } }),
    JSON.stringify({ type: 'content_block_delta', index: 0, delta: hello, extra: '}' }),
    JSON.stringify({ type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'x' } }),
    upstreamForm(hello).slice(0, -1),
    upstreamForm(hello).slice(0, -4),
    '{}',
    ''
  ]
  for (const json of others) assert.equal(measure(json), -1, json)
})

test('text is never taken from bytes after the event', () => {
  const begun = '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hel'
  const bytes = Buffer.from(`${begun}lo"}}`)
  for (let end = 0; end < bytes.length; end++) assert.equal(measureDeltaText(bytes, 0, end), -1)
  assert.equal(measureDeltaText(bytes, 0, bytes.length), 5)
})

test('a delta that is no text has no length', () => {
  for (const event of [
    null,
    1,
    {},
    { delta: null },
    { delta: { type: 'signature_delta', signature: 'x' } },
    { delta: { type: 'text_delta', text: 5 } }
  ]) {
    assert.equal(parsedDeltaTextLength(event), -1)
  }
})
