import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  IssuerAwayError,
  IssuerMismatchError,
  type PublishedKeys
} from '../../../../services/resources/workload-rules/issuer-documents.ts'
import { createIssuerKeys, UnknownKeyError } from '../../../../services/resources/workload-rules/issuer-keys.ts'
import { signingKey } from '../../../support/token-issuer.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const ISSUER = 'https://issuer.example'
const MINUTE_MS = 60_000
const first = await signingKey()
const second = await signingKey()
const NO_TOKEN = { payload: '', signature: '' }

function issuerWith(...listed: { jwk: object }[]) {
  const clock = createVirtualClock()
  let read: () => Promise<PublishedKeys> = async () => published(...listed)
  let asked = 0
  const documents = {
    readKeys: async () => {
      asked++
      return await read()
    }
  }
  const keys = createIssuerKeys({ documents, clock })
  return {
    clock,
    asked: () => asked,
    becomes: (how: typeof read) => void (read = how),
    find: ({ kid }: { kid: string }, issuer = ISSUER) => keys.find(issuer, { alg: 'ES256', kid }, NO_TOKEN)
  }
}

const published = (...listed: { jwk: object }[]): PublishedKeys => ({ keys: listed.map(({ jwk }) => ({ ...jwk })) })
const away = async () => {
  throw new IssuerAwayError('away')
}

test('keys are asked for once, and anew after ten minutes', async () => {
  const { clock, asked, find } = issuerWith(first)
  await Promise.all([find(first), find(first), find(first)])
  assert.equal(asked(), 1)
  clock.leap(10 * MINUTE_MS)
  await find(first)
  assert.equal(asked(), 1)
  clock.leap(1)
  await find(first)
  assert.equal(asked(), 2)
  await find(first, 'https://other.example')
  assert.equal(asked(), 3)
})

test('a key that is not known has the issuer asked again, but not for each token', async () => {
  const { clock, asked, find, becomes } = issuerWith(first)
  await find(first)
  becomes(async () => published(second))
  await assert.rejects(find(second), (error) => error instanceof UnknownKeyError && error.retryAfterMs === 5000)
  assert.equal(asked(), 1)
  clock.leap(5000)
  await find(second)
  // What the issuer has withdrawn is good no more.
  await assert.rejects(find(first), UnknownKeyError)
  assert.equal(asked(), 2)
  clock.leap(5000)
  await Promise.all(Array.from({ length: 20 }, () => assert.rejects(find(first), UnknownKeyError)))
  assert.equal(asked(), 3)
})

test('while an issuer is away its keys are good for an hour, and it is not asked for each token', async () => {
  const { clock, asked, find, becomes } = issuerWith(first)
  await find(first)
  becomes(away)
  clock.leap(60 * MINUTE_MS)
  await find(first)
  await find(first)
  assert.equal(asked(), 2)
  await assert.rejects(find(second), IssuerAwayError)
  assert.equal(asked(), 2)
  clock.leap(1)
  await assert.rejects(find(first), IssuerAwayError)
  becomes(async () => published(first))
  await assert.rejects(find(first), IssuerAwayError)
  clock.leap(5000)
  await find(first)
  assert.equal(asked(), 3)
})

test('keys of what calls itself another issuer are not used, nor those from before any more', async () => {
  const { clock, find, becomes } = issuerWith(first)
  await find(first)
  becomes(async () => {
    throw new IssuerMismatchError('another')
  })
  clock.leap(10 * MINUTE_MS + 1)
  await assert.rejects(find(first), IssuerMismatchError)
})
