import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createInProcessSlots } from '../../../../services/gateway/slots/in-process-slots.ts'
import { createResilientSlots } from '../../../../services/gateway/slots/resilient-slots.ts'
import { SlotTimeoutError, type SlotLease, type SlotUsage, type WaitOptions } from '../../../../services/gateway/slots/slots.ts'
import { seededRandom } from '../../../../simulator/seeded-random.ts'
import { createSwitchedSlots } from '../../../support/switched-slots.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const LEASE_TTL_MS = 900
const REJOIN_MS = 100
const LIMIT = 4
const REPLICAS = 2
const SHARE = LIMIT / REPLICAS
const POOLS = ['user ann', 'user bob', 'account a', 'account b']
const STEPS = 150
const SEEDS = 60

interface Asked {
  readonly pool: string
  /** Of a user: whose requests are served in the order in which they came. */
  readonly session: string
  readonly deadlineAt: number
  readonly controller: AbortController
  state: 'waiting' | 'held' | 'ended'
  grantedIn: number
  lease: SlotLease | null
}

async function play(seed: number): Promise<void> {
  const random = seededRandom(seed)
  const below = (count: number) => (count === 0 ? 0 : random.int(0, count - 1))
  const clock = createVirtualClock()
  const shared = createSwitchedSlots({ clock, leaseTtlMs: LEASE_TTL_MS })
  shared.setReplicas(REPLICAS)
  const local = createInProcessSlots({ clock, leaseTtlMs: LEASE_TTL_MS })
  const faults: unknown[] = []
  const slots = createResilientSlots({
    shared,
    local,
    clock,
    leaseTtlMs: LEASE_TTL_MS,
    rejoinMs: REJOIN_MS,
    onFault: (error) => faults.push(error)
  })
  const asked: Asked[] = []
  const places: SlotLease[] = []
  let step = 0
  let letGo = () => {}

  const inState = (pool: string, state: Asked['state']) => asked.filter((entry) => entry.pool === pool && entry.state === state)
  const all = (state: Asked['state']) => asked.filter((entry) => entry.state === state)
  const heldCounts = () => new Map(POOLS.map((pool) => [pool, inState(pool, 'held').length]))

  function acquire(pool: string, session: string, wait: WaitOptions): Promise<SlotLease> {
    const [subject, id = ''] = pool.split(' ')
    const holder = `exchange-${asked.length}`
    const lane = { session: session, agent: '' }
    if (subject === 'user') return slots.acquireUser({ userId: id, limit: LIMIT, holder, lane }, wait)
    const candidates = [{ accountId: id, limit: LIMIT, usedLast: false, priority: 50, windowResetsAt: Infinity }]
    const request = { candidates, exclude: [], holder, session: null, pinned: false, affinityWaitMs: 0, arrival: null }
    return slots.acquireAccount(request, wait).then(({ lease }) => lease)
  }

  function ask(): void {
    const pool = POOLS[below(POOLS.length)] ?? ''
    const controller = new AbortController()
    const deadlineAt = clock.uptime() + 50 + below(2000)
    const session = pool.startsWith('user') ? `session ${below(3)}` : ''
    const entry: Asked = { pool, session, deadlineAt, controller, state: 'waiting', grantedIn: 0, lease: null }
    asked.push(entry)
    acquire(pool, session, { deadlineAt, signal: controller.signal }).then(
      (lease) => Object.assign(entry, { state: 'held', lease, grantedIn: step }),
      (error: unknown) => {
        entry.state = 'ended'
        const isDue = error instanceof SlotTimeoutError && clock.uptime() === deadlineAt
        if (!isDue && error !== controller.signal.reason) faults.push(error)
      }
    )
  }

  async function enter(): Promise<void> {
    slots.enter({ userId: 'ann', holder: `place-${step}`, capacity: 6 }).then(
      (lease) => lease !== null && places.push(lease),
      (error: unknown) => faults.push(error)
    )
  }

  function release(): void {
    const held = all('held')
    const entry = held[below(held.length)]
    if (entry === undefined) return
    entry.state = 'ended'
    entry.lease?.release().catch((error: unknown) => faults.push(error))
  }

  function hangUp(): void {
    const waiting = all('waiting')
    waiting[below(waiting.length)]?.controller.abort(new Error('client gone'))
  }

  function leave(): void {
    const [lease] = places.splice(below(places.length), 1)
    lease?.release().catch((error: unknown) => faults.push(error))
  }

  function answerLate(): void {
    letGo()
    letGo = shared.answerLate('register')
  }

  const deeds: [number, () => void | Promise<void>][] = [
    [30, ask],
    [5, enter],
    [20, release],
    [5, leave],
    [5, hangUp],
    [20, () => clock.advance(below(LEASE_TTL_MS / 3))],
    [4, () => shared.goAway()],
    [5, () => shared.comeBack()],
    [2, () => shared.empty()],
    [4, () => void slots.usage()],
    [2, answerLate],
    [6, () => letGo()]
  ]

  function pickDeed() {
    let left = below(deeds.reduce((sum, [weight]) => sum + weight, 0))
    return deeds.find(([weight]) => (left -= weight) < 0)?.[1]
  }

  const countsOf = (usage: SlotUsage[]) => new Map(usage.map((entry) => [`${entry.subject} ${entry.id}`, entry.inFlight]))

  async function check(stateBefore: string, before: Map<string, number>): Promise<void> {
    const here = countsOf(await local.usage())
    const there = countsOf(await shared.server().usage())
    const state = slots.state()
    for (const pool of POOLS) {
      const held = inState(pool, 'held').length
      const [hereCount, thereCount] = [here.get(pool) ?? 0, there.get(pool) ?? 0]
      assert.ok(hereCount <= SHARE, `${pool}: ${hereCount} granted here`)
      const most = Math.max(LIMIT, before.get(pool) ?? 0) + (state === 'shared' && stateBefore === 'shared' ? 0 : SHARE)
      assert.ok(held <= most, `${pool}: ${held} held, ${stateBefore} -> ${state}`)
      if (state === 'shared') assert.equal(thereCount, held, `${pool} as counted there`)

      const waiting = inState(pool, 'waiting')
      const isFree = state === 'shared' ? thereCount < LIMIT : state === 'local' && hereCount < SHARE
      assert.ok(!isFree || waiting.length === 0, `${pool}: ${waiting.length} wait for nothing, ${state}`)
      const newest = (session: string) =>
        asked.findLastIndex((entry) => entry.pool === pool && entry.session === session && entry.grantedIn === step)
      const passed = waiting.filter((entry) => asked.indexOf(entry) < newest(entry.session))
      assert.equal(passed.length, 0, `${pool}: ${passed.length} were passed, ${stateBefore} -> ${state}`)
    }
    if (state === 'shared') assert.equal(shared.server().sizes().leases, all('held').length + places.length)
    assert.equal(slots.sizes().held, all('held').length + places.length)
    assert.deepEqual(faults, [])
  }

  async function renewAll(): Promise<void> {
    const ids = [...all('held').flatMap(({ lease }) => lease?.id ?? []), ...places.map(({ id }) => id)]
    assert.deepEqual(await slots.renew(ids), [], 'what is renewed is not lost')
    await clock.advance(0)
  }

  await clock.advance(0)
  for (step = 1; step <= STEPS; step += 1) {
    await renewAll()
    const [stateBefore, before] = [slots.state(), heldCounts()]
    await pickDeed()?.()
    await clock.advance(0)
    // A server that is away or empty is noticed with the next call.
    await slots.usage()
    await clock.advance(0)
    await check(stateBefore, before)
  }

  letGo()
  shared.comeBack()
  for (const { controller } of all('waiting')) controller.abort(new Error('client gone'))
  await clock.advance(2 * REJOIN_MS)
  for (const entry of all('held')) await entry.lease?.release()
  for (const lease of places) await lease.release()
  await clock.advance(2 * REJOIN_MS)
  assert.equal(slots.state(), 'shared')
  assert.deepEqual(slots.sizes(), { held: 0, unreleased: 0, waiting: 0 })
  for (const side of [local, shared.server()]) {
    assert.deepEqual(side.sizes(), { leases: 0, places: 0, users: 0, lanes: 0, accounts: 0, bindings: 0 })
  }
  await slots.close()
  shared.server().close()
  assert.equal(clock.pendingTimers(), 0)
}

test(`whenever shared slots go, come and are emptied: no limit is passed, order is kept, nothing leaks (${SEEDS} seeds)`, async () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    try {
      await play(seed)
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
  }
})
