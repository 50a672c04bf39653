import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { ServingAccount } from '../services/accounts/account-directory.ts'
import { openToUse, type Selection } from '../services/accounts/selection.ts'
import { createSharedProbes } from '../services/accounts/shared-probes.ts'
import type { Exchange } from '../services/request/exchange.ts'
import { startDeadline } from '../services/request/start-deadline.ts'
import { noAccounts, threadNotFound, type GatewayError } from '../services/gateway-errors.ts'
import type { ChosenAccount } from '../services/forwarding/forwarder.ts'
import {
  NoCandidateError,
  SlotTimeoutError,
  type AccountSlot,
  type AccountSlotRequest,
  type WaitOptions
} from '../services/slots/slots.ts'
import { oneAtATime } from '../services/one-at-a-time.ts'
import { noneUsable, refusalFor } from '../services/forwarding/client-refusals.ts'
import { costOfMove } from '../services/prices/cost-of-move.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Chooses an account that was not tried yet and takes a slot on it, waiting while all are busy. */
    takeAccountSlot: (exchange: Exchange) => Promise<ChosenAccount>
    /** Chooses an account without a slot: for requests that cost the upstream nothing. */
    chooseAccount: (exchange: Exchange) => Promise<ChosenAccount>
    /** What the client is told when its last account has failed. */
    lastFailure: (exchange: Exchange) => Promise<Error>
    /** The exchange's probe came to nothing that says anything: others may try. */
    releaseProbe: (exchange: Exchange) => Promise<void>
    /** Whether the account could serve the exchange's model now. */
    canServe: (exchange: Exchange, accountId: string) => Promise<boolean>
    /** Whether no other account could serve the exchange's model now. */
    isLastUsable: (exchange: Exchange, accountId: string) => Promise<boolean>
  }
}

/** How often a waiting request looks whether other accounts have come back, or those it waits for have gone. */
const LOOK_AROUND_MS = 1000
/** The longer it has waited the less often: with thousands in the queue each look costs. */
const MAX_DOUBLINGS = 4

/** Another account may answer the same request at once. */
const UNTRIED_COME_BACK_S = 1

async function accountSelection(app: FastifyInstance) {
  const { config, clock, healthClock, slots, accountDirectory, accountHealth, prices } = app
  const probes = createSharedProbes({
    health: accountHealth,
    shared: app.sharedSlots,
    isShared: () => app.slotsState() === 'shared'
  })

  async function selectAny(exchange: Exchange): Promise<Selection> {
    const { group, user } = exchange.client
    const choice = await accountDirectory.choiceFor(group, exchange.asked.model)
    return openToUse(choice, { userId: user.id, speed: exchange.asked.speed }, accountHealth)
  }

  /** Of those that have the conversation, where an upstream keeps it. */
  async function select(exchange: Exchange): Promise<Selection> {
    const selection = await selectAny(exchange)
    const { threadHome } = exchange
    if (threadHome === null) return selection
    return { ...selection, usable: selection.usable.filter(({ account }) => account.id === threadHome) }
  }

  async function exhausted(exchange: Exchange, selection: Selection): Promise<Error> {
    const { attempts, asked } = exchange
    const { usable, soonestBackAt } = selection
    const now = healthClock.now()
    if (attempts.length === 0) {
      if (exchange.threadHome !== null) return threadNotFound()
      return asked.pinned && usable.length > 0 ? await boundAway(exchange, selection) : noneUsable(selection, now)
    }
    if (usable.length === 0) return refusalFor(attempts, now, soonestBackAt === null ? null : (soonestBackAt - now) / 1000)
    const mayBeCured = usable.some(({ account }) => !exchange.triedAccountIds.includes(account.id))
    return refusalFor(attempts, now, mayBeCured && !asked.pinned ? UNTRIED_COME_BACK_S : null)
  }

  /** For a request that only its session's account can answer. */
  async function boundAway(exchange: Exchange, selection: Selection): Promise<GatewayError> {
    const boundId = exchange.sessionKey === null ? null : await slots.boundAccount(exchange.sessionKey)
    const backAt = boundId === null ? null : selection.backAtOf(boundId)
    const comeBackS = backAt === null ? null : (backAt - healthClock.now()) / 1000
    return noAccounts("the account that keeps this conversation's state is away", comeBackS)
  }

  /** Notes for the operator why this account, and what it cost the session's prompt cache. */
  function noteChoice(exchange: Exchange, selection: Selection, slot: AccountSlot | null): void {
    const inFlight = new Map(slot?.considered.map((entry) => [entry.accountId, entry.inFlight]))
    const nameOf = (id: string) => selection.nameOf(id) ?? `account ${id}`
    const isUntried = ({ account }: ServingAccount) => !exchange.triedAccountIds.includes(account.id)
    const binding = slot?.binding ?? null
    exchange.trace.choice({
      candidates: selection.usable.filter(isUntried).map(({ account, priority, limit }) => ({
        account: account.name,
        priority,
        limit,
        inFlight: inFlight.get(account.id) ?? null,
        usedLast: accountHealth.rank(account.id).usedLast
      })),
      passedOver: [
        ...selection.passedOver,
        ...selection.usable
          .filter((serving) => !isUntried(serving))
          .map(({ account }) => ({ account: account.name, state: 'tried' as const, reason: 'tried already' }))
      ],
      chosen: slot === null ? null : nameOf(slot.accountId),
      affinity: slot?.affinity ?? null,
      move:
        binding === null || binding.accountId === slot?.accountId
          ? null
          : {
              from: nameOf(binding.accountId),
              cacheReadTokens: binding.cacheReadTokens,
              extraCostNano: costOfMove(binding, exchange.asked.model, prices.current(), clock.now())
            }
    })
  }

  /** The account, unless it was taken out or its probe given to another while this request waited for its slot. */
  async function stillUsable(exchange: Exchange, selection: Selection, accountId: string): Promise<ServingAccount | null> {
    const serving = selection.usable.find(({ account }) => account.id === accountId)
    if (serving === undefined || !mayUse(serving, selection, exchange)) return null
    exchange.hold(() => probes.release(exchange.id))
    return (await probes.confirm(exchange.id)) ? serving : null
  }

  /** Of those who found an account due for a try, one gets it. */
  function mayUse({ account, upstreamModel }: ServingAccount, { isLastResort }: Selection, { id, asked }: Exchange): boolean {
    return isLastResort || accountHealth.claimProbe(account.id, upstreamModel, id, asked.speed)
  }

  /**
   * Asks for a slot until it has one that is still of use. While it waits, accounts go out and come back; so it looks around
   * now and then, and asks again with its old place in the queue.
   */
  async function takeWithin(exchange: Exchange, wait: WaitOptions): Promise<ChosenAccount> {
    const since = clock.uptime()
    // With a slot that comes later nothing could be sent any more.
    const endsAt = Math.min(wait.deadlineAt, startDeadline(exchange, config))
    let arrival: number | null = null
    let isWaiting = false
    for (let looks = 0; ; looks++) {
      const selection = await select(exchange)
      let hasWaited = false
      let slot: AccountSlot
      try {
        slot = await slots.acquireAccount(requestFor(exchange, selection, arrival, since), {
          signal: wait.signal,
          deadlineAt: Math.min(endsAt, clock.uptime() + LOOK_AROUND_MS * 2 ** Math.min(looks, MAX_DOUBLINGS)),
          onWait() {
            hasWaited = true
            exchange.lookDue = true
            if (!isWaiting) wait.onWait?.()
            isWaiting = true
          }
        })
      } catch (error) {
        if (error instanceof SlotTimeoutError && clock.uptime() < endsAt) {
          arrival = error.arrival
          continue
        }
        noteChoice(exchange, selection, null)
        throw error instanceof NoCandidateError ? await exhausted(exchange, selection) : error
      }
      const releaseSlot = app.holdLease(exchange, slot.lease)
      await app.lookAgain(exchange)
      const serving = await stillUsable(exchange, hasWaited ? await select(exchange) : selection, slot.accountId)
      if (serving !== null) {
        noteChoice(exchange, selection, slot)
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
        ...accountHealth.rank(account.id)
      })),
      exclude: exchange.triedAccountIds,
      holder: exchange.id,
      // The thread says where to go; the session stays with the account that its other requests go to.
      session: exchange.threadHome === null ? exchange.sessionKey : null,
      pinned: exchange.request.pinned,
      affinityWaitMs: exchange.session?.isDerived === true ? 0 : Math.max(0, config.affinityWaitMs - (clock.uptime() - since)),
      arrival
    }
  }

  app.decorate('takeAccountSlot', (exchange: Exchange) => app.queued(exchange, 'account', (wait) => takeWithin(exchange, wait)))

  /** A raised limit serves those who wait at once. */
  const tellLimits = oneAtATime(async () => {
    if (app.waitingFor('account').length === 0) return
    await accountDirectory.load().catch(() => {})
    await Promise.all(accountDirectory.known().map(({ id, concurrency }) => app.tellLimit('account', id, concurrency)))
  })
  app.bus.subscribe('accounts', () => void tellLimits())

  app.decorate('chooseAccount', async (exchange: Exchange) => {
    const selection = await select(exchange)
    const boundId = exchange.sessionKey === null ? null : await slots.boundAccount(exchange.sessionKey)
    const untried = selection.usable.filter(({ account }) => !exchange.triedAccountIds.includes(account.id))
    const bound = untried.find(({ account }) => account.id === boundId)
    // What is kept at one account cannot be counted by another.
    const others = exchange.asked.pinned && boundId !== null ? [] : untried
    const chosen = bound ?? others.toSorted((a, b) => a.priority - b.priority)[0]
    if (chosen === undefined) throw await exhausted(exchange, selection)
    return { account: chosen.account, upstreamModel: chosen.upstreamModel, releaseSlot: async () => {} }
  })

  app.decorate('releaseProbe', (exchange: Exchange) => probes.release(exchange.id))

  app.decorate('lastFailure', async (exchange: Exchange) => exhausted(exchange, await select(exchange)))

  app.decorate('canServe', async (exchange: Exchange, accountId: string) => {
    const { usable } = await selectAny(exchange)
    return usable.some(({ account }) => account.id === accountId)
  })

  app.decorate('isLastUsable', async (exchange: Exchange, accountId: string) => {
    const { usable } = await selectAny(exchange)
    return usable.every(({ account }) => account.id === accountId)
  })
}

export default fp(accountSelection, {
  name: 'account-selection',
  fastify: '5.x',
  dependencies: ['config', 'bus', 'prices', 'accounts', 'redis', 'admission', 'concurrency-slots']
})
