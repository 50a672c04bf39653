import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shareAnswer } from '../../../services/platform/shared-answer.ts'

function setUp() {
  const works: PromiseWithResolvers<number>[] = []
  let uptime = 0
  const answer = shareAnswer({
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
  return { answer, works, pass }
}

test('whoever asks while it is worked out, and for a while after it began, gets the same answer', async () => {
  const { answer, works, pass } = setUp()
  const first = answer.get()
  pass(5000)
  const meanwhile = answer.get()
  works[0]?.resolve(1)
  assert.deepEqual(await Promise.all([first, meanwhile]), [1, 1])
  void answer.get()
  assert.equal(works.length, 2, 'it is older than it may be')
  works[1]?.resolve(2)
  pass(999)
  assert.equal(await answer.get(), 2)
  pass(1)
  void answer.get()
  assert.equal(works.length, 3)
})

test('one that was expired goes to nobody who asks later, though it be under way', async () => {
  const { answer, works } = setUp()
  const before = answer.get()
  answer.expire()
  const after = answer.get()
  works[1]?.resolve(2)
  assert.equal(await after, 2)
  works[0]?.resolve(1)
  assert.equal(await before, 1)
  assert.equal(await answer.get(), 2)
})

test('a failure goes to those who have asked, and is not kept', async () => {
  const { answer, works } = setUp()
  const both = [answer.get(), answer.get()]
  works[0]?.reject(new Error('away'))
  for (const asked of both) await assert.rejects(asked, /away/)
  const next = answer.get()
  works[1]?.resolve(2)
  assert.equal(await next, 2)
})
