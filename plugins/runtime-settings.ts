import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { listStoredSettings } from '../services/records/runtime-settings.ts'
import { runtimeValues } from '../services/set-up/runtime-settings.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Reads anew what operators have changed of the settings; for whoever has just done so. */
    reloadSettings: () => Promise<void>
  }
}

/** Brings what operators have changed of the settings into `config`, at the start and whenever they do. */
async function runtimeSettings(app: FastifyInstance) {
  app.decorate('reloadSettings', async () => app.changeConfig(runtimeValues(await listStoredSettings(app.pg.pool))))
  await app.reloadSettings()
  app.bus.subscribe('settings', () => {
    app.reloadSettings().catch((err: unknown) => app.log.warn({ err }, 'changed settings could not be read; the old ones hold'))
  })
}

export default fp(runtimeSettings, { name: 'runtime-settings', fastify: '5.x', dependencies: ['config', 'database', 'bus'] })
