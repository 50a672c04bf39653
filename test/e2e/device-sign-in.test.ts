import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { deviceClient, leapingClock, type OAuthResponse } from '../support/device-client.ts'
import {
  ask,
  BOTH_KINDS,
  CLIENT_KEY,
  refusalOf,
  startGateway,
  USER,
  user,
  type Gateway,
  type GatewayOptions
} from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { signIn } from '../support/person.ts'
import { until } from '../support/until.ts'

const OTHER = 'other@example.com'
const MINUTE_MS = 60_000

async function started(t: TestContext, options: GatewayOptions = {}) {
  const { clock, leap } = leapingClock()
  const gateway = await startGateway(t, { clock, ...options })
  const client = deviceClient(gateway)
  const ann = await signIn(gateway, USER)
  const pollLater = async (deviceCode: string) => {
    leap(5000)
    return await client.poll(deviceCode)
  }
  async function signedIn() {
    const begun = await client.begin()
    const approved = await ann.call('POST', `/me/v1/device-codes/${begun.user_code}/approve`)
    assert.equal(approved.status, 204, JSON.stringify(approved.body))
    const { status, body } = await pollLater(begun.device_code)
    assert.equal(status, 200, JSON.stringify(body))
    const { access_token: accessToken = '', refresh_token: refreshToken = '' } = body
    return { deviceCode: begun.device_code, accessToken, refreshToken, body }
  }
  return { gateway, client, ann, leap, pollLater, signedIn, operator: operatorOf(gateway) }
}

/** The status with which a request with a token is answered. */
const statusWith = async ({ url }: Gateway, token: string) => {
  const response = await fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(ask())
  })
  await response.arrayBuffer()
  return response.status
}

const told = ({ status, body: { error } }: OAuthResponse) => [status, error]

await suite('a sign-in from Claude Code', { timeout: 120_000 }, async () => {
  test('goes from the code on its screen to a message on record, a renewal and the sign-out', async (t) => {
    const { gateway, client, ann, leap, pollLater, operator } = await started(t)
    const metadata = await gateway.get('/.well-known/oauth-authorization-server', {})
    const { issuer, token_endpoint: tokens } = (await metadata.json()) as Record<string, string>
    assert.deepEqual([issuer, tokens], [gateway.url, `${gateway.url}/oauth/token`])

    const begun = await client.begin()
    assert.match(begun.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    assert.equal(begun.verification_uri, `${gateway.url}/console/device`)
    assert.equal(begun.verification_uri_complete, `${gateway.url}/console/device?code=${begun.user_code}`)
    assert.deepEqual([begun.expires_in, begun.interval], [600, 5])
    assert.deepEqual(told(await pollLater(begun.device_code)), [400, 'authorization_pending'])

    // As somebody may type it.
    const waiting = await ann.mine(`/device-codes/${begun.user_code.toLowerCase().replace('-', '')}`)
    assert.deepEqual(
      [waiting['user_code'], waiting['client'], waiting['client_address'], waiting['user_agent']],
      [begun.user_code, 'claude_code', '127.0.0.1', 'claude-code/2.1.330']
    )
    const approved = await ann.call('POST', `/me/v1/device-codes/${begun.user_code}/approve`, { group: 'default' })
    assert.equal(approved.status, 204)
    const { status, body } = await pollLater(begun.device_code)
    assert.equal(status, 200)
    assert.deepEqual([body.token_type, body.email], ['Bearer', USER])
    assert.ok(body.expires_in! > 3500 && body.expires_in! <= 3600)

    const { access_token: first = '', refresh_token: refreshToken = '' } = body
    assert.equal(await statusWith(gateway, first), 200)
    await gateway.settled()
    const [event] = await gateway.settledEvents(1)
    assert.deepEqual([event?.user_email, event?.key_name], [USER, 'Claude Code on 127.0.0.1'])
    const key = await operator.row('keys', ({ name }) => name === 'Claude Code on 127.0.0.1')
    assert.equal(key['made_by'], 'sign-in')
    // A secret of it would outlast the sign-in.
    for (const ask of [operator.call, ann.call] as const) {
      const path = ask === ann.call ? `/me/v1/keys/${key.id}/rotate` : `/keys/${key.id}/rotate`
      assert.equal((await ask('POST', path, {})).status, 409, path)
    }

    leap(55 * MINUTE_MS)
    const renewed = await client.refresh(refreshToken)
    assert.equal(renewed.status, 200)
    assert.equal(renewed.body.refresh_token, refreshToken)
    const second = renewed.body.access_token ?? ''
    // What runs keeps its token, which holds to its end.
    assert.deepEqual([await statusWith(gateway, first), await statusWith(gateway, second)], [200, 200])
    leap(6 * MINUTE_MS)
    assert.deepEqual([await statusWith(gateway, first), await statusWith(gateway, second)], [401, 200])

    const [listed] = (await ann.mine<{ data: Record<string, unknown>[] }>('/claude-sign-ins')).data
    assert.deepEqual([listed?.['status'], listed?.['key'], listed?.['group']], ['active', key['name'], 'default'])
    for (const token of [second, refreshToken]) assert.equal((await client.revoke(token)).status, 200)
    assert.equal(await statusWith(gateway, second), 401)
    assert.deepEqual(told(await client.refresh(refreshToken)), [400, 'invalid_grant'])
    const audited = (await operator.audit(100)) as unknown as { actor: string; action: string; detail: object }[]
    const ofSignIns = audited.filter(({ action }) => action.startsWith('sign-in.'))
    assert.deepEqual(
      ofSignIns.map(({ action, actor }) => [action, actor]),
      ['approved', 'created', 'revoked'].map((what) => [`sign-in.${what}`, USER])
    )
    assert.deepEqual(ofSignIns[0]?.detail, {
      client: 'claude_code',
      client_address: '127.0.0.1',
      user_agent: 'claude-code/2.1.330',
      group: 'default'
    })
    const secrets = [begun.device_code, first, second, refreshToken]
    for (const secret of secrets) assert.ok(!gateway.logs.join('').includes(secret))
  })

  test('is denied, runs out of time, or is asked about too fast', async (t) => {
    const { client, ann, leap, pollLater } = await started(t)
    const one = await client.begin()
    assert.deepEqual(told(await client.poll(one.device_code)), [400, 'authorization_pending'])
    assert.deepEqual(told(await client.poll(one.device_code)), [400, 'slow_down'])
    leap(2000)
    assert.deepEqual(told(await client.poll(one.device_code)), [400, 'slow_down'])
    assert.equal((await ann.call('POST', `/me/v1/device-codes/${one.user_code}/deny`)).status, 204)
    assert.deepEqual(told(await pollLater(one.device_code)), [400, 'access_denied'])
    assert.equal((await ann.call('POST', `/me/v1/device-codes/${one.user_code}/approve`)).status, 404)

    const two = await client.begin()
    leap(10 * MINUTE_MS)
    assert.deepEqual(told(await client.poll(two.device_code)), [400, 'expired_token'])
    assert.equal((await ann.call('GET', `/me/v1/device-codes/${two.user_code}`)).status, 404)
    for (const made of ['x', 'x'.repeat(5000), two.device_code.slice(0, -2), `${two.device_code}AA`, '\0é']) {
      assert.deepEqual(told(await client.poll(made)), [400, 'expired_token'])
    }
  })

  test('asked about from ten places at once is one sign-in, which a lost response does not end', async (t) => {
    const { client, ann, leap, pollLater } = await started(t)
    const { device_code: code, user_code: userCode } = await client.begin()
    await ann.call('POST', `/me/v1/device-codes/${userCode}/approve`)
    const responses = await Promise.all(Array.from({ length: 10 }, () => client.poll(code)))
    const good = responses.filter(({ status }) => status === 200)
    assert.ok(good.length >= 1)
    for (const response of responses) assert.ok(response.status === 200 || response.body.error === 'slow_down')
    const again = await pollLater(code)
    assert.deepEqual(
      [again.body.access_token, again.body.refresh_token],
      [good[0]?.body.access_token, good[0]?.body.refresh_token]
    )
    const { data } = await ann.mine<{ data: object[] }>('/claude-sign-ins')
    assert.equal(data.length, 1)
    leap(MINUTE_MS)
    assert.deepEqual(told(await client.poll(code)), [400, 'expired_token'])
    assert.equal((await client.refresh(again.body.refresh_token ?? '')).status, 200)
  })

  test('again on the same machine takes the key up again; another user has one of their own', async (t) => {
    const { gateway, signedIn, operator, client, pollLater } = await started(t, {
      declared: () => ({ users: [user(), { email: OTHER }] })
    })
    const [one, two] = [await signedIn(), await signedIn()]
    assert.notEqual(one.refreshToken, two.refreshToken)
    const keysOf = async () => {
      const { data } = await gateway.admin<{ data: { name: string; user_email: string; made_by: string }[] }>('/keys')
      return data.filter((key) => key.made_by === 'sign-in').map(({ name, user_email: email }) => `${email}/${name}`)
    }
    assert.deepEqual(await keysOf(), [`${USER}/Claude Code on 127.0.0.1`])
    // Only this one is revoked: the next sign-in needs another.
    const key = await operator.row('keys', ({ made_by: by }) => by === 'sign-in')
    await operator.call('POST', `/keys/${key.id}/revoke`)
    assert.deepEqual([await statusWith(gateway, one.accessToken), await statusWith(gateway, two.accessToken)], [401, 401])
    assert.deepEqual(told(await client.refresh(one.refreshToken)), [400, 'invalid_grant'])
    await signedIn()
    const other = await signIn(gateway, OTHER)
    const begun = await client.begin()
    assert.equal((await other.call('POST', `/me/v1/device-codes/${begun.user_code}/approve`)).status, 204)
    assert.equal((await pollLater(begun.device_code)).body.email, OTHER)
    assert.deepEqual(await keysOf(), [
      `${USER}/Claude Code on 127.0.0.1`,
      `${USER}/Claude Code on 127.0.0.1 (2)`,
      `${OTHER}/Claude Code on 127.0.0.1`
    ])
  })

  test('uses a group of the person’s and no other, and cannot get around an operator’s limits', async (t) => {
    const { ann, client, operator, signedIn, gateway } = await started(t, {
      declared: () => ({
        groups: BOTH_KINDS
      })
    })
    const { user_code: userCode } = await client.begin()
    const path = `/me/v1/device-codes/${userCode}/approve`
    const offered = async (code: string) => (await ann.mine(`/device-codes/${code}`))['groups']
    assert.deepEqual(await offered(userCode), [{ name: 'default', kind: 'balance' }])
    assert.deepEqual(await ann.refusal('POST', path, { group: 'pro' }), [400, 'group: group pro is not yours'])
    assert.equal((await ann.call('POST', path, { group: 'nothing' })).status, 400)
    assert.equal((await ann.call('POST', path, {}, { 'sec-fetch-site': 'cross-site' })).status, 403)
    assert.equal((await ann.call('POST', path)).status, 204)

    const one = await signedIn()
    const key = await operator.row('keys', ({ made_by: by }) => by === 'sign-in')
    await operator.call('PATCH', `/keys/${key.id}`, { spend_limits: { total: '0.000001' } })
    // From elsewhere it would have another key, which would have no limit.
    await gateway.app.pg.pool.query(`update api_keys set name = 'Claude Code on 192.0.2.1' where id = $1`, [key.id])
    // They may have no other key there, and need none.
    assert.deepEqual((await ann.mine<{ data: object[] }>('/groups')).data, [])
    assert.deepEqual(await offered((await client.begin()).user_code), [{ name: 'default', kind: 'balance' }])
    const two = await signedIn()
    await statusWith(gateway, one.accessToken)
    await gateway.settled()
    assert.deepEqual([await statusWith(gateway, one.accessToken), await statusWith(gateway, two.accessToken)], [429, 429])
  })

  test('ends when an operator or its person ends it, and with the person', async (t) => {
    const { gateway, client, ann, signedIn, operator } = await started(t, {
      declared: () => ({ users: [user(), { email: OTHER }] })
    })
    const [one, two, three] = [await signedIn(), await signedIn(), await signedIn()]
    const { data } = await gateway.admin<{ data: { id: string; user_email: string }[] }>(`/sign-ins?user=${USER}`)
    assert.equal(data.length, 3)
    const [newest, , oldest] = data
    assert.equal((await (await signIn(gateway, OTHER)).call('DELETE', `/me/v1/claude-sign-ins/${oldest?.id}`)).status, 404)
    assert.equal((await ann.call('DELETE', `/me/v1/claude-sign-ins/${oldest?.id}`)).status, 204)
    assert.equal((await operator.call('DELETE', `/sign-ins/${newest?.id}`)).status, 204)
    for (const { accessToken, refreshToken } of [one, three]) {
      const refused = await refusalOf(
        await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${accessToken}` } })
      )
      assert.deepEqual([refused.status, refused.message], [401, 'This sign-in has ended: sign in again with /login'])
      assert.equal(refused.headers.get('x-should-retry'), 'false')
      assert.deepEqual(told(await client.refresh(refreshToken)), [400, 'invalid_grant'])
    }
    assert.equal(await statusWith(gateway, two.accessToken), 200)
    const { id } = await operator.row('users', ({ email }) => email === USER)
    await operator.call('PATCH', `/users/${id}`, { status: 'disabled' })
    assert.equal(await statusWith(gateway, two.accessToken), 401)
    assert.deepEqual(told(await client.refresh(two.refreshToken)), [400, 'invalid_grant'])
  })

  test('ends when its person signs out everywhere, also where it has not asked for its tokens yet', async (t) => {
    const { gateway, client, ann, signedIn, operator, pollLater } = await started(t, {
      declared: () => ({ users: [user(), { email: OTHER }] })
    })
    const [one, two] = [await signedIn(), await signedIn()]
    const other = await signIn(gateway, OTHER)
    const [theirs, letIn] = [await client.begin(), await client.begin()]
    await other.call('POST', `/me/v1/device-codes/${theirs.user_code}/approve`)
    await ann.call('POST', `/me/v1/device-codes/${letIn.user_code}/approve`)
    assert.equal((await ann.call('POST', '/me/v1/sign-out-everywhere')).status, 204)
    for (const { accessToken, refreshToken } of [one, two]) {
      assert.equal(await statusWith(gateway, accessToken), 401)
      assert.deepEqual(told(await client.refresh(refreshToken)), [400, 'invalid_grant'])
    }
    assert.deepEqual(told(await pollLater(letIn.device_code)), [400, 'access_denied'])
    const { status, body } = await client.poll(theirs.device_code)
    assert.deepEqual([status, body.email], [200, OTHER])
    const { id } = await operator.row('users', ({ email }) => email === OTHER)
    const out = await operator.call('POST', `/users/${id}/sign-out`)
    assert.deepEqual(out.body, { sessions_ended: 1, sign_ins_ended: 1 })
    assert.equal(await statusWith(gateway, body.access_token ?? ''), 401)
    const [ended] = (await operator.audit(10)).filter(({ action }) => action === 'user.signed_out')
    assert.deepEqual(ended?.detail, { sessions_ended: 1, sign_ins_ended: 2 })
  })

  test('used from two networks at once is told to operators, and refused nothing', async (t) => {
    const { gateway, signedIn, operator } = await started(t, { env: { TRUST_PROXY: 'loopback' } })
    const { accessToken } = await signedIn()
    const post = async (address: string, key: Record<string, string>) => {
      const response = await gateway.messages(ask(), { headers: { ...key, 'x-forwarded-for': address } })
      await response.arrayBuffer()
      return response.status
    }
    const withToken = (address: string) => post(address, { authorization: `Bearer ${accessToken}`, 'x-api-key': '' })
    const [home, away] = ['203.0.113.5', '198.51.100.7']
    for (const address of [home, away, home]) assert.equal(await post(address, { 'x-api-key': CLIENT_KEY }), 200)
    for (const address of [home, away]) assert.equal(await withToken(address), 200)
    const count = async () =>
      /^sluice_sign_ins_far_apart_total (\d+)$/m.exec(await (await gateway.getAdmin('/metrics')).text())?.[1]
    assert.equal(await count(), '0')
    for (const address of [home, away, home]) assert.equal(await withToken(address), 200)
    assert.equal(await count(), '1')

    const entries = async () =>
      (await gateway.admin<{ data: Record<string, unknown>[] }>(`/audit-log?action=sign-in.far_apart&user=${USER}`)).data
    await until('it is in the audit log', async () => (await entries()).length > 0)
    const [entry, ...more] = await entries()
    const { id } = await operator.row('sign-ins', () => true)
    assert.deepEqual([entry?.['actor'], entry?.['subject'], more], ['sluice', `sign-in ${USER}/${id}`, []])
    assert.deepEqual(entry?.['detail'], { addresses: [home, away], key: 'Claude Code on 127.0.0.1' })
    const lines = gateway.logs.filter((line) => line.includes('from two networks at once'))
    assert.equal(lines.length, 1)
    const line = JSON.parse(lines[0] ?? '') as Record<string, unknown>
    assert.deepEqual([line['level'], line['user'], line['addresses']], [40, USER, [home, away]])
  })

  test('that is let in while its user or key goes is denied', async (t) => {
    const { client, ann, pollLater, operator } = await started(t)
    const { device_code: code, user_code: userCode } = await client.begin()
    await ann.call('POST', `/me/v1/device-codes/${userCode}/approve`)
    const { id } = await operator.row('users', ({ email }) => email === USER)
    await operator.call('PATCH', `/users/${id}`, { status: 'disabled' })
    assert.deepEqual(told(await pollLater(code)), [400, 'access_denied'])
  })

  test('renews its token for many processes at once, and all of what they get is good', async (t) => {
    const { gateway, client, signedIn } = await started(t)
    const { refreshToken } = await signedIn()
    const responses = await Promise.all(Array.from({ length: 10 }, () => client.refresh(refreshToken)))
    const tokens = responses.map(({ body }) => body.access_token ?? '')
    assert.equal(new Set(tokens).size, 10)
    assert.deepEqual(new Set(responses.map(({ body }) => body.refresh_token)), new Set([refreshToken]))
    for (const token of tokens)
      assert.equal((await gateway.get('/v1/models', { authorization: `Bearer ${token}` })).status, 200)
  })

  test('user codes are not to be guessed, and codes are not to be had without end', async (t) => {
    const { client, ann, leap } = await started(t)
    const { user_code: userCode } = await client.begin()
    for (let n = 0; n < 10; n++) assert.equal((await ann.call('GET', '/me/v1/device-codes/BBBB-BBBB')).status, 404)
    assert.equal((await ann.call('GET', `/me/v1/device-codes/${userCode}`)).status, 429)
    leap(10 * MINUTE_MS)
    const later = await client.begin()
    assert.equal((await ann.call('GET', `/me/v1/device-codes/${later.user_code}`)).status, 200)
    for (let n = 0; n < 29; n++) await client.begin()
    const refused = await client.post('/oauth/device_authorization', {})
    assert.deepEqual(told(refused), [429, 'slow_down'])
    assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/)
  })

  test('leads browsers to the console and clients to their own port, wherever those are', async (t) => {
    const apart = await startGateway(t, { env: { ADMIN_PORT: '0' } })
    assert.equal((await deviceClient(apart).begin()).verification_uri, `${apart.adminUrl}/console/device`)
    assert.equal((await fetch(`${apart.adminUrl}/oauth/token`, { method: 'POST' })).status, 404)
    const env = { PUBLIC_URL: 'https://console.example.com/sluice', CLIENTS_URL: 'https://claude.example.com' }
    const named = await startGateway(t, { env })
    assert.equal((await deviceClient(named).begin()).verification_uri, 'https://console.example.com/sluice/console/device')
    const metadata = await named.get('/.well-known/oauth-authorization-server', {})
    const { token_endpoint: tokens } = (await metadata.json()) as Record<string, string>
    assert.equal(tokens, 'https://claude.example.com/oauth/token')
  })

  test('what is no form, or says what it should not, is told so in the terms of OAuth', async (t) => {
    const { gateway, client } = await started(t)
    assert.deepEqual(told(await client.post('/oauth/token', {})), [400, 'invalid_request'])
    assert.deepEqual(told(await client.post('/oauth/token', { grant_type: 'password' })), [400, 'unsupported_grant_type'])
    assert.deepEqual(told(await client.post('/oauth/token', { grant_type: 'refresh_token' })), [400, 'invalid_request'])
    assert.deepEqual(told(await client.refresh('nothing')), [400, 'invalid_grant'])
    assert.equal((await client.revoke('nothing')).status, 200)
    const raw = async (body: string, type: string) => {
      const response = await fetch(`${gateway.url}/oauth/token`, { method: 'POST', headers: { 'content-type': type }, body })
      return [response.status, ((await response.json()) as { error: string }).error]
    }
    const form = 'application/x-www-form-urlencoded'
    assert.deepEqual(await raw('{"grant_type":"refresh_token"}', 'application/json'), [400, 'invalid_request'])
    assert.deepEqual(await raw('grant_type=a&grant_type=b', form), [400, 'invalid_request'])
    assert.deepEqual(await raw(`grant_type=${'x'.repeat(70_000)}`, form), [413, 'invalid_request'])
  })

  test('shows how much of a limit is used, on responses and in /usage, and only while signed in', async (t) => {
    const { gateway, signedIn, operator } = await started(t)
    const { accessToken } = await signedIn()
    const headers = { authorization: `Bearer ${accessToken}` }
    const post = async (who: Record<string, string>) => {
      const response = await fetch(`${gateway.url}/v1/messages`, {
        method: 'POST',
        headers: { ...who, 'content-type': 'application/json' },
        body: JSON.stringify(ask())
      })
      const of = (name: string) => response.headers.get(`anthropic-ratelimit-unified-${name}`)
      await response.arrayBuffer()
      return { status: response.status, of }
    }
    const usage = async () => (await (await gateway.get('/api/oauth/usage', headers)).json()) as Usage
    assert.equal((await post(headers)).of('status'), null)
    await gateway.settled()
    const [{ charged_usd: cost } = { charged_usd: '0' }] = await gateway.settledEvents(1)
    assert.deepEqual([(await usage()).extra_usage.monthly_limit, (await usage()).limits], [null, []])

    const key = await operator.row('keys', ({ made_by: by }) => by === 'sign-in')
    const limit = (Number(cost) * 2.5).toFixed(9)
    await operator.call('PATCH', `/keys/${key.id}`, { spend_limits: { monthly: limit } })
    const first = await post(headers)
    assert.deepEqual([first.of('status'), first.of('overage-utilization')], ['allowed', '0.4'])
    await gateway.settled()
    const second = await post(headers)
    assert.deepEqual([second.of('status'), second.of('overage-surpassed-threshold')], ['allowed_warning', '0.75'])
    const { limits } = await usage()
    assert.deepEqual(
      limits.map(({ group, is_active: isActive }) => [group, isActive]),
      [['monthly', true]]
    )
    assert.equal(Date.parse(limits[0]?.resets_at ?? '') / 1000, Number(second.of('overage-reset')))
    await gateway.settled()
    const refused = await post(headers)
    assert.equal(refused.status, 429)
    assert.deepEqual(
      ['status', 'overage-period', 'overage-disabled-reason', 'representative-claim', 'overage-status'].map(refused.of),
      ['rejected', 'monthly', 'org_spend_cap_reached', null, null]
    )
    await operator.call('PATCH', `/keys/${(await operator.row('keys', ({ name }) => name === 'laptop')).id}`, {
      spend_limits: { daily: '100' }
    })
    assert.equal((await post({ 'x-api-key': CLIENT_KEY })).of('status'), null)
    assert.equal((await gateway.get('/api/oauth/usage', { authorization: 'Bearer nothing' })).status, 401)
  })
})

interface Usage {
  extra_usage: { monthly_limit: number | null }
  limits: { group: string; is_active: boolean; resets_at: string }[]
}
