import type { Clock } from '../../platform/clock.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { issueAccessToken } from './access-tokens.ts'

/**
 * How long an access token is good for. Claude Code renews one that has less than 300 s left, so that a short life would mean a renewal
 * before each request.
 */
const ACCESS_TOKEN_MS = 3_600_000

/** What the token endpoint answers with (RFC 6749 section 5.1). */
export interface TokenResponse {
  access_token: string
  token_type: 'Bearer'
  /** Seconds. */
  expires_in: number
  refresh_token?: string
  /** Claude Code asks its user whether that is them. */
  email?: string
  /** RFC 8693, for a token that was exchanged. */
  issued_token_type?: string
}

/** What a sign-in has: its tokens as they are kept sealed. */
export interface SignInTokens {
  accessToken: string
  /** Epoch milliseconds. */
  expiresAt: number
  refreshToken: string
  email: string
}

/** A new access token of a sign-in, beside those that it has: each holds to its end, since what runs keeps its own. */
export async function issueFor(
  using: { db: Queryable; clock: Pick<Clock, 'now'> },
  signIn: { id: string; keyId: string; email: string },
  refreshToken: string
): Promise<SignInTokens> {
  const grant = { keyId: signIn.keyId, signInId: signIn.id, lifeMs: ACCESS_TOKEN_MS }
  return { ...(await issueAccessToken(using, grant)), refreshToken, email: signIn.email }
}

export const toResponse = ({ accessToken, expiresAt, refreshToken, email }: SignInTokens, now: number): TokenResponse => ({
  access_token: accessToken,
  token_type: 'Bearer',
  expires_in: Math.max(0, Math.floor((expiresAt - now) / 1000)),
  refresh_token: refreshToken,
  email
})
