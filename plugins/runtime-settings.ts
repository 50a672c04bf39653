import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { settings } from '../services/resources/settings/definition.ts'
import { listRows } from '../services/resources/rows.ts'
import { runtimeValues } from '../services/resources/set-up/runtime-settings.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Resolves when `config` is what operators have made of the settings. */
    settingsUpToDate: () => Promise<void>
  }
}

/** Brings what operators have changed of the settings into `config`, at the start and whenever they do. */
async function runtimeSettings(app: FastifyInstance) {
  const reading = app.readings.keep('settings', {
    read: async () => app.changeConfig(runtimeValues(await listRows(app.pg.pool, settings))),
    // With the settings it has it goes on.
    staleMs: Infinity
  })
  app.decorate('settingsUpToDate', reading.current)
  await reading.current()
  // Not every setting is looked at by a request.
  app.bus.subscribe('settings', () => void reading.current())
}

export default fp(runtimeSettings, { name: 'runtime-settings', fastify: '5.x', dependencies: ['config', 'database', 'bus'] })
