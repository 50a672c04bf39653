import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_EVENT_BYTES, SseScanner } from '../../../../services/money/usage/sse-events.ts'
import { fc, times } from '../../../support/fuzz.ts'

interface SeenEvent {
  name: string
  data: string
  truncated: boolean
}

function eventsOf(chunks: Iterable<Buffer>): SeenEvent[] {
  const events: SeenEvent[] = []
  const scanner = new SseScanner((name, bytes, start, end, truncated) => {
    events.push({ name, data: bytes.toString('utf8', start, end), truncated })
  })
  for (const chunk of chunks) {
    scanner.push(chunk)
    chunk.fill(0x21) // what was pushed is no longer the scanner's to read
  }
  return events
}

const whole = (text: string) => eventsOf([Buffer.from(text)])
const event = (name: string, data: string) => ({ name, data, truncated: false })

/** The event stream format written down plainly, on text. */
function referenceEvents(stream: string): SeenEvent[] {
  const events: SeenEvent[] = []
  let name = ''
  let data: string[] = []
  const lines = stream.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)
  for (const line of lines.slice(0, -1)) {
    if (line === '') {
      if (name !== '' || data.length > 0) events.push(event(name, data.join('\n')))
      name = ''
      data = []
      continue
    }
    const colon = line.indexOf(':')
    const field = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') name = value
    if (field === 'data') data.push(value)
  }
  return events
}

function cutAt(bytes: Buffer, cuts: number[]): Buffer[] {
  const edges = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  return edges.slice(1).map((edge, index) => Buffer.from(bytes.subarray(edges[index], edge)))
}

const word = fc.oneof(
  fc.constantFrom('a', ' b', 'é', '€', '👋', ':', 'data', 'content_block_delta', ''),
  fc.string({ maxLength: 6 })
)
const line = fc
  .tuple(
    fc.constantFrom('event', 'data', 'id', 'retry', '', 'dat', 'dataset', 'eventual'),
    fc.constantFrom(':', ': ', ':  ', ''),
    word
  )
  .map(([field, colon, value]) => (field + colon + value).replace(/[\r\n\ufeff]/g, ''))
const lineEnd = fc.constantFrom('\n', '\r\n', '\r')
const stream = fc
  .array(fc.tuple(fc.oneof(line, fc.constant('')), lineEnd), { maxLength: 30 })
  .map((lines) => lines.flat().join(''))

test('events are found the same in whatever chunks the stream comes', () => {
  fc.assert(
    fc.property(fc.constantFrom('', '\ufeff'), stream, fc.array(fc.nat(), { maxLength: 20 }), (mark, stream, cuts) => {
      const latin1Named = referenceEvents(mark + stream).map((event) => ({
        ...event,
        name: Buffer.from(event.name).toString('latin1')
      }))
      const bytes = Buffer.from(mark + stream)
      assert.deepEqual(eventsOf(cutAt(bytes, cuts)), latin1Named)
      assert.deepEqual(eventsOf([...bytes].map((byte) => Buffer.from([byte]))), latin1Named)
    }),
    times(300)
  )
})

test('comments, ids and retry times make no event', () => {
  assert.deepEqual(whole(': hello\n\n:\n\nid: 1\n\nretry: 5\n\n'), [])
})

test('data on several lines are one event', () => {
  assert.deepEqual(whole('event: x\ndata: {"a":\ndata:1}\ndata\n\n'), [event('x', '{"a":\n1}\n')])
})

test('an empty line of data after a longer one adds an empty line, byte by byte too', () => {
  const bytes = [...Buffer.from('data: a\ndata:\n\n')].map((byte) => Buffer.from([byte]))
  assert.deepEqual(eventsOf(bytes), [event('', 'a\n')])
})

test('an event whose blank line has not come is not reported', () => {
  assert.deepEqual(whole('event: x\ndata: 1\n'), [])
})

test('a byte order mark counts at the start only', () => {
  assert.deepEqual(whole('\ufeffdata: 1\n\n\ufeffdata: 2\n\n'), [event('', '1')])
})

test('of a huge event only the first part is kept, however it is cut, and the next event is whole', () => {
  const huge = Buffer.from(`event: huge\ndata: ${'x'.repeat(5 * MAX_EVENT_BYTES)}\n\nevent: next\ndata: 1\n\n`)
  const chunks = (size: number) => {
    const count = Math.ceil(huge.length / size)
    return Array.from({ length: count }, (_, index) => Buffer.from(huge.subarray(index * size, (index + 1) * size)))
  }
  for (const size of [huge.length, 65_536, 100_003]) {
    const [first, next, ...others] = eventsOf(chunks(size))
    assert.deepEqual(
      [first?.name, first?.truncated, first?.data.length],
      ['huge', true, MAX_EVENT_BYTES - 'data: '.length],
      `${size}`
    )
    assert.deepEqual([next, others], [event('next', '1'), []])
  }
})

test('many lines of data together are kept to the same length', () => {
  const lines = `data: ${'x'.repeat(1000)}\n`.repeat(2000)
  const [first, next] = whole(`${lines}\ndata: 1\n\n`)
  assert.deepEqual([first?.truncated, first?.data.length], [true, MAX_EVENT_BYTES])
  assert.deepEqual(next, event('', '1'))
})

test('the bytes still pending are those after the last blank line, in whatever chunks the stream comes', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(), { maxLength: 20 }), (stream, cuts) => {
      const bytes = Buffer.from(stream)
      const scanner = new SseScanner(() => undefined)
      for (const chunk of cutAt(bytes, cuts)) scanner.push(chunk)
      let lineStart = 0
      let boundary = 0
      for (const { index, 0: lineEnd } of bytes.toString('latin1').matchAll(/\r\n|\n|\r/g)) {
        if (index === lineStart) boundary = index + lineEnd.length
        lineStart = index + lineEnd.length
      }
      assert.equal(scanner.pendingBytes, bytes.length - boundary)
    }),
    times(300)
  )
})
