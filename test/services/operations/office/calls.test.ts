import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import { createCalls, type Handlers } from '../../../../services/operations/office/calls.ts'

interface Desk extends Handlers {
  double: (number: number) => number
  refuse: () => Promise<never>
  hear: (word: string) => void
  nothing: () => Promise<void>
}

function setUp(t: { after: (work: () => void) => void }) {
  const { port1, port2 } = new MessageChannel()
  t.after(() => port1.close())
  const heard: string[] = []
  const desk: Desk = {
    double: (number) => number * 2,
    refuse: () => Promise.reject(new Error('not today')),
    hear: (word) => void heard.push(word),
    nothing: () => new Promise<void>(() => {})
  }
  createCalls(port2, desk)
  let signs = 0
  const calls = createCalls<Desk>(port1, {}, () => signs++)
  return { calls, heard, signs: () => signs }
}

test('what is asked is answered, what is told comes in order, and each answer is a sign of life', async (t) => {
  const { calls, heard, signs } = setUp(t)
  calls.tell('hear', 'one')
  calls.tell('hear', 'two')
  assert.deepEqual(await Promise.all([calls.ask('double', 2), calls.ask('double', 21)]), [4, 42])
  assert.deepEqual(heard, ['one', 'two'])
  assert.equal(signs(), 2)
})

test('a refusal is told with its reason, and so is a name that nobody knows', async (t) => {
  const { calls } = setUp(t)
  await assert.rejects(calls.ask('refuse'), /^Error: not today$/)
  await assert.rejects(calls.ask('unheard' as 'refuse'), /nothing is known as unheard/)
})

test('with the other side gone nothing stays unanswered', async (t) => {
  const { calls } = setUp(t)
  const asked = calls.ask('nothing')
  calls.end()
  await assert.rejects(asked, /the other side is gone/)
  await assert.rejects(calls.ask('double', 1), /the other side is gone/)
})
