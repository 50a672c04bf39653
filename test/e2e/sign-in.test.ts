import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite, test, type TestContext } from 'node:test'
import { sealCredentials, signInEnded, type OauthTokens } from '../../services/resources/accounts/credentials.ts'
import { createCredentialRecords } from '../../services/resources/records/account-credentials.ts'
import {
  account,
  ask,
  credentialOf,
  refusalOf,
  saying,
  startGateway,
  user,
  USER,
  type Declared,
  type Gateway
} from '../support/gateway.ts'
import { startSimulatedProxy } from '../support/simulated-proxy.ts'
import {
  startSimulatedTokenEndpoint,
  type SimulatedTokenEndpoint,
  type TokenEndpointBehaviour
} from '../support/simulated-token-endpoint.ts'
import { until } from '../support/until.ts'

const BETA = 'oauth-2025-04-20'
const UNAUTHORIZED = '{"type":"error","error":{"type":"authentication_error","message":"Invalid bearer token"}}'
const FOUR_MINUTES_S = 240
const AN_HOUR_S = 3600
const EXPIRED_S = -60

/** The user's own sign-in, which goes first. */
function signInAccount(baseUrl: string, tokens: OauthTokens | null, changes: object = {}) {
  const credentials = tokens && {
    access_token: tokens.accessToken,
    refresh_token: tokens.refreshToken,
    expires_at: new Date(tokens.expiresAt).toISOString()
  }
  const given = { type: 'oauth', owner: USER, priority: 1, ...(credentials === null ? {} : { credentials }), ...changes }
  const { credentials: _, ...declared } = account('login', baseUrl)
  return { ...declared, ...given }
}

interface SignedIn {
  /** How long its access token still lives. */
  expiresInS?: number
  env?: Record<string, string>
  /** Without the api-key account that would answer in its place. */
  alone?: boolean
  changes?: object
  declared?: Declared
}

/** A gateway with a sign-in and an account to fall back on; the upstream takes the tokens that the endpoint gave last. */
async function startSignedIn(t: TestContext, options: SignedIn = {}) {
  const { expiresInS = AN_HOUR_S, env = {}, alone = false, changes = {}, declared = {} } = options
  const endpoint = await startSimulatedTokenEndpoint()
  t.after(() => endpoint.close())
  const tokens = endpoint.issue(expiresInS)
  const gateway = await startGateway(t, {
    env: { ANTHROPIC_OAUTH_TOKEN_URL: endpoint.url, ...env },
    declared: (url) => ({
      accounts: [signInAccount(url, tokens, changes), ...(alone ? [] : [account('other', url, { priority: 2 })])],
      users: [user({ concurrency: 20 })],
      ...declared
    })
  })
  acceptNewestTokens(gateway, endpoint)
  return { gateway, endpoint, tokens }
}

function acceptNewestTokens({ upstream }: Gateway, endpoint: SimulatedTokenEndpoint) {
  upstream.setBehaviour(({ credential }) =>
    credential === credentialOf('other') || endpoint.acceptsAccessToken(credential ?? '') ? {} : { error: { status: 401 } }
  )
}

let questions = 0

/** In a session of its own. */
const send = (gateway: Gateway, changes: object = {}) => gateway.messages(saying(`question ${++questions}`, changes))

async function answered(gateway: Gateway, changes: object = {}) {
  const response = await send(gateway, changes)
  const body = await response.text()
  assert.equal(response.status, 200, body)
  return response
}

/** A credential that was refused once is tried again after this. */
const ONE_MOMENT = { COOLDOWN_MIN_MS: '1' }

/** Asks until the refused credential was tried for the second time. */
async function untilInError(gateway: Gateway) {
  await until('the account is in error', async () => {
    await answered(gateway)
    return (await gateway.accountNamed('login')).status === 'error'
  })
}

/** Whom the upstream was asked as. */
const askedAs = ({ upstream }: Gateway) =>
  upstream.requests.map(({ credential }) => (credential === credentialOf('other') ? 'other' : credential))

const inError = (gateway: Gateway) =>
  until('the account is in error', async () => (await gateway.accountNamed('login')).status === 'error')

await suite('a sign-in', async () => {
  test('that ends within five minutes is renewed before the request, once for many at once', async (t) => {
    const { gateway, endpoint, tokens } = await startSignedIn(t, { expiresInS: FOUR_MINUTES_S })
    endpoint.setBehaviour('slow')
    const responses = Array.from({ length: 5 }, (_, n) => send(gateway, { stream: n % 2 === 0 }))
    await until('the renewal is under way', () => endpoint.requests.length > 0)
    await until('all hold a slot', async () => (await gateway.slots()).some(({ in_flight: inFlight }) => inFlight === 5))
    assert.equal(gateway.upstream.requests.length, 0)
    endpoint.setBehaviour('rotate')
    for (const response of await Promise.all(responses)) {
      assert.equal(response.status, 200)
      await response.text()
    }
    assert.equal(endpoint.requests.length, 1)
    assert.equal(endpoint.requests[0]!.body['refresh_token'], tokens.refreshToken)
    const [token, ...others] = new Set(askedAs(gateway))
    assert.deepEqual([others, gateway.upstream.requests.length], [[], 5])
    assert.notEqual(token, tokens.accessToken)
    assert.ok(endpoint.acceptsAccessToken(token!))
  })

  test('that lives longer is used as it is', async (t) => {
    const { gateway, endpoint, tokens } = await startSignedIn(t, { expiresInS: 420 })
    await answered(gateway)
    assert.deepEqual([askedAs(gateway), endpoint.requests.length], [[tokens.accessToken], 0])
  })

  test('goes up as a bearer token with its beta behind those of the client, and no key', async (t) => {
    const { gateway, tokens } = await startSignedIn(t)
    for (const [sent, expected] of [
      [undefined, BETA],
      [
        'claude-code-20250219,fine-grained-tool-streaming-2025-05-14',
        `claude-code-20250219,fine-grained-tool-streaming-2025-05-14,${BETA}`
      ],
      [`a-beta, ${BETA},another`, `a-beta, ${BETA},another`]
    ] as const) {
      const headers: Record<string, string> = sent === undefined ? {} : { 'anthropic-beta': sent }
      for (const path of ['/v1/messages', '/v1/messages/count_tokens']) {
        const response = await gateway.messages(ask(), { path, headers })
        assert.equal(response.status, 200, await response.text())
        const got = gateway.upstream.requests.at(-1)!
        assert.equal(got.headers.authorization, `Bearer ${tokens.accessToken}`)
        assert.equal(got.headers['anthropic-beta'], expected)
        assert.equal(got.headers['x-api-key'], undefined)
      }
    }
  })

  test('that is refused is renewed, and the request repeated on the same account', async (t) => {
    for (const stream of [true, false]) {
      const { gateway, endpoint, tokens } = await startSignedIn(t)
      gateway.upstream.setBehaviour(({ credential }) => (credential === tokens.accessToken ? { error: { status: 401 } } : {}))
      const response = await answered(gateway, { stream })
      const [first, second, ...more] = askedAs(gateway)
      assert.deepEqual([first, more, endpoint.requests.length], [tokens.accessToken, [], 1])
      assert.ok(endpoint.acceptsAccessToken(second!))
      const [event] = await gateway.settledEvents(1)
      assert.deepEqual([event!.account, event!.attempt, event!.outcome], ['login', 2, 'completed'])
      const { attempts } = await gateway.admin<{ attempts: { account: string; status: number }[] }>(
        `/exchanges/${response.headers.get('x-sluice-exchange-id')}`
      )
      assert.deepEqual(
        attempts.map(({ account: name, status }) => [name, status]),
        [
          ['login', 401],
          ['login', 200]
        ]
      )
      assert.equal((await gateway.accountNamed('login')).status, 'active')
      assert.deepEqual(await gateway.cooldowns('login'), [])
    }
  })

  test('many requests that are refused at once renew it once', async (t) => {
    const { gateway, endpoint, tokens } = await startSignedIn(t)
    gateway.upstream.setBehaviour(({ credential }) =>
      credential === tokens.accessToken ? { error: { status: 401 }, delayHeadersMs: 20 } : {}
    )
    await Promise.all(Array.from({ length: 5 }, () => answered(gateway)))
    assert.equal(endpoint.requests.length, 1)
    assert.equal(askedAs(gateway).includes('other'), false)
  })

  test('that is refused renewed as well puts its account in error, and the next one answers', async (t) => {
    const { gateway, endpoint } = await startSignedIn(t)
    gateway.upstream.setBehaviour(({ credential }) => (credential === credentialOf('other') ? {} : { error: { status: 401 } }))
    await answered(gateway)
    assert.deepEqual([gateway.upstream.requests.length, askedAs(gateway).at(-1), endpoint.requests.length], [3, 'other', 1])
    await inError(gateway)
    assert.match((await gateway.accountNamed('login')).error!, /401/)
    await answered(gateway)
    assert.equal(gateway.upstream.requests.length, 4)
  })

  test('never costs a request more calls than MAX_ATTEMPTS', async (t) => {
    for (const [maxAttempts, status] of [
      ['1', 502],
      ['2', 502],
      ['3', 200]
    ] as const) {
      const { gateway } = await startSignedIn(t, { env: { MAX_ATTEMPTS: maxAttempts } })
      gateway.upstream.setBehaviour(({ credential }) =>
        credential === credentialOf('other') ? {} : { error: { status: 401 } }
      )
      const response = await send(gateway)
      await response.text()
      assert.deepEqual([response.status, gateway.upstream.requests.length], [status, Number(maxAttempts)])
    }
  })

  test('that is refused is renewed for count_tokens too', async (t) => {
    const due = await startSignedIn(t, { expiresInS: FOUR_MINUTES_S })
    const path = '/v1/messages/count_tokens'
    assert.equal((await due.gateway.messages(ask(), { path })).status, 200)
    assert.equal(due.endpoint.requests.length, 1)
    assert.equal(due.gateway.upstream.requests.length, 1)

    const { gateway, endpoint, tokens } = await startSignedIn(t)
    gateway.upstream.setBehaviour(({ credential }) => (credential === tokens.accessToken ? { error: { status: 401 } } : {}))
    const response = await gateway.messages(ask(), { path })
    assert.equal(response.status, 200)
    assert.match(await response.text(), /"input_tokens"/)
    assert.deepEqual([endpoint.requests.length, askedAs(gateway).includes('other')], [1, false])
  })

  test('that has ended for good puts its account in error, and says what to do', async (t) => {
    const { gateway, endpoint } = await startSignedIn(t, { expiresInS: FOUR_MINUTES_S })
    endpoint.setBehaviour('invalid-grant')
    await answered(gateway)
    assert.deepEqual(askedAs(gateway), ['other'])
    await inError(gateway)
    assert.match((await gateway.accountNamed('login')).error!, /sluice accounts login login/)
    await answered(gateway)
    assert.equal(endpoint.requests.length, 1)
    assert.ok(gateway.logs.some((line) => line.includes('sluice accounts login login')))
  })
})

/** Seven requests wait for one renewal, which fails. */
async function sevenWait(gateway: Gateway, endpoint: SimulatedTokenEndpoint, trouble: TokenEndpointBehaviour) {
  endpoint.setBehaviour('slow')
  const waiting = Array.from({ length: 7 }, () => send(gateway))
  await until('all hold a slot', async () => (await gateway.slots()).some(({ in_flight: inFlight }) => inFlight === 7))
  await until('the renewal is under way', () => endpoint.requests.length === 1)
  endpoint.setBehaviour(trouble)
  for (const response of await Promise.all(waiting)) {
    await response.text()
    assert.ok(response.status >= 502)
  }
  assert.equal(endpoint.requests.length, 1)
  await gateway.app.healthNotes.stored()
}

/** What another replica does. */
async function renewElsewhere(gateway: Gateway, tokens: OauthTokens) {
  const { id } = await gateway.accountNamed('login')
  const records = createCredentialRecords(gateway.app.pg.pool)
  const claimed = await records.claim(id, 'another replica', 60_000)
  assert.ok(claimed !== null)
  const next = sealCredentials(gateway.app.secretBox, 'login', { type: 'oauth', tokens, declared: null })
  const mistakenError = signInEnded('login')
  return await records.store(id, 'another replica', { replaced: claimed.sealed, next, mistakenError, at: Date.now() })
}

/** Asks until it is answered: replicas tell each other within a moment. */
const servesAgain = (gateway: Gateway) =>
  until('it serves again', async () => {
    const response = await send(gateway)
    await response.text()
    return response.status === 200
  })

const TROUBLES: TokenEndpointBehaviour[] = [
  'slow',
  'down',
  'html',
  'html-ok',
  'huge',
  'no-access-token',
  'redirect',
  { status: 500 }
]

await suite('a token endpoint in trouble', async () => {
  for (const trouble of TROUBLES) {
    const name = typeof trouble === 'string' ? trouble : String(trouble.status)

    test(`(${name}) does not keep a token that is still good from being used`, async (t) => {
      const { gateway, endpoint, tokens } = await startSignedIn(t, {
        expiresInS: FOUR_MINUTES_S,
        env: { OAUTH_TIMEOUT_MS: '200' }
      })
      // Of some troubles the endpoint has made new tokens before; the old one is good all the same here.
      gateway.upstream.setBehaviour({})
      endpoint.setBehaviour(trouble)
      await Promise.all([answered(gateway, { stream: true }), answered(gateway)])
      assert.deepEqual(askedAs(gateway), [tokens.accessToken, tokens.accessToken])
      // For a while the endpoint is left alone, and nobody waits for it.
      await answered(gateway)
      assert.deepEqual([gateway.upstream.requests.length, endpoint.requests.length], [3, 1])
      assert.equal((await gateway.accountNamed('login')).status, 'active')
      assert.deepEqual(await gateway.cooldowns('login'), [])
    })

    test(`(${name}) leaves an account without a good token to the next`, async (t) => {
      const { gateway, endpoint } = await startSignedIn(t, { expiresInS: EXPIRED_S, env: { OAUTH_TIMEOUT_MS: '200' } })
      endpoint.setBehaviour(trouble)
      await Promise.all([answered(gateway, { stream: true }), answered(gateway)])
      await answered(gateway)
      assert.deepEqual(askedAs(gateway), ['other', 'other', 'other'])
      // It may pass: nobody has to sign in anew for it.
      assert.equal((await gateway.accountNamed('login')).status, 'active')
    })
  }

  test('after a 401 leaves the request to the next account, and this one in peace', async (t) => {
    const { gateway, endpoint } = await startSignedIn(t)
    endpoint.setBehaviour({ status: 500 })
    gateway.upstream.setBehaviour(({ credential }) => (credential === credentialOf('other') ? {} : { error: { status: 401 } }))
    await answered(gateway)
    assert.deepEqual([gateway.upstream.requests.length, askedAs(gateway).at(-1)], [2, 'other'])
    await gateway.app.healthNotes.stored()
    assert.equal((await gateway.accountNamed('login')).status, 'active')
  })

  test('tells a client without another account that the upstream failed, not that its key is wrong', async (t) => {
    const { gateway, endpoint } = await startSignedIn(t, { expiresInS: EXPIRED_S, alone: true })
    endpoint.setBehaviour('down')
    const refusal = await refusalOf(await send(gateway))
    assert.deepEqual([refusal.status, refusal.type], [502, 'api_error'])
    assert.equal(gateway.upstream.requests.length, 0)
    await gateway.settled()
    assert.deepEqual(await gateway.events(), [])
  })

  test('while seven requests wait is one fault, and the account serves the next', async (t) => {
    const env = { BREAKER_FAILURES: '2' }
    const { gateway, endpoint } = await startSignedIn(t, { expiresInS: EXPIRED_S, alone: true, env })
    await sevenWait(gateway, endpoint, { status: 500 })
    assert.deepEqual(await gateway.cooldowns('login'), [])
    endpoint.setBehaviour('rotate')
    await gateway.act('login', 'refresh')
    await answered(gateway)
    assert.equal(endpoint.requests.length, 2)
  })

  test('puts no account to rest for longer than until another replica has renewed its sign-in', async (t) => {
    for (const breakerFailures of ['1', '2']) {
      const { gateway, endpoint } = await startSignedIn(t, {
        expiresInS: EXPIRED_S,
        alone: true,
        env: { BREAKER_FAILURES: breakerFailures, BREAKER_OPEN_MS: '600000', ORIGIN_PROBE_MS: '600000' }
      })
      await sevenWait(gateway, endpoint, { status: 500 })
      assert.equal((await gateway.cooldowns('login')).length, breakerFailures === '1' ? 1 : 0)
      assert.equal(await renewElsewhere(gateway, endpoint.issue()), 'stored')
      await servesAgain(gateway)
      await gateway.app.healthNotes.stored()
      assert.deepEqual(await gateway.cooldowns('login'), [])
      assert.equal(endpoint.rotations, 0)
    }
  })

  test('holds no slot of a client that hangs up, and its response is not lost', async (t) => {
    const { gateway, endpoint } = await startSignedIn(t, { expiresInS: EXPIRED_S })
    endpoint.setBehaviour('slow')
    const hangUp = new AbortController()
    const gone = gateway.messages(ask({ stream: true }), { signal: hangUp.signal }).catch(() => 'gone')
    await until('the renewal is under way', () => endpoint.requests.length === 1)
    assert.equal((await gateway.slots()).length, 2)
    hangUp.abort()
    assert.equal(await gone, 'gone')
    await until('nothing is held', async () => (await gateway.slots()).length === 0)
    assert.equal(endpoint.rotations, 0)

    endpoint.setBehaviour('rotate')
    await answered(gateway)
    assert.deepEqual([endpoint.requests.length, endpoint.rotations], [1, 1])
    assert.ok(endpoint.acceptsAccessToken(askedAs(gateway)[0]!))
    assert.equal(gateway.upstream.requests.length, 1)
  })
})

await suite('renewed tokens', async () => {
  test('of a replica that was away for too long bring back the account that others have put in error', async (t) => {
    const { gateway, endpoint } = await startSignedIn(t, { expiresInS: EXPIRED_S, alone: true })
    endpoint.setBehaviour('invalid-grant')
    await Promise.all(Array.from({ length: 3 }, async () => await (await send(gateway)).text()))
    await gateway.app.healthNotes.stored()
    const { status, error } = await gateway.accountNamed('login')
    assert.deepEqual([status, error], ['error', signInEnded('login')])
    assert.deepEqual([(await send(gateway)).status, endpoint.requests.length], [503, 1])

    assert.equal(await renewElsewhere(gateway, endpoint.issue()), 'back')
    await servesAgain(gateway)
    assert.equal((await gateway.accountNamed('login')).status, 'active')
    const { rows } = await gateway.app.pg.query<{ action: string }>(
      "select action from audit_log where subject = 'account login' and actor = 'sluice' order by id"
    )
    assert.deepEqual(
      rows.map(({ action }) => action),
      ['account.error', 'account.error_cleared']
    )
    assert.equal(endpoint.requests.length, 1)
  })

  test('are used after a restart, though the declarative file still gives the old ones', async (t) => {
    const { gateway, endpoint, tokens } = await startSignedIn(t, { expiresInS: FOUR_MINUTES_S })
    await answered(gateway)
    await gateway.stop()
    await gateway.start()
    await answered(gateway)
    const [before, after] = askedAs(gateway)
    assert.equal(after, before)
    assert.notEqual(after, tokens.accessToken)
    assert.equal(endpoint.requests.length, 1)

    // The next renewal uses the rotated refresh token: the first one would be refused.
    await gateway.act('login', 'refresh')
    await answered(gateway)
    assert.deepEqual([endpoint.rotations, endpoint.requests.length], [2, 2])
    assert.equal(new Set(askedAs(gateway)).size, 2)
  })

  test('stay when the same file is applied at run time, and go when it gives others', async (t) => {
    const { gateway, endpoint, tokens } = await startSignedIn(t, { expiresInS: FOUR_MINUTES_S })
    const { url } = gateway.upstream
    await answered(gateway)
    await gateway.apply({ accounts: [signInAccount(url, tokens)] })
    await answered(gateway)
    assert.equal(new Set(askedAs(gateway)).size, 1)

    const others = endpoint.issue()
    await gateway.apply({ accounts: [signInAccount(url, others)] })
    await answered(gateway)
    assert.equal(askedAs(gateway).at(-1), others.accessToken)
  })

  test('are on record at once, sealed', async (t) => {
    const { gateway, endpoint, tokens } = await startSignedIn(t, { expiresInS: FOUR_MINUTES_S })
    await answered(gateway)
    const { rows } = await gateway.app.pg.query<{ credentials: Buffer }>(
      "select credentials from accounts where name = 'login'"
    )
    const stored = rows[0]!.credentials.toString('latin1')
    for (const text of [tokens.accessToken, tokens.refreshToken, askedAs(gateway)[0]!, 'token'])
      assert.ok(!stored.includes(text))
    assert.equal(endpoint.rotations, 1)
  })

  test('come at the operator’s wish, and tell why when they do not', async (t) => {
    const { gateway, endpoint, tokens } = await startSignedIn(t)
    await gateway.act('login', 'refresh')
    await answered(gateway)
    assert.notEqual(askedAs(gateway)[0], tokens.accessToken)
    endpoint.setBehaviour('html')
    const { id } = await gateway.accountNamed('login')
    const refusal = await refusalOf(await gateway.tell(`/accounts/${id}/refresh`))
    assert.equal(refusal.status, 400)
    assert.match(refusal.message, /cannot be renewed.*403/)
    const other = await gateway.accountNamed('other')
    assert.match((await refusalOf(await gateway.tell(`/accounts/${other.id}/refresh`))).message, /api-key/)
  })
})

await suite('a setup token', async () => {
  const changes = { type: 'setup-token', credentials: { access_token: 'a-setup-token-of-a-year' } }

  test('goes up like a sign-in, and is never renewed', async (t) => {
    const { gateway, endpoint } = await startSignedIn(t, { changes })
    gateway.upstream.setBehaviour({})
    const response = await gateway.messages(ask(), { headers: { 'anthropic-beta': 'a-beta' } })
    assert.equal(response.status, 200)
    const { headers } = gateway.upstream.requests[0]!
    assert.deepEqual(
      [headers.authorization, headers['anthropic-beta'], headers['x-api-key']],
      ['Bearer a-setup-token-of-a-year', `a-beta,${BETA}`, undefined]
    )
    assert.equal(endpoint.requests.length, 0)
  })

  test('that is refused twice puts its account in error, since nothing renews it', async (t) => {
    const { gateway, endpoint } = await startSignedIn(t, { changes, env: ONE_MOMENT })
    await answered(gateway)
    assert.deepEqual(askedAs(gateway), ['a-setup-token-of-a-year', 'other'])
    await untilInError(gateway)
    const asked = gateway.upstream.requests.length
    await answered(gateway)
    assert.deepEqual([gateway.upstream.requests.length, endpoint.requests.length], [asked + 1, 0])
  })
})

interface LoginStart {
  authorize_url: string
  state: string
  verifier: string
}

/** Begins to sign in and has the owner do so; the code is what the page then shows. */
async function begin(gateway: Gateway, endpoint: SimulatedTokenEndpoint) {
  const { id } = await gateway.accountNamed('login')
  const { authorize_url: authorizeUrl, state, verifier } = await gateway.post<LoginStart>(`/accounts/${id}/login`)
  return { path: `/accounts/${id}/login/complete`, code: endpoint.authorize(authorizeUrl), state, verifier, authorizeUrl }
}

await suite('signing in', async () => {
  async function startSignedOut(t: TestContext, changes: object = {}, env: Record<string, string> = {}) {
    const endpoint = await startSimulatedTokenEndpoint()
    t.after(() => endpoint.close())
    const gateway = await startGateway(t, {
      env: { ANTHROPIC_OAUTH_TOKEN_URL: endpoint.url, ANTHROPIC_OAUTH_AUTHORIZE_URL: 'https://sign-in.test/authorize', ...env },
      declared: (url) => ({ accounts: [signInAccount(url, null, changes)] })
    })
    acceptNewestTokens(gateway, endpoint)
    return { gateway, endpoint }
  }

  test('puts an account to work that nobody had signed in to', async (t) => {
    for (const type of ['oauth', 'setup-token']) {
      const { gateway, endpoint } = await startSignedOut(t, { type })
      const before = await refusalOf(await send(gateway))
      assert.deepEqual([before.status, before.type], [503, 'api_error'])
      const { path, code, state, verifier, authorizeUrl } = await begin(gateway, endpoint)
      assert.ok(authorizeUrl.startsWith('https://sign-in.test/authorize?'))
      assert.ok(!authorizeUrl.includes(verifier))
      await gateway.post(path, { code, state, verifier })
      await answered(gateway)
      assert.equal(endpoint.requests.length, 1)
      const { body } = endpoint.requests[0]!
      assert.equal(body['expires_in'], type === 'setup-token' ? 31_536_000 : undefined)
      assert.equal(gateway.upstream.requests.length, 1)

      await gateway.stop()
      await gateway.start()
      await answered(gateway)
      assert.equal(new Set(askedAs(gateway)).size, 1)
    }
  })

  test('brings back an account in error, and its new tokens outlive the file’s', async (t) => {
    const { gateway, endpoint, tokens } = await startSignedIn(t, { expiresInS: EXPIRED_S, alone: true })
    endpoint.setBehaviour('invalid-grant')
    assert.equal((await send(gateway)).status, 502)
    await inError(gateway)
    endpoint.setBehaviour('rotate')
    const { path, code, state, verifier } = await begin(gateway, endpoint)
    await gateway.post(path, { code, state, verifier })
    assert.deepEqual(
      [(await gateway.accountNamed('login')).status, (await gateway.accountNamed('login')).error],
      ['active', null]
    )
    await answered(gateway)
    await gateway.stop()
    await gateway.start()
    await answered(gateway)
    assert.equal(new Set(askedAs(gateway)).size, 1)
    assert.notEqual(askedAs(gateway)[0], tokens.accessToken)
    const { rows } = await gateway.app.pg.query("select action from audit_log where subject = 'account login'")
    assert.ok(rows.some(({ action }) => action === 'account.signed_in'))
  })

  test('stores nothing that is not on record', async (t) => {
    const { gateway, endpoint } = await startSignedOut(t)
    const credentials = async () =>
      (await gateway.app.pg.query("select credentials from accounts where name = 'login'")).rows[0] as object
    const before = await credentials()
    await gateway.app.pg.query(`create function refuse_audit() returns trigger language plpgsql as $$
      begin raise exception 'the audit log is full'; end $$`)
    await gateway.app.pg.query(`create trigger refuse_audit before insert on audit_log for each row
      when (new.action = 'account.signed_in') execute function refuse_audit()`)
    const { path, code, state, verifier } = await begin(gateway, endpoint)
    const response = await gateway.tell(path, { code, state, verifier })
    assert.equal(response.status, 500, 'the fault is not the code')
    assert.doesNotMatch(await response.text(), /audit log is full/)
    assert.equal(endpoint.requests.length, 1)
    assert.deepEqual(await credentials(), before)
  })

  test('brings back an account that came to be in error meanwhile', async (t) => {
    const changes = { type: 'setup-token', credentials: { access_token: 'an-old-setup-token' } }
    const { gateway, endpoint } = await startSignedIn(t, { changes, env: ONE_MOMENT })
    const { path, code, state, verifier } = await begin(gateway, endpoint)
    endpoint.setBehaviour('slow')
    const signedIn = gateway.post(path, { code, state, verifier })
    await until('the code is being exchanged', () => endpoint.requests.length === 1)
    await untilInError(gateway)
    endpoint.setBehaviour('rotate')
    await signedIn
    assert.equal((await gateway.accountNamed('login')).status, 'active')
    await answered(gateway)
    assert.ok(endpoint.acceptsAccessToken(askedAs(gateway).at(-1)!))
  })

  test('is not undone by a response to what went out with the token before', async (t) => {
    const changes = { type: 'setup-token', credentials: { access_token: 'an-old-setup-token' } }
    const { gateway, endpoint } = await startSignedIn(t, { changes })
    const { promise: signedIn, resolve: letGo } = Promise.withResolvers<void>()
    const refusing = createServer((request, response) => {
      request.resume()
      void signedIn.then(() => response.writeHead(401, { 'content-type': 'application/json' }).end(UNAUTHORIZED))
    }).listen(0, '127.0.0.1')
    t.after(() => refusing.close())
    await once(refusing, 'listening')
    const baseUrl = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`
    await gateway.apply({ accounts: [signInAccount(baseUrl, null, { ...changes, base_url: baseUrl })] })
    const arrived = once(refusing, 'request')
    const waiting = answered(gateway)
    await arrived
    const { path, code, state, verifier } = await begin(gateway, endpoint)
    await gateway.post(path, { code, state, verifier })
    letGo()
    await waiting
    await gateway.app.healthNotes.stored()
    assert.equal((await gateway.accountNamed('login')).status, 'active')
  })

  test('is refused with a code of another sign-in, and asks nobody', async (t) => {
    const { gateway, endpoint } = await startSignedOut(t)
    const mine = await begin(gateway, endpoint)
    const others = await begin(gateway, endpoint)
    const { path, state, verifier } = mine
    for (const [code, problem] of [
      [others.code, /another sign-in/],
      [`${mine.code.split('#')[0]}#wrong`, /another sign-in/],
      [mine.code.split('#')[0]!, /incomplete/],
      ['', /incomplete/]
    ] as const) {
      const refusal = await refusalOf(await gateway.tell(path, { code, state, verifier }))
      assert.equal(refusal.status, 400)
      assert.match(refusal.message, problem)
    }
    assert.equal(endpoint.requests.length, 0)
    // With another's verifier it is the endpoint that refuses.
    const stolen = await refusalOf(await gateway.tell(path, { code: mine.code, state, verifier: others.verifier }))
    assert.equal(stolen.status, 400)
    assert.equal((await send(gateway)).status, 503)
  })

  test('is refused for a key, and by an endpoint in trouble', async (t) => {
    const { gateway, endpoint } = await startSignedIn(t)
    const { id } = await gateway.accountNamed('other')
    assert.match((await refusalOf(await gateway.tell(`/accounts/${id}/login`))).message, /api-key/)
    const { path, code, state, verifier } = await begin(gateway, endpoint)
    for (const trouble of TROUBLES.filter((one) => one !== 'slow')) {
      endpoint.setBehaviour(trouble)
      assert.equal((await refusalOf(await gateway.tell(path, { code, state, verifier }))).status, 400)
    }
    // It works with what it had.
    endpoint.setBehaviour('rotate')
    await answered(gateway)
    assert.equal(endpoint.acceptsAccessToken(askedAs(gateway)[0]!), true)
  })

  test('goes through the account’s proxy, as renewing does', async (t) => {
    const proxy = await startSimulatedProxy({ kind: 'http', credentials: { username: 'sluice', password: 'p:roxy' } })
    t.after(() => proxy.close())
    const { gateway, endpoint } = await startSignedOut(t, { proxy: proxy.url })
    const tokenHost = new URL(endpoint.url).host
    const { path, code, state, verifier } = await begin(gateway, endpoint)
    await gateway.post(path, { code, state, verifier })
    assert.deepEqual(
      proxy.tunnels.map(({ target }) => target),
      [tokenHost]
    )
    assert.match(proxy.tunnels[0]!.sent().toString(), /^POST \/v1\/oauth\/token/)
    await gateway.act('login', 'refresh')
    await answered(gateway)
    const targets = new Set(proxy.tunnels.map(({ target }) => target))
    assert.deepEqual(targets, new Set([tokenHost, new URL(gateway.upstream.url).host]))
    const through = proxy.tunnels.map(({ sent }) => sent().toString()).join('')
    assert.deepEqual([endpoint.requests.length, through.match(/POST \/v1\/oauth\/token/g)?.length], [2, 2])

    proxy.setBehaviour({ refuse: 403 })
    const again = await begin(gateway, endpoint)
    const asked = endpoint.requests.length
    await endpoint.close()
    const refusal = await refusalOf(
      await gateway.tell(path, { code: again.code, state: again.state, verifier: again.verifier })
    )
    assert.deepEqual([refusal.status, endpoint.requests.length], [400, asked])
  })

  test('leaves no code, verifier or token in a log line, a response or the audit log', async (t) => {
    const { gateway, endpoint } = await startSignedIn(t, { expiresInS: FOUR_MINUTES_S, env: { LOG_LEVEL: 'trace' } })
    const said: string[] = []
    const tell = async (path: string, body?: object) => said.push(await (await gateway.tell(path, body)).text())
    const { id } = await gateway.accountNamed('login')
    await answered(gateway)
    for (const trouble of TROUBLES.filter((one) => one !== 'slow')) {
      endpoint.setBehaviour(trouble)
      await tell(`/accounts/${id}/refresh`)
      await tell(`/accounts/${id}/test`)
      const failing = await begin(gateway, endpoint)
      await tell(failing.path, { code: failing.code, state: failing.state, verifier: failing.verifier })
    }
    endpoint.setBehaviour('rotate')
    const good = await begin(gateway, endpoint)
    await tell(good.path, { code: good.code, state: 'a-wrong-state-given', verifier: good.verifier })
    await tell(good.path, { code: good.code, state: good.state, verifier: 'a-wrong-verifier-given' })
    await tell(good.path, { code: good.code, state: good.state, verifier: good.verifier })
    await answered(gateway)
    gateway.upstream.setBehaviour({ error: { status: 401 } })
    await (await send(gateway)).text()
    await inError(gateway)
    said.push(await (await gateway.get('/admin/v1/accounts', { authorization: 'Bearer an-admin-token-for-tests-only' })).text())
    const { rows } = await gateway.app.pg.query('select * from audit_log')

    const secrets = endpoint.requests.flatMap(({ body }) => [body['code'], body['code_verifier'], body['refresh_token']])
    secrets.push(...askedAs(gateway), good.code.split('#')[0], good.verifier)
    const texts = { logs: gateway.logs.join('\n'), responses: said.join('\n'), audit: JSON.stringify(rows) }
    const kept = new Set(secrets.filter((one): one is string => typeof one === 'string' && one !== 'other'))
    assert.ok(kept.size > 10)
    for (const [where, text] of Object.entries(texts)) {
      for (const secret of kept) assert.ok(!text.includes(secret), `${where} have ${secret}`)
      assert.doesNotMatch(text, /(access|refresh|code)-[0-9a-f]{24}/, where)
    }
    assert.match(texts.logs, /could not be renewed/)
  })
})
