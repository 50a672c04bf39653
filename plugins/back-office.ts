import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createFront } from '../services/operations/office/front.ts'
import { officeSettings } from '../services/operations/office/office-settings.ts'
import { openOffice, type Office } from '../services/operations/office/office.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** What is done behind the requests. */
    backOffice: Omit<Office, 'start' | 'close'>
  }
}

interface BackOfficePluginOptions {
  /** False leaves it to the servers to keep house and to deliver webhooks. */
  serves: boolean
  /** Whether it has a thread of its own; else it works between the requests. */
  onThread: boolean
  /** From 0 to 1, as Math.random. */
  random?: () => number
}

async function backOffice(app: FastifyInstance, { serves, onThread, random = Math.random }: BackOfficePluginOptions) {
  const { clock, config, databaseUrl, eligibility, journal, log, metrics, pg, prices } = app
  const { start, close, ...office } = openOffice({
    onThread,
    settings: officeSettings(config, { serves, replica: app.replicaName }),
    journal,
    databaseUrl,
    db: pg.pool,
    front: createFront({ prices, eligibility, log, webhookSent: metrics.webhook.sent }),
    clock,
    random,
    log: log.child({ part: 'back-office' })
  })
  app.decorate('backOffice', office)
  app.addHook('onReady', start)
  app.addHook('onClose', async () => {
    await close()
    // What was settled last, others hear of before Redis is left.
    await app.reservations.close()
  })
}

export default fp(backOffice, {
  name: 'back-office',
  fastify: '5.x',
  dependencies: ['config', 'data-dir', 'database', 'metrics', 'prices', 'billing-eligibility', 'usage-recording']
})
