import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createSignIn, type PastedSignIn } from '../services/gateway/accounts/account-sign-in.ts'
import { createCredentialKeeper, type CredentialKeeper } from '../services/gateway/accounts/credential-keeper.ts'
import { createOauthClient, type OauthClient } from '../services/gateway/accounts/oauth-client.ts'
import { createRefreshedCredentialsFolder } from '../services/gateway/accounts/refreshed-credentials.ts'
import { verdict } from '../services/gateway/accounts/verdicts.ts'
import type { ProxyUrl } from '../services/platform/network/proxy-url.ts'
import { createCredentialRecords } from '../services/resources/records/account-credentials.ts'

declare module 'fastify' {
  interface FastifyInstance {
    oauth: OauthClient
    /** Hands out what authenticates Sluice to an upstream, renewed in time. */
    credentialKeeper: CredentialKeeper
    /** As `createSignIn` says. */
    signIn: (signIn: PastedSignIn) => Promise<void>
    /** Whether renewed credentials wait in the data folder for the database. */
    hasUnstoredCredentials: () => Promise<boolean>
  }
}

/** What a renewal may take beyond the token endpoint's own time: the database, and writing the tokens down. */
const LEASE_MARGIN_MS = 30_000

async function accountCredentials(app: FastifyInstance) {
  const { config, clock, secretBox, accountHealth, accountDirectory } = app
  const { oauthTokenUrl: tokenUrl, oauthAuthorizeUrl: authorizeUrl, oauthTimeoutMs: timeoutMs } = config
  const log = app.log.child({ part: 'credentials' })
  const oauth = createOauthClient({ tokenUrl, authorizeUrl, timeoutMs, clock, random: randomBytes })
  const dispatcherFor = (proxy: ProxyUrl | null) => app.upstreamPools.dispatcherFor(new URL(tokenUrl).origin, proxy)

  const spill = createRefreshedCredentialsFolder(join(config.dataDir, 'refreshed-credentials'))

  const keeper = createCredentialKeeper({
    records: createCredentialRecords(app.pg.pool),
    secretBox,
    oauth,
    dispatcherFor,
    spill,
    clock,
    log,
    holder: app.instanceId,
    leaseMs: timeoutMs + LEASE_MARGIN_MS,
    onRefreshed: () => app.bus.publish('accounts'),
    onSignInEnded: (accountId, reason) => void noteEnded(accountId, reason)
  })
  await keeper.recover()
  app.decorate('oauth', oauth)
  app.decorate('credentialKeeper', keeper)
  app.decorate('hasUnstoredCredentials', async () => {
    const { refreshed, unreadable } = await spill.readAll()
    return refreshed.length + unreadable.length > 0
  })
  app.addHook('onClose', () => keeper.close())

  async function noteEnded(accountId: string, reason: string): Promise<void> {
    const account = await accountDirectory.find(accountId).catch(() => null)
    if (account === null) return
    const context = { headers: null, isLastUsable: false, holder: '' }
    const changes = accountHealth.report(accountId, '', verdict('credential refused', reason), context)
    app.noteHealth(account, changes, { actor: 'sluice', exchangeId: null })
  }

  app.decorate(
    'signIn',
    createSignIn({
      secretBox,
      oauth,
      dispatcherFor,
      async forgetHealth(account, actor) {
        app.noteHealth(account, accountHealth.clear(account.id), { actor, exchangeId: null })
        await app.healthStored()
      }
    })
  )
}

export default fp(accountCredentials, {
  name: 'account-credentials',
  fastify: '5.x',
  dependencies: ['config', 'data-dir', 'database', 'secrets', 'bus', 'accounts', 'upstream-pools', 'instances']
})
