import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSharedProbes } from '../../../services/accounts/shared-probes.ts'
import { SlotsAwayError } from '../../../services/slots/shared-slots.ts'

/** Where `elsewhere` says which turns another replica has. */
function setUp({ elsewhere = [] as string[], isShared = true, isAway = false } = {}) {
  const calls: string[] = []
  const note = (call: string) => {
    calls.push(call)
    if (isAway) throw new SlotsAwayError('away')
  }
  const probes = createSharedProbes({
    health: {
      probesOf: () => ['1 failures  5', '1 overloaded  7'],
      leaveProbe: (holder) => calls.push(`left ${holder}`),
      releaseProbe: (holder) => calls.push(`released ${holder}`)
    },
    shared: {
      async takeTurn(name) {
        note(`take ${name}`)
        return !elsewhere.includes(name)
      },
      async giveTurnBack(name) {
        note(`give ${name}`)
      }
    },
    isShared: () => isShared
  })
  return { probes, calls }
}

test('who has all turns may probe, and gives them back when nothing came of it', async () => {
  const { probes, calls } = setUp()
  assert.equal(await probes.confirm('x'), true)
  assert.deepEqual(calls.splice(0), ['take 1 failures  5', 'take 1 overloaded  7'])
  await probes.release('x')
  assert.deepEqual(calls, ['released x', 'give 1 failures  5', 'give 1 overloaded  7'])
})

test('where another replica has one of them, the other one is left to it too', async () => {
  const { probes, calls } = setUp({ elsewhere: ['1 overloaded  7'] })
  assert.equal(await probes.confirm('x'), false)
  assert.deepEqual(calls.slice(2), ['left x', 'give 1 failures  5', 'give 1 overloaded  7'])
})

test('while Redis is away each replica probes for itself, and nothing fails', async () => {
  for (const { probes, calls } of [setUp({ isAway: true }), setUp({ isShared: false })]) {
    assert.equal(await probes.confirm('x'), true)
    await probes.release('x')
    assert.ok(calls.includes('released x'))
  }
})
