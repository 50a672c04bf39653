import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { AttemptRecorder } from '../services/money/usage/attempt-recorder.ts'
import type { Exchange } from '../services/gateway/request/exchange.ts'
import { journalUnavailable } from '../services/platform/gateway-errors.ts'
import { openJournal, type Journal } from '../services/money/journal/journal.ts'
import type { ChosenAccount } from '../services/gateway/forwarding/account-chooser.ts'
import { createAttemptRecording } from '../services/gateway/forwarding/attempt-recording.ts'

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

/** What is noted of a request on its way; the back office does the rest. */
async function usageRecording(app: FastifyInstance) {
  const { brakes, config, clock, eligibility, recentCosts, messageHomes, metrics, prices, slots } = app
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

  const { progressIntervalMs } = config
  const recordAttempt = createAttemptRecording({
    journal,
    clock,
    progressIntervalMs,
    prices,
    eligibility,
    recentCosts,
    brakes,
    messageHomes,
    metrics,
    slots,
    log
  })
  app.decorate('recordAttempt', recordAttempt)
}

export default fp(usageRecording, {
  name: 'usage-recording',
  fastify: '5.x',
  dependencies: [
    'config',
    'metrics',
    'data-dir',
    'prices',
    'billing-eligibility',
    'brakes',
    'concurrency-slots',
    'message-threads'
  ]
})
