import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { hostRulesOf } from '../services/platform/network/host-rules.ts'
import { applyDeclaredFile, applyFirstKey } from '../services/resources/set-up/declared-state.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The account that this start made of ANTHROPIC_API_KEY; null where it made none. */
    firstAccount: string | null
  }
}

export interface DeclaredStateOptions {
  /** Shows the operator what a log must not hold: keys that were just made, and the file that keeps them. */
  showKey: (message: string) => void
}

/** Brings the database to what the operator declared, before anybody can ask: the declarative file, or a first start's key. */
async function declaredState(app: FastifyInstance, { showKey }: DeclaredStateOptions) {
  const { config, secretBox, clock, log, pg } = app
  const { configFile, anthropicApiKey, dataDir } = config
  const hosts = hostRulesOf(config)
  const options = { pool: pg.pool, secretBox, clock, hosts, dataDir, variables: process.env, log, showKey }
  if (configFile !== null) await applyDeclaredFile(configFile, options)
  app.decorate('firstAccount', anthropicApiKey === null ? null : await applyFirstKey(anthropicApiKey, options))
}

export default fp(declaredState, { name: 'declared-state', fastify: '5.x', dependencies: ['config', 'database', 'secrets'] })
