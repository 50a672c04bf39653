import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, CLIENT_KEY, refusalOf, startGateway, USER } from '../support/gateway.ts'
import { operatorOf, statusesOf } from '../support/operator.ts'

const DAY_MS = 86_400_000

test('subscriptions are assigned, extended, suspended and revoked, at once and on record', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({
      groups: [
        { name: 'default', kind: 'balance' },
        { name: 'pro', kind: 'subscription', daily_limit_usd: 10 }
      ],
      accounts: [
        {
          name: 'main',
          type: 'api-key',
          credentials: { api_key: 'sk-ant-an-upstream-key-for-tests' },
          base_url: url,
          groups: ['pro']
        }
      ],
      users: [{ email: USER, keys: [{ name: 'laptop', key: CLIENT_KEY, group: 'pro' }] }, { email: 'other@example.com' }]
    })
  })
  const { call, end, refusal, audit } = operatorOf(gateway)
  const served = async () => {
    const response = await gateway.messages(ask())
    await response.arrayBuffer()
    return response.status
  }
  /** What a request is told, and whoever asks for what is left. */
  const told = async () => {
    const [message, usage] = [await refusalOf(await gateway.messages(ask())), await refusalOf(await gateway.get('/v1/usage'))]
    assert.deepEqual([message.status, usage.status], [403, 403])
    assert.equal(message.message, usage.message.replace('subscription', 'subscription for group pro'))
    return message.message
  }
  const pro = { user: USER, group: 'pro' }
  let id = ''
  const act = async (what: string, body?: object) => (await call('POST', `/subscriptions/${id}/${what}`, body)).body

  await t.test('a refused client is served with the next request, and the windows show what was used', async () => {
    assert.equal(await told(), 'No active subscription for group pro')
    const { status, body, headers } = await call('POST', '/subscriptions', { ...pro, days: 30 })
    assert.deepEqual(
      [status, headers.get('etag'), body['status'], body['user_email'], body['group']],
      [201, '"1"', 'active', USER, 'pro']
    )
    assert.equal(Date.parse(String(body['expires_at'])) - Date.parse(String(body['starts_at'])), 30 * DAY_MS)
    id = String(body['id'])
    assert.equal((await audit(1))[0]?.subject, `subscription ${USER}/pro`)
    assert.equal(await served(), 200)
    await gateway.settledEvents(1)
    const { windows, version } = (await call('GET', `/subscriptions/${id}`)).body as {
      version: number
      windows: { kind: string; limit_usd: string | null; used_usd: string; started_at: string; resets_at: string }[]
    }
    assert.equal(version, 1, 'settling is no change by an operator')
    const [event] = await gateway.events()
    assert.deepEqual(
      windows.map(({ kind, limit_usd: limit }) => [kind, limit]),
      [
        ['day', '10'],
        ['week', null],
        ['month', null]
      ]
    )
    assert.equal(windows[0]?.used_usd, event?.cost_usd)
    assert.equal(Date.parse(windows[0]!.resets_at) - Date.parse(windows[0]!.started_at), DAY_MS)
  })

  await t.test('it is suspended and resumed at once, and doing so twice does nothing', async () => {
    const suspended = await act('suspend')
    assert.deepEqual([suspended['status'], suspended['version'], (await act('suspend'))['version']], ['suspended', 2, 2])
    assert.equal(await told(), 'No active subscription for group pro: it is suspended')
    assert.equal((await act('resume'))['status'], 'active')
    assert.equal(await served(), 200)
    const [first, second] = await audit(2)
    assert.deepEqual(
      [first?.action, first?.detail],
      ['subscription.suspended', { before: { status: 'active' }, after: { status: 'suspended' } }]
    )
    assert.equal(second?.action, 'subscription.resumed')
  })

  await t.test('it is extended from its end, or from now when that has passed', async () => {
    const endOf = (body: Record<string, unknown>) => Date.parse(String(body['expires_at']))
    const before = endOf((await call('GET', `/subscriptions/${id}`)).body)
    assert.equal(endOf(await act('extend', { days: 5 })), before + 5 * DAY_MS)
    await gateway.app.pg.pool.query(
      "update subscriptions set starts_at = '2020-01-01', expires_at = '2020-02-01' where id = $1",
      [id]
    )
    gateway.app.bus.publish('directory')
    assert.equal(await told(), 'No active subscription for group pro: it ended at 2020-02-01T00:00:00.000Z')
    const now = Date.now()
    const end = endOf(await act('extend', { days: 5 }))
    assert.ok(end >= now + 5 * DAY_MS && end <= Date.now() + 5 * DAY_MS)
    assert.equal(await served(), 200)
  })

  await t.test('two who extend the same version extend it once', async () => {
    const { headers } = await call('GET', `/subscriptions/${id}`)
    const extend = () => call('POST', `/subscriptions/${id}/extend`, { days: 1 }, { 'if-match': headers.get('etag')! })
    const responses = await Promise.all([extend(), extend()])
    assert.deepEqual(statusesOf(responses), [200, 412])
  })

  await t.test('there is one to a group, until it is revoked: then it can begin anew', async () => {
    assert.equal((await refusal('POST', '/subscriptions', { ...pro, days: 1 }))[0], 409)
    assert.equal((await act('revoke'))['status'], 'revoked')
    assert.equal(await told(), 'No active subscription for group pro: it was revoked')
    for (const what of ['suspend', 'resume']) assert.equal((await call('POST', `/subscriptions/${id}/${what}`)).status, 409)
    assert.equal((await call('POST', `/subscriptions/${id}/extend`, { days: 1 })).status, 409)
    const used = ((await act('revoke'))['windows'] as { used_usd: string }[])[0]?.used_usd
    const later = await call('POST', '/subscriptions', { ...pro, days: 1, starts_at: '2100-01-01T00:00:00Z' })
    assert.deepEqual([later.status, later.body['status']], [201, 'upcoming'])
    assert.equal(await told(), 'No active subscription for group pro: it begins at 2100-01-01T00:00:00.000Z')
    const states = async (state: string) =>
      (await gateway.admin<{ data: { id: string }[] }>(`/subscriptions?status=${state}`)).data.map((found) => found.id)
    assert.deepEqual([await states('upcoming'), await states('active')], [[id], []])
    await act('revoke')
    const { status, body } = await call('POST', '/subscriptions', { ...pro, days: 1 })
    assert.deepEqual([status, body['id'], (body['windows'] as { used_usd: string }[])[0]?.used_usd], [201, id, used])
    assert.notEqual(used, '0')
    assert.equal(await served(), 200)
  })

  await t.test('of two who subscribe the same user at once one does', async () => {
    const create = () => call('POST', '/subscriptions', { user: 'other@example.com', group: 'pro', days: 1 })
    assert.deepEqual(statusesOf(await Promise.all([create(), create()])), [201, 409])
  })

  await t.test('they are listed by user, group and status', async () => {
    const users = async (query: string) =>
      (await gateway.admin<{ data: { user_email: string }[] }>(`/subscriptions?${query}`)).data.map((found) => found.user_email)
    assert.deepEqual(await users('group=pro'), [USER, 'other@example.com'])
    assert.deepEqual(await users('user=OTHER@example.com&status=active'), ['other@example.com'])
    assert.deepEqual(await users('status=revoked'), [])
    await call('POST', '/users', { email: 'late@example.com' })
    const { body: late } = await call('POST', '/subscriptions', { ...pro, user: 'late@example.com', days: 1 })
    const { body: over } = await end(`/subscriptions/${String(late['id'])}`)
    assert.equal(over['status'], 'expired')
    assert.deepEqual(await users('status=expired'), ['late@example.com'])
    assert.ok(!(await users('status=active')).includes('late@example.com'))
    const first = await gateway.admin<{ next_cursor: string }>('/subscriptions?limit=1')
    assert.deepEqual(await users(`cursor=${first.next_cursor}`), ['other@example.com', 'late@example.com'])
  })

  const refusals: [what: string, path: string, body: unknown, status: number, message: RegExp][] = [
    ['a group of kind balance', '', { user: USER, group: 'default', days: 1 }, 400, /^group: group default is of kind balance/],
    ['an unknown group', '', { user: USER, group: 'x', days: 1 }, 400, /^group: there is no group x$/],
    ['an unknown user', '', { ...pro, user: 'x@y.z', days: 1 }, 400, /^user: there is no user x@y\.z$/],
    ['no days', '', pro, 400, /^days is missing$/],
    ['days as text', '', { ...pro, days: '1' }, 400, /^days must be an integer from 1 to 36500$/],
    ['30 February', '', { ...pro, days: 1, starts_at: '2027-02-30T00:00:00Z' }, 400, /^starts_at must be a time/],
    [
      'an end after all years',
      '',
      { ...pro, days: 36_500, starts_at: '9999-01-01T00:00:00Z' },
      400,
      /^days: .* after the year 9999$/
    ],
    ['taking days back', '/1/extend', { days: -1 }, 400, /^days must be an integer from 1/],
    ['an unknown id', '/999999/suspend', undefined, 404, /^there is no subscription with id 999999$/],
    ['an unknown act', '/1/delete', undefined, 404, /^Not found/]
  ]
  for (const [what, path, body, status, message] of refusals) {
    await t.test(`${what} is refused`, async () => {
      const [found, text] = await refusal('POST', `/subscriptions${path}`, body)
      assert.equal(found, status, text)
      assert.match(text, message)
    })
  }
})
