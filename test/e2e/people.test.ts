import assert from 'node:assert/strict'
import { test } from 'node:test'
import { databaseProxy } from '../support/database-proxy.ts'
import { postgresUrl } from '../support/databases.ts'
import { ADMIN_TOKEN, ask, CLIENT_KEY, startGateway, type ListedEvent } from '../support/gateway.ts'
import { callJson } from '../support/json-requests.ts'
import { operatorOf } from '../support/operator.ts'
import { until } from '../support/until.ts'

const PASSWORD = 'correct horse battery'
const ANN = 'ann@example.com'
const BOB = 'bob@example.com'
const BOSS = 'boss@example.com'
const EYE = 'eye@example.com'

test('people sign in, and may what their role allows', async (t) => {
  const gateway = await startGateway(t, {
    env: { AUTH_FAILURES_WINDOW_MS: '60000', SIGN_IN_FAILURES_MAX: '8' },
    declared: () => ({
      groups: [
        { name: 'default', kind: 'balance' },
        { name: 'pro', kind: 'subscription' },
        { name: 'vip', kind: 'balance' }
      ],
      users: [
        { email: ANN, balance_usd: '10', keys: [{ name: 'laptop', key: CLIENT_KEY }] },
        { email: BOB, balance_usd: '10', keys: [{ name: 'laptop', key: `${CLIENT_KEY}-bob`, spend_limits: { daily: 1 } }] },
        { email: BOSS, role: 'admin' },
        { email: EYE, role: 'viewer' }
      ]
    })
  })
  const { call, row, audit } = operatorOf(gateway)
  const idOf = async (email: string) => (await row('users', (user) => user['email'] === email)).id
  for (const email of [ANN, BOB, BOSS, EYE]) {
    const response = await fetch(`${gateway.adminUrl}/admin/v1/users/${await idOf(email)}/password`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ password: PASSWORD })
    })
    assert.equal(response.status, 204)
  }

  const request = (
    method: string,
    path: string,
    { body = {}, cookie, headers }: { body?: object; cookie?: string; headers?: Record<string, string> } = {}
  ) =>
    callJson(
      gateway.url + path,
      method,
      { ...(cookie === undefined ? {} : { cookie }), ...headers },
      method === 'GET' ? undefined : body
    )
  const signIn = (email: string, password = PASSWORD, headers = {}) =>
    request('POST', '/me/v1/sign-in', { body: { email, password }, headers })
  async function cookieOf(email: string, password = PASSWORD): Promise<string> {
    const { status, headers, text } = await signIn(email, password)
    assert.equal(status, 200, text)
    return headers.get('set-cookie')!.split(';')[0]!
  }
  const messageOf = ({ body }: { body: Record<string, unknown> }) => (body['error'] as { message: string }).message
  const shownRoutes = async () => {
    const { paths } = await gateway.admin<{ paths: Record<string, Record<string, unknown>> }>('/openapi.json')
    const ofOperators = Object.entries(paths).filter(([path]) => path.startsWith('/admin/'))
    return ofOperators.flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => [method.toUpperCase(), path.replaceAll(/\{\w+\}/g, '999999')] as const)
    )
  }

  await t.test('with a cookie that scripts and other sites do not get, and no token in the response', async () => {
    const { body, headers, text } = await signIn(ANN.toUpperCase())
    assert.deepEqual(body, { email: ANN, role: 'user' })
    const cookie = headers.get('set-cookie') ?? ''
    assert.match(cookie, /^sluice_session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/)
    assert.ok(!text.includes(cookie.slice(15, 58)))
    assert.equal(headers.get('cache-control'), 'no-store')
    const [entry] = await audit(1)
    assert.deepEqual(
      [entry?.action, entry?.subject, (entry as unknown as { actor: string }).actor],
      ['person.signed_in', `user ${ANN}`, ANN]
    )
  })

  await t.test('whoever has not signed in gets nowhere, and what is wrong is not told', async () => {
    for (const path of ['', '/keys', '/usage-events', '/usage-summary', '/ledger-entries', '/subscriptions']) {
      for (const headers of [
        {},
        { authorization: `Bearer ${ADMIN_TOKEN}` },
        { 'x-api-key': CLIENT_KEY },
        { cookie: 'sluice_session=x' }
      ]) {
        assert.equal((await request('GET', `/me/v1${path}`, { headers })).status, 401, path)
      }
    }
    const wrong = [await signIn(ANN, 'another password'), await signIn('nobody@example.com')]
    assert.deepEqual(
      wrong.map(({ status }) => status),
      [401, 401]
    )
    assert.equal(new Set(wrong.map(messageOf)).size, 1)
    for (const email of ['\0@example.com', '\uD800@example.com']) {
      assert.equal((await signIn(email)).status, 400, 'no fault of ours')
    }
  })

  await t.test('each role does what it may on every route, and nothing else', async () => {
    const [user, viewer, admin] = [await cookieOf(ANN), await cookieOf(EYE), await cookieOf(BOSS)]
    const all = await shownRoutes()
    assert.ok(all.length > 50)
    for (const [method, path] of all) {
      const of = async (cookie?: string) => (await request(method, path, cookie === undefined ? {} : { cookie })).status
      const name = `${method} ${path}`
      assert.equal(await of(user), 403, name)
      const asViewer = await of(viewer)
      if (method === 'GET') assert.ok(![401, 403].includes(asViewer), name)
      else assert.equal(asViewer, 403, name)
      if (method === 'GET' || path.includes('999999')) assert.ok(![401, 403].includes(await of(admin)), name)
    }
    const made = await request('POST', '/admin/v1/users', { cookie: admin, body: { email: 'new@example.com' } })
    assert.equal(made.status, 201)
    assert.equal(((await audit(1))[0] as unknown as { actor: string }).actor, BOSS)
  })

  await t.test('what another site sends with the cookie is refused', async () => {
    const cookie = await cookieOf(BOSS)
    const post = (headers: Record<string, string>) =>
      request('POST', '/admin/v1/users', { cookie, body: { email: 'evil@example.com' }, headers })
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
      { 'content-type': 'text/plain' }
    ] as Record<string, string>[]) {
      assert.equal((await post(headers)).status, 403, JSON.stringify(headers))
    }
    assert.equal((await post({ 'sec-fetch-site': 'same-origin' })).status, 201)
  })

  await t.test('people see and change what is their own, and nobody else’s', async () => {
    const [ann, bob] = [await cookieOf(ANN), await cookieOf(BOB)]
    await (await gateway.messages(ask())).arrayBuffer()
    await (await gateway.messages(ask(), { headers: { 'x-api-key': `${CLIENT_KEY}-bob` } })).arrayBuffer()
    await gateway.settledEvents(2)
    const mine = async (path: string) => (await request('GET', `/me/v1${path}`, { cookie: ann })).body
    assert.deepEqual((await mine(''))['email'], ANN)
    const events = (await mine('/usage-events'))['data'] as ListedEvent[]
    assert.deepEqual(
      events.map((event) => [event.user_email, event.key_name, 'account' in event]),
      [[ANN, 'laptop', false]]
    )
    assert.equal(((await mine('/usage-summary?group_by=key'))['data'] as unknown[]).length, 1)
    const narrowed = 'key=laptop&key=laptop&group=default&outcome=completed&outcome=interrupted&basis=final'
    assert.equal(((await mine(`/usage-events?${narrowed}`))['data'] as unknown[]).length, 1)
    assert.equal(
      ((await mine('/ledger-entries'))['data'] as { user_email: string }[]).every(({ user_email: of }) => of === ANN),
      true
    )
    for (const query of ['user=bob@example.com', 'account=main', 'group_by=user', 'group_by=account']) {
      assert.equal((await request('GET', `/me/v1/usage-summary?${query}`, { cookie: ann })).status, 400, query)
      assert.equal((await request('GET', `/me/v1/usage-events?${query}`, { cookie: ann })).status, 400, query)
    }
    await request('POST', '/me/v1/keys', { cookie: bob, body: { name: 'desktop' } })
    const refusals: [path: string, text: string][] = [
      ['usage-events?key=laptpo', 'key: you have no key laptpo; did you mean laptop?'],
      ['usage-events?key=desktop', 'key: you have no key desktop'],
      ['usage-summary?key=laptop&key=desktop', 'key: you have no key desktop'],
      ['usage-summary?group=elsewhere', 'group: you have used no group elsewhere']
    ]
    for (const [path, text] of refusals) {
      const { status, body } = await request('GET', `/me/v1/${path}`, { cookie: ann })
      assert.deepEqual([status, (body['error'] as { message: string }).message], [400, text], path)
    }
    const bobs = ((await request('GET', '/me/v1/keys', { cookie: bob })).body['data'] as { id: string }[])[0]!.id
    for (const [method, path] of [
      ['GET', ''],
      ['PATCH', ''],
      ['POST', '/rotate'],
      ['POST', '/revoke']
    ] as const) {
      assert.equal((await request(method, `/me/v1/keys/${bobs}${path}`, { cookie: ann })).status, 404, path)
    }
  })

  await t.test('a key of one’s own is made, named, rotated and revoked', async () => {
    const cookie = await cookieOf(ANN)
    const made = await request('POST', '/me/v1/keys', { cookie, body: { name: 'desk' } })
    assert.equal(made.status, 201, made.text)
    const { id, key } = made.body as { id: string; key: string }
    assert.equal((await gateway.messages(ask(), { headers: { 'x-api-key': key } })).status, 200)
    const renamed = await request('PATCH', `/me/v1/keys/${id}`, { cookie, body: { name: 'table' } })
    assert.deepEqual([renamed.body['name'], 'key' in renamed.body], ['table', false])
    const tooMuch: Record<string, unknown> = { spend_limits: null }
    for (let more = 0; more < 20; more++) {
      const refused = await request('PATCH', `/me/v1/keys/${id}`, { cookie, body: tooMuch })
      assert.equal(refused.status, 400)
      assert.match(messageOf(refused), /spend_limits is not a known field/)
      tooMuch[`more_${more}`] = true
    }
    const rotated = await request('POST', `/me/v1/keys/${id}/rotate`, { cookie })
    assert.notEqual(rotated.body['key'], key)
    assert.equal((await request('POST', `/me/v1/keys/${id}/revoke`, { cookie })).body['status'], 'revoked')
    assert.equal(((await audit(1))[0] as unknown as { actor: string }).actor, ANN)
  })

  /** The groups that somebody is told are open to them, with until when a key there may last. */
  async function openGroups(cookie: string) {
    const { body } = await request('GET', '/me/v1/groups', { cookie })
    return (body['data'] as { name: string; kind: string; keys_until: string | null }[]).map((group) => Object.values(group))
  }

  await t.test('but not in a group that is not theirs, nor round the limits of the keys that they have', async () => {
    const [ann, bob] = [await cookieOf(ANN), await cookieOf(BOB)]
    assert.deepEqual(await openGroups(ann), [['default', 'balance', null]])
    assert.deepEqual(await openGroups(bob), [])
    for (const group of ['vip', 'pro', 'nowhere']) {
      assert.equal((await request('POST', '/me/v1/keys', { cookie: ann, body: { name: 'x', group } })).status, 400, group)
    }
    const limited = await request('POST', '/me/v1/keys', { cookie: bob, body: { name: 'x' } })
    assert.deepEqual(
      [limited.status, messageOf(limited)],
      [403, 'your keys in group default are limited: ask an operator for another']
    )
    const [key] = (await request('GET', '/me/v1/keys', { cookie: bob })).body['data'] as { id: string }[]
    const renamed = await request('PATCH', `/me/v1/keys/${key!.id}`, { cookie: bob, body: { name: 'mine' } })
    assert.deepEqual([renamed.status, messageOf(renamed)], [403, 'key laptop is limited: ask an operator to rename it'])
    const same = await request('PATCH', `/me/v1/keys/${key!.id}`, { cookie: bob, body: { name: 'laptop', status: 'active' } })
    assert.equal(same.status, 200)
    await call('POST', '/subscriptions', { user: ANN, group: 'pro', days: 3 })
    const both = [
      ['default', 'balance', null],
      ['pro', 'subscription', null]
    ]
    assert.deepEqual(await openGroups(ann), both)
    assert.equal((await request('POST', '/me/v1/keys', { cookie: ann, body: { name: 'x', group: 'pro' } })).status, 201)
  })

  await t.test('nor where an operator has ended the keys that they had, or for longer than those', async () => {
    const cookie = await cookieOf(EYE)
    const end = new Date(Date.now() + 3_600_000).toISOString()
    const given = await call('POST', '/keys', { user: EYE, name: 'given', group: 'vip', expires_at: end })
    const make = (name: string, expiry = {}) =>
      request('POST', '/me/v1/keys', { cookie, body: { name, group: 'vip', ...expiry } })
    assert.deepEqual((await openGroups(cookie)).at(-1), ['vip', 'balance', end])
    const longer = await make('longer')
    assert.deepEqual(
      [longer.status, messageOf(longer)],
      [400, `expires_at: your keys in group vip end at ${end}, and another may not last longer`]
    )
    const made = await make('made', { expires_at: end })
    assert.equal(made.status, 201, made.text)
    for (const { body } of [given, made]) await call('POST', `/keys/${String(body['id'])}/revoke`)
    assert.ok(!(await openGroups(cookie)).flat().includes('vip'))
    const refused = await make('again', { expires_at: end })
    assert.deepEqual([refused.status, messageOf(refused)], [400, 'group: group vip is not yours'])
  })

  await t.test('however many keys they have made before', async () => {
    const cookie = await cookieOf(EYE)
    await gateway.app.pg.pool.query(
      `insert into api_keys (user_id, name, group_id, status, key_hash, key_prefix, revoked_at)
       select u.id, 'old ' || n, g.id, 'disabled', sha256(('old ' || n)::bytea), 'old', now()
       from users u, groups g, generate_series(1, 1001) n where u.email = $1 and g.name = 'default'`,
      [EYE]
    )
    await call('POST', '/keys', { user: EYE, name: 'limited', group: 'default', spend_limits: { total: '1' } })
    const refused = await request('POST', '/me/v1/keys', { cookie, body: { name: 'free' } })
    assert.equal(refused.status, 403, refused.text)
    assert.deepEqual(await openGroups(cookie), [])
  })

  await t.test('a code is redeemed by whoever has it', async () => {
    const { body } = await call('POST', '/codes', { kind: 'balance', amount_usd: '5' })
    const [{ code = '' } = {}] = body['data'] as { code?: string }[]
    const cookie = await cookieOf(ANN)
    const redeem = () => request('POST', '/me/v1/redeem', { cookie, body: { code } })
    assert.equal((await redeem()).body['amount_usd'], '5')
    assert.equal((await redeem()).status, 409)
  })

  await t.test('a session ends with the user’s rights, at a wish, and with the password', async () => {
    const open = async (cookie: string) => (await request('GET', '/me/v1', { cookie })).status
    const viewer = await cookieOf(EYE)
    await call('PATCH', `/users/${await idOf(EYE)}`, { role: 'user' })
    assert.equal((await request('GET', '/admin/v1/users', { cookie: viewer })).status, 403)
    await call('PATCH', `/users/${await idOf(EYE)}`, { status: 'disabled' })
    assert.equal(await open(viewer), 401)
    assert.equal((await signIn(EYE)).status, 401)

    const [one, two] = [await cookieOf(ANN), await cookieOf(ANN)]
    const out = await request('POST', '/me/v1/sign-out', { cookie: one })
    assert.equal(out.status, 204)
    assert.match(out.headers.get('set-cookie') ?? '', /^sluice_session=; Max-Age=0; Path=\/; Expires=Thu, 01 Jan 1970/)
    assert.deepEqual([await open(one), await open(two)], [401, 200])

    const next = 'a better password'
    const change = (body: object) => request('POST', '/me/v1/password', { cookie: two, body })
    const other = await cookieOf(ANN)
    assert.equal((await change({ current_password: 'wrong password', new_password: next })).status, 401)
    assert.equal((await change({ current_password: PASSWORD, new_password: 'short' })).status, 400)
    assert.equal((await change({ current_password: PASSWORD, new_password: next })).status, 204)
    assert.deepEqual([await open(two), await open(other)], [200, 401])
    assert.equal((await signIn(ANN)).status, 401)
    const third = await cookieOf(ANN, next)
    assert.equal((await request('POST', '/me/v1/sign-out-everywhere', { cookie: third })).status, 204)
    assert.deepEqual([await open(two), await open(third)], [401, 401])

    const fourth = await cookieOf(ANN, next)
    assert.deepEqual((await call('POST', `/users/${await idOf(ANN)}/sign-out`)).body, { sessions_ended: 1, sign_ins_ended: 0 })
    assert.equal(await open(fourth), 401)

    const fifth = await cookieOf(ANN, next)
    await gateway.app.pg.pool.query("update sign_in_sessions set expires_at = now() - interval '1 second'")
    assert.equal(await open(fifth), 401)
    await gateway.app.backOffice.maintain()
    const { rows } = await gateway.app.pg.pool.query('select 1 from sign_in_sessions')
    assert.equal(rows.length, 0)
  })

  await t.test('who tries too often has to wait, even with the right password', async () => {
    await until('it is refused', async () => (await signIn(BOB, 'wrong password')).status === 429)
    const { status, headers } = await signIn(BOB)
    assert.equal(status, 429)
    assert.ok(Number(headers.get('retry-after')) > 0)
  })

  await t.test('no password and no token is in the log, the audit log or the database', async () => {
    const { rows } = await gateway.app.pg.pool.query<{ text: string }>(
      `select u::text as text from users u union all select s::text from sign_in_sessions s
       union all select a::text from audit_log a`
    )
    const all = [...gateway.logs, ...rows.map(({ text }) => text)].join('\n')
    for (const secret of [PASSWORD, 'a better password', 'wrong password', 'sluice_session='])
      assert.ok(!all.includes(secret), secret)
  })
})

test('with the database away nobody signs in, and everybody is told to come back', async (t) => {
  const database = await databaseProxy(await postgresUrl(t))
  t.after(() => database.restore())
  const gateway = await startGateway(t, { env: { DATABASE_URL: database.url } })
  t.after(() => database.close())
  const body = JSON.stringify({ email: 'dev@example.com', password: PASSWORD })
  const signIn = () =>
    fetch(`${gateway.url}/me/v1/sign-in`, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
  assert.equal((await signIn()).status, 401)
  database.cut()
  const responses = [await signIn(), await fetch(`${gateway.url}/me/v1`, { headers: { cookie: 'sluice_session=x' } })]
  for (const { status, headers } of responses) {
    assert.equal(status, 503)
    assert.ok(Number(headers.get('retry-after')) > 0)
  }
  database.restore()
  await until('it is back', async () => (await signIn()).status === 401)
})
