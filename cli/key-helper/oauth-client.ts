import { hostname } from 'node:os'
import { VERSION } from '../../services/platform/version.ts'
import { OperationError } from '../failures.ts'
import { printable } from '../printable.ts'
import { noResponseOf } from '../remote-server.ts'

/** What it is called where somebody lets it in. */
const CLIENT = 'sluice key-helper'
const DEADLINE_MS = 10_000

interface OAuthResponse {
  status: number
  body: Readonly<Record<string, unknown>>
}

export interface BegunLogin {
  deviceCode: string
  userCode: string
  page: string
  /** With the code filled in. */
  pageWithCode: string
  expiresInMs: number
  intervalMs: number
}

export interface Tokens {
  accessToken: string
  refreshToken: string
  expiresInMs: number
  email: string | null
}

/** What became of asking for tokens. */
export type TokenResult =
  | { is: 'given'; tokens: Tokens }
  /** `error` is of RFC 6749 or 8628, null where the response is none of these. */
  | { is: 'refused'; error: string | null; words: string }
  /** It may pass: the server does not answer, or has trouble. */
  | { is: 'away'; error: OperationError }

/** Says on which machine it is, since a person ends a sign-in by that. */
const userAgent = () => `sluice-key-helper/${VERSION} (${hostname().replace(/[^\w.-]+/g, '-')})`

/** Rejects with OperationError where there is no response. */
async function post(url: string, path: string, form: Record<string, string>): Promise<OAuthResponse> {
  // It takes longer to load than most of what is done without it.
  const { request } = await import('undici')
  try {
    const response = await request(`${url}/oauth/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': userAgent() },
      body: new URLSearchParams(form).toString(),
      signal: AbortSignal.timeout(DEADLINE_MS)
    })
    return { status: response.statusCode, body: objectOf(await response.body.text()) }
  } catch (error) {
    throw noResponseOf(`the server does not answer at ${url}`, error)
  }
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(text) as Record<string, unknown> | null) ?? {}
  } catch {
    return {}
  }
}

const textIn = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? printable(value) : null)
const msIn = (value: unknown, otherwise: number) => (typeof value === 'number' && value >= 0 ? value : otherwise) * 1000

/** Why, in the server's own words where there are any. */
const wordsIn = (url: string, { status, body }: OAuthResponse) =>
  `the server at ${url} answered: ${textIn(body['error_description']) ?? `status ${status}, which is not a response of Sluice`}`

/** Rejects with OperationError. */
export async function beginSignIn(url: string): Promise<BegunLogin> {
  const response = await post(url, 'device_authorization', { client_id: CLIENT })
  const { body } = response
  const [deviceCode, userCode, page] = [body['device_code'], textIn(body['user_code']), textIn(body['verification_uri'])]
  if (response.status !== 200 || typeof deviceCode !== 'string' || userCode === null || page === null) {
    throw new OperationError(wordsIn(url, response))
  }
  return {
    deviceCode,
    userCode,
    page,
    pageWithCode: textIn(body['verification_uri_complete']) ?? page,
    expiresInMs: msIn(body['expires_in'], 600),
    intervalMs: msIn(body['interval'], 5)
  }
}

export const askForTokens = (url: string, deviceCode: string) =>
  tokensFor(url, { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: deviceCode })

export const renewTokens = (url: string, refreshToken: string) =>
  tokensFor(url, { grant_type: 'refresh_token', refresh_token: refreshToken })

async function tokensFor(url: string, form: Record<string, string>): Promise<TokenResult> {
  let response: OAuthResponse
  try {
    response = await post(url, 'token', form)
  } catch (error) {
    if (error instanceof OperationError) return { is: 'away', error }
    throw error
  }
  const { status, body } = response
  const [accessToken, refreshToken] = [body['access_token'], body['refresh_token'] ?? form['refresh_token']]
  if (status === 200 && typeof accessToken === 'string' && typeof refreshToken === 'string') {
    const tokens = { accessToken, refreshToken, expiresInMs: msIn(body['expires_in'], 0), email: textIn(body['email']) }
    return { is: 'given', tokens }
  }
  const words = wordsIn(url, response)
  if (status >= 500) return { is: 'away', error: new OperationError(words) }
  return { is: 'refused', error: textIn(body['error']), words }
}

/** Rejects with OperationError where that cannot be told the server. */
export async function revokeToken(url: string, token: string): Promise<void> {
  const response = await post(url, 'revoke', { token, token_type_hint: 'refresh_token' })
  if (response.status !== 200) throw new OperationError(wordsIn(url, response))
}
