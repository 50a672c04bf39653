import fp from 'fastify-plugin'
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../services/clock.ts'
import type { Settings } from '../services/set-up/settings.ts'

declare module 'fastify' {
  interface FastifyInstance {
    config: Settings
    clock: Clock
  }
}

export interface ConfigOptions {
  settings: Settings
  clock: Clock
}

async function config(app: FastifyInstance, { settings, clock }: ConfigOptions) {
  app.decorate('config', settings)
  app.decorate('clock', clock)
}

export default fp(config, { name: 'config', fastify: '5.x' })
