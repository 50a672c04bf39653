import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { oneAtATime } from '../../../services/platform/one-at-a-time.ts'

test('what is asked for while work is under way is done by one more run, for all who asked', async () => {
  const runs: PromiseWithResolvers<void>[] = []
  const work = oneAtATime(() => {
    runs.push(Promise.withResolvers<void>())
    return runs.at(-1)!.promise
  })
  const first = work()
  const [second, third] = [work(), work()]
  assert.equal(runs.length, 1)
  runs[0]!.resolve()
  await setImmediate()
  assert.equal(runs.length, 2)
  runs[1]!.resolve()
  await Promise.all([first, second, third])
  const later = work()
  assert.equal(runs.length, 3)
  runs[2]!.resolve()
  await later
})
