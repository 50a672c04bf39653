import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { createReadings, type KeptReading } from '../../../../services/platform/database/readings.ts'
import { GatewayError } from '../../../../services/platform/gateway-errors.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const FRESH_MS = 10_000
const STALE_MS = 60_000

const isUnavailable = (error: unknown) => error instanceof GatewayError && error.status === 503

/** A reading of a number; each read sees the number of the moment in which it began, and ends when the test says so. */
function setUp(rules: Partial<KeptReading<number>> = {}) {
  const clock = createVirtualClock()
  const aways: unknown[] = []
  const readings = createReadings({ clock, freshMs: FRESH_MS, staleMs: STALE_MS, onAway: (error) => void aways.push(error) })
  const reads: { seen: number; held: PromiseWithResolvers<number> }[] = []
  let stored = 0
  const reading = readings.keep('accounts', {
    read() {
      const held = Promise.withResolvers<number>()
      reads.push({ seen: stored, held })
      return held.promise
    },
    ...rules
  })

  /** Ends the oldest read. */
  async function end(error?: Error): Promise<void> {
    const oldest = reads.shift()
    if (oldest === undefined) return
    if (error === undefined) oldest.held.resolve(oldest.seen)
    else oldest.held.reject(error)
    await setImmediate()
  }

  async function known(): Promise<number> {
    const value = reading.current()
    await end()
    return await value
  }

  return {
    clock,
    aways,
    reads,
    reading,
    end,
    known,
    /** Changes the number without a word. */
    store: () => ++stored,
    announce: () => readings.expire('accounts')
  }
}

test('whoever asks after a change was announced learns of it, whatever else is read, changed and waited for', async () => {
  const step = fc.constantFrom('change', 'ask', 'end', 'pass' as const)
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { reading, reads, store, announce, end, clock } = setUp()
      const answers: Promise<void>[] = []
      let announced = 0
      for (const next of steps) {
        if (next === 'change') {
          announced = store()
          announce()
        } else if (next === 'ask') {
          const atLeast = announced
          answers.push(reading.current().then((value) => assert.ok(value >= atLeast, `${value} after change ${atLeast}`)))
        } else if (next === 'end') await end()
        else await clock.advance(100)
        assert.ok(reads.length <= 1, 'one read at a time')
        await setImmediate()
      }
      while (reads.length > 0) await end()
      await Promise.all(answers)
    })
  )
})

test('a change holds although the clock was set back, and what no notice told is known when it has grown old', async () => {
  const { known, store, announce, clock } = setUp()
  assert.equal(await known(), 0)
  clock.step(-3_600_000)
  store()
  announce()
  assert.equal(await known(), 1)
  store()
  assert.equal(await known(), 1)
  clock.step(-3_600_000)
  await clock.advance(FRESH_MS)
  assert.equal(await known(), 2)
})

test('while the database fails, what was read goes on until it is too old; one who cannot be sure is refused', async () => {
  const { known, reading, reads, end, announce, aways, clock } = setUp()
  await known()
  announce()
  const after = reading.current()
  await end(new Error('away'))
  assert.equal(await after, 0)
  // It is left alone for a moment, and told once.
  assert.equal(await reading.current(), 0)
  assert.deepEqual([reads.length, aways.length], [0, 1])
  await clock.advance(STALE_MS)
  const late = assert.rejects(reading.current(), isUnavailable)
  await end(new Error('away'))
  await late
})

test('who knows something is not kept waiting by a slow database, but who has heard of a change is', async () => {
  const { known, reading, store, announce, end, clock } = setUp()
  await known()
  await clock.advance(FRESH_MS)
  const impatient = reading.current()
  await clock.advance(1000)
  assert.equal(await impatient, 0)
  await end()
  store()
  announce()
  let isAnswered = false
  const patient = reading.current().finally(() => {
    isAnswered = true
  })
  await clock.advance(5000)
  assert.equal(isAnswered, false)
  await end()
  assert.equal(await patient, 1)
})

test('a change that is announced is read at once, though the database was away a moment ago', async () => {
  const { known, reading, store, announce, end } = setUp()
  await known()
  announce()
  const away = reading.current()
  await end(new Error('away'))
  await away
  store()
  announce()
  assert.equal(await known(), 1)
})

test('what may not grow old is refused rather than said while the database is away', async () => {
  const { known, reading, end, announce } = setUp({ mayGoStale: (value) => value > 0 })
  await known()
  announce()
  const refused = assert.rejects(reading.current(), isUnavailable)
  await end(new Error('away'))
  await refused
})
