import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createInProcessSlots } from '../../../../services/gateway/slots/in-process-slots.ts'
import { slotsContract } from '../../../support/slots-contract.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

slotsContract('in-process slots', async (_t, options) => {
  const clock = createVirtualClock()
  return { slots: createInProcessSlots({ clock, ...options }), clock }
})

describe('in-process slots', () => {
  test('2,000 waiting requests leave nothing behind, whether they are served, hang up or wait in vain', async () => {
    const clock = createVirtualClock()
    const slots = createInProcessSlots({ clock })
    const held = await slots.acquireUser({ userId: 'ann', limit: 1, holder: 'held' }, waitAt(clock.uptime() + 1000))
    const controllers = Array.from({ length: 2000 }, () => new AbortController())
    let served = 0
    const outcomes = controllers.map(async ({ signal }, n) => {
      const request = { userId: 'ann', limit: 1, holder: `exchange-${n}` }
      const lease = await slots.acquireUser(request, { deadlineAt: clock.uptime() + 1000, signal })
      assert.equal(slots.sizes().leases, 1)
      served += 1
      await lease.release()
    })
    const settled = Promise.allSettled(outcomes)
    for (const controller of controllers.filter((_, n) => n % 3 === 0)) controller.abort(new Error('client gone'))
    await held.release()
    await clock.advance(0)
    assert.equal(served, 1333)
    const last = await slots.acquireUser({ userId: 'ann', limit: 1, holder: 'last' }, waitAt(clock.uptime()))
    const late = slots.acquireUser({ userId: 'ann', limit: 1, holder: 'late' }, waitAt(clock.uptime() + 1000))
    const refused = assert.rejects(late, { name: 'SlotTimeoutError' })
    await clock.advance(1000)
    await refused
    await last.release()
    await settled
    assert.deepEqual(slots.sizes(), { leases: 0, places: 0, users: 0, lanes: 0, accounts: 0, bindings: 0 })
    await clock.advance(60_000)
    assert.equal(clock.pendingTimers(), 0)
  })

  test('the number of sessions remembered is bounded, the least recently used go', async () => {
    const slots = createInProcessSlots({ clock: createVirtualClock(), maxBindings: 2 })
    const candidates = [{ accountId: 'a', limit: 0, usedLast: false, priority: 50, windowResetsAt: Infinity }]
    const affinityOf = async (session: string) => {
      const request = { candidates, exclude: [], holder: 'exchange', session, pinned: false, affinityWaitMs: 0, arrival: null }
      return (await slots.acquireAccount(request, waitAt(0))).affinity
    }
    for (const session of ['s1', 's2', 's1', 's3']) await affinityOf(session)
    assert.equal(slots.sizes().bindings, 2)
    assert.deepEqual([await affinityOf('s1'), await affinityOf('s2')], ['kept', 'new'])
  })

  test('slots survive when the machine sleeps for longer than their time to live', async () => {
    const clock = createVirtualClock()
    const slots = createInProcessSlots({ clock, leaseTtlMs: 30_000 })
    const lease = await slots.acquireUser({ userId: 'ann', limit: 1, holder: 'exchange' }, waitAt(0))
    clock.leap(600_000)
    await clock.advance(10_000)
    assert.deepEqual(await slots.renew([lease.id]), [])
  })

  test('slots of a dead holder are freed after such a sleep too', async () => {
    const clock = createVirtualClock()
    const slots = createInProcessSlots({ clock, leaseTtlMs: 30_000 })
    await slots.acquireUser({ userId: 'ann', limit: 1, holder: 'exchange' }, waitAt(0))
    clock.leap(600_000)
    await clock.advance(30_000)
    assert.deepEqual(await slots.usage(), [])
  })
})

function waitAt(deadlineAt: number) {
  return { deadlineAt, signal: new AbortController().signal }
}
