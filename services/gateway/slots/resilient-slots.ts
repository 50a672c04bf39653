import { LRUCache } from 'lru-cache'
import { atMost } from '../../platform/at-most.ts'
import type { Clock, Timer } from '../../platform/clock.ts'
import { createHeldSlots, type HeldSlot } from './held-slots.ts'
import type { InProcessSlots } from './in-process-slots.ts'
import { createMovingAsks, type Side } from './moving-asks.ts'
import { holdersAmong, usageOfProcess } from './process-usage.ts'
import { lookAt } from './slot-users.ts'
import { createSessionShadow } from './session-shadow.ts'
import { SlotsAwayError, SlotsEmptiedError, type HeldLease, type SharedSlots } from './shared-slots.ts'
import {
  NO_LANE,
  SlotTimeoutError,
  usageOf,
  type AccountSlot,
  type AccountSlotRequest,
  type SlotLease,
  type Slots,
  type WaitOptions
} from './slots.ts'

/** `rejoining`: the server is there, and nothing is granted until all that is held counts there. */
export type SharedSlotsState = 'shared' | 'local' | 'rejoining'

interface ResilientSlots extends Slots {
  state: () => SharedSlotsState
  /** What is held in memory, to see that nothing leaks. `unreleased` = releases that the shared slots have not heard of. */
  sizes: () => { held: number; unreleased: number; waiting: number }
  close: () => Promise<void>
}

interface ResilientSlotsOptions {
  shared: SharedSlots
  /** Serve while the shared ones are away. */
  local: InProcessSlots
  clock: Clock
  leaseTtlMs?: number
  /** How often the shared slots are tried while they are away. */
  rejoinMs?: number
  /** How often it is looked whether they still answer, so that it is known when no request finds out. */
  lookMs?: number
  /** Called when this process went over to its own slots, when the shared ones were found emptied, and when all is shared again. */
  onChange?: (state: SharedSlotsState) => void
  /** Something failed in a way that shared slots do not announce; no request was harmed by it. */
  onFault?: (error: unknown) => void
}

/** What is granted to a request; the limit undivided. */
type Granted = Omit<HeldLease, 'id'> & { limit: number }

/** Requests look again for an account under the arrival they had; there are never so many of them at once. */
const MAX_ARRIVALS = 20_000

/**
 * Shared slots that outlive their server. While it is away, slots come from this process: of each limit the share of one
 * replica, at least 1. What is held goes on; who waits, waits on in the same order. When the server is back it is told all
 * that is held, and only then grants again.
 */
export function createResilientSlots(options: ResilientSlotsOptions): ResilientSlots {
  const {
    shared,
    local,
    clock,
    leaseTtlMs = 30_000,
    rejoinMs = 500,
    lookMs = 1000,
    onChange = () => {},
    onFault = () => {}
  } = options
  const { bindings } = local.memory
  const held = createHeldSlots({ clock, ttlMs: leaseTtlMs, onEnd: endSlot })
  const asks = createMovingAsks({ clock, isAway: (error) => !closed && noteAway(error) })
  /** Ended slots that the server may still count, by when they end there by themselves. In order of that. */
  const unreleased = new Map<HeldSlot, number>()
  /** The arrivals that the server gave, by our own. Forgotten when it was away: emptied meanwhile, it counts anew. */
  const sharedArrivals = new LRUCache<number, number>(atMost(MAX_ARRIVALS))
  const sessions = createSessionShadow(bindings, shared)
  let state: SharedSlotsState = 'rejoining'
  let announced: SharedSlotsState = 'shared'
  /** Counts up with each change of state: what was asked in an earlier one tells nothing about this one. */
  let era = 0
  let round = 0
  let arrivals = 0
  /** Of the next look at the shared slots, or the next try to rejoin them. */
  let timer: Timer | null = null
  let closed = false

  function enterState(next: SharedSlotsState): void {
    timer?.cancel()
    state = next
    era += 1
  }

  function announce(): void {
    if (announced === state) return
    announced = state
    onChange(state)
  }

  const sideNow = (): Side | null => (state === 'rejoining' ? null : state)

  /** Whether the error says that the server is away or was emptied. If it told so just now, all go where they can. */
  function noteAway(error: unknown, askedIn = era): boolean {
    const isEmptied = error instanceof SlotsEmptiedError
    if (!isEmptied && !(error instanceof SlotsAwayError)) return false
    if (closed || state !== 'shared' || askedIn !== era) return true
    if (isEmptied) goRejoin()
    else goLocal()
    return true
  }

  function goLocal(): void {
    enterState('local')
    forgetServer()
    asks.moveTo('local')
    planRejoin()
    announce()
  }

  function goRejoin(): void {
    forgetServer()
    pause()
    announce()
    void rejoin()
  }

  function forgetServer(): void {
    sharedArrivals.clear()
    sessions.mayBeForgotten()
  }

  function goShared(): void {
    enterState('shared')
    const ended = [...unreleased.keys()]
    unreleased.clear()
    // Sent before the waiters ask, who are to find these slots free.
    for (const slot of ended) void releaseShared(slot)
    asks.moveTo('shared')
    planLook()
    announce()
  }

  function planLook(): void {
    timer = clock.setTimer(() => void look(), lookMs)
  }

  async function look(): Promise<void> {
    const lookedIn = era
    try {
      await shared.boundAccount('')
    } catch (error) {
      if (!noteAway(error, lookedIn)) onFault(error)
    }
    if (!closed && era === lookedIn) planLook()
  }

  function planRejoin(): void {
    timer = clock.setTimer(() => void rejoin(), rejoinMs)
  }

  async function rejoin(): Promise<void> {
    round += 1
    try {
      await register()
      // While it went on, this process may have granted more: now it pauses, so that the rest is all.
      while (isMoreToTell()) {
        if (state === 'local') pause()
        await register()
      }
    } catch (error) {
      if (closed) return
      const isEmptied = error instanceof SlotsEmptiedError
      if (!isEmptied && !(error instanceof SlotsAwayError)) onFault(error)
      if (state === 'local' || isEmptied) planRejoin()
      else goLocal()
      return
    }
    if (!closed) goShared()
  }

  const isMoreToTell = () => !closed && unregistered().length > 0

  const unregistered = () => [...held.all].filter((slot) => slot.round !== round)

  function pause(): void {
    enterState('rejoining')
    asks.moveTo(null)
  }

  async function register(): Promise<void> {
    const slots = unregistered()
    for (const slot of slots) {
      slot.round = round
      slot.isShared = true
    }
    const toldAt = clock.uptime()
    const leases = slots.map(({ lease }) => lease)
    await (slots.length === held.all.size ? shared.register(leases) : shared.registerMore(leases))
    // Nothing is renewed meanwhile: when the other replicas took that long, it has to be told again.
    if (clock.uptime() - toldAt >= leaseTtlMs / 3) round += 1
  }

  /** Asks the shared slots while they answer. */
  async function atShared<T>(ask: () => Promise<T>, whileAway: () => T | Promise<T>): Promise<T> {
    if (state !== 'shared') return await whileAway()
    const askedIn = era
    try {
      return await ask()
    } catch (error) {
      if (!noteAway(error, askedIn)) throw error
      return await whileAway()
    }
  }

  async function endSlot(slot: HeldSlot): Promise<void> {
    if (slot.isLocal) void slot.granted.release()
    if (!slot.isShared) return
    if (state === 'shared') return await releaseShared(slot)
    // Told at once all the same, for what the backend itself keeps of the lease; but nobody is to wait for a server that is away.
    releaseLater(slot)
    void releaseShared(slot)
  }

  async function releaseShared(slot: HeldSlot): Promise<void> {
    const askedIn = era
    try {
      await (slot.isLocal ? shared.release(slot.lease) : slot.granted.release())
    } catch (error) {
      if (!noteAway(error, askedIn)) onFault(error)
      if (error instanceof SlotsEmptiedError) return
      // The server was away and is back since: it may not have heard.
      if (state === 'shared' && askedIn !== era) await releaseShared(slot)
      else releaseLater(slot)
    }
  }

  function releaseLater(slot: HeldSlot): void {
    const now = clock.uptime()
    for (const [older, endsAt] of unreleased) {
      if (endsAt > now) break
      unreleased.delete(older)
    }
    // Last again, when it was there already.
    unreleased.delete(slot)
    unreleased.set(slot, now + leaseTtlMs)
  }

  function arrive(): number {
    arrivals += 1
    return arrivals
  }

  const shareOf = (limit: number) => (limit === 0 ? 0 : Math.max(1, Math.floor(limit / shared.replicas())))
  // Rounded up: who finds no place is refused, who finds no slot only waits.
  const placesOf = (capacity: number) => Math.ceil(capacity / shared.replicas())

  function slotOf(side: Side, granted: SlotLease, { limit, ...subject }: Granted): HeldSlot {
    const lease = { id: granted.id, ...subject }
    return { lease, limit, granted, isLocal: side === 'local', isShared: side === 'shared', round: 0 }
  }

  async function askSharedAccount(request: AccountSlotRequest, arrival: number, wait: WaitOptions): Promise<AccountSlot> {
    const boundTo = await sessions.forgottenBinding(request)
    if (boundTo === null) return await askShared(request, arrival, wait)
    const candidates = request.candidates.filter(({ accountId }) => accountId === boundTo)
    if (request.pinned) return await askShared({ ...request, candidates }, arrival, wait)
    if (candidates.length === 0 || request.exclude.includes(boundTo)) return await askShared(request, arrival, wait)
    const affinityUntil = Math.min(wait.deadlineAt, clock.uptime() + request.affinityWaitMs)
    try {
      return await askShared({ ...request, candidates }, arrival, { ...wait, deadlineAt: affinityUntil })
    } catch (error) {
      if (!(error instanceof SlotTimeoutError) || affinityUntil === wait.deadlineAt) throw error
      return await askShared(request, arrival, wait)
    }
  }

  async function askShared(request: AccountSlotRequest, arrival: number, wait: WaitOptions): Promise<AccountSlot> {
    try {
      const slot = await shared.acquireAccount({ ...request, arrival: sharedArrivals.get(arrival) ?? null }, wait)
      sharedArrivals.set(arrival, slot.arrival)
      return slot
    } catch (error) {
      if (!(error instanceof SlotTimeoutError)) throw error
      sharedArrivals.set(arrival, error.arrival)
      throw new SlotTimeoutError('account', arrival)
    }
  }

  const watchHere = async () => usageOfProcess({ queued: await local.watch(), held: held.all, waiting: asks.held(), shareOf })
  const usageHere = async () => (await watchHere()).map(usageOf)

  void rejoin()

  return {
    async enter(request) {
      const { userId, holder, capacity, extra = 0 } = request
      const granted: Granted = { subject: 'place', subjectId: userId, limit: capacity }
      return asks.add(sideNow(), {
        arrival: arrive(),
        wait: null,
        waitsFor: [],
        askAt: (side) =>
          side === 'shared'
            ? shared.enter(request)
            : local.enter({ ...request, capacity: placesOf(capacity), extra: placesOf(extra) }),
        accept: (side, lease) => (lease === null ? null : held.open(holder, slotOf(side, lease, granted))),
        giveBack: (side, lease) => (lease === null ? null : endSlot(slotOf(side, lease, granted)))
      })
    },

    async acquireUser(request, wait) {
      wait.signal.throwIfAborted()
      const { userId, holder, limit, lane: { session } = NO_LANE } = request
      const granted: Granted = { subject: 'user', subjectId: userId, limit }
      return asks.add(sideNow(), {
        arrival: arrive(),
        wait,
        waitsFor: [{ subject: 'user', id: userId, limit, since: clock.now(), session }],
        askAt: (side, wait) =>
          side === 'shared'
            ? shared.acquireUser(request, wait)
            : local.acquireUser({ ...request, limit: shareOf(limit) }, wait),
        accept: (side, lease) => held.open(holder, slotOf(side, lease, granted)),
        giveBack: (side, lease) => endSlot(slotOf(side, lease, granted))
      })
    },

    async acquireAccount(request, wait) {
      wait.signal.throwIfAborted()
      const { holder, session, exclude, user } = request
      const arrival = request.arrival ?? arrive()
      const askedAt = clock.uptime()
      const since = user?.since ?? clock.now()
      const untried = request.candidates.filter(({ accountId }) => !exclude.includes(accountId))

      function askAt(side: Side, wait: WaitOptions): Promise<AccountSlot> {
        const affinityWaitMs = Math.max(0, request.affinityWaitMs - (clock.uptime() - askedAt))
        if (side === 'shared') return askSharedAccount({ ...request, affinityWaitMs }, arrival, wait)
        const candidates = request.candidates.map((candidate) => ({ ...candidate, limit: shareOf(candidate.limit) }))
        return local.acquireAccount({ ...request, candidates, affinityWaitMs, arrival }, wait)
      }

      function heldOf(side: Side, { lease, accountId }: AccountSlot): HeldSlot {
        const limit = request.candidates.find((candidate) => candidate.accountId === accountId)?.limit ?? 0
        return slotOf(side, lease, { subject: 'account', subjectId: accountId, limit, user })
      }

      function accept(side: Side, slot: AccountSlot): AccountSlot {
        if (side === 'shared' && session !== null) sessions.note(session, slot)
        return { ...slot, lease: held.open(holder, heldOf(side, slot)), arrival }
      }

      return asks.add(sideNow(), {
        arrival,
        wait,
        waitsFor: untried.map(({ accountId, limit }) => ({ subject: 'account', id: accountId, limit, since })),
        askAt,
        accept,
        giveBack: (side, slot) => endSlot(heldOf(side, slot))
      })
    },

    async noteUse(use) {
      bindings.noteUse(use)
      await atShared(
        () => shared.noteUse(use),
        () => {}
      )
    },

    async boundAccount(session) {
      const known = bindings.accountOf(session)
      return await atShared(
        async () => (await shared.boundAccount(session)) ?? known,
        () => known
      )
    },

    async hearLimit(subject, id, limit) {
      await atShared(
        () => shared.hearLimit(subject, id, limit),
        () => local.hearLimit(subject, id, shareOf(limit))
      )
    },

    async renew(leaseIds) {
      const gone = held.renew(leaseIds)
      const live = leaseIds.map(held.find).filter((slot) => slot !== null)
      await local.renew(live.filter(({ isLocal }) => isLocal).map(({ granted }) => granted.id))
      await atShared(
        () => renewShared(live),
        () => {}
      )
      return gone
    },

    usage: async () => await atShared(shared.usage, usageHere),
    watch: async () => await atShared(shared.watch, watchHere),
    async look(mostUsers) {
      return await atShared(
        () => shared.look(mostUsers),
        async () => lookAt(await watchHere(), mostUsers)
      )
    },
    async holders(accountId) {
      return await atShared(
        () => shared.holders(accountId),
        () => holdersAmong(held.all, accountId)
      )
    },
    state: () => state,
    sizes: () => ({ held: held.all.size, unreleased: unreleased.size, waiting: asks.size() }),

    async close() {
      closed = true
      timer?.cancel()
      asks.close()
      held.close()
      local.close()
      await shared.close()
    }
  }

  /** One that the server has let go while its holder lives, since either was stopped for too long, counts there again. */
  async function renewShared(slots: HeldSlot[]): Promise<void> {
    const bySharedId = new Map(slots.map((slot) => [slot.lease.id, slot]))
    const gone = await shared.renew([...bySharedId.keys()])
    const lost = gone.flatMap((id) => bySharedId.get(id) ?? []).filter((slot) => held.all.has(slot))
    if (lost.length > 0) await shared.registerMore(lost.map(({ lease }) => lease))
  }
}
