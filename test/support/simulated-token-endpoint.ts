/**
 * A simulated OAuth token endpoint on 127.0.0.1. It rotates refresh tokens: each is good for one use.
 *
 *     const endpoint = await startSimulatedTokenEndpoint({ now: clock.now })
 *     t.after(() => endpoint.close())
 *     const tokens = endpoint.issue()               // as if somebody had signed in before
 *     const code = endpoint.authorize(authorizeUrl) // as if the owner had signed in there: what the page shows
 *     endpoint.setBehaviour('slow')                 // says nothing until `endpoint.respond()` or the next behaviour
 *     endpoint.acceptsAccessToken(bearer)           // for a simulated upstream
 */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import type { OauthTokens } from '../../services/resources/accounts/credentials.ts'

export type TokenEndpointBehaviour =
  /** Rotates: the tokens given before are void. */
  | 'rotate'
  /** Gives a new access token and no refresh token: the one used stays good. */
  | 'omit-refresh-token'
  /** Rotates, but lets an old refresh token be used again. */
  | 'forgiving'
  /** Rotates, and loses the response on its way. */
  | 'lose-response'
  | 'slow'
  | 'down'
  | 'html'
  | 'html-ok'
  | 'huge'
  | 'no-access-token'
  | 'redirect'
  | 'invalid-grant'
  | { status: number; error?: string }

interface TokenRequest {
  headers: IncomingMessage['headers']
  body: Record<string, unknown>
}

export interface SimulatedTokenEndpoint {
  /** The token URL. */
  url: string
  requests: TokenRequest[]
  /** How often it has replaced tokens. */
  rotations: number
  issue: (expiresInS?: number) => OauthTokens
  /** Of the code in a link to the authorize page: what is to be pasted. */
  authorize: (authorizeUrl: string) => string
  /** What later tokens say of their life; undefined says nothing. */
  setLife: (expiresIn: unknown) => void
  setBehaviour: (behaviour: TokenEndpointBehaviour) => void
  /** Responds to what `slow` has held back. */
  respond: () => void
  acceptsAccessToken: (accessToken: string) => boolean
  close: () => Promise<void>
}

const CLIENT_ID = '9d1c250a-e61b-44d9-88ed-5944d1962f5e'
const REDIRECT_URI = 'https://platform.claude.com/oauth/code/callback'
const PATH = '/v1/oauth/token'

interface Grant {
  challenge: string
  state: string
  scope: string
}

export async function startSimulatedTokenEndpoint({ now = Date.now } = {}): Promise<SimulatedTokenEndpoint> {
  const grants = new Map<string, Grant>()
  const refreshTokens = new Map<string, string>()
  const accessTokens = new Set<string>()
  const held: (() => void)[] = []
  let behaviour: TokenEndpointBehaviour = 'rotate'
  let expiresIn: unknown = 28_800

  function newTokens() {
    const tokens = {
      access: `access-${randomBytes(12).toString('hex')}`,
      refresh: `refresh-${randomBytes(12).toString('hex')}`
    }
    accessTokens.add(tokens.access)
    refreshTokens.set(tokens.refresh, tokens.access)
    return tokens
  }

  function respond(res: ServerResponse, status: number, body: object): void {
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  function refuse(res: ServerResponse, error: string): void {
    respond(res, 400, { error, error_description: 'refused by the simulation' })
  }

  function tokenFields(access: string, refresh: string | null) {
    return {
      token_type: 'Bearer',
      ...(behaviour === 'no-access-token' ? {} : { access_token: access }),
      ...(refresh === null ? {} : { refresh_token: refresh }),
      ...(expiresIn === undefined ? {} : { expires_in: expiresIn }),
      scope: 'user:inference',
      account: { uuid: 'an-account', email_address: 'owner@example.com' }
    }
  }

  function exchange(res: ServerResponse, body: Record<string, unknown>): void {
    const grant = grants.get(String(body['code']))
    const challenge = createHash('sha256').update(String(body['code_verifier'])).digest('base64url')
    const fits = grant?.challenge === challenge && grant.state === body['state'] && body['redirect_uri'] === REDIRECT_URI
    if (!fits) return refuse(res, 'invalid_grant')
    grants.delete(String(body['code']))
    const { access, refresh } = newTokens()
    const isSetupToken = grant.scope === 'user:inference'
    respond(res, 200, tokenFields(access, isSetupToken ? null : refresh))
  }

  function refresh(res: ServerResponse, body: Record<string, unknown>): void {
    const used = String(body['refresh_token'])
    const access = refreshTokens.get(used)
    if (access === undefined || behaviour === 'invalid-grant') return refuse(res, 'invalid_grant')
    endpoint.rotations++
    accessTokens.delete(access)
    const next = newTokens()
    if (behaviour === 'omit-refresh-token') {
      refreshTokens.delete(next.refresh)
      refreshTokens.set(used, next.access)
      return respond(res, 200, tokenFields(next.access, null))
    }
    if (behaviour !== 'forgiving') refreshTokens.delete(used)
    if (behaviour === 'lose-response') return void res.destroy()
    respond(res, 200, tokenFields(next.access, next.refresh))
  }

  function decide(res: ServerResponse, body: Record<string, unknown>): void {
    if (typeof behaviour === 'object') return respond(res, behaviour.status, { error: behaviour.error ?? 'server_error' })
    if (behaviour === 'slow') return void held.push(() => decide(res, body))
    if (behaviour === 'down') return void res.destroy()
    if (behaviour === 'redirect') return void res.writeHead(307, { location: endpoint.url }).end()
    if (behaviour === 'huge') return respond(res, 200, { access_token: 'a', padding: 'x'.repeat(70_000) })
    if (behaviour === 'html' || behaviour === 'html-ok') {
      const status = behaviour === 'html' ? 403 : 200
      return void res.writeHead(status, { 'content-type': 'text/html' }).end(`<html>${String(body['refresh_token'])}</html>`)
    }
    refreshOrExchange(res, body)
  }

  function refreshOrExchange(res: ServerResponse, body: Record<string, unknown>): void {
    if (body['client_id'] !== CLIENT_ID) return refuse(res, 'invalid_client')
    if (body['grant_type'] === 'authorization_code') exchange(res, body)
    else if (body['grant_type'] === 'refresh_token') refresh(res, body)
    else refuse(res, 'unsupported_grant_type')
  }

  function releaseHeld(): void {
    for (const release of held.splice(0)) release()
  }

  const server = createServer((req, res) => {
    if (req.method !== 'POST' || req.url !== PATH) {
      res.writeHead(404).end()
      return
    }
    json(req).then(
      (body) => {
        endpoint.requests.push({ headers: req.headers, body: body as Record<string, unknown> })
        decide(res, body as Record<string, unknown>)
      },
      () => refuse(res, 'invalid_request')
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  const endpoint: SimulatedTokenEndpoint = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`,
    requests: [],
    rotations: 0,
    issue(expiresInS = 28_800) {
      const { access, refresh } = newTokens()
      return { accessToken: access, refreshToken: refresh, expiresAt: now() + expiresInS * 1000 }
    },
    authorize(authorizeUrl) {
      const given = new URL(authorizeUrl).searchParams
      assert.equal(given.get('client_id'), CLIENT_ID)
      assert.equal(given.get('redirect_uri'), REDIRECT_URI)
      assert.equal(given.get('response_type'), 'code')
      assert.equal(given.get('code_challenge_method'), 'S256')
      const [challenge, state, scope] = [given.get('code_challenge'), given.get('state'), given.get('scope')]
      assert.ok(challenge !== null && state !== null && scope !== null)
      const code = `code-${randomBytes(12).toString('hex')}`
      grants.set(code, { challenge, state, scope })
      return `${code}#${state}`
    },
    setLife(seconds) {
      expiresIn = seconds
    },
    setBehaviour(next) {
      behaviour = next
      releaseHeld()
    },
    respond() {
      const before = behaviour
      behaviour = 'rotate'
      releaseHeld()
      behaviour = before
    },
    acceptsAccessToken: (accessToken) => accessTokens.has(accessToken),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
  return endpoint
}
