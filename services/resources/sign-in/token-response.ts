import type { Clock } from '../../platform/clock.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { issueAccessToken } from './access-tokens.ts'

/**
 * How long an access token is valid. Claude Code renews one with less than 300 s left, so a short lifetime would mean a renewal
 * before each request.
 */
const ACCESS_TOKEN_MS = 3_600_000

/** The response of the token endpoint (RFC 6749 section 5.1). */
export interface TokenResponse {
  access_token: string
  token_type: 'Bearer'
  /** Seconds. */
  expires_in: number
  refresh_token?: string
  /** Claude Code asks its user whether this is them. */
  email?: string
  /** RFC 8693, for a token that was exchanged. */
  issued_token_type?: string
}

/** The tokens of a sign-in, as kept sealed. */
export interface SignInTokens {
  accessToken: string
  /** Epoch milliseconds. */
  expiresAt: number
  refreshToken: string
  email: string
}

/** Issues another access token of a sign-in: existing ones stay valid until they expire, since running tools keep theirs. */
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
