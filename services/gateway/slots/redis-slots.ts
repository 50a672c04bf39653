import { randomUUID } from 'node:crypto'
import { pause, type Clock, type Timer } from '../../platform/clock.ts'
import type { RedisClient } from './redis-client.ts'
import {
  createTags,
  groupByTag,
  laneMarkOf,
  leaseId,
  markOf,
  parseLeaseId,
  PLACE_POOL,
  placeMarkOf,
  sinceOf,
  SLOT_POOL,
  userOf,
  type LeasePlace
} from './redis-leases.ts'
import { createMembership } from './redis-membership.ts'
import { createScripts, type ScriptName, type ScriptReply } from './redis-scripts.ts'
import { createUserIndex } from './redis-user-index.ts'
import { createWaits, type GrantMessage, type PoolGrant, type PoolRequest } from './redis-waits.ts'
import { SlotsAwayError, SlotsEmptiedError, type HeldLease, type SharedSlots } from './shared-slots.ts'
import { joinUsers, lookAt, MOST_TOLD, NOBODY } from './slot-users.ts'
import { hashOf } from './text-hash.ts'
import { MOST_SESSIONS, NO_SESSIONS, shownSession } from './waiting-sessions.ts'
import {
  NoCandidateError,
  usageOf,
  type AccountSlot,
  type AccountSlotRequest,
  type Affinity,
  type SessionBinding,
  type SlotLease,
  type SlotsLook,
  type WaitOptions,
  type WatchedSlots
} from './slots.ts'

export interface RedisSlotsOptions {
  /** For commands; one with `enableAutoPipelining` sends those of one moment together. Closed by `close`. */
  redis: RedisClient
  /** For messages. Closed by `close`. */
  subscriber: RedisClient
  clock: Clock
  /** What the names of all keys begin with. */
  prefix?: string
  /** Tells this process from all others. */
  processId?: string
  /** How many replicas are known to live from elsewhere, this one among them, for when Redis cannot tell. */
  knownReplicas?: () => number
  leaseTtlMs?: number
  affinityTtlMs?: number
  /** Within this time a waiter's process takes what was granted to it, or it goes to the next. */
  claimMs?: number
  /** After this time without a sign of life the waiters of a process are passed over. */
  waiterTtlMs?: number
  /** How often a process shows that it lives, and looks for what no message told it. */
  pollMs?: number
  /** When an answer has not come by then, Redis is away. */
  answerMs?: number
  onFault?: (error: unknown) => void
}

const META_KEEP_MS = 3_600_000
const GIVE_TURN_BACK = "if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end"
// The rest ends by itself.
const MAX_UNFINISHED = 10_000
// So many users one script looks at: it gets through them in about a millisecond.
const USERS_A_LOOK = 200
// And so many it counts, which asks half as much of each.
const USERS_AT_ONCE = 500

/** A lease whose time is over, or a wait for one in these pools. */
interface Ending {
  member: string
  pools: string[]
}

/** A user slot that was taken along with the place. */
interface SlotAtHand {
  userId: string
  limit: number
  id: string
  expiresAt: number
}

/** Slots that replicas share through a Redis or Redis Cluster. */
export function createRedisSlots(options: RedisSlotsOptions): SharedSlots {
  const { redis, subscriber, clock, prefix = 'sluice', processId = randomUUID(), knownReplicas = () => 1 } = options
  const { leaseTtlMs = 30_000, affinityTtlMs = 3_600_000, claimMs = 1000, waiterTtlMs = 5000 } = options
  const { pollMs = 500, answerMs = 700, onFault = () => {} } = options
  const tags = createTags(prefix)
  const channelPrefix = `${prefix}:wake:`
  const keepMs = 2 * Math.max(leaseTtlMs, waiterTtlMs, claimMs)
  const runScript = createScripts(redis, {
    processId,
    channelPrefix,
    leaseTtlMs,
    claimMs,
    waiterTtlMs,
    keepMs,
    metaKeepMs: META_KEEP_MS
  })
  const users = createUserIndex({ redis, clock, key: `${prefix}:users`, touchMs: leaseTtlMs / 4, keepMs })
  const waits = createWaits({
    clock,
    acquire: (tag, request) => membership.ask('acquire', tag, [JSON.stringify(request)]),
    claim: (tag, request, pool) => membership.ask('claim', tag, [request.lease, pool, JSON.stringify(request)]),
    finish: (tag, lease, pools) => finish(tag, lease, pools)
  })
  const membership = createMembership({
    accountsTag: tags.accounts,
    run,
    listenMs: 2 * pollMs,
    isAlone: () => knownReplicas() === 1,
    onEmptied: waits.failAll
  })
  const slotsAtHand = new Map<string, SlotAtHand>()
  /** Leases that this process gave out elsewhere, by their ids. */
  const registered = new Map<string, HeldLease>()
  /** What is to be ended as soon as Redis is back. */
  const unfinished = new Map<string, { tag: string; pools: string[] }>()
  /** An exchange gives back all it holds in one moment: what has the same tag goes to Redis as one script. */
  const ending = new Map<string, { leases: Ending[]; done: Promise<void> }>()
  let taken = 0
  let closed = false
  let subscribed = false
  let timer: Timer | null = null

  /** Resolves to what Redis answers, in time; else rejects with SlotsAwayError. */
  async function answered<T>(answer: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const away = (cause: unknown) => reject(new SlotsAwayError('Redis does not answer', { cause }))
    let late: Timer | undefined
    function waitOn(): void {
      const dueAt = clock.uptime() + answerMs
      late = clock.setTimer(() => {
        // A process that was busy itself may not even have asked yet, or not have read what came: that says nothing of Redis.
        if (clock.uptime() - dueAt > answerMs / 4) waitOn()
        else setImmediate(() => away(new Error(`no answer within ${answerMs} ms`)))
      }, answerMs)
    }
    waitOn()
    answer.then(resolve, away)
    try {
      return await promise
    } finally {
      late?.cancel()
    }
  }

  async function run(name: ScriptName, tag: string, epoch: string, args: readonly (string | number)[]): Promise<ScriptReply> {
    if (closed) throw new SlotsAwayError('closed')
    return answered(runScript(name, tag, epoch, args))
  }

  function finish(tag: string, member: string, pools: string[]): void {
    void finished(tag, member, pools)
  }

  /** A lease that cannot be ended now ends by itself, or as soon as Redis is back. Never rejects. */
  function finished(tag: string, member: string, pools: string[]): Promise<void> {
    let batch = ending.get(tag)
    if (batch === undefined) {
      const leases: Ending[] = []
      batch = { leases, done: Promise.resolve().then(() => endTogether(tag, leases)) }
      ending.set(tag, batch)
    }
    batch.leases.push({ member, pools })
    return batch.done
  }

  async function endTogether(tag: string, gathered: Ending[]): Promise<void> {
    const leases = gathered.splice(0)
    ending.delete(tag)
    if (leases.length === 0) return
    try {
      const pairs = leases.flatMap(({ member, pools }) => pools.flatMap((pool) => [pool, member]))
      await run('finish', tag, membership.epoch(), pairs)
    } catch {
      for (const { member, pools } of leases) finishLater(tag, member, pools)
    }
  }

  function finishLater(tag: string, member: string, pools: string[]): void {
    if (unfinished.size < MAX_UNFINISHED) unfinished.set(member, { tag, pools })
  }

  function finishLeftovers(): void {
    for (const [member, { tag, pools }] of unfinished) {
      unfinished.delete(member)
      finish(tag, member, pools)
    }
  }

  const turnKey = (name: string) => `${tags.accounts}:turn:${hashOf(name)}`

  function nextMember(mark = ''): string {
    taken += 1
    return `${processId}.${taken}${mark}`
  }

  function leaseFor(held: Omit<HeldLease, 'id'>, member: string, alsoReleases: () => void = () => {}): SlotLease {
    const lease = { ...held, id: leaseId(held.subject, member, held.subjectId) }
    return {
      id: lease.id,
      async release() {
        alsoReleases()
        await releaseLease(lease)
      }
    }
  }

  async function releaseLease(lease: HeldLease): Promise<void> {
    const { tag, pool, member } = tags.placeOf(lease)
    await finished(tag, member, [pool])
  }

  function releaseAtHand(holder: string): void {
    const atHand = slotsAtHand.get(holder)
    if (atHand === undefined) return
    slotsAtHand.delete(holder)
    void releaseLease({ id: atHand.id, subject: 'user', subjectId: atHand.userId })
  }

  /** The slot that was taken with the place, if it is still what is asked for. */
  function takeAtHand(userId: string, limit: number, holder: string): SlotLease | null {
    const atHand = slotsAtHand.get(holder)
    const member = parseLeaseId(atHand?.id ?? '')?.member
    if (atHand === undefined || member === undefined) return null
    if (atHand.userId !== userId || atHand.limit !== limit || atHand.expiresAt <= clock.uptime()) {
      releaseAtHand(holder)
      return null
    }
    slotsAtHand.delete(holder)
    return leaseFor({ subject: 'user', subjectId: userId }, member)
  }

  async function awaitGrant(ask: Parameters<typeof waits.acquire>[0], wait: WaitOptions) {
    const grant = await waits.acquire(ask, wait)
    const { tag, request } = ask
    if (!wait.signal.aborted) return grant
    // Granted and aborted at the same moment: nobody would use the slot.
    finish(tag, request.lease, [grant.pool])
    throw wait.signal.reason
  }

  async function renewPlaces(places: LeasePlace[]): Promise<Set<number>> {
    const gone = new Set<number>()
    await Promise.all(
      groupByTag(places).map(async ({ tag, indexes }) => {
        const [, ended] = (await membership.ask('renew', tag, pairsOf(places, indexes))) as [string, number[]]
        for (const n of ended) gone.add(indexes[n] ?? -1)
      })
    )
    return gone
  }

  /** Those whose place is renewed keep the slot that was taken with it. */
  async function renewAtHand(): Promise<void> {
    const atHand = [...slotsAtHand]
    const expiresAt = clock.uptime() + leaseTtlMs / 2
    const places = atHand.map(([, { id, userId }]) => tags.placeOf({ id, subject: 'user', subjectId: userId }))
    const gone = await renewPlaces(places)
    for (const [index, [holder, slot]] of atHand.entries()) {
      if (gone.has(index)) slotsAtHand.delete(holder)
      else slot.expiresAt = expiresAt
    }
  }

  function onMessage(channel: string, text: string): void {
    if (channel !== channelPrefix + processId) return
    try {
      hearGrant(text)
    } catch (error) {
      onFault(error)
    }
  }

  function hearGrant(text: string): void {
    const { tag, ...message } = JSON.parse(text) as GrantMessage
    if (waits.granted(message)) return
    // Nobody waits any more: the next one is not to wait for a claim that will not come. It ends by itself where this fails.
    run('decline', tag, membership.epoch(), [message.lease, message.pool]).catch(() => {})
  }

  async function pollTag(tag: string): Promise<void> {
    const [, wasLive, grants, processes] = (await membership.ask('poll', tag)) as [string, number, string[], string[]]
    if (tag === tags.accounts) membership.saw(processes)
    if (wasLive !== 1) waits.askAgain(tag)
    for (const grant of grants) hearGrant(grant)
  }

  async function poll(): Promise<void> {
    try {
      if (!subscribed) await subscribe()
      await Promise.all([...new Set([tags.accounts, ...waits.tags()])].map(pollTag))
      users.forgetIdle()
      finishLeftovers()
    } catch (error) {
      if (error instanceof SlotsAwayError) waits.failAll(error)
      else if (!(error instanceof SlotsEmptiedError)) onFault(error)
    } finally {
      planPoll()
    }
  }

  function planPoll(): void {
    if (!closed) timer = clock.setTimer(() => void poll(), pollMs)
  }

  async function subscribe(): Promise<void> {
    await answered(subscriber.subscribe(channelPrefix + processId))
    subscribed = true
  }

  function onBroken(): void {
    waits.failAll(new SlotsAwayError('the connection to Redis broke'))
  }

  function toPoolRequest(request: AccountSlotRequest, lease: string): PoolRequest {
    const { candidates, exclude, session, pinned, affinityWaitMs, arrival } = request
    return {
      lease,
      candidates: candidates.map(({ windowResetsAt, ...rest }) =>
        windowResetsAt === Infinity ? rest : { ...rest, windowResetsAt }
      ),
      exclude,
      ...(session !== null && { session: hashOf(session) }),
      affinityTtlMs,
      pinned,
      only: pinned || affinityWaitMs > 0,
      ...(arrival !== null && { arrival }),
      again: false
    }
  }

  /** Users first, each in the order of their ids. */
  async function watch(withNames: boolean): Promise<WatchedSlots[]> {
    const ids = await answered(users.list())
    // The nodes of a cluster have a user each.
    const size = redis.isCluster ? 1 : USERS_A_LOOK
    const looks = Array.from({ length: Math.ceil(ids.length / size) }, (_, n) => ids.slice(n * size, (n + 1) * size))
    const [ofAccounts, ...ofUsers] = await Promise.all([
      watchAccounts(withNames),
      ...looks.map((look) => watchUsers(look, withNames))
    ])
    return [...ofUsers.flat(), ...ofAccounts]
  }

  async function watchUsers(ids: readonly string[], withNames: boolean): Promise<WatchedSlots[]> {
    const args = [...tags.aroundUser, ids.join(' '), withNames ? MOST_SESSIONS : 0]
    const [, used] = await run('watchUsers', tags.ofUser(ids[0] ?? ''), membership.epoch(), args)
    return usersIn(JSON.parse(String(used)) as unknown[])
  }

  async function watchAccounts(withNames: boolean): Promise<WatchedSlots[]> {
    const [, used] = await run('watch', tags.accounts, membership.epoch(), [withNames ? MOST_TOLD : 0])
    return accountsIn(JSON.parse(String(used)) as unknown[])
  }

  /** In one trip, which tells no more of users than is looked at; null where there are more users than a script may go through. */
  async function lookAtOnce(mostUsers: number): Promise<SlotsLook | null> {
    const args = [...tags.aroundUser, users.key, USERS_AT_ONCE, mostUsers, MOST_SESSIONS]
    // Two scripts, so that others get their turn in between.
    const [accounts, [outcome, seen]] = await Promise.all([
      watchAccounts(true),
      run('lookAtUsers', tags.accounts, membership.epoch(), args)
    ])
    if (outcome === 'many') return null
    const [busiest, count, inFlight, waiting, since] = JSON.parse(String(seen)) as Seen
    return {
      busiest: joinUsers(usersIn(listed(busiest))),
      users: { count, inFlight, waiting, waitingSince: since === 0 ? null : since },
      accounts
    }
  }

  async function restore(leases: readonly HeldLease[]): Promise<void> {
    for (const lease of leases) if (parseLeaseId(lease.id) === null) registered.set(lease.id, lease)
    const places = leases.map(tags.placeOf)
    users.renew()
    for (const { subject, subjectId } of leases) if (subject !== 'account') users.touch(subjectId)
    await Promise.all(
      groupByTag(places).map(({ tag, indexes }) => run('restore', tag, membership.epoch(), pairsOf(places, indexes)))
    )
  }

  /** False when what was restored is lost again. */
  async function countsUnder(recovery: string): Promise<boolean> {
    for (;;) {
      const outcome = await membership.rejoin(recovery)
      if (outcome !== 'recovering') return outcome === 'joined'
      await pause(clock, Math.min(pollMs, 100))
    }
  }

  subscriber.on('message', onMessage)
  redis.on('close', onBroken)
  void poll()

  return {
    async enter({ userId, holder, capacity, extra = 0, limit, lane }) {
      const place = nextMember(placeMarkOf(lane))
      const slot = limit === undefined ? '' : nextMember()
      const tag = tags.ofUser(userId)
      users.touch(userId)
      const expiresAt = clock.uptime() + leaseTtlMs / 2
      const reply = await membership.ask('enter', tag, [place, capacity, slot, limit ?? 0, extra]).catch((error: unknown) => {
        finishLater(tag, place, [PLACE_POOL])
        if (slot !== '') finishLater(tag, slot, [SLOT_POOL])
        throw error
      })
      if (reply[0] === 'full') return null
      if (reply[1] === 1 && limit !== undefined) {
        slotsAtHand.set(holder, { userId, limit, id: leaseId('user', slot, userId), expiresAt })
      }
      return leaseFor({ subject: 'place', subjectId: userId }, place, () => releaseAtHand(holder))
    },

    async acquireUser({ userId, limit, holder, lane }, wait) {
      wait.signal.throwIfAborted()
      const atHand = takeAtHand(userId, limit, holder)
      if (atHand !== null) return atHand
      users.touch(userId)
      const lease = nextMember(laneMarkOf(clock.now(), lane))
      const candidates = [{ accountId: SLOT_POOL, limit, usedLast: false, priority: 0 }]
      const request = { lease, candidates, exclude: [], affinityTtlMs, pinned: false, only: false, again: false }
      await awaitGrant({ subject: 'user', tag: tags.ofUser(userId), request, widenAfterMs: 0 }, wait)
      return leaseFor({ subject: 'user', subjectId: userId }, lease)
    },

    async acquireAccount(request, wait) {
      wait.signal.throwIfAborted()
      const options = request.candidates.filter(({ accountId }) => !request.exclude.includes(accountId))
      if (options.length === 0 && request.candidates.length === 0) throw new NoCandidateError()
      const widenAfterMs = request.pinned ? Infinity : request.affinityWaitMs
      const { user } = request
      const poolRequest = toPoolRequest(request, nextMember(user === undefined ? '' : markOf(user.since, user)))
      const ask = { subject: 'account' as const, tag: tags.accounts, request: poolRequest, widenAfterMs }
      const grant = await awaitGrant(ask, wait)
      return accountSlotOf(
        grant,
        options.map(({ accountId }) => accountId),
        leaseFor({ subject: 'account', subjectId: grant.pool }, poolRequest.lease)
      )
    },

    async noteUse({ session, accountId, model, cacheReadTokens, cacheTtlMs }) {
      const args = [hashOf(session), accountId, model, cacheReadTokens, cacheTtlMs, affinityTtlMs]
      await run('noteUse', tags.accounts, membership.epoch(), args)
    },

    async boundAccount(session) {
      return answered(redis.hget(`${tags.accounts}:session:${hashOf(session)}`, 'account'))
    },

    async hearLimit(subject, id, limit) {
      const [tag, pool] = subject === 'user' ? [tags.ofUser(id), SLOT_POOL] : [tags.accounts, id]
      waits.hearLimit(tag, pool, limit)
      await membership.ask('hear', tag, [pool, limit])
    },

    async renew(leaseIds) {
      const held = leaseIds.map((id) => registered.get(id) ?? parseLeaseId(id))
      const known = held.filter((lease) => lease !== null)
      for (const { subject, subjectId } of known) if (subject !== 'account') users.touch(subjectId)
      const [gone] = await Promise.all([renewPlaces(known.map(tags.placeOf)), renewAtHand()])
      const ended = new Set(known.filter((_, index) => gone.has(index)).map(({ id }) => id))
      return leaseIds.filter((id, index) => held[index] === null || ended.has(id))
    },

    usage: async () => (await watch(false)).map(usageOf),
    watch: () => watch(true),

    async look(mostUsers) {
      const seen = redis.isCluster ? null : await lookAtOnce(mostUsers)
      return seen ?? lookAt(await watch(true), mostUsers)
    },

    async holders(accountId) {
      const [, members] = (await run('holders', tags.accounts, membership.epoch(), [accountId])) as [string, string[]]
      return members.flatMap((member) => userOf(member) ?? [])
    },

    replicas: () => Math.max(membership.replicas(), knownReplicas()),

    async register(leases) {
      for (;;) {
        const recovery = await membership.recover()
        // The slots at hand are leases too, but only this backend knows them.
        const atHand = [...slotsAtHand.values()].map(({ id, userId }) => ({ id, subject: 'user' as const, subjectId: userId }))
        await restore([...leases, ...atHand])
        if (await countsUnder(recovery)) return
      }
    },

    async registerMore(leases) {
      await restore(leases)
      await membership.assertIntact()
    },

    async release(lease) {
      registered.delete(lease.id)
      await releaseLease(lease)
    },

    async takeTurn(name, holder, ttlMs) {
      const key = turnKey(name)
      return (await answered(redis.set(key, holder, 'PX', ttlMs, 'NX'))) !== null || (await answered(redis.get(key))) === holder
    },

    async giveTurnBack(name, holder) {
      await answered(redis.eval(GIVE_TURN_BACK, 1, turnKey(name), holder))
    },

    async close() {
      if (closed) return
      for (const [tag, { leases }] of ending) void endTogether(tag, leases)
      closed = true
      timer?.cancel()
      waits.failAll(new SlotsAwayError('closed'))
      // What was released just now is still on its way; it is answered before this.
      await answered(redis.hget(`${tags.accounts}:meta`, 'epoch')).catch(() => null)
      subscriber.disconnect()
      redis.disconnect()
    }
  }
}

function accountSlotOf(
  { pool, arrival, affinity, binding, loads }: PoolGrant,
  options: string[],
  lease: SlotLease
): AccountSlot {
  const considered = options.map((accountId, index) => ({ accountId, inFlight: loads[index] ?? 0 }))
  return { lease, accountId: pool, affinity: affinity as Affinity, binding: bindingOf(binding), considered, arrival }
}

function bindingOf([accountId, cacheReadTokens, cacheTtlMs, model]: string[]): SessionBinding | null {
  if (accountId === undefined) return null
  return { accountId, cacheReadTokens: Number(cacheReadTokens), cacheTtlMs: Number(cacheTtlMs), model: model || null }
}

type Counts = [id: string, limit: number, held: number, waiting: number, first: string]
/** Lua knows no difference between an array and an object that are empty. */
type Listed<T> = T[] | Record<string, never>
/** What the scripts answer of one user, and of one account. */
type WatchedUser = [...Counts, sessions: number, busiest: Listed<[hashed: string, waiting: number]>]
type WatchedAccount = [
  ...Counts,
  users: number,
  sessions: number,
  busiest: Listed<[id: string, held: number, sessions: number]>
]

const listed = <T>(list: Listed<T>): T[] => (Array.isArray(list) ? list : [])

const sinceFirst = (first: string) => (first === '' ? null : sinceOf(first))

/** What the script answers that looks at all users. */
type Seen = [busiest: Listed<unknown>, count: number, inFlight: number, waiting: number, since: number]

/** Those of which a script answers one after another, so many values each. */
function each<Values extends unknown[]>(size: number, values: readonly unknown[]): Values[] {
  return Array.from({ length: values.length / size }, (_, n) => values.slice(n * size, (n + 1) * size) as Values)
}

function usersIn(values: readonly unknown[]): WatchedSlots[] {
  return each<WatchedUser>(7, values).map(([id, limit, inFlight, waiting, first, count, busiest]) => {
    const waitingSessions = {
      count,
      busiest: listed(busiest).map(([name, of]) => ({ session: shownSession(name), waiting: of }))
    }
    const told = { users: NOBODY, waitingSessions: count === 0 ? NO_SESSIONS : waitingSessions }
    return { subject: 'user', id, limit, inFlight, waiting, waitingSince: sinceFirst(first), ...told }
  })
}

function accountsIn(values: readonly unknown[]): WatchedSlots[] {
  return each<WatchedAccount>(8, values)
    .map(([id, limit, inFlight, waiting, first, count, sessions, busiest]): WatchedSlots => {
      const users = count === 0 ? NOBODY : { count, sessions, busiest: listed(busiest).map(userThere) }
      const told = { users, waitingSessions: NO_SESSIONS }
      return { subject: 'account', id, limit, inFlight, waiting, waitingSince: sinceFirst(first), ...told }
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

const userThere = ([id, inFlight, sessions]: [string, number, number]) => ({ id, inFlight, sessions })

function pairsOf(places: readonly LeasePlace[], indexes: readonly number[]): string[] {
  return indexes.flatMap((index) => {
    const place = places[index]
    return place === undefined ? [] : [place.pool, place.member]
  })
}
