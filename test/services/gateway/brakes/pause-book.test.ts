import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BrakeSubject } from '../../../../services/gateway/brakes/brake-subject.ts'
import {
  createPauseBook,
  MOST_OF_KEY,
  storedPauses,
  type StoredPauses
} from '../../../../services/gateway/brakes/pause-book.ts'
import { createReadings } from '../../../../services/platform/database/readings.ts'
import { errorResponse, paused } from '../../../../services/platform/gateway-errors.ts'
import type { PauseRecord } from '../../../../services/resources/records/pauses.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const MINUTE = 60_000
const session = (name: string, agent: string | null = null): BrakeSubject => ({ keyId: '1', session: name, agent })
const AGENT = session('one', 'sub')

/** A book before a database that can be away, and whose pauses end when they are resumed. */
function openBook() {
  const clock = createVirtualClock()
  const rows: PauseRecord[] = []
  let isAway = false
  const faults: unknown[] = []
  async function ask<T>(value: () => T): Promise<T> {
    if (isAway) throw new Error('the database is away')
    return value()
  }
  const readings = createReadings({ clock, freshMs: 10_000, staleMs: Infinity, onAway: () => {} })
  const reading = readings.keep<StoredPauses>('pauses', {
    read: () => ask(() => storedPauses(rows, clock.uptime())),
    staleMs: Infinity
  })
  const book = createPauseBook({ clock, reading, onAway: (error) => faults.push(error) })
  const written: { ageMs: number; reason: string }[] = []
  const trip = (subject: BrakeSubject, lengthMs: number | null = 10 * MINUTE) =>
    book.trip({
      subject,
      reason: 'too much',
      lengthMs,
      record: ({ subject: { keyId, session: name, agent }, reason }, ageMs) =>
        ask(() => {
          written.push({ ageMs, reason })
          const id = String(written.length)
          rows.push({ id, keyId, session: name, agent, reason, leftMs: lengthMs === null ? null : lengthMs - ageMs })
          return id
        })
    })
  return {
    clock,
    book,
    trip,
    rows,
    written,
    faults,
    setAway: (away: boolean) => {
      isAway = away
    },
    async resume(id: string) {
      rows.splice(
        rows.findIndex((row) => row.id === id),
        1
      )
      readings.expire('pauses')
      await book.upToDate()
    }
  }
}

test('a pause holds for what is within it, at once, and until it has passed', async () => {
  const { book, trip, clock } = openBook()
  assert.equal(trip(session('one')), true)
  for (const subject of [session('one'), AGENT]) assert.equal(book.holding(subject)?.reason, 'too much')
  for (const other of [session('two'), { keyId: '2', session: 'one', agent: null }]) assert.equal(book.holding(other), null)
  assert.equal(trip(session('one')), false, 'what is paused is not paused again')
  assert.equal(trip(AGENT), false)
  await clock.advance(10 * MINUTE - 1)
  assert.notEqual(book.holding(AGENT), null)
  await clock.advance(1)
  assert.equal(book.holding(AGENT), null)
})

test('no step of the wall clock ends a pause or makes it longer', async () => {
  const { book, trip, clock } = openBook()
  trip(session('one'))
  await clock.advance(MINUTE)
  clock.step(86_400_000)
  assert.notEqual(book.holding(session('one')), null)
  clock.step(-2 * 86_400_000)
  await clock.advance(9 * MINUTE)
  assert.equal(book.holding(session('one')), null)
})

test('a pause that is resumed is over, also one of which another has told', async () => {
  const { book, trip, clock, rows, resume } = openBook()
  trip(session('one'), null)
  await clock.advance(10)
  assert.equal(book.holding(session('one'))?.id, '1')
  await resume('1')
  assert.equal(book.holding(session('one')), null)
  rows.push({ id: '9', keyId: '1', session: null, agent: null, reason: 'by hand', leftMs: null })
  await clock.advance(10_000)
  await book.upToDate()
  assert.equal(book.holding(AGENT)?.reason, 'by hand')
})

test('with the database away it holds here, and is put on record once that is back, with its true beginning', async () => {
  const { book, trip, clock, written, faults, setAway } = openBook()
  await book.upToDate()
  setAway(true)
  trip(session('one'))
  await clock.advance(3 * MINUTE)
  assert.notEqual(book.holding(session('one')), null)
  assert.deepEqual([written.length, faults.length], [0, 1])
  setAway(false)
  await clock.advance(2000)
  assert.equal(written.length, 1)
  const ageMs = written[0]!.ageMs
  assert.ok(ageMs >= 3 * MINUTE && ageMs <= 3 * MINUTE + 2000, `${ageMs}`)
  assert.equal(book.holding(session('one'))?.id, '1')
  await clock.advance(7 * MINUTE - 2000)
  assert.equal(book.holding(session('one')), null)
  assert.equal(written.length, 1)
})

test('what is on record but cannot be read yet is paused all the same', async () => {
  const { book, trip, clock, written, setAway } = openBook()
  await book.upToDate()
  trip(session('one'))
  await Promise.resolve()
  setAway(true)
  await clock.advance(5000)
  assert.equal(written.length, 1)
  assert.notEqual(book.holding(session('one')), null)
  setAway(false)
  await clock.advance(2000)
  assert.notEqual(book.holding(session('one')), null)
  assert.equal(written.length, 1)
})

test('who makes up sessions to be paused one by one is paused as a whole', async () => {
  const { book, trip, clock, rows } = openBook()
  for (let n = 0; n < MOST_OF_KEY; n++) trip(session(`session ${n}`))
  await clock.advance(10)
  assert.equal(book.holding(session('another')), null)
  assert.equal(book.count(), MOST_OF_KEY)
  trip(session('one more'))
  assert.match(book.holding(session('another'))!.reason, /^the key has 50 paused sessions, and too much$/)
  for (let n = 0; n < 1000; n++) trip(session(`later ${n}`))
  await clock.advance(10)
  assert.equal(rows.length, MOST_OF_KEY + 1)
})

test('whoever is refused is told when it ends, and not to try again by itself, however soon that is', () => {
  const headersOf = (leftMs: number | null) => errorResponse(paused({ id: '7', reason: 'too much', leftMs }), 'r').headers
  assert.deepEqual(headersOf(30_000), { 'request-id': 'r', 'retry-after': '30', 'x-should-retry': 'false' })
  assert.deepEqual(headersOf(3_600_000), { 'request-id': 'r', 'retry-after': '3600', 'x-should-retry': 'false' })
  assert.deepEqual(headersOf(null), { 'request-id': 'r', 'x-should-retry': 'false' })
})
