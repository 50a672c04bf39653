import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { priceAttempt } from '../services/prices/attempt-price.ts'
import { createAttemptRecorder, type AttemptRecorder } from '../services/usage/attempt-recorder.ts'
import type { ClosedAttempt, ClosedRecord, SentRecord } from '../services/usage/attempt-records.ts'
import type { Exchange } from '../services/request/exchange.ts'
import { journalUnavailable } from '../services/gateway-errors.ts'
import { modelLabel } from '../services/metrics/labels.ts'
import { openJournal } from '../services/journal/journal.ts'
import { isTransientDatabaseError, settleAttempts } from '../services/records/settlement.ts'
import { createSettler, type Settler } from '../services/journal/settler.ts'
import type { ChosenAccount } from '../services/forwarding/forwarder.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** onRequest: can what this request costs be recorded? Refuses with 503 before any work is done for it. */
    checkRecording: () => Promise<void>
    /** Journals that a request is about to go out. Throws 503 when the journal takes no more: then it must not. */
    recordAttempt: (exchange: Exchange, chosen: ChosenAccount) => AttemptRecorder
    settler: Settler
    /** Whether the journal takes new requests now. */
    canRecord: () => boolean
  }
}

/** A transaction costs some milliseconds whatever is in it, so under load they are made large. */
const SETTLE_BATCH_SIZE = 1000

/** How long the upstream keeps what was written with the longer of its cache lifetimes. */
const HOUR_MS = 3_600_000

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

  const chargeOf = ({ sent, closed }: ClosedAttempt) => priceAttempt(sent, closed, prices.at(sent.createdAt))

  async function settle(attempts: ClosedAttempt[], replayed: ReadonlySet<string>) {
    const priced = attempts.map((attempt) => ({ ...attempt, ...chargeOf(attempt) }))
    const result = await settleAttempts(app.pg.pool, priced, { isTold: app.hasWebhook })
    if (app.hasWebhook) app.toldOutbox(result.alerts)
    if (result.tooOld.length > 0) log.warn({ ids: result.tooOld }, 'usage from before USAGE_RETENTION_DAYS was not charged')
    // What another life has left behind was never counted as unsettled in this one. The time doesn't tell: a clock may be set back.
    const charged = priced.filter(({ sent }) => !replayed.has(sent.id))
    eligibility.settled(
      charged.map((attempt) => ({ sent: attempt.sent, charge: attempt })),
      result
    )
    return result
  }

  const settler = createSettler({
    journal,
    settle,
    isTransient: isTransientDatabaseError,
    clock,
    intervalMs: config.settleIntervalMs,
    batchSize: SETTLE_BATCH_SIZE,
    onSetAside(attempt, isReplayed) {
      if (!isReplayed) eligibility.dropped(attempt.sent, chargeOf(attempt))
    },
    log
  })
  app.decorate('settler', settler)
  app.addHook('onReady', async () => settler.start())
  app.addHook('onClose', async () => {
    await settler.drain(config.settleDrainMs)
    await journal.close()
  })

  app.decorate('canRecord', () => journal.canAdmit())
  app.decorate('checkRecording', async () => {
    if (!journal.canAdmit()) throw journalUnavailable()
  })

  function onClosed(exchange: Exchange, sent: SentRecord, closed: ClosedRecord): void {
    const book = prices.at(sent.createdAt)
    const priced = priceAttempt(sent, closed, book)
    const { usage, basis, firstByteMs } = closed
    const { costNano, chargedNano } = priced
    exchange.uses.push({ usage, basis, costNano, chargedNano, firstByteMs })
    eligibility.charged(sent, priced)
    app.metrics.used(priced, (model) => modelLabel(model, book, sent.createdAt))
    const { sessionKey: session } = exchange
    if (session === null || basis === 'unknown') return
    const { cacheReadTokens, cacheCreation1hTokens } = usage
    const cacheTtlMs = cacheCreation1hTokens > 0 ? HOUR_MS : 0
    slots
      .noteUse({ session, accountId: sent.accountId, model: sent.requestedModel, cacheReadTokens, cacheTtlMs })
      .catch((err: unknown) => log.warn({ err }, "a session's binding could not be renewed"))
  }

  app.decorate('recordAttempt', (exchange: Exchange, { account, upstreamModel }: ChosenAccount) => {
    const { client, request } = exchange
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
  dependencies: ['config', 'metrics', 'data-dir', 'database', 'prices', 'billing-eligibility', 'concurrency-slots', 'webhooks']
})
