import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { test } from 'node:test'
import { createTraceWriter, type TraceWriterOptions } from '../../../services/traces/trace-writer.ts'
import { createTestLog } from '../../support/journal-fixtures.ts'
import { traceOf } from '../../support/traces.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

class Poisoned extends Error {}

function setUp(options: Partial<TraceWriterOptions> = {}) {
  const clock = createVirtualClock()
  const log = createTestLog()
  const stored: string[] = []
  const batches: number[] = []
  const database = { isAway: false, hold: null as Promise<void> | null, tries: 0 }
  const writer = createTraceWriter({
    async insert(records) {
      database.tries++
      batches.push(records.length)
      await database.hold
      if (database.isAway) throw new Error('the database is away')
      if (records.some(({ id }) => id.startsWith('poison'))) throw new Poisoned('cannot be stored')
      stored.push(...records.map(({ id }) => id))
    },
    isTransient: (error) => !(error instanceof Poisoned),
    clock,
    log,
    ...options
  })
  const put = (...ids: string[]) => ids.forEach((id) => writer.record(traceOf(id)))
  return { writer, clock, stored, batches, database, put, messages: () => log.lines.map(({ message }) => message) }
}

const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `${from + index}`)

test('records are written together, behind the requests', async () => {
  const { clock, stored, batches, put } = setUp()
  put('a', 'b')
  await clock.advance(999)
  assert.deepEqual(stored, [])
  put('c')
  await clock.advance(1)
  assert.deepEqual([stored, batches], [['a', 'b', 'c'], [3]])
  await clock.advance(10_000)
  assert.equal(clock.pendingTimers(), 0)
  put('d')
  await clock.advance(1000)
  assert.deepEqual(batches, [3, 1])
})

test('a full batch does not wait, nor is it written within the request', async () => {
  const { clock, batches, put } = setUp({ batchSize: 10 })
  put(...numbered(25))
  assert.deepEqual(batches, [])
  await clock.advance(0)
  assert.deepEqual(batches, [10, 10, 5])
})

test('what comes during a write is written later, in order, and only one write is under way', async () => {
  const { writer, clock, stored, batches, database, put } = setUp()
  const gate = Promise.withResolvers<void>()
  database.hold = gate.promise
  put('a')
  await clock.advance(1000)
  put('b')
  await clock.advance(5000)
  const flushed = writer.flush()
  await setImmediate()
  assert.deepEqual(batches, [1])
  gate.resolve()
  await flushed
  assert.deepEqual(
    [stored, batches],
    [
      ['a', 'b'],
      [1, 1]
    ]
  )
  assert.equal(clock.pendingTimers(), 0)
})

test('flush stores what was recorded before it, at once, and cannot fail', async () => {
  const { writer, clock, stored, database, put } = setUp()
  put('a')
  await writer.flush()
  assert.deepEqual(stored, ['a'])
  assert.equal(clock.pendingTimers(), 0)
  await writer.flush()
  assert.equal(database.tries, 1)
  database.isAway = true
  put('b')
  await writer.flush()
  assert.deepEqual(stored, ['a'])
  database.isAway = false
  await writer.flush()
  assert.deepEqual(stored, ['a', 'b'])
})

test('while the database is away records wait in order, it is told once, and asked more and more seldom', async () => {
  const { clock, stored, database, put, messages } = setUp()
  database.isAway = true
  put('a')
  await clock.advance(1000)
  put('b')
  await clock.advance(600_000)
  // After 1, 3, 7, 15, 31 and then each 30 seconds.
  assert.equal(database.tries, 5 + 19)
  assert.deepEqual(messages(), ['exchange traces cannot be written; the newest are kept in memory'])
  database.isAway = false
  await clock.advance(30_000)
  assert.deepEqual(stored, ['a', 'b'])
  assert.equal(messages().at(-1), 'exchange traces are written again')
  database.isAway = true
  put('c')
  await clock.advance(1000)
  database.isAway = false
  await clock.advance(2000)
  assert.deepEqual(stored, ['a', 'b', 'c'])
})

test('a flush that waited for a write in vain does not try a second time', async () => {
  const { writer, clock, batches, database, put } = setUp()
  const gate = Promise.withResolvers<void>()
  database.hold = gate.promise
  database.isAway = true
  put('a')
  await clock.advance(1000)
  const flushed = writer.flush()
  gate.resolve()
  await flushed
  assert.deepEqual(batches, [1])
})

test('a flush ends although there is always more to write', async () => {
  const clock = createVirtualClock()
  const stored: string[] = []
  const writer = createTraceWriter({
    async insert(records) {
      stored.push(...records.map(({ id }) => id))
      if (stored.length < 10) writer.record(traceOf(`${stored.length}`))
    },
    isTransient: () => true,
    clock,
    log: createTestLog()
  })
  writer.record(traceOf('0'))
  await writer.flush()
  assert.deepEqual(stored, ['0'])
  await clock.advance(9000)
  assert.deepEqual(stored, numbered(10))
})

test('memory is bounded: the oldest are dropped, and counted', async () => {
  const clock = createVirtualClock()
  const counted: object[] = []
  const stored: string[] = []
  let isAway = true
  const writer = createTraceWriter({
    async insert(records) {
      if (isAway) throw new Error('away')
      stored.push(...records.map(({ id }) => id))
    },
    isTransient: () => true,
    clock,
    maxPending: 100,
    batchSize: 10,
    log: { info() {}, warn: (fields) => void ('dropped' in fields && counted.push(fields)) }
  })
  for (const id of numbered(100)) writer.record(traceOf(id))
  await clock.advance(1000)
  assert.deepEqual(counted, [])
  for (const id of numbered(30, 100)) writer.record(traceOf(id))
  await clock.advance(30_000)
  assert.deepEqual(counted, [{ dropped: 30 }])
  isAway = false
  await clock.advance(30_000)
  assert.deepEqual(stored, numbered(100, 30))
  assert.equal(counted.length, 1)
})

test('records that are with the database count as held, too', async () => {
  const { clock, stored, database, put } = setUp({ maxPending: 20, batchSize: 10 })
  const gate = Promise.withResolvers<void>()
  database.hold = gate.promise
  put(...numbered(10))
  await clock.advance(0)
  put(...numbered(15, 10))
  database.isAway = true
  gate.resolve()
  await clock.advance(1)
  database.isAway = false
  await clock.advance(60_000)
  assert.deepEqual(stored, [...numbered(10), ...numbered(10, 15)])
})

test('one record that is refused for what is in it keeps no other from being stored', async () => {
  const { clock, stored, put, messages } = setUp()
  put('a', 'b', 'poison-1', 'c', 'd', 'e', 'poison-2')
  await clock.advance(1000)
  assert.deepEqual(stored, ['a', 'b', 'c', 'd', 'e'])
  const refused = 'an exchange trace was refused by the database'
  assert.deepEqual(messages(), [refused, refused])
  assert.equal(clock.pendingTimers(), 0)
})

test('a database that goes away while the refused one is looked for gets the rest later, each once', async () => {
  const stored: string[] = []
  const clock = createVirtualClock()
  let calls = 0
  const writer = createTraceWriter({
    async insert(records) {
      calls++
      if (records.some(({ id }) => id === 'poison')) throw new Poisoned('no')
      if (calls === 6) throw new Error('away')
      stored.push(...records.map(({ id }) => id))
    },
    isTransient: (error) => !(error instanceof Poisoned),
    clock,
    log: createTestLog()
  })
  for (const id of ['a', 'poison', 'c', 'd', 'e', 'f', 'g', 'h']) writer.record(traceOf(id))
  await clock.advance(1000)
  await clock.advance(10_000)
  assert.deepEqual(stored, ['a', 'c', 'd', 'e', 'f', 'g', 'h'])
})

test('stop writes what is there, and nothing after; what cannot be written is told', async () => {
  const { writer, clock, stored, put } = setUp()
  put('a')
  await writer.stop()
  put('b')
  await clock.advance(10_000)
  assert.deepEqual([stored, clock.pendingTimers()], [['a'], 0])

  const away = setUp()
  away.database.isAway = true
  away.put('a')
  await away.writer.stop()
  assert.equal(away.messages().at(-1), 'exchange traces were lost at shutdown')
  assert.deepEqual([away.database.tries, away.clock.pendingTimers()], [1, 0])
})
