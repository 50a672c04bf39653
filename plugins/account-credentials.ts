import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createAccountSignIn, type AccountSignIn } from '../services/gateway/accounts/account-sign-in.ts'
import { createCredentialKeeper, type CredentialKeeper } from '../services/gateway/accounts/credential-keeper.ts'
import { createSignInEndings } from '../services/gateway/accounts/health-notes.ts'
import { createOauthClient } from '../services/gateway/accounts/oauth-client.ts'
import { createRefreshedCredentialsFolder } from '../services/gateway/accounts/refreshed-credentials.ts'
import type { ProxyUrl } from '../services/platform/network/proxy-url.ts'
import { createCredentialRecords } from '../services/resources/records/account-credentials.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Hands out what authenticates Sluice to an upstream, renewed in time. */
    credentialKeeper: CredentialKeeper
    accountSignIn: AccountSignIn
  }
}

/** What a renewal may take beyond the token endpoint's own time: the database, and writing the tokens down. */
const LEASE_MARGIN_MS = 30_000

async function accountCredentials(app: FastifyInstance) {
  const { config, clock, secretBox, accountDirectory, accountHealth: health, healthNotes } = app
  const { oauthTokenUrl: tokenUrl, oauthAuthorizeUrl: authorizeUrl, oauthTimeoutMs: timeoutMs } = config
  const oauth = createOauthClient({ tokenUrl, authorizeUrl, timeoutMs, clock, random: randomBytes })
  const dispatcherFor = (proxy: ProxyUrl | null) => app.upstreamPools.dispatcherFor(new URL(tokenUrl).origin, proxy)
  const endSignIn = createSignInEndings({ find: accountDirectory.find, health, note: healthNotes.note })

  const keeper = createCredentialKeeper({
    records: createCredentialRecords(app.pg.pool),
    secretBox,
    oauth,
    dispatcherFor,
    spill: createRefreshedCredentialsFolder(join(config.dataDir, 'refreshed-credentials')),
    clock,
    log: app.log.child({ part: 'credentials' }),
    holder: app.instanceId,
    leaseMs: timeoutMs + LEASE_MARGIN_MS,
    onRefreshed: () => app.bus.publish('accounts'),
    onSignInEnded: (accountId, reason) => void endSignIn(accountId, reason)
  })
  await keeper.recover()
  app.decorate('credentialKeeper', keeper)
  app.addHook('onClose', () => keeper.close())

  async function forgetHealth({ id, name }: { id: string; name: string }, actor: string): Promise<void> {
    healthNotes.note({ id, name }, health.clear(id), { actor, exchangeId: null })
    await healthNotes.stored()
  }
  app.decorate('accountSignIn', createAccountSignIn({ secretBox, oauth, dispatcherFor, forgetHealth }))
}

export default fp(accountCredentials, {
  name: 'account-credentials',
  fastify: '5.x',
  dependencies: ['config', 'data-dir', 'database', 'secrets', 'bus', 'accounts', 'upstream-pools', 'instances']
})
