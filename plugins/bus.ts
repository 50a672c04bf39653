import { EventEmitter } from 'node:events'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { listenForChanges, type ChangeTopic } from '../services/platform/database/change-listener.ts'
import { createReadings, type Readings } from '../services/platform/database/readings.ts'

/** Notices of changes to what is cached; one may come without a change, and several changes as one. */
interface Bus {
  /** For this process, which is to know before it answers that the change is made; the others hear of it from the database. */
  publish: (topic: ChangeTopic) => void
  subscribe: (topic: ChangeTopic, listener: () => void) => void
}

declare module 'fastify' {
  interface FastifyInstance {
    bus: Bus
    /** What is read from the database and kept, until it changes. */
    readings: Readings
  }
}

async function bus(app: FastifyInstance) {
  const { cacheFreshMs, cacheStaleMs } = app.config
  const emitter = new EventEmitter()
  const readings = createReadings({
    clock: app.clock,
    freshMs: cacheFreshMs,
    staleMs: cacheStaleMs,
    onAway: (err) => app.log.warn({ err }, 'reloading failed: cached values stay in use')
  })

  function announce(topic: ChangeTopic): void {
    readings.expire(topic)
    emitter.emit(topic)
  }

  app.decorate('readings', readings)
  app.decorate('bus', {
    publish: announce,
    subscribe: (topic, listener) => void emitter.on(topic, listener)
  })
  const listener = listenForChanges({
    connectionString: app.databaseUrl,
    clock: app.clock,
    onChange: announce,
    onAway: (err) => app.log.warn({ err }, 'change notices are not received: changes apply when the caches expire')
  })
  app.addHook('onClose', () => listener.close())
}

export default fp(bus, { name: 'bus', fastify: '5.x', dependencies: ['config', 'database'] })
