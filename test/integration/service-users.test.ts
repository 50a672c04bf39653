import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { startGateway, USER, user, type Gateway } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { signIn } from '../support/person.ts'
import { scimClientOf, SCIM_TOKEN } from '../support/scim-client.ts'

const CI = 'ci@example.com'
const OTHER = 'other@example.com'

interface KeyBody extends Record<string, unknown> {
  id: string
  key: string
}

async function withService(gateway: Gateway) {
  const operator = operatorOf(gateway)
  const made = await operator.call('POST', '/users', { email: CI, kind: 'service', owner: USER, balance_usd: '10' })
  assert.equal(made.status, 201, made.text)
  return { operator, id: String(made.body['id']) }
}

await suite('a service user', { timeout: 120_000 }, async () => {
  test('has keys that its owner makes, rotates with an overlap and revokes, and nobody else', async (t) => {
    const gateway = await startGateway(t, { declared: () => ({ users: [user(), { email: OTHER }] }) })
    const { operator } = await withService(gateway)
    const owner = await signIn(gateway, USER)
    const { data } = await owner.mine<{ data: Record<string, unknown>[] }>('/service-users')
    assert.deepEqual(data.map(({ email, kind, owner: of }) => [email, kind, of]), [[CI, 'service', USER]]) // prettier-ignore

    const made = await owner.call<KeyBody>('POST', '/me/v1/keys', { name: 'deploy', user: CI })
    assert.deepEqual([made.status, made.body['user_email']], [201, CI])
    const { id, key } = made.body
    assert.equal(await operator.statusOf(key), 200)
    const listed = await owner.mine<{ data: { id: string }[] }>(`/keys?user=${CI}`)
    assert.deepEqual(
      listed.data.map((each) => each.id),
      [id]
    )
    assert.ok(!(await owner.mine<{ data: { id: string }[] }>('/keys')).data.some((each) => each.id === id))
    assert.equal((await owner.call('GET', `/me/v1/groups?user=${CI}`)).status, 200)

    const rotated = await owner.call<KeyBody>('POST', `/me/v1/keys/${id}/rotate`, { overlap_s: 3600 })
    for (const secret of [key, rotated.body.key]) assert.equal(await operator.statusOf(secret), 200)
    const again = await operator.call('POST', `/keys/${id}/rotate`, { overlap_s: 3600 })
    assert.equal(await operator.statusOf(key), 401)
    assert.equal(await operator.statusOf(rotated.body.key), 200)
    assert.equal(await operator.statusOf(String(again.body['key'])), 200)

    const other = await signIn(gateway, OTHER)
    assert.deepEqual((await other.mine<{ data: unknown[] }>('/service-users')).data, [])
    for (const [method, path, body] of [
      ['GET', `/me/v1/keys/${id}`],
      ['PATCH', `/me/v1/keys/${id}`, { status: 'disabled' }],
      ['POST', `/me/v1/keys/${id}/rotate`],
      ['POST', `/me/v1/keys/${id}/revoke`],
      ['POST', `/me/v1/keys/${id}/test`]
    ] as const) {
      assert.equal((await other.call(method, path, body)).status, 404, path)
    }
    const mine = await other.refusal('POST', '/me/v1/keys', { name: 'x', user: CI })
    assert.deepEqual(mine, [400, `user: you have no service user ${CI}`])
    assert.equal((await other.call('GET', `/me/v1/keys?user=${USER}`)).status, 400)

    assert.equal((await owner.call('POST', `/me/v1/keys/${id}/revoke`)).status, 200)
    assert.equal(await operator.statusOf(String(again.body['key'])), 401)
  })

  test('is nobody who signs in', async (t) => {
    const gateway = await startGateway(t, { env: { SCIM_TOKEN } })
    const { operator, id } = await withService(gateway)
    const [status, message] = await operator.refusal('POST', `/users/${id}/password`, { password: 'correct horse battery' })
    assert.equal(status, 409)
    assert.match(message, /service user/)
    // Whoever had a password and a session before has them no more.
    const was = await signIn(gateway, USER)
    await operator.call('PATCH', `/users/${id}`, { kind: 'person', owner: null })
    assert.equal((await operator.call('PATCH', `/users/${USER}`, { kind: 'service', owner: CI })).status, 200)
    assert.equal((await was.call('GET', '/me/v1/session')).status, 401)
    const again = await was.call('POST', '/me/v1/sign-in', { email: USER, password: 'correct horse battery' })
    assert.equal(again.status, 401)

    const { call, list } = scimClientOf(gateway)
    const found = await list('/Users', {})
    assert.deepEqual(
      found.Resources.map(({ userName }) => userName),
      [CI]
    )
    const { id: gone } = await operator.row('users', ({ email }) => email === USER)
    assert.equal((await call('DELETE', `/Users/${gone}`)).status, 404)
    assert.equal((await call('POST', '/Groups', { displayName: 'g', members: [{ value: gone }] })).status, 400)
  })

  test('belongs to a person who is there', async (t) => {
    const gateway = await startGateway(t)
    const { operator, id } = await withService(gateway)
    const { refusal, call } = operator
    const create = (changes: object) => refusal('POST', '/users', { email: 'x@example.com', kind: 'service', ...changes })
    assert.match((await create({}))[1], /^owner must name the person/)
    assert.match((await create({ owner: 'nobody@example.com' }))[1], /there is no user nobody@example.com/)
    assert.match((await create({ owner: CI }))[1], /owners are people/)
    assert.match((await create({ owner: USER, role: 'admin' }))[1], /^role must be user/)
    assert.match((await create({ owner: USER, kind: 'person' }))[1], /^owner is for service users/)
    for (const changes of [{ owner: null }, { kind: 'person' }, { role: 'viewer' }, { owner: CI }]) {
      assert.equal((await call('PATCH', `/users/${id}`, changes)).status, 400, JSON.stringify(changes))
    }
    assert.equal((await call('PATCH', `/users/${USER}`, { kind: 'service', owner: USER })).status, 400)
    assert.equal((await call('DELETE', `/users/${USER}`)).status, 409)
    const { data } = await gateway.admin<{ data: { email: string }[] }>(`/users?owner=${USER}`)
    assert.deepEqual(
      data.map(({ email }) => email),
      [CI]
    )
  })

  test('is declared before or after its owner', async (t) => {
    const gateway = await startGateway(t, {
      declared: () => ({ users: [{ email: CI, kind: 'service', owner: OTHER.toUpperCase() }, { email: OTHER }, user()] })
    })
    const { row } = operatorOf(gateway)
    const { kind, owner } = await row('users', ({ email }) => email === CI)
    assert.deepEqual([kind, owner], ['service', OTHER])
    const refused = await gateway.tell('/apply', {
      file: JSON.stringify({ users: [{ email: 'x@example.com', kind: 'service', owner: 'nobody@example.com' }] })
    })
    assert.match(await refused.text(), /users\[0\]\.owner: there is no user nobody@example.com/)
    const contradicting = await gateway.tell('/apply', {
      file: JSON.stringify({ users: [{ email: 'x@example.com', kind: 'service' }] })
    })
    assert.match(await contradicting.text(), /users\[0\]\.owner must name the person/)
  })
})
