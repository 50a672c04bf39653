import type { Clock } from '../../platform/clock.ts'
import { inTransaction, type Connectable } from '../../platform/database/queryable.ts'
import type { FailedAuthentications } from '../../platform/failed-authentications.ts'
import { hashClientKey } from '../../platform/secrets.ts'
import { inTime } from '../../platform/within.ts'
import type { Operator } from '../admin/operator-changes.ts'
import type { AuditOrigin } from '../records/audit-log.ts'
import { findSignInOf, revokeAccessToken, touchSignIn } from '../records/sign-ins.ts'
import { endSignIn } from '../sign-ins/sign-ins.ts'
import { OAuthError } from './oauth-error.ts'
import { issueFor, toResponse, type TokenResponse } from './token-response.ts'

interface SignInTokensOptions {
  pool: Connectable
  clock: Clock
  /** Counts addresses that send invalid refresh tokens. */
  failures: FailedAuthentications
  /** Counts sign-ins that get new tokens. */
  refreshes: FailedAuthentications
  /** Called when something was revoked: this process must know before it answers. */
  onRevoked: () => void
}

export interface SignInTokensService {
  /** A new access token for a refresh token, which is returned again. Rejects with `invalid_grant` once the sign-in has ended. */
  refresh: (refreshToken: string, address: string) => Promise<TokenResponse>
  /** Ends the sign-in of a refresh token, or only an access token. Does nothing for anything else (RFC 7009). */
  revoke: (token: string, origin: AuditOrigin) => Promise<void>
}

const PATIENCE_MS = 3000

const invalid = () => new OAuthError('invalid_grant', 'This sign-in has ended: sign in again')

const away = (cause: unknown) =>
  new OAuthError('temporarily_unavailable', 'Sluice cannot reach its database, please retry later', {
    status: 503,
    retryAfterS: 5,
    cause
  })

/** Renews and revokes the tokens of sign-ins. A refresh token is never replaced: processes share it without a lock. */
export function createSignInTokens(options: SignInTokensOptions): SignInTokensService {
  const { pool, clock, failures, refreshes, onRevoked } = options

  /** Rejects with a temporary failure, so that the client keeps its refresh token. */
  async function unlessAway<T>(work: Promise<T>): Promise<T> {
    try {
      return await inTime(clock, PATIENCE_MS, work, () => {
        throw new Error(`no answer within ${PATIENCE_MS} ms`)
      })
    } catch (error) {
      throw error instanceof OAuthError ? error : away(error)
    }
  }

  async function renew(refreshToken: string): Promise<TokenResponse | null> {
    return await inTransaction(pool, async (db) => {
      const signIn = await touchSignIn(db, hashClientKey(refreshToken), clock.now())
      if (signIn === null) return null
      if ((await refreshes.count(`sign-in ${signIn.id}`)) !== null) {
        throw new OAuthError('slow_down', 'This sign-in asks for new tokens too often', { status: 429, retryAfterS: 60 })
      }
      return toResponse(await issueFor({ db, clock }, signIn, refreshToken), clock.now())
    })
  }

  return {
    async refresh(refreshToken, address) {
      const response = await unlessAway(renew(refreshToken))
      if (response !== null) return response
      const retryAfterMs = await failures.count(address)
      if (retryAfterMs === null) throw invalid()
      throw new OAuthError('slow_down', 'Too many sign-ins of this address have ended', {
        status: 429,
        retryAfterS: retryAfterMs / 1000
      })
    },

    async revoke(token, origin) {
      const tokenHash = hashClientKey(token)
      await unlessAway(
        (async () => {
          const signIn = await findSignInOf(pool, tokenHash)
          if (signIn !== null) {
            const context: Operator = { pool, clock, actor: signIn.email, origin }
            await endSignIn(context, { id: signIn.id, ifMatch: undefined })
          } else if (!(await revokeAccessToken(pool, tokenHash, clock.now()))) return
          onRevoked()
        })()
      )
    }
  }
}
