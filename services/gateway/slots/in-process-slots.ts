import { hasFreeSlot, pickAccount, type AccountRank } from './account-order.ts'
import type { Clock } from '../../platform/clock.ts'
import { createPool, createPools, type Pool, type PoolOption, type Pools } from './in-process-pools.ts'
import { createSessionBindings, UNBOUND, type SessionBindings } from './session-bindings.ts'
import { earlier, firstOf, isOfKey, lookAt, NOBODY, usersOf } from './slot-users.ts'
import { NO_SESSIONS, sessionsWaiting } from './waiting-sessions.ts'
import {
  NO_LANE,
  NoCandidateError,
  usageOf,
  type AccountSlotRequest,
  type ConsideredAccount,
  type Slots,
  type SlotsLook,
  type SlotSubject,
  type UsersThere,
  type WatchedSlots
} from './slots.ts'

// A user's slots are no choice.
const UNRANKED: AccountRank = { usedLast: false, priority: 0, windowResetsAt: Infinity }

interface InProcessSlotsOptions {
  clock: Clock
  leaseTtlMs?: number
  affinityTtlMs?: number
  /** How many sessions' bindings are kept at most. */
  maxBindings?: number
}

/** What slots in process are made of. */
interface SlotMemory {
  pools: Pools
  places: Map<string, Pool>
  users: Map<string, Pool>
  /** Accounts are few, and when each was used last must outlive its requests: their pools stay. */
  accounts: Map<string, Pool>
  bindings: SessionBindings
}

export interface InProcessSlots extends Slots {
  /** For who has to know more than the slots of requests tell. */
  readonly memory: SlotMemory
  /** Ends its timers; leases end no more by themselves. */
  close: () => void
  /** What is held in memory, to see that nothing leaks: users and accounts in use, places of users, and of whom turns are known. */
  sizes: () => { leases: number; places: number; users: number; lanes: number; accounts: number; bindings: number }
}

/** The slots of a process that has its users and accounts to itself. */
export function createInProcessSlots(options: InProcessSlotsOptions): InProcessSlots {
  const { clock, leaseTtlMs = 30_000, affinityTtlMs = 3_600_000, maxBindings = 100_000 } = options
  const memory: SlotMemory = {
    pools: createPools({ clock, leaseTtlMs }),
    places: new Map(),
    users: new Map(),
    accounts: new Map(),
    bindings: createSessionBindings({ clock, ttlMs: affinityTtlMs, max: maxBindings })
  }
  const { pools, places, users, accounts, bindings } = memory

  /** The candidates that were not tried yet; those that were tell their limits all the same. */
  function optionsOf({ candidates, exclude }: AccountSlotRequest): PoolOption[] {
    const options: PoolOption[] = []
    for (const candidate of candidates) {
      const pool = poolIn(accounts, candidate.accountId, null)
      pools.changeLimit(pool, candidate.limit)
      if (!exclude.includes(candidate.accountId)) options.push({ pool, rank: candidate })
    }
    return options
  }

  /** The option that the session is bound to; null when any will do. */
  function boundOption({ session, pinned }: AccountSlotRequest, options: PoolOption[]): PoolOption | null {
    const accountId = session === null ? null : bindings.accountOf(session)
    if (accountId === null) return null
    const option = options.find(({ pool }) => pool.id === accountId) ?? null
    if (option === null && pinned) throw new NoCandidateError()
    return option
  }

  const watched = () => [...inUse('user', users), ...inUse('account', accounts)]

  /** As lookAt has it. Users who are left out are only counted: no object is made for each of them. */
  function lookHere(mostUsers: number): SlotsLook {
    const using: Pool[] = []
    let [inFlight, waiting] = [0, 0]
    let waitingSince: number | null = null
    for (const pool of users.values()) {
      if (isIdle(pool)) continue
      if (isOfKey(pool.id)) return lookAt(watched(), mostUsers)
      using.push(pool)
      inFlight += pool.inFlight
      if (pool.queue.oldest === null) continue
      waiting += pool.queue.size
      waitingSince = earlier(waitingSince, pool.queue.oldest.since)
    }
    const busiest = firstOf(using, mostUsers, busiestPoolFirst).map((pool) => watchedIn('user', pool))
    const told = { count: using.length, inFlight, waiting, waitingSince }
    return { busiest, users: told, accounts: inUse('account', accounts) }
  }

  return {
    async enter({ userId, holder, capacity, extra = 0, lane = NO_LANE }) {
      const pool = poolIn(places, userId, places)
      pools.changeLimit(pool, capacity)
      const { session } = lane
      const mayEnter = hasFreeSlot(pool) || (pool.inFlight < capacity + extra && !holdsAny(pool, session))
      return mayEnter ? pools.take(pool, holder, { userId, session, since: clock.now() }) : null
    },

    async acquireUser({ userId, limit, holder, lane = NO_LANE }, wait) {
      wait.signal.throwIfAborted()
      const pool = poolIn(users, userId, users)
      pools.changeLimit(pool, limit)
      if (hasFreeSlot(pool)) return pools.take(pool, holder)
      const options = [{ pool, rank: UNRANKED }]
      const turn = { subject: 'user' as const, holder, options, only: null, widenAfterMs: 0, arrival: pools.arrive(), lane }
      return (await pools.awaitTurn(turn, wait)).lease
    },

    async acquireAccount(request, wait) {
      wait.signal.throwIfAborted()
      const { candidates, holder, session, pinned, affinityWaitMs, user } = request
      const options = optionsOf(request)
      if (options.length === 0) throw new NoCandidateError()
      const bound = boundOption(request, options)
      const widenAfterMs = pinned ? Infinity : affinityWaitMs
      const only = widenAfterMs > 0 ? bound : null
      const arrival = request.arrival ?? pools.arrive()
      let considered = loadsOf(options)
      const onTurn = () => {
        considered = loadsOf(options)
      }

      const free = pickAccount(bound === null ? options : [bound]) ?? (only === null ? pickAccount(options) : null)
      const turn = { subject: 'account' as const, holder, options, only, widenAfterMs, arrival, lane: NO_LANE, user, onTurn }
      const { pool, lease } =
        free === null ? await pools.awaitTurn(turn, wait) : { pool: free.pool, lease: pools.take(free.pool, holder, user) }

      const isCandidate = (id: string) => candidates.some(({ accountId }) => accountId === id)
      const { affinity, binding } = session === null ? UNBOUND : bindings.use(session, pool.id, isCandidate)
      return { lease, accountId: pool.id, affinity, binding, considered, arrival }
    },

    async boundAccount(session) {
      return bindings.accountOf(session)
    },

    async noteUse(use) {
      bindings.noteUse(use)
    },

    async hearLimit(subject, id, limit) {
      const pool = (subject === 'user' ? users : accounts).get(id)
      if (pool !== undefined) pools.changeLimit(pool, limit)
    },

    async renew(leaseIds) {
      return pools.renew(leaseIds)
    },

    usage: async () => watched().map(usageOf),
    watch: async () => watched(),
    look: async (mostUsers) => lookHere(mostUsers),
    holders: async (accountId) => [...(accounts.get(accountId)?.users ?? [])],

    memory,
    close: pools.close,

    sizes: () => ({
      leases: pools.leaseCount(),
      places: places.size,
      users: users.size,
      lanes: [...users.values()].reduce((sum, { turns }) => sum + (turns?.size ?? 0), 0),
      accounts: inUse('account', accounts).length,
      bindings: bindings.size()
    })
  }
}

function holdsAny({ users }: Pool, session: string): boolean {
  for (const user of users) if (user.session === session) return true
  return false
}

/** The pool of that user or account, made when it is missing. */
export function poolIn(pools: Map<string, Pool>, id: string, home: Pool['home']): Pool {
  let pool = pools.get(id)
  if (pool === undefined) {
    pool = createPool(id, home)
    pools.set(id, pool)
  }
  return pool
}

function loadsOf(options: PoolOption[]): ConsideredAccount[] {
  return options.map(({ pool }) => ({ accountId: pool.id, inFlight: pool.inFlight }))
}

function* sessionsIn(queue: Pool['queue']): Generator<string> {
  for (const { item } of queue) yield item.lane.session
}

/** Worked out once until they change. */
function usersIn(pool: Pool): UsersThere {
  if (pool.users.size === 0) return NOBODY
  pool.usersThere ??= usersOf(pool.users)
  return pool.usersThere
}

function inUse(subject: SlotSubject, pools: Map<string, Pool>): WatchedSlots[] {
  const used: WatchedSlots[] = []
  for (const pool of pools.values()) if (!isIdle(pool)) used.push(watchedIn(subject, pool))
  return used
}

const isIdle = ({ inFlight, queue }: Pool) => inFlight === 0 && queue.size === 0

const busiestPoolFirst = (a: Pool, b: Pool) => b.queue.size - a.queue.size || b.inFlight - a.inFlight

function watchedIn(subject: SlotSubject, pool: Pool): WatchedSlots {
  const { id, limit, inFlight, queue, turns } = pool
  return {
    subject,
    id,
    limit,
    inFlight,
    waiting: queue.size,
    waitingSince: queue.oldest?.since ?? null,
    users: usersIn(pool),
    waitingSessions: turns === null || queue.size === 0 ? NO_SESSIONS : sessionsWaiting(sessionsIn(queue))
  }
}
