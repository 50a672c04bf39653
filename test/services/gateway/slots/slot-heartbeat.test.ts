import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createInProcessSlots } from '../../../../services/gateway/slots/in-process-slots.ts'
import { createSlotHeartbeat } from '../../../../services/gateway/slots/slot-heartbeat.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const forever = { deadlineAt: 0, signal: new AbortController().signal }

function setUp(renew?: (leaseIds: string[]) => Promise<string[]>) {
  const clock = createVirtualClock()
  const slots = createInProcessSlots({ clock, leaseTtlMs: 30_000 })
  const calls: string[][] = []
  const lost: string[] = []
  const faults: unknown[] = []
  const heartbeat = createSlotHeartbeat({
    slots: {
      async renew(leaseIds) {
        calls.push(leaseIds)
        return (renew ?? slots.renew)(leaseIds)
      }
    },
    clock,
    intervalMs: 10_000,
    onLost: (leaseIds) => lost.push(...leaseIds),
    onFault: (error) => faults.push(error)
  })
  return { clock, slots, heartbeat, calls, lost, faults }
}

test('slots and places live as long as the heartbeat holds them', async () => {
  const { clock, slots, heartbeat, lost } = setUp()
  const place = await slots.enter({ userId: 'ann', holder: 'exchange', capacity: 1 })
  const slot = await slots.acquireUser({ userId: 'ann', limit: 1, holder: 'exchange' }, forever)
  assert.ok(place)
  heartbeat.add(place.id)
  heartbeat.add(slot.id)
  await clock.advance(3_600_000)
  assert.deepEqual(slots.sizes(), { leases: 2, places: 1, users: 1, lanes: 0, accounts: 0, bindings: 0 })
  assert.deepEqual(lost, [])
})

test('a slot that the heartbeat let go of expires', async () => {
  const { clock, slots, heartbeat } = setUp()
  const slot = await slots.acquireUser({ userId: 'ann', limit: 1, holder: 'exchange' }, forever)
  heartbeat.add(slot.id)
  await clock.advance(60_000)
  heartbeat.remove(slot.id)
  await clock.advance(30_000)
  assert.equal(slots.sizes().leases, 0)
})

test('all leases are renewed in one call per interval', async () => {
  const { clock, heartbeat, calls } = setUp(async () => [])
  for (const id of ['a', 'b', 'c']) heartbeat.add(id)
  await clock.advance(25_000)
  assert.deepEqual(calls, [
    ['a', 'b', 'c'],
    ['a', 'b', 'c']
  ])
})

test('with nothing to renew the heartbeat stops, and starts again with the next lease', async () => {
  const { clock, heartbeat, calls } = setUp(async () => [])
  assert.equal(clock.pendingTimers(), 0)
  heartbeat.add('a')
  heartbeat.remove('a')
  await clock.advance(10_000)
  assert.equal(clock.pendingTimers(), 0)
  assert.deepEqual(calls, [])
  heartbeat.add('b')
  await clock.advance(10_000)
  assert.deepEqual(calls, [['b']])
})

test('a lease that ended all the same is reported once and not renewed again', async () => {
  const { clock, heartbeat, calls, lost } = setUp(async (ids) => ids.filter((id) => id === 'gone'))
  heartbeat.add('gone')
  heartbeat.add('alive')
  await clock.advance(20_000)
  assert.deepEqual(lost, ['gone'])
  assert.deepEqual(calls, [['gone', 'alive'], ['alive']])
})

test('a lease released while its renewal is under way is not reported as lost', async () => {
  const answer = Promise.withResolvers<string[]>()
  const { clock, heartbeat, lost, calls } = setUp(() => answer.promise)
  heartbeat.add('a')
  await clock.advance(10_000)
  assert.equal(calls.length, 1)
  heartbeat.remove('a')
  answer.resolve(['a'])
  await clock.advance(10_000)
  assert.deepEqual(lost, [])
})

test('a renewal that fails is reported and tried again', async () => {
  const away = new Error('Redis is away')
  let failures = 1
  const { clock, heartbeat, lost, faults, calls } = setUp(async () => {
    failures -= 1
    if (failures >= 0) throw away
    return []
  })
  heartbeat.add('a')
  await clock.advance(20_000)
  assert.deepEqual(faults, [away])
  assert.equal(calls.length, 2)
  assert.deepEqual(lost, [])
})

test('a slow renewal is not overtaken by the next, which then follows at once', async () => {
  const answer = Promise.withResolvers<string[]>()
  const { clock, heartbeat, calls } = setUp(() => answer.promise)
  heartbeat.add('a')
  await clock.advance(25_000)
  assert.equal(calls.length, 1)
  answer.resolve([])
  await clock.advance(0)
  await clock.advance(0)
  assert.equal(calls.length, 2)
})

test('a stopped heartbeat renews nothing', async () => {
  const { clock, heartbeat, calls } = setUp(async () => [])
  heartbeat.add('a')
  heartbeat.stop()
  heartbeat.add('b')
  await clock.advance(30_000)
  assert.deepEqual(calls, [])
  assert.equal(clock.pendingTimers(), 0)
})
