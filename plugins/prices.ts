import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import priceData from '../services/prices/claude-prices.json' with { type: 'json' }
import { createPriceBook, type PriceBook } from '../services/prices/price-book.ts'
import { rememberPriceVersion } from '../services/records/price-versions.ts'

declare module 'fastify' {
  interface FastifyInstance {
    priceBook: PriceBook
  }
}

async function prices(app: FastifyInstance) {
  const { unknownModelPrice } = app.config
  const book = createPriceBook(priceData, { unknownModelPrice })
  await rememberPriceVersion(app.pg.pool, book.version, { ...priceData, unknownModelPrice })
  app.decorate('priceBook', book)
}

export default fp(prices, { name: 'prices', fastify: '5.x', dependencies: ['config', 'database'] })
