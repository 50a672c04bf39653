import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shareResult } from '../../../services/platform/shared-result.ts'

function setUp() {
  const works: PromiseWithResolvers<number>[] = []
  let uptime = 0
  const shared = shareResult({
    clock: { uptime: () => uptime },
    keepMs: 1000,
    work() {
      const work = Promise.withResolvers<number>()
      works.push(work)
      return work.promise
    }
  })
  const pass = (ms: number) => {
    uptime += ms
  }
  return { shared, works, pass }
}

test('whoever asks while it is worked out, and for a while after it began, gets the same result', async () => {
  const { shared, works, pass } = setUp()
  const first = shared.get()
  pass(5000)
  const meanwhile = shared.get()
  works[0]?.resolve(1)
  assert.deepEqual(await Promise.all([first, meanwhile]), [1, 1])
  void shared.get()
  assert.equal(works.length, 2, 'it is older than it may be')
  works[1]?.resolve(2)
  pass(999)
  assert.equal(await shared.get(), 2)
  pass(1)
  void shared.get()
  assert.equal(works.length, 3)
})

test('one that was expired goes to nobody who asks later, though it be under way', async () => {
  const { shared, works } = setUp()
  const before = shared.get()
  shared.expire()
  const after = shared.get()
  works[1]?.resolve(2)
  assert.equal(await after, 2)
  works[0]?.resolve(1)
  assert.equal(await before, 1)
  assert.equal(await shared.get(), 2)
})

test('a failure goes to those who have asked, and is not kept', async () => {
  const { shared, works } = setUp()
  const both = [shared.get(), shared.get()]
  works[0]?.reject(new Error('away'))
  for (const asked of both) await assert.rejects(asked, /away/)
  const next = shared.get()
  works[1]?.resolve(2)
  assert.equal(await next, 2)
})
