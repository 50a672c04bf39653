import type { Clock } from '../../platform/clock.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { generateAccessToken, hashClientKey } from '../../platform/secrets.ts'
import { insertAccessToken } from '../records/sign-ins.ts'

interface TokenGrant {
  /** The key that it stands for. */
  keyId: string
  /** The sign-in it ends with; without one it ends by itself, or with its key. */
  signInId?: string
  /** The job that it is issued to, under which its usage is recorded. */
  subject?: string
  lifeMs: number
}

export interface IssuedToken {
  /** It is stored nowhere. */
  accessToken: string
  /** Epoch milliseconds. */
  expiresAt: number
}

/** Creates a token that can be used in place of a key. */
export async function issueAccessToken(
  { db, clock }: { db: Queryable; clock: Pick<Clock, 'now'> },
  { keyId, signInId, subject, lifeMs }: TokenGrant
): Promise<IssuedToken> {
  const accessToken = generateAccessToken()
  const issuedAt = clock.now()
  const expiresAt = issuedAt + lifeMs
  await insertAccessToken(db, {
    tokenHash: hashClientKey(accessToken),
    keyId,
    signInId: signInId ?? null,
    subject: subject ?? null,
    issuedAt,
    expiresAt
  })
  return { accessToken, expiresAt }
}
