import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createInProcessSlots } from '../../../../services/gateway/slots/in-process-slots.ts'
import { createSlotsModel, type Step } from '../../../support/slots-model.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'
import { fc, times } from '../../../support/fuzz.ts'

const LEASE_TTL_MS = 100
const AFFINITY_TTL_MS = 120

const userId = fc.constantFrom('ann', 'bob')
const limit = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(1, 2) }, { weight: 1, arbitrary: fc.constantFrom(0, 3) })
const lane = fc.record({ session: fc.constantFrom('', 's1', 's2', 's3'), agent: fc.constantFrom('', 'x', 'y') })
const waitMs = fc.integer({ min: 0, max: 400 })
const which = fc.nat()

const request = fc.record({
  candidates: fc.uniqueArray(
    fc.record({
      accountId: fc.constantFrom('a', 'b', 'c'),
      limit,
      usedLast: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
      priority: fc.constantFrom(50, 60),
      windowResetsAt: fc.constantFrom(1000, 2000, Infinity)
    }),
    { selector: ({ accountId }) => accountId }
  ),
  exclude: fc.oneof(
    { weight: 4, arbitrary: fc.constant<string[]>([]) },
    { weight: 1, arbitrary: fc.subarray(['a', 'b', 'c']) }
  ),
  session: fc.constantFrom(null, 's1', 's2'),
  pinned: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  affinityWaitMs: fc.constantFrom(0, 30, 80)
})

const use = fc.record({
  session: fc.constantFrom('s1', 's2'),
  accountId: fc.constantFrom('a', 'b', 'c'),
  model: fc.constantFrom('opus', 'haiku'),
  cacheReadTokens: fc.nat(),
  cacheTtlMs: fc.constantFrom(0, 60, 300)
})

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ do: fc.constant('enter'), userId, capacity: limit }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('acquireUser'), userId, limit, lane, waitMs }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('acquireAccount'), request, waitMs }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('askAgain'), which, request, waitMs }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('noteUse'), use }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort'), which }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('release'), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('die'), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('releaseAndAbort'), which }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('advance'), durationMs: fc.integer({ min: 1, max: LEASE_TTL_MS / 2 }) }) }
)

/** Of one user, whose requests wait for long. */
const crowdStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('acquireUser'),
      userId: fc.constant('ann'),
      limit: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constantFrom(0, 2, 3) }),
      lane,
      waitMs: fc.oneof({ weight: 9, arbitrary: fc.constant(1000) }, { weight: 1, arbitrary: waitMs })
    })
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('release'), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort'), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('releaseAndAbort'), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('advance'), durationMs: fc.integer({ min: 1, max: 50 }) }) }
)

async function playAll(steps: Step[]): Promise<void> {
  const clock = createVirtualClock()
  const ttls = { leaseTtlMs: LEASE_TTL_MS, affinityTtlMs: AFFINITY_TTL_MS }
  const slots = createInProcessSlots({ clock, maxBindings: 100, ...ttls })
  const model = createSlotsModel({ slots, clock, ...ttls })
  for (const step of steps) await model.play(step)
  await model.end()
  await clock.advance(2 * LEASE_TTL_MS)
  const { bindings, ...held } = slots.sizes()
  assert.deepEqual(held, { leases: 0, places: 0, users: 0, lanes: 0, accounts: 0 })
  assert.ok(bindings <= 2)
  assert.equal(clock.pendingTimers(), 0)
}

test('whatever happens: no limit is passed, nobody is passed over or waits for nothing, every wait ends, nothing leaks', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), playAll), times(300))
})

test('in a crowd of one user’s requests sessions take turns, agents do in a session, and an agent’s go by arrival', async () => {
  await fc.assert(fc.asyncProperty(fc.array(crowdStep, { minLength: 20, maxLength: 80, size: 'max' }), playAll), times(100))
})
