import { hash } from 'node:crypto'
import type { AccountType, AccountValues, ApiKeyAuth } from '../records/accounts.ts'
import type { SecretBox } from '../../platform/secrets.ts'
import type { FixedHeaders } from './fixed-headers.ts'
import { NamedError } from '../../platform/named-error.ts'

export interface OauthTokens {
  accessToken: string
  refreshToken: string
  /** Of the access token; epoch milliseconds. */
  expiresAt: number
}

/**
 * What an account authenticates with; the fixed headers of an API key may be secrets like it. A sign-in is null until its owner has signed in. `declared` is the fingerprint of the
 * declared credentials that it was last set from, null when it came from elsewhere.
 */
export type AccountCredentials =
  | { type: 'api-key'; apiKey: string; headers: FixedHeaders }
  | { type: 'oauth'; tokens: OauthTokens | null; declared: string | null }
  | { type: 'setup-token'; accessToken: string | null; declared: string | null }

export class CredentialsUnreadableError extends NamedError {}

export function sealCredentials(box: SecretBox, accountName: string, credentials: AccountCredentials): Buffer {
  return box.seal(JSON.stringify(toStored(credentials)), sealContext(accountName))
}

/** Throws as SecretBox.open does, or CredentialsUnreadableError when what was sealed is not of this type. */
export function openCredentials(box: SecretBox, accountName: string, type: AccountType, sealed: Buffer): AccountCredentials {
  const credentials = fromStored(type, parseObject(box.open(sealed, sealContext(accountName))))
  if (credentials !== null) return credentials
  throw new CredentialsUnreadableError(`What is stored as the credentials of account ${accountName} is not of type ${type}`)
}

/** Tells whether a declarative file still has the credentials an account was set from, even if its tokens were renewed since. */
export function declaredFingerprint(declared: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(declared).filter(([, value]) => value !== undefined)
  return hash('sha256', JSON.stringify(given.sort(([a], [b]) => (a < b ? -1 : 1))))
}

/** Distinguishes pairs of tokens without revealing them. */
export function tokensFingerprint({ accessToken, refreshToken }: OauthTokens): string {
  return hash('sha256', JSON.stringify([accessToken, refreshToken]))
}

/** Recognizes a used-up refresh token without revealing it. */
export function refreshFingerprint({ refreshToken }: OauthTokens): string {
  return hash('sha256', refreshToken)
}

/** Why an account has nothing to authenticate with; null when it has something. */
export function signInProblem(accountName: string, credentials: AccountCredentials): string | null {
  const isMissing =
    (credentials.type === 'oauth' && credentials.tokens === null) ||
    (credentials.type === 'setup-token' && credentials.accessToken === null)
  return isMissing ? `not signed in yet: sluice accounts login ${accountName}` : null
}

/** The error of an account whose refresh token is used up and has no stored successor. */
export function signInEnded(accountName: string): string {
  return `sign-in has ended: sluice accounts login ${accountName}`
}

/** The names of an account's stored fixed headers; none when they cannot be opened. */
export function fixedHeaderNames(
  box: SecretBox,
  { name, type, credentials }: Pick<AccountValues, 'name' | 'type' | 'credentials'>
): string[] {
  if (type !== 'api-key') return []
  try {
    const opened = openCredentials(box, name, type, credentials)
    return opened.type === 'api-key' ? Object.keys(opened.headers) : []
  } catch {
    return []
  }
}

/** The headers that authenticate a request, with an account's fixed ones; null when nobody has signed in yet. */
export function authorizationHeaders(
  credentials: AccountCredentials,
  auth: ApiKeyAuth = 'x-api-key'
): Record<string, string> | null {
  if (credentials.type === 'api-key') {
    const { apiKey, headers } = credentials
    return { ...headers, ...(auth === 'bearer' ? bearer(apiKey) : { 'x-api-key': apiKey }) }
  }
  const accessToken = credentials.type === 'oauth' ? credentials.tokens?.accessToken : credentials.accessToken
  return accessToken === undefined || accessToken === null ? null : bearer(accessToken)
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

function sealContext(accountName: string): string {
  return `account:${accountName}`
}

function toStored(credentials: AccountCredentials): Record<string, string | number | null | FixedHeaders> {
  if (credentials.type === 'api-key') {
    const { apiKey, headers } = credentials
    return { api_key: apiKey, ...(Object.keys(headers).length === 0 ? {} : { headers }) }
  }
  const { declared } = credentials
  if (credentials.type === 'setup-token') return { access_token: credentials.accessToken, declared }
  if (credentials.tokens === null) return { declared }
  const { accessToken, refreshToken, expiresAt } = credentials.tokens
  return { access_token: accessToken, refresh_token: refreshToken, expires_at: expiresAt, declared }
}

type Stored = Readonly<Record<string, unknown>>

function parseObject(text: string): Stored {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Stored) : {}
  } catch {
    // The parser's own message would repeat what it was given.
    return {}
  }
}

/** Null when it is something else. */
function fromStored(type: AccountType, stored: Stored): AccountCredentials | null {
  const { api_key: apiKey, headers = {}, access_token: accessToken = null, declared = null } = stored
  if (type === 'api-key') return typeof apiKey === 'string' && isTexts(headers) ? { type, apiKey, headers } : null
  if (apiKey !== undefined || !isTextOrNull(declared)) return null
  if (type === 'setup-token') {
    return isTextOrNull(accessToken) && !('refresh_token' in stored) ? { type, accessToken, declared } : null
  }
  if (accessToken === null) return { type, tokens: null, declared }
  const { refresh_token: refreshToken, expires_at: expiresAt } = stored
  if (typeof accessToken !== 'string' || typeof refreshToken !== 'string' || typeof expiresAt !== 'number') return null
  return { type, tokens: { accessToken, refreshToken, expiresAt }, declared }
}

function isTexts(value: unknown): value is FixedHeaders {
  return typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string')
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string'
}
