import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { loadPriceTimeline, updatePricesInForce } from '../services/prices/prices-in-force.ts'
import type { PriceBook } from '../services/prices/price-book.ts'
import type { PriceTimeline } from '../services/prices/price-timeline.ts'
import { createReloadedPrices } from '../services/prices/reloaded-prices.ts'
import { currentVersion } from '../services/records/prices.ts'
import { inTransaction } from '../services/records/queryable.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Which prices held when. */
    prices: PriceTimeline
    /** Reads anew what is in force; for whoever has just changed it. */
    reloadPrices: () => Promise<void>
    /** What is in force by the database's word, also where this process has yet to hear of it. */
    pricesInForce: () => Promise<PriceBook>
  }
}

const RETRY_MS = 5000

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
  const load = () => loadPriceTimeline(pg.pool, clock.now())
  const timeline = createReloadedPrices(await load(), {
    load,
    clock,
    retryMs: RETRY_MS,
    // With the old prices it goes on; what is settled by then is priced by them, and `prices rerate` mends that.
    onFailure: (err) => app.log.warn({ err }, 'changed prices could not be read; trying again')
  })
  app.decorate('prices', timeline)
  app.decorate('reloadPrices', timeline.reload)
  app.decorate('pricesInForce', async () => {
    if ((await currentVersion(pg.pool)) !== timeline.current().version) await timeline.reload()
    return timeline.current()
  })
  bus.subscribe('prices', timeline.follow)
  app.addHook('onClose', async () => timeline.close())
}

export default fp(prices, { name: 'prices', fastify: '5.x', dependencies: ['config', 'database', 'bus'] })
