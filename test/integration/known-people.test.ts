import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { systemClock } from '../../services/platform/clock.ts'
import { GatewayError } from '../../services/platform/gateway-errors.ts'
import { lockGroups } from '../../services/resources/records/groups.ts'
import { userOfIdentity, type KnownPeopleOptions } from '../../services/resources/sign-in/known-people.ts'
import { createSecretBox } from '../../services/platform/secrets.ts'
import { ANY_PRIVATE_HOST } from '../support/any-private-host.ts'
import { filePool } from '../support/databases.ts'
import { createUser } from '../support/provisioned.ts'
import { until } from '../support/until.ts'

const ISSUER = 'https://login.example.com'
const LENIENT: KnownPeopleOptions = { roles: null, createsUsers: true, allowsUnstatedEmail: false }

const pool = await filePool()
const context = {
  pool,
  clock: systemClock,
  secretBox: createSecretBox([Buffer.alloc(32, 1).toString('base64')]),
  hosts: ANY_PRIVATE_HOST,
  actor: 'oidc',
  origin: { requestId: 'r', clientAddress: '127.0.0.1', userAgent: null }
}

const newAddress = () => `${randomUUID()}@example.com`
const person = (subject: string, email: string | null, changes: object = {}) => ({
  issuer: ISSUER,
  subject,
  email,
  isEmailVerified: true,
  groups: [],
  ...changes
})
const signIn = async (who: ReturnType<typeof person>, options = LENIENT) => (await userOfIdentity(context, who, options)).userId

const addUser = async (email: string) => (await createUser(pool, { email })).id

/** All have looked for the user and found none, or none that is bound, before the first goes on. */
async function atOnce<T>(signIns: (() => Promise<T>)[]): Promise<PromiseSettledResult<T>[]> {
  const client = await pool.connect()
  await client.query('begin')
  await lockGroups(client)
  const outcomes = Promise.allSettled(signIns.map((begin) => begin()))
  await until('all wait', async () => {
    const { rows } = await pool.query("select 1 from pg_locks where relation = 'groups'::regclass and not granted")
    return rows.length === signIns.length
  })
  await client.query('commit')
  client.release()
  return await outcomes
}

async function identitiesOf(userId: string): Promise<string[]> {
  const { rows } = await pool.query<{ subject: string }>('select subject from sign_in_identities where user_id = $1', [userId])
  return rows.map(({ subject }) => subject)
}

for (const [what, made] of [
  ['whom an operator made', addUser],
  ['who is none here yet', async () => null]
] as const) {
  test(`of one person ${what}, all of several first sign-ins at once are the same user`, async () => {
    const email = newAddress()
    const id = await made(email)
    const outcomes = await atOnce(Array.from({ length: 4 }, () => () => signIn(person(`sub ${email}`, email))))
    const users = new Set(outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : String(outcome.reason))))
    assert.equal(users.size, 1, [...users].join())
    const [userId = ''] = users
    if (id !== null) assert.equal(userId, id)
    assert.deepEqual(await identitiesOf(userId), [`sub ${email}`])
  })

  test(`of several who say at once that they are one ${what}, one is`, async () => {
    const email = newAddress()
    await made(email)
    const subjects = ['a', 'b', 'c', 'd'].map((name) => `${name} ${email}`)
    const outcomes = await atOnce(subjects.map((subject) => () => signIn(person(subject, email))))
    const got = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    assert.equal(got.length, 1)
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') continue
      assert.ok(outcome.reason instanceof GatewayError)
      assert.deepEqual([outcome.reason.status, /signs in as another person/.test(outcome.reason.message)], [403, true])
    }
    assert.equal((await identitiesOf(got[0]!)).length, 1)
  })
}

test('the same subject of another issuer is somebody else, who may have the same address', async () => {
  const email = newAddress()
  const id = await signIn(person('1', email))
  assert.equal(await signIn(person('1', email, { issuer: 'https://other.example.com' })), id)
  const stranger = newAddress()
  assert.notEqual(await signIn(person('1', stranger, { issuer: 'https://third.example.com' })), id)
})

test('an address that is not verified makes nobody known, and takes nothing from who is', async () => {
  const email = newAddress()
  const id = await addUser(email)
  for (const changes of [{ isEmailVerified: false }, { isEmailVerified: null }]) {
    await assert.rejects(signIn(person('unverified', email, changes)), /does not say that it has verified/)
  }
  assert.deepEqual(await identitiesOf(id), [])
  const lenient = { ...LENIENT, allowsUnstatedEmail: true }
  await assert.rejects(signIn(person('unverified', email, { isEmailVerified: false }), lenient), /does not say/)
  assert.equal(await signIn(person('unstated', email, { isEmailVerified: null }), lenient), id)
  assert.equal(await signIn(person('unstated', null, { isEmailVerified: false })), id)
})
