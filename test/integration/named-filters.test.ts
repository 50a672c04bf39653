import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operatorOf } from '../support/operator.ts'
import { MODEL, startGateway, USER } from '../support/gateway.ts'

test('whoever asks for what is not there by a name is told so, with the nearest name', async (t) => {
  const gateway = await startGateway(t)
  const { call, refusal } = operatorOf(gateway)
  await call('POST', '/users', { email: 'bob@example.com' })
  await call('POST', '/keys', { user: 'bob@example.com', name: 'desktop' })

  const unknown: [path: string, message: string][] = [
    ['/users?email=bbo@example.com', 'email: there is no user bbo@example.com; did you mean bob@example.com?'],
    ['/keys?user=bbo@example.com', 'user: there is no user bbo@example.com; did you mean bob@example.com?'],
    ['/keys?group=defualt', 'group: there is no group defualt; did you mean default?'],
    ['/subscriptions?user=BBO@example.com', 'user: there is no user BBO@example.com; did you mean bob@example.com?'],
    ['/subscriptions?group=nothing-like-it', 'group: there is no group nothing-like-it'],
    ['/ledger-entries?user=bbo@example.com', 'user: there is no user bbo@example.com; did you mean bob@example.com?'],
    ['/usage-events?account=mian', 'account: there is no account mian; did you mean main?'],
    ['/usage-events?key=deskotp', 'key: there is no key deskotp; did you mean desktop?'],
    [`/usage-events?user=${USER}&key=desktop`, 'key: there is no key desktop'],
    [`/usage-events?model=${MODEL}0`, `model: no usage of a model ${MODEL}0 is on record; did you mean ${MODEL}?`],
    ['/usage-summary?user=bbo@example.com', 'user: there is no user bbo@example.com; did you mean bob@example.com?'],
    ['/usage-summary?group=defualt', 'group: there is no group defualt; did you mean default?'],
    [
      '/audit-log?subject=user+bbo@example.com',
      'subject: nothing is on record of user bbo@example.com; did you mean user bob@example.com?'
    ],
    ['/audit-log?actor=amdin', 'actor: nobody is called amdin; did you mean admin?'],
    ['/audit-log?action=key.revokde', 'action: there is no action key.revokde; did you mean key.revoked?']
  ]
  for (const [path, message] of unknown) {
    const [status, said] = (await refusal('GET', path)) as [number, string]
    const own = path.startsWith('/usage-events?user') ? said.replace(/; did you mean .*/, '') : said
    assert.deepEqual([status, own], [400, message], path)
  }
  const time = { from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z' }
  assert.deepEqual(await refusal('POST', '/rerate', { ...time, user: 'bbo@example.com' }), [
    400,
    'user: there is no user bbo@example.com; did you mean bob@example.com?'
  ])

  // Nothing is on record of these yet.
  for (const path of [
    `/usage-events?user=BOB@example.com&key=desktop&account=main&model=${MODEL}`,
    '/usage-events?subject=repo:acme/app',
    '/audit-log?action=account.cooldown',
    '/audit-log?actor=bob@example.com',
    '/audit-log?actor=sluice'
  ]) {
    assert.deepEqual((await call('GET', path)).body, { data: [], next_cursor: null }, path)
  }
})
