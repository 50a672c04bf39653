import { EventEmitter } from 'node:events'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

/** Notices of changes to what is cached: `directory` covers keys, users, groups, subscriptions and accounts. */
export interface Bus {
  publish: (topic: 'directory') => Promise<void>
  subscribe: (topic: 'directory', listener: () => void) => void
}

declare module 'fastify' {
  interface FastifyInstance {
    bus: Bus
  }
}

async function bus(app: FastifyInstance) {
  const emitter = new EventEmitter()
  app.decorate('bus', {
    async publish(topic) {
      emitter.emit(topic)
    },
    subscribe: (topic, listener) => void emitter.on(topic, listener)
  })
}

export default fp(bus, { name: 'bus', fastify: '5.x' })
