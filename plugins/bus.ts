import { EventEmitter } from 'node:events'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { listenForChanges, type ChangeTopic } from '../services/database/change-listener.ts'

/** Notices of changes to what is cached; one may come without a change, and several changes as one. */
export interface Bus {
  /** For this process, which is to know before it answers; the others hear of it from the database. */
  publish: (topic: ChangeTopic) => void
  subscribe: (topic: ChangeTopic, listener: () => void) => void
}

declare module 'fastify' {
  interface FastifyInstance {
    bus: Bus
  }
}

async function bus(app: FastifyInstance) {
  const { databaseUrl } = app.config
  const emitter = new EventEmitter()
  app.decorate('bus', {
    publish: (topic) => void emitter.emit(topic),
    subscribe: (topic, listener) => void emitter.on(topic, listener)
  })
  // Nobody else uses the embedded database while this process does.
  if (databaseUrl === null) return

  const listener = listenForChanges({
    connectionString: databaseUrl,
    clock: app.clock,
    onChange: (topic) => emitter.emit(topic),
    onAway: (err) => app.log.warn({ err }, 'changes made elsewhere are not heard of: they are found when the caches expire')
  })
  app.addHook('onClose', () => listener.close())
}

export default fp(bus, { name: 'bus', fastify: '5.x', dependencies: ['config', 'database'] })
