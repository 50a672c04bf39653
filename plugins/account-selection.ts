import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createAccountDirectory, type UpstreamAccount } from '../services/request/account-directory.ts'
import type { Exchange } from '../services/request/exchange.ts'
import { modelNotFound, noAccounts } from '../services/gateway-errors.ts'
import { listAccounts } from '../services/records/accounts.ts'
import { NoCandidateError } from '../services/slots/slots.ts'
import { finalError } from '../services/forwarding/upstream-failures.ts'
import { exchangeOf } from './authentication.ts'

/** An account with a slot on it. */
export interface ChosenAccount {
  account: UpstreamAccount
  /** Gives the slot back, for when another account is tried next. */
  releaseSlot: () => Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    /** preHandler: may the key's group use this model? */
    checkModel: (request: FastifyRequest) => Promise<void>
    /** Chooses an account that was not tried yet and takes a slot on it, waiting while all are busy. */
    takeAccountSlot: (exchange: Exchange) => Promise<ChosenAccount>
    /** Chooses an account without a slot: for requests that cost the upstream nothing. */
    chooseAccount: (exchange: Exchange) => Promise<UpstreamAccount>
  }
}

async function accountSelection(app: FastifyInstance) {
  const { config, clock, slots } = app
  const directory = createAccountDirectory({
    read: () => listAccounts(app.pg.pool),
    secretBox: app.secretBox,
    defaultBaseUrl: config.anthropicBaseUrl,
    clock,
    freshMs: config.cacheFreshMs,
    onUnreadable: (account, err) => app.log.error({ account, err }, 'the credentials of an account cannot be read')
  })
  app.bus.subscribe('directory', () => directory.expire())

  /** What the client reads when no account is left: the last one's failure, or that there was none. */
  function exhausted(exchange: Exchange, reason: string) {
    const failure = exchange.attempts.at(-1)?.failure
    return failure === undefined || failure === null ? noAccounts(reason) : finalError(failure, clock.now())
  }

  async function isCandidate(exchange: Exchange, accountId: string): Promise<boolean> {
    const { group } = exchange.client
    const { candidates } = await directory.choiceFor(group.id, group.name, exchange.request.model)
    return candidates.some((candidate) => candidate.accountId === accountId)
  }

  app.decorate('checkModel', async (request: FastifyRequest) => {
    const { client, request: envelope } = exchangeOf(request)
    const allowed = client.group.allowedModels
    if (allowed !== null && !allowed.includes(envelope.model)) throw modelNotFound(envelope.model)
  })

  app.decorate('takeAccountSlot', async (exchange: Exchange) => {
    const { group } = exchange.client
    const { candidates, reason } = await directory.choiceFor(group.id, group.name, exchange.request.model)
    const request = {
      candidates,
      exclude: exchange.triedAccountIds,
      holder: exchange.id,
      session: exchange.sessionKey,
      pinned: exchange.request.pinned,
      affinityWaitMs: config.affinityWaitMs
    }
    try {
      const slot = await app.queued(exchange, (wait) => slots.acquireAccount(request, wait))
      const releaseSlot = app.holdLease(exchange, slot.lease)
      if (await isCandidate(exchange, slot.accountId)) return { account: directory.get(slot.accountId), releaseSlot }
      // It was taken out while this request waited for it.
      await releaseSlot()
      return await app.takeAccountSlot(exchange)
    } catch (error) {
      throw error instanceof NoCandidateError ? exhausted(exchange, reason) : error
    }
  })

  app.decorate('chooseAccount', async (exchange: Exchange) => {
    const { group } = exchange.client
    const { candidates, reason } = await directory.choiceFor(group.id, group.name, exchange.request.model)
    const untried = candidates.filter((candidate) => !exchange.triedAccountIds.includes(candidate.accountId))
    const first = untried.toSorted((a, b) => a.priority - b.priority)[0]
    if (first === undefined) throw exhausted(exchange, reason)
    return directory.get(first.accountId)
  })
}

export default fp(accountSelection, {
  name: 'account-selection',
  fastify: '5.x',
  dependencies: ['config', 'database', 'secrets', 'bus', 'concurrency-slots']
})
