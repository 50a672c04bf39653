import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createEarlyRefusals, type EarlyRefusals } from '../services/gateway/traces/early-refusals.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** What this process has refused lately that left no exchange on record. */
    earlyRefusals: EarlyRefusals
  }
}

/** One for all listeners: what is refused at one is explained at another. */
async function earlyRefusals(app: FastifyInstance) {
  app.decorate('earlyRefusals', createEarlyRefusals())
}

export default fp(earlyRefusals, { name: 'early-refusals', fastify: '5.x' })
