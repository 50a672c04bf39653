import { hash } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose'
import type { Claims } from './claims.ts'
import type { IssuerKeys } from './issuer-keys.ts'

/** Why a token is not taken, as a sentence for who sent it. Nothing of the token is in it but what its issuer signed. */
export class SubjectTokenError extends Error {
  override name = 'SubjectTokenError'
}

/** In seconds since the epoch. */
interface SignedTimes {
  exp: number
  iat: number
}

export type SignedClaims = Claims & SignedTimes & { sub: string }

/** Signatures that an issuer makes with a key of its own: none that whoever knows the public key could make. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']

/** Clocks that are a minute apart agree. */
const SKEW_S = 60
const LONGEST_AGE_S = 24 * 60 * 60

/** What a token says of itself before anybody has verified it: only enough to know whom to ask. Throws SubjectTokenError. */
export function unverifiedIssuer(token: string): string {
  try {
    const { alg } = decodeProtectedHeader(token)
    if (alg === undefined || !ALGORITHMS.includes(alg)) {
      throw new SubjectTokenError(`the token must be signed with one of ${ALGORITHMS.join(', ')}`)
    }
    const { iss } = decodeJwt(token)
    if (typeof iss === 'string') return iss
  } catch (cause) {
    if (cause instanceof SubjectTokenError) throw cause
    throw new SubjectTokenError('the subject_token is no JSON Web Token', { cause })
  }
  throw new SubjectTokenError('the token names no issuer')
}

/**
 * The claims of a token that its issuer signed and that is good at `now`, epoch milliseconds. Whom it is for is left to rules. Rejects
 * with SubjectTokenError, and with what the issuer's keys reject with.
 */
export async function verifiedClaims(
  token: string,
  { issuer, keys, now }: { issuer: string; keys: IssuerKeys; now: number }
): Promise<SignedClaims> {
  try {
    const { payload } = await jwtVerify(token, (header, jws) => keys.find(issuer, header, jws), {
      issuer,
      algorithms: ALGORITHMS,
      clockTolerance: SKEW_S,
      maxTokenAge: LONGEST_AGE_S,
      requiredClaims: ['exp', 'iat', 'sub'],
      currentDate: new Date(now)
    })
    const { sub = '', exp, iat } = payload
    if (exp === undefined || iat === undefined) throw new Error('what is required of a token is not there')
    if (sub === '') throw new SubjectTokenError('the token names no subject')
    return { ...payload, sub, exp, iat }
  } catch (error) {
    throw refusalOf(error, now)
  }
}

function refusalOf(error: unknown, now: number): unknown {
  if (error instanceof errors.JWTExpired) {
    if (error.claim === 'iat') return new SubjectTokenError('the token is older than 24 hours', { cause: error })
    const at = timeOf(error.payload.exp)
    return new SubjectTokenError(`the token expired at ${at}; it is ${timeOf(now / 1000)} here`, { cause: error })
  }
  if (error instanceof errors.JWTClaimValidationFailed) return claimRefusal(error, now)
  if (error instanceof errors.JWKSMultipleMatchingKeys) {
    return new SubjectTokenError('the token does not say which of the issuer’s keys it is signed with', { cause: error })
  }
  if (error instanceof errors.JOSEError)
    return new SubjectTokenError('the token’s signature is not the issuer’s', { cause: error })
  return error
}

function claimRefusal(error: errors.JWTClaimValidationFailed, now: number): SubjectTokenError {
  const { claim, reason, payload } = error
  if (reason === 'check_failed' && (claim === 'nbf' || claim === 'iat')) {
    const at = timeOf(payload[claim])
    return new SubjectTokenError(`the token is not valid before ${at}; it is ${timeOf(now / 1000)} here`, { cause: error })
  }
  return new SubjectTokenError(`the token’s ${claim} is ${reason === 'missing' ? 'missing' : 'not valid'}`, { cause: error })
}

/** Of seconds since the epoch, whatever somebody signed. */
function timeOf(seconds: unknown): string {
  const at = new Date(typeof seconds === 'number' ? Math.trunc(seconds) * 1000 : NaN)
  return Number.isNaN(at.getTime()) ? 'no time' : at.toISOString()
}

/** Until when a token could be exchanged at the latest, epoch milliseconds. */
export const endOfUse = ({ exp, iat }: SignedTimes): number => (Math.min(exp, iat + LONGEST_AGE_S) + SKEW_S) * 1000

/**
 * What is the same of a token whenever it is sent: its id at the issuer, or what is signed of it where it has none. Not its signature, of
 * which anybody can make another that is as good.
 */
export function identityOf(token: string, issuer: string, { jti }: Claims): Buffer {
  const isNamed = typeof jti === 'string' && jti !== ''
  return hash('sha256', isNamed ? JSON.stringify([issuer, jti]) : token.slice(0, token.lastIndexOf('.')), 'buffer')
}
