import { randomUUID } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'

interface SigningKey {
  kid: string
  alg: string
  privateKey: CryptoKey
  jwk: JWK
}

export async function signingKey(alg = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const kid = randomUUID()
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

/** Signs what a job is given: by default of now, good for five minutes, with an id of its own. */
export async function signedToken(
  claims: Readonly<Record<string, unknown>>,
  { kid, alg, privateKey }: SigningKey
): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const all = { iat: now, nbf: now, exp: now + 300, jti: randomUUID(), ...claims }
  return await new SignJWT(all).setProtectedHeader({ alg, kid, typ: 'JWT' }).sign(privateKey)
}

type Responder = (response: ServerResponse, document: object) => void

const plainly: Responder = (response, document) =>
  response.setHeader('content-type', 'application/json').end(JSON.stringify(document))

/** Who signs tokens for jobs, on 127.0.0.1, with the documents by which its keys are found. */
export async function startTokenIssuer(t: TestContext) {
  let key = await signingKey()
  let listed = [key.jwk]
  let called: string | null = null
  let respond = plainly
  let asked = 0
  const server = createServer((request, response) => {
    asked++
    const documents: Record<string, object> = {
      '/.well-known/openid-configuration': { issuer: called ?? issuer, jwks_uri: `${issuer}/keys` },
      '/keys': { keys: listed }
    }
    const document = documents[request.url ?? '']
    if (document === undefined) response.writeHead(404).end()
    else respond(response, document)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return {
    issuer,
    /** What it calls the key that it signs with. */
    kid: () => key.kid,
    /** How often it was asked for a document. */
    asked: () => asked,
    sign: (claims: Readonly<Record<string, unknown>> = {}, by = key) => signedToken({ iss: issuer, sub: 'job', ...claims }, by),
    /** Signs with another key from now on, and lists both unless told otherwise. */
    async rotate({ listing = true } = {}) {
      key = await signingKey()
      if (listing) listed = [...listed, key.jwk]
    },
    /** Calls itself so in its documents; null as it is. */
    setName: (name: string | null) => void (called = name),
    /** How it responds from now on; as it should, where nothing is said. */
    setResponder: (how: Responder = plainly) => void (respond = how)
  }
}

export type TokenIssuer = Awaited<ReturnType<typeof startTokenIssuer>>
