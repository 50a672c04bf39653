import type { SentRecord } from '../../money/usage/attempt-records.ts'
import type { Clock } from '../../platform/clock.ts'
import { databaseAway, type GatewayError } from '../../platform/gateway-errors.ts'
import { addToWindow, type QuotaWindow } from '../../money/billing/quota-windows.ts'
import { windowPolicyOf } from '../../money/billing/window-policies.ts'
import type { TeamSpending } from '../../money/billing/team-budget.ts'
import type { KeySpending } from '../../resources/records/key-spending.ts'
import type { ClientKeyRecord, ClientSubscription } from '../../resources/records/client-keys.ts'
import { mostLasting } from '../../resources/records/spending-refusals.ts'
import { problemOfSubscription } from '../../resources/records/subscriptions.ts'
import { createKnownSpending } from './known-spending.ts'
import { isLimited, keyBudget, subscriptionBudget, walletBudget, type Charge, type RequestBudget } from './request-budgets.ts'

interface BillingEligibilityOptions {
  readBalance: (userId: string) => Promise<bigint | null>
  readSubscription: (userId: string, groupId: string) => Promise<ClientSubscription | null>
  readKeySpending: (keyId: string) => Promise<KeySpending | null>
  clock: Clock
}

export interface SettledSpending {
  balances: ReadonlyMap<string, bigint>
  subscriptions: ReadonlyMap<string, readonly QuotaWindow[]>
  keys: ReadonlyMap<string, KeySpending>
  /** By team id: its windows and those of all its members. */
  teams: ReadonlyMap<string, TeamSpending>
}

/** What attempts of one key, paid from one place, cost together. */
export interface SettledUse extends Charge {
  userId: string
  keyId: string
  subscriptionId: string | null
  /** The team it was sent in; null for none. */
  teamId: string | null
  attempts: number
}

type Payer = Pick<SentRecord, 'userId' | 'keyId' | 'subscriptionId'>

/** What came of looking at all budgets that a request has to do with. */
export interface SpendingDecision {
  /** What pays first, then what else limits it. */
  budgets: readonly RequestBudget[]
  /** The subscription to charge; null for the wallet. */
  subscription: ClientSubscription | null
  /** The most lasting of what stands in its way; null when it may be served. */
  refusal: GatewayError | null
}

/**
 * May this key spend now? Answered from what is known minus this process's unsettled cost, so that the hot path asks no
 * database; but nobody is refused before a fresh look, so that a top-up works at once.
 */
export function createBillingEligibility(options: BillingEligibilityOptions) {
  const { readBalance, readSubscription, readKeySpending, clock } = options
  const wallets = createKnownSpending<bigint>()
  const subscriptions = createKnownSpending<readonly QuotaWindow[]>()
  const keys = createKnownSpending<KeySpending>()
  let settlements = 0

  async function freshly<T>(read: Promise<T>): Promise<T> {
    try {
      return await read
    } catch (error) {
      throw databaseAway(error)
    }
  }

  function balanceOf({ user }: ClientKeyRecord): bigint {
    const known = wallets.of(user.id)
    return known === null ? user.balanceNano : known.settled - known.unsettledNano
  }

  function withUnsettled(windows: readonly QuotaWindow[], { group }: ClientKeyRecord, unsettledNano: bigint) {
    return unsettledNano === 0n
      ? windows
      : windows.map((window) => addToWindow(window, windowPolicyOf(group), clock.now(), unsettledNano))
  }

  function windowsOf(subscription: ClientSubscription, client: ClientKeyRecord): readonly QuotaWindow[] {
    const { settled, unsettledNano } = subscriptions.of(subscription.id) ?? { settled: subscription.windows, unsettledNano: 0n }
    return withUnsettled(settled, client, unsettledNano)
  }

  function spendingOf(client: ClientKeyRecord): KeySpending {
    const { settled, unsettledNano } = keys.of(client.key.id) ?? { settled: client.key.spending, unsettledNano: 0n }
    return {
      windows: withUnsettled(settled.windows, client, unsettledNano),
      totalNano: settled.totalNano + unsettledNano
    }
  }

  function payingBudget(client: ClientKeyRecord, subscription: ClientSubscription | null): RequestBudget {
    if (client.group.kind === 'balance') return walletBudget(client, balanceOf(client))
    const windows = subscription === null ? [] : windowsOf(subscription, client)
    return subscriptionBudget(client, subscription, windows, clock.now())
  }

  const budgetOfKey = (client: ClientKeyRecord) => keyBudget(client, spendingOf(client), clock.now())

  /** What pays for a request of the client, and what else limits it. */
  function limitingBudgets(client: ClientKeyRecord, subscription: ClientSubscription | null): RequestBudget[] {
    const paying = payingBudget(client, subscription)
    return isLimited(client.key.limits) ? [paying, budgetOfKey(client)] : [paying]
  }

  async function readSubscriptionAnew({ user, group }: ClientKeyRecord): Promise<ClientSubscription | null> {
    const mark = settlements
    const fresh = await freshly(readSubscription(user.id, group.id))
    if (fresh !== null) subscriptions.learn(fresh.id, fresh.windows, mark)
    return fresh
  }

  /** Reads anew how a budget stands. Resolves to the subscription that pays. */
  async function look(
    { kind }: RequestBudget,
    client: ClientKeyRecord,
    paying: ClientSubscription | null
  ): Promise<ClientSubscription | null> {
    const { user, key } = client
    if (kind === 'subscription') return await readSubscriptionAnew(client)
    const mark = settlements
    if (kind === 'wallet') {
      wallets.learn(user.id, (await freshly(readBalance(user.id))) ?? 0n, mark)
    } else {
      const fresh = await freshly(readKeySpending(key.id))
      if (fresh !== null) keys.learn(key.id, fresh, mark)
    }
    return paying
  }

  async function decide(client: ClientKeyRecord): Promise<SpendingDecision> {
    let subscription = client.group.kind === 'subscription' ? client.subscription : null
    const known = limitingBudgets(client, subscription)
    const refusing = known.filter(({ refusal }) => refusal !== null)
    if (refusing.length === 0) return { budgets: known, subscription, refusal: null }
    for (const budget of refusing) subscription = await look(budget, client, subscription)
    const budgets = limitingBudgets(client, subscription)
    return { budgets, subscription, refusal: mostLasting(budgets.map(({ refusal }) => refusal)) }
  }

  function addCharge({ userId, subscriptionId, keyId }: Payer, { costNano, chargedNano }: Charge, attempts: number): void {
    keys.addUnsettled(keyId, chargedNano, attempts)
    if (subscriptionId === null) wallets.addUnsettled(userId, chargedNano, attempts)
    else subscriptions.addUnsettled(subscriptionId, costNano, attempts)
  }

  function takeOff(use: SettledUse): void {
    addCharge(use, { costNano: -use.costNano, chargedNano: -use.chargedNano }, -use.attempts)
  }

  return {
    /** To be taken before a read whose result is given to `learnFrom`. */
    mark: () => settlements,

    /** Takes in the balance and windows that came with a client key's record. False when it has to be read again. */
    learnFrom({ user, key, subscription }: ClientKeyRecord, mark: number): boolean {
      const learnt = [wallets.learn(user.id, user.balanceNano, mark), keys.learn(key.id, key.spending, mark)]
      if (subscription !== null) learnt.push(subscriptions.learn(subscription.id, subscription.windows, mark))
      return learnt.every(Boolean)
    },

    /** Looks at all budgets of a client. Rejects with 503 when one that would refuse cannot be read anew. */
    decide,

    /** All of them as known, for display: what pays, and the key with limits or without. */
    budgetsOf: (client: ClientKeyRecord, subscription = client.subscription): [paying: RequestBudget, key: RequestBudget] => [
      payingBudget(client, subscription),
      budgetOfKey(client)
    ],

    /** The client's subscription, whatever is left of it; one that cannot be used, or none, only after a fresh look. */
    async subscriptionOf(client: ClientKeyRecord): Promise<ClientSubscription | null> {
      const known = client.subscription
      return known !== null && problemOfSubscription(known, clock.now()) === null ? known : await readSubscriptionAnew(client)
    },

    /** An attempt was journaled: its cost counts from now on. */
    charged: (sent: SentRecord, charge: Charge) => addCharge(sent, charge, 1),

    /** Attempts that were `charged` are in the database now; `spending` says how their owners stand. */
    settled(uses: readonly SettledUse[], spending: SettledSpending): void {
      settlements++
      for (const [userId, balance] of spending.balances) wallets.learn(userId, balance, settlements)
      for (const [id, windows] of spending.subscriptions) subscriptions.learn(id, windows, settlements)
      for (const [id, spent] of spending.keys) keys.learn(id, spent, settlements)
      for (const use of uses) takeOff(use)
    },

    /** Attempts that were `charged` will not be settled. */
    dropped(uses: readonly SettledUse[]): void {
      for (const use of uses) takeOff(use)
    }
  }
}

export type BillingEligibility = ReturnType<typeof createBillingEligibility>
