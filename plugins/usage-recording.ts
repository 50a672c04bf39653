import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { priceAttempt } from '../services/money/prices/attempt-price.ts'
import { createAttemptRecorder, type AttemptRecorder } from '../services/money/usage/attempt-recorder.ts'
import type { ClosedRecord, SentRecord } from '../services/money/usage/attempt-records.ts'
import type { Exchange } from '../services/gateway/request/exchange.ts'
import { journalUnavailable } from '../services/platform/gateway-errors.ts'
import { modelLabel } from '../services/gateway/request/outcomes.ts'
import { openJournal, type Journal } from '../services/money/journal/journal.ts'
import type { ChosenAccount } from '../services/gateway/forwarding/account-chooser.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** onRequest: can what this request costs be recorded? Refuses with 503 before any work is done for it. */
    checkRecording: () => Promise<void>
    /** Journals that a request is about to go out. Throws 503 when the journal takes no more: then it must not. */
    recordAttempt: (exchange: Exchange, chosen: ChosenAccount) => AttemptRecorder
    journal: Journal
    /** How many records the journal's end has lost; known once the app is closed. */
    lostRecords: () => number
  }
}

/** How long the upstream keeps what was written with the longer of its cache lifetimes. */
const HOUR_MS = 3_600_000

/** What is noted of a request on its way; the back office does the rest. */
async function usageRecording(app: FastifyInstance) {
  const { config, clock, eligibility, prices, slots } = app
  const log = app.log.child({ part: 'usage' })
  const journal = openJournal({
    dir: join(config.dataDir, 'journal', app.instanceId),
    clock,
    maxBytes: config.journalMaxBytes,
    syncIntervalMs: config.journalSyncMs,
    log
  })
  let lost = 0
  app.decorate('journal', journal)
  app.decorate('lostRecords', () => lost)
  // Behind the back office's end, which is registered later.
  app.addHook('onClose', async () => {
    lost = await journal.close()
  })

  app.decorate('checkRecording', async () => {
    if (!journal.canAdmit()) throw journalUnavailable()
  })

  function onClosed(exchange: Exchange, sent: SentRecord, closed: ClosedRecord) {
    const book = prices.at(sent.createdAt)
    const priced = priceAttempt(sent, closed, book)
    const { usage, basis, firstByteMs } = closed
    const { costNano, chargedNano } = priced
    exchange.uses.push({ usage, basis, costNano, chargedNano, firstByteMs })
    eligibility.charged(sent, priced)
    app.metrics.used(priced, (model) => modelLabel(model, book, sent.createdAt))
    noteUse(exchange, sent, closed)
    return priced
  }

  function noteUse({ sessionKey: session }: Exchange, sent: SentRecord, { basis, usage }: ClosedRecord): void {
    if (session === null || basis === 'unknown') return
    const { cacheReadTokens, cacheCreation1hTokens } = usage
    const cacheTtlMs = cacheCreation1hTokens > 0 ? HOUR_MS : 0
    slots
      .noteUse({ session, accountId: sent.accountId, model: sent.requestedModel, cacheReadTokens, cacheTtlMs })
      .catch((err: unknown) => log.warn({ err }, "a session's binding could not be renewed"))
  }

  app.decorate('recordAttempt', (exchange: Exchange, { account, upstreamModel }: ChosenAccount) => {
    const { client, request } = exchange
    const isThread = request.thread !== null
    const attempt = exchange.attempts.length + 1
    const sent: SentRecord = {
      type: 'sent',
      id: `${exchange.id}.${attempt}`,
      exchangeId: exchange.id,
      attempt,
      createdAt: clock.now(),
      userId: client.user.id,
      keyId: client.key.id,
      groupId: client.group.id,
      subscriptionId: exchange.subscription?.id ?? null,
      accountId: account.id,
      requestedModel: request.model,
      upstreamModel,
      stream: request.stream,
      rateMultiplier: client.group.rateMultiplier,
      queueMs: exchange.queueMs
    }
    const options = {
      journal,
      clock,
      progressIntervalMs: config.progressIntervalMs,
      onFirstByte: () => exchange.releaseBody(),
      onNamed: (messageId: string) => app.messageHomes.remember({ userId: client.user.id, messageId }, account.id, isThread),
      onClosed: (sent: SentRecord, closed: ClosedRecord) => onClosed(exchange, sent, closed)
    }
    try {
      return createAttemptRecorder(sent, options)
    } catch (error) {
      throw journalUnavailable(error)
    }
  })
}

export default fp(usageRecording, {
  name: 'usage-recording',
  fastify: '5.x',
  dependencies: ['config', 'metrics', 'data-dir', 'prices', 'billing-eligibility', 'concurrency-slots', 'message-threads']
})
