import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_JSON_DEPTH, scanJsonObject, stringAt } from '../../../services/request/json-scan.ts'
import { fc, times } from '../../support/fuzz.ts'

/** A copy of the text at a given distance from four-byte alignment, since strings are read by words where they can be. */
function bytesOf(text: string, offset = 0): Uint8Array {
  const size = Buffer.byteLength(text)
  const bytes = new Uint8Array(new ArrayBuffer(size + 8), offset, size)
  Buffer.from(bytes.buffer, offset, size).write(text)
  return bytes
}

function parses(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

const jsonObject = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' }))
const json = fc.tuple(jsonObject, fc.constantFrom(0, 1, 3)).map(([value, indent]) => JSON.stringify(value, null, indent))

test('lists the members of any object as JSON.parse reads them', () => {
  fc.assert(
    fc.property(json, fc.nat(3), (text, offset) => {
      const bytes = bytesOf(text, offset)
      const members = scanJsonObject(bytes)
      assert.notEqual(members, null)
      const read = Object.fromEntries(
        members!.map(({ key, start, end }) => [key, JSON.parse(Buffer.from(bytes.slice(start, end)).toString()) as unknown])
      )
      assert.deepEqual(read, Object.fromEntries(Object.entries(JSON.parse(text) as object)))
    }),
    times(500)
  )
})

test('accepts exactly what JSON.parse accepts, also when the text is damaged', () => {
  const damage = fc.tuple(json, fc.nat(), fc.constantFrom('', '"', '\\', '\n', '{', ']', ',', '0', '-', 'e', '\u0001', 'tru'))
  fc.assert(
    fc.property(damage, fc.nat(2), fc.nat(3), ([text, place, insert], cut, offset) => {
      const at = place % (text.length + 1)
      const damaged = (text.slice(0, at) + insert + text.slice(at + cut)).toWellFormed()
      assert.equal(scanJsonObject(bytesOf(damaged, offset)) !== null, parses(damaged), damaged)
    }),
    times(3000)
  )
})

test('reads long strings by words without missing a quote, an escape or a control character', () => {
  const special = fc.constantFrom('"', '\\', '\n', '\u001f', '\\n', '\\u0041', '\\"', 'é', '漢', '\u007f')
  fc.assert(
    fc.property(fc.nat(40), special, fc.nat(40), fc.nat(3), (before, middle, after, offset) => {
      const text = `{"a":"${'x'.repeat(before)}${middle}${'y'.repeat(after)}"}`
      assert.equal(scanJsonObject(bytesOf(text, offset)) !== null, parses(text), text)
    }),
    times(2000)
  )
})

test('refuses nesting beyond the limit and accepts the limit itself', () => {
  const nested = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
  assert.notEqual(scanJsonObject(bytesOf(nested(MAX_JSON_DEPTH))), null)
  assert.equal(scanJsonObject(bytesOf(nested(MAX_JSON_DEPTH + 1))), null)
  assert.equal(scanJsonObject(bytesOf(`{"a":${'['.repeat(1_000_000)}`)), null)
})

test('reports every member of a duplicated key', () => {
  const keys = scanJsonObject(bytesOf('{"model":"a","mod\\u0065l":"b"}'))!.map((member) => member.key)
  assert.deepEqual(keys, ['model', 'model'])
})

test('reads a string value with its escapes', () => {
  const bytes = bytesOf('{"model":"cl\\u0061ude\\n"}')
  const [member] = scanJsonObject(bytes)!
  assert.equal(stringAt(bytes, member!.start, member!.end), 'claude\n')
})

test('scans a part of the bytes and nothing around it', () => {
  const bytes = bytesOf('xx{"a":1}yy')
  assert.deepEqual(scanJsonObject(bytes, 2, 9), [{ key: 'a', start: 7, end: 8 }])
  assert.equal(scanJsonObject(bytes, 2, 10), null)
})
