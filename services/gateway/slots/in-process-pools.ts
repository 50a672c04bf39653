import { hasFreeSlot, pickAccount, type RankedAccount, type SlotLoad } from './account-order.ts'
import { ArrivalQueue, type QueueEntry } from './arrival-queue.ts'
import type { Clock } from '../../platform/clock.ts'
import { createLeases } from './in-process-leases.ts'
import {
  SlotTimeoutError,
  type Lane,
  type SlotLease,
  type SlotSubject,
  type SlotUser,
  type UsersThere,
  type WaitOptions
} from './slots.ts'
import { otherSessions, Turns } from './turns.ts'

/** The slots of one user or account, or one user's places. */
export interface Pool extends SlotLoad {
  readonly id: string
  readonly queue: ArrivalQueue<Waiter>
  /** Of its waiters, where these take turns; null = they go by arrival. */
  readonly turns: Turns | null
  /** Whom its slots are for, where that is told. */
  readonly users: Set<SlotUser>
  /** As they were counted last; null = not since they changed. */
  usersThere: UsersThere | null
  /** Where the pool is forgotten when it is idle; null = never. */
  readonly home: Map<string, Pool> | null
}

export interface PoolOption extends RankedAccount {
  readonly pool: Pool
}

export interface Turn {
  subject: SlotSubject
  holder: string
  /** The pools that the request may take a slot of; not empty, none of them has one free. */
  options: PoolOption[]
  /** The one option that the request waits for at first; after `widenAfterMs` any will do. null = any from the start. */
  only: PoolOption | null
  widenAfterMs: number
  /** Its place among the waiters of each pool. */
  arrival: number
  /** In whose name it takes its turn, where those of a pool take turns. */
  lane: Lane
  /** Undefined = it isn't told. */
  user?: SlotUser | undefined
  /** Called when it is served, before its slot is taken. Must not throw. */
  onTurn?: () => void
}

export interface Grant {
  pool: Pool
  lease: SlotLease
}

export interface Pools {
  /** Takes a slot; the caller has seen that one is free. */
  take: (pool: Pool, holder: string, user?: SlotUser) => SlotLease
  changeLimit: (pool: Pool, limit: number) => void
  /** The place of a request that comes now, behind all others. */
  arrive: () => number
  /** Waits for a slot of the first option that has one. Rejects with SlotTimeoutError or the signal's reason. */
  awaitTurn: (turn: Turn, wait: WaitOptions) => Promise<Grant>
  renew: (leaseIds: string[]) => string[]
  leaseCount: () => number
  /** Leases end no more by themselves. */
  close: () => void
}

interface Taken {
  pool: Pool
  user: SlotUser | undefined
}

interface Waiter {
  /** Since when it waits, in epoch milliseconds. */
  readonly since: number
  readonly lane: Lane
  grant: (pool: Pool) => void
}

export function createPool(id: string, home: Map<string, Pool> | null): Pool {
  // Who waits for an account waits for others too, and goes by arrival everywhere.
  const turns = home === null ? null : new Turns()
  return { id, home, limit: 0, inFlight: 0, lastTaken: 0, queue: new ArrivalQueue(), turns, users: new Set(), usersThere: null }
}

/**
 * Slots of a single process. Each change happens within one turn of the event loop and hands freed slots on at once, so
 * a pool with a free slot never has waiters; that is why a newcomer who finds one passes nobody.
 */
export function createPools({ clock, leaseTtlMs }: { clock: Clock; leaseTtlMs: number }): Pools {
  const leases = createLeases<Taken>({ clock, ttlMs: leaseTtlMs, onEnd: giveBack })
  let takings = 0
  let arrivals = 0

  function take(pool: Pool, holder: string, user?: SlotUser): SlotLease {
    pool.inFlight += 1
    takings += 1
    pool.lastTaken = takings
    if (user !== undefined) {
      pool.users.add(user)
      pool.usersThere = null
    }
    return leases.open(holder, { pool, user })
  }

  function giveBack({ pool, user }: Taken): void {
    pool.inFlight -= 1
    if (user !== undefined) {
      pool.users.delete(user)
      pool.usersThere = null
    }
    wake(pool)
    forgetIfIdle(pool)
  }

  function wake(pool: Pool): void {
    while (hasFreeSlot(pool) && pool.queue.oldest !== null) {
      const next = pool.turns === null || pool.queue.size === 1 ? pool.queue.oldest : pool.turns.take(pool.queue, arrive())
      next?.grant(pool)
    }
  }

  function changeLimit(pool: Pool, limit: number): void {
    if (pool.limit === limit) return
    pool.limit = limit
    wake(pool)
  }

  function arrive(): number {
    arrivals += 1
    return arrivals
  }

  function queueUp(turn: Turn, { deadlineAt, signal, onWait }: WaitOptions) {
    const { subject, holder, options, only, widenAfterMs, arrival, lane, user, onTurn } = turn
    const { promise, resolve, reject } = Promise.withResolvers<Grant>()
    const waiter: Waiter = { since: user?.since ?? clock.now(), lane, grant }
    const entries: [Pool, QueueEntry<Waiter>][] = []
    const untilDeadlineMs = Math.max(0, deadlineAt - clock.uptime())
    const widens = only !== null && widenAfterMs < untilDeadlineMs
    let timer = widens ? clock.setTimer(widen, widenAfterMs) : clock.setTimer(timeOut, untilDeadlineMs)

    function join({ pool }: PoolOption): void {
      entries.push([pool, pool.queue.insert(waiter, arrival)])
    }

    function leave(): void {
      timer.cancel()
      signal.removeEventListener('abort', abort)
      for (const [pool, entry] of entries) {
        pool.queue.remove(entry)
        forgetIfIdle(pool)
      }
    }

    function grant(pool: Pool): void {
      onTurn?.()
      // Taken before leaving the queue: a pool that looked idle in between would be forgotten.
      const lease = take(pool, holder, user)
      leave()
      resolve({ pool, lease })
    }

    function widen(): void {
      const free = pickAccount(options)
      if (free !== null) return grant(free.pool)
      timer = clock.setTimer(timeOut, untilDeadlineMs - widenAfterMs)
      for (const option of options) if (option !== only) join(option)
    }

    function timeOut(): void {
      leave()
      reject(new SlotTimeoutError(subject, arrival))
    }

    function abort(): void {
      leave()
      reject(signal.reason)
    }

    signal.addEventListener('abort', abort, { once: true })
    for (const option of only === null ? options : [only]) join(option)
    const takingTurns = options.find(({ pool }) => pool.turns !== null)
    onWait?.(takingTurns === undefined ? null : otherSessions(takingTurns.pool.queue, lane))
    return promise
  }

  return {
    take,
    changeLimit,
    arrive,

    async awaitTurn(turn, wait) {
      const grant = await queueUp(turn, wait)
      if (!wait.signal.aborted) return grant
      // Granted and aborted at the same moment: nobody would use the slot.
      await grant.lease.release()
      throw wait.signal.reason
    },

    renew: leases.renew,
    leaseCount: leases.size,
    close: leases.close
  }
}

function forgetIfIdle(pool: Pool): void {
  if (pool.inFlight === 0 && pool.queue.size === 0) pool.home?.delete(pool.id)
}
