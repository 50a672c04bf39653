import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { createExchangeSlots } from '../../../../services/gateway/slots/exchange-slots.ts'
import type { Exchange } from '../../../../services/gateway/request/exchange.ts'
import { createInProcessSlots } from '../../../../services/gateway/slots/in-process-slots.ts'
import { loneExchange } from '../../../support/lone-exchange.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

/** One user, of so many slots, with one place more than that. */
function setUp(t: TestContext, concurrency = 1) {
  const clock = createVirtualClock()
  const slots = createInProcessSlots({ clock, leaseTtlMs: 60_000, affinityTtlMs: 60_000 })
  const client = { user: { id: 'ann', concurrency }, key: { id: 'laptop', ownSlots: null } }
  const exchangeSlots = createExchangeSlots({
    slots,
    clock,
    config: { leaseTtlMs: 60_000, queueTimeoutMs: 10_000, queueExtra: 1 },
    clientNow: () => Promise.resolve({ ...client, user: { ...client.user, concurrency: 2 } } as never),
    log: { warn: assert.fail, error: assert.fail }
  })
  t.after(() => exchangeSlots.stop())
  function exchange(id: string, ownSlots: number | null = null) {
    const made = loneExchange(t, clock, { id, client: { ...client, key: { id: `key ${ownSlots}`, ownSlots } } })
    t.mock.getter(made, 'request', () => ({ stream: false }))
    return made
  }
  /** Takes a slot that is free. Time stands still here: one that would have to be waited for never comes. */
  async function takeSlot(taker: Exchange): Promise<void> {
    const taken = exchangeSlots.waitForUserSlot(taker)
    taken.catch(() => {})
    await clock.advance(0)
    assert.ok(!exchangeSlots.waitingFor('user').includes(taker), `${taker.id} waits for a slot`)
    await taken
  }
  return { clock, exchange, takeSlot, ...exchangeSlots }
}

test('a key with slots of its own waits for those, and takes none of its user’s', async (t) => {
  const { clock, exchange, takeSlot, enterQueue, waitForUserSlot, waitingFor } = setUp(t)
  const job = (id: string) => exchange(id, 1)
  await takeSlot(job('job'))
  await takeSlot(exchange('a'))
  const waiter = job('another job')
  const waits = assert.rejects(waitForUserSlot(waiter), { status: 429 })
  assert.deepEqual(waitingFor('user'), [waiter])
  // One slot, and one place beside it for who waits.
  await enterQueue(job('c'))
  await enterQueue(job('d'))
  await assert.rejects(enterQueue(job('e')), { status: 429 })
  await enterQueue(exchange('b'))
  await clock.advance(10_000)
  await waits
})

test('sessions of a user take turns, and one without a place gets in where others have taken all', async (t) => {
  const { clock, exchange, takeSlot, enterQueue, waitForUserSlot, waitingFor } = setUp(t)
  const inSession = (id: string, session: string) => Object.assign(exchange(id), { lane: { session, agent: '' } })
  const running = inSession('a1', 'a')
  await enterQueue(running)
  await takeSlot(running)
  const [a2, a3, b] = [inSession('a2', 'a'), inSession('a3', 'a'), inSession('b', 'b')]
  await enterQueue(a2)
  await assert.rejects(enterQueue(a3), { status: 429 })
  await enterQueue(b)
  await assert.rejects(enterQueue(inSession('c', 'c')), { status: 429 })
  const waits = [a2, a3, b].map((waiter) => waitForUserSlot(waiter))
  await running.close()
  await clock.advance(0)
  assert.deepEqual(waitingFor('user'), [a3, b])
  await a2.close()
  await clock.advance(0)
  assert.deepEqual(waitingFor('user'), [a3])
  await b.close()
  await clock.advance(10_000)
  await Promise.all(waits)
  assert.deepEqual(
    [a2, b].map(({ trace }) => trace.waits[0]?.otherSessions),
    [0, 1]
  )
})

test('a request beyond the places of its user is refused', async (t) => {
  const { exchange, enterQueue } = setUp(t)
  await enterQueue(exchange('a'))
  await enterQueue(exchange('b'))
  await assert.rejects(enterQueue(exchange('c')), { status: 429 })
})

test('a wait for a slot ends at the deadline of the queue, and is counted', async (t) => {
  const { clock, exchange, takeSlot, waitForUserSlot, waitingFor } = setUp(t)
  await takeSlot(exchange('a'))
  const waiter = exchange('b')
  const refused = assert.rejects(waitForUserSlot(waiter), { status: 429 })
  await clock.advance(9999)
  assert.deepEqual(waitingFor('user'), [waiter])
  await clock.advance(1)
  await refused
  assert.deepEqual([waitingFor('user'), waiter.queueMs], [[], 10_000])
})

test('a raised limit serves those who wait at once', async (t) => {
  const { clock, exchange, takeSlot, waitForUserSlot, tellUserLimits } = setUp(t)
  await takeSlot(exchange('a'))
  const waiter = exchange('b')
  const served = waitForUserSlot(waiter)
  await clock.advance(100)
  await tellUserLimits()
  await served
  assert.equal(waiter.queueMs, 100)
})
