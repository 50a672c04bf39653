import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { databaseProxy } from '../support/database-proxy.ts'
import { postgresUrl } from '../support/databases.ts'
import { parseEvents } from '../support/event-stream.ts'
import { ask, CLIENT_KEY, startGateway, USER, type Gateway, type GatewayOptions } from '../support/gateway.ts'
import { operatorOf, statusesOf } from '../support/operator.ts'
import { signIn } from '../support/person.ts'
import { startRedisServer } from '../support/redis-server.ts'
import { GROUP_SCHEMA, SCIM_TOKEN, scimClientOf, USER_SCHEMA } from '../support/scim-client.ts'
import { until } from '../support/until.ts'

const ROLES = 'sluice-admins=admin,11111111-2222=viewer,*=user'

const startScim = (t: TestContext, { env = {}, ...options }: GatewayOptions = {}) =>
  startGateway(t, { ...options, env: { LOG_LEVEL: 'warn', SCIM_TOKEN, OIDC_ROLES: ROLES, ...env } })

const person = (userName: string, changes: object = {}) => ({ schemas: [USER_SCHEMA], userName, active: true, ...changes })

async function idOf(gateway: Gateway, email = USER): Promise<string> {
  const { Resources } = await scimClientOf(gateway).list('/Users', { filter: `userName eq "${email}"` })
  return Resources[0]!.id
}

async function roleOf(gateway: Gateway, id: string) {
  return (await gateway.admin<{ role: string }>(`/users/${id}`)).role
}

/** A stream that would go on for as long as it is let. */
async function runningStream(gateway: Gateway, upstream = gateway.upstream) {
  upstream.setBehaviour({ deltas: 3000, paceMs: 20 })
  const response = await gateway.messages(ask({ stream: true }))
  assert.equal(response.status, 200)
  const text = response.text()
  await until('it runs', () => upstream.stats.inFlight === 1)
  return { text }
}

function assertCutOff(stream: string) {
  const last = parseEvents(stream).at(-1)
  assert.equal(last?.event, 'error')
  assert.match(JSON.stringify(last), /authentication_error.*The user of this API key is disabled/)
}

await suite('SCIM', { timeout: 120_000 }, async () => {
  test('as Entra ID asks: looked for, created, changed, disabled, enabled, removed and taken back', async (t) => {
    const gateway = await startScim(t)
    const { call, patch, list } = scimClientOf(gateway)
    const none = await list('/Users', { filter: 'userName eq "Ann@Example.com"' })
    assert.deepEqual([none.totalResults, none.Resources], [0, []])

    const ann = person('Ann@Example.com', {
      externalId: 'ann',
      name: { givenName: 'Ann', familyName: 'Lee' },
      emails: [{ primary: true, type: 'work', value: 'Ann@Example.com' }],
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'Tools' }
    })
    const made = await call('POST', '/Users', ann)
    assert.equal(made.status, 201, made.body.detail)
    const { id } = made.body
    assert.match(made.headers.get('content-type')!, /^application\/scim\+json/)
    assert.equal(made.headers.get('location'), `${gateway.adminUrl}/scim/v2/Users/${id}`)
    assert.equal(made.headers.get('etag'), made.body.meta.version)
    assert.deepEqual([made.body.userName, made.body.externalId, made.body.active], ['ann@example.com', 'ann', true])

    const again = await call('POST', '/Users', ann)
    assert.deepEqual([again.status, again.body.status, again.body.scimType], [409, '409', 'uniqueness'])
    assert.deepEqual(again.body.schemas, ['urn:ietf:params:scim:api:messages:2.0:Error'])
    for (const filter of ['userName eq "ANN@example.com"', 'externalId eq "ann"', `id eq "${id}" and active eq true`]) {
      assert.deepEqual(
        (await list('/Users', { filter })).Resources.map((user) => user.id),
        [id],
        filter
      )
    }

    const off = { op: 'Replace', path: 'active', value: 'False' }
    const disabled = await patch(`/Users/${id}`, off, { op: 'Add', path: 'displayName', value: 'Ann Lee' })
    assert.deepEqual([disabled.status, disabled.body.active, disabled.body.displayName], [200, false, 'Ann Lee'])
    const retried = await patch(`/Users/${id}`, off)
    assert.deepEqual([retried.status, retried.body.meta.version], [200, disabled.body.meta.version])
    assert.equal((await patch(`/Users/${id}`, { op: 'Replace', path: 'active', value: 'True' })).body.active, true)

    assert.equal((await call('DELETE', `/Users/${id}`)).status, 204)
    for (const method of ['GET', 'DELETE']) assert.equal((await call(method, `/Users/${id}`)).status, 404)
    assert.equal((await patch(`/Users/${id}`, off)).status, 404)
    assert.equal((await list('/Users', { filter: 'externalId eq "ann"' })).totalResults, 0)
    const row = await gateway.admin<{ status: string }>(`/users/${id}`)
    assert.equal(row.status, 'disabled')

    const back = await call('POST', '/Users', ann)
    assert.deepEqual([back.status, back.body.id, back.body.active], [201, id, true])
    const audited = await operatorOf(gateway).audit(5)
    assert.deepEqual(
      audited.map(({ action, subject }) => `${action} ${subject}`),
      ['created', 'changed', 'changed', 'deprovisioned', 'changed'].map((what) => `user.${what} user ann@example.com`)
    )
    assert.ok(audited.every((entry) => 'actor' in entry && entry.actor === 'scim'))
  })

  test('as Okta asks: paged, created, replaced whole, with ETags', async (t) => {
    const gateway = await startScim(t)
    const { call, list } = scimClientOf(gateway)
    for (const name of ['a', 'b', 'c', 'd']) await call('POST', '/Users', person(`${name}@example.com`))
    const pages = await Promise.all([1, 3, 5, 7].map((n) => list('/Users', { startIndex: String(n), count: '2' })))
    assert.deepEqual(pages.map(({ totalResults, startIndex }) => [totalResults, startIndex]), [[5, 1], [5, 3], [5, 5], [5, 7]]) // prettier-ignore
    const seen = pages.flatMap(({ Resources }) => Resources.map(({ userName }) => userName))
    assert.deepEqual(seen, [USER, 'a@example.com', 'b@example.com', 'c@example.com', 'd@example.com'])
    assert.equal((await list('/Users', { count: '0' })).totalResults, 5)
    assert.equal((await list('/Users', { count: '100000', startIndex: '-3' })).itemsPerPage, 5)

    const id = await idOf(gateway, 'a@example.com')
    const { body: before } = await call('GET', `/Users/${id}`)
    const whole = person('a@example.com', { externalId: 'okta', displayName: 'A', groups: [], password: 'ignored' })
    const replaced = await call('PUT', `/Users/${id}`, whole, { 'if-match': before.meta.version })
    assert.deepEqual([replaced.status, replaced.body.displayName], [200, 'A'])
    const stale = await call('PUT', `/Users/${id}`, { ...whole, displayName: 'B' }, { 'if-match': before.meta.version })
    assert.deepEqual([stale.status, stale.body.status], [412, '412'])
    const same = await call('PUT', `/Users/${id}`, whole)
    assert.equal(same.body.meta.version, replaced.body.meta.version)
    const bare = await call('PUT', `/Users/${id}`, { userName: 'a@example.com' })
    assert.deepEqual([bare.body.displayName, bare.body.externalId, bare.body.active], [undefined, undefined, true])

    const renamed = await call('PUT', `/Users/${id}`, person('anna@example.com'))
    assert.deepEqual([renamed.body.userName, renamed.body.emails[0]?.value], ['anna@example.com', 'a@example.com'])
    assert.equal(await idOf(gateway, 'anna@example.com'), id)
    const taken = await call('PUT', `/Users/${id}`, person('b@example.com'))
    assert.deepEqual([taken.status, taken.body.scimType], [409, 'uniqueness'])
    assert.equal((await call('POST', '/Users', person('ANNA@example.com'))).status, 409)
  })

  test('who is deprovisioned loses keys, sessions and what runs, and has the key again when taken back', async (t) => {
    const gateway = await startScim(t)
    const { patch } = scimClientOf(gateway)
    const { statusOf } = operatorOf(gateway)
    const id = await idOf(gateway)
    const browser = await signIn(gateway, USER)
    const signedIn = async () => (await browser.call('GET', '/me/v1/session')).status
    assert.equal(await signedIn(), 200)
    const stream = await runningStream(gateway)

    await patch(`/Users/${id}`, { op: 'replace', value: { active: false } })
    assertCutOff(await stream.text)
    assert.equal(await statusOf(), 401)
    assert.equal(await signedIn(), 401)
    await gateway.settled()
    const [event] = await gateway.settledEvents(1)
    assert.ok(event !== undefined && Number(event.charged_usd) > 0)

    await patch(`/Users/${id}`, { op: 'replace', value: { active: true } })
    assert.equal(await statusOf(), 200)
    // The browser that somebody else may have by now is signed in no more.
    assert.equal(await signedIn(), 401)
  })

  test('what runs at another replica ends too', async (t) => {
    const [redis, databaseUrl] = [await startRedisServer(t), await postgresUrl(t)]
    const one = await startScim(t, { redis, databaseUrl })
    const two = await startScim(t, { redis, databaseUrl })
    for (const { app } of [one, two]) await until('slots are shared', () => app.slotSharing.state() === 'shared')
    // Both have the account of the one that started last.
    const stream = await runningStream(one, two.upstream)
    await scimClientOf(two).call('DELETE', `/Users/${await idOf(two)}`)
    assertCutOff(await stream.text)
    await until('its key is refused there', async () => (await one.get('/v1/models')).status === 401)
  })

  test('whom operators have disabled the provider does not enable; whom they let in is in', async (t) => {
    const gateway = await startScim(t)
    const { call: scim, patch } = scimClientOf(gateway)
    const { call } = operatorOf(gateway)
    const id = await idOf(gateway)
    await call('PATCH', `/users/${id}`, { status: 'disabled' })
    for (const active of [true, false, true]) {
      assert.equal((await patch(`/Users/${id}`, { op: 'replace', value: { active } })).body.active, false)
    }
    await call('PATCH', `/users/${id}`, { status: 'active' })
    assert.equal((await scim('DELETE', `/Users/${id}`)).status, 204)
    await call('PATCH', `/users/${id}`, { status: 'active' })
    assert.equal((await scim('GET', `/Users/${id}`)).body.active, true)
  })

  test('groups are kept, and give their members the role that OIDC_ROLES says', async (t) => {
    const gateway = await startScim(t)
    const { call, patch, list } = scimClientOf(gateway)
    const ids: string[] = []
    for (const name of ['ann', 'bob']) ids.push((await call('POST', '/Users', person(`${name}@example.com`))).body.id)
    const [ann, bob] = ids as [string, string]
    await operatorOf(gateway).call('PATCH', `/users/${bob}`, { role: 'viewer' })

    const made = await call('POST', '/Groups', { schemas: [GROUP_SCHEMA], displayName: 'tools', members: [{ value: bob }] })
    assert.deepEqual([made.status, made.body.members.map(({ display }) => display)], [201, ['bob@example.com']])
    assert.equal((await call('POST', '/Groups', { displayName: 'tools' })).body.scimType, 'uniqueness')
    assert.equal(await roleOf(gateway, bob), 'viewer', 'a group that says nothing of roles changes none')

    const admins = (await call('POST', '/Groups', { displayName: 'sluice-admins', externalId: '33333333' })).body.id
    const add = { op: 'Add', path: 'members', value: [{ value: ann }, { value: bob }] }
    assert.equal((await patch(`/Groups/${admins}`, add)).body.members.length, 2)
    assert.deepEqual([await roleOf(gateway, ann), await roleOf(gateway, bob)], ['admin', 'admin'])
    const { meta } = (await call('GET', `/Groups/${admins}`)).body
    assert.equal((await patch(`/Groups/${admins}`, add)).body.meta.version, meta.version, 'a retry changes nothing')
    assert.deepEqual((await call('GET', `/Users/${ann}`)).body.groups, [{ value: admins, display: 'sluice-admins' }])

    await patch(`/Groups/${admins}`, { op: 'Remove', path: 'members', value: [{ value: bob }] })
    assert.deepEqual([await roleOf(gateway, ann), await roleOf(gateway, bob)], ['admin', 'user'])
    await patch(`/Groups/${admins}`, { op: 'replace', path: 'displayName', value: 'former' })
    assert.equal(await roleOf(gateway, ann), 'user')
    await patch(`/Groups/${admins}`, { op: 'replace', value: { externalId: '11111111-2222' } })
    assert.equal(await roleOf(gateway, ann), 'viewer', 'Entra ID may name groups by their ids')

    const without = await list('/Groups', { filter: 'displayName eq "former"', excludedAttributes: 'members' })
    assert.deepEqual([without.totalResults, without.Resources[0]?.members], [1, undefined])
    assert.equal((await list('/Groups', { filter: `id eq "${admins}" and members eq "${ann}"` })).totalResults, 1)
    assert.equal((await list('/Groups', { filter: `id eq "${admins}" and members eq "${bob}"` })).totalResults, 0)
    const unknown = await patch(`/Groups/${admins}`, { op: 'add', path: 'members', value: [{ value: '999999' }] })
    assert.deepEqual([unknown.status, unknown.body.scimType], [400, 'invalidValue'])

    await call('DELETE', `/Users/${ann}`)
    assert.equal((await call('GET', `/Groups/${admins}`)).body.members.length, 0)
    assert.equal(await roleOf(gateway, ann), 'user', 'who comes back has no role of old')
    assert.equal((await call('DELETE', `/Groups/${admins}`)).status, 204)
    assert.equal((await call('DELETE', `/Groups/${admins}`)).status, 404)
  })

  test('of many that ask for the same at once, one makes it', async (t) => {
    const [redis, databaseUrl] = [await startRedisServer(t), await postgresUrl(t)]
    const replicas = [await startScim(t, { redis, databaseUrl }), await startScim(t, { redis, databaseUrl })]
    const clients = [...replicas, ...replicas].map((gateway) => scimClientOf(gateway))
    const all = (work: (client: (typeof clients)[number]) => Promise<{ status: number }>) => Promise.all(clients.map(work))
    assert.deepEqual(statusesOf(await all(({ call }) => call('POST', '/Users', person('a@example.com')))), [201, 409, 409, 409])
    const id = await idOf(replicas[0]!, 'a@example.com')
    assert.deepEqual(statusesOf(await all(({ call }) => call('DELETE', `/Users/${id}`))), [204, 404, 404, 404])
    assert.deepEqual(statusesOf(await all(({ call }) => call('POST', '/Users', person('a@example.com')))), [201, 409, 409, 409])
    assert.deepEqual(statusesOf(await all(({ call }) => call('POST', '/Groups', { displayName: 'g' }))), [201, 409, 409, 409])
  })

  test('a wrong token is refused, and one that is guessed at is held up, as with admin tokens', async (t) => {
    const env = {
      SCIM_TOKEN: `${SCIM_TOKEN},another-scim-token-for-tests`,
      AUTH_FAILURES_MAX: '3',
      AUTH_FAILURES_WINDOW_MS: '600000'
    }
    const gateway = await startScim(t, { env })
    const statuses: number[] = []
    for (let n = 0; n < 5; n++) statuses.push((await scimClientOf(gateway, `guess-${n}`).call('GET', '/Users')).status)
    assert.deepEqual(statuses, [401, 401, 401, 429, 429])
    for (const token of [SCIM_TOKEN, 'another-scim-token-for-tests']) {
      assert.equal((await scimClientOf(gateway, token).call('GET', '/Users')).status, 200)
      assert.notEqual((await gateway.get('/admin/v1/users', { authorization: `Bearer ${token}` })).status, 200)
    }
    assert.ok(!gateway.logs.join('').includes(SCIM_TOKEN))
  })

  test('is not there without a token of its own, nor where clients are', async (t) => {
    const without = await startGateway(t)
    assert.equal((await scimClientOf(without).call('GET', '/Users')).status, 404)
    const gateway = await startScim(t, { env: { ADMIN_PORT: '0' } })
    assert.equal((await scimClientOf(gateway).call('GET', '/Users')).status, 200)
    assert.equal((await scimClientOf({ adminUrl: gateway.url }).call('GET', '/Users')).status, 404)
  })

  test('describes itself, and refuses what it does not know in its own shape', async (t) => {
    const gateway = await startScim(t)
    const { call } = scimClientOf(gateway)
    assert.equal((await call('GET', '/ServiceProviderConfig')).status, 200)
    for (const path of ['/ResourceTypes', '/Schemas']) {
      const { Resources } = (await call('GET', path)).body
      assert.equal(Resources.length, 2)
      for (const { id } of Resources) assert.equal((await call('GET', `${path}/${id}`)).body.id, id)
    }
    const REFUSED: [method: string, path: string, body: unknown, status: number, scimType?: string][] = [
      ['GET', '/Nothing', undefined, 404],
      ['GET', '/Users/x', undefined, 404],
      ['GET', '/Users/99999999999999999999999', undefined, 404],
      ['PATCH', '/Groups/x', { Operations: [{ op: 'add', path: 'displayName', value: 'x' }] }, 404],
      ['GET', '/Users?filter=userName%20co%20%22a%22', undefined, 400, 'invalidFilter'],
      ['GET', '/Users?filter=name%20eq%20%22a%22', undefined, 400, 'invalidFilter'],
      ['GET', '/Users?filter=active%20eq%20%22a%22', undefined, 400, 'invalidFilter'],
      ['GET', '/Users?filter=id%20eq%20%221%22&filter=id%20eq%20%221%22', undefined, 400, 'invalidFilter'],
      ['GET', '/Users?count=many', undefined, 400, 'invalidValue'],
      ['POST', '/Users', '{"userName":', 400, 'invalidSyntax'],
      ['POST', '/Users', '[]', 400, 'invalidSyntax'],
      ['POST', '/Users', '{"userName":"a@b","__proto__":{"x":1}}', 400, 'invalidSyntax'],
      ['POST', '/Users', { userName: 'no address' }, 400, 'invalidValue'],
      ['POST', '/Users', { userName: 'a@example.com', active: 'perhaps' }, 400, 'invalidValue'],
      ['POST', '/Groups', { displayName: 'a', members: [{ value: '0' }] }, 400, 'invalidValue'],
      ['POST', '/Users', JSON.stringify({ userName: 'a@example.com', title: 'x'.repeat(1_048_576) }), 413]
    ]
    for (const [method, path, body, status, scimType] of REFUSED) {
      const response = await call(method, path, body)
      assert.deepEqual(
        [response.status, response.body.status, response.body.scimType],
        [status, String(status), scimType],
        path
      )
      assert.ok(response.body.detail.length > 5)
    }
    const xml = await call('POST', '/Users', '<x/>', { 'content-type': 'application/xml' })
    assert.deepEqual([xml.status, xml.body.status], [415, '415'])
  })

  test('while the database is away a provider is told to come back', async (t) => {
    const database = await databaseProxy(await postgresUrl(t))
    const gateway = await startScim(t, { databaseUrl: database.url })
    t.after(() => database.close())
    const { call } = scimClientOf(gateway)
    assert.equal((await call('GET', '/Users')).status, 200)
    database.cut()
    for (const [method, path, body] of [
      ['GET', '/Users'],
      ['POST', '/Users', person('a@example.com')]
    ] as const) {
      const away = await call(method, path, body)
      assert.deepEqual([away.status, away.body.status], [503, '503'])
      assert.match(away.headers.get('retry-after') ?? '', /^[1-9]\d?$/)
    }
    database.restore()
    await until('it goes on', async () => (await call('POST', '/Users', person('a@example.com'))).status !== 503)
    assert.equal((await gateway.get('/v1/models', { 'x-api-key': CLIENT_KEY })).status, 200)
  })
})
