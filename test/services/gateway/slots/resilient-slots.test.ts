import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { createInProcessSlots } from '../../../../services/gateway/slots/in-process-slots.ts'
import { createResilientSlots, type SharedSlotsState } from '../../../../services/gateway/slots/resilient-slots.ts'
import {
  NoCandidateError,
  SlotTimeoutError,
  type AccountSlot,
  type AccountSlotRequest,
  type Lane,
  type SlotLease,
  type WaitOptions
} from '../../../../services/gateway/slots/slots.ts'
import { SlotsAwayError } from '../../../../services/gateway/slots/shared-slots.ts'
import { createSwitchedSlots } from '../../../support/switched-slots.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'
import { hashOf } from '../../../../services/gateway/slots/text-hash.ts'
import { NO_SESSIONS } from '../../../../services/gateway/slots/waiting-sessions.ts'

const LOOK_MS = 1000
const REJOIN_MS = 500
const LEASE_TTL_MS = 30_000

interface Asked<T> {
  state: 'waiting' | 'granted' | 'rejected'
  value: T | null
  error: unknown
  waits: number
  hangUp: (reason: Error) => void
}

async function setUp(t: TestContext, { replicas = 1, away = false } = {}) {
  const clock = createVirtualClock()
  const shared = createSwitchedSlots({ clock })
  shared.setReplicas(replicas)
  if (away) shared.goAway()
  const local = createInProcessSlots({ clock })
  const changes: SharedSlotsState[] = []
  const faults: unknown[] = []
  const slots = createResilientSlots({
    shared,
    local,
    clock,
    leaseTtlMs: LEASE_TTL_MS,
    rejoinMs: REJOIN_MS,
    onChange: (state) => changes.push(state),
    onFault: (error) => faults.push(error)
  })
  t.after(() => slots.close())
  await clock.advance(0)
  let holders = 0

  async function watch<T>(waitMs: number, ask: (wait: WaitOptions, holder: string) => Promise<T>): Promise<Asked<T>> {
    const controller = new AbortController()
    const hangUp = (reason: Error) => controller.abort(reason)
    const asked: Asked<T> = { state: 'waiting', value: null, error: null, waits: 0, hangUp }
    holders += 1
    const onWait = () => {
      asked.waits += 1
    }
    ask({ deadlineAt: clock.uptime() + waitMs, signal: controller.signal, onWait }, `exchange-${holders}`).then(
      (value) => Object.assign(asked, { state: 'granted', value }),
      (error: unknown) => Object.assign(asked, { state: 'rejected', error })
    )
    await clock.advance(0)
    return asked
  }

  const once = { candidates: [], exclude: [], session: null, pinned: false, affinityWaitMs: 0, arrival: null }
  return {
    clock,
    shared,
    local,
    slots,
    changes,
    faults,
    enter: (userId: string, capacity: number) =>
      watch(0, (_wait, holder) => slots.enter({ userId, holder, capacity })) as Promise<Asked<SlotLease>>,
    askUser: (userId: string, limit: number, waitMs = 60_000, lane?: Lane) =>
      watch(waitMs, (wait, holder) =>
        slots.acquireUser({ userId, limit, holder, ...(lane === undefined ? {} : { lane }) }, wait)
      ),
    askAccount: (request: Partial<AccountSlotRequest>, waitMs = 60_000) =>
      watch(waitMs, (wait, holder) => slots.acquireAccount({ ...once, holder, ...request }, wait)),
    release: async (asked: Asked<SlotLease>) => {
      await leaseOf(asked).release()
      await clock.advance(0)
    },
    releaseAccount: async (asked: Asked<AccountSlot>) => {
      await slotOf(asked).lease.release()
      await clock.advance(0)
    },
    async goAway() {
      shared.goAway()
      // Noticed with the next call.
      await slots.usage()
      await clock.advance(0)
      assert.equal(slots.state(), 'local')
    },
    /** The shared slots fail in a single call. */
    async missOneCall() {
      const { usage } = shared
      shared.usage = async () => {
        throw new SlotsAwayError('only this call')
      }
      await slots.usage()
      shared.usage = usage
      await clock.advance(0)
    },
    async comeBack() {
      shared.comeBack()
      await clock.advance(REJOIN_MS)
      assert.equal(slots.state(), 'shared')
    },
    /** Users and accounts in flight as the shared slots count them. */
    async countedThere() {
      const usage = await shared.server().usage()
      return Object.fromEntries(usage.map(({ subject, id, inFlight }) => [`${subject} ${id}`, inFlight]))
    },
    async held() {
      return Object.fromEntries((await slots.usage()).map(({ subject, id, inFlight }) => [`${subject} ${id}`, inFlight]))
    }
  }
}

function leaseOf({ value }: Asked<SlotLease>): SlotLease {
  assert.ok(value, 'granted')
  return value
}

function slotOf({ value }: Asked<AccountSlot>): AccountSlot {
  assert.ok(value, 'granted')
  return value
}

const account = (accountId: string, limit = 1) => ({
  accountId,
  limit,
  usedLast: false,
  priority: 50,
  windowResetsAt: Infinity
})

const statesOf = (asked: Asked<unknown>[]) => asked.map(({ state }) => state).join(' ')

describe('while the shared slots are away', () => {
  test('each limit is divided by the replicas that there were, rounded down, and at least 1', async (t) => {
    const { askUser, askAccount } = await setUp(t, { replicas: 3, away: true })
    const seven = [await askUser('ann', 7), await askUser('ann', 7), await askUser('ann', 7)]
    assert.equal(statesOf(seven), 'granted granted waiting')
    const two = [await askUser('bob', 2), await askUser('bob', 2)]
    assert.equal(statesOf(two), 'granted waiting')
    const candidates = [account('a', 7)]
    const atAccount = [await askAccount({ candidates }), await askAccount({ candidates }), await askAccount({ candidates })]
    assert.equal(statesOf(atAccount), 'granted granted waiting')
  })

  test('what has no limit has none then either', async (t) => {
    const { askUser, enter, askAccount } = await setUp(t, { replicas: 3, away: true })
    for (let n = 0; n < 20; n += 1) {
      assert.equal((await askUser('ann', 0)).state, 'granted')
      assert.equal((await askAccount({ candidates: [account('a', 0)] })).state, 'granted')
      assert.ok((await enter('ann', 0)).value)
    }
  })

  test('places are divided too, rounded up', async (t) => {
    const { enter } = await setUp(t, { replicas: 3, away: true })
    const taken = [await enter('ann', 4), await enter('ann', 4), await enter('ann', 4)]
    assert.deepEqual(
      taken.map(({ value }) => value !== null),
      [true, true, false]
    )
  })

  test('what is held goes on and does not count against new requests', async (t) => {
    const { askUser, goAway, slots, clock } = await setUp(t, { replicas: 2 })
    const before = [await askUser('ann', 2), await askUser('ann', 2)]
    await goAway()
    const after = [await askUser('ann', 2), await askUser('ann', 2)]
    assert.equal(statesOf(after), 'granted waiting')
    const ids = [...before, after[0]!].map((asked) => leaseOf(asked).id)
    for (let n = 0; n < 10; n += 1) {
      await clock.advance(LEASE_TTL_MS / 3)
      assert.deepEqual(await slots.renew(ids), [])
    }
  })

  test('who waits is served here, in the order of arrival, and told once that it waits', async (t) => {
    const { askUser, goAway, release } = await setUp(t)
    await askUser('ann', 1)
    const waiting = [await askUser('ann', 1), await askUser('ann', 1), await askUser('ann', 1)]
    await goAway()
    assert.equal(statesOf(waiting), 'granted waiting waiting')
    const late = await askUser('ann', 1)
    await release(waiting[0]!)
    assert.equal(statesOf([...waiting, late]), 'granted granted waiting waiting')
    await release(waiting[1]!)
    assert.equal(statesOf([...waiting, late]), 'granted granted granted waiting')
    assert.deepEqual(
      waiting.map(({ waits }) => waits),
      [1, 1, 1]
    )
  })

  test('who waits for an account keeps the place that it had before it asked again', async (t) => {
    const { askAccount, goAway, releaseAccount } = await setUp(t)
    await askAccount({ candidates: [account('a')] })
    const returning = await askAccount({ candidates: [account('b')] })
    const younger = await askAccount({ candidates: [account('a')] })
    await releaseAccount(returning)
    await goAway()
    assert.equal(younger.state, 'granted')
    const youngest = await askAccount({ candidates: [account('a')] })
    const again = await askAccount({ candidates: [account('a')], arrival: slotOf(returning).arrival })
    await releaseAccount(younger)
    assert.equal(statesOf([again, youngest]), 'granted waiting')
  })

  test('a deadline stays what it was', async (t) => {
    const { askUser, askAccount, goAway, clock } = await setUp(t)
    await askUser('ann', 1)
    await askAccount({ candidates: [account('a')] })
    const user = await askUser('ann', 1, 1000)
    const atAccount = await askAccount({ candidates: [account('a')] }, 1000)
    await clock.advance(600)
    await goAway()
    const [first, second] = [await askUser('ann', 1, 1000), await askAccount({ candidates: [account('a')] }, 1000)]
    assert.equal(statesOf([user, atAccount, first, second]), 'granted granted waiting waiting')
    await clock.advance(999)
    assert.equal(statesOf([first, second]), 'waiting waiting')
    await clock.advance(1)
    assert.ok(first.error instanceof SlotTimeoutError)
    assert.deepEqual([first.error.subject, second.state], ['user', 'rejected'])
  })

  test('one that moved is refused at its own deadline', async (t) => {
    const { askUser, goAway, clock } = await setUp(t)
    await askUser('ann', 1)
    await askUser('ann', 1)
    const late = await askUser('ann', 1, 1000)
    await clock.advance(600)
    await goAway()
    await clock.advance(399)
    assert.equal(late.state, 'waiting')
    await clock.advance(1)
    assert.ok(late.error instanceof SlotTimeoutError)
  })

  test('a client that hangs up leaves the queue here too', async (t) => {
    const { askUser, goAway, release, slots } = await setUp(t)
    await askUser('ann', 1)
    const [running, left, next] = [await askUser('ann', 1), await askUser('ann', 1), await askUser('ann', 1)]
    await goAway()
    const gone = new Error('client gone')
    left.hangUp(gone)
    await release(running)
    assert.equal(left.error, gone)
    assert.equal(next.state, 'granted')
    assert.equal(slots.sizes().waiting, 0)
  })

  test('of the affinity wait only what is left is waited', async (t) => {
    const { askAccount, goAway, releaseAccount, clock } = await setUp(t)
    const candidates = [account('a'), account('b')]
    await releaseAccount(await askAccount({ candidates: [account('a')], session: 's' }))
    const busy = await askAccount({ candidates: [account('a')] })
    const loyal = await askAccount({ candidates, session: 's', affinityWaitMs: 1000 })
    await clock.advance(600)
    await goAway()
    assert.equal(slotOf(loyal).accountId, 'a')
    const second = await askAccount({ candidates, session: 's', affinityWaitMs: 1000 })
    await clock.advance(999)
    assert.equal(second.state, 'waiting')
    await clock.advance(1)
    assert.equal(slotOf(second).affinity, 'spilled')
    await releaseAccount(busy)
  })

  test('a moved request does not begin its affinity wait anew', async (t) => {
    const { askAccount, goAway, clock, releaseAccount } = await setUp(t)
    await releaseAccount(await askAccount({ candidates: [account('a')], session: 's' }))
    await askAccount({ candidates: [account('a')] })
    const candidates = [account('a'), account('b')]
    await askAccount({ candidates: [account('a')] })
    const loyal = await askAccount({ candidates, session: 's', affinityWaitMs: 1000 })
    await clock.advance(600)
    await goAway()
    await clock.advance(399)
    assert.equal(loyal.state, 'waiting')
    await clock.advance(1)
    assert.equal(slotOf(loyal).accountId, 'b')
  })

  test('sessions keep the accounts that they were bound to, pinned ones above all', async (t) => {
    const { askAccount, goAway, slots, releaseAccount } = await setUp(t)
    await releaseAccount(await askAccount({ candidates: [account('a')], session: 's' }))
    await slots.noteUse({ session: 's', accountId: 'a', model: 'opus', cacheReadTokens: 7000, cacheTtlMs: 0 })
    await goAway()
    assert.equal(await slots.boundAccount('s'), 'a')
    const best = { ...account('best'), priority: 1 }
    const slot = slotOf(await askAccount({ candidates: [best, account('a')], session: 's' }))
    assert.deepEqual([slot.accountId, slot.affinity, slot.binding?.cacheReadTokens], ['a', 'kept', 7000])
    const pinned = await askAccount({ candidates: [best], session: 's', pinned: true })
    assert.ok(pinned.error instanceof NoCandidateError)
  })

  test('what another replica learnt of a session is known here once the session was served here', async (t) => {
    const { askAccount, goAway, shared, releaseAccount } = await setUp(t)
    const elsewhere = {
      candidates: [account('a')],
      exclude: [],
      holder: 'other',
      pinned: false,
      affinityWaitMs: 0,
      arrival: null
    }
    const wait = { deadlineAt: Infinity, signal: new AbortController().signal }
    await (await shared.acquireAccount({ ...elsewhere, session: 's' }, wait)).lease.release()
    await shared.noteUse({ session: 's', accountId: 'a', model: 'opus', cacheReadTokens: 7000, cacheTtlMs: 0 })
    const spilled = await askAccount({ candidates: [account('a'), account('b')], exclude: ['a'], session: 's' })
    assert.equal(slotOf(spilled).affinity, 'spilled')
    await releaseAccount(spilled)
    await goAway()
    const slot = slotOf(await askAccount({ candidates: [account('b'), account('a')], session: 's' }))
    assert.deepEqual([slot.accountId, slot.binding?.cacheReadTokens], ['a', 7000])
  })

  test('usage is what this process holds, whichever side granted it', async (t) => {
    const { askUser, goAway, slots } = await setUp(t, { replicas: 2 })
    await askUser('ann', 4)
    await askUser('bob', 0)
    await goAway()
    for (let n = 0; n < 3; n += 1) await askUser('ann', 4)
    const usage = (await slots.usage()).toSorted((a, b) => a.id.localeCompare(b.id))
    assert.deepEqual(usage, [
      { subject: 'user', id: 'ann', limit: 2, inFlight: 3, waiting: 1 },
      { subject: 'user', id: 'bob', limit: 0, inFlight: 1, waiting: 0 }
    ])
  })

  test('the slot of a holder that died here is free after its time to live', async (t) => {
    const { askUser, clock, slots } = await setUp(t, { away: true })
    await askUser('ann', 1)
    const next = await askUser('ann', 1)
    await clock.advance(LEASE_TTL_MS)
    assert.equal(next.state, 'granted')
    assert.equal(slots.sizes().held, 1)
  })

  test('a call that was under way when they went is answered from here, whichever it is', async (t) => {
    const { shared, slots, enter, askUser, clock } = await setUp(t)
    const held = await askUser('bob', 1)
    const answer = [
      shared.answerLate('enter'),
      shared.answerLate('renew'),
      shared.answerLate('usage'),
      shared.answerLate('boundAccount')
    ]
    const place = await enter('ann', 1)
    const pending = Promise.all([slots.renew([leaseOf(held).id]), slots.usage(), slots.boundAccount('s')])
    await clock.advance(0)
    assert.equal(place.state, 'waiting')
    shared.goAway()
    await askUser('ann', 1)
    assert.equal(place.state, 'granted')
    for (const go of answer) go()
    const [gone, usage, bound] = await pending
    assert.deepEqual([gone, usage.length, bound], [[], 2, null])
  })
})

describe('when the shared slots are back', () => {
  test('all that is held counts there, also what was granted here', async (t) => {
    const { askUser, askAccount, goAway, comeBack, countedThere } = await setUp(t)
    await askUser('ann', 2)
    await askAccount({ candidates: [account('a', 2)] })
    await goAway()
    await askUser('ann', 2)
    await askAccount({ candidates: [account('a', 2)] })
    await comeBack()
    assert.deepEqual(await countedThere(), { 'user ann': 2, 'account a': 2 })
    const more = [await askUser('ann', 2), await askAccount({ candidates: [account('a', 2)] })]
    assert.equal(statesOf(more), 'waiting waiting')
  })

  test('all that is held counts there also when they come back empty', async (t) => {
    const { askUser, enter, shared, goAway, comeBack, countedThere } = await setUp(t)
    await askUser('ann', 2)
    await enter('ann', 2)
    await goAway()
    await askUser('ann', 2)
    shared.empty()
    await comeBack()
    assert.deepEqual(await countedThere(), { 'user ann': 2 })
    assert.equal(shared.server().sizes().places, 1)
  })

  test('what was granted here is renewed and released there', async (t) => {
    const { askUser, goAway, comeBack, release, clock, slots, countedThere } = await setUp(t)
    await goAway()
    const first = await askUser('ann', 1)
    await comeBack()
    for (let n = 0; n < 5; n += 1) {
      await clock.advance(LEASE_TTL_MS / 3)
      assert.deepEqual(await slots.renew([leaseOf(first).id]), [])
    }
    const second = await askUser('ann', 1)
    assert.equal(second.state, 'waiting')
    await release(first)
    assert.equal(second.state, 'granted')
    await release(second)
    assert.deepEqual(await countedThere(), {})
  })

  test('what was released meanwhile is free there at once', async (t) => {
    const { askUser, goAway, comeBack, release, countedThere, slots } = await setUp(t)
    const before = await askUser('ann', 2)
    await askUser('ann', 2)
    await goAway()
    await release(before)
    const here = await askUser('ann', 2)
    await release(here)
    await comeBack()
    assert.deepEqual(await countedThere(), { 'user ann': 1 })
    assert.equal(slots.sizes().unreleased, 0)
  })

  test('who waits moves over in order', async (t) => {
    const { askUser, askAccount, goAway, comeBack, release, releaseAccount } = await setUp(t)
    await goAway()
    const users = [await askUser('ann', 1), await askUser('ann', 1), await askUser('ann', 1)]
    const candidates = [account('a')]
    const accounts = [await askAccount({ candidates }), await askAccount({ candidates }), await askAccount({ candidates })]
    await comeBack()
    assert.equal(statesOf([...users, ...accounts]), 'granted waiting waiting granted waiting waiting')
    const late = [await askUser('ann', 1), await askAccount({ candidates })]
    for (const n of [0, 1]) {
      await release(users[n]!)
      await releaseAccount(accounts[n]!)
      assert.equal(statesOf([users[n + 1]!, accounts[n + 1]!]), 'granted granted')
      assert.equal(statesOf(late), 'waiting waiting')
    }
  })

  test('what is granted here while they are told is told too, before they grant', async (t) => {
    const { askUser, goAway, shared, slots, clock, countedThere } = await setUp(t)
    await goAway()
    await askUser('ann', 2)
    const go = shared.answerLate('register')
    shared.comeBack()
    await clock.advance(REJOIN_MS)
    assert.equal((await askUser('ann', 2)).state, 'granted', 'until they count, slots come from here')
    go()
    const again = shared.answerLate('registerMore')
    await clock.advance(0)
    assert.equal(slots.state(), 'rejoining')
    const third = await askUser('ann', 3)
    assert.equal(third.state, 'waiting', 'nothing is granted while the rest is told')
    again()
    await clock.advance(0)
    assert.equal(slots.state(), 'shared')
    assert.equal(third.state, 'granted')
    assert.deepEqual(await countedThere(), { 'user ann': 3 })
  })

  test('if they are emptied while the rest is told, all is told again', async (t) => {
    const { askUser, goAway, shared, clock, countedThere } = await setUp(t)
    await goAway()
    await askUser('ann', 2)
    const go = shared.answerLate('register')
    shared.comeBack()
    await clock.advance(REJOIN_MS)
    await askUser('ann', 2)
    go()
    const again = shared.answerLate('registerMore')
    await clock.advance(0)
    shared.empty()
    again()
    await clock.advance(REJOIN_MS)
    assert.deepEqual(await countedThere(), { 'user ann': 2 })
  })

  test('what is released while they are told does not count there', async (t) => {
    const { askUser, goAway, shared, clock, release, countedThere } = await setUp(t)
    const before = await askUser('ann', 2)
    await goAway()
    const here = await askUser('ann', 2)
    const go = shared.answerLate('register')
    shared.comeBack()
    await clock.advance(REJOIN_MS)
    await release(before)
    await release(here)
    go()
    await clock.advance(0)
    assert.deepEqual(await countedThere(), {})
  })

  test('if they go again while they are told, what they may have heard is released all the same later', async (t) => {
    const { askUser, goAway, comeBack, shared, clock, release, countedThere, slots } = await setUp(t)
    await goAway()
    const here = await askUser('ann', 1)
    const go = shared.answerLate('register')
    shared.comeBack()
    await clock.advance(REJOIN_MS)
    shared.goAway()
    go()
    await clock.advance(0)
    assert.equal(slots.state(), 'local')
    await release(here)
    await comeBack()
    assert.deepEqual(await countedThere(), {})
  })

  test('they are tried again and again, and each change is told once', async (t) => {
    const { goAway, comeBack, clock, changes, shared, slots } = await setUp(t)
    await goAway()
    await clock.advance(10 * REJOIN_MS)
    assert.equal(shared.calls.filter((call) => call === 'register').length, 11)
    await comeBack()
    await goAway()
    await comeBack()
    assert.deepEqual(changes, ['local', 'shared', 'local', 'shared'])
    assert.equal(slots.state(), 'shared')
  })

  test('however often they go and come, no more is granted here than a share of the limit', async (t) => {
    const { askUser, goAway, comeBack, countedThere } = await setUp(t, { replicas: 2 })
    for (let n = 0; n < 3; n += 1) {
      await goAway()
      await askUser('ann', 4)
      await askUser('ann', 4)
      await askUser('ann', 4, 1)
      await comeBack()
    }
    assert.deepEqual(await countedThere(), { 'user ann': 4 })
  })

  test('a pinned session stays with its account though they have forgotten it', async (t) => {
    const { askAccount, goAway, comeBack, shared, releaseAccount, slots, clock } = await setUp(t)
    const best = { ...account('best'), priority: 1 }
    await releaseAccount(await askAccount({ candidates: [account('a')], session: 's' }))
    await goAway()
    shared.empty()
    await comeBack()
    assert.equal(await slots.boundAccount('s'), 'a')
    const slot = await askAccount({ candidates: [best, account('a')], session: 's', pinned: true })
    assert.equal(slotOf(slot).accountId, 'a')
    await releaseAccount(slot)
    shared.empty()
    await slots.usage()
    await clock.advance(0)
    const without = await askAccount({ candidates: [best], session: 's', pinned: true })
    assert.ok(without.error instanceof NoCandidateError)
  })
})

describe('sessions that shared slots have forgotten', () => {
  const best = { ...account('best', 2), priority: 1 }
  const candidates = [best, account('a')]

  async function forgotten(t: TestContext) {
    const context = await setUp(t)
    await context.releaseAccount(await context.askAccount({ candidates: [account('a')], session: 's' }))
    context.shared.empty()
    await context.slots.usage()
    await context.clock.advance(0)
    assert.equal(context.slots.state(), 'shared')
    assert.equal(await context.shared.boundAccount('s'), null)
    return context
  }

  test('stay with their account, and are bound to it there again', async (t) => {
    const { askAccount, shared, releaseAccount } = await forgotten(t)
    const slot = await askAccount({ candidates, session: 's' })
    assert.equal(slotOf(slot).accountId, 'a')
    assert.equal(await shared.boundAccount('s'), 'a')
    await releaseAccount(slot)
    shared.calls.length = 0
    assert.equal(slotOf(await askAccount({ candidates, session: 's' })).accountId, 'a')
    assert.deepEqual(shared.calls, ['acquireAccount'], 'once it is bound again nothing more is asked')
  })

  test('wait for it as long as for a bound account, then go to another', async (t) => {
    const { askAccount, clock } = await forgotten(t)
    await askAccount({ candidates: [account('a')] })
    const loyal = await askAccount({ candidates, session: 's', affinityWaitMs: 1000 })
    await clock.advance(999)
    assert.equal(loyal.state, 'waiting')
    await clock.advance(1)
    assert.equal(slotOf(loyal).accountId, 'best')
  })

  test('go to another at once when theirs was tried or is gone', async (t) => {
    const { askAccount } = await forgotten(t)
    const tried = await askAccount({ candidates, exclude: ['a'], session: 's', affinityWaitMs: 1000 })
    assert.equal(slotOf(tried).accountId, 'best')
  })

  test('are refused at the deadline', async (t) => {
    const { askAccount, clock } = await forgotten(t)
    await askAccount({ candidates: [account('a')] })
    const loyal = await askAccount({ candidates, session: 's', affinityWaitMs: 1000 }, 500)
    await clock.advance(500)
    assert.ok(loyal.error instanceof SlotTimeoutError)
  })
})

describe('when the shared slots were emptied', () => {
  test('nothing is granted until all that is held counts again; nobody is refused', async (t) => {
    const { askUser, enter, askAccount, shared, slots, clock, countedThere, changes } = await setUp(t)
    await askUser('ann', 1)
    const waiting = await askUser('ann', 1)
    const go = shared.answerLate('register')
    shared.empty()
    const place = await enter('bob', 5)
    const user = await askUser('bob', 1)
    const atAccount = await askAccount({ candidates: [account('a')] })
    assert.equal(slots.state(), 'rejoining')
    assert.equal(statesOf([waiting, place, user, atAccount]), 'waiting waiting waiting waiting')
    await clock.advance(2000)
    assert.equal(statesOf([waiting, place, user, atAccount]), 'waiting waiting waiting waiting')
    go()
    await clock.advance(0)
    assert.equal(statesOf([waiting, place, user, atAccount]), 'waiting granted granted granted')
    assert.deepEqual(await countedThere(), { 'user ann': 1, 'user bob': 1, 'account a': 1 })
    assert.deepEqual(changes, ['rejoining', 'shared'])
  })

  test('who waits meanwhile is refused at the deadline, leaves when hanging up, and is told once that it waits', async (t) => {
    const { askUser, shared, clock, slots } = await setUp(t)
    await askUser('ann', 1)
    const moved = await askUser('ann', 1, 1000)
    shared.answerLate('register')
    shared.empty()
    await clock.advance(600)
    const [fresh, left] = [await askUser('bob', 1, 1000), await askUser('bob', 1)]
    const gone = new Error('client gone')
    left.hangUp(gone)
    await clock.advance(400)
    assert.ok(moved.error instanceof SlotTimeoutError)
    assert.equal(left.error, gone)
    assert.equal(fresh.state, 'waiting')
    await clock.advance(600)
    assert.ok(fresh.error instanceof SlotTimeoutError)
    assert.deepEqual([moved.waits, fresh.waits, slots.sizes().waiting], [1, 1, 0])
  })

  test('whose slots they are, and since when somebody waits, is told by each side', async (t) => {
    const { askAccount, shared, slots, clock, goAway, comeBack } = await setUp(t)
    const user = { userId: 'ann', session: 's', since: 1000 }
    const second = { userId: 'bob', session: null, since: 2000 }
    const third = { userId: 'cyd', session: null, since: 3000 }
    for (const each of [user, second, third]) await askAccount({ candidates: [account('a')], user: each })
    const ofAccount = async () => {
      const watched = (await slots.watch()).find(({ subject }) => subject === 'account')
      return { ...watched, users: [watched?.users.count, await slots.holders('a')] }
    }
    const a = { subject: 'account', id: 'a', limit: 1, waitingSessions: NO_SESSIONS }
    assert.deepEqual(await ofAccount(), { ...a, inFlight: 1, waiting: 2, waitingSince: 2000, users: [1, [user]] }, 'shared')
    await goAway()
    // What was granted elsewhere is not counted against this process's share.
    const told = { ...a, inFlight: 2, waiting: 1, waitingSince: 3000, users: [2, [user, second]] }
    assert.deepEqual(await ofAccount(), told, 'local')
    await comeBack()
    shared.answerLate('register')
    shared.empty()
    await clock.advance(LOOK_MS)
    assert.equal(slots.state(), 'rejoining')
    assert.deepEqual(await ofAccount(), told, 'rejoining')
  })

  test('who waits meanwhile is listed', async (t) => {
    const { askUser, shared, slots } = await setUp(t)
    await askUser('ann', 1)
    await askUser('ann', 1)
    shared.answerLate('register')
    shared.empty()
    await askUser('bob', 3)
    const usage = (await slots.usage()).toSorted((a, b) => a.id.localeCompare(b.id))
    assert.deepEqual(usage, [
      { subject: 'user', id: 'ann', limit: 1, inFlight: 1, waiting: 1 },
      { subject: 'user', id: 'bob', limit: 3, inFlight: 0, waiting: 1 }
    ])
  })

  test('which sessions wait meanwhile is told', async (t) => {
    const { askUser, shared, slots } = await setUp(t)
    const ask = (session: string) => askUser('ann', 1, 60_000, { session, agent: '' })
    await ask('one')
    shared.answerLate('register')
    shared.empty()
    for (const session of ['two', 'one', 'two']) await ask(session)
    assert.equal(slots.state(), 'rejoining')
    const [ann] = await slots.watch()
    const told = (session: string, waiting: number) => ({ session: hashOf(session).slice(0, 12), waiting })
    assert.deepEqual(ann?.waitingSessions, { count: 2, busiest: [told('two', 2), told('one', 1)] })
  })

  test('order is kept', async (t) => {
    const { askUser, shared, slots, release } = await setUp(t)
    const first = await askUser('ann', 1)
    const before = [await askUser('ann', 1), await askUser('ann', 1)]
    const go = shared.answerLate('register')
    shared.empty()
    const during = await askUser('ann', 1)
    assert.equal(slots.state(), 'rejoining')
    go()
    await release(first)
    assert.equal(statesOf([...before, during]), 'granted waiting waiting')
    await release(before[0]!)
    assert.equal(statesOf([...before, during]), 'granted granted waiting')
  })

  test('who asks again is not put behind newcomers by a server that counts anew', async (t) => {
    const { askAccount, releaseAccount, shared, slots, clock } = await setUp(t)
    const candidates = [account('a')]
    for (let n = 0; n < 5; n += 1) await releaseAccount(await askAccount({ candidates }))
    const returning = await askAccount({ candidates })
    await releaseAccount(returning)
    const busy = await askAccount({ candidates })
    shared.empty()
    await slots.usage()
    await clock.advance(0)
    const again = await askAccount({ candidates, arrival: slotOf(returning).arrival })
    const younger = await askAccount({ candidates })
    await releaseAccount(busy)
    assert.equal(statesOf([again, younger]), 'granted waiting')
  })

  test('if they are emptied again while they are told, nothing is granted until they are told again', async (t) => {
    const { askUser, shared, slots, clock, countedThere } = await setUp(t)
    await askUser('ann', 1)
    const go = shared.answerLate('register')
    shared.empty()
    const waiting = await askUser('bob', 1)
    shared.empty()
    go()
    await clock.advance(0)
    assert.deepEqual([slots.state(), waiting.state], ['rejoining', 'waiting'])
    await clock.advance(REJOIN_MS)
    assert.deepEqual([slots.state(), waiting.state], ['shared', 'granted'])
    assert.deepEqual(await countedThere(), { 'user ann': 1, 'user bob': 1 })
  })

  test('any call that finds it sets it right', async (t) => {
    const { askUser, shared, slots, clock, countedThere } = await setUp(t)
    const lease = leaseOf(await askUser('ann', 1))
    const finders = [
      () => slots.renew([lease.id]),
      () => slots.usage(),
      () => slots.boundAccount('s'),
      () => slots.noteUse({ session: 's', accountId: 'a', model: 'opus', cacheReadTokens: 0, cacheTtlMs: 0 })
    ]
    for (const find of finders) {
      shared.empty()
      await find()
      await clock.advance(0)
      assert.equal(slots.state(), 'shared')
      assert.deepEqual(await countedThere(), { 'user ann': 1 })
    }
    assert.deepEqual(await slots.renew([lease.id]), [])
  })

  test('what was told long ago, when at last all replicas have done the same, is told again', async (t) => {
    const { askUser, slots, shared, clock, countedThere } = await setUp(t)
    const first = leaseOf(await askUser('ann', 1))
    const go = shared.answerLate('register')
    shared.empty()
    const waiting = await askUser('ann', 1)
    for (let n = 0; n < 4; n += 1) {
      await slots.renew([first.id])
      await clock.advance(LEASE_TTL_MS / 3)
    }
    assert.deepEqual(await countedThere(), {})
    go()
    await clock.advance(0)
    assert.deepEqual(await countedThere(), { 'user ann': 1 })
    assert.equal(waiting.state, 'waiting')
  })

  test('if they go away before all counts, requests are served from here', async (t) => {
    const { askUser, enter, shared, slots, clock } = await setUp(t)
    await askUser('ann', 1)
    const go = shared.answerLate('register')
    shared.empty()
    const waiting = [await askUser('ann', 1), await askUser('ann', 1)]
    const place = await enter('ann', 5)
    shared.goAway()
    go()
    await clock.advance(0)
    assert.equal(slots.state(), 'local')
    assert.equal(statesOf([...waiting, place]), 'granted waiting granted')
  })
})

describe('resilient slots', () => {
  test('at the start nothing is granted before the shared slots have answered', async (t) => {
    const clock = createVirtualClock()
    const shared = createSwitchedSlots({ clock })
    const go = shared.answerLate('register')
    const slots = createResilientSlots({ shared, local: createInProcessSlots({ clock }), clock })
    t.after(() => slots.close())
    const place = slots.enter({ userId: 'ann', holder: 'exchange', capacity: 1 })
    await clock.advance(1000)
    assert.equal(slots.state(), 'rejoining')
    assert.ok(!shared.calls.includes('enter'))
    go()
    assert.ok(await place)
    assert.equal(slots.state(), 'shared')
  })

  test('a start without the shared slots is told once', async (t) => {
    const { changes, slots, comeBack } = await setUp(t, { away: true })
    assert.deepEqual([changes, slots.state()], [['local'], 'local'])
    await comeBack()
    assert.deepEqual(changes, ['local', 'shared'])
  })

  test('a grant that comes after its request has moved, or left, is given back', async (t) => {
    const { shared, slots, clock, askUser, countedThere, missOneCall } = await setUp(t)
    const go = shared.answerLate('acquireUser')
    const [moved, left] = [await askUser('ann', 2), await askUser('ann', 2)]
    assert.deepEqual(await countedThere(), { 'user ann': 2 })
    left.hangUp(new Error('client gone'))
    await missOneCall()
    assert.equal(statesOf([moved, left]), 'granted rejected')
    go()
    await clock.advance(REJOIN_MS)
    assert.deepEqual(
      [slots.state(), await countedThere(), slots.sizes()],
      ['shared', { 'user ann': 1 }, { held: 1, unreleased: 0, waiting: 0 }]
    )
  })

  test('so is an account, and a place', async (t) => {
    const { shared, slots, clock, askAccount, enter, countedThere, missOneCall } = await setUp(t)
    const go = [shared.answerLate('acquireAccount'), shared.answerLate('enter')]
    const moved = [await askAccount({ candidates: [account('a')] }), await enter('ann', 1)]
    await missOneCall()
    assert.equal(statesOf(moved), 'granted granted')
    for (const answer of go) answer()
    await clock.advance(REJOIN_MS)
    assert.deepEqual([slots.state(), await countedThere()], ['shared', { 'account a': 1 }])
    assert.equal(shared.server().sizes().leases, 2)
  })

  test('a call that fails long after it was made says nothing about now', async (t) => {
    const { shared, slots, clock, goAway, comeBack, changes } = await setUp(t)
    const go = shared.answerLate('noteUse')
    const noted = slots.noteUse({ session: 's', accountId: 'a', model: 'opus', cacheReadTokens: 0, cacheTtlMs: 0 })
    await clock.advance(0)
    await goAway()
    await comeBack()
    go()
    await noted
    assert.deepEqual([slots.state(), changes], ['shared', ['local', 'shared']])
  })

  test('that they went away is found out when nobody asks', async (t) => {
    const { shared, slots, clock, comeBack, changes } = await setUp(t)
    await clock.advance(5000)
    shared.goAway()
    await clock.advance(1000)
    assert.equal(slots.state(), 'local')
    await comeBack()
    await clock.advance(5000)
    shared.goAway()
    await clock.advance(1000)
    assert.deepEqual(changes, ['local', 'shared', 'local'])
  })

  test('a failing release harms nobody, and is made good', async (t) => {
    const { askUser, shared, slots, release, comeBack, countedThere } = await setUp(t)
    const first = await askUser('ann', 1)
    shared.goAway()
    await release(first)
    assert.deepEqual([slots.state(), slots.sizes().unreleased], ['local', 1])
    await comeBack()
    assert.deepEqual(await countedThere(), {})
  })

  test('a release whose failure is heard of when they are back is made good at once', async (t) => {
    const { askUser, shared, slots, goAway, comeBack, clock, countedThere } = await setUp(t)
    const lease = leaseOf(await askUser('ann', 1))
    const { release } = shared
    const { promise: failure, reject: fail } = Promise.withResolvers<void>()
    shared.release = () => failure
    const released = lease.release()
    shared.release = release
    await goAway()
    await comeBack()
    assert.deepEqual(await countedThere(), { 'user ann': 1 })
    fail(new SlotsAwayError('timed out'))
    await released
    await clock.advance(0)
    assert.deepEqual([await countedThere(), slots.sizes().unreleased, slots.state()], [{}, 0, 'shared'])
  })

  test('a release while they are away is told them at once, and waits for no answer', async (t) => {
    const { askUser, shared, goAway, slots } = await setUp(t)
    const lease = leaseOf(await askUser('ann', 1))
    await goAway()
    shared.answerLate('release')
    shared.calls.length = 0
    await lease.release()
    assert.deepEqual([shared.calls, slots.sizes().unreleased], [['release'], 1])
  })

  test('releases are unreleased no longer than the leases would last', async (t) => {
    const { askUser, slots, release, goAway, clock } = await setUp(t)
    const [first, second] = [await askUser('ann', 0), await askUser('ann', 0)]
    await goAway()
    await release(first)
    await clock.advance(LEASE_TTL_MS / 2)
    await slots.renew([leaseOf(second).id])
    await clock.advance(LEASE_TTL_MS / 2)
    await release(second)
    assert.equal(slots.sizes().unreleased, 1)
  })

  test('a lease that the server let go while its holder lives counts there again', async (t) => {
    const { askUser, slots, clock, shared, countedThere } = await setUp(t)
    const lease = leaseOf(await askUser('ann', 1))
    // As after a jump of the server's clock.
    await shared.forgetLeases()
    assert.deepEqual(await countedThere(), {})
    assert.deepEqual(await slots.renew([lease.id]), [])
    assert.deepEqual(await countedThere(), { 'user ann': 1 })
    await lease.release()
    await clock.advance(0)
    assert.deepEqual(await countedThere(), {})
  })

  test('after closing no timer is left', async (t) => {
    for (const away of [true, false]) {
      const { askUser, slots, shared, clock } = await setUp(t, { away })
      await askUser('ann', 1)
      await slots.close()
      assert.ok(shared.isClosed())
      shared.server().close()
      assert.equal(clock.pendingTimers(), 0)
    }
  })

  test('after closing while requests are held, too', async (t) => {
    const { askUser, slots, shared, clock } = await setUp(t)
    await askUser('ann', 1)
    shared.answerLate('register')
    shared.empty()
    await askUser('ann', 1)
    await slots.close()
    shared.server().close()
    assert.equal(clock.pendingTimers(), 0)
  })

  test('closing while they are told ends it there', async (t) => {
    const { shared, slots, goAway, clock, askUser } = await setUp(t)
    await goAway()
    const go = shared.answerLate('register')
    shared.comeBack()
    await clock.advance(REJOIN_MS)
    await askUser('ann', 1)
    await slots.close()
    go()
    await clock.advance(10_000)
    shared.server().close()
    assert.equal(clock.pendingTimers(), 0)
    assert.equal(slots.state(), 'local')
  })

  test('a fault that is no outage goes to the request that met it', async (t) => {
    const { shared, slots, askUser } = await setUp(t)
    const broken = new Error('a bug')
    shared.acquireUser = async () => {
      throw broken
    }
    assert.equal((await askUser('ann', 1)).error, broken)
    assert.equal(slots.state(), 'shared')
  })
})
