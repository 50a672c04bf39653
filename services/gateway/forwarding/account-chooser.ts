import type { AccountDirectory, ServingAccount, UpstreamAccount } from '../accounts/account-directory.ts'
import type { AccountHealth } from '../accounts/account-health.ts'
import { openToUse, type Selection } from '../accounts/selection.ts'
import type { SharedProbes } from '../accounts/shared-probes.ts'
import type { Clock } from '../../platform/clock.ts'
import { noAccounts, threadNotFound, type GatewayError } from '../../platform/gateway-errors.ts'
import type { PriceBook } from '../../money/prices/price-book.ts'
import type { Exchange } from '../request/exchange.ts'
import { startDeadline } from '../request/start-deadline.ts'
import {
  NoCandidateError,
  SlotTimeoutError,
  type AccountSlot,
  type AccountSlotRequest,
  type SlotLease,
  type Slots,
  type WaitOptions
} from '../slots/slots.ts'
import { choiceEntry } from './choice-entry.ts'
import { noneUsable, refusalFor } from './client-refusals.ts'

/** An account to send to. */
export interface ChosenAccount {
  account: UpstreamAccount
  /** The model's name at this account. */
  upstreamModel: string
  /** Releases the slot, before another account is tried. */
  releaseSlot: () => Promise<void>
}

interface AccountChooserOptions {
  config: { affinityWaitMs: number; startTimeoutMs: number }
  clock: Clock
  /** The clock that the accounts' cooldowns use. */
  healthClock: Pick<Clock, 'now'>
  slots: Pick<Slots, 'acquireAccount' | 'boundAccount'>
  directory: Pick<AccountDirectory, 'choiceFor'>
  health: Pick<AccountHealth, 'standing' | 'cooldownsOf' | 'errorOf' | 'rank' | 'claimProbe'>
  probes: SharedProbes
  prices: { current: () => PriceBook }
  /** Keeps a lease alive for the exchange; the returned function lets it go early. */
  holdLease: (exchange: Exchange, lease: SlotLease) => () => Promise<void>
  /** Rejects when a request that has waited may no longer proceed. */
  lookAgain: (exchange: Exchange) => Promise<void>
}

/** Decides which account a request goes to, and what its client is told when there is none. */
export interface AccountChooser {
  /**
   * Chooses an account that was not tried yet and takes a slot on it, waiting while all are busy. Rejects with the error for the
   * client when no account is left, and with SlotTimeoutError when the wait took too long.
   */
  take: (exchange: Exchange, wait: WaitOptions) => Promise<ChosenAccount>
  /** Chooses an account without a slot, for requests that cost the upstream nothing. Rejects in the same cases. */
  choose: (exchange: Exchange) => Promise<ChosenAccount>
  /** What the client is told when its last account has failed. */
  lastFailure: (exchange: Exchange) => Promise<Error>
  /** The exchange's probe had no result: others may try. */
  releaseProbe: (exchange: Exchange) => Promise<void>
  /** Whether the account could serve the exchange's model now. */
  canServe: (exchange: Exchange, accountId: string) => Promise<boolean>
  /** Whether no other account could serve the exchange's model now. */
  isLastUsable: (exchange: Exchange, accountId: string) => Promise<boolean>
}

/** How often a waiting request checks whether other accounts are available again, or the ones it waits for no longer are. */
const LOOK_AROUND_MS = 1000
/** The longer it has waited, the less often: with thousands in the queue, checks are expensive. */
const MAX_DOUBLINGS = 4

/** Another account may be able to answer the same request at once. */
const UNTRIED_RETRY_AFTER_S = 1

export function createAccountChooser(options: AccountChooserOptions): AccountChooser {
  const { config, clock, healthClock, slots, directory, health, probes, prices } = options

  async function selectAny(exchange: Exchange): Promise<Selection> {
    const { group, user } = exchange.client
    const choice = await directory.choiceFor(group, exchange.envelope.model)
    return openToUse(choice, { userId: user.id, speed: exchange.envelope.speed }, health)
  }

  /** Only accounts that have the conversation, when an upstream keeps it. */
  async function select(exchange: Exchange): Promise<Selection> {
    const selection = await selectAny(exchange)
    const { threadHome } = exchange
    if (threadHome === null) return selection
    return { ...selection, usable: selection.usable.filter(({ account }) => account.id === threadHome) }
  }

  async function exhausted(exchange: Exchange, selection: Selection): Promise<Error> {
    const { attempts, envelope } = exchange
    const { usable, soonestBackAt } = selection
    const now = healthClock.now()
    if (attempts.length === 0) {
      if (exchange.threadHome !== null) return threadNotFound()
      return envelope.pinned && usable.length > 0 ? await boundAway(exchange, selection) : noneUsable(selection, now)
    }
    if (usable.length === 0) return refusalFor(attempts, now, soonestBackAt === null ? null : (soonestBackAt - now) / 1000)
    const mayBeCured = usable.some(({ account }) => !exchange.triedAccountIds.includes(account.id))
    return refusalFor(attempts, now, mayBeCured && !envelope.pinned ? UNTRIED_RETRY_AFTER_S : null)
  }

  /** For a request that only its session's account can answer. */
  async function boundAway(exchange: Exchange, selection: Selection): Promise<GatewayError> {
    const boundId = exchange.sessionKey === null ? null : await slots.boundAccount(exchange.sessionKey)
    const backAt = boundId === null ? null : selection.backAtOf(boundId)
    const retryAfterS = backAt === null ? null : (backAt - healthClock.now()) / 1000
    return noAccounts("the account that keeps this conversation's state is away", retryAfterS)
  }

  function note(exchange: Exchange, selection: Selection, slot: AccountSlot | null): void {
    exchange.trace.choice(
      choiceEntry(exchange, selection, slot, { rank: health.rank, prices: prices.current(), now: clock.now() })
    )
  }

  /** The account, unless it became unavailable or its probe went to another request during the wait for its slot. */
  async function stillUsable(exchange: Exchange, selection: Selection, accountId: string): Promise<ServingAccount | null> {
    const serving = selection.usable.find(({ account }) => account.id === accountId)
    if (serving === undefined || !mayUse(serving, selection, exchange)) return null
    exchange.hold(() => probes.release(exchange.id))
    return (await probes.confirm(exchange.id)) ? serving : null
  }

  /** Of all requests that found an account due for a probe, one gets it. */
  function mayUse(
    { account, upstreamModel }: ServingAccount,
    { isLastResort }: Selection,
    { id, envelope }: Exchange
  ): boolean {
    return isLastResort || health.claimProbe(account.id, upstreamModel, id, envelope.speed)
  }

  /**
   * Asks for a slot until it has one that is still useful. While it waits, accounts become unavailable and available again, so it
   * checks now and then, and asks again with its old place in the queue.
   */
  async function take(exchange: Exchange, wait: WaitOptions): Promise<ChosenAccount> {
    const since = clock.uptime()
    const user = { userId: exchange.client.user.id, session: exchange.session?.shown ?? null, since: clock.now() }
    // A slot that comes later would be too late to send anything.
    const endsAt = Math.min(wait.deadlineAt, startDeadline(exchange, config))
    let arrival: number | null = null
    let isWaiting = false
    for (let looks = 0; ; looks++) {
      const selection = await select(exchange)
      let hasWaited = false
      let slot: AccountSlot
      try {
        slot = await slots.acquireAccount(
          { ...requestFor(exchange, selection, arrival, since), user: { ...user } },
          {
            signal: wait.signal,
            deadlineAt: Math.min(endsAt, clock.uptime() + LOOK_AROUND_MS * 2 ** Math.min(looks, MAX_DOUBLINGS)),
            onWait() {
              hasWaited = true
              exchange.lookDue = true
              if (!isWaiting) wait.onWait?.(null)
              isWaiting = true
            }
          }
        )
      } catch (error) {
        if (error instanceof SlotTimeoutError && clock.uptime() < endsAt) {
          arrival = error.arrival
          continue
        }
        note(exchange, selection, null)
        throw error instanceof NoCandidateError ? await exhausted(exchange, selection) : error
      }
      const releaseSlot = options.holdLease(exchange, slot.lease)
      await options.lookAgain(exchange)
      const serving = await stillUsable(exchange, hasWaited ? await select(exchange) : selection, slot.accountId)
      if (serving !== null) {
        note(exchange, selection, slot)
        return { account: serving.account, upstreamModel: serving.upstreamModel, releaseSlot }
      }
      arrival = slot.arrival
      await releaseSlot()
    }
  }

  function requestFor(exchange: Exchange, selection: Selection, arrival: number | null, since: number): AccountSlotRequest {
    return {
      candidates: selection.usable.map(({ account, limit, priority }) => ({
        accountId: account.id,
        limit,
        priority,
        ...health.rank(account.id)
      })),
      exclude: exchange.triedAccountIds,
      holder: exchange.id,
      // The thread decides the account; the session stays with the account of its other requests.
      session: exchange.threadHome === null ? exchange.sessionKey : null,
      pinned: exchange.envelope.pinned,
      affinityWaitMs: exchange.session?.isDerived === true ? 0 : Math.max(0, config.affinityWaitMs - (clock.uptime() - since)),
      arrival
    }
  }

  return {
    take,

    async choose(exchange) {
      const selection = await select(exchange)
      const boundId = exchange.sessionKey === null ? null : await slots.boundAccount(exchange.sessionKey)
      const untried = selection.usable.filter(({ account }) => !exchange.triedAccountIds.includes(account.id))
      const bound = untried.find(({ account }) => account.id === boundId)
      // State kept at one account cannot be counted by another.
      const others = exchange.envelope.pinned && boundId !== null ? [] : untried
      const chosen = bound ?? others.toSorted((a, b) => a.priority - b.priority)[0]
      if (chosen === undefined) throw await exhausted(exchange, selection)
      return { account: chosen.account, upstreamModel: chosen.upstreamModel, releaseSlot: async () => {} }
    },

    releaseProbe: (exchange) => probes.release(exchange.id),

    lastFailure: async (exchange) => exhausted(exchange, await select(exchange)),

    async canServe(exchange, accountId) {
      const { usable } = await selectAny(exchange)
      return usable.some(({ account }) => account.id === accountId)
    },

    async isLastUsable(exchange, accountId) {
      const { usable } = await selectAny(exchange)
      return usable.every(({ account }) => account.id === accountId)
    }
  }
}
