import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createCredentialKeeper, type CredentialKeeper } from '../services/gateway/accounts/credential-keeper.ts'
import { openCredentials, sealCredentials, type AccountCredentials } from '../services/resources/accounts/credentials.ts'
import {
  createOauthClient,
  type OauthClient,
  type PastedLogin,
  type AccountSignIn
} from '../services/gateway/accounts/oauth-client.ts'
import { withOperatorLock, record, type OperatorContext } from '../services/resources/admin/operator-changes.ts'
import { GatewayError } from '../services/platform/gateway-errors.ts'
import { createRefreshedCredentialsFolder } from '../services/gateway/accounts/refreshed-credentials.ts'
import { verdict } from '../services/gateway/accounts/verdicts.ts'
import { parseProxyUrl, type ProxyUrl } from '../services/platform/network/proxy-url.ts'
import { createCredentialRecords } from '../services/resources/records/account-credentials.ts'
import { findAccount, updateAccount, type AccountRecord } from '../services/resources/records/accounts.ts'
import { proxies } from '../services/resources/proxies/definition.ts'

export interface PastedSignIn {
  account: AccountRecord
  /** As the page shows it: `code#state`. */
  pasted: string
  state: string
  verifier: string
  /** Who signs in, for the audit log. */
  operator: OperatorContext
}

declare module 'fastify' {
  interface FastifyInstance {
    oauth: OauthClient
    /** Hands out what authenticates Sluice to an upstream, renewed in time. */
    credentialKeeper: CredentialKeeper
    /**
     * Turns a pasted code into the account's credentials, stores them with that on record, and puts the account to work. Rejects with
     * 400 for a code that brings none.
     */
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

  app.decorate('signIn', async ({ account, pasted, state, verifier, operator }) => {
    const credentials = await credentialsFor(account, { pasted, state, verifier }).catch((error: Error) => {
      throw new GatewayError(400, 'invalid_request_error', error.message, { cause: error })
    })
    // What became of the account while the code was exchanged was about the credentials before.
    app.noteHealth(account, accountHealth.clear(account.id), { actor: operator.actor, exchangeId: null })
    await app.healthStored()
    await withOperatorLock(operator, async (db) => {
      const isInError = (await findAccount(db, account.id))?.status === 'error'
      const isThere = await updateAccount(db, account.id, {
        credentials: sealCredentials(secretBox, account.name, credentials),
        ...(isInError ? { status: 'active', error: null } : {})
      })
      if (isThere) await record(db, operator, 'account.signed_in', `account ${account.name}`, {})
    })
  })

  async function credentialsFor(account: AccountRecord, pasted: Omit<PastedLogin, 'setupToken'>): Promise<AccountCredentials> {
    const exchange = { ...pasted, setupToken: account.type === 'setup-token' }
    const signedIn = await oauth.exchangeCode(exchange, dispatcherFor(proxyOf(account)))
    return credentialsOf(account, signedIn, declaredOf(account))
  }

  /** Throws when it cannot be opened: a sign-in must not go round it. */
  function proxyOf({ proxy }: AccountRecord): ProxyUrl | null {
    return proxy === null ? null : parseProxyUrl(secretBox.open(proxy.url, proxies.fields.url.seal(proxy.name)))
  }

  /** Kept, so that applying the same file once more does not undo the sign-in. */
  function declaredOf({ name, type, credentials }: AccountRecord): string | null {
    try {
      const known = openCredentials(secretBox, name, type, credentials)
      return known.type === 'api-key' ? null : known.declared
    } catch {
      return null // what cannot be opened is replaced
    }
  }
}

function credentialsOf({ name, type }: AccountRecord, { tokens }: AccountSignIn, declared: string | null): AccountCredentials {
  if (type === 'setup-token') return { type, accessToken: tokens.accessToken, declared }
  const { refreshToken } = tokens
  if (type === 'api-key' || refreshToken === null)
    throw new Error(`the sign-in of account ${name} came without a refresh token`)
  return { type, tokens: { ...tokens, refreshToken }, declared }
}

export default fp(accountCredentials, {
  name: 'account-credentials',
  fastify: '5.x',
  dependencies: ['config', 'data-dir', 'database', 'secrets', 'bus', 'accounts', 'upstream-pools', 'instances']
})
