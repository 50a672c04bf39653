import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createAccountDirectory, type AccountDirectory } from '../services/gateway/accounts/account-directory.ts'
import { createAccountHealth, type AccountHealth, type HealthChange } from '../services/gateway/accounts/account-health.ts'
import { createHealthStore, isNextTry } from '../services/gateway/accounts/health-store.ts'
import { unsteppedClock, type Clock } from '../services/platform/clock.ts'
import { listAccounts, type AccountRecord } from '../services/resources/records/accounts.ts'

declare module 'fastify' {
  interface FastifyInstance {
    accountDirectory: AccountDirectory
    accountHealth: AccountHealth
    /** By which cooldowns begin and end. */
    healthClock: Clock
    /** Logs, stores and announces what changed about an account, or its peers, and why. */
    noteHealth: (account: { id: string; name: string }, changes: HealthChange[], context: HealthContext) => void
    /** Resolves when all that was noted so far is stored. */
    healthStored: () => Promise<void>
  }
}

export interface HealthContext {
  /** `sluice` for what the gateway saw by itself. */
  actor: string
  exchangeId: string | null
}

/** The upstream accounts: how they are set up, and how they are. */
async function accounts(app: FastifyInstance) {
  const { config, clock } = app
  const log = app.log.child({ part: 'accounts' })
  const healthClock = unsteppedClock(clock)
  app.decorate('healthClock', healthClock)
  const health = createAccountHealth({
    clock: healthClock,
    cooldownMinMs: config.cooldownMinMs,
    cooldownMaxMs: config.cooldownMaxMs,
    cooldownUnnamedMs: config.cooldownUnnamedMs,
    overloadCooldownMs: config.overloadCooldownMs,
    breakerFailures: config.breakerFailures,
    breakerOpenMs: config.breakerOpenMs,
    originProbeMs: config.originProbeMs,
    cooldownProbeMs: config.cooldownProbeMs,
    peersOf: (accountId) => directory.peersOf(accountId),
    utilizationThreshold: config.utilizationThreshold / 100
  })
  const store = createHealthStore({ db: app.pg.pool, clock, log })

  /** The credentials as they were last read. */
  let sealed = new Map<string, Buffer>()

  const directory: AccountDirectory = createAccountDirectory({
    read: () => listAccounts(app.pg.pool),
    secretBox: app.secretBox,
    defaultBaseUrl: config.anthropicBaseUrl,
    clock,
    readings: app.readings,
    onUnreadable: (account, err) => log.error({ account, err }, 'the secrets of an account cannot be read'),
    onRead: learn
  })

  /** What the database says holds, unless this process knows something newer that the read may have missed. */
  function learn(records: readonly AccountRecord[], readAt: number): void {
    health.forget(records.map(({ id }) => id))
    for (const record of records) {
      if (!store.isPending(record.id, readAt)) health.replace(record.id, record)
      const before = sealed.get(record.id)
      if (before !== undefined && !before.equals(record.credentials)) noteNewCredential(record)
    }
    sealed = new Map(records.map(({ id, credentials }) => [id, credentials]))
  }

  /** Another process may have renewed a sign-in just after this one could not. */
  function noteNewCredential(record: AccountRecord): void {
    app.noteHealth(record, health.noteNewCredential(record.id), { actor: 'sluice', exchangeId: null })
  }

  app.decorate('accountDirectory', directory)
  app.decorate('accountHealth', health)
  /** What becomes of an origin is told of all its accounts. */
  function noteOf(name: string, changes: readonly HealthChange[], { actor, exchangeId }: HealthContext): void {
    store.record(name, changes, { actor, exchangeId })
    for (const change of changes) {
      if (isNextTry(change)) continue
      if (change.type === 'error') log.error({ account: name, reason: change.reason, actor }, 'an account is in error')
      else if (change.type === 'cooldown') {
        const { before, after } = change
        log.warn({ account: name, before, after, actor, exchange: exchangeId }, 'an account cooldown changed')
      }
    }
  }

  app.decorate('noteHealth', (account, changes, context) => {
    for (const [id, those] of Map.groupBy(changes, ({ accountId }) => accountId)) {
      const peer = id === account.id ? account : directory.known().find((record) => record.id === id)
      noteOf(peer?.name ?? `account ${id}`, those, context)
    }
  })
  app.decorate('healthStored', () => store.flush())

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
