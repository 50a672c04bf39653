import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { loadPriceTimeline, updatePricesInForce } from '../services/prices/prices-in-force.ts'
import type { PriceTimeline } from '../services/prices/price-timeline.ts'
import { currentVersion } from '../services/records/prices.ts'
import { inTransaction } from '../services/records/queryable.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Which prices held when. */
    prices: PriceTimeline
    /** Reads anew what is in force; for whoever has just changed it. */
    reloadPrices: () => Promise<void>
  }
}

export interface PricesOptions {
  /** False for a process that serves nobody. */
  serves: boolean
}

async function prices(app: FastifyInstance, { serves }: PricesOptions) {
  const { config, clock, pg, bus } = app
  await inTransaction(pg.pool, async (db) => {
    // Whoever only looks in must not change what the servers price by.
    if (serves || (await currentVersion(db)) === null) await updatePricesInForce(db, config.unknownModelPrice)
  })
  let timeline = await loadPriceTimeline(pg.pool, clock.now())
  app.decorate('prices', { at: (instant) => timeline.at(instant), current: () => timeline.current() })

  app.decorate('reloadPrices', async () => {
    timeline = await loadPriceTimeline(pg.pool, clock.now())
  })
  bus.subscribe('prices', () => {
    // With the old prices it goes on; what is settled by then is priced by them, and `prices rerate` mends that.
    app.reloadPrices().catch((err: unknown) => app.log.warn({ err }, 'changed prices could not be read'))
  })
}

export default fp(prices, { name: 'prices', fastify: '5.x', dependencies: ['config', 'database', 'bus'] })
