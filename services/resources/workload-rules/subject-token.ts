import { hash } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose'
import type { Claims } from './claims.ts'
import type { IssuerKeys } from './issuer-keys.ts'
import { NamedError } from '../../platform/named-error.ts'

/** Why a token is not accepted, as a sentence for its sender. It contains nothing of the token except what its issuer signed. */
export class SubjectTokenError extends NamedError {}

/** In seconds since the epoch. */
interface SignedTimes {
  exp: number
  iat: number
}

export type SignedClaims = Claims & SignedTimes & { sub: string }

/** Asymmetric signatures only: none that anybody who knows the public key could make. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']

/** Clocks may differ by a minute. */
const SKEW_S = 60
const LONGEST_AGE_S = 24 * 60 * 60

/** What an unverified token says about itself: only enough to know which issuer to ask. Throws SubjectTokenError. */
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
 * The claims of a token that its issuer signed and that is valid at `now`, epoch milliseconds. Its audience is left to rules.
 * Rejects with SubjectTokenError, and as the issuer's keys do.
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

/** Seconds since the epoch, whatever was signed. */
function timeOf(seconds: unknown): string {
  const at = new Date(typeof seconds === 'number' ? Math.trunc(seconds) * 1000 : NaN)
  return Number.isNaN(at.getTime()) ? 'no time' : at.toISOString()
}

/** The latest time at which a token could be exchanged, epoch milliseconds. */
export const endOfUse = ({ exp, iat }: SignedTimes): number => (Math.min(exp, iat + LONGEST_AGE_S) + SKEW_S) * 1000

/**
 * What identifies a token whenever it is sent: its id at the issuer, or its signed part if it has none. Not its signature, since
 * anybody can make another valid one from it.
 */
export function identityOf(token: string, issuer: string, { jti }: Claims): Buffer {
  const isNamed = typeof jti === 'string' && jti !== ''
  return hash('sha256', isNamed ? JSON.stringify([issuer, jti]) : token.slice(0, token.lastIndexOf('.')), 'buffer')
}
