import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SessionPerson } from '../../../../services/resources/records/sign-in-sessions.ts'
import { personBehind, refuseOperators, signedIn } from '../../../../services/resources/sign-in/session-person.ts'

const ANN = { userId: 'u1', name: 'ann@example.com' } as SessionPerson
const OPERATOR = { userId: null, name: 'console:root' } as SessionPerson
const FROM_ELSEWHERE = { 'sec-fetch-site': 'cross-site' }

function setUp() {
  const asked: string[] = []
  const people = {
    async personOf(token: string) {
      asked.push(token)
      return token === 'ann' ? ANN : null
    }
  }
  return { asked, people }
}

test('a session is known by its token, and nothing is asked without one', async () => {
  const { asked, people } = setUp()
  assert.equal(await personBehind(people, { token: 'ann', method: 'GET', headers: {} }), ANN)
  assert.equal(await personBehind(people, { token: 'ended', method: 'GET', headers: {} }), null)
  assert.equal(await personBehind(people, { token: '', method: 'GET', headers: {} }), null)
  assert.deepEqual(asked, ['ann', 'ended'])
})

test('another site may not speak for somebody, but may for nobody', async () => {
  const { people } = setUp()
  const post = { method: 'POST', headers: FROM_ELSEWHERE }
  await assert.rejects(personBehind(people, { token: 'ann', ...post }), { status: 403 })
  assert.equal(await personBehind(people, { token: 'ended', ...post }), null)
})

test('nobody is told to sign in, and an operator is no user', () => {
  assert.equal(signedIn(ANN), ANN)
  assert.throws(() => signedIn(null), { status: 401 })
  refuseOperators(ANN)
  assert.throws(() => refuseOperators(OPERATOR), { status: 403 })
})
