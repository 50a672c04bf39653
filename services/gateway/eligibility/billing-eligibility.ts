import type { SentRecord } from '../../money/usage/attempt-records.ts'
import type { Clock } from '../../platform/clock.ts'
import { databaseAway, noActiveSubscription, type GatewayError } from '../../platform/gateway-errors.ts'
import { addToWindow, type QuotaWindow, type WindowPolicy } from '../../money/billing/quota-windows.ts'
import type { TeamSpending } from '../../money/billing/team-budget.ts'
import type { KeyLimits, KeySpending } from '../../resources/records/key-spending.ts'
import type { ClientKeyRecord, ClientSubscription } from '../../resources/records/client-keys.ts'
import { balanceRefusal, isFree, keyLimitRefusal, subscriptionRefusal } from '../../resources/records/spending-refusals.ts'
import { problemOfSubscription } from '../../resources/records/subscriptions.ts'

interface BillingEligibilityOptions {
  readBalance: (userId: string) => Promise<bigint | null>
  readSubscription: (userId: string, groupId: string) => Promise<ClientSubscription | null>
  readKeySpending: (keyId: string) => Promise<KeySpending | null>
  policyOf: (group: ClientKeyRecord['group']) => WindowPolicy
  clock: Clock
}

/** An attempt's price: the list cost, which the windows of subscriptions count, and what is charged, which wallets and keys count. */
interface Charge {
  costNano: bigint
  chargedNano: bigint
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

interface Spending<Settled> {
  settled: Settled
  /** Journaled by this process but not yet in the database. */
  unsettledNano: bigint
  /** Of so many attempts. */
  unsettledAttempts: number
  /** The count of settlements when `settled` was true. */
  asOf: number
}

/**
 * May this key spend now? Answered from what is known minus this process's unsettled cost, so that the hot path asks no
 * database; but nobody is refused before a fresh look, so that a top-up works at once.
 */
export function createBillingEligibility(options: BillingEligibilityOptions) {
  const { readBalance, readSubscription, readKeySpending, policyOf, clock } = options
  const wallets = new Map<string, Spending<bigint>>()
  const subscriptions = new Map<string, Spending<readonly QuotaWindow[]>>()
  const keys = new Map<string, Spending<KeySpending>>()
  let settlements = 0

  /** Takes in what was read, unless a settlement that the read may have missed came in between. */
  function learn<T>(spendings: Map<string, Spending<T>>, id: string, settled: T, mark: number): Spending<T> {
    const known = spendings.get(id)
    if (known !== undefined && known.asOf > mark) return known
    const { unsettledNano = 0n, unsettledAttempts = 0 } = known ?? {}
    const spending = { settled, unsettledNano, unsettledAttempts, asOf: mark }
    spendings.set(id, spending)
    return spending
  }

  async function freshly<T>(read: Promise<T>): Promise<T> {
    try {
      return await read
    } catch (error) {
      throw databaseAway(error)
    }
  }

  async function checkBalance(client: ClientKeyRecord): Promise<null> {
    if (isFree(client.group)) return null
    const known = wallets.get(client.user.id)
    if (known !== undefined && known.settled > known.unsettledNano) return null
    const mark = settlements
    const balance = await freshly(readBalance(client.user.id))
    const wallet = learn(wallets, client.user.id, balance ?? 0n, mark)
    const refusal = balanceRefusal(wallet.settled - wallet.unsettledNano, client.group)
    if (refusal !== null) throw refusal
    return null
  }

  function windowsAt(subscription: ClientSubscription, policy: WindowPolicy, at: number): readonly QuotaWindow[] {
    const spending = subscriptions.get(subscription.id)
    if (spending === undefined) return subscription.windows
    const { settled, unsettledNano } = spending
    return unsettledNano === 0n ? settled : settled.map((window) => addToWindow(window, policy, at, unsettledNano))
  }

  async function readSubscriptionAnew({ user, group }: ClientKeyRecord): Promise<ClientSubscription | null> {
    const mark = settlements
    const fresh = await freshly(readSubscription(user.id, group.id))
    if (fresh !== null) learn(subscriptions, fresh.id, fresh.windows, mark)
    return fresh
  }

  async function checkSubscription(client: ClientKeyRecord): Promise<ClientSubscription> {
    const { group, subscription: known } = client
    const policy = policyOf(group)
    const refusalOf = (subscription: ClientSubscription) =>
      subscriptionRefusal(subscription, windowsAt(subscription, policy, clock.now()), group, policy, clock.now())

    if (known !== null && refusalOf(known) === null) return known
    const fresh = await readSubscriptionAnew(client)
    if (fresh === null) throw noActiveSubscription(group.name, null)
    const refusal = refusalOf(fresh)
    if (refusal !== null) throw refusal
    return fresh
  }

  /** What a key was charged, with what is not yet settled. */
  function spendingOf({ key, group }: ClientKeyRecord): KeySpending {
    const known = keys.get(key.id)
    if (known === undefined) return key.spending
    const { settled, unsettledNano } = known
    if (unsettledNano === 0n) return settled
    const add = (window: QuotaWindow) => addToWindow(window, policyOf(group), clock.now(), unsettledNano)
    return { windows: settled.windows.map(add), totalNano: settled.totalNano + unsettledNano }
  }

  /** Null while the key may be charged more. */
  const keyRefusal = (client: ClientKeyRecord): GatewayError | null =>
    keyLimitRefusal(spendingOf(client), client.key.limits, policyOf(client.group), clock.now())

  async function checkKey(client: ClientKeyRecord): Promise<void> {
    if (!isLimited(client.key.limits) || keyRefusal(client) === null) return
    const mark = settlements
    const fresh = await freshly(readKeySpending(client.key.id))
    if (fresh !== null) learn(keys, client.key.id, fresh, mark)
    const refusal = keyRefusal(client)
    if (refusal !== null) throw refusal
  }

  function addUnsettled<T>(spendings: Map<string, Spending<T>>, id: string, nano: bigint, attempts: number): void {
    const spending = spendings.get(id)
    if (spending === undefined) return
    const sum = spending.unsettledNano + nano
    spending.unsettledAttempts = Math.max(0, spending.unsettledAttempts + attempts)
    // An attempt is settled at another price where prices were read anew since: what that leaves must not stay.
    spending.unsettledNano = sum > 0n && spending.unsettledAttempts > 0 ? sum : 0n
  }

  function addCharge({ userId, subscriptionId, keyId }: Payer, { costNano, chargedNano }: Charge, attempts: number): void {
    addUnsettled(keys, keyId, chargedNano, attempts)
    if (subscriptionId === null) addUnsettled(wallets, userId, chargedNano, attempts)
    else addUnsettled(subscriptions, subscriptionId, costNano, attempts)
  }

  function takeOff(use: SettledUse): void {
    addCharge(use, { costNano: -use.costNano, chargedNano: -use.chargedNano }, -use.attempts)
  }

  return {
    /** To be taken before a read whose result is given to `learnFrom`. */
    mark: () => settlements,

    /** Takes in the balance and windows that came with a client key's record. False when it has to be read again: see `learn`. */
    learnFrom({ user, key, subscription }: ClientKeyRecord, mark: number): boolean {
      const learnt = [learn(wallets, user.id, user.balanceNano, mark), learn(keys, key.id, key.spending, mark)]
      return (
        learnt.every(({ asOf }) => asOf === mark) &&
        (subscription === null || learn(subscriptions, subscription.id, subscription.windows, mark).asOf === mark)
      )
    },

    /** Resolves to the subscription to charge, null for the wallet; rejects with the GatewayError to answer. */
    check: (client: ClientKeyRecord): Promise<ClientSubscription | null> =>
      client.group.kind === 'subscription' ? checkSubscription(client) : checkBalance(client),

    /** Rejects with the GatewayError to answer when a limit of the key itself is used up. */
    checkKey,

    /** What the key was charged, with what is not yet settled, for display. */
    spendingOf,

    /** The client's subscription, whatever is left of it; one that cannot be used, or none, only after a fresh look. */
    async subscriptionOf(client: ClientKeyRecord): Promise<ClientSubscription | null> {
      const known = client.subscription
      return known !== null && problemOfSubscription(known, clock.now()) === null ? known : await readSubscriptionAnew(client)
    },

    /** The windows as they stand with what is not yet settled, for display. */
    windowsOf: (subscription: ClientSubscription, policy: WindowPolicy) => windowsAt(subscription, policy, clock.now()),

    /** The balance less what is not yet settled, for display. */
    balanceOf(client: ClientKeyRecord): bigint {
      const wallet = wallets.get(client.user.id)
      return wallet === undefined ? client.user.balanceNano : wallet.settled - wallet.unsettledNano
    },

    /** An attempt was journaled: its cost counts from now on. */
    charged: (sent: SentRecord, charge: Charge) => addCharge(sent, charge, 1),

    /** Attempts that were `charged` are in the database now; `spending` says how their owners stand. */
    settled(uses: readonly SettledUse[], spending: SettledSpending): void {
      settlements++
      for (const [userId, balance] of spending.balances) learn(wallets, userId, balance, settlements)
      for (const [id, windows] of spending.subscriptions) learn(subscriptions, id, windows, settlements)
      for (const [id, spent] of spending.keys) learn(keys, id, spent, settlements)
      for (const use of uses) takeOff(use)
    },

    /** Attempts that were `charged` will not be settled. */
    dropped(uses: readonly SettledUse[]): void {
      for (const use of uses) takeOff(use)
    }
  }
}

export const isLimited = (limits: KeyLimits) => Object.values(limits).some((limit) => limit !== null)

export type BillingEligibility = ReturnType<typeof createBillingEligibility>
