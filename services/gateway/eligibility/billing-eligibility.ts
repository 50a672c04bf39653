import type { SentRecord } from '../../money/usage/attempt-records.ts'
import type { Clock } from '../../platform/clock.ts'
import { databaseAway, type GatewayError } from '../../platform/gateway-errors.ts'
import { addToWindow, type QuotaWindow } from '../../money/billing/quota-windows.ts'
import { windowPolicyOf } from '../../money/billing/window-policies.ts'
import { addToTeam, type TeamSpending } from '../../money/billing/team-budget.ts'
import type { KeySpending } from '../../resources/records/key-spending.ts'
import type { ClientKeyRecord, ClientSubscription } from '../../resources/records/client-keys.ts'
import { mostLasting } from '../../resources/records/spending-refusals.ts'
import type { ClientTeam } from '../../resources/records/teams.ts'
import { problemOfSubscription } from '../../resources/records/subscriptions.ts'
import { createKnownSpending, type KnownSpending, type Shares } from './known-spending.ts'
import {
  isLimited,
  keyBudget,
  subscriptionBudget,
  teamBudget,
  walletBudget,
  type BudgetKind,
  type Charge,
  type RequestBudget
} from './request-budgets.ts'

interface BillingEligibilityOptions {
  readBalance: (userId: string) => Promise<bigint | null>
  readSubscription: (userId: string, groupId: string) => Promise<ClientSubscription | null>
  readKeySpending: (keyId: string) => Promise<KeySpending | null>
  readTeamSpending: (teamId: string) => Promise<TeamSpending | null>
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

type Payer = Pick<SentRecord, 'userId' | 'keyId' | 'subscriptionId'> & { teamId?: string | null }

/** What counts as used beside what is settled. */
export type PendingUse = (kind: BudgetKind, id: string) => Shares

/** What a client's requests have to do with, as known. */
export interface KnownBudgets {
  paying: RequestBudget
  key: RequestBudget
  team: RequestBudget | null
}

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
  const { readBalance, readSubscription, readKeySpending, readTeamSpending, clock } = options
  const known = {
    wallet: createKnownSpending<bigint>(),
    subscription: createKnownSpending<readonly QuotaWindow[]>(),
    key: createKnownSpending<KeySpending>(),
    team: createKnownSpending<TeamSpending>()
  }
  let settlements = 0

  async function freshly<T>(read: Promise<T>): Promise<T> {
    try {
      return await read
    } catch (error) {
      throw databaseAway(error)
    }
  }

  const unsettled: PendingUse = (kind, id) => known[kind].unsettledOf(id)

  function balanceOf({ user }: ClientKeyRecord, pending: PendingUse): bigint {
    return (known.wallet.settledOf(user.id) ?? user.balanceNano) - sumOf(pending('wallet', user.id))
  }

  function withPending(windows: readonly QuotaWindow[], { group }: ClientKeyRecord, nano: bigint): readonly QuotaWindow[] {
    if (nano === 0n) return windows
    return windows.map((window) => addToWindow(window, windowPolicyOf(group), clock.now(), nano))
  }

  function windowsOf({ id, windows }: ClientSubscription, client: ClientKeyRecord, pending: PendingUse) {
    return withPending(known.subscription.settledOf(id) ?? windows, client, sumOf(pending('subscription', id)))
  }

  function spendingOf(client: ClientKeyRecord, pending: PendingUse): KeySpending {
    const { windows, totalNano } = known.key.settledOf(client.key.id) ?? client.key.spending
    const nano = sumOf(pending('key', client.key.id))
    return { windows: withPending(windows, client, nano), totalNano: totalNano + nano }
  }

  function spendingOfTeam(team: ClientTeam, pending: PendingUse): TeamSpending {
    let spending = known.team.settledOf(team.id) ?? team.spending
    const policy = windowPolicyOf(team)
    for (const [userId, nano] of pending('team', team.id)) spending = addToTeam(spending, policy, userId, clock.now(), nano)
    return spending
  }

  function payingBudget(client: ClientKeyRecord, subscription: ClientSubscription | null, pending: PendingUse): RequestBudget {
    if (client.group.kind === 'balance') return walletBudget(client, balanceOf(client, pending))
    const windows = subscription === null ? [] : windowsOf(subscription, client, pending)
    return subscriptionBudget(client, subscription, windows, clock.now())
  }

  const budgetOfKey = (client: ClientKeyRecord, pending: PendingUse) =>
    keyBudget(client, spendingOf(client, pending), clock.now())

  const budgetOfTeam = (client: ClientKeyRecord, team: ClientTeam, pending: PendingUse) =>
    teamBudget(client, team, spendingOfTeam(team, pending), clock.now())

  /** What pays for a request of the client, and what else limits it. */
  function limitingBudgets(
    client: ClientKeyRecord,
    subscription: ClientSubscription | null,
    pending: PendingUse
  ): RequestBudget[] {
    const budgets = [payingBudget(client, subscription, pending)]
    if (isLimited(client.key.limits)) budgets.push(budgetOfKey(client, pending))
    if (client.team !== null) budgets.push(budgetOfTeam(client, client.team, pending))
    return budgets
  }

  async function readSubscriptionAnew({ user, group }: ClientKeyRecord): Promise<ClientSubscription | null> {
    const mark = settlements
    const fresh = await freshly(readSubscription(user.id, group.id))
    if (fresh !== null) known.subscription.learn(fresh.id, fresh.windows, mark)
    return fresh
  }

  /** Reads anew how a budget stands. Resolves to the subscription that pays. */
  async function look(
    { kind, id }: RequestBudget,
    client: ClientKeyRecord,
    paying: ClientSubscription | null
  ): Promise<ClientSubscription | null> {
    if (kind === 'subscription') return await readSubscriptionAnew(client)
    if (id === null) return paying
    const mark = settlements
    if (kind === 'wallet') known.wallet.learn(id, (await freshly(readBalance(id))) ?? 0n, mark)
    else if (kind === 'key') learnIfThere(known.key, id, await freshly(readKeySpending(id)), mark)
    else learnIfThere(known.team, id, await freshly(readTeamSpending(id)), mark)
    return paying
  }

  async function decide(client: ClientKeyRecord): Promise<SpendingDecision> {
    let subscription = client.group.kind === 'subscription' ? client.subscription : null
    const seen = limitingBudgets(client, subscription, unsettled)
    const refusing = seen.filter(({ refusal }) => refusal !== null)
    if (refusing.length === 0) return { budgets: seen, subscription, refusal: null }
    for (const budget of refusing) subscription = await look(budget, client, subscription)
    const budgets = limitingBudgets(client, subscription, unsettled)
    return { budgets, subscription, refusal: mostLasting(budgets.map(({ refusal }) => refusal)) }
  }

  function addCharge(
    { userId, subscriptionId, keyId, teamId = null }: Payer,
    { costNano, chargedNano }: Charge,
    attempts: number
  ): void {
    known.key.addUnsettled(keyId, '', chargedNano, attempts)
    if (teamId !== null) known.team.addUnsettled(teamId, userId, chargedNano, attempts)
    if (subscriptionId === null) known.wallet.addUnsettled(userId, '', chargedNano, attempts)
    else known.subscription.addUnsettled(subscriptionId, '', costNano, attempts)
  }

  function takeOff(use: SettledUse): void {
    addCharge(use, { costNano: -use.costNano, chargedNano: -use.chargedNano }, -use.attempts)
  }

  return {
    /** To be taken before a read whose result is given to `learnFrom`. */
    mark: () => settlements,

    /** Takes in the balance and windows that came with a client key's record. False when it has to be read again. */
    learnFrom({ user, key, subscription, team }: ClientKeyRecord, mark: number): boolean {
      const learnt = [known.wallet.learn(user.id, user.balanceNano, mark), known.key.learn(key.id, key.spending, mark)]
      if (subscription !== null) learnt.push(known.subscription.learn(subscription.id, subscription.windows, mark))
      if (team !== null) learnt.push(known.team.learn(team.id, team.spending, mark))
      return learnt.every(Boolean)
    },

    /** Looks at all budgets of a client. Rejects with 503 when one that would refuse cannot be read anew. */
    decide,

    /** Those that limit a client, as they stand with what is said to count beside what is settled. */
    limiting: limitingBudgets,

    /** What this process has journaled and the database does not have, by whose share it counts in. */
    unsettledOf: unsettled,

    /** Reads anew how a budget stands. Rejects with 503. */
    look,

    /** All of them as known, for display: what pays, the key with limits or without, and the team if there is one. */
    budgetsOf: (client: ClientKeyRecord, subscription = client.subscription): KnownBudgets => ({
      paying: payingBudget(client, subscription, unsettled),
      key: budgetOfKey(client, unsettled),
      team: client.team === null ? null : budgetOfTeam(client, client.team, unsettled)
    }),

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
      for (const [userId, balance] of spending.balances) known.wallet.learn(userId, balance, settlements)
      for (const [id, windows] of spending.subscriptions) known.subscription.learn(id, windows, settlements)
      for (const [id, spent] of spending.keys) known.key.learn(id, spent, settlements)
      for (const [id, spent] of spending.teams) known.team.learn(id, spent, settlements)
      for (const use of uses) takeOff(use)
    },

    /** Attempts that were `charged` will not be settled. */
    dropped(uses: readonly SettledUse[]): void {
      for (const use of uses) takeOff(use)
    }
  }
}

const sumOf = (shares: Shares): bigint => [...shares.values()].reduce((sum, nano) => sum + nano, 0n)

function learnIfThere<Settled>(spending: KnownSpending<Settled>, id: string, read: Settled | null, mark: number): void {
  if (read !== null) spending.learn(id, read, mark)
}

export type BillingEligibility = ReturnType<typeof createBillingEligibility>
