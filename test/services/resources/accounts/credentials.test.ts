import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  authorizationHeaders,
  CredentialsUnreadableError,
  declaredFingerprint,
  fixedHeaderNames,
  openCredentials,
  sealCredentials,
  type AccountCredentials
} from '../../../../services/resources/accounts/credentials.ts'
import { createSecretBox, SecretUnreadableError } from '../../../../services/platform/secrets.ts'
import { fc } from '../../../support/fuzz.ts'

const box = createSecretBox(['5'.repeat(64)])
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model, { noNullPrototype: true })
const tokens = { accessToken: 'access', refreshToken: 'refresh', expiresAt: 1_800_000_000_000 }

test('credentials of every type come out as they went in', () => {
  const declared = fc.option(fc.string())
  const credentials: fc.Arbitrary<AccountCredentials> = fc.oneof(
    record({
      type: fc.constant('api-key' as const),
      apiKey: fc.string(),
      headers: fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true })
    }),
    record({
      type: fc.constant('oauth' as const),
      tokens: fc.option(record({ accessToken: fc.string(), refreshToken: fc.string(), expiresAt: fc.nat() })),
      declared
    }),
    record({ type: fc.constant('setup-token' as const), accessToken: fc.option(fc.string()), declared })
  )
  fc.assert(
    fc.property(credentials, fc.string(), (given, name) => {
      assert.deepEqual(openCredentials(box, name, given.type, sealCredentials(box, name, given)), given)
    })
  )
})

test('an API key is stored as it has always been', () => {
  const sealed = box.seal('{"api_key":"sk-1"}', 'account:main')
  assert.deepEqual(openCredentials(box, 'main', 'api-key', sealed), { type: 'api-key', apiKey: 'sk-1', headers: {} })
})

test('fixed headers are stored with the key, sealed, and only their names can be had without using them', () => {
  const headers = { 'x-team': 'b', 'x-tenant': 's3cret' }
  const credentials = sealCredentials(box, 'main', { type: 'api-key', apiKey: 'sk-1', headers })
  assert.deepEqual(JSON.parse(box.open(credentials, 'account:main')), { api_key: 'sk-1', headers })
  assert.deepEqual(fixedHeaderNames(box, { name: 'main', type: 'api-key', credentials }), ['x-team', 'x-tenant'])
  assert.deepEqual(fixedHeaderNames(box, { name: 'other', type: 'api-key', credentials }), [])
})

test('a sign-in is stored under the names of the declarative file', () => {
  const sealed = sealCredentials(box, 'main', { type: 'oauth', tokens, declared: 'print' })
  assert.deepEqual(JSON.parse(box.open(sealed, 'account:main')), {
    access_token: 'access',
    refresh_token: 'refresh',
    expires_at: 1_800_000_000_000,
    declared: 'print'
  })
})

test('what is of another type, or no credentials at all, is refused without being shown', () => {
  const refused = (type: AccountCredentials['type'], text: string) =>
    assert.throws(
      () => openCredentials(box, 'main', type, box.seal(text, 'account:main')),
      (error) =>
        error instanceof CredentialsUnreadableError && error.message.includes('main') && !error.message.includes('s3cret')
    )
  for (const type of ['api-key', 'oauth', 'setup-token'] as const) {
    refused(type, type === 'api-key' ? '{"access_token":"s3cret"}' : '{"api_key":"s3cret"}')
  }
  refused('api-key', 's3cret')
  refused('api-key', 'null')
  refused('api-key', '{"api_key":"s3cret","headers":{"x-tenant":7}}')
  refused('oauth', '{"access_token":"s3cret"}')
  refused('oauth', '{"access_token":"s3cret","refresh_token":"r","expires_at":"soon"}')
  refused('oauth', '{"access_token":7,"refresh_token":"r","expires_at":1}')
  refused('setup-token', '{"access_token":"s3cret","refresh_token":"r","expires_at":1}')
  refused('setup-token', '{"access_token":"s3cret","declared":1}')
})

test('credentials of one account are not those of another', () => {
  const sealed = sealCredentials(box, 'main', { type: 'api-key', apiKey: 'sk-1', headers: {} })
  assert.throws(() => openCredentials(box, 'other', 'api-key', sealed), SecretUnreadableError)
})

test('the fingerprint of declared credentials depends on what they say, and not on their order', () => {
  const print = declaredFingerprint({ access_token: 'a', refresh_token: 'b' })
  assert.match(print, /^[0-9a-f]{64}$/)
  assert.equal(declaredFingerprint({ refresh_token: 'b', access_token: 'a' }), print)
  assert.equal(declaredFingerprint({ refresh_token: 'b', access_token: 'a', expires_at: undefined }), print)
  assert.notEqual(declaredFingerprint({ access_token: 'b', refresh_token: 'a' }), print)
  assert.notEqual(declaredFingerprint({ access_token: 'a' }), print)
})

test('an API key goes into x-api-key, a sign-in into authorization', () => {
  assert.deepEqual(authorizationHeaders({ type: 'api-key', apiKey: 'sk-1', headers: {} }), { 'x-api-key': 'sk-1' })
  assert.deepEqual(authorizationHeaders({ type: 'api-key', apiKey: 'sk-1', headers: {} }, 'bearer'), {
    authorization: 'Bearer sk-1'
  })
  assert.deepEqual(authorizationHeaders({ type: 'api-key', apiKey: 'sk-1', headers: { 'x-tenant': 'acme' } }), {
    'x-tenant': 'acme',
    'x-api-key': 'sk-1'
  })
  assert.deepEqual(authorizationHeaders({ type: 'oauth', tokens, declared: null }), { authorization: 'Bearer access' })
  assert.deepEqual(authorizationHeaders({ type: 'setup-token', accessToken: 'long', declared: null }), {
    authorization: 'Bearer long'
  })
  assert.equal(authorizationHeaders({ type: 'oauth', tokens: null, declared: null }), null)
  assert.equal(authorizationHeaders({ type: 'setup-token', accessToken: null, declared: null }), null)
})
