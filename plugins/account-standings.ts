import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { authorizationHeaders } from '../services/resources/accounts/credentials.ts'
import {
  servingOf,
  unservedOf,
  whyNoneServes,
  type AccountStanding,
  type Unserved
} from '../services/gateway/accounts/standings.ts'
import { askAccount, CHEAPEST_MODEL } from '../services/gateway/accounts/upstream-check.ts'
import { within } from '../services/platform/within.ts'
import { listUsedGroups } from '../services/resources/records/used-groups.ts'

/** How accounts and the groups that they serve are. */
export interface Standings {
  accounts: AccountStanding[]
  groups: {
    /** How many have a key that may be used. */
    used: number
    /** Those of them that no account can serve. */
    unserved: Unserved[]
  }
}

declare module 'fastify' {
  interface FastifyInstance {
    /** How they are, changes that were announced before included. A database that is away is not waited for long. */
    accountStandings: () => Promise<Standings>
  }
}

/** Whoever looks sees what was known before, rather than nothing, when the database does not answer by then. */
const PATIENCE_MS = 500

/** How the accounts are, for those who watch; a process that serves says at its start when none of them can. */
async function accountStandings(app: FastifyInstance, { serves }: { serves: boolean }) {
  const { accountDirectory, accountHealth, clock, config } = app
  const log = app.log.child({ part: 'accounts' })

  const usedGroups = app.readings.keep('directory', { read: () => listUsedGroups(app.pg.pool, clock.now()) })

  app.decorate('accountStandings', async () => {
    const look = Promise.allSettled([accountDirectory.load(), usedGroups.current()])
    await within(clock, PATIENCE_MS, look)
    const accounts = accountDirectory.known().map((record) => {
      const { id, status, schedulable } = record
      const problem = accountDirectory.problemOf(id) ?? accountHealth.errorOf(id)
      const cooldowns = accountHealth.cooldownsOf(id)
      const groups = record.groups.map(({ name }) => name)
      const serving = servingOf({ ...record, groups, problem, cooldowns })
      return { ...serving, id, status, schedulable, cooldowns, limit: record.concurrency, windows: accountHealth.windowsOf(id) }
    })
    const used = usedGroups.last() ?? []
    return { accounts, groups: { used: used.length, unserved: unservedOf(used, accounts) } }
  })
  if (!serves) return

  app.addHook('onReady', async () => {
    const { accounts, groups } = await app.accountStandings()
    const reason = whyNoneServes(accounts)
    if (reason !== null) return log.warn(`no account can serve: ${reason}`)
    for (const { group, reason: why } of groups.unserved) {
      log.warn({ group }, `no account can serve the keys of a group: ${why}`)
    }
  })

  const closing = new AbortController()
  let checked: Promise<void> | null = null
  // Who waits until it is ready does not wait for the upstream.
  app.addHook('onListen', async () => {
    if (app.firstAccount !== null) checked = checkFirst(app.firstAccount)
  })
  app.addHook('preClose', async () => {
    closing.abort()
    await checked
  })

  /** A wrong key is told before somebody's first request fails for it. Never rejects. */
  async function checkFirst(name: string): Promise<void> {
    try {
      const record = accountDirectory.known().find((known) => known.name === name)
      const account = record === undefined ? null : await accountDirectory.find(record.id)
      const credential = account === null ? null : authorizationHeaders(account.credentials, account.auth)
      if (account === null || credential === null) return
      const dispatcher = app.upstreamPools.dispatcherFor(account.origin, account.proxy)
      const asked = { model: CHEAPEST_MODEL, timeoutMs: config.oauthTimeoutMs, signal: closing.signal }
      const { status, problem } = await askAccount(account, credential, { ...asked, dispatcher, clock })
      if (closing.signal.aborted) return
      const told = { account: name, problem }
      if (status === 401 || status === 403) log.error(told, 'the upstream rejected ANTHROPIC_API_KEY: requests will fail')
      else if (status === null) log.warn(told, 'ANTHROPIC_API_KEY could not be checked: the upstream is unreachable')
    } catch (err) {
      log.warn({ account: name, err }, 'ANTHROPIC_API_KEY was not checked')
    }
  }
}

export default fp(accountStandings, {
  name: 'account-standings',
  fastify: '5.x',
  dependencies: ['config', 'declared-state', 'upstream-pools', 'accounts']
})
