import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lockGroups } from '../../services/resources/records/groups.ts'
import { startGateway, USER } from '../support/gateway.ts'
import { operatorOf, statusesOf } from '../support/operator.ts'
import { until } from '../support/until.ts'

test('users are created, read and changed, at once and on record', async (t) => {
  const gateway = await startGateway(t)
  const { call, refusal, row, audit, statusOf } = operatorOf(gateway)

  await t.test('a new user has what was said, opens with one entry, and is known by an ETag', async () => {
    const { status, body, headers } = await call('POST', '/users', { email: 'New@Example.com', balance_usd: '7.5' })
    assert.equal(status, 201)
    const { id, ...rest } = body
    assert.deepEqual(rest, {
      email: 'new@example.com',
      kind: 'person',
      owner: null,
      role: 'user',
      status: 'active',
      concurrency: 5,
      balance_usd: '7.5',
      last_used_at: null,
      note: null,
      version: 1
    })
    assert.equal(headers.get('etag'), '"1"')
    assert.deepEqual((await call('GET', `/users/${String(id)}`)).body, body)
    assert.equal((await gateway.ledger()).filter((entry) => entry.source_id === `opening:${String(id)}`).length, 1)
    const { last_used_at: _, ...after } = body
    const [entry] = await audit(1)
    assert.deepEqual(entry, {
      actor: 'admin',
      action: 'user.created',
      subject: 'user new@example.com',
      detail: { after }
    })
  })

  await t.test('a change takes effect at once, and says what it changed', async () => {
    const { id } = await row('users', ({ email }) => email === USER)
    assert.equal(await statusOf(), 200)
    const { body } = await call('PATCH', `/users/${id}`, { status: 'disabled', role: 'user' })
    assert.deepEqual([body['status'], body['version']], ['disabled', 2])
    assert.equal(await statusOf(), 401)
    assert.deepEqual((await audit(1))[0], {
      actor: 'admin',
      action: 'user.changed',
      subject: `user ${USER}`,
      detail: { before: { status: 'active' }, after: { status: 'disabled' } }
    })
    await call('PATCH', `/users/${id}`, { status: 'active' })
    assert.equal(await statusOf(), 200)
    assert.equal((await call('PATCH', `/users/${id}`, {})).body['version'], 3)
  })

  await t.test('of two who change the same version one is told so', async () => {
    const { id } = await row('users', ({ email }) => email === 'new@example.com')
    const change = (concurrency: number) => call('PATCH', `/users/${id}`, { concurrency }, { 'if-match': '"1"' })
    const responses = await Promise.all([change(8), change(9)])
    assert.deepEqual(statusesOf(responses), [200, 412])
    assert.deepEqual(await refusal('PATCH', `/users/${id}`, { concurrency: 1 }, { 'if-match': 'W/"1"' }), [
      412,
      'user new@example.com is at version "2" and If-Match names W/"1": it has changed since, so read it again'
    ])
    assert.equal((await refusal('PATCH', `/users/${id}`, { concurrency: 1 }, { 'if-match': '2' }))[0], 400)
    for (const tag of ['W/"2"', '"1", "3"', '*']) {
      assert.equal((await call('PATCH', `/users/${id}`, { concurrency: 3 }, { 'if-match': tag })).status, 200, tag)
    }
  })

  await t.test(
    'a change waits for a declarative file that is being applied, which would write back what it had read',
    async () => {
      const { id } = await row('users', ({ email }) => email === 'new@example.com')
      const { pool } = gateway.app.pg
      const applying = await pool.connect()
      await applying.query('begin')
      await lockGroups(applying)
      const change = call('PATCH', `/users/${id}`, { status: 'disabled' })
      await until('the change waits', async () => {
        const { rows } = await pool.query("select 1 from pg_locks where relation = 'groups'::regclass and not granted")
        return rows.length === 1
      })
      assert.equal((await call('GET', `/users/${id}`)).body['status'], 'active')
      await applying.query('commit')
      applying.release()
      assert.equal((await change).body['status'], 'disabled')
    }
  )

  await t.test('of two who create the same user at once one gets it', async () => {
    const create = () => call('POST', '/users', { email: 'twice@example.com', balance_usd: '1' })
    const responses = await Promise.all([create(), create(), create()])
    assert.deepEqual(statusesOf(responses), [201, 409, 409])
    assert.deepEqual(await refusal('POST', '/users', { email: 'TWICE@example.com' }), [
      409,
      'there is a user twice@example.com already'
    ])
    assert.equal((await gateway.ledger()).filter((entry) => entry.user_email === 'twice@example.com').length, 1)
  })

  const refusals: [what: string, method: string, path: string, body: unknown, status: number, message: RegExp][] = [
    ['no body', 'POST', '/users', undefined, 400, /^email is missing$/],
    ['a list', 'POST', '/users', [], 400, /^the request must be a JSON object$/],
    ['no e-mail address', 'POST', '/users', { email: 'nobody' }, 400, /^email must be an e-mail address$/],
    ['a NUL', 'POST', '/users', { email: 'a\u0000@b' }, 400, /^email must be/],
    [
      'an unknown field',
      'POST',
      '/users',
      { email: 'a@b.c', rolle: 'admin' },
      400,
      /^rolle is not a known field: did you mean role\?$/
    ],
    ['a hash', 'POST', '/users', { email: 'a@b.c', balance: '1' }, 400, /^balance is not a known field/],
    ['a number as text', 'POST', '/users', { email: 'a@b.c', concurrency: '5' }, 400, /^concurrency must be an integer/],
    ['an amount as number', 'POST', '/users', { email: 'a@b.c', balance_usd: 5 }, 400, /^balance_usd must be an amount of USD/],
    ['ten decimals', 'POST', '/users', { email: 'a@b.c', balance_usd: '0.0000000001' }, 400, /^balance_usd must be/],
    ['a prototype', 'POST', '/users', '{"email":"a@b.c","__proto__":{"role":"admin"}}', 400, /./],
    ['a balance', 'PATCH', '/users/1', { balance_usd: '1' }, 400, /^balance_usd is not a known field/],
    ['another role', 'PATCH', '/users/1', { role: 'root' }, 400, /^role must be admin, viewer or user, or null$/],
    ['an unknown id', 'PATCH', '/users/999999', { role: 'user' }, 404, /^there is no user with id 999999$/],
    ['an unknown id to read', 'GET', '/users/999999', undefined, 404, /^there is no user with id 999999$/],
    ['an id that is none', 'GET', '/users/1%20or%201=1', undefined, 404, /^there is no user 1 or 1=1$/]
  ]
  for (const [what, method, path, body, status, message] of refusals) {
    await t.test(`${what} is refused: ${method} ${path}`, async () => {
      const [found, text] = await refusal(method, path, body)
      assert.equal(found, status, text)
      assert.match(text, message)
    })
  }

  await t.test('without the token nothing is changed', async () => {
    const [status] = await refusal('POST', '/users', { email: 'x@example.com' }, { authorization: 'Bearer wrong' })
    assert.equal(status, 401)
  })
})
