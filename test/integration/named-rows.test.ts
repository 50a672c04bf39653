import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operatorOf } from '../support/operator.ts'
import { startGateway, USER } from '../support/gateway.ts'

test('where a path wants an id, a name will do', async (t) => {
  const gateway = await startGateway(t)
  const { call, refusal } = operatorOf(gateway)
  await call('POST', '/groups', { name: 'a pro/plan', kind: 'subscription' })
  await call('POST', '/groups', { name: '1', kind: 'balance' })
  await call('POST', '/users', { email: 'bob@example.com' })
  for (const [user, name] of [
    ['bob@example.com', 'laptop'],
    ['bob@example.com', 'desk/top']
  ]) {
    await call('POST', '/keys', { user, name })
  }
  await call('POST', '/subscriptions', { user: 'bob@example.com', group: 'a pro/plan', days: 3 })
  await call('POST', '/proxies', { name: 'office', url: 'http://proxy.example.com:3128' })
  const at = (kind: string, name: string) => `/${kind}/${encodeURIComponent(name)}`

  const rows: [kind: string, name: string, field: string, value: string][] = [
    ['users', 'BOB@example.com', 'email', 'bob@example.com'],
    ['accounts', 'main', 'name', 'main'],
    ['groups', 'a pro/plan', 'name', 'a pro/plan'],
    ['proxies', 'office', 'name', 'office'],
    ['keys', 'Bob@example.com/laptop', 'user_email', 'bob@example.com'],
    ['keys', 'desk/top', 'name', 'desk/top'],
    ['subscriptions', 'bob@example.com/a pro/plan', 'group', 'a pro/plan']
  ]
  for (const [kind, name, field, value] of rows) {
    const { status, body } = await call('GET', at(kind, name))
    assert.deepEqual([status, body[field]], [200, value], name)
    assert.deepEqual((await call('GET', `/${kind}/${String(body['id'])}`)).body, body)
  }
  assert.equal((await call('PATCH', at('users', 'bob@example.com'), { concurrency: 3 })).body['concurrency'], 3)
  assert.equal((await call('POST', `${at('keys', 'bob@example.com/laptop')}/revoke`)).status, 200)
  assert.equal((await call('POST', `${at('accounts', 'main')}/disable`)).body['status'], 'disabled')
  assert.equal((await call('POST', `${at('subscriptions', 'a pro/plan')}/extend`, { days: 2 })).status, 200)
  assert.notEqual((await call('GET', '/groups/1')).body['name'], '1', 'a number is an id')

  assert.deepEqual(await refusal('GET', '/keys/laptop'), [
    409,
    `several are called laptop: say which, such as ${USER}/laptop, bob@example.com/laptop`
  ])
  assert.deepEqual(await refusal('GET', '/accounts/mian'), [404, 'there is no account mian; did you mean main?'])
  assert.deepEqual(await refusal('DELETE', '/users/bbo@example.com'), [
    404,
    'there is no user bbo@example.com; did you mean bob@example.com?'
  ])
  assert.equal((await refusal('GET', '/codes/SLC'))[0], 400)
})
