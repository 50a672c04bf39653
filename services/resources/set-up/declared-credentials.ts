import { isDeepStrictEqual } from 'node:util'
import { declaredFingerprint, type AccountCredentials } from '../accounts/credentials.ts'
import { fixedHeaders } from '../accounts/fixed-headers.ts'
import type { DesiredAccount } from './declarative-schema.ts'
import type { AccountType } from '../records/accounts.ts'

/** Why a person's own sign-in needs an owner, or must be marked as shared. */
export const SIGN_IN_TERMS = "Anthropic's terms bar routing other people's requests through somebody's own sign-in"

/** The credentials of an account in a file, in their stored form; null when there are none. */
export function declaredCredentials({ type, credentials, headers = {} }: DesiredAccount): AccountCredentials | null {
  if (credentials === undefined) return null
  const { api_key: apiKey = '', access_token: accessToken = '', refresh_token: refreshToken = '' } = credentials
  if (type === 'api-key') return { type, apiKey, headers: fixedHeaders(headers) }
  const declared = declaredFingerprint(credentials)
  if (type === 'setup-token') return { type, accessToken, declared }
  return { type, tokens: { accessToken, refreshToken, expiresAt: instantOf(credentials.expires_at) }, declared }
}

/** What is stored for an account whose owner has yet to sign in. */
export function signedOut(type: Exclude<AccountType, 'api-key'>): AccountCredentials {
  return type === 'oauth' ? { type, tokens: null, declared: null } : { type, accessToken: null, declared: null }
}

/**
 * Whether `stored` came from `declared`. A sign-in may have been renewed since; its fingerprint distinguishes that from a change
 * of the file.
 */
export function isFromDeclared(stored: AccountCredentials, declared: AccountCredentials): boolean {
  if (stored.type === 'api-key' || declared.type === 'api-key') return isDeepStrictEqual(stored, declared)
  return stored.type === declared.type && stored.declared === declared.declared
}

export function isSignedOut(credentials: AccountCredentials): boolean {
  if (credentials.type === 'api-key') return false
  return (credentials.type === 'oauth' ? credentials.tokens : credentials.accessToken) === null
}

/** From this value on milliseconds, below it seconds: as seconds it is in the year 33658, as milliseconds in 2001. */
const MILLISECONDS_FROM = 1e12

/** Epoch milliseconds. Tokens of unknown age count as expired, so that they are renewed before their first use. */
function instantOf(expiresAt: string | undefined): number {
  if (expiresAt === undefined) return 0
  if (!/^\d+$/.test(expiresAt)) return Date.parse(expiresAt)
  const count = Number(expiresAt)
  return count >= MILLISECONDS_FROM ? count : count * 1000
}
