import type { Queryable } from '../../platform/database/queryable.ts'

interface NewAccessToken {
  tokenHash: Buffer
  keyId: string
  signInId: string | null
  subject: string | null
  /** Epoch milliseconds. */
  issuedAt: number
  expiresAt: number
}

export async function insertAccessToken(db: Queryable, token: NewAccessToken): Promise<void> {
  const { tokenHash, keyId, signInId, subject, issuedAt, expiresAt } = token
  await db.query(
    `insert into access_tokens (token_hash, key_id, sign_in_id, subject, issued_at, expires_at) values ($1, $2, $3, $4, $5, $6)`,
    [tokenHash, keyId, signInId, subject, new Date(issuedAt), new Date(expiresAt)]
  )
}

/** Those that expired before an instant: until then whoever holds one is told why it is refused. */
export async function dropExpiredTokens(db: Queryable, before: number): Promise<void> {
  await db.query('delete from access_tokens where expires_at < $1', [new Date(before)])
}
