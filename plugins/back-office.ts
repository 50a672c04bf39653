import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { viewOf } from '../services/money/journal/journal-view.ts'
import { backlogOf, type JournalBacklog } from '../services/money/journal/journal-backlog.ts'
import type { SettlerCounts } from '../services/money/journal/settler.ts'
import { createBackOffice, type Front } from '../services/operations/office/back-office.ts'
import { officeSettings } from '../services/operations/office/office-settings.ts'
import { createOfficeThread } from '../services/operations/office/office-thread.ts'
import { createExchangeLog } from '../services/gateway/traces/exchange-log.ts'
import { priceAttempt } from '../services/money/prices/attempt-price.ts'
import { readOutboxBacklog, type OutboxBacklog } from '../services/resources/records/webhook-outbox.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** What is done behind the requests. */
    backOffice: {
      /** Resolves to true when every attempt finished so far is on record or set aside, to false when it closes before. */
      settle: () => Promise<boolean>
      /** Resolves when exchanges that have ended so far are told and can be explained, or could not be stored now. */
      tell: () => Promise<void>
      /** Settles what a dead instance left in its folder; resolves to whether that is done. */
      adopt: (dir: string) => Promise<boolean>
      /** Sees to the tables now, as it happens by itself at start and then periodically. Never rejects. */
      maintain: () => Promise<void>
      backlog: () => JournalBacklog
      /** How long it has given no sign of life. */
      ageMs: () => number
      counts: () => SettlerCounts
    }
    /** What waits to be told to the webhook; null when there is none, or the database cannot be asked. */
    webhookBacklog: () => Promise<OutboxBacklog | null>
  }
}

export interface BackOfficePluginOptions {
  /** False leaves it to the servers to keep house and to deliver webhooks. */
  serves: boolean
  /** Whether it has a thread of its own; else it works between the requests. */
  onThread: boolean
  /** From 0 to 1, as Math.random. */
  random?: () => number
}

async function backOffice(app: FastifyInstance, { serves, onThread, random = Math.random }: BackOfficePluginOptions) {
  const { clock, config, eligibility, journal, pg, prices } = app
  const log = app.log.child({ part: 'back-office' })

  const front: Front = {
    price: async (attempts) => attempts.map(({ sent, closed }) => priceAttempt(sent, closed, prices.at(sent.createdAt))),
    settled({ uses, isSettled, ...spending }) {
      if (isSettled) eligibility.settled(uses, spending)
      else eligibility.dropped(uses)
    },
    told: createExchangeLog(app.log),
    stored() {},
    webhookSent: (result) => app.webhookMetrics.sent(result)
  }

  const settings = officeSettings(config, serves)
  const office = onThread ? thread() : besideRequests()

  function thread() {
    return createOfficeThread({ journal, databaseUrl: app.databaseUrl, clock, settings, front, log })
  }

  function besideRequests() {
    const done = { settled: { through: 0, beyond: [] }, told: 0, stored: 0 }
    const here = { journal: viewOf(journal), db: pg.pool, clock, settings: { ...settings, done }, front, log, random }
    return { ...createBackOffice(here), ageMs: () => 0 }
  }

  app.decorate('backOffice', {
    settle: office.settle,
    tell: office.tell,
    adopt: office.adopt,
    maintain: office.maintain,
    backlog: () => backlogOf(journal, office.state()),
    ageMs: office.ageMs,
    counts: () => office.state().counts
  })
  app.decorate('webhookBacklog', async () =>
    settings.webhook === null ? null : await readOutboxBacklog(pg.pool).catch(() => null)
  )

  app.addHook('onReady', office.start)
  app.addHook('onClose', async () => {
    await office.close()
  })
}

export default fp(backOffice, {
  name: 'back-office',
  fastify: '5.x',
  dependencies: ['config', 'database', 'metrics', 'prices', 'billing-eligibility', 'usage-recording']
})
