import type { Dispatcher } from 'undici'
import { findAccount, raiseVersion, updateAccount, type AccountRecord } from '../../resources/records/accounts.ts'
import { openCredentials, sealCredentials, type AccountCredentials } from '../../resources/accounts/credentials.ts'
import { withOperatorLock, record, type OperatorContext } from '../../resources/admin/operator-changes.ts'
import { proxies } from '../../resources/proxies/definition.ts'
import { GatewayError } from '../../platform/gateway-errors.ts'
import { parseProxyUrl, type ProxyUrl } from '../../platform/network/proxy-url.ts'
import type { SecretBox } from '../../platform/secrets.ts'
import type { GivenSignIn, OauthClient, PastedLogin } from './oauth-client.ts'

interface PastedSignIn {
  account: AccountRecord
  /** As the page shows it: `code#state`. */
  pasted: string
  state: string
  verifier: string
  /** Who signs in, for the audit log. */
  operator: OperatorContext
}

interface AccountSignInOptions {
  secretBox: SecretBox
  oauth: OauthClient
  dispatcherFor: (proxy: ProxyUrl | null) => Dispatcher
  /** Forgets what happened to the account with its old credentials; resolves when that is stored. */
  forgetHealth: (account: AccountRecord, actor: string) => Promise<void>
}

/** How the owner of an account signs in to it. */
export interface AccountSignIn {
  begin: OauthClient['beginLogin']
  /**
   * Exchanges a pasted code for the account's credentials, stores and records them, and puts the account to work. Rejects with
   * 400 for a code that yields none.
   */
  complete: (signIn: PastedSignIn) => Promise<void>
}

export function createAccountSignIn({ secretBox, oauth, dispatcherFor, forgetHealth }: AccountSignInOptions): AccountSignIn {
  async function credentialsFor(account: AccountRecord, pasted: Omit<PastedLogin, 'setupToken'>): Promise<AccountCredentials> {
    const exchange = { ...pasted, setupToken: account.type === 'setup-token' }
    const signedIn = await oauth.exchangeCode(exchange, dispatcherFor(proxyOf(account)))
    return credentialsOf(account, signedIn, declaredOf(account))
  }

  /** Throws when it cannot be opened: a sign-in must not bypass it. */
  function proxyOf({ proxy }: AccountRecord): ProxyUrl | null {
    return proxy === null ? null : parseProxyUrl(secretBox.open(proxy.url, proxies.fields.url.seal(proxy.name)))
  }

  /** Kept, so that applying the same file once more does not undo the sign-in. */
  function declaredOf({ name, type, credentials }: AccountRecord): string | null {
    try {
      const known = openCredentials(secretBox, name, type, credentials)
      return known.type === 'api-key' ? null : known.declared
    } catch {
      return null // unreadable credentials are replaced
    }
  }

  async function complete({ account, pasted, state, verifier, operator }: PastedSignIn): Promise<void> {
    const credentials = await credentialsFor(account, { pasted, state, verifier }).catch((error: Error) => {
      throw new GatewayError(400, 'invalid_request_error', error.message, { cause: error })
    })
    // What happened to the account during the exchange concerned the old credentials.
    await forgetHealth(account, operator.actor)
    await withOperatorLock(operator, async (db) => {
      const isInError = (await findAccount(db, account.id))?.status === 'error'
      const isThere = await updateAccount(db, account.id, {
        credentials: sealCredentials(secretBox, account.name, credentials),
        ...(isInError ? { status: 'active', error: null } : {})
      })
      if (!isThere) return
      await raiseVersion(db, account.id)
      await record(db, operator, 'account.signed_in', `account ${account.name}`, {})
    })
  }

  return { begin: oauth.beginLogin, complete }
}

function credentialsOf({ name, type }: AccountRecord, { tokens }: GivenSignIn, declared: string | null): AccountCredentials {
  if (type === 'setup-token') return { type, accessToken: tokens.accessToken, declared }
  const { refreshToken } = tokens
  if (type === 'api-key' || refreshToken === null)
    throw new Error(`the sign-in of account ${name} came without a refresh token`)
  return { type, tokens: { ...tokens, refreshToken }, declared }
}
