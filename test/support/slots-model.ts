import assert from 'node:assert/strict'
import {
  NO_LANE,
  NoCandidateError,
  SlotTimeoutError,
  type AccountCandidate,
  type AccountSlot,
  type AccountSlotRequest,
  type Affinity,
  type Lane,
  type SessionBinding,
  type SlotLease,
  type Slots,
  type SessionUse,
  type WaitOptions
} from '../../services/gateway/slots/slots.ts'
import { createTurnsCheck } from './turns-check.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** A request for an account, but for what its history adds. */
type AccountWish = Omit<AccountSlotRequest, 'holder' | 'arrival'>

export type Step =
  | { do: 'enter'; userId: string; capacity: number }
  | { do: 'acquireUser'; userId: string; limit: number; lane: Lane; waitMs: number }
  | { do: 'acquireAccount'; request: AccountWish; waitMs: number }
  /** One that gave its slot back asks for another. */
  | { do: 'askAgain'; which: number; request: AccountWish; waitMs: number }
  | { do: 'noteUse'; use: SessionUse }
  /** `which` counts through the requests that it can happen to, and round again. */
  | { do: 'abort' | 'release' | 'die'; which: number }
  /** The oldest waiter hangs up in the moment in which it is granted the slot. */
  | { do: 'releaseAndAbort'; which: number }
  | { do: 'advance'; durationMs: number }

interface Request {
  /** Also names its holder; one that asks again keeps it. */
  readonly arrival: number
  /** In which step it asked, this time. */
  readonly askedIn: number
  readonly deadlineAt: number
  /** Pools, as 'user ann', that any slot of would do. */
  readonly options: string[]
  /** The one of them that it waits for until `widensAt`. */
  readonly only: string | null
  readonly widensAt: number
  readonly account: AccountWish | null
  readonly lane: Lane
  readonly controller: AbortController
  waited: boolean
  /** The account slot that it got, until it has asked again. */
  slot: AccountSlot | null
  state: 'waiting' | 'running' | 'ended'
  pool: string | null
  grantedAt: number
  lease: SlotLease | null
  /** When the lease ends that its holder renews no more. */
  expiresAt: number
}

type RequestFacts = Pick<Request, 'options' | 'only' | 'widensAt' | 'account'> & { lane?: Lane }

interface Binding extends SessionBinding {
  expiresAt: number
}

interface SlotsModelOptions {
  slots: Slots
  clock: VirtualClock
  leaseTtlMs: number
  affinityTtlMs: number
}

/** Plays steps on real slots and, after each, checks what must hold whatever the order of things. */
export function createSlotsModel({ slots, clock, leaseTtlMs, affinityTtlMs }: SlotsModelOptions) {
  const requests: Request[] = []
  const limits = new Map<string, number>()
  const bindings = new Map<string, Binding>()
  const violations: unknown[] = []
  let grantsOfStep: Request[] = []
  let stepNumber = 0
  let arrivals = 0
  /** Pools by when they were used last, counted in grants. NaN = a request that hung up may have used it since. */
  const lastUsed = new Map<string, number>()
  /** Of the users' pools. */
  const turns = new Map<string, ReturnType<typeof createTurnsCheck<Request>>>()
  let grants = 0

  const waiting = () => requests.filter(({ state }) => state === 'waiting').toSorted((a, b) => a.arrival - b.arrival)
  const unreleased = () => requests.filter(({ state }) => state === 'running')
  const returned = () => requests.filter(({ state, slot }) => state === 'ended' && slot !== null)
  const running = () => unreleased().filter(({ expiresAt }) => expiresAt > clock.uptime())
  const heldOf = (pool: string) => running().filter((request) => request.pool === pool).length
  const isFull = (pool: string) => limits.get(pool) !== 0 && heldOf(pool) >= (limits.get(pool) ?? 0)

  function addRequest(waitMs: number, facts: RequestFacts, again: Request | null = null): Request {
    if (again === null) arrivals += 1
    const request: Request = {
      lane: NO_LANE,
      ...facts,
      arrival: again?.arrival ?? arrivals,
      askedIn: stepNumber,
      waited: false,
      slot: null,
      deadlineAt: clock.uptime() + waitMs,
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
    Object.assign(request, { state: 'running', lease, pool, grantedAt: clock.uptime() })
    turns.get(pool)?.serves(request)
    grantsOfStep.push(request)
    const limit = limits.get(pool) ?? 0
    assert.ok(limit === 0 || heldOf(pool) <= limit, `${pool} runs ${heldOf(pool)} of ${limit}`)
    assert.ok(!request.controller.signal.aborted, 'no slot is handed to a request that hung up')
    assert.ok(eligible(request, clock.uptime(), true).includes(pool), `${pool} is one that the request asked for`)
  }

  function rejected(request: Request, error: unknown): void {
    request.state = 'ended'
    leaves(request)
    const { signal } = request.controller
    if (signal.aborted) return assert.equal(error, signal.reason)
    if (error instanceof NoCandidateError) return assert.deepEqual(request.options, [], 'there was no candidate')
    assert.ok(error instanceof SlotTimeoutError, String(error))
    assert.notDeepEqual(request.options, [], 'there was a candidate to wait for')
    assert.equal(clock.uptime(), request.deadlineAt, 'refused at the deadline')
  }

  /** The pools whose slots the request could take; at the very moment of widening both answers are right. */
  function eligible({ only, widensAt, options }: Request, at: number, wide: boolean): string[] {
    const isNarrow = only !== null && (wide ? at < widensAt : at <= widensAt)
    return isNarrow ? [only] : options
  }

  function start<T>(request: Request, acquire: (wait: WaitOptions, holder: string) => Promise<T>, onGrant: (slot: T) => void) {
    const { deadlineAt, controller, arrival } = request
    const onWait = () => {
      request.waited = true
    }
    acquire({ deadlineAt, signal: controller.signal, onWait }, `exchange-${arrival}`)
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

  function acquireUser(userId: string, limit: number, lane: Lane, waitMs: number): void {
    const pool = `user ${userId}`
    limits.set(pool, limit)
    if (!turns.has(pool)) turns.set(pool, createTurnsCheck<Request>())
    const request = addRequest(waitMs, { options: [pool], only: null, widensAt: 0, account: null, lane })
    start(
      request,
      (wait, holder) => slots.acquireUser({ userId, limit, holder, lane }, wait),
      (lease) => granted(request, lease, pool)
    )
  }

  function leaves(request: Request): void {
    turns.get(request.options[0] ?? '')?.leaves(request)
  }

  function boundOf(session: string | null): Binding | null {
    const binding = session === null ? undefined : bindings.get(session)
    return binding === undefined || binding.expiresAt <= clock.uptime() ? null : binding
  }

  function renew(binding: Binding): void {
    binding.expiresAt = clock.uptime() + Math.max(affinityTtlMs, binding.cacheTtlMs)
  }

  function acquireAccount(account: AccountWish, waitMs: number, again: Request | null = null): void {
    const { candidates, exclude, session, pinned, affinityWaitMs } = account
    for (const { accountId, limit } of candidates) limits.set(`account ${accountId}`, limit)
    let options = candidates
      .filter(({ accountId }) => !exclude.includes(accountId))
      .map(({ accountId }) => `account ${accountId}`)
    const bound = boundOf(session)
    const boundPool = `account ${bound?.accountId}`
    const isBound = options.includes(boundPool)
    if (pinned && bound !== null && !isBound) options = []
    const widensAt = pinned ? Infinity : clock.uptime() + affinityWaitMs
    const request = addRequest(waitMs, { options, only: isBound ? boundPool : null, widensAt, account }, again)
    const arrival = again?.slot?.arrival ?? null
    if (again !== null) again.slot = null
    start(
      request,
      (wait, holder) => slots.acquireAccount({ ...account, holder, arrival }, wait),
      (slot) => {
        granted(request, slot.lease, `account ${slot.accountId}`)
        assert.ok(arrival === null || slot.arrival === arrival, 'one that asks again keeps its arrival')
        request.slot = slot
        checkConsidered(request, slot)
        checkBinding(account, slot)
      }
    )
  }

  function checkConsidered({ options, pool }: Request, { considered, accountId }: AccountSlot): void {
    const loads = new Map(considered.map(({ accountId, inFlight }) => [`account ${accountId}`, inFlight]))
    assert.deepEqual([...loads.keys()], options)
    const limit = limits.get(pool ?? '') ?? 0
    assert.ok(limit === 0 || (loads.get(pool ?? '') ?? NaN) < limit, `${accountId} had room when it was chosen`)
  }

  function checkBinding({ session, candidates }: AccountWish, { accountId, affinity, binding }: AccountSlot): void {
    const bound = boundOf(session)
    const isCandidate = candidates.some((candidate) => candidate.accountId === bound?.accountId)
    const expected = bound === null ? null : factsOf(bound)
    assert.deepEqual({ affinity, binding }, { affinity: affinityTo(accountId, session, bound, isCandidate), binding: expected })
    if (affinity === 'kept' && bound !== null) renew(bound)
    if (session === null || affinity === 'kept' || affinity === 'spilled') return
    const fresh = { accountId, cacheReadTokens: 0, cacheTtlMs: 0, model: null, expiresAt: 0 }
    renew(fresh)
    bindings.set(session, fresh)
  }

  async function noteUse(use: SessionUse): Promise<void> {
    const bound = boundOf(use.session)
    await slots.noteUse(use)
    if (bound === null || bound.accountId !== use.accountId) return
    const { accountId, model, cacheReadTokens } = use
    const cacheTtlMs = Math.max(bound.cacheTtlMs, use.cacheTtlMs)
    const noted = { accountId, model, cacheReadTokens, cacheTtlMs, expiresAt: 0 }
    renew(noted)
    bindings.set(use.session, noted)
  }

  function askAgain(earlier: Request | undefined, account: AccountWish, waitMs: number): void {
    if (earlier !== undefined) acquireAccount(account, waitMs, earlier)
  }

  function release(request: Request | undefined): Promise<void> | undefined {
    if (request === undefined) return undefined
    request.state = 'ended'
    return request.lease?.release()
  }

  function abort(request: Request | undefined): void {
    if (request === undefined) return
    request.controller.abort(new Error('client gone'))
    leaves(request)
  }

  function die(request: Request | undefined): void {
    if (request !== undefined) request.expiresAt = Math.min(request.expiresAt, clock.uptime() + leaseTtlMs)
  }

  function releaseAndAbort(request: Request | undefined): Promise<void> | undefined {
    const pool = request?.pool ?? ''
    const next = waiting().find((waiter) => eligible(waiter, clock.uptime(), true).includes(pool))
    const released = release(request)
    abort(next)
    if (next !== undefined) lastUsed.set(pool, NaN)
    return released
  }

  async function perform(step: Step): Promise<void> {
    switch (step.do) {
      case 'enter':
        return enter(step.userId, step.capacity)
      case 'acquireUser':
        return acquireUser(step.userId, step.limit, step.lane, step.waitMs)
      case 'acquireAccount':
        return acquireAccount(step.request, step.waitMs)
      case 'askAgain':
        return askAgain(pick(returned(), step.which), step.request, step.waitMs)
      case 'noteUse':
        return noteUse(step.use)
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

  /** After the others of its step: a limit that it raised lets those go first who were waiting. */
  function noteNewWaiters(): void {
    for (const request of waiting()) {
      if (request.askedIn === stepNumber) turns.get(request.options[0] ?? '')?.waits(request)
    }
  }

  async function renewLiving(): Promise<void> {
    const living = running().filter(({ expiresAt }) => expiresAt === Infinity)
    const gone = await slots.renew(living.map(({ lease }) => lease?.id ?? ''))
    assert.deepEqual(gone, [], 'a renewed lease is not lost')
  }

  function checkNobodyWaitsForNothing(): void {
    for (const request of waiting()) {
      const free = eligible(request, clock.uptime(), true).filter((pool) => !isFull(pool))
      assert.deepEqual(free, [], `request ${request.arrival} waits though it could run`)
    }
  }

  function checkOrder(): void {
    for (const { arrival, pool, grantedAt, waited } of grantsOfStep) {
      // Those who wait for a user's slot take turns, which is checked as they are served.
      if (waited && turns.has(pool ?? '')) continue
      const passed = requests.filter(
        (older) =>
          older.arrival < arrival &&
          // A limit that it raised as it asked again let those go first who were waiting.
          older.askedIn < stepNumber &&
          (older.state === 'waiting' || (grantsOfStep.includes(older) && older.grantedAt > grantedAt)) &&
          eligible(older, grantedAt, false).includes(pool ?? '')
      )
      assert.deepEqual(
        passed.map((older) => older.arrival),
        [],
        `request ${arrival} passed older ones to ${pool}`
      )
    }
  }

  /** Whom a request took that did not have to wait: it found things as they are after the step, but for its own slot. */
  function checkChoice({ account, only, widensAt, pool, slot }: Request): void {
    if (account === null || slot === null || pool === null) return
    const heldBefore = (other: string) => heldOf(other) - (other === pool ? 1 : 0)
    const untried = account.candidates.filter(({ accountId }) => !account.exclude.includes(accountId))
    assert.deepEqual(
      slot.considered,
      untried.map(({ accountId }) => ({ accountId, inFlight: heldBefore(`account ${accountId}`) }))
    )
    const hasRoom = ({ accountId, limit }: AccountCandidate) => limit === 0 || heldBefore(`account ${accountId}`) < limit
    const free = untried.filter(hasRoom)
    const bound = free.find(({ accountId }) => `account ${accountId}` === only)
    if (bound !== undefined) return assert.equal(slot.accountId, bound.accountId, 'the bound account goes first')
    assert.ok(only === null || widensAt <= clock.uptime(), 'the bound account is waited for')
    const chosen = free.find(({ accountId }) => accountId === slot.accountId)
    assert.ok(chosen)
    const rank = (candidate: AccountCandidate) => {
      const { accountId, limit, usedLast, priority, windowResetsAt } = candidate
      const id = `account ${accountId}`
      const load = heldBefore(id) / (limit === 0 ? 1_000_000 : limit)
      return [Number(usedLast), priority, load, windowResetsAt, lastUsed.get(id) ?? 0]
    }
    for (const other of free) {
      assert.ok(!goesBefore(rank(other), rank(chosen)), `${other.accountId} goes before ${chosen.accountId}`)
    }
  }

  function checkGrants(): void {
    checkOrder()
    // A limit that a request raises lets waiters go before it.
    const inOrder = grantsOfStep.toSorted((a, b) => Number(b.waited) - Number(a.waited))
    for (const request of inOrder) {
      if (!request.waited) checkChoice(request)
      grants += 1
      if (request.pool !== null) lastUsed.set(request.pool, grants)
    }
    grantsOfStep = []
  }

  async function checkUsage(): Promise<void> {
    const shown = new Map<string, unknown>()
    for (const { subject, id, inFlight, waiting } of await slots.usage()) shown.set(`${subject} ${id}`, { inFlight, waiting })
    const expected = new Map<string, unknown>()
    for (const pool of limits.keys()) {
      const waiters = waiting().filter((request) => eligible(request, clock.uptime(), true).includes(pool))
      const load = { inFlight: heldOf(pool), waiting: waiters.length }
      if (!pool.startsWith('place') && load.inFlight + load.waiting > 0) expected.set(pool, load)
    }
    assert.deepEqual(shown, expected)
  }

  async function play(step: Step): Promise<void> {
    stepNumber += 1
    await perform(step)
    await clock.advance(0)
    if (violations.length > 0) throw violations[0]
    noteNewWaiters()
    checkNobodyWaitsForNothing()
    checkGrants()
    await checkUsage()
    await renewLiving()
  }

  return {
    play,

    /** Lets every wait come to its end, then every request. */
    async end(): Promise<void> {
      const lastDeadlineAt = Math.max(clock.uptime(), ...waiting().map(({ deadlineAt }) => deadlineAt))
      while (clock.uptime() < lastDeadlineAt) await play({ do: 'advance', durationMs: leaseTtlMs / 2 })
      assert.deepEqual(waiting(), [], 'every wait has an end')
      while (unreleased().length > 0) await play({ do: 'release', which: 0 })
    }
  }
}

function factsOf({ accountId, cacheReadTokens, cacheTtlMs, model }: SessionBinding): SessionBinding {
  return { accountId, cacheReadTokens, cacheTtlMs, model }
}

function affinityTo(accountId: string, session: string | null, bound: Binding | null, boundIsCandidate: boolean): Affinity {
  if (session === null) return 'none'
  if (bound === null) return 'new'
  if (bound.accountId === accountId) return 'kept'
  return boundIsCandidate ? 'spilled' : 'moved'
}

/** Compares place by place; what compares with NaN is as good as equal. */
function goesBefore(a: number[], b: number[]): boolean {
  for (const [place, value] of a.entries()) {
    const other = b[place] ?? NaN
    if (value !== other) return value < other
  }
  return false
}

function pick<T>(items: T[], which: number): T | undefined {
  return items[which % items.length]
}
