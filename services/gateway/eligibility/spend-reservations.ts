import { LRUCache } from 'lru-cache'
import { atMost } from '../../platform/at-most.ts'
import type { SentRecord } from '../../money/usage/attempt-records.ts'
import type { Clock, Timer } from '../../platform/clock.ts'
import { reservedByOthers, type GatewayError } from '../../platform/gateway-errors.ts'
import { inTime } from '../../platform/within.ts'
import type { ClientKeyRecord, ClientSubscription } from '../../resources/records/client-keys.ts'
import { mostLasting } from '../../resources/records/spending-refusals.ts'
import type { BillingEligibility, PendingUse, SettledUse } from './billing-eligibility.ts'
import { NO_SHARES, type Shares } from './known-spending.ts'
import type { BudgetKind, Charge, RequestBudget } from './request-budgets.ts'
import type { OutstandingChange, OutstandingView, SharedOutstanding } from './shared-outstanding.ts'

/** What is kept free for one request, until its cost is known. */
export interface SpendReservation {
  /** Of the budget that leaves least: what was left of it for this request, and what of it was reserved or not settled before. */
  tightest: { kind: BudgetKind; leftNano: bigint; outstandingNano: bigint; reservedNano: bigint } | null
  /** More than once does nothing more. */
  release: () => void
}

export interface SpendReservations {
  /**
   * Keeps free what a request is expected to cost, in all budgets that limit it. Rejects with what the client is to be told when one of
   * them is used up, or will be by what is under way.
   */
  reserve: (client: ClientKeyRecord, subscription: ClientSubscription | null, estimate: Charge) => Promise<SpendReservation>
  /** An attempt was journaled, and counts as unsettled from now on. */
  charged: (payer: ChargedBudgets) => void
  /** What was unsettled is settled, or never will be. */
  settled: (uses: readonly SettledUse[], isSettled: boolean) => void
  /** What is reserved now by this process, nano-dollars by kind of budget. */
  reserved: () => ReadonlyMap<BudgetKind, bigint>
  /** What is reserved, or spent and not on record, in each of these budgets, nano-dollars by id: of all processes, or of this one while Redis is away. */
  outstanding: (kind: BudgetKind, ids: readonly string[]) => Promise<ReadonlyMap<string, bigint>>
  /** What is kept in memory, to see that nothing leaks. */
  sizes: () => { budgets: number; told: number; untold: number }
  /** Tells the others a last time. */
  close: () => Promise<void>
}

export type ChargedBudgets = Pick<SentRecord, 'userId' | 'keyId' | 'subscriptionId'> & { teamId?: string | null }

interface SpendReservationsOptions {
  eligibility: Pick<BillingEligibility, 'limiting' | 'unsettledOf' | 'look'>
  /** Null without a Redis. */
  shared: () => SharedOutstanding | null
  clock: Clock
  /** Within a third of it others hear that this process lives. */
  leaseTtlMs?: number
  /** Others hear within this time of what they need not know at once. */
  tellMs?: number
  /** After that long without a reply Redis is away. */
  patienceMs?: number
  onFault?: (error: unknown) => void
}

/** A request's part in one budget. */
interface Part {
  kind: BudgetKind
  id: string
  share: string
  nano: bigint
}

/** What was heard of a budget. */
interface Heard extends OutstandingView {
  /** By `uptime`. */
  at: number
  /** What others had settled when what is known of the budget was read; null where that cannot be told. */
  base: { epoch: string; settled: Shares } | null
}

/** As long as so many requests of this size fit into a budget, others are told of one, and not asked first. */
const NEAR = 100n
/** What was heard of others longer ago says nothing. */
const STALE_MS = 1000
const MOST_HEARD = 10_000
/** So many budgets are told of at once. */
const MOST_AT_ONCE = 200

type Views = ReadonlyMap<string, OutstandingView>

const nameOf = (kind: BudgetKind, id: string) => `${kind}:${id}`
function partsOfName(name: string): [kind: BudgetKind, id: string] {
  const colon = name.indexOf(':')
  return [name.slice(0, colon) as BudgetKind, name.slice(colon + 1)]
}

/** Reserves what requests are expected to cost, so that those that run at once cannot each take the last dollar. */
export function createSpendReservations(options: SpendReservationsOptions): SpendReservations {
  const { eligibility, shared, clock, leaseTtlMs = 30_000, tellMs = 20, patienceMs = 700, onFault = () => {} } = options
  const beatMs = Math.min(1000, leaseTtlMs / 3)
  /** Reserved by this process: by budget, in the order in which it was. */
  const held = new Map<string, Map<number, Part>>()
  let reservations = 0
  const heard = new LRUCache<string, Heard>(atMost(MOST_HEARD))
  /** Of which others know something that is not 0. */
  const told = new Map<string, Set<string>>()
  /** Settled, and others have not heard of it. */
  const unsent = new Map<string, Map<string, bigint>>()
  const dirty = new Set<string>()
  /** How much is being told. */
  let telling = 0
  let isAway = false
  let timer: Timer | null = null
  let dueAt = Infinity
  let closed = false

  /** Reserved, or spent and not settled, by this process; of what is reserved only what was before the reservation of this number. */
  function ownOf(kind: BudgetKind, id: string, before = Infinity): Shares {
    const sums = new Map(eligibility.unsettledOf(kind, id))
    for (const [number, { share, nano }] of held.get(nameOf(kind, id)) ?? [])
      if (number < before) sums.set(share, (sums.get(share) ?? 0n) + nano)
    return sums
  }

  /** What others have outstanding, or have settled since the budget was read: as they had at the moment of `views`, else as heard last. */
  function othersOf(kind: BudgetKind, id: string, views: Views | null): Shares {
    const name = nameOf(kind, id)
    const known = isAway ? undefined : heard.get(name)
    if (known === undefined) return NO_SHARES
    const { outstanding, epoch, settled } = views?.get(name) ?? known
    return sumOfShares(outstanding, settledSince({ epoch, settled, base: known.base }))
  }

  /** Settled by others since the budget was read; more than that where it cannot be told exactly. */
  function settledSince({ epoch, settled, base }: Pick<Heard, 'epoch' | 'settled' | 'base'>): Shares {
    if (base === null || base.epoch !== epoch) return NO_SHARES
    const since = [...settled].map(([share, nano]): [string, bigint] => [share, nano - (base.settled.get(share) ?? 0n)])
    return new Map(since.filter(([, nano]) => nano > 0n))
  }

  function hold(number: number, parts: readonly Part[]): void {
    for (const part of parts) {
      const name = nameOf(part.kind, part.id)
      const entries = held.get(name) ?? new Map<number, Part>()
      held.set(name, entries.set(number, part))
      tell(name)
    }
  }

  function free(number: number, parts: readonly Part[]): void {
    for (const { kind, id } of parts) {
      const name = nameOf(kind, id)
      const entries = held.get(name)
      entries?.delete(number)
      if (entries?.size === 0) held.delete(name)
      tell(name)
    }
  }

  function changeOf(name: string): OutstandingChange {
    const own = ownOf(...partsOfName(name))
    const settled = unsent.get(name)
    unsent.delete(name)
    const shares = new Set([...own.keys(), ...(told.get(name) ?? []), ...(settled?.keys() ?? [])])
    return {
      budget: name,
      shares: [...shares].map((share) => ({
        share,
        outstandingNano: own.get(share) ?? 0n,
        settledNano: settled?.get(share) ?? 0n
      }))
    }
  }

  /** Resolves to what others had outstanding in that moment; to null when they cannot be told. */
  async function publish(names: readonly string[]): Promise<Views | null> {
    const changes = names.map(changeOf)
    for (const name of names) dirty.delete(name)
    for (const { budget, shares } of changes) {
      const open = shares.filter(({ outstandingNano }) => outstandingNano > 0n)
      if (open.length > 0) told.set(budget, new Set(open.map(({ share }) => share)))
    }
    telling += changes.length
    try {
      const others = shared()
      if (others === null) return null
      const { wasKnown, views } = await inTime(clock, patienceMs, others.publish(changes), () => {
        throw new Error(`no reply within ${patienceMs} ms`)
      })
      views.forEach((view, index) => hear(names[index]!, view))
      for (const { budget, shares } of changes)
        if (shares.every(({ outstandingNano }) => outstandingNano === 0n)) forget(budget)
      if (!wasKnown) tellAll()
      isAway = false
      return new Map(views.map((view, index) => [names[index]!, view]))
    } catch (error) {
      for (const { budget, shares } of changes) for (const { share, settledNano } of shares) owe(budget, share, settledNano)
      for (const name of names) dirty.add(name)
      if (!isAway) onFault(error)
      isAway = true
      return null
    } finally {
      telling -= changes.length
    }
  }

  /** What others have outstanding now, for who only looks: nothing is decided by it. Nothing while it cannot be told. */
  async function viewsOf(names: readonly string[]): Promise<Views> {
    const others = shared()
    if (others === null || isAway || names.length === 0) return new Map()
    try {
      const changes = names.map((budget) => ({ budget, shares: [] }))
      const { wasKnown, views } = await inTime(clock, patienceMs, others.publish(changes), () => {
        throw new Error(`no reply within ${patienceMs} ms`)
      })
      if (!wasKnown) tellAll()
      return new Map(views.map((view, index) => [names[index]!, view]))
    } catch {
      // Who tells others the next time finds out, and says so.
      return new Map()
    }
  }

  function forget(name: string): void {
    if (ownOf(...partsOfName(name)).size === 0) told.delete(name)
  }

  function owe(name: string, share: string, nano: bigint): void {
    if (nano === 0n) return
    const shares = unsent.get(name) ?? new Map<string, bigint>()
    shares.set(share, (shares.get(share) ?? 0n) + nano)
    unsent.set(name, shares)
  }

  function hear(name: string, view: OutstandingView): void {
    const before = heard.get(name)
    // A budget of which others have settled nothing in its time is as it was read.
    const isNew = before === undefined && view.settled.size === 0
    const base = isNew ? { epoch: view.epoch, settled: view.settled } : (before?.base ?? null)
    heard.set(name, { ...view, at: clock.uptime(), base })
  }

  function tellAll(): void {
    for (const name of [...told.keys(), ...held.keys()]) dirty.add(name)
    if (dirty.size > 0) plan(tellMs)
  }

  function tell(name: string): void {
    if (shared() === null) return
    dirty.add(name)
    plan(isAway ? beatMs : tellMs)
  }

  function plan(delayMs: number): void {
    const at = clock.uptime() + delayMs
    if (closed || at >= dueAt) return
    timer?.cancel()
    dueAt = at
    timer = clock.setTimer(() => {
      timer = null
      dueAt = Infinity
      void tellOthers()
    }, delayMs)
  }

  async function tellOthers(): Promise<void> {
    if (isAway) for (const name of [...told.keys(), ...held.keys()]) dirty.add(name)
    const names = [...dirty]
    // With nothing to say it still shows that this process lives.
    for (let from = 0; from === 0 || from < names.length; from += MOST_AT_ONCE) {
      if ((await publish(names.slice(from, from + MOST_AT_ONCE))) === null) break
    }
    if (told.size > 0 || held.size > 0 || dirty.size > 0) plan(dirty.size > 0 && !isAway ? tellMs : beatMs)
  }

  function isNear(budgets: readonly RequestBudget[], estimate: Charge): boolean {
    return budgets.some(({ leftNano, counts }) => leftNano !== null && leftNano <= NEAR * estimate[counts])
  }

  const wasHeard = ({ kind, id }: Part) => {
    const known = heard.get(nameOf(kind, id))
    return known !== undefined && clock.uptime() - known.at < STALE_MS
  }

  /** Whether others may have settled something that what is known of the budget lacks. */
  function isUncertain({ kind, id }: RequestBudget): boolean {
    const known = isAway || shared() === null || id === null ? undefined : heard.get(nameOf(kind, id))
    return known !== undefined && known.base?.epoch !== known.epoch
  }

  /** Reads budgets anew; what others settled before that is in what was read. */
  async function look(budget: RequestBudget, client: ClientKeyRecord, subscription: ClientSubscription | null) {
    const name = budget.id === null ? null : nameOf(budget.kind, budget.id)
    const before = name === null ? undefined : heard.get(name)
    try {
      await eligibility.look(budget, client, subscription)
    } catch (error) {
      // What nobody can read nobody else has settled much of.
      if (budget.refusal !== null) throw error
    }
    const now = name === null ? undefined : heard.get(name)
    if (name !== null && before !== undefined && now !== undefined)
      heard.set(name, { ...now, base: { epoch: before.epoch, settled: before.settled } })
  }

  return {
    async reserve(client, subscription, estimate) {
      const planned = eligibility.limiting(client, subscription, eligibility.unsettledOf)
      const parts = planned.flatMap(({ kind, id, share, counts, leftNano }): Part[] =>
        leftNano === null || id === null ? [] : [{ kind, id, share, nano: estimate[counts] }]
      )
      const number = ++reservations
      // What came before this request counts; what comes after it sees it.
      let views: Views | null = null
      const pending: PendingUse = (kind, id) => sumOfShares(ownOf(kind, id, number), othersOf(kind, id, views))
      const standing = () => eligibility.limiting(client, subscription, pending)
      hold(number, parts)
      let isHeld = true
      function release(): void {
        if (isHeld) free(number, parts)
        isHeld = false
      }

      /** The budgets, once the others are asked where it matters. */
      async function asked(): Promise<RequestBudget[]> {
        const budgets = standing()
        if (parts.length === 0 || shared() === null || isAway) return budgets
        if (!isNear(budgets, estimate) && parts.every(wasHeard)) return budgets
        views = await publish(parts.map(({ kind, id }) => nameOf(kind, id)))
        plan(beatMs)
        return standing()
      }

      try {
        let budgets = await asked()
        const unclear = budgets.filter((budget) => budget.refusal !== null || isUncertain(budget))
        for (const budget of unclear) await look(budget, client, subscription)
        if (unclear.length > 0) budgets = standing()
        const refusal = mostLasting(budgets.map((budget) => budget.refusal))
        if (refusal !== null)
          throw toldOf(refusal, budgets, eligibility.limiting(client, subscription, eligibility.unsettledOf))
        return { tightest: tightestOf(budgets, parts, pending), release }
      } catch (error) {
        release()
        throw error
      }
    },

    charged({ userId, keyId, subscriptionId, teamId = null }) {
      for (const name of namesOf({ userId, keyId, subscriptionId, teamId })) if (isKnownToOthers(name)) tell(name)
    },

    settled(uses, isSettled) {
      if (shared() === null) return
      for (const use of uses) {
        for (const name of namesOf(use)) {
          if (!isKnownToOthers(name)) continue
          const [kind] = partsOfName(name)
          const nano = kind === 'subscription' ? use.costNano : use.chargedNano
          if (isSettled) owe(name, kind === 'team' ? use.userId : '', nano)
          tell(name)
        }
      }
    },

    reserved() {
      const sums = new Map<BudgetKind, bigint>()
      for (const [name, parts] of held) {
        const [kind] = partsOfName(name)
        for (const { nano } of parts.values()) sums.set(kind, (sums.get(kind) ?? 0n) + nano)
      }
      return sums
    },

    async outstanding(kind, ids) {
      const views = await viewsOf(ids.map((id) => nameOf(kind, id)))
      const sumOf = (shares: Shares) => [...shares.values()].reduce((sum, nano) => sum + nano, 0n)
      return new Map(
        ids.map((id) => [id, sumOf(ownOf(kind, id)) + sumOf(views.get(nameOf(kind, id))?.outstanding ?? NO_SHARES)])
      )
    },

    sizes: () => ({ budgets: held.size, told: told.size, untold: dirty.size + unsent.size + telling }),

    async close() {
      closed = true
      timer?.cancel()
      if (dirty.size > 0 && !isAway && shared() !== null) await publish([...dirty].slice(0, MOST_AT_ONCE))
    }
  }

  function isKnownToOthers(name: string): boolean {
    return shared() !== null && (told.has(name) || held.has(name) || dirty.has(name))
  }
}

const namesOf = ({ userId, keyId, subscriptionId, teamId = null }: ChargedBudgets): string[] => [
  subscriptionId === null ? nameOf('wallet', userId) : nameOf('subscription', subscriptionId),
  nameOf('key', keyId),
  ...(teamId === null ? [] : [nameOf('team', teamId)])
]

function sumOfShares(one: Shares, other: Shares): Shares {
  if (one.size === 0 || other.size === 0) return one.size === 0 ? other : one
  const sums = new Map(one)
  for (const [share, nano] of other) sums.set(share, (sums.get(share) ?? 0n) + nano)
  return sums
}

/** What is used up stays so; what is only reserved may be free again in a moment. */
function toldOf(refusal: GatewayError, budgets: readonly RequestBudget[], used: readonly RequestBudget[]): GatewayError {
  const isUsedUp = used.some((budget) => budget.refusal !== null)
  if (isUsedUp) return mostLasting(used.map((budget) => budget.refusal)) ?? refusal
  const { kind } = budgets.find((budget) => budget.refusal === refusal) ?? budgets[0]!
  return reservedByOthers(WHAT[kind])
}

const WHAT: Record<BudgetKind, string> = {
  wallet: 'your credit balance',
  subscription: 'the spend limit',
  key: 'the spend limit of this API key',
  team: "the spend limit of this API key's team"
}

function tightestOf(
  budgets: readonly RequestBudget[],
  parts: readonly Part[],
  pending: PendingUse
): SpendReservation['tightest'] {
  let tightest: SpendReservation['tightest'] = null
  for (const { kind, id, share, leftNano } of budgets) {
    const part = parts.find((one) => one.kind === kind && one.id === id && one.share === share)
    if (leftNano === null || part === undefined || (tightest !== null && tightest.leftNano <= leftNano)) continue
    const outstandingNano = [...pending(kind, part.id).values()].reduce((sum, nano) => sum + nano, 0n)
    tightest = { kind, leftNano, outstandingNano, reservedNano: part.nano }
  }
  return tightest
}
