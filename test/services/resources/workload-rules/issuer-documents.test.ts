import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../../../../services/platform/clock.ts'
import { PUBLIC_HOSTS } from '../../../../services/platform/network/host-rules.ts'
import {
  createIssuerDocuments,
  IssuerAwayError,
  IssuerMismatchError
} from '../../../../services/resources/workload-rules/issuer-documents.ts'
import { ANY_PRIVATE_HOST } from '../../../support/any-private-host.ts'
import { signingKey, startTokenIssuer } from '../../../support/token-issuer.ts'
import { until } from '../../../support/until.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

function documentsFor(t: TestContext, options: Partial<Parameters<typeof createIssuerDocuments>[0]> = {}) {
  const documents = createIssuerDocuments({ clock: systemClock, hosts: ANY_PRIVATE_HOST, ...options })
  t.after(() => documents.close())
  return documents
}

const isAway = (words: RegExp) => (error: unknown) => error instanceof IssuerAwayError && words.test(error.message)

test('an issuer’s keys are found by its discovery document', async (t) => {
  const issuer = await startTokenIssuer(t)
  await issuer.rotate()
  const { keys } = await documentsFor(t).readKeys(issuer.issuer)
  assert.deepEqual(
    keys.map(({ kty }) => kty),
    ['EC', 'EC']
  )
})

test('keys with which anybody could sign are none', async (t) => {
  const issuer = await startTokenIssuer(t)
  const { jwk } = await signingKey()
  const secret = { kty: 'oct', k: 'c2VjcmV0', kid: jwk.kid, alg: 'HS256' }
  issuer.setResponder((response, document) => response.end(JSON.stringify({ ...document, keys: [secret, null, 'x', jwk] })))
  assert.deepEqual((await documentsFor(t).readKeys(issuer.issuer)).keys, [jwk])
})

test('what calls itself another issuer is not the one, to the letter', async (t) => {
  const issuer = await startTokenIssuer(t)
  const documents = documentsFor(t)
  for (const name of ['https://accounts.example.com', `${issuer.issuer}/`, issuer.issuer.toUpperCase()]) {
    issuer.setName(name)
    await assert.rejects(documents.readKeys(issuer.issuer), IssuerMismatchError, name)
  }
})

test('no response that is not plainly the document is taken, and none leads elsewhere', async (t) => {
  const [issuer, other] = [await startTokenIssuer(t), await startTokenIssuer(t)]
  const documents = documentsFor(t)
  const responses: [string, Parameters<typeof issuer.setResponder>[0], RegExp][] = [
    ['a redirect', (response) => response.writeHead(302, { location: `${other.issuer}/keys` }).end(), /status 302/],
    ['an error', (response) => response.writeHead(500).end('{}'), /status 500/],
    ['no JSON', (response) => response.end('<html>'), /could not be read/],
    ['a list', (response) => response.end('[]'), /no JSON object/],
    ['too much', (response) => response.end(Buffer.alloc(600_000, 32)), /more than 524288 bytes/],
    ['nothing', (response) => response.destroy(), /could not be read/],
    ['no keys', (response, document) => response.end(JSON.stringify({ ...document, keys: {} })), /no keys/],
    ['no place', (response) => response.end(JSON.stringify({ issuer: issuer.issuer })), /names no key document/],
    [
      'a file',
      (response) => response.end(JSON.stringify({ issuer: issuer.issuer, jwks_uri: 'file:///etc/passwd' })),
      /names no key document/
    ],
    [
      'a metadata service',
      (response) => response.end(JSON.stringify({ issuer: issuer.issuer, jwks_uri: 'http://169.254.169.254/keys' })),
      /link-local or metadata/
    ]
  ]
  for (const [what, response, words] of responses) {
    issuer.setResponder(response)
    await assert.rejects(documents.readKeys(issuer.issuer), isAway(words), what)
  }
  assert.equal(other.asked(), 0)
})

test('an issuer that takes its time is waited for five seconds', async (t) => {
  const clock = createVirtualClock()
  const issuer = await startTokenIssuer(t)
  issuer.setResponder((response) => void response.write('{'))
  const reading = assert.rejects(documentsFor(t, { clock }).readKeys(issuer.issuer), isAway(/took longer than 5000 ms/))
  await until('it is asked', () => issuer.asked() === 1)
  await clock.advance(5000)
  await reading
})

test('an issuer in a private network that is not allowed is not asked', async (t) => {
  const issuer = await startTokenIssuer(t)
  const documents = documentsFor(t, { hosts: PUBLIC_HOSTS })
  await assert.rejects(
    documents.readKeys(issuer.issuer),
    isAway(/in a private network, which PRIVATE_UPSTREAMS does not allow/)
  )
  // A name is looked up only when it is connected to.
  await assert.rejects(documents.readKeys(issuer.issuer.replace('127.0.0.1', 'localhost')), isAway(/private network/))
  assert.equal(issuer.asked(), 0)
})
