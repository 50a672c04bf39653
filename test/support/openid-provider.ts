import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { Provider, type KoaContextWithOIDC } from 'oidc-provider'

export interface Claims {
  /** What the provider knows them by for good; by default one of the address. */
  sub?: string
  email?: string
  email_verified?: boolean
  groups?: unknown
}

interface OpenidProvider {
  issuer: string
  /** Who has signed in there, and what is said of them; null refuses to sign in. */
  setPerson: (claims: Claims | null) => void
  /** It answers nothing until it is on again. */
  setAway: (isAway: boolean) => void
  /** Whether it shows other keys than those that it signs with, as one would whose tokens somebody else has made. */
  setForeignKeys: (isForeign: boolean) => void
}

export const OIDC_CLIENT = { id: 'sluice', secret: 'a-client-secret-of-the-provider' }

/** A real OpenID provider on 127.0.0.1 at which everybody is signed in already and consents. */
export async function startOpenidProvider(t: TestContext, redirectUrl: string): Promise<OpenidProvider> {
  let person: Claims | null = {}
  let isAway = false
  let hasForeignKeys = false
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })
  const foreignKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' })
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: OIDC_CLIENT.id,
        client_secret: OIDC_CLIENT.secret,
        redirect_uris: [redirectUrl],
        grant_types: ['authorization_code'],
        response_types: ['code']
      }
    ],
    jwks: { keys: [{ ...key, kid: 'test', use: 'sig', alg: 'RS256' }] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    pkce: { required: () => true },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['groups'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context: KoaContextWithOIDC, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_context: KoaContextWithOIDC, id: string) => ({
      accountId: id,
      claims: async () => ({ sub: id, ...person })
    })
  })
  const respond = provider.callback()
  server.on('request', (request, response) => {
    if (isAway) request.socket.destroy()
    else if (hasForeignKeys && request.url === '/jwks') {
      response.setHeader('content-type', 'application/jwk-set+json')
      response.end(JSON.stringify({ keys: [{ ...foreignKey, kid: 'test', use: 'sig', alg: 'RS256' }] }))
    } else if (request.url?.startsWith('/interaction/') !== true) void respond(request, response)
    else void interact().catch((error: unknown) => response.writeHead(500).end(String(error)))

    async function interact() {
      if (person === null) {
        const refusal = { error: 'access_denied', error_description: '<script>alert(1)</script>' }
        return await provider.interactionFinished(request, response, refusal, { mergeWithLastSubmission: false })
      }
      const accountId = person.sub ?? `sub-of-${person.email?.toLowerCase() ?? randomBytes(4).toString('hex')}`
      const grant = new provider.Grant({ accountId, clientId: OIDC_CLIENT.id })
      grant.addOIDCScope('openid email profile')
      const grantId = await grant.save()
      const result = { login: { accountId }, consent: { grantId } }
      await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
    }
  })
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    issuer,
    setPerson(claims) {
      person = claims
    },
    setAway(away) {
      isAway = away
    },
    setForeignKeys(isForeign) {
      hasForeignKeys = isForeign
    }
  }
}
