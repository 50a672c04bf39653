import assert from 'node:assert/strict'
import { isUtf8 } from 'node:buffer'
import { test } from 'node:test'
import {
  FIRST_STREAMED_SLOT,
  JsonWalk,
  MAX_JSON_DEPTH,
  MAX_TOKEN_BYTES,
  stringOf,
  type JsonReader
} from '../../../services/platform/json-walk.ts'
import { Utf8Check } from '../../../services/platform/utf8-check.ts'
import { fc, times } from '../../support/fuzz.ts'

/** The bytes in pieces, each a copy at a distance from four-byte alignment, since strings are read by words. */
function pieces(bytes: Buffer, cuts: number[], offset = 0): Buffer[] {
  const borders = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  return borders.slice(1).map((end, index) => {
    const part = bytes.subarray(borders[index], end)
    const copy = Buffer.from(new ArrayBuffer(part.length + 8), offset, part.length)
    part.copy(copy)
    return copy
  })
}

const KEEP = 1
const TEXT = FIRST_STREAMED_SLOT

/** Keeps what stands at `keep` and the text at `text`, at any depth, and where the former began. */
class Recorder implements JsonReader {
  readonly seen: string[] = []
  text = ''
  slotOf(_: number, key: Parameters<JsonReader['slotOf']>[1]) {
    const name = stringOf(key)
    return name === 'keep' ? KEEP : name === 'text' ? TEXT : 2
  }
  elementSlot = () => 2
  enter = () => 1
  leave() {}
  value(slot: number, token: Parameters<JsonReader['value']>[1]) {
    if (slot !== KEEP) return
    const { bytes, start, end, from } = token ?? { bytes: new Uint8Array(0), start: 0, end: 0, from: -1 }
    this.seen.push(`${from} ${Buffer.from(bytes.subarray(start, end)).toString('latin1')}`)
  }
  part(_: number, bytes: Uint8Array, start: number, end: number, isLast: boolean) {
    this.text += Buffer.from(bytes.subarray(start, end)).toString('latin1') + (isLast ? '|' : '')
  }
}

function walk(parts: Buffer[]) {
  const recorder = new Recorder()
  const json = new JsonWalk(recorder)
  const isBegun = parts.every((part) => json.push(part))
  return { accepted: isBegun && json.isComplete, seen: recorder.seen, text: recorder.text }
}

function parses(bytes: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(bytes.toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

const key = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('keep', 'text'))
const { value: jsonValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null)
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 })
  )
}))
const json = fc
  .tuple(fc.dictionary(key, jsonValue, { maxKeys: 5 }), fc.constantFrom(0, 1, 3))
  .map(([value, indent]) => JSON.stringify(value, null, indent))
const cuts = fc.array(fc.nat(), { maxLength: 6 })

test('accepts every object, however it is cut, and shows the same of it', () => {
  fc.assert(
    fc.property(json, cuts, fc.nat(3), (text, borders, offset) => {
      const bytes = Buffer.from(text)
      const whole = walk([bytes])
      assert.equal(whole.accepted, true, text)
      assert.deepEqual(walk(pieces(bytes, borders, offset)), whole)
    }),
    times(1500)
  )
})

test('accepts exactly what JSON.parse accepts, also when the text is damaged', () => {
  const inserts = [
    '',
    '"',
    '\\',
    '\n',
    '{',
    ']',
    ',',
    '0',
    '-',
    'e',
    '.',
    '+',
    '\u0001',
    'tru',
    'null',
    '\\u00',
    '\\u00g0',
    '1e5'
  ]
  const damage = fc.tuple(json, fc.nat(), fc.constantFrom(...inserts), fc.nat(2))
  fc.assert(
    fc.property(damage, cuts, fc.nat(3), ([text, place, insert, cut], borders, offset) => {
      const at = place % (text.length + 1)
      const bytes = Buffer.from((text.slice(0, at) + insert + text.slice(at + cut)).toWellFormed())
      const parts = pieces(bytes, borders, offset)
      assert.equal(walk(parts).accepted, parses(bytes), bytes.toString())
      assert.equal(walk([bytes]).accepted, parses(bytes), bytes.toString())
    }),
    times(4000)
  )
})

test('reads long strings by words without missing a quote, an escape or a control character', () => {
  const special = fc.constantFrom(
    '"',
    '\\',
    '\n',
    '\u001f',
    '\\n',
    '\\u0041',
    '\\u004',
    '\\"',
    'é',
    '漢',
    '\u007f',
    '"#',
    '\\x'
  )
  fc.assert(
    fc.property(fc.nat(40), special, fc.nat(40), fc.nat(3), cuts, (before, middle, after, offset, borders) => {
      const bytes = Buffer.from(`{"a":"${'x'.repeat(before)}${middle}${'y'.repeat(after)}"}`)
      assert.equal(walk(pieces(bytes, borders, offset)).accepted, parses(bytes), bytes.toString())
    }),
    times(3000)
  )
})

test('every number and literal, cut at every place', () => {
  for (const value of [
    '0',
    '-0',
    '10',
    '-12.50e+7',
    '1E-3',
    '0.0',
    'true',
    'false',
    'null',
    '-',
    '01',
    '1.',
    '1.e1',
    '.5',
    '+1',
    'e5',
    '1e',
    '1e+',
    '--1',
    'nul',
    'truE',
    'Infinity',
    '0x1',
    '1-',
    '0e0'
  ]) {
    for (const text of [`{"keep":${value}}`, `{"a":[${value},${value}]}`, `{"text":${value} }`]) {
      const bytes = Buffer.from(text)
      const whole = walk([bytes])
      assert.equal(whole.accepted, parses(bytes), text)
      for (let cut = 0; cut < bytes.length; cut++) assert.deepEqual(walk(pieces(bytes, [cut])), whole, `${text} cut at ${cut}`)
    }
  }
})

test('refuses nesting beyond the limit and accepts the limit itself', () => {
  const nested = (depth: number) => Buffer.from(`{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`)
  assert.equal(walk([nested(MAX_JSON_DEPTH)]).accepted, true)
  assert.equal(walk([nested(MAX_JSON_DEPTH + 1)]).accepted, false)
})

test('a value that is too long is told as such, however it is cut', () => {
  for (const [length, isRead] of [
    [MAX_TOKEN_BYTES - 2, true],
    [MAX_TOKEN_BYTES - 1, false]
  ] as const) {
    const bytes = Buffer.from(`{"keep":"${'x'.repeat(length)}","keep":1}`)
    const whole = walk([bytes])
    assert.equal(whole.seen[0]!.startsWith('8 '), isRead)
    for (const cut of [8, 9, 100, MAX_TOKEN_BYTES, bytes.length - 3]) assert.deepEqual(walk(pieces(bytes, [cut])), whole)
  }
})

test('UTF-8 that comes in pieces is valid exactly when the whole is', () => {
  const odd = fc.constantFrom(
    [0xc3, 0xa9],
    [0xe4, 0xbd, 0xa0],
    [0xf0, 0x9f, 0x98, 0x80],
    [0x80],
    [0xc0, 0x80],
    [0xed, 0xa0, 0x80],
    [0xf5],
    [0x41],
    [0xe4, 0xbd],
    [0xf0]
  )
  fc.assert(
    fc.property(fc.array(odd, { maxLength: 8 }), cuts, (parts, borders) => {
      const bytes = Buffer.from(parts.flat())
      const check = new Utf8Check()
      const isValid = pieces(bytes, borders).every((piece) => check.push(piece)) && check.isComplete
      assert.equal(isValid, isUtf8(bytes), bytes.toString('hex'))
    }),
    times(3000)
  )
})
