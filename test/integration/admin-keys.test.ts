import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ADMIN_TOKEN, CLIENT_KEY, startGateway, USER } from '../support/gateway.ts'
import { assertNoHash, operatorOf, statusesOf } from '../support/operator.ts'

const PAST = '2020-01-01T00:00:00Z'
const ENDED = {}

test('keys are created, rotated and revoked, at once and on record', async (t) => {
  const gateway = await startGateway(t)
  const { call, end, refusal, row, audit, statusOf } = operatorOf(gateway)
  async function created(name: string) {
    const { status, body } = await call('POST', '/keys', { user: USER, name })
    assert.equal(status, 201)
    return body as { id: string; key: string; version: number; prefix: string }
  }
  const stateOf = async (id: string) => (await call('GET', `/keys/${id}`)).body

  await t.test('a new key works at once, and its secret is shown once', async () => {
    const { status, headers, body } = await call('POST', '/keys', { user: USER.toUpperCase(), name: 'ci' })
    assert.deepEqual([status, headers.get('cache-control'), headers.get('etag')], [201, 'no-store', '"1"'])
    const { key, ...shown } = body as { key: string; id: string; prefix: string }
    assert.match(key, /^sk-sluice-\S{43}$/)
    assert.ok(key.startsWith(shown.prefix.slice(0, -1)))
    assert.equal(await statusOf(key), 200)
    assert.deepEqual(await stateOf(shown.id), shown)
    const everything = JSON.stringify([await stateOf(shown.id), await gateway.admin('/keys'), await audit(5)])
    assert.ok(!everything.includes(key) && !gateway.logs.join('').includes(key))
    assertNoHash(everything)
    assert.deepEqual((await audit(1))[0]?.subject, `key ${USER}/ci`)
  })

  await t.test('of two who create the same key at once one gets it', async () => {
    const create = () => call('POST', '/keys', { user: USER, name: 'twice' })
    const responses = await Promise.all([create(), create()])
    assert.deepEqual(statusesOf(responses), [201, 409])
    assert.equal((await refusal('POST', '/keys', { user: USER, name: 'twice' }))[1], 'this user already has a key twice')
  })

  await t.test('a change takes effect at once: status, expiry, name', async () => {
    const { id, key } = await created('changed')
    const change = (changes: object) => (changes === ENDED ? end(`/keys/${id}`) : call('PATCH', `/keys/${id}`, changes))
    for (const [changes, expected] of [
      [{ status: 'disabled' }, 401],
      [{ status: 'active' }, 200],
      [ENDED, 401],
      [{ expires_at: null }, 200],
      [{ name: 'renamed' }, 200]
    ] as const) {
      assert.equal((await change(changes)).status, 200)
      assert.equal(await statusOf(key), expected, JSON.stringify(changes))
    }
    assert.deepEqual((await stateOf(id))['name'], 'renamed')
    assert.equal((await change({ name: 'laptop' })).status, 409)
    assert.equal((await call('PATCH', `/keys/${id}`, { name: 'x' }, { 'if-match': '"1"' })).status, 412)
    assert.equal((await change({})).body['version'], 6)
  })

  await t.test('a rotated key works beside the one before until the overlap ends', async () => {
    const { id, key, prefix } = await created('rotated')
    const response = await call('POST', `/keys/${id}/rotate`, { overlap_s: 3600 })
    const second = response.body['key'] as string
    assert.deepEqual([response.status, response.headers.get('cache-control')], [200, 'no-store'])
    assert.notEqual(second, key)
    assert.deepEqual([await statusOf(key), await statusOf(second)], [200, 200])
    const [entry] = await audit(1)
    assert.equal(entry?.action, 'key.rotated')
    assert.equal((entry?.detail as { before: { prefix: string } } | undefined)?.before.prefix, prefix)
    assert.ok(!JSON.stringify(entry).includes(second))

    // The key's own end comes before the overlap's.
    await end(`/keys/${id}`)
    assert.deepEqual([await statusOf(key), await statusOf(second)], [401, 401])
    await call('PATCH', `/keys/${id}`, { expires_at: null })
    await gateway.app.pg.pool.query('update api_keys set previous_key_until = $2 where id = $1', [id, PAST])
    gateway.app.bus.publish('directory')
    assert.deepEqual([await statusOf(key), await statusOf(second)], [401, 200])
    const told = await (await gateway.get('/v1/models', { 'x-api-key': key })).text()
    assert.match(told, /This API key was replaced by a new one, and expired at \d{4}-/)
  })

  await t.test('without an overlap the one before ends at once, and so does what overlapped before', async () => {
    const { id, key } = await created('twice rotated')
    const second = (await call('POST', `/keys/${id}/rotate`, { overlap_s: 60 })).body['key'] as string
    const third = (await call('POST', `/keys/${id}/rotate`)).body['key'] as string
    assert.deepEqual([await statusOf(key), await statusOf(second), await statusOf(third)], [401, 401, 200])
    assert.equal((await stateOf(id))['previous_key_until'], null)
  })

  await t.test('a revoked key ends at once and for good, with the one before', async () => {
    const { id, key } = await created('revoked')
    const second = (await call('POST', `/keys/${id}/rotate`, { overlap_s: 604_800 })).body['key'] as string
    const { body } = await call('POST', `/keys/${id}/revoke`)
    assert.deepEqual([body['status'], body['previous_key_until']], ['revoked', null])
    assert.deepEqual([await statusOf(key), await statusOf(second)], [401, 401])
    assert.equal((await call('POST', `/keys/${id}/revoke`)).body['version'], body['version'])
    assert.deepEqual(await refusal('PATCH', `/keys/${id}`, { status: 'active' }), [
      409,
      `key ${USER}/revoked is revoked permanently: create a new one`
    ])
    assert.equal((await refusal('POST', `/keys/${id}/rotate`))[0], 409)
    const file = { users: [{ email: USER, keys: [{ name: 'revoked', key: second, status: 'active' }] }] }
    await gateway.post('/apply', { file: JSON.stringify(file) })
    assert.equal(await statusOf(second), 401)
  })

  await t.test('keys are listed by user, group and status, in pages', async () => {
    const names = async (query: string) =>
      (await gateway.admin<{ data: { name: string }[] }>(`/keys?${query}`)).data.map(({ name }) => name)
    assert.deepEqual(await names('status=revoked'), ['revoked'])
    assert.equal((await names(`user=${USER}&group=default`)).length, 7)
    const refusalOf = async (query: string) => {
      const response = await gateway.getAdmin(`/admin/v1/keys?${query}`)
      return [response.status, ((await response.json()) as { error: { message: string } }).error.message]
    }
    assert.deepEqual(await refusalOf('user=nobody.of.us@elsewhere.org'), [
      400,
      'user: there is no user nobody.of.us@elsewhere.org'
    ])
    assert.deepEqual(await refusalOf(`user=x${USER}`), [400, `user: there is no user x${USER}; did you mean ${USER}?`])
    assert.deepEqual(await refusalOf('group=defualt'), [400, 'group: there is no group defualt; did you mean default?'])
    const first = await gateway.admin<{ next_cursor: string }>('/keys?limit=1')
    assert.deepEqual(await names(`limit=1&cursor=${first.next_cursor}`), ['ci'])
    const laptop = await row('keys', ({ name }) => name === 'laptop')
    assert.equal(laptop['prefix'], 'sk-sluice-a-cl…')
    assert.ok(!JSON.stringify(laptop).includes(CLIENT_KEY))
  })

  await t.test('a key says in lists whether anything may be asked with it, and why not', async () => {
    const states = async (query: string) => {
      const { data } = await gateway.admin<{ data: Record<string, unknown>[] }>(`/keys?${query}`)
      return data.filter(({ name }) => name === 'standing').map(({ status, problem }) => [status, problem])
    }
    const { body } = await call('POST', '/keys', { user: USER, name: 'standing' })
    const id = body['id'] as string
    const owner = `/users/${(await row('users', ({ email }) => email === USER)).id}`
    assert.deepEqual(await states('status=active'), [['active', null]])
    await call('PATCH', owner, { status: 'disabled' })
    assert.deepEqual(await states('status=active'), [['active', 'The user of this API key is disabled']])
    await call('PATCH', owner, { status: 'active' })

    const { body: ended } = await end(`/keys/${id}`)
    const expired = ['expired', 'This API key expired at 2020-01-01T00:00:00.000Z']
    assert.deepEqual([ended['status'], ended['problem']], expired)
    assert.deepEqual([await states('status=expired'), await states('status=active')], [[expired], []])
    await call('PATCH', `/keys/${id}`, { status: 'disabled' })
    assert.deepEqual(await states('status=disabled'), [['disabled', 'This API key is disabled']])
    assert.deepEqual(await states('status=expired'), [])
    await call('POST', `/keys/${id}/revoke`)
    assert.deepEqual(await states('status=revoked'), [['revoked', 'This API key was revoked']])
  })

  await t.test('what a key may be used for is set, shown, put on record and taken back', async () => {
    const rules = { allowed_ips: ['10.0.0.0/8', '::1'], allowed_models: ['claude-opus-5-5'] }
    const { body } = await call('POST', '/keys', { user: USER, name: 'ruled', ...rules })
    const id = body['id'] as string
    const rulesOf = ({ allowed_ips, allowed_models }: Record<string, unknown>) => ({ allowed_ips, allowed_models })
    assert.deepEqual([rulesOf(body), rulesOf(await stateOf(id))], [rules, rules])
    assert.deepEqual(rulesOf((await call('PATCH', `/keys/${id}`, { name: 'still ruled' })).body), rules)
    const { body: eased } = await call('PATCH', `/keys/${id}`, { allowed_ips: null })
    assert.deepEqual(rulesOf(eased), { ...rules, allowed_ips: null })
    const [entry] = await audit(1)
    assert.deepEqual(entry?.detail, { before: { allowed_ips: rules.allowed_ips }, after: { allowed_ips: null } })
    assert.deepEqual(rulesOf((await call('PATCH', `/keys/${id}`, { allowed_models: null })).body), {
      allowed_ips: null,
      allowed_models: null
    })
    await call('POST', `/keys/${id}/revoke`)
  })

  await t.test('limits of what a key may spend are set one by one, shown, put on record and taken back', async () => {
    const { body } = await call('POST', '/keys', { user: USER, name: 'limited', spend_limits: { daily: '5', total: '20.5' } })
    const id = body['id'] as string
    const limits = { daily: '5', weekly: null, monthly: null, total: '20.5' }
    assert.deepEqual(body['spend_limits'], limits)
    const change = async (changes: object) =>
      (await call('PATCH', `/keys/${id}`, { spend_limits: changes })).body['spend_limits']
    assert.deepEqual(await change({ daily: null, weekly: '0.000000001' }), { ...limits, daily: null, weekly: '0.000000001' })
    const [entry] = await audit(1)
    const { before, after } = entry!.detail as { before: object; after: object }
    assert.deepEqual(before, { spend_limits: limits })
    assert.deepEqual(after, { spend_limits: { ...limits, daily: null, weekly: '0.000000001' } })
    const { spending } = await stateOf(id)
    const none = { used_usd: '0', started_at: null, resets_at: null }
    assert.deepEqual(spending, [
      { kind: 'day', limit_usd: null, ...none },
      { kind: 'week', limit_usd: '0.000000001', ...none },
      { kind: 'month', limit_usd: null, ...none },
      { kind: 'total', limit_usd: '20.5', ...none }
    ])
    assert.deepEqual(await change({ total: null }), { ...limits, daily: null, weekly: '0.000000001', total: null })
    await call('POST', `/keys/${id}/revoke`)
  })

  const refusals: [what: string, method: string, path: string, body: unknown, status: number, message: RegExp][] = [
    ['an unknown user', 'POST', '/keys', { user: 'x@y.z', name: 'k' }, 400, /^user: there is no user x@y\.z$/],
    ['an unknown group', 'POST', '/keys', { user: USER, name: 'k', group: 'g' }, 400, /^group: there is no group g$/],
    ['a chosen secret', 'POST', '/keys', { user: USER, name: 'k', key: CLIENT_KEY }, 400, /^key is not a known field/],
    [
      '30 February',
      'POST',
      '/keys',
      { user: USER, name: 'k', expires_at: '2027-02-30T00:00:00Z' },
      400,
      /^expires_at must be a time/
    ],
    [
      'half a network',
      'POST',
      '/keys',
      { user: USER, name: 'k', allowed_ips: ['::1', '10.0.0.0/33'] },
      400,
      /^allowed_ips\[1\] must be an address or a network such as 10\.0\.0\.0\/8, not "10\.0\.0\.0\/33"$/
    ],
    [
      'an address within a network',
      'PATCH',
      '/keys/1',
      { allowed_ips: ['10.0.0.5/8'] },
      400,
      /^allowed_ips\[0\] must not have bits behind the prefix, as 10\.0\.0\.5\/8 has: write 10\.0\.0\.0\/8 for the network, or 10\.0\.0\.5 /
    ],
    ['a number for an address', 'PATCH', '/keys/1', { allowed_ips: [4] }, 400, /^allowed_ips\[0\] must be an address or/],
    ['no address at all', 'PATCH', '/keys/1', { allowed_ips: [] }, 400, /^allowed_ips must be a list of 1 to 100 addresses/],
    ['no model at all', 'PATCH', '/keys/1', { allowed_models: [] }, 400, /^allowed_models must be a list of 1 to 100 ids/],
    [
      'a limit of 0',
      'PATCH',
      '/keys/1',
      { spend_limits: { daily: '0' } },
      400,
      /^spend_limits\.daily must be an amount of USD/
    ],
    [
      'a number for a limit',
      'POST',
      '/keys',
      { user: USER, name: 'k', spend_limits: { total: 5 } },
      400,
      /^spend_limits\.total/
    ],
    [
      'an unknown period',
      'PATCH',
      '/keys/1',
      { spend_limits: { hourly: '1' } },
      400,
      /^spend_limits\.hourly is not a known field/
    ],
    ['a blank name', 'POST', '/keys', { user: USER, name: ' ' }, 400, /^name must be a name/],
    [
      'a number for a time',
      'PATCH',
      '/keys/1',
      { expires_at: 5 },
      400,
      /^expires_at must be a time such as .* or a span such as 90m or 30d, or null$/
    ],
    ['a revocation by status', 'PATCH', '/keys/1', { status: 'revoked' }, 400, /^status must be active or disabled$/],
    ['a long overlap', 'POST', '/keys/1/rotate', { overlap_s: 604_801 }, 400, /^overlap_s must be an integer from 0/],
    ['half a second', 'POST', '/keys/1/rotate', { overlap_s: 0.5 }, 400, /^overlap_s must be an integer/],
    ['an unknown id', 'POST', '/keys/999999/rotate', {}, 404, /^there is no key with id 999999$/],
    ['an unknown id to revoke', 'POST', '/keys/999999/revoke', undefined, 404, /^there is no key with id 999999$/],
    ['an unknown filter', 'GET', '/keys?usr=x', undefined, 400, /^usr is not a known field: did you mean user\?$/],
    ['a filter given twice', 'GET', '/keys?user=a&user=b', undefined, 400, /^user must be an e-mail address/],
    ['a NUL in a filter', 'GET', '/keys?user=%00', undefined, 400, /^user must be an e-mail address/],
    ['a limit of 0', 'GET', '/keys?limit=0', undefined, 400, /^limit must be an integer from 1 to 1000$/],
    ['a cursor of somebody else', 'GET', '/keys?cursor=x', undefined, 400, /^cursor: /]
  ]
  for (const [what, method, path, body, status, message] of refusals) {
    await t.test(`${what} is refused: ${method} ${path}`, async () => {
      const [found, text] = await refusal(method, path, body)
      assert.equal(found, status, text)
      assert.match(text, message)
      assert.ok(!text.includes(CLIENT_KEY) && !text.includes(ADMIN_TOKEN))
    })
  }
})
