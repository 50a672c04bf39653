import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { loadPriceTimeline, updatePricesInForce } from '../services/money/prices/prices-in-force.ts'
import type { PriceBook } from '../services/money/prices/price-book.ts'
import type { PriceTimeline } from '../services/money/prices/price-timeline.ts'
import { currentVersion, lastEntryId } from '../services/money/records/prices.ts'
import { inTransaction } from '../services/platform/database/queryable.ts'

/** Which prices held when. */
export interface Prices extends PriceTimeline {
  /** Resolves when they are what operators have made of them. */
  upToDate: () => Promise<unknown>
  /** What is in force by the database's word, also where this process has yet to hear of it. */
  inForce: () => Promise<PriceBook>
}

declare module 'fastify' {
  interface FastifyInstance {
    prices: Prices
  }
}

interface PricesOptions {
  /** False for a process that serves nobody. */
  serves: boolean
}

async function prices(app: FastifyInstance, { serves }: PricesOptions) {
  const { config, clock, pg, bus, readings } = app
  await inTransaction(pg.pool, async (db) => {
    // Whoever only looks in must not change what the servers price by.
    if (serves || (await currentVersion(db)) === null) await updatePricesInForce(db, config.unknownModelPrice)
  })
  let known: { lastId: string | null; timeline: PriceTimeline } | null = null

  /** Books are large, and seldom change. */
  async function read(): Promise<PriceTimeline> {
    const lastId = await lastEntryId(pg.pool)
    if (known?.lastId !== lastId) known = { lastId, timeline: await loadPriceTimeline(pg.pool, clock.now()) }
    return known.timeline
  }

  // With the old prices it goes on; what is settled by then is priced by them, and `prices rerate` mends that.
  const reading = readings.keep('prices', { read, staleMs: Infinity })
  const first = await reading.current()
  const timeline = () => reading.last() ?? first
  app.decorate('prices', {
    at: (instant) => timeline().at(instant),
    current: () => timeline().current(),
    upToDate: reading.current,
    inForce: async () => (await reading.anew()).current()
  })
  // What runs is priced by them too.
  bus.subscribe('prices', () => void reading.current())
}

export default fp(prices, { name: 'prices', fastify: '5.x', dependencies: ['config', 'database', 'bus'] })
