import assert from 'node:assert/strict'
import { describe, test as nodeTest, type TestContext } from 'node:test'
import { NOBODY } from '../../services/gateway/slots/slot-users.ts'
import { hashOf } from '../../services/gateway/slots/text-hash.ts'
import { NO_SESSIONS } from '../../services/gateway/slots/waiting-sessions.ts'
import {
  NoCandidateError,
  SlotTimeoutError,
  type AccountCandidate,
  type AccountSlot,
  type AccountSlotRequest,
  type ConsideredAccount,
  type Lane,
  type SlotLease,
  type Slots,
  type WaitOptions
} from '../../services/gateway/slots/slots.ts'

interface SlotsOptions {
  leaseTtlMs: number
  affinityTtlMs: number
}

interface SlotsUnderTest {
  slots: Slots
  clock: {
    uptime: () => number
    /** Lets time pass, at least as long as it takes for everything already set off to be done; also with 0. */
    advance: (durationMs: number) => Promise<void>
    /** How much more time has passed than `advance` was told to let pass; absent where time passes only there. */
    lateMs?: () => number
  }
}

/** Builds an empty backend; it is to be closed by `t.after`. */
export type CreateSlots = (t: TestContext, options: SlotsOptions) => Promise<SlotsUnderTest>

interface Waiting<T> {
  holder: string
  state: 'waiting' | 'granted' | 'rejected'
  value: T | null
  error: unknown
  waits: number
  /** As it was told when it began to wait. */
  otherSessions: number | null
  abort: (reason: Error) => void
}

/** The slack of the times below: a run that was slower than that says nothing about the slots. */
const SLACK_MS = 150
const MOST_RUNS = 8

/** What every implementation of Slots does. Times are short, so that a backend on real time can be tested, too. */
export function slotsContract(name: string, createSlots: CreateSlots): void {
  const clocks = new WeakMap<TestContext, SlotsUnderTest['clock']>()

  /** A test that fails in a run that came late is run again: on a machine that stood still a binding is forgotten rightly. */
  function test(title: string, body: (t: TestContext) => Promise<void>): void {
    nodeTest(title, async (t) => {
      for (let run = 1; run < MOST_RUNS; run += 1) {
        try {
          return await body(t)
        } catch (error) {
          if ((clocks.get(t)?.lateMs?.() ?? 0) <= SLACK_MS) throw error
          t.diagnostic(`run ${run} came late, and is void`)
        }
      }
      return body(t)
    })
  }

  async function setUp(t: TestContext, options: Partial<SlotsOptions> = {}) {
    const { slots, clock } = await createSlots(t, { leaseTtlMs: 30_000, affinityTtlMs: 3_600_000, ...options })
    clocks.set(t, clock)
    let holders = 0

    async function watch<T>(waitMs: number, acquire: (wait: WaitOptions, holder: string) => Promise<T>): Promise<Waiting<T>> {
      const controller = new AbortController()
      const abort = (reason: Error) => controller.abort(reason)
      holders += 1
      const holder = `exchange-${holders}`
      const waiting: Waiting<T> = { holder, state: 'waiting', value: null, error: null, waits: 0, otherSessions: null, abort }
      const onWait = (otherSessions: number | null) => {
        waiting.waits += 1
        waiting.otherSessions = otherSessions
      }
      const deadlineAt = clock.uptime() + waitMs
      acquire({ deadlineAt, signal: controller.signal, onWait }, holder).then(
        (value) => Object.assign(waiting, { state: 'granted', value }),
        (error: unknown) => Object.assign(waiting, { state: 'rejected', error })
      )
      await clock.advance(0)
      return waiting
    }

    const askAccount = (request: Partial<AccountSlotRequest>, waitMs = 20_000) =>
      watch(waitMs, (wait, holder) =>
        slots.acquireAccount(
          { candidates: [], exclude: [], holder, session: null, pinned: false, affinityWaitMs: 0, arrival: null, ...request },
          wait
        )
      )

    const askUser = (userId: string, limit: number, waitMs = 20_000) =>
      watch(waitMs, (wait, holder) => slots.acquireUser({ userId, limit, holder }, wait))

    return {
      slots,
      clock,
      askUser,
      /** Three requests of ann, one after the other. */
      askThree: async (limit = 1) =>
        [await askUser('ann', limit), await askUser('ann', limit), await askUser('ann', limit)] as const,
      /** Of ann; for the lane as 'session/agent'. */
      askIn: (name: string, limit = 1) =>
        watch(20_000, (wait, holder) => slots.acquireUser({ userId: 'ann', limit, holder, lane: laneOf(name) }, wait)),
      askAccount,
      /** Another slot for the request that got `earlier`, and gave it back. */
      askAgain: ({ holder, value }: Waiting<AccountSlot>, request: Partial<AccountSlotRequest>) => {
        assert.ok(value, 'the slot was granted')
        return askAccount({ ...request, holder, arrival: value.arrival })
      },
      release: async (waiting: Waiting<SlotLease> | Waiting<AccountSlot>) => {
        await leaseOf(waiting).release()
        await clock.advance(0)
      }
    }
  }

  describe(`places of ${name}`, () => {
    test('a user has as many places as the capacity says, and a freed one can be taken again', async (t) => {
      const { slots } = await setUp(t)
      const first = await slots.enter({ userId: 'ann', holder: 'a', capacity: 2 })
      assert.ok(first)
      assert.ok(await slots.enter({ userId: 'ann', holder: 'b', capacity: 2 }))
      assert.equal(await slots.enter({ userId: 'ann', holder: 'c', capacity: 2 }), null)
      assert.ok(await slots.enter({ userId: 'bob', holder: 'd', capacity: 2 }))
      await first.release()
      assert.ok(await slots.enter({ userId: 'ann', holder: 'e', capacity: 2 }))
    })

    test('without a capacity nobody is refused', async (t) => {
      const { slots } = await setUp(t)
      for (let n = 0; n < 50; n += 1) assert.ok(await slots.enter({ userId: 'ann', holder: `exchange-${n}`, capacity: 0 }))
    })

    test('leaving twice frees one place', async (t) => {
      const { slots } = await setUp(t)
      const first = await slots.enter({ userId: 'ann', holder: 'a', capacity: 2 })
      await slots.enter({ userId: 'ann', holder: 'b', capacity: 2 })
      await first?.release()
      await first?.release()
      assert.ok(await slots.enter({ userId: 'ann', holder: 'c', capacity: 2 }))
      assert.equal(await slots.enter({ userId: 'ann', holder: 'd', capacity: 2 }), null)
    })

    test('the place of a dead holder is free after its time to live, a renewed one is not', async (t) => {
      const { slots, clock } = await setUp(t, { leaseTtlMs: 1200 })
      const alive = await slots.enter({ userId: 'ann', holder: 'a', capacity: 2 })
      await slots.enter({ userId: 'ann', holder: 'b', capacity: 2 })
      assert.ok(alive)
      await clock.advance(600)
      assert.deepEqual(await slots.renew([alive.id]), [])
      await clock.advance(800)
      assert.ok(await slots.enter({ userId: 'ann', holder: 'c', capacity: 2 }))
      assert.equal(await slots.enter({ userId: 'ann', holder: 'd', capacity: 2 }), null)
    })

    test('a session that has no place finds one among the extra ones, and no second', async (t) => {
      const { slots } = await setUp(t)
      const enter = (holder: string, lane: string) =>
        slots.enter({ userId: 'ann', holder, lane: laneOf(lane), capacity: 2, extra: 2 })
      const places = [await enter('1', 'a/x'), await enter('2', 'a/y')]
      assert.equal(await enter('3', 'a/z'), null, 'another agent is no other session')
      const b = await enter('4', 'b')
      assert.ok(b)
      assert.equal(await enter('5', 'b'), null)
      assert.ok(await enter('6', ''))
      assert.equal(await enter('7', 'made up'), null, 'the extra ones are bounded')
      await b.release()
      assert.equal(await enter('8', ''), null)
      assert.ok(await enter('9', 'made up'))
      for (const place of places) await place?.release()
      assert.ok(await enter('10', 'a'))
      assert.equal(await enter('11', 'a'), null)
    })

    test('a place takes no slot', async (t) => {
      const { slots, askUser } = await setUp(t)
      await slots.enter({ userId: 'ann', holder: 'a', capacity: 5 })
      assert.equal((await askUser('ann', 1)).state, 'granted')
    })
  })

  describe(`user slots of ${name}`, () => {
    test('a user runs as many requests at once as the limit says', async (t) => {
      const { askThree, release } = await setUp(t)
      const [first, second, third] = await askThree(2)
      assert.deepEqual([first.state, second.state, third.state], ['granted', 'granted', 'waiting'])
      await release(second)
      assert.equal(third.state, 'granted')
    })

    test('who waits first is served first, one for each slot freed', async (t) => {
      const { askThree, release } = await setUp(t)
      const [first, second, third] = await askThree()
      await release(first)
      assert.deepEqual([second.state, third.state], ['granted', 'waiting'])
      await release(second)
      assert.equal(third.state, 'granted')
    })

    test('one user does not wait for another', async (t) => {
      const { askUser } = await setUp(t)
      await askUser('ann', 1)
      assert.equal((await askUser('bob', 1)).state, 'granted')
    })

    test('without a limit nobody waits', async (t) => {
      const { askUser } = await setUp(t)
      for (let n = 0; n < 50; n += 1) assert.equal((await askUser('ann', 0)).state, 'granted')
    })

    test('only a request that has to wait is told so, once', async (t) => {
      const { askUser, release } = await setUp(t)
      const first = await askUser('ann', 1)
      const second = await askUser('ann', 1)
      await release(first)
      assert.deepEqual([first.waits, second.waits], [0, 1])
    })

    test('a request that waited until its deadline is refused and leaves the queue', async (t) => {
      const { askUser, release, clock } = await setUp(t)
      const first = await askUser('ann', 1)
      const second = await askUser('ann', 1, 400)
      const third = await askUser('ann', 1)
      await clock.advance(200)
      assert.equal(second.state, 'waiting')
      await clock.advance(300)
      assert.ok(second.error instanceof SlotTimeoutError)
      assert.equal(second.error.subject, 'user')
      await release(first)
      assert.equal(third.state, 'granted')
    })

    test('a client that hangs up leaves the queue at once', async (t) => {
      const { slots, askThree, release, clock } = await setUp(t)
      const [first, second, third] = await askThree()
      const gone = new Error('client gone')
      second.abort(gone)
      await clock.advance(0)
      assert.equal(second.error, gone)
      assert.deepEqual(await slots.usage(), [{ subject: 'user', id: 'ann', limit: 1, inFlight: 1, waiting: 1 }])
      await release(first)
      assert.equal(third.state, 'granted')
    })

    test('a slot granted at the moment of hanging up goes to the next', async (t) => {
      const { askThree, clock } = await setUp(t)
      const [first, second, third] = await askThree()
      const gone = new Error('client gone')
      const released = leaseOf(first).release()
      second.abort(gone)
      await released
      await clock.advance(0)
      assert.equal(second.error, gone)
      assert.equal(third.state, 'granted')
    })

    test('a request that was aborted before it asks takes nothing', async (t) => {
      const { slots, clock } = await setUp(t)
      const gone = new Error('client gone')
      const wait = { deadlineAt: clock.uptime() + 1000, signal: AbortSignal.abort(gone) }
      await assert.rejects(slots.acquireUser({ userId: 'ann', limit: 1, holder: 'a' }, wait), gone)
      assert.deepEqual(await slots.usage(), [])
    })

    test('releasing twice frees one slot', async (t) => {
      const { askThree, release } = await setUp(t)
      const [first, second, third] = await askThree()
      await release(first)
      await release(first)
      assert.deepEqual([second.state, third.state], ['granted', 'waiting'])
    })

    test('a raised limit lets waiters go first, then the request that named it', async (t) => {
      const { askUser, askThree } = await setUp(t)
      const [, second, third] = await askThree()
      const fourth = await askUser('ann', 3)
      assert.deepEqual([second.state, third.state, fourth.state], ['granted', 'granted', 'waiting'])
    })

    test('a raised limit that is only heard of lets waiters go, as many as it has slots for', async (t) => {
      const { slots, askThree, clock } = await setUp(t)
      const [, second, third] = await askThree()
      await slots.hearLimit('user', 'ann', 2)
      await clock.advance(0)
      assert.deepEqual([second.state, third.state], ['granted', 'waiting'])
      await slots.hearLimit('user', 'ann', 0)
      await clock.advance(0)
      assert.equal(third.state, 'granted')
    })

    test('a lowered limit that is only heard of holds for whoever comes next', async (t) => {
      const { slots, askUser, release } = await setUp(t)
      const first = await askUser('ann', 2)
      await slots.hearLimit('user', 'ann', 1)
      const second = await askUser('ann', 1)
      assert.equal(second.state, 'waiting')
      await release(first)
      assert.equal(second.state, 'granted')
    })

    test('of those without requests a limit is heard in vain', async (t) => {
      const { slots } = await setUp(t)
      await slots.hearLimit('user', 'nobody', 3)
      await slots.hearLimit('account', 'none', 3)
      assert.deepEqual(await slots.usage(), [])
    })

    test('a lowered limit takes nothing away and grants nothing until it is kept', async (t) => {
      const { slots, askUser, askThree, release } = await setUp(t)
      const [first, second, third] = await askThree(3)
      const fourth = await askUser('ann', 1)
      assert.deepEqual(await slots.usage(), [{ subject: 'user', id: 'ann', limit: 1, inFlight: 3, waiting: 1 }])
      await release(first)
      await release(second)
      assert.equal(fourth.state, 'waiting')
      await release(third)
      assert.equal(fourth.state, 'granted')
    })

    test('a user who does nothing is not listed', async (t) => {
      const { slots, askUser, release } = await setUp(t)
      await release(await askUser('ann', 1))
      assert.deepEqual(await slots.usage(), [])
    })
  })

  describe(`turns of ${name}`, () => {
    /** Queues a request for each lane behind one that runs, and lets them run one after the other. */
    async function served(t: TestContext, ...lanes: string[]): Promise<string[]> {
      const { askIn, release } = await setUp(t)
      let running: Waiting<SlotLease> = await askIn('first')
      const waiting: { name: string; asked: Waiting<SlotLease> }[] = []
      for (const [n, lane] of lanes.entries()) waiting.push({ name: `${lane} ${n}`, asked: await askIn(lane) })
      const order: string[] = []
      while (waiting.length > 0) {
        await release(running)
        const granted = waiting.filter(({ asked }) => asked.state === 'granted')
        assert.equal(granted.length, 1, 'a freed slot serves one')
        for (const one of granted) {
          waiting.splice(waiting.indexOf(one), 1)
          order.push(one.name)
          running = one.asked
        }
      }
      return order
    }

    test('sessions that wait take turns, and in each the oldest goes first', async (t) => {
      assert.deepEqual(await served(t, 'a', 'a', 'a', 'b', 'b', 'c'), ['a 0', 'b 3', 'c 5', 'a 1', 'b 4', 'a 2'])
    })

    test('agents of a session take turns within its turns', async (t) => {
      const lanes = ['a/x', 'a/x', 'a/x', 'a/y', 'b', 'a', 'b']
      assert.deepEqual(await served(t, ...lanes), ['a/x 0', 'b 4', 'a/y 3', 'b 6', 'a 5', 'a/x 1', 'a/x 2'])
    })

    test('agents of the same name in different sessions are two', async (t) => {
      assert.deepEqual(await served(t, 'a/x', 'a/y', 'b/x', 'b/x'), ['a/x 0', 'b/x 2', 'a/y 1', 'b/x 3'])
    })

    test('what names no session is one, and goes by arrival', async (t) => {
      assert.deepEqual(await served(t, '', '', 'a', 'a', ''), [' 0', 'a 2', ' 1', 'a 3', ' 4'])
    })

    test('nobody is passed more than once by each that waits, however many sessions come anew', async (t) => {
      const { askIn, release } = await setUp(t)
      const first = await askIn('a')
      const [next, last] = [await askIn('a'), await askIn('a')]
      const made = [await askIn('made up 1'), await askIn('made up 2')]
      await release(first)
      assert.equal(next.state, 'granted')
      made.push(await askIn('made up 3'), await askIn('made up 4'))
      await release(next)
      for (const younger of made.slice(0, 2)) await release(younger)
      assert.deepEqual([last.state, made[2]?.state, made[3]?.state], ['granted', 'waiting', 'waiting'])
    })

    test('who has to wait is told how many other sessions wait', async (t) => {
      const { askIn, askAccount } = await setUp(t)
      const running = await askIn('a')
      const waiting = [
        await askIn('a/x'),
        await askIn('a'),
        await askIn('b'),
        await askIn('a'),
        await askIn(''),
        await askIn('b')
      ]
      assert.deepEqual(
        [running, ...waiting].map(({ otherSessions }) => otherSessions),
        [null, 0, 0, 1, 1, 2, 2]
      )
      await askAccount({ candidates: [account('main')] })
      assert.equal((await askAccount({ candidates: [account('main')] })).otherSessions, null)
    })

    test('a session alone has every slot', async (t) => {
      const { askIn } = await setUp(t)
      const all = [await askIn('a/x', 3), await askIn('a/y', 3), await askIn('a/x', 3)]
      assert.deepEqual(
        all.map(({ state }) => state),
        ['granted', 'granted', 'granted']
      )
    })

    test('a client that hangs up leaves its turn to the next of its session', async (t) => {
      const { askIn, release, clock } = await setUp(t)
      const first = await askIn('a')
      const [gone, b, next] = [await askIn('c'), await askIn('b'), await askIn('c')]
      gone.abort(new Error('client gone'))
      await clock.advance(0)
      await release(first)
      assert.deepEqual([b.state, next.state], ['granted', 'waiting'])
      await release(b)
      assert.equal(next.state, 'granted')
    })

    test('of a raised limit each session has its turn first', async (t) => {
      const { slots, askIn, clock } = await setUp(t)
      await askIn('a')
      const waiting = [await askIn('a'), await askIn('a'), await askIn('b'), await askIn('c')]
      await slots.hearLimit('user', 'ann', 4)
      await clock.advance(0)
      assert.deepEqual(
        waiting.map(({ state }) => state),
        ['granted', 'waiting', 'granted', 'granted']
      )
    })
  })

  describe(`leases of ${name}`, () => {
    test('the slot of a dead holder goes to the oldest waiter', async (t) => {
      const { askThree, clock } = await setUp(t, { leaseTtlMs: 1200 })
      const [, second, third] = await askThree()
      await clock.advance(600)
      assert.equal(second.state, 'waiting')
      await clock.advance(800)
      assert.deepEqual([second.state, third.state], ['granted', 'waiting'])
    })

    test('a renewed slot stays, however long its request runs', async (t) => {
      const { slots, askUser, clock } = await setUp(t, { leaseTtlMs: 1200 })
      const first = await askUser('ann', 1)
      const second = await askUser('ann', 1)
      for (let n = 0; n < 10; n += 1) {
        await clock.advance(400)
        assert.deepEqual(await slots.renew([leaseOf(first).id]), [])
      }
      assert.equal(second.state, 'waiting')
    })

    test('renewing tells which leases have ended', async (t) => {
      const { slots, askUser, release, clock } = await setUp(t, { leaseTtlMs: 1200 })
      const expired = leaseOf(await askUser('ann', 0)).id
      await clock.advance(600)
      const alive = leaseOf(await askUser('ann', 0)).id
      const released = await askUser('ann', 0)
      await release(released)
      await clock.advance(800)
      const gone = await slots.renew([expired, alive, leaseOf(released).id])
      assert.deepEqual(new Set(gone), new Set([expired, leaseOf(released).id]))
    })

    test('releasing a lease that has expired frees nothing', async (t) => {
      const { askUser, release, clock } = await setUp(t, { leaseTtlMs: 1200 })
      const first = await askUser('ann', 1)
      const second = await askUser('ann', 1)
      await clock.advance(1400)
      const third = await askUser('ann', 1)
      await release(first)
      assert.deepEqual([second.state, third.state], ['granted', 'waiting'])
    })
  })

  describe(`account slots of ${name}`, () => {
    test('the account with the smaller priority goes first, also when it is busier', async (t) => {
      const { askAccount } = await setUp(t)
      const candidates = [account('spare', { priority: 60 }), account('main', { priority: 50, limit: 2 })]
      assert.equal(accountOf(await askAccount({ candidates })), 'main')
      assert.equal(accountOf(await askAccount({ candidates })), 'main')
    })

    test('of the same priority, the account with the smaller share of its slots in use goes first', async (t) => {
      const { askAccount } = await setUp(t)
      const small = account('small', { limit: 2 })
      const large = account('large', { limit: 10 })
      await askAccount({ candidates: [small] })
      for (let n = 0; n < 3; n += 1) await askAccount({ candidates: [large] })
      assert.equal(accountOf(await askAccount({ candidates: [small, large] })), 'large')
    })

    test('an account that is used last goes behind all others, whatever its priority and load, and before waiting', async (t) => {
      const { askAccount } = await setUp(t)
      const nearlySpent = account('nearly spent', { usedLast: true, priority: 1, limit: 2 })
      const candidates = [nearlySpent, account('other', { priority: 60, limit: 2 })]
      const slots = [
        await askAccount({ candidates }),
        await askAccount({ candidates }),
        await askAccount({ candidates }),
        await askAccount({ candidates })
      ]
      assert.deepEqual(slots.map(accountOf), ['other', 'other', 'nearly spent', 'nearly spent'])
    })

    test('among accounts that are used last the priority counts again', async (t) => {
      const { askAccount } = await setUp(t)
      const candidates = [
        account('spare', { usedLast: true, priority: 60, windowResetsAt: 1000 }),
        account('main', { usedLast: true, priority: 50, windowResetsAt: 2000 })
      ]
      assert.equal(accountOf(await askAccount({ candidates })), 'main')
    })

    test('at the same load, the account whose window resets soonest goes first, and last one without a window', async (t) => {
      const { askAccount, release } = await setUp(t)
      const soon = account('soon', { windowResetsAt: 1000 })
      const late = account('late', { windowResetsAt: 2000 })
      const without = account('without')
      // Used most recently, which counts only among equals.
      for (const candidate of [without, late, soon]) await release(await askAccount({ candidates: [candidate] }))
      const candidates = [without, late, soon]
      const slots = [await askAccount({ candidates }), await askAccount({ candidates }), await askAccount({ candidates })]
      assert.deepEqual(slots.map(accountOf), ['soon', 'late', 'without'])
    })

    test('the load counts before the window', async (t) => {
      const { askAccount } = await setUp(t)
      const candidates = [
        account('soon', { windowResetsAt: 1000, limit: 5 }),
        account('late', { windowResetsAt: 2000, limit: 2 })
      ]
      const slots = [await askAccount({ candidates }), await askAccount({ candidates }), await askAccount({ candidates })]
      assert.deepEqual(slots.map(accountOf), ['soon', 'late', 'soon'])
    })

    test('a slot tells how busy the accounts were that could be had, without the request itself', async (t) => {
      const { askAccount } = await setUp(t)
      const a = account('a', { limit: 2 })
      const b = account('b', { limit: 2 })
      const c = account('c', { limit: 9 })
      const seen: unknown[] = []
      for (let n = 0; n < 4; n += 1) seen.push((await askAccount({ candidates: [a, b, c], exclude: ['c'] })).value?.considered)
      assert.deepEqual(seen, [
        [load('a', 0), load('b', 0)],
        [load('a', 1), load('b', 0)],
        [load('a', 1), load('b', 1)],
        [load('a', 2), load('b', 1)]
      ])
    })

    test('a slot that was waited for tells how busy the accounts were when it was freed', async (t) => {
      const { askAccount, release } = await setUp(t)
      const b = account('b', { limit: 2 })
      await askAccount({ candidates: [account('a')] })
      const onB = [await askAccount({ candidates: [b] }), await askAccount({ candidates: [b] })]
      const waiter = await askAccount({ candidates: [b] })
      const either = await askAccount({ candidates: [account('a'), b] })
      for (const slot of onB) await release(slot)
      assert.deepEqual(waiter.value?.considered, [load('b', 1)])
      assert.deepEqual(either.value?.considered, [load('a', 1), load('b', 1)])
    })

    test('at the same load, the account used least recently goes first, before all one that was never used', async (t) => {
      const { askAccount, release } = await setUp(t)
      const candidates = [account('a'), account('b'), account('c')]
      const used: (string | undefined)[] = []
      await release(await askAccount({ candidates: [account('a')] }))
      for (let n = 0; n < 4; n += 1) {
        const slot = await askAccount({ candidates })
        used.push(accountOf(slot))
        await release(slot)
      }
      assert.deepEqual(used, ['b', 'c', 'a', 'b'])
    })

    test('an account without a limit is never full, and counts as nearly idle', async (t) => {
      const { askAccount } = await setUp(t)
      const unlimited = account('unlimited', { limit: 0 })
      const limited = account('limited', { limit: 100 })
      for (let n = 0; n < 20; n += 1) await askAccount({ candidates: [unlimited] })
      assert.equal(accountOf(await askAccount({ candidates: [unlimited, limited] })), 'limited')
      assert.equal(accountOf(await askAccount({ candidates: [unlimited, limited] })), 'unlimited')
    })

    test('of accounts without a limit, the one with fewer requests in flight goes first', async (t) => {
      const { askAccount } = await setUp(t)
      const candidates = [account('busier', { limit: 0 }), account('calmer', { limit: 0 })]
      for (const accountId of ['busier', 'busier', 'calmer'])
        await askAccount({ candidates: [account(accountId, { limit: 0 })] })
      assert.equal(accountOf(await askAccount({ candidates })), 'calmer')
    })

    test('a full account is passed over', async (t) => {
      const { askAccount } = await setUp(t)
      const candidates = [account('main', { priority: 1 }), account('spare', { priority: 2 })]
      assert.equal(accountOf(await askAccount({ candidates })), 'main')
      const second = await askAccount({ candidates })
      assert.equal(accountOf(second), 'spare')
      assert.equal(second.waits, 0)
    })

    test('an account that was tried is neither chosen nor waited for', async (t) => {
      const { askAccount, release } = await setUp(t)
      const candidates = [account('main', { priority: 1 }), account('spare', { priority: 2 })]
      const main = await askAccount({ candidates })
      const spare = await askAccount({ candidates })
      const third = await askAccount({ candidates, exclude: ['main'] })
      await release(main)
      assert.equal(third.state, 'waiting')
      await release(spare)
      assert.equal(accountOf(third), 'spare')
    })

    test('with no account left to try there is no waiting', async (t) => {
      const { askAccount } = await setUp(t)
      const none = await askAccount({ candidates: [] })
      const allTried = await askAccount({ candidates: [account('main')], exclude: ['main'] })
      assert.ok(none.error instanceof NoCandidateError)
      assert.ok(allTried.error instanceof NoCandidateError)
    })

    test('when all accounts are busy, the first slot freed is taken, and only that', async (t) => {
      const { slots, askAccount, release } = await setUp(t)
      const candidates = [account('a'), account('b')]
      await askAccount({ candidates: [account('a')] })
      const b = await askAccount({ candidates: [account('b')] })
      const waiter = await askAccount({ candidates })
      assert.equal(waiter.waits, 1)
      await release(b)
      assert.equal(accountOf(waiter), 'b')
      const usage = await slots.usage()
      assert.deepEqual(
        usage.map(({ inFlight, waiting }) => [inFlight, waiting]),
        [
          [1, 0],
          [1, 0]
        ]
      )
    })

    test('who watches is told whom the slots are for, and since when the first in the queue waits', async (t) => {
      const { slots, askUser, askAccount, release } = await setUp(t)
      const ann = { userId: 'ann', session: 'a_session-1', since: 1_700_000_000_001 }
      const bob = { userId: 'bob', session: null, since: 1_700_000_000_002 }
      const cyd = { userId: 'cyd', session: null, since: 1_700_000_000_003 }
      const candidates = [account('a', { limit: 2 })]
      const first = await askAccount({ candidates, user: ann })
      await askAccount({ candidates, user: bob })
      await askAccount({ candidates, user: cyd })
      await askAccount({ candidates, user: { ...cyd, since: cyd.since + 1 } })
      const holders = async () => (await slots.holders('a')).toSorted((a, b) => a.since - b.since)
      const there = (id: string, sessions = 0) => ({ id, inFlight: 1, sessions })
      const a = { subject: 'account', id: 'a', limit: 2, inFlight: 2 }
      const both = { count: 2, sessions: 1, busiest: [there('ann', 1), there('bob')] }
      assert.deepEqual(await slots.watch(), [
        { ...a, waiting: 2, waitingSince: cyd.since, users: both, waitingSessions: NO_SESSIONS }
      ])
      assert.deepEqual(await holders(), [ann, bob])
      await release(first)
      const then = { count: 2, sessions: 0, busiest: [there('bob'), there('cyd')] }
      assert.deepEqual(await slots.watch(), [
        { ...a, waiting: 1, waitingSince: cyd.since + 1, users: then, waitingSessions: NO_SESSIONS }
      ])
      assert.deepEqual(await holders(), [bob, cyd])
      assert.deepEqual(await slots.holders('b'), [])

      await askUser('ann', 1)
      const [idle] = await slots.watch()
      assert.deepEqual([idle?.id, idle?.waitingSince, idle?.users], ['ann', null, NOBODY])
      await askUser('ann', 1)
      const [waiting] = await slots.watch()
      assert.equal(typeof waiting?.waitingSince, 'number')
    })

    test('who watches is told which sessions of a user wait, and with how many requests', async (t) => {
      const { slots, askIn, askUser, release } = await setUp(t)
      const of = async (id: string) => (await slots.watch()).find((watched) => watched.id === id)?.waitingSessions
      const told = (session: string, waiting: number) => ({ session: hashOf(session).slice(0, 12), waiting })
      const first = await askIn('one')
      assert.deepEqual(await of('ann'), NO_SESSIONS)
      const next = await askIn('one')
      for (const name of ['one/a', 'two', 'one/b', 'two/a']) await askIn(name)
      assert.deepEqual(await of('ann'), { count: 2, busiest: [told('one', 3), told('two', 2)] })
      await release(first)
      assert.equal(next.state, 'granted')
      const few = ['three', 'four', 'five', 'six', 'seven']
      for (const name of few) await askIn(name)
      const tied = few.toSorted((a, b) => (hashOf(a) < hashOf(b) ? -1 : 1))
      const twice = ['one', 'two'].toSorted((a, b) => (hashOf(a) < hashOf(b) ? -1 : 1))
      assert.deepEqual(await of('ann'), {
        count: 7,
        busiest: [...twice.map((name) => told(name, 2)), ...tied.slice(0, 3).map((name) => told(name, 1))]
      })
      await askUser('bob', 1)
      await askUser('bob', 1)
      assert.deepEqual(await of('bob'), { count: 1, busiest: [{ session: null, waiting: 1 }] })
    })

    test('who looks is told the busiest users with the slots of their keys, what all have together, and all accounts', async (t) => {
      const { slots, askUser, askAccount } = await setUp(t)
      const nobody = { count: 0, inFlight: 0, waiting: 0, waitingSince: null }
      assert.deepEqual(await slots.look(3), { busiest: [], users: nobody, accounts: [] })
      const take = async (userId: string, count: number, limit: number) => {
        for (let n = 0; n < count; n++) await askUser(userId, limit)
      }
      await take('1', 1, 4)
      await take('2', 2, 4)
      await take('3', 1, 1)
      await take('3/8', 3, 2)
      await take('4', 3, 1)
      await take('5', 1, 4)
      await askAccount({
        candidates: [account('a', { limit: 2 })],
        user: { userId: '2', session: 'x', since: 1_700_000_000_000 }
      })
      const { busiest, users, accounts } = await slots.look(3)
      assert.deepEqual(
        busiest.map(({ id, limit, inFlight, waiting, waitingSessions }) => [
          id,
          limit,
          inFlight,
          waiting,
          waitingSessions.count
        ]),
        [
          ['4', 1, 1, 2, 1],
          ['3', 3, 3, 1, 1],
          ['2', 4, 2, 0, 0]
        ]
      )
      const watched = await slots.watch()
      const since = watched.flatMap(({ waitingSince }) => waitingSince ?? [])
      assert.equal(since.length, 2)
      assert.deepEqual(users, { count: 5, inFlight: 8, waiting: 3, waitingSince: Math.min(...since) })
      assert.deepEqual(
        accounts,
        watched.filter(({ subject }) => subject === 'account')
      )
      assert.equal(accounts.length, 1)
    })

    test('who looks where no key has slots of its own is told the same', async (t) => {
      const { slots, askUser } = await setUp(t)
      for (const [userId, count] of [
        ['1', 1],
        ['2', 2],
        ['3', 1],
        ['4', 3],
        ['5', 4]
      ] as const) {
        for (let n = 0; n < count; n++) await askUser(userId, 2)
      }
      const { busiest, users, accounts } = await slots.look(3)
      assert.deepEqual(
        busiest.map(({ id, inFlight, waiting }) => [id, inFlight, waiting]),
        [
          ['5', 2, 2],
          ['4', 2, 1],
          ['2', 2, 0]
        ]
      )
      const watched = await slots.watch()
      const told = new Map(watched.map((one) => [one.id, one]))
      assert.deepEqual(
        busiest,
        busiest.map(({ id }) => told.get(id))
      )
      const since = watched.flatMap(({ waitingSince }) => waitingSince ?? [])
      assert.equal(since.length, 2)
      assert.deepEqual(users, { count: 5, inFlight: 8, waiting: 3, waitingSince: Math.min(...since) })
      assert.deepEqual(accounts, [])
    })

    test('the busiest few of an account are told with their sessions, and how many there are', async (t) => {
      const { slots, askAccount } = await setUp(t)
      const candidates = [account('a', { limit: 20 })]
      for (const [userId, session] of [
        ...['7', '6', '5', '4', '3', '2', '1'].map((id) => [id, null] as const),
        ['4', 'x'],
        ['4', 'y'],
        ['4', 'y'],
        ['2', 'x']
      ] as const) {
        await askAccount({ candidates, user: { userId, session, since: 1_700_000_000_000 } })
      }
      await askAccount({ candidates })
      const [watched] = await slots.watch()
      assert.equal(watched?.inFlight, 12)
      assert.deepEqual(watched.users, {
        count: 7,
        sessions: 3,
        busiest: [
          { id: '4', inFlight: 4, sessions: 2 },
          { id: '2', inFlight: 2, sessions: 1 },
          { id: '1', inFlight: 1, sessions: 0 },
          { id: '3', inFlight: 1, sessions: 0 },
          { id: '5', inFlight: 1, sessions: 0 }
        ]
      })
    })

    test('a freed slot goes to the oldest waiter that may use it', async (t) => {
      const { askAccount, release } = await setUp(t)
      const a = await askAccount({ candidates: [account('a')] })
      const b = await askAccount({ candidates: [account('b')] })
      const onlyA = await askAccount({ candidates: [account('a')] })
      const either = await askAccount({ candidates: [account('a'), account('b')] })
      const onlyB = await askAccount({ candidates: [account('b')] })
      await release(b)
      assert.deepEqual([onlyA.state, accountOf(either), onlyB.state], ['waiting', 'b', 'waiting'])
      await release(a)
      assert.deepEqual([onlyA.state, onlyB.state], ['granted', 'waiting'])
    })

    test('a newcomer does not pass a waiter, but takes what no waiter may use', async (t) => {
      const { askAccount, release } = await setUp(t)
      const a = await askAccount({ candidates: [account('a')] })
      const waiter = await askAccount({ candidates: [account('a')] })
      const newcomer = await askAccount({ candidates: [account('a'), account('b')] })
      assert.equal(accountOf(newcomer), 'b')
      await release(a)
      assert.equal((await askAccount({ candidates: [account('a')] })).state, 'waiting')
      assert.equal(waiter.state, 'granted')
    })

    test('a request that waited for an account until its deadline is refused and leaves every queue', async (t) => {
      const { slots, askAccount, clock } = await setUp(t)
      const candidates = [account('a'), account('b')]
      for (const candidate of candidates) await askAccount({ candidates: [candidate] })
      const waiter = await askAccount({ candidates }, 200)
      await clock.advance(300)
      assert.ok(waiter.error instanceof SlotTimeoutError)
      assert.equal(waiter.error.subject, 'account')
      assert.deepEqual(
        (await slots.usage()).map(({ waiting }) => waiting),
        [0, 0]
      )
    })

    test('a client that hangs up while it waits for an account leaves every queue', async (t) => {
      const { slots, askAccount, clock } = await setUp(t)
      const candidates = [account('a'), account('b')]
      for (const candidate of candidates) await askAccount({ candidates: [candidate] })
      const waiter = await askAccount({ candidates })
      const gone = new Error('client gone')
      waiter.abort(gone)
      await clock.advance(0)
      assert.equal(waiter.error, gone)
      assert.deepEqual(
        (await slots.usage()).map(({ waiting }) => waiting),
        [0, 0]
      )
    })

    test('an account slot granted at the moment of hanging up goes to the next, and binds no session', async (t) => {
      const { askAccount, clock } = await setUp(t)
      const candidates = [account('a')]
      const first = await askAccount({ candidates })
      const second = await askAccount({ candidates, session: 's' })
      const third = await askAccount({ candidates, session: 's' })
      const released = leaseOf(first).release()
      second.abort(new Error('client gone'))
      await released
      await clock.advance(0)
      assert.deepEqual([second.state, third.value?.affinity], ['rejected', 'new'])
    })

    test('a raised account limit lets a waiter go', async (t) => {
      const { askAccount } = await setUp(t)
      await askAccount({ candidates: [account('a')] })
      const waiter = await askAccount({ candidates: [account('a')] })
      await askAccount({ candidates: [account('a', { limit: 2 }), account('b')], exclude: ['a'] })
      assert.equal(waiter.state, 'granted')
    })

    test('a raised account limit that is only heard of lets a waiter go', async (t) => {
      const { slots, askAccount, clock } = await setUp(t)
      await askAccount({ candidates: [account('a')] })
      const waiter = await askAccount({ candidates: [account('a')] })
      await slots.hearLimit('account', 'a', 2)
      await clock.advance(0)
      assert.equal(waiter.state, 'granted')
    })
  })

  describe(`asking again for an account of ${name}`, () => {
    test('a request that gave its slot back waits before all who came after it, behind all who came before', async (t) => {
      const { askAccount, askAgain, release } = await setUp(t)
      const a = await askAccount({ candidates: [account('a')] })
      const older = await askAccount({ candidates: [account('a')] })
      const returning = await askAccount({ candidates: [account('b')] })
      const younger = await askAccount({ candidates: [account('a')] })
      await release(returning)
      const again = await askAgain(returning, { candidates: [account('a')] })
      assert.equal(again.waits, 1)
      await release(a)
      assert.deepEqual([older.state, again.state, younger.state], ['granted', 'waiting', 'waiting'])
      await release(older)
      assert.deepEqual([again.state, younger.state], ['granted', 'waiting'])
    })

    test('it keeps its place also when it had waited for that slot, and each further time', async (t) => {
      const { askAccount, askAgain, release } = await setUp(t)
      const a = await askAccount({ candidates: [account('a')] })
      const b = await askAccount({ candidates: [account('b')] })
      const first = await askAccount({ candidates: [account('b')] })
      const younger = await askAccount({ candidates: [account('a')] })
      await release(b)
      await release(first)
      const second = await askAgain(first, { candidates: [account('c')] })
      await release(second)
      const third = await askAgain(second, { candidates: [account('a')] })
      await release(a)
      assert.deepEqual([third.state, younger.state], ['granted', 'waiting'])
    })

    test('after the affinity wait, too, it has the place of its first arrival', async (t) => {
      const { askAccount, askAgain, release, clock } = await setUp(t)
      await askAccount({ candidates: [account('a')], session: 's' })
      const b = await askAccount({ candidates: [account('b')] })
      const returning = await askAccount({ candidates: [account('c')] })
      const younger = await askAccount({ candidates: [account('b')] })
      await release(returning)
      const candidates = [account('a'), account('b')]
      const again = await askAgain(returning, { candidates, session: 's', affinityWaitMs: 200 })
      await clock.advance(300)
      await release(b)
      assert.deepEqual([accountOf(again), again.value?.affinity, younger.state], ['b', 'spilled', 'waiting'])
    })

    test('a free slot is taken at once, whoever waits elsewhere', async (t) => {
      const { askAccount, askAgain, release } = await setUp(t)
      const returning = await askAccount({ candidates: [account('a')] })
      await release(returning)
      await askAccount({ candidates: [account('a')] })
      const younger = await askAccount({ candidates: [account('a')] })
      const again = await askAgain(returning, { candidates: [account('a'), account('b')] })
      assert.deepEqual([accountOf(again), again.waits, younger.state], ['b', 0, 'waiting'])
    })
  })

  describe(`session affinity of ${name}`, () => {
    test('a session stays with its account, also when another one has more room', async (t) => {
      const { askAccount } = await setUp(t)
      const a = account('a', { limit: 5 })
      const first = await askAccount({ candidates: [a], session: 's' })
      const candidates = [account('better', { limit: 5, priority: 1 }), a]
      const second = await askAccount({ candidates, session: 's' })
      assert.deepEqual([first.value?.affinity, accountOf(second), second.value?.affinity], ['new', 'a', 'kept'])
    })

    test('a session stays with its account also when that is used last', async (t) => {
      const { askAccount, release } = await setUp(t)
      await release(await askAccount({ candidates: [account('a')], session: 's' }))
      const candidates = [account('better', { priority: 1 }), account('a', { usedLast: true })]
      const second = await askAccount({ candidates, session: 's' })
      assert.deepEqual([accountOf(second), second.value?.affinity], ['a', 'kept'])
    })

    test('a request without a session is bound to nothing', async (t) => {
      const { askAccount } = await setUp(t)
      const slot = await askAccount({ candidates: [account('a')] })
      assert.deepEqual([slot.value?.affinity, slot.value?.binding], ['none', null])
    })

    test('after the affinity wait the best of the free accounts serves', async (t) => {
      const { askAccount, clock } = await setUp(t)
      const candidates = [
        account('a'),
        account('nearly spent', { usedLast: true, priority: 1 }),
        account('spare', { priority: 60 }),
        account('main')
      ]
      await askAccount({ candidates: [account('a')], session: 's' })
      const second = await askAccount({ candidates, session: 's', affinityWaitMs: 200 })
      await clock.advance(300)
      assert.equal(accountOf(second), 'main')
    })

    test('a busy bound account is waited for, though another one is free', async (t) => {
      const { askAccount, release } = await setUp(t)
      const candidates = [account('a'), account('b')]
      const first = await askAccount({ candidates: [account('a')], session: 's' })
      const second = await askAccount({ candidates, session: 's', affinityWaitMs: 400 })
      assert.deepEqual([second.state, second.waits], ['waiting', 1])
      await release(first)
      assert.deepEqual([accountOf(second), second.value?.affinity], ['a', 'kept'])
    })

    test('after the affinity wait another account serves, and the session keeps its own', async (t) => {
      const { askAccount, release, clock } = await setUp(t)
      const candidates = [account('a'), account('b')]
      const first = await askAccount({ candidates: [account('a')], session: 's' })
      const second = await askAccount({ candidates, session: 's', affinityWaitMs: 200 })
      await clock.advance(300)
      assert.deepEqual([accountOf(second), second.value?.affinity, second.waits], ['b', 'spilled', 1])
      await release(first)
      await release(second)
      const third = await askAccount({ candidates, session: 's' })
      assert.deepEqual([accountOf(third), third.value?.affinity], ['a', 'kept'])
    })

    test('without an affinity wait a busy bound account is passed over at once', async (t) => {
      const { askAccount } = await setUp(t)
      await askAccount({ candidates: [account('a')], session: 's' })
      const second = await askAccount({ candidates: [account('a'), account('b')], session: 's', affinityWaitMs: 0 })
      assert.deepEqual([accountOf(second), second.value?.affinity, second.waits], ['b', 'spilled', 0])
    })

    test('during its affinity wait a request holds nobody up at other accounts', async (t) => {
      const { askAccount, release } = await setUp(t)
      const candidates = [account('a'), account('b')]
      await askAccount({ candidates: [account('a')], session: 's' })
      const b = await askAccount({ candidates: [account('b')] })
      const loyal = await askAccount({ candidates, session: 's', affinityWaitMs: 1000 })
      const younger = await askAccount({ candidates: [account('b')] })
      await release(b)
      assert.deepEqual([loyal.state, younger.state], ['waiting', 'granted'])
    })

    test('after the affinity wait a request has the place in the queue that its arrival gave it', async (t) => {
      const { askAccount, release, clock } = await setUp(t)
      await askAccount({ candidates: [account('a')], session: 's' })
      const b = await askAccount({ candidates: [account('b')] })
      const older = await askAccount({ candidates: [account('b')] })
      const loyal = await askAccount({ candidates: [account('a'), account('b')], session: 's', affinityWaitMs: 200 })
      const younger = await askAccount({ candidates: [account('b')] })
      await clock.advance(300)
      await release(b)
      assert.deepEqual([older.state, loyal.state, younger.state], ['granted', 'waiting', 'waiting'])
      await release(older)
      assert.deepEqual([loyal.value?.affinity, younger.state], ['spilled', 'waiting'])
    })

    test('after the affinity wait the bound account will still do', async (t) => {
      const { askAccount, release, clock } = await setUp(t)
      const first = await askAccount({ candidates: [account('a')], session: 's' })
      await askAccount({ candidates: [account('b')] })
      const second = await askAccount({ candidates: [account('a'), account('b')], session: 's', affinityWaitMs: 200 })
      await clock.advance(300)
      await release(first)
      assert.deepEqual([accountOf(second), second.value?.affinity], ['a', 'kept'])
    })

    test('the deadline counts during the affinity wait, and after it', async (t) => {
      const { askAccount, clock } = await setUp(t)
      const candidates = [account('a'), account('b')]
      await askAccount({ candidates: [account('a')], session: 's' })
      await askAccount({ candidates: [account('b')] })
      const during = await askAccount({ candidates, session: 's', affinityWaitMs: 1000 }, 400)
      const after = await askAccount({ candidates, session: 's', affinityWaitMs: 200 }, 400)
      await clock.advance(300)
      assert.deepEqual([during.state, after.state], ['waiting', 'waiting'])
      await clock.advance(200)
      assert.ok(during.error instanceof SlotTimeoutError)
      assert.ok(after.error instanceof SlotTimeoutError)
    })

    test('when the bound account is gone, the session moves to another and stays there', async (t) => {
      const { askAccount, release } = await setUp(t)
      await release(await askAccount({ candidates: [account('a')], session: 's' }))
      const second = await askAccount({ candidates: [account('b')], session: 's', affinityWaitMs: 1000 })
      assert.deepEqual([accountOf(second), second.value?.affinity], ['b', 'moved'])
      await release(second)
      const third = await askAccount({ candidates: [account('a', { priority: 1 }), account('b')], session: 's' })
      assert.deepEqual([accountOf(third), third.value?.affinity], ['b', 'kept'])
    })

    test('when the bound account was tried, another serves at once and the session keeps its own', async (t) => {
      const { askAccount, release } = await setUp(t)
      const candidates = [account('a'), account('b')]
      await release(await askAccount({ candidates: [account('a')], session: 's' }))
      const second = await askAccount({ candidates, exclude: ['a'], session: 's', affinityWaitMs: 1000 })
      assert.deepEqual([accountOf(second), second.value?.affinity, second.waits], ['b', 'spilled', 0])
      const third = await askAccount({ candidates, session: 's' })
      assert.deepEqual([accountOf(third), third.value?.affinity], ['a', 'kept'])
    })

    test('a binding that is not used is forgotten, each use prolongs it', async (t) => {
      const { askAccount, release, clock } = await setUp(t, { affinityTtlMs: 600 })
      const candidates = [account('a'), account('better', { priority: 1 })]
      const seen: (string | undefined)[] = []
      await release(await askAccount({ candidates: [account('a')], session: 's' }))
      for (const pauseMs of [400, 400, 700]) {
        await clock.advance(pauseMs)
        const slot = await askAccount({ candidates, session: 's' })
        seen.push(slot.value?.affinity)
        await release(slot)
      }
      assert.deepEqual(seen, ['kept', 'kept', 'new'])
    })

    test('a request that another account serves does not prolong the binding', async (t) => {
      const { askAccount, release, clock } = await setUp(t, { affinityTtlMs: 600 })
      const candidates = [account('a'), account('b')]
      await release(await askAccount({ candidates: [account('a')], session: 's' }))
      await clock.advance(400)
      const spilled = await askAccount({ candidates, exclude: ['a'], session: 's' })
      await clock.advance(300)
      const later = await askAccount({ candidates: [account('a')], session: 's' })
      assert.deepEqual([spilled.value?.affinity, later.value?.affinity], ['spilled', 'new'])
    })

    test('of two first requests of a session that had to wait, the first one served binds it', async (t) => {
      const { askAccount, release } = await setUp(t)
      const candidates = [account('a'), account('b')]
      const a = await askAccount({ candidates: [account('a')] })
      const b = await askAccount({ candidates: [account('b')] })
      const first = await askAccount({ candidates, session: 's' })
      const second = await askAccount({ candidates, session: 's' })
      await release(b)
      await release(a)
      assert.deepEqual([accountOf(first), first.value?.affinity], ['b', 'new'])
      assert.deepEqual([accountOf(second), second.value?.affinity], ['a', 'spilled'])
    })
  })

  describe(`what sessions' responses tell ${name}`, () => {
    const ttl = { affinityTtlMs: 600 }
    const fact = { session: 's', accountId: 'a', model: 'opus', cacheReadTokens: 7000, cacheTtlMs: 0 }
    const unknown = { cacheReadTokens: 0, cacheTtlMs: 0, model: null }

    /** Asks for the session's account while another would be better, gives the slot back, and tells what was found. */
    async function findBinding({ askAccount, release }: Awaited<ReturnType<typeof setUp>>) {
      const slot = await askAccount({ candidates: [account('a'), account('better', { priority: 1 })], session: 's' })
      await release(slot)
      return slot.value?.binding
    }

    async function bind({ askAccount, release }: Awaited<ReturnType<typeof setUp>>) {
      await release(await askAccount({ candidates: [account('a')], session: 's' }))
    }

    test('a new session has no binding, an old one the account it got', async (t) => {
      const { askAccount, release } = await setUp(t)
      const first = await askAccount({ candidates: [account('a')], session: 's' })
      assert.equal(first.value?.binding, null)
      await release(first)
      const second = await askAccount({ candidates: [account('a')], session: 's' })
      assert.deepEqual(second.value?.binding, { accountId: 'a', ...unknown })
    })

    test('the next slot tells what the newest response said', async (t) => {
      const setting = await setUp(t)
      await bind(setting)
      await setting.slots.noteUse(fact)
      await setting.slots.noteUse({ ...fact, model: 'haiku', cacheReadTokens: 300 })
      const binding = { accountId: 'a', model: 'haiku', cacheReadTokens: 300, cacheTtlMs: 0 }
      assert.deepEqual(await findBinding(setting), binding)
      assert.deepEqual(await findBinding(setting), binding)
    })

    test('a slot that serves elsewhere tells what its session left behind', async (t) => {
      const setting = await setUp(t)
      const { slots, askAccount, release } = setting
      await bind(setting)
      await slots.noteUse({ ...fact, cacheTtlMs: 1500 })
      const spilled = await askAccount({ candidates: [account('a'), account('b')], exclude: ['a'], session: 's' })
      await release(spilled)
      const moved = await askAccount({ candidates: [account('b')], session: 's' })
      await release(moved)
      const kept = await askAccount({ candidates: [account('b')], session: 's' })
      const left = { accountId: 'a', model: 'opus', cacheReadTokens: 7000, cacheTtlMs: 1500 }
      assert.deepEqual([spilled.value?.affinity, spilled.value?.binding], ['spilled', left])
      assert.deepEqual([moved.value?.affinity, moved.value?.binding], ['moved', left])
      assert.deepEqual([kept.value?.affinity, kept.value?.binding], ['kept', { accountId: 'b', ...unknown }])
    })

    test('what a slot told does not change afterwards', async (t) => {
      const setting = await setUp(t)
      const { slots, askAccount } = setting
      await bind(setting)
      const slot = await askAccount({ candidates: [account('a')], session: 's' })
      await slots.noteUse(fact)
      assert.deepEqual(slot.value?.binding, { accountId: 'a', ...unknown })
    })

    test('a response from another account, or of a session without an account, is nothing to the binding', async (t) => {
      const setting = await setUp(t, ttl)
      const { slots, askAccount, clock } = setting
      await bind(setting)
      await clock.advance(400)
      await slots.noteUse({ ...fact, accountId: 'b', cacheTtlMs: 5000 })
      await slots.noteUse({ ...fact, session: 'unknown' })
      const slot = await askAccount({ candidates: [account('a')], session: 'unknown' })
      assert.deepEqual([slot.value?.affinity, slot.value?.binding], ['new', null])
      await clock.advance(300)
      assert.equal(await findBinding(setting), null)
    })

    test('a response renews the binding, also one that wrote nothing to the cache', async (t) => {
      const setting = await setUp(t, ttl)
      await bind(setting)
      await setting.clock.advance(400)
      await setting.slots.noteUse(fact)
      await setting.clock.advance(400)
      assert.equal((await findBinding(setting))?.accountId, 'a')
      await setting.clock.advance(700)
      assert.equal(await findBinding(setting), null)
    })

    test('a response that comes after its binding was forgotten brings nothing back', async (t) => {
      const setting = await setUp(t, ttl)
      await bind(setting)
      await setting.clock.advance(700)
      await setting.slots.noteUse(fact)
      assert.equal(await findBinding(setting), null)
    })

    test('a binding lasts as long as the cache that the session wrote, counted from its last use', async (t) => {
      const setting = await setUp(t, ttl)
      await bind(setting)
      await setting.slots.noteUse({ ...fact, cacheTtlMs: 1500 })
      await setting.clock.advance(1300)
      assert.equal((await findBinding(setting))?.cacheTtlMs, 1500)
      await setting.clock.advance(1300)
      assert.equal((await findBinding(setting))?.cacheTtlMs, 1500)
      await setting.clock.advance(1600)
      assert.equal(await findBinding(setting), null)
    })

    test('later responses that write nothing, or for a shorter time, do not shorten it', async (t) => {
      const setting = await setUp(t, ttl)
      await bind(setting)
      for (const cacheTtlMs of [1500, 900, 0]) await setting.slots.noteUse({ ...fact, cacheTtlMs })
      await setting.clock.advance(1300)
      assert.equal((await findBinding(setting))?.cacheTtlMs, 1500)
    })

    test('a cache that ends before the binding does not shorten it', async (t) => {
      const setting = await setUp(t, ttl)
      await bind(setting)
      await setting.slots.noteUse({ ...fact, cacheTtlMs: 100 })
      await setting.clock.advance(400)
      assert.equal((await findBinding(setting))?.cacheTtlMs, 100)
    })

    test('a session that moved starts with an empty cache and the usual time', async (t) => {
      const setting = await setUp(t, ttl)
      const { slots, askAccount, release, clock } = setting
      await bind(setting)
      await slots.noteUse({ ...fact, cacheTtlMs: 1500 })
      const moved = await askAccount({ candidates: [account('b')], session: 's' })
      await release(moved)
      await slots.noteUse({ ...fact, cacheTtlMs: 1500 })
      await clock.advance(700)
      const next = await askAccount({ candidates: [account('b')], session: 's' })
      assert.deepEqual([moved.value?.affinity, next.value?.affinity], ['moved', 'new'])
    })
  })

  describe(`pinned requests of ${name}`, () => {
    test('a pinned request waits for its account past the affinity wait', async (t) => {
      const { askAccount, release, clock } = await setUp(t)
      const candidates = [account('a'), account('b')]
      const first = await askAccount({ candidates: [account('a')], session: 's' })
      const second = await askAccount({ candidates, session: 's', pinned: true, affinityWaitMs: 100 })
      await clock.advance(300)
      assert.equal(second.state, 'waiting')
      await release(first)
      assert.deepEqual([accountOf(second), second.value?.affinity], ['a', 'kept'])
    })

    test('a pinned request is refused at its deadline, though another account is free', async (t) => {
      const { askAccount, clock } = await setUp(t)
      const candidates = [account('a'), account('b')]
      await askAccount({ candidates: [account('a')], session: 's' })
      const second = await askAccount({ candidates, session: 's', pinned: true, affinityWaitMs: 100 }, 200)
      await clock.advance(300)
      assert.ok(second.error instanceof SlotTimeoutError)
    })

    test('a pinned request whose account is gone or was tried goes nowhere else', async (t) => {
      const { askAccount, release } = await setUp(t)
      await release(await askAccount({ candidates: [account('a')], session: 's' }))
      const gone = await askAccount({ candidates: [account('b')], session: 's', pinned: true })
      const tried = await askAccount({ candidates: [account('a'), account('b')], exclude: ['a'], session: 's', pinned: true })
      assert.ok(gone.error instanceof NoCandidateError)
      assert.ok(tried.error instanceof NoCandidateError)
    })

    test('the account of a session can be asked for, as long as it is bound', async (t) => {
      const { slots, clock, askAccount } = await setUp(t, { affinityTtlMs: 1000 })
      assert.equal(await slots.boundAccount('s'), null)
      await askAccount({ candidates: [account('a')], session: 's' })
      assert.equal(await slots.boundAccount('s'), 'a')
      assert.equal(await slots.boundAccount('other'), null)
      await clock.advance(1200)
      assert.equal(await slots.boundAccount('s'), null)
    })

    test('a pinned request of a session without an account chooses one and stays', async (t) => {
      const { askAccount, release } = await setUp(t)
      const first = await askAccount({ candidates: [account('a')], session: 's', pinned: true })
      assert.equal(first.value?.affinity, 'new')
      await release(first)
      const second = await askAccount({ candidates: [account('a'), account('b', { priority: 1 })], session: 's', pinned: true })
      assert.deepEqual([accountOf(second), second.value?.affinity], ['a', 'kept'])
    })
  })
}

function laneOf(name: string): Lane {
  const [session = '', agent = ''] = name.split('/')
  return { session, agent }
}

function account(accountId: string, facts: Partial<AccountCandidate> = {}): AccountCandidate {
  return { accountId, limit: 1, usedLast: false, priority: 50, windowResetsAt: Infinity, ...facts }
}

function load(accountId: string, inFlight: number): ConsideredAccount {
  return { accountId, inFlight }
}

function accountOf(waiting: Waiting<AccountSlot>): string | undefined {
  return waiting.value?.accountId
}

function leaseOf({ value }: Waiting<SlotLease> | Waiting<AccountSlot>): SlotLease {
  assert.ok(value, 'the slot was granted')
  return 'lease' in value ? value.lease : value
}
