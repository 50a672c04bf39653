import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createDatabaseShare } from '../services/platform/database/database-share.ts'
import { hostRulesOf } from '../services/platform/network/host-rules.ts'
import type { ExchangeForm, TokenExchange } from '../services/resources/workload-rules/token-exchange.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Gives a job a token of ours for the one that it was given where it runs. Rejects with OAuthError, or 429. */
    exchangeToken: (asker: { ip: string }, form: ExchangeForm) => ReturnType<TokenExchange>
  }
}

/** Whoever floods this keeps neither clients nor operators from the database. */
const SHARE = { size: 2, waitMs: 3000, statementTimeoutMs: 5000 }

/** Jobs that exchange the tokens they were given. */
async function workloads(app: FastifyInstance) {
  const { clock, config, log } = app
  let begun: ReturnType<typeof begin> | null = null
  const close: (() => Promise<void>)[] = []

  /** What verifies tokens is loaded when the first comes. */
  async function begin() {
    const { createIssuerDocuments } = await import('../services/resources/workload-rules/issuer-documents.ts')
    const { createIssuerKeys } = await import('../services/resources/workload-rules/issuer-keys.ts')
    const { createTokenExchange, isOwnFault } = await import('../services/resources/workload-rules/token-exchange.ts')
    const documents = createIssuerDocuments({ clock, hosts: hostRulesOf(config) })
    close.push(() => documents.close())
    const keys = createIssuerKeys({ documents, clock })
    const pool = createDatabaseShare(app.pg.pool, { clock, ...SHARE })
    const exchange = createTokenExchange({ pool, clock, keys, ownAudience: config.clientsUrl, log })
    return { exchange, isOwnFault }
  }

  app.decorate('exchangeToken', async (asker, form) => {
    const { exchange, isOwnFault } = await (begun ??= begin())
    try {
      return await exchange(form)
    } catch (error) {
      throw isOwnFault(error) ? await app.refusalOfUnknown(asker, error) : error
    }
  })
  app.addHook('onClose', async () => {
    await Promise.all(close.map((one) => one()))
  })
}

export default fp(workloads, { name: 'workloads', fastify: '5.x', dependencies: ['config', 'database', 'authentication'] })
