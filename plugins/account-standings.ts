import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { AccountStanding } from '../services/accounts/standings.ts'
import { accountState } from '../services/metrics/labels.ts'
import { within } from '../services/within.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** How the accounts are, changes that were announced before included. A database that is away is not waited for long. */
    accountStandings: () => Promise<AccountStanding[]>
  }
}

/** Whoever looks sees what was known before, rather than nothing, when the database does not answer by then. */
const PATIENCE_MS = 500

/** How the accounts are, for those who watch. */
async function accountStandings(app: FastifyInstance) {
  const { accountDirectory, accountHealth, clock } = app

  app.decorate('accountStandings', async () => {
    await within(
      clock,
      PATIENCE_MS,
      accountDirectory.load().catch(() => {})
    )
    return accountDirectory.known().map((record) => {
      const { id } = record
      const problem = accountDirectory.problemOf(id) ?? accountHealth.errorOf(id)
      const cooldowns = accountHealth.cooldownsOf(id)
      return {
        id,
        name: record.name,
        state: accountState(record, problem, cooldowns),
        problem,
        cooldowns,
        limit: record.concurrency,
        windows: accountHealth.windowsOf(id)
      }
    })
  })
}

export default fp(accountStandings, { name: 'account-standings', fastify: '5.x', dependencies: ['config', 'accounts'] })
