import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { SharedSlots } from '../services/slots/shared-slots.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Slots in Redis that all replicas share; null without a Redis. */
    sharedSlots: SharedSlots | null
  }
}

async function redis(app: FastifyInstance) {
  app.decorate('sharedSlots', null)
}

export default fp(redis, { name: 'redis', fastify: '5.x', dependencies: ['config'] })
