import type { Clock, Timer } from '../../platform/clock.ts'
import type { ScriptReply } from './redis-scripts.ts'
import { SlotsEmptiedError } from './shared-slots.ts'
import { NoCandidateError, SlotTimeoutError, type AccountCandidate, type SlotSubject, type WaitOptions } from './slots.ts'

/** What a script is asked: a slot of one of some pools under one tag. Absent is what cannot be said in JSON, or is not so. */
export interface PoolRequest {
  /** The id of the lease to be. */
  lease: string
  /** Without `windowResetsAt` where that is never. */
  candidates: (Omit<AccountCandidate, 'windowResetsAt'> & { windowResetsAt?: number })[]
  exclude: string[]
  /** Hash of the session's key. */
  session?: string
  affinityTtlMs: number
  pinned: boolean
  /** Whether the bound account is waited for alone. */
  only: boolean
  arrival?: number
  /** It may be waiting already. */
  again: boolean
}

export interface PoolGrant {
  pool: string
  arrival: number
  affinity: string
  /** Account, tokens read, time to live, model; empty = none. */
  binding: string[]
  loads: number[]
}

/** What Redis tells a process that it granted to one of its waiters. */
export interface GrantMessage {
  /** Under which hash tag. */
  tag: string
  lease: string
  pool: string
  loads: number[]
}

type Granted = Omit<GrantMessage, 'tag'>

interface WaitsOptions {
  clock: Clock
  acquire: (tag: string, request: PoolRequest) => Promise<ScriptReply>
  claim: (tag: string, request: PoolRequest, pool: string) => Promise<ScriptReply>
  /** Gives up a lease, wherever under the tag it waits or is held. Must not throw. */
  finish: (tag: string, lease: string, pools: string[]) => void
}

export interface Waits {
  /** Rejects with SlotTimeoutError, NoCandidateError, the signal's reason, SlotsAwayError or SlotsEmptiedError. */
  acquire: (ask: PoolAsk, wait: WaitOptions) => Promise<PoolGrant>
  /** False when nobody waits for it. */
  granted: (message: Granted) => boolean
  /** What the waiters under the tag will name, should they have to ask again. */
  hearLimit: (tag: string, pool: string, limit: number) => void
  /** Asks again for all who wait under a tag that forgot them; they keep their arrival. */
  askAgain: (tag: string) => void
  /** Ends all waits with that error. */
  failAll: (error: Error) => void
  /** Where somebody waits. */
  tags: () => string[]
}

interface PoolAsk {
  subject: SlotSubject
  tag: string
  request: PoolRequest
  /** For how long only the bound account will do, where one is waited for. */
  widenAfterMs: number
}

interface Waiter extends PoolAsk {
  readonly wait: WaitOptions
  readonly startedAt: number
  readonly resolve: (grant: PoolGrant) => void
  readonly reject: (error: unknown) => void
  readonly onAbort: () => void
  timers: Timer[]
  mustAsk: boolean
  grant: Granted | null
  /** Questions of one waiter follow each other. */
  busy: boolean
  hasWaited: boolean
  /** It left without a slot or got one. */
  settled: boolean
  left: boolean
}

/** The requests of this process that ask for a slot, from their first question to their grant or end. */
export function createWaits({ clock, acquire, claim, finish }: WaitsOptions): Waits {
  const waiters = new Map<string, Waiter>()
  const waitersByTag = new Map<string, Set<Waiter>>()

  function add(waiter: Waiter): void {
    waiters.set(waiter.request.lease, waiter)
    const ofTag = waitersByTag.get(waiter.tag) ?? new Set()
    waitersByTag.set(waiter.tag, ofTag.add(waiter))
  }

  function settle(waiter: Waiter): void {
    waiter.settled = true
    for (const timer of waiter.timers) timer.cancel()
    waiter.wait.signal.removeEventListener('abort', waiter.onAbort)
    waiters.delete(waiter.request.lease)
    const ofTag = waitersByTag.get(waiter.tag)
    ofTag?.delete(waiter)
    if (ofTag?.size === 0) waitersByTag.delete(waiter.tag)
  }

  function leave(waiter: Waiter, error: unknown): void {
    if (waiter.settled) return
    settle(waiter)
    waiter.left = true
    abandon(waiter)
    waiter.reject(error)
  }

  function abandon({ tag, request }: Waiter): void {
    const pools = request.candidates.map(({ accountId }) => accountId)
    finish(tag, request.lease, pools)
  }

  function succeed(waiter: Waiter, grant: PoolGrant): void {
    settle(waiter)
    waiter.resolve(grant)
  }

  function drive(waiter: Waiter): void {
    if (waiter.busy || waiter.settled) return
    waiter.busy = true
    answer(waiter).catch((error: unknown) => leave(waiter, error))
  }

  async function answer(waiter: Waiter): Promise<void> {
    while (!waiter.settled && (waiter.mustAsk || waiter.grant !== null)) {
      const { grant } = waiter
      waiter.grant = null
      if (grant !== null) await claimGrant(waiter, grant)
      else await ask(waiter)
      // It left meanwhile, perhaps before the script ran: what that took is given up again.
      if (waiter.left) abandon(waiter)
    }
    waiter.busy = false
  }

  async function ask(waiter: Waiter): Promise<void> {
    waiter.mustAsk = false
    const [outcome, ...rest] = await acquire(waiter.tag, waiter.request)
    if (waiter.settled) return
    waiter.request.again = true
    switch (outcome) {
      case 'taken': {
        const [pool, arrival, affinity, binding, loads] = rest as [string, number, string, string[], number[]]
        return succeed(waiter, { pool, arrival, affinity, binding, loads })
      }
      case 'granted':
        waiter.grant = JSON.parse(String(rest[0])) as GrantMessage
        return
      case 'none':
        return leave(waiter, new NoCandidateError())
      case 'waiting':
        waiter.request.arrival = Number(rest[0])
        return beginToWait(waiter, rest[1] === 1, typeof rest[2] === 'number' ? rest[2] : null)
      default:
        throw new SlotsEmptiedError()
    }
  }

  async function claimGrant(waiter: Waiter, { pool, loads }: Granted): Promise<void> {
    const [outcome, ...rest] = await claim(waiter.tag, waiter.request, pool)
    if (waiter.settled) return
    if (outcome === 'late') {
      waiter.mustAsk = true
    } else if (outcome === 'taken') {
      const [affinity, binding] = rest as [string, string[]]
      succeed(waiter, { pool, arrival: waiter.request.arrival ?? 0, affinity, binding, loads })
    } else {
      throw new SlotsEmptiedError()
    }
  }

  function beginToWait(waiter: Waiter, forOneOnly: boolean, otherSessions: number | null): void {
    if (waiter.hasWaited) return
    waiter.hasWaited = true
    const { wait, subject, widenAfterMs, startedAt, request } = waiter
    const now = clock.uptime()
    const timeOut = () => leave(waiter, new SlotTimeoutError(subject, request.arrival ?? 0))
    waiter.timers.push(clock.setTimer(timeOut, Math.max(0, wait.deadlineAt - now)))
    if (forOneOnly && startedAt + widenAfterMs < wait.deadlineAt) {
      waiter.timers.push(clock.setTimer(() => widen(waiter), Math.max(0, startedAt + widenAfterMs - now)))
    }
    wait.onWait?.(otherSessions)
  }

  function widen(waiter: Waiter): void {
    waiter.request.only = false
    waiter.mustAsk = true
    drive(waiter)
  }

  return {
    acquire(request, wait) {
      const { promise, resolve, reject } = Promise.withResolvers<PoolGrant>()
      const onAbort = () => leave(waiter, wait.signal.reason)
      const waiter: Waiter = {
        ...request,
        wait,
        startedAt: clock.uptime(),
        resolve,
        reject,
        onAbort,
        timers: [],
        mustAsk: true,
        grant: null,
        busy: false,
        hasWaited: false,
        settled: false,
        left: false
      }
      wait.signal.addEventListener('abort', onAbort, { once: true })
      add(waiter)
      drive(waiter)
      return promise
    },

    granted(message) {
      const waiter = waiters.get(message.lease)
      if (waiter === undefined) return false
      waiter.grant = message
      drive(waiter)
      return true
    },

    hearLimit(tag, pool, limit) {
      for (const { request } of waitersByTag.get(tag) ?? []) {
        for (const candidate of request.candidates) if (candidate.accountId === pool) candidate.limit = limit
      }
    },

    askAgain(tag) {
      for (const waiter of waitersByTag.get(tag) ?? []) {
        waiter.mustAsk = true
        drive(waiter)
      }
    },

    failAll(error) {
      for (const waiter of waiters.values()) leave(waiter, error)
    },

    tags: () => [...waitersByTag.keys()]
  }
}
