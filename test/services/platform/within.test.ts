import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inTime, keepingAlive, within } from '../../../services/platform/within.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

test('work that is done in time is what it comes to, and leaves no timer', async () => {
  const clock = createVirtualClock()
  assert.equal(await inTime(clock, 100, Promise.resolve('done'), () => 'late'), 'done')
  assert.equal(await within(clock, 100, Promise.resolve()), true)
  await assert.rejects(
    inTime(clock, 100, Promise.reject(new Error('broken')), () => null),
    { message: 'broken' }
  )
  assert.equal(clock.pendingTimers(), 0)
})

test('work that takes longer is what is said instead, which may be an error', async () => {
  const clock = createVirtualClock()
  const never = new Promise<string>(() => {})
  const outcomes = [
    inTime(clock, 100, never, () => 'late'),
    within(clock, 100, never),
    inTime<string>(clock, 100, never, () => {
      throw new Error('no answer')
    }).catch((error: Error) => error.message)
  ]
  await clock.advance(100)
  assert.deepEqual(await Promise.all(outcomes), ['late', false, 'no answer'])
})

test('what is kept alive passes on what the work comes to', async () => {
  assert.equal(await keepingAlive(Promise.resolve(1)), 1)
  await assert.rejects(keepingAlive(Promise.reject(new Error('broken'))), { message: 'broken' })
})
