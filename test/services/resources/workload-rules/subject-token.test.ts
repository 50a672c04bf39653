import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLocalJWKSet, SignJWT } from 'jose'
import type { IssuerKeys } from '../../../../services/resources/workload-rules/issuer-keys.ts'
import {
  endOfUse,
  identityOf,
  SubjectTokenError,
  unverifiedIssuer,
  verifiedClaims
} from '../../../../services/resources/workload-rules/subject-token.ts'
import { signedToken, signingKey } from '../../../support/token-issuer.ts'

const ISSUER = 'https://issuer.example'
const NOW = Date.UTC(2026, 0, 1)
const T = NOW / 1000

const key = await signingKey()
const find = createLocalJWKSet({ keys: [key.jwk] })
const keys: IssuerKeys = { find: async (_issuer, header, token) => await find(header, token) }
const base = { iss: ISSUER, sub: 'repo:acme/app', aud: 'x', iat: T, nbf: T, exp: T + 300, jti: 'one' }

const claimsOf = (token: string, now = NOW) => verifiedClaims(token, { issuer: ISSUER, keys, now })
const problemOf = async (claims: object, now = NOW) => {
  try {
    await claimsOf(await signedToken({ ...base, ...claims }, key), now)
    return null
  } catch (error) {
    assert.ok(error instanceof SubjectTokenError, String(error))
    return error.message
  }
}

test('a token is good from when it says to when it says, give or take a minute', async () => {
  assert.equal(await problemOf({}), null)
  assert.equal(await problemOf({ exp: T - 59, iat: T - 300, nbf: T - 300 }), null)
  assert.match(
    (await problemOf({ exp: T - 61 })) ?? '',
    /^the token expired at 2025-12-31T23:58:59\.000Z; it is 2026-01-01T00:00:00/
  )
  assert.equal(await problemOf({ nbf: T + 60, iat: T + 60 }), null)
  assert.match((await problemOf({ nbf: T + 61 })) ?? '', /^the token is not valid before 2026-01-01T00:01:01/)
  assert.match((await problemOf({ iat: T + 61 })) ?? '', /^the token is not valid before/)
})

test('a token that is older than a day is refused, however long it says it is good', async () => {
  const day = 86_400
  assert.equal(await problemOf({ iat: T - day, nbf: T - day, exp: T + 10 * day }), null)
  assert.equal(await problemOf({ iat: T - day - 61, nbf: T - day, exp: T + 10 * day }), 'the token is older than 24 hours')
})

test('a token without its times or its subject is refused', async () => {
  for (const claim of ['exp', 'iat', 'sub']) assert.match((await problemOf({ [claim]: undefined })) ?? '', /missing/, claim)
  assert.equal(await problemOf({ sub: '' }), 'the token names no subject')
  assert.match((await problemOf({ exp: 'soon' })) ?? '', /not valid/)
})

test('only the issuer’s own signature will do', async () => {
  const other = await signingKey()
  for (const [token, problem] of [
    [await signedToken(base, { ...other, kid: key.kid }), /signature is not the issuer’s/],
    [await signedToken({ ...base, iss: 'https://other.example' }, key), /iss is not valid/]
  ] as const)
    await assert.rejects(claimsOf(token), problem)
  const [header, payload, signature] = (await signedToken(base, key)).split('.') as [string, string, string]
  const changed = Buffer.from(JSON.stringify({ ...base, sub: 'admin' })).toString('base64url')
  await assert.rejects(claimsOf(`${header}.${changed}.${signature}`), /signature is not the issuer’s/)
  await assert.rejects(claimsOf(`${header}.${payload}.`), SubjectTokenError)
})

test('signatures that anybody could make are refused unread', async () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const hmac = await new SignJWT(base)
    .setProtectedHeader({ alg: 'HS256', kid: key.kid })
    .sign(new TextEncoder().encode(JSON.stringify(key.jwk)))
  for (const token of [`${part({ alg: 'none' })}.${part(base)}.`, `${part({ kid: 'x' })}.${part(base)}.x`, hmac]) {
    assert.throws(() => unverifiedIssuer(token), /must be signed with one of RS256, PS256, ES256, EdDSA, Ed25519/)
    await assert.rejects(claimsOf(token), SubjectTokenError)
  }
  for (const token of ['', 'x', 'a.b.c', '{}', `${part({ alg: 'ES256' })}.${part([])}.x`, '.'.repeat(10)])
    assert.throws(() => unverifiedIssuer(token), SubjectTokenError, token)
  assert.throws(() => unverifiedIssuer(`${part({ alg: 'ES256' })}.${part({ iss: 7 })}.x`), /names no issuer/)
})

test('all algorithms that are taken are', async () => {
  for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA']) {
    const own = await signingKey(alg)
    const set = createLocalJWKSet({ keys: [own.jwk] })
    const token = await signedToken(base, own)
    assert.equal(unverifiedIssuer(token), ISSUER)
    const verified = await verifiedClaims(token, {
      issuer: ISSUER,
      keys: { find: (_, header, jws) => set(header, jws) },
      now: NOW
    })
    assert.equal(verified.sub, base.sub)
  }
})

test('a token is the same whatever its signature looks like, and another with another id', async () => {
  const [one, two] = [await signedToken(base, key), await signedToken(base, key)]
  assert.notEqual(one, two)
  assert.deepEqual(identityOf(one, ISSUER, base), identityOf(two, ISSUER, base))
  assert.notDeepEqual(identityOf(one, ISSUER, base), identityOf(one, 'https://other.example', base))
  for (const jti of [undefined, '', 7]) {
    const claims = { ...base, jti: jti as string }
    assert.deepEqual(identityOf(one, ISSUER, claims), identityOf(two, ISSUER, claims), String(jti))
  }
  assert.notDeepEqual(
    identityOf(await signedToken({ ...base, jti: undefined }, key), ISSUER, {}),
    identityOf(await signedToken({ ...base, jti: undefined, sub: 'b' }, key), ISSUER, {})
  )
})

test('an exchanged token is remembered for as long as it would be taken', () => {
  assert.equal(endOfUse({ iat: T, exp: T + 300 }), NOW + 360_000)
  assert.equal(endOfUse({ iat: T, exp: T + 1e9 }), NOW + 86_460_000)
})
