import assert from 'node:assert/strict'
import {
  NoCandidateError,
  SlotTimeoutError,
  type AccountSlot,
  type AccountSlotRequest,
  type Affinity,
  type SlotLease,
  type Slots,
  type WaitOptions
} from '../../services/slots/slots.ts'
import type { VirtualClock } from './virtual-clock.ts'

export type Step =
  | { do: 'enter'; userId: string; capacity: number }
  | { do: 'acquireUser'; userId: string; limit: number; waitMs: number }
  | { do: 'acquireAccount'; request: Omit<AccountSlotRequest, 'holder'>; waitMs: number }
  /** `which` counts through the requests that it can happen to, and round again. */
  | { do: 'abort' | 'release' | 'die'; which: number }
  /** The oldest waiter hangs up in the moment in which it is granted the slot. */
  | { do: 'releaseAndAbort'; which: number }
  | { do: 'advance'; durationMs: number }

interface Request {
  readonly arrival: number
  readonly arrivedAt: number
  readonly deadlineAt: number
  /** Pools, as 'user ann', that any slot of would do. */
  readonly options: string[]
  /** The one of them that it waits for until `widensAt`. */
  readonly only: string | null
  readonly widensAt: number
  readonly account: Omit<AccountSlotRequest, 'holder'> | null
  readonly controller: AbortController
  state: 'waiting' | 'running' | 'ended'
  pool: string | null
  grantedAt: number
  lease: SlotLease | null
  /** When the lease ends that its holder renews no more. */
  expiresAt: number
}

/** Plays steps on real slots and, after each, checks what must hold whatever the order of things. */
export function createSlotsModel({ slots, clock, leaseTtlMs }: { slots: Slots; clock: VirtualClock; leaseTtlMs: number }) {
  const requests: Request[] = []
  const limits = new Map<string, number>()
  const bindings = new Map<string, string>()
  const violations: unknown[] = []
  let grantsOfStep: Request[] = []

  const waiting = () => requests.filter(({ state }) => state === 'waiting')
  const unreleased = () => requests.filter(({ state }) => state === 'running')
  const running = () => unreleased().filter(({ expiresAt }) => expiresAt > clock.now())
  const heldOf = (pool: string) => running().filter((request) => request.pool === pool).length
  const isFull = (pool: string) => limits.get(pool) !== 0 && heldOf(pool) >= (limits.get(pool) ?? 0)

  function addRequest(waitMs: number, facts: Pick<Request, 'options' | 'only' | 'widensAt' | 'account'>): Request {
    const request: Request = {
      ...facts,
      arrival: requests.length,
      arrivedAt: clock.now(),
      deadlineAt: clock.now() + waitMs,
      controller: new AbortController(),
      state: 'waiting',
      pool: null,
      grantedAt: 0,
      lease: null,
      expiresAt: Infinity
    }
    requests.push(request)
    return request
  }

  function granted(request: Request, lease: SlotLease, pool: string): void {
    Object.assign(request, { state: 'running', lease, pool, grantedAt: clock.now() })
    grantsOfStep.push(request)
    const limit = limits.get(pool) ?? 0
    assert.ok(limit === 0 || heldOf(pool) <= limit, `${pool} runs ${heldOf(pool)} of ${limit}`)
    assert.ok(!request.controller.signal.aborted, 'no slot is handed to a request that hung up')
    assert.ok(eligible(request, clock.now(), true).includes(pool), `${pool} is one that the request asked for`)
  }

  function rejected(request: Request, error: unknown): void {
    request.state = 'ended'
    const { signal } = request.controller
    if (signal.aborted) return assert.equal(error, signal.reason)
    if (error instanceof NoCandidateError) return assert.deepEqual(request.options, [], 'there was no candidate')
    assert.ok(error instanceof SlotTimeoutError, String(error))
    assert.notDeepEqual(request.options, [], 'there was a candidate to wait for')
    assert.equal(clock.now(), request.deadlineAt, 'refused at the deadline')
  }

  /** The pools whose slots the request could take; at the very moment of widening both answers are right. */
  function eligible({ only, widensAt, options }: Request, at: number, wide: boolean): string[] {
    const isNarrow = only !== null && (wide ? at < widensAt : at <= widensAt)
    return isNarrow ? [only] : options
  }

  function start<T>(request: Request, acquire: (wait: WaitOptions, holder: string) => Promise<T>, onGrant: (slot: T) => void) {
    const { deadlineAt, controller, arrival } = request
    acquire({ deadlineAt, signal: controller.signal }, `exchange-${arrival}`)
      .then(onGrant, (error: unknown) => rejected(request, error))
      .catch((violation: unknown) => violations.push(violation))
  }

  async function enter(userId: string, capacity: number): Promise<void> {
    const pool = `place ${userId}`
    limits.set(pool, capacity)
    const wasFull = isFull(pool)
    const request = addRequest(0, { options: [pool], only: null, widensAt: 0, account: null })
    const lease = await slots.enter({ userId, holder: `exchange-${request.arrival}`, capacity })
    assert.equal(lease === null, wasFull, 'a place is refused when all are taken, and only then')
    if (lease === null) request.state = 'ended'
    else granted(request, lease, pool)
  }

  function acquireUser(userId: string, limit: number, waitMs: number): void {
    const pool = `user ${userId}`
    limits.set(pool, limit)
    const request = addRequest(waitMs, { options: [pool], only: null, widensAt: 0, account: null })
    start(
      request,
      (wait, holder) => slots.acquireUser({ userId, limit, holder }, wait),
      (lease) => granted(request, lease, pool)
    )
  }

  function acquireAccount(account: Omit<AccountSlotRequest, 'holder'>, waitMs: number): void {
    const { candidates, exclude, session, pinned, affinityWaitMs } = account
    for (const { accountId, limit } of candidates) limits.set(`account ${accountId}`, limit)
    let options = candidates
      .filter(({ accountId }) => !exclude.includes(accountId))
      .map(({ accountId }) => `account ${accountId}`)
    const bound = session === null ? undefined : bindings.get(session)
    const isBound = bound !== undefined && options.includes(`account ${bound}`)
    if (pinned && bound !== undefined && !isBound) options = []
    const widensAt = pinned ? Infinity : clock.now() + affinityWaitMs
    const request = addRequest(waitMs, { options, only: isBound ? `account ${bound}` : null, widensAt, account })
    start(
      request,
      (wait, holder) => slots.acquireAccount({ ...account, holder }, wait),
      (slot) => {
        granted(request, slot.lease, `account ${slot.accountId}`)
        assert.equal(slot.affinity, bind(account, slot))
      }
    )
  }

  function bind({ session, candidates }: Omit<AccountSlotRequest, 'holder'>, { accountId }: AccountSlot): Affinity {
    if (session === null) return 'none'
    const bound = bindings.get(session)
    if (bound === accountId) return 'kept'
    if (candidates.some((candidate) => candidate.accountId === bound)) return 'spilled'
    bindings.set(session, accountId)
    return bound === undefined ? 'new' : 'moved'
  }

  function release(request: Request | undefined): Promise<void> | undefined {
    if (request === undefined) return undefined
    request.state = 'ended'
    return request.lease?.release()
  }

  function abort(request: Request | undefined): void {
    request?.controller.abort(new Error('client gone'))
  }

  function die(request: Request | undefined): void {
    if (request !== undefined) request.expiresAt = Math.min(request.expiresAt, clock.now() + leaseTtlMs)
  }

  function releaseAndAbort(request: Request | undefined): Promise<void> | undefined {
    const pool = request?.pool ?? ''
    const next = waiting().find((waiter) => eligible(waiter, clock.now(), true).includes(pool))
    const released = release(request)
    abort(next)
    return released
  }

  async function perform(step: Step): Promise<void> {
    switch (step.do) {
      case 'enter':
        return enter(step.userId, step.capacity)
      case 'acquireUser':
        return acquireUser(step.userId, step.limit, step.waitMs)
      case 'acquireAccount':
        return acquireAccount(step.request, step.waitMs)
      case 'abort':
        return abort(pick(waiting(), step.which))
      case 'release':
        return release(pick(unreleased(), step.which))
      case 'die':
        return die(pick(running(), step.which))
      case 'releaseAndAbort':
        return releaseAndAbort(pick(running(), step.which))
      case 'advance':
        return clock.advance(step.durationMs)
    }
  }

  async function renewLiving(): Promise<void> {
    const living = running().filter(({ expiresAt }) => expiresAt === Infinity)
    const gone = await slots.renew(living.map(({ lease }) => lease?.id ?? ''))
    assert.deepEqual(gone, [], 'a renewed lease is not lost')
  }

  function checkNobodyWaitsForNothing(): void {
    for (const request of waiting()) {
      const free = eligible(request, clock.now(), true).filter((pool) => !isFull(pool))
      assert.deepEqual(free, [], `request ${request.arrival} waits though it could run`)
    }
  }

  function checkOrder(): void {
    for (const { arrival, pool, grantedAt } of grantsOfStep) {
      const passed = requests.filter(
        (older) =>
          older.arrival < arrival &&
          (older.state === 'waiting' || (grantsOfStep.includes(older) && older.grantedAt > grantedAt)) &&
          eligible(older, grantedAt, false).includes(pool ?? '')
      )
      assert.deepEqual(
        passed.map((older) => older.arrival),
        [],
        `request ${arrival} passed older ones to ${pool}`
      )
    }
    grantsOfStep = []
  }

  async function checkUsage(): Promise<void> {
    const shown = new Map<string, unknown>()
    for (const { subject, id, inFlight, waiting } of await slots.usage()) shown.set(`${subject} ${id}`, { inFlight, waiting })
    const expected = new Map<string, unknown>()
    for (const pool of limits.keys()) {
      const waiters = waiting().filter((request) => eligible(request, clock.now(), true).includes(pool))
      const load = { inFlight: heldOf(pool), waiting: waiters.length }
      if (!pool.startsWith('place') && load.inFlight + load.waiting > 0) expected.set(pool, load)
    }
    assert.deepEqual(shown, expected)
  }

  async function play(step: Step): Promise<void> {
    await perform(step)
    await clock.advance(0)
    if (violations.length > 0) throw violations[0]
    checkNobodyWaitsForNothing()
    checkOrder()
    await checkUsage()
    await renewLiving()
  }

  return {
    play,

    /** Lets every wait come to its end, then every request. */
    async end(): Promise<void> {
      const lastDeadlineAt = Math.max(clock.now(), ...waiting().map(({ deadlineAt }) => deadlineAt))
      while (clock.now() < lastDeadlineAt) await play({ do: 'advance', durationMs: leaseTtlMs / 2 })
      assert.deepEqual(waiting(), [], 'every wait has an end')
      while (unreleased().length > 0) await play({ do: 'release', which: 0 })
    }
  }
}

function pick<T>(items: T[], which: number): T | undefined {
  return items[which % items.length]
}
