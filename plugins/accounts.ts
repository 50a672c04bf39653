import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createAccountDirectory, type AccountDirectory } from '../services/gateway/accounts/account-directory.ts'
import { createAccountHealth, type AccountHealth } from '../services/gateway/accounts/account-health.ts'
import { createHealthNotes, type HealthNotes } from '../services/gateway/accounts/health-notes.ts'
import { createHealthStore } from '../services/gateway/accounts/health-store.ts'
import { unsteppedClock, type Clock } from '../services/platform/clock.ts'
import { listAccounts } from '../services/resources/records/accounts.ts'

declare module 'fastify' {
  interface FastifyInstance {
    accountDirectory: AccountDirectory
    accountHealth: AccountHealth
    /** By which cooldowns begin and end. */
    healthClock: Clock
    healthNotes: HealthNotes
  }
}

/** The upstream accounts: how they are set up, and how they are. */
async function accounts(app: FastifyInstance) {
  const { config, clock } = app
  const log = app.log.child({ part: 'accounts' })
  const healthClock = unsteppedClock(clock)
  app.decorate('healthClock', healthClock)
  const health = createAccountHealth({
    ...config,
    clock: healthClock,
    peersOf: (accountId) => directory.peersOf(accountId),
    utilizationThreshold: config.utilizationThreshold / 100
  })
  const store = createHealthStore({ db: app.pg.pool, clock, log })

  const notes = createHealthNotes({ health, store, known: () => directory.known(), log })
  const directory: AccountDirectory = createAccountDirectory({
    read: () => listAccounts(app.pg.pool),
    secretBox: app.secretBox,
    defaultBaseUrl: config.anthropicBaseUrl,
    clock,
    readings: app.readings,
    onUnreadable: (account, err) => log.error({ account, err }, 'the secrets of an account cannot be read'),
    onRead: notes.learn
  })

  app.decorate('accountDirectory', directory)
  app.decorate('accountHealth', health)
  app.decorate('healthNotes', notes)

  app.addHook('onReady', async () => {
    // Now, so that secrets that cannot be read are told at the start and not with the first request.
    await directory.load()
    for (const { name, shared, ownerEmail } of await listAccounts(app.pg.pool)) {
      if (shared) {
        log.warn(
          { account: name, owner: ownerEmail },
          "an account that is somebody's own sign-in is shared: Anthropic's terms do not allow routing other people's requests through it"
        )
      }
    }
  })
  app.addHook('onClose', () => store.stop())
}

export default fp(accounts, { name: 'accounts', fastify: '5.x', dependencies: ['config', 'database', 'secrets', 'bus'] })
