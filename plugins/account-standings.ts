import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createFirstAccountCheck } from '../services/gateway/accounts/first-account-check.ts'
import { createStandingReports, type Standings } from '../services/gateway/accounts/standing-reports.ts'
import { whyNoneServes } from '../services/gateway/accounts/standings.ts'
import { listUsedGroups } from '../services/resources/records/used-groups.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** How accounts are, changes that were announced before included. A database that is away is not waited for long. */
    accountStandings: () => Promise<Standings>
  }
}

/** How the accounts are, for those who watch; a process that serves says at its start when none of them can. */
async function accountStandings(app: FastifyInstance, { serves }: { serves: boolean }) {
  const { accountDirectory: directory, accountHealth: health, clock, config, firstAccount, pg, readings, upstreamPools } = app
  const log = app.log.child({ part: 'accounts' })
  const usedGroups = readings.keep('directory', { read: () => listUsedGroups(pg.pool, clock.now()) })
  app.decorate('accountStandings', createStandingReports({ directory, health, usedGroups, clock }))
  if (!serves) return

  app.addHook('onReady', async () => {
    const { accounts, groups } = await app.accountStandings()
    const reason = whyNoneServes(accounts)
    if (reason !== null) return log.warn(`no account can serve: ${reason}`)
    for (const { group, reason: why } of groups.unserved) {
      log.warn({ group }, `no account can serve the keys of a group: ${why}`)
    }
  })

  if (firstAccount === null) return
  const check = createFirstAccountCheck({ directory, upstreamPools, timeoutMs: config.oauthTimeoutMs, clock, log })
  // Who waits until it is ready does not wait for the upstream.
  app.addHook('onListen', async () => check.start(firstAccount))
  app.addHook('preClose', () => check.stop())
}

export default fp(accountStandings, {
  name: 'account-standings',
  fastify: '5.x',
  dependencies: ['config', 'declared-state', 'upstream-pools', 'accounts']
})
