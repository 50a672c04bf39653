import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClientRecognition } from '../../../../services/gateway/request/client-recognition.ts'
import type { ClientKeyRecord } from '../../../../services/resources/records/client-keys.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

function record(userId: string, status: 'active' | 'revoked', allowedIps: string[] | null = null): ClientKeyRecord {
  const key = { id: userId, name: userId, status, expiresAt: null, allowedIps, ownIps: null }
  const user = { id: userId, email: `${userId}@example.com`, status: 'active' }
  return { key, user, group: { name: 'team', status: 'active' }, subscription: null } as unknown as ClientKeyRecord
}

const KEYS = new Map([
  ['sk-ann', record('ann', 'active', ['192.0.2.0/24'])],
  ['sk-bob', record('bob', 'active')],
  ['sk-old', record('ann', 'revoked')]
])

const HERE = '192.0.2.7'

function setUp() {
  const guesses: string[] = []
  const recognition = createClientRecognition({
    directory: { find: (key) => Promise.resolve(KEYS.get(key) ?? null) },
    clock: createVirtualClock(),
    upToDate: () => Promise.resolve(),
    refuseUnknown({ ip }, refusal) {
      guesses.push(ip)
      return Promise.resolve(refusal)
    }
  })
  return { guesses, ...recognition }
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

test('the first valid key says who asks, wherever it stands', async () => {
  const { clientOf } = setUp()
  for (const headers of [bearer('sk-bob'), { 'x-api-key': 'sk-bob' }, { ...bearer('sk-old'), 'x-api-key': 'sk-bob' }])
    assert.equal((await clientOf({ headers, ip: HERE })).user.id, 'bob')
})

test('only keys that never were any count as guesses', async () => {
  const { guesses, clientOf, holderOf } = setUp()
  await assert.rejects(clientOf({ headers: bearer('sk-old'), ip: HERE }), { status: 401, message: /revoked/ })
  assert.equal((await holderOf({ headers: bearer('sk-old'), ip: HERE })).user.id, 'ann')
  assert.deepEqual(guesses, [])
  await assert.rejects(clientOf({ headers: bearer('sk-guess'), ip: HERE }), { status: 401 })
  assert.deepEqual(guesses, [HERE])
})

test('a key with a list of addresses is refused from elsewhere', async () => {
  const { allowedClientOf } = setUp()
  assert.equal((await allowedClientOf({ headers: bearer('sk-ann'), ip: HERE })).user.id, 'ann')
  await assert.rejects(allowedClientOf({ headers: bearer('sk-ann'), ip: '198.51.100.1' }), { status: 403 })
})

test('an exchange stays with the user it began with', async () => {
  const { clientNow } = setUp()
  const client = record('ann', 'active')
  assert.equal((await clientNow({ headers: bearer('sk-ann'), client } as never)).user.id, 'ann')
  await assert.rejects(clientNow({ headers: bearer('sk-bob'), client } as never), { status: 401 })
})
