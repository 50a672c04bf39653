import * as client from 'openid-client'
import { GatewayError } from '../../platform/gateway-errors.ts'
import { identityOf, type OidcIdentity } from './oidc-identity.ts'
import { FOR_CONSOLE, type OidcTransaction } from './oidc-transaction.ts'
import { SignInRefused } from './sign-in-refused.ts'

interface OidcOptions {
  issuer: string
  clientId: string
  /** Null for a public client. */
  clientSecret: string | null
  /** The redirect URI: this gateway's callback, as browsers reach it. */
  redirectUrl: string
  scopes: string
  groupsClaim: string
  timeoutMs: number
}

export interface Oidc {
  /** Rejects with 503 when the provider cannot be reached. */
  begin: (returnTo: string | null) => Promise<{ url: string; transaction: OidcTransaction }>
  /**
   * `query` is what the provider sent back. Rejects with 401 when it is not the provider's response to this sign-in, 403 when the
   * provider refused.
   */
  complete: (query: string, transaction: OidcTransaction) => Promise<OidcIdentity>
}

const RETRY_AFTER_S = 5

/**
 * Sign-in at an OpenID provider: authorization code with PKCE, by the issuer's Discovery document (1.0). The library checks
 * signature, issuer, audience, times, state and nonce. Tokens are discarded at once.
 */
export function createOidc(options: OidcOptions): Oidc {
  const { issuer, clientId, clientSecret, redirectUrl, scopes, groupsClaim, timeoutMs } = options
  let discovered: Promise<client.Configuration> | null = null

  /** Fetched once, and again after a failure. */
  function configuration(): Promise<client.Configuration> {
    discovered ??= discover().catch((error: unknown) => {
      discovered = null
      throw away(error)
    })
    return discovered
  }

  function discover(): Promise<client.Configuration> {
    const url = new URL(issuer)
    const authentication = clientSecret === null ? client.None() : client.ClientSecretBasic(clientSecret)
    // Settings allow that only on this machine.
    const insecure = url.protocol === 'http:' ? [client.allowInsecureRequests] : []
    // By default, the library trusts a token because it came from the provider's own endpoint.
    const execute = [client.enableNonRepudiationChecks, ...insecure]
    return client.discovery(url, clientId, undefined, authentication, { execute, timeout: timeoutMs / 1000 })
  }

  return {
    async begin(returnTo) {
      const config = await configuration()
      const transaction = {
        state: `${returnTo === null ? '' : FOR_CONSOLE}${client.randomState()}`,
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier(),
        returnTo
      }
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUrl,
        scope: scopes,
        state: transaction.state,
        nonce: transaction.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(transaction.verifier),
        code_challenge_method: 'S256'
      })
      return { url: url.href, transaction }
    },

    async complete(query, { state, nonce, verifier }) {
      const config = await configuration()
      try {
        const current = new URL(`${redirectUrl}${query}`)
        const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }
        const tokens = await client.authorizationCodeGrant(config, current, checks)
        const signed = tokens.claims()
        if (signed === undefined) throw new GatewayError(401, 'authentication_error', 'the provider gave no ID token')
        return identityOf(signed, await claimsOf(config, tokens.access_token, signed), groupsClaim)
      } catch (error) {
        throw refusalOf(error)
      }
    }
  }

  /** Some providers put little in the token, and the rest in the userinfo. */
  async function claimsOf(
    config: client.Configuration,
    accessToken: string,
    claims: client.IDToken
  ): Promise<Record<string, unknown>> {
    const isWhole = ['email', 'email_verified', groupsClaim].every((name) => claims[name] !== undefined)
    if (isWhole || config.serverMetadata().userinfo_endpoint === undefined) return claims
    return { ...claims, ...(await client.fetchUserInfo(config, accessToken, claims.sub)) }
  }
}

const away = (cause: unknown) =>
  new SignInRefused('provider_away', 503, 'api_error', 'The sign-in provider cannot be reached, please retry later', {
    retryAfterS: RETRY_AFTER_S,
    cause
  })

/** Nothing written by the provider or a stranger is repeated except the name of an error (RFC 6749, 4.1.2.1). */
function refusalOf(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  if (error instanceof client.AuthorizationResponseError) {
    const name = /^[a-z_]{1,50}$/.test(error.error) ? error.error : 'an error'
    const problem = name === 'access_denied' ? 'cancelled' : 'refused'
    return new SignInRefused(problem, 403, 'permission_error', `the provider refused: ${name}`, { cause: error })
  }
  const code = (error as { code?: unknown }).code
  const isOfNetwork = code === 'OAUTH_TIMEOUT' || (error instanceof TypeError && error.message === 'fetch failed')
  if (isOfNetwork) return away(error)
  return new GatewayError(401, 'authentication_error', 'this sign-in cannot be completed: start again', { cause: error })
}
