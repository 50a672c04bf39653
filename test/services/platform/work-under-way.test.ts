import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trackWork } from '../../../services/platform/work-under-way.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

function setUp() {
  const clock = createVirtualClock()
  const lines: string[] = []
  const work = trackWork({ clock, log: { info: (line: string) => void lines.push(line) } as never })
  return { clock, work, lines }
}

/** Whether a promise has resolved by now. */
function watch(promise: Promise<unknown>) {
  const watched = { over: false }
  void promise.then(() => (watched.over = true))
  return watched
}

const CUT_OFF = new Error('shutting down')

test('with nobody to serve, a drain ends after half of its delay, and says so', async () => {
  const { clock, work, lines } = setUp()
  const drained = watch(work.drain(10_000))
  assert.equal(work.phase, 'draining')
  await clock.advance(4999)
  assert.equal(drained.over, false)
  await clock.advance(1)
  assert.equal(drained.over, true)
  assert.equal(lines.length, 1)
})

test('a request that runs or arrives while draining makes it last its whole delay', async () => {
  for (const arrives of ['before', 'during'] as const) {
    const { clock, work, lines } = setUp()
    if (arrives === 'before') work.arrived(false)
    const drained = watch(work.drain(10_000))
    await clock.advance(1000)
    if (arrives === 'during') work.arrived(false)()
    await clock.advance(8999)
    assert.equal(drained.over, false, arrives)
    await clock.advance(1)
    assert.equal(drained.over, true, arrives)
    assert.deepEqual(lines, [])
  }
})

test('probes and scrapes are no reason to drain longer', async () => {
  const { clock, work } = setUp()
  work.arrived(true)
  const drained = watch(work.drain(10_000))
  await clock.advance(1000)
  work.arrived(true)
  await clock.advance(4000)
  assert.equal(drained.over, true)
})

test('whoever is in a hurry ends the delay and the wait for work', async () => {
  const { clock, work } = setUp()
  work.arrived(false)
  const drained = watch(work.drain(10_000))
  const hurried = setUp()
  hurried.work.arrived(false)
  const closed = watch(hurried.work.close(10_000, CUT_OFF))
  work.hurry()
  hurried.work.hurry()
  await clock.advance(0)
  assert.equal(drained.over, true)
  assert.equal(hurried.work.cutOff.aborted, true)
  await hurried.clock.advance(1000)
  assert.equal(closed.over, true)
})

test('closing waits for requests, watchers and carried work, what is carried meanwhile included', async () => {
  const { clock, work } = setUp()
  const [first, second] = [Promise.withResolvers<number>(), Promise.withResolvers<void>()]
  const [answered, watched] = [work.arrived(false), work.arrived(true)]
  const carried = work.carry(first.promise)
  const closed = watch(work.close(10_000, CUT_OFF))
  assert.equal(work.phase, 'closing')
  for (const step of [answered, watched, () => void work.carry(second.promise), () => first.resolve(7), second.resolve]) {
    await clock.advance(1)
    assert.equal(work.cutOff.aborted, false)
    step()
  }
  await clock.advance(1)
  assert.equal(closed.over, true)
  assert.equal(await carried, 7)
})

test('work that fails is thrown to its caller, and is waited for no longer', async () => {
  const { clock, work } = setUp()
  await assert.rejects(work.carry(Promise.reject(new Error('failed'))), /failed/)
  const closed = watch(work.close(10_000, CUT_OFF))
  await clock.advance(0)
  assert.equal(closed.over, true)
})

test('what has not ended in time is cut off with the reason, and has a second for its last words', async () => {
  const { clock, work } = setUp()
  work.arrived(false)
  const closed = watch(work.close(10_000, CUT_OFF))
  await clock.advance(9999)
  assert.equal(work.cutOff.aborted, false)
  await clock.advance(1)
  assert.equal(work.cutOff.reason, CUT_OFF)
  await clock.advance(999)
  assert.equal(closed.over, false)
  await clock.advance(1)
  assert.equal(closed.over, true)
})

test('what arrives once it closes is not waited for', async () => {
  const { clock, work } = setUp()
  const closed = watch(work.close(10_000, CUT_OFF))
  work.arrived(false)
  await clock.advance(0)
  assert.equal(closed.over, true)
})
