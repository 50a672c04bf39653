import fp from 'fastify-plugin'
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../services/platform/clock.ts'
import type { RuntimeValues } from '../services/resources/set-up/runtime-settings.ts'
import type { Settings } from '../services/resources/set-up/settings.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** What can be changed while it runs is to be read when it is needed. */
    config: Settings
    /** Puts these in the place of what the start has set; what they leave out is as at the start. */
    changeConfig: (values: RuntimeValues) => void
    clock: Clock
  }
}

interface ConfigOptions {
  settings: Settings
  clock: Clock
}

async function config(app: FastifyInstance, { settings, clock }: ConfigOptions) {
  const inForce = { ...settings }
  app.decorate('config', inForce)
  app.decorate('changeConfig', (values) => void Object.assign(inForce, settings, values))
  app.decorate('clock', clock)
}

export default fp(config, { name: 'config', fastify: '5.x' })
