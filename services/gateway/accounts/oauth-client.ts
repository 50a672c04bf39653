import { hash } from 'node:crypto'
import { request, type Dispatcher } from 'undici'
import type { Clock } from '../../platform/clock.ts'
import { readAtMost } from '../../platform/read-at-most.ts'
import type { OauthTokens } from '../../resources/accounts/credentials.ts'
import { NamedError } from '../../platform/named-error.ts'

/** The refresh token or the code is not valid: only a new sign-in helps. */
export class InvalidGrantError extends NamedError {}

/** The token endpoint was not reached, or returned no tokens for a reason that may be temporary. */
export class TokenEndpointError extends NamedError {}

/** What was pasted is not the code of this sign-in. */
export class PastedCodeError extends NamedError {}

interface OauthClientOptions {
  tokenUrl: string
  authorizeUrl: string
  timeoutMs: number
  clock: Clock
  /** Returns this many unpredictable bytes. */
  random: (bytes: number) => Buffer
}

interface BegunLogin {
  /** Where the owner of the account signs in, and is shown the code to paste. */
  authorizeUrl: string
  state: string
  verifier: string
}

export interface PastedLogin {
  /** As the page shows it: `code#state`. */
  pasted: string
  state: string
  verifier: string
  /** As returned when the login began. */
  setupToken: boolean
}

export interface GivenSignIn {
  /** A setup token has no refresh token. */
  tokens: Omit<OauthTokens, 'refreshToken'> & { refreshToken: string | null }
  accountEmail: string | null
}

/** `dispatcher` must lead to the token URL: undici's Pool takes each request to its own origin, whatever the URL says. */
export interface OauthClient {
  beginLogin: (options: { setupToken: boolean }) => BegunLogin
  /** Rejects with PastedCodeError, InvalidGrantError or TokenEndpointError. */
  exchangeCode: (login: PastedLogin, dispatcher: Dispatcher) => Promise<GivenSignIn>
  /** Rejects with InvalidGrantError or TokenEndpointError. */
  refresh: (refreshToken: string, dispatcher: Dispatcher) => Promise<OauthTokens>
}

const CLIENT_ID = '9d1c250a-e61b-44d9-88ed-5944d1962f5e'
const REDIRECT_URI = 'https://platform.claude.com/oauth/code/callback'
const LOGIN_SCOPE = 'org:create_api_key user:profile user:inference user:sessions:claude_code user:mcp_servers user:file_upload'
const SETUP_TOKEN_SCOPE = 'user:inference'
const SETUP_TOKEN_LIFE_S = 31_536_000
/** The beta header that sign-ins need. */
const OAUTH_BETA = 'oauth-2025-04-20'

const UNNAMED_LIFE_S = 28_800
const SHORTEST_LIFE_S = 60
const LONGEST_LIFE_S = SETUP_TOKEN_LIFE_S
const RANDOM_BYTES = 32
const MAX_RESPONSE_BYTES = 65_536
/** Characters that a header can carry, up to a length that servers accept. */
const TOKEN = /^[\x21-\x7e]{1,8192}$/

type Fields = Readonly<Record<string, unknown>>

/** Signs in and renews sign-ins. No message of its errors repeats a token or a code. */
export function createOauthClient({ tokenUrl, authorizeUrl, timeoutMs, clock, random }: OauthClientOptions): OauthClient {
  const randomText = () => random(RANDOM_BYTES).toString('base64url')

  /** The response's fields, and when they were requested: a token's lifetime began no earlier. */
  async function ask(body: Fields, dispatcher: Dispatcher): Promise<{ fields: Fields; askedAt: number }> {
    const askedAt = clock.now()
    const deadline = new AbortController()
    const timer = clock.setTimer(() => deadline.abort(), timeoutMs)
    try {
      const response = await post(body, dispatcher, deadline.signal)
      return { fields: tokenFields(response), askedAt }
    } catch (error) {
      if (deadline.signal.aborted) throw new TokenEndpointError(`The token endpoint did not answer within ${timeoutMs} ms`)
      throw error
    } finally {
      timer.cancel()
    }
  }

  async function post(body: Fields, dispatcher: Dispatcher, signal: AbortSignal): Promise<TokenEndpointResponse> {
    try {
      const response = await request(tokenUrl, {
        dispatcher,
        signal,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          'accept-encoding': 'identity',
          'anthropic-beta': OAUTH_BETA
        },
        body: JSON.stringify(body)
      })
      const text = await readAtMost(response.body, MAX_RESPONSE_BYTES)
      if (text === null) throw new TokenEndpointError('The token endpoint sent too large a response')
      return { status: response.statusCode, text: text.toString() }
    } catch (error) {
      if (error instanceof TokenEndpointError) throw error
      throw new TokenEndpointError(`The token endpoint could not be reached: ${causeOf(error)}`)
    }
  }

  return {
    beginLogin({ setupToken }) {
      const verifier = randomText()
      const state = randomText()
      const url = new URL(authorizeUrl)
      const parameters = {
        code: 'true',
        client_id: CLIENT_ID,
        response_type: 'code',
        redirect_uri: REDIRECT_URI,
        scope: setupToken ? SETUP_TOKEN_SCOPE : LOGIN_SCOPE,
        code_challenge: hash('sha256', verifier, 'base64url'),
        code_challenge_method: 'S256',
        state
      }
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
      return { authorizeUrl: url.href, state, verifier }
    },

    async exchangeCode({ pasted, state, verifier, setupToken }, dispatcher) {
      const { fields, askedAt } = await ask(
        {
          grant_type: 'authorization_code',
          code: codeOf(pasted, state),
          client_id: CLIENT_ID,
          redirect_uri: REDIRECT_URI,
          code_verifier: verifier,
          state,
          ...(setupToken ? { expires_in: SETUP_TOKEN_LIFE_S } : {})
        },
        dispatcher
      )
      const refreshToken = readToken(fields, 'refresh_token')
      if (refreshToken === null && !setupToken) throw lacking('refresh_token')
      return {
        tokens: { accessToken: readAccessToken(fields), refreshToken, expiresAt: askedAt + lifeMs(fields) },
        accountEmail: readEmail(fields)
      }
    },

    async refresh(refreshToken, dispatcher) {
      const { fields, askedAt } = await ask(
        { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: CLIENT_ID },
        dispatcher
      )
      return {
        accessToken: readAccessToken(fields),
        refreshToken: readToken(fields, 'refresh_token') ?? refreshToken,
        expiresAt: askedAt + lifeMs(fields)
      }
    }
  }
}

interface TokenEndpointResponse {
  status: number
  text: string
}

/** The fields of a successful response. */
function tokenFields({ status, text }: TokenEndpointResponse): Fields {
  const fields = parseObject(text)
  if ((status === 400 || status === 401) && fields?.['error'] === 'invalid_grant') {
    throw new InvalidGrantError('The token endpoint no longer accepts the sign-in (invalid_grant)')
  }
  if (status !== 200) throw new TokenEndpointError(`The token endpoint answered with status ${status}`)
  if (fields === null) throw new TokenEndpointError('The token endpoint did not respond with JSON')
  return fields
}

function parseObject(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Fields) : null
  } catch {
    return null
  }
}

function codeOf(pasted: string, state: string): string {
  const [code = '', pastedState] = pasted.trim().split('#')
  if (code === '' || pastedState === undefined) {
    throw new PastedCodeError('The code is incomplete: paste everything the page shows, including the # and what follows it')
  }
  if (pastedState !== state) throw new PastedCodeError('The code belongs to another sign-in: start again and use the new link')
  return code
}

function readAccessToken(fields: Fields): string {
  const token = readToken(fields, 'access_token')
  if (token === null) throw lacking('access_token')
  return token
}

/** Null when there is none. */
function readToken(fields: Fields, name: string): string | null {
  const token = fields[name] ?? null
  if (token === null) return null
  if (typeof token === 'string' && TOKEN.test(token)) return token
  throw new TokenEndpointError(`The token endpoint answered with an unusable ${name}`)
}

function lacking(name: string): TokenEndpointError {
  return new TokenEndpointError(`The token endpoint answered without ${name}`)
}

function lifeMs({ expires_in: stated }: Fields): number {
  const seconds = typeof stated === 'number' && stated > 0 ? stated : UNNAMED_LIFE_S
  return Math.floor(Math.min(Math.max(seconds, SHORTEST_LIFE_S), LONGEST_LIFE_S) * 1000)
}

function readEmail({ account }: Fields): string | null {
  const email = typeof account === 'object' && account !== null ? (account as Fields)['email_address'] : null
  return typeof email === 'string' ? email : null
}

/** Only the code where there is one: some messages repeat what was received. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
