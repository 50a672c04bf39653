import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDatabaseWatch } from '../../../../services/platform/database/database-watch.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

/** A database that is asked, and answers as a test wants. */
function watched() {
  const clock = createVirtualClock()
  const asked: PromiseWithResolvers<void>[] = []
  const check = () => {
    const question = Promise.withResolvers<void>()
    asked.push(question)
    return question.promise
  }
  return { clock, asked, watch: createDatabaseWatch({ check, clock, freshMs: 1000, limitMs: 300 }) }
}

test('it is asked once a second at most, however many want to know', async () => {
  const { clock, asked, watch } = watched()
  const answers = [watch.state(), watch.state(), watch.state()]
  asked[0]!.resolve()
  assert.deepEqual(await Promise.all(answers), ['ok', 'ok', 'ok'])
  for (let n = 0; n < 100; n++) assert.equal(await watch.state(), 'ok')
  assert.equal(asked.length, 1)
  await clock.advance(1000)
  const later = watch.state()
  asked[1]!.reject(new Error('no connection'))
  assert.equal(await later, 'away')
  assert.equal(asked.length, 2)
})

test('where it has just worked it is not asked', async () => {
  const { clock, asked, watch } = watched()
  watch.worked()
  await clock.advance(999)
  assert.equal(await watch.state(), 'ok')
  assert.equal(asked.length, 0)
})

test('an answer that does not come is not waited for, neither by the first nor by those after', async () => {
  const { clock, asked, watch } = watched()
  const first = watch.state()
  await clock.advance(300)
  assert.equal(await first, 'away')
  // Would hang if it waited anew: the clock stands still.
  assert.equal(await watch.state(), 'away')
  await clock.advance(5000)
  assert.equal(await watch.state(), 'away')
  assert.equal(asked.length, 1)
})

test('a late answer counts, and so does work that succeeds meanwhile', async () => {
  const { clock, asked, watch } = watched()
  void watch.state()
  await clock.advance(300)
  watch.worked()
  assert.equal(await watch.state(), 'ok')
  asked[0]!.resolve()
  await clock.advance(1)
  assert.equal(await watch.state(), 'ok')
})
