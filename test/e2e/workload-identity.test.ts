import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { systemClock, type Clock } from '../../services/platform/clock.ts'
import { postgresUrl } from '../support/databases.ts'
import { ask, refusalOf, startGateway, user, type Gateway, type GatewayOptions } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { startRedisServer } from '../support/redis-server.ts'
import { signingKey, startTokenIssuer, type TokenIssuer } from '../support/token-issuer.ts'
import { until } from '../support/until.ts'

const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'
const JWT = 'urn:ietf:params:oauth:token-type:jwt'
const OWN = 'https://sluice.example.com'
const ROBOT = 'robot@example.com'
const JOB = { aud: OWN, sub: 'repo:acme/app:ref:refs/heads/main', repository: 'acme/app', ref: 'refs/heads/main' }

/** A clock that a test moves ahead, or has differ from that of the issuer. */
function movableClock() {
  let [wallMs, passedMs] = [0, 0]
  const clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() + wallMs + passedMs,
    uptime: () => systemClock.uptime() + passedMs
  }
  return { clock, pass: (ms: number) => void (passedMs += ms), step: (ms: number) => void (wallMs += ms) }
}

const ruleOf = (issuer: string, changes: object = {}) => ({
  name: 'ci',
  issuer,
  conditions: { repository: 'acme/*', ref: 'refs/heads/main' },
  user: ROBOT,
  ...changes
})

interface Setting extends GatewayOptions {
  rules?: (issuer: string) => object[]
  issuer?: TokenIssuer
}

async function setUp(t: TestContext, { rules = (issuer) => [ruleOf(issuer)], env = {}, ...options }: Setting = {}) {
  const issuer = options.issuer ?? (await startTokenIssuer(t))
  const users = [user(), { email: ROBOT, balance_usd: '10' }]
  const gateway = await startGateway(t, {
    env: { CLIENTS_URL: OWN, ...env },
    declared: () => ({ users, workload_rules: rules(issuer.issuer) }),
    ...options
  })
  return { issuer, gateway, ...operatorOf(gateway) }
}

interface SlotsOfUser {
  name: string
  in_flight: number
  waiting: number
}

interface Exchanged {
  status: number
  headers: Headers
  body: Record<string, string | number | undefined>
}

async function exchange({ url }: Gateway, token: string, changes: Record<string, string> = {}): Promise<Exchanged> {
  const form = { grant_type: GRANT, subject_token: token, subject_token_type: JWT, ...changes }
  const body = new URLSearchParams(Object.entries(form).filter(([, value]) => value !== ''))
  const response = await fetch(`${url}/oauth/token`, { method: 'POST', body })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Exchanged['body'] }
}

const asClient = ({ body }: Exchanged) => ({ authorization: `Bearer ${body['access_token']}` })
const messagesAs = ({ url }: Gateway, headers: Record<string, string>, body: object = ask()) =>
  fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body)
  })

/** How a token was refused. */
const refusedAs = ({ status, body }: Exchanged) => `${status} ${body['error']}: ${body['error_description']}`

await suite('a job’s token', { timeout: 120_000 }, async () => {
  test('becomes one of ours, whose usage is the rule’s and the job’s', async (t) => {
    const rules = (issuer: string) => [ruleOf(issuer, { life_minutes: 5, spend_limits: { total: '0.0001' } })]
    const { issuer, gateway } = await setUp(t, { rules, env: { LOG_LEVEL: 'trace' } })
    const token = await issuer.sign(JOB)
    const exchanged = await exchange(gateway, token, { audience: OWN })
    assert.equal(exchanged.status, 200, refusedAs(exchanged))
    const { access_token: given, ...rest } = exchanged.body
    assert.deepEqual(rest, {
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: 300
    })
    assert.equal(exchanged.headers.get('cache-control'), 'no-store')

    assert.equal((await messagesAs(gateway, asClient(exchanged))).status, 200)
    await gateway.settled()
    const [event] = await gateway.settledEvents(1)
    assert.deepEqual([event?.user_email, event?.key_name, event?.subject], [ROBOT, 'ci', JOB.sub])
    const bySubject = await gateway.admin<{ data: unknown[] }>(`/usage-events?subject=${encodeURIComponent(JOB.sub)}`)
    assert.deepEqual(bySubject.data, [event])
    // The limit is the rule's, for all of its jobs.
    const other = await exchange(gateway, await issuer.sign({ ...JOB, repository: 'acme/other' }))
    assert.equal((await refusalOf(await messagesAs(gateway, asClient(other)))).type, 'billing_error')

    const logs = gateway.logs.join('')
    assert.match(logs, /"rule":"ci".*a token was exchanged/)
    for (const secret of [token, token.split('.')[2]!, String(given)]) assert.ok(!logs.includes(secret))
  })

  for (const where of ['in the process', 'on Redis'] as const) {
    test(`has the slots of its rule, beside those of the user in whose name it asks, ${where}`, async (t) => {
      const shared = where === 'on Redis' ? { redis: await startRedisServer(t) } : {}
      const { issuer, gateway, call, row } = await setUp(t, { ...shared, rules: (at) => [ruleOf(at, { concurrency: 1 })] })
      const job = asClient(await exchange(gateway, await issuer.sign(JOB)))
      gateway.upstream.setBehaviour([
        { stream: true, behaviour: { breakOff: { how: 'stall', at: 'middle' } } },
        { behaviour: {} }
      ])
      const first = await messagesAs(gateway, job, ask({ stream: true }))
      const second = messagesAs(gateway, job)
      const users = async () => (await gateway.admin<{ users: SlotsOfUser[] }>('/overview')).users
      await until('the second waits', async () => (await users()).some(({ name, waiting }) => name === ROBOT && waiting === 1))
      const [robot] = (await users()).filter(({ name }) => name === ROBOT)
      assert.equal(robot?.in_flight, 1)
      const rule = await row('workload-rules', ({ name }) => name === 'ci')
      const changed = await call('PATCH', `/workload-rules/${rule.id}`, { concurrency: 2 })
      assert.equal(changed.status, 200)
      assert.equal((await second).status, 200, 'a raised limit serves who waits')
      await first.body?.cancel()
    })
  }

  test('may be called an ID token, and may be for an audience that its rule names', async (t) => {
    const { issuer, gateway } = await setUp(t, { rules: (at) => [ruleOf(at, { audience: 'sluice' })] })
    const token = await issuer.sign({ ...JOB, aud: ['x', 'sluice'] })
    const idToken = 'urn:ietf:params:oauth:token-type:id_token'
    const exchanged = await exchange(gateway, token, { subject_token_type: idToken, resource: OWN, audience: 'sluice' })
    assert.equal(exchanged.status, 200, refusedAs(exchanged))
    assert.equal((await gateway.get('/v1/models', asClient(exchanged))).status, 200)
  })

  test('is refused with the reason, in the terms of OAuth, and on record', async (t) => {
    const rules = (at: string) => [
      ruleOf(at),
      ruleOf(at, { name: 'everything “of” acme', conditions: { repository: 'acme/*', actor: '*' } }),
      ruleOf('https://elsewhere.example', { name: 'elsewhere' })
    ]
    const { issuer, gateway } = await setUp(t, { rules })
    const now = Math.floor(Date.now() / 1000)
    const stranger = await signingKey()
    const unsigned = (claims: object) =>
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`
    const good = await issuer.sign(JOB)
    const cases: [string, string, RegExp, Record<string, string>?][] = [
      ['no token', '', /^400 invalid_request: subject_token is missing/],
      ['no JWT', 'x.y.z', /^400 invalid_request: the subject_token is no JSON Web Token/],
      ['another type', good, /subject_token_type must be urn:\S+:jwt or urn:\S+:id_token$/, { subject_token_type: 'saml2' }],
      ['no type', good, /subject_token_type must be/, { subject_token_type: '' }],
      ['for another', good, /actor_token is not supported/, { actor_token: good, actor_token_type: JWT }],
      ['another result', good, /requested_token_type must be/, { requested_token_type: JWT }],
      ['huge', 'x'.repeat(20_000), /more than 16384 characters/],
      [
        'another place',
        good,
        /^400 invalid_target: audience must be https:\/\/sluice\.example\.com/,
        { audience: 'https://x.example' }
      ],
      [
        'unknown issuer',
        await issuer.sign({ ...JOB, iss: 'https://evil.example' }),
        /there is no rule for the issuer of the token/
      ],
      ['issuer of another rule', await issuer.sign({ ...JOB, iss: `${issuer.issuer}/` }), /there is no rule for the issuer/],
      [
        'wrong audience',
        await issuer.sign({ ...JOB, aud: 'api://other' }),
        /is for api:\/\/other; of its issuer, they must be for https:\/\/sluice/
      ],
      ['no audience', await issuer.sign({ ...JOB, aud: undefined }), /is for nobody/],
      ['expired', await issuer.sign({ ...JOB, iat: now - 600, nbf: now - 600, exp: now - 120 }), /the token expired at 20/],
      ['not yet valid', await issuer.sign({ ...JOB, nbf: now + 120 }), /the token is not valid before 20/],
      ['old', await issuer.sign({ ...JOB, iat: now - 90_000, nbf: now - 90_000, exp: now + 90_000 }), /older than 24 hours/],
      ['no subject', await issuer.sign({ ...JOB, sub: undefined }), /the token's sub is missing/],
      [
        'no rule',
        await issuer.sign({ ...JOB, repository: 'evil/app' }),
        /no rule matches the token; what rules of its issuer look at: actor, ref, repository$/
      ],
      [
        'two rules',
        await issuer.sign({ ...JOB, actor: 'ann' }),
        /several rules match the token, and none has a lower priority: ci, everything \?of\? acme$/
      ],
      ['unsigned', unsigned({ iss: issuer.issuer, ...JOB, iat: now, exp: now + 60 }), /must be signed with one of RS256/]
    ]
    for (const [what, token, words, changes] of cases) {
      const refused = await exchange(gateway, token, changes)
      assert.match(refusedAs(refused), words, what)
      assert.equal(refused.status, 400, what)
      // What a token says, and a rule wants, is not told to whoever has none that fits.
      assert.doesNotMatch(refusedAs(refused), /evil|acme\/\*/, what)
      const id = refused.headers.get('x-sluice-exchange-id') ?? ''
      const explained = await gateway.admin<{ error: { message: string }; refused_early: { path: string } }>(`/exchanges/${id}`)
      assert.equal(explained.refused_early.path, '/oauth/token', what)
      assert.equal(explained.error.message, refused.body['error_description'])
    }
    const forged = await exchange(gateway, await issuer.sign(JOB, { ...stranger, kid: issuer.kid() }))
    assert.match(refusedAs(forged), /^400 invalid_request: the token's signature is not the issuer's/)
    // None of this has spent the good one.
    assert.equal((await exchange(gateway, good)).status, 200)
  })

  test('is told apart by the priority of rules', async (t) => {
    const rules = (at: string) => [
      ruleOf(at),
      ruleOf(at, { name: 'first', priority: 1, conditions: { repository: 'acme/app' } })
    ]
    const { issuer, gateway } = await setUp(t, { rules })
    const exchanged = await exchange(gateway, await issuer.sign(JOB))
    assert.equal((await messagesAs(gateway, asClient(exchanged))).status, 200)
    assert.equal((await gateway.settledEvents(1))[0]?.key_name, 'first')
  })

  test('is exchanged once, at whichever replica', async (t) => {
    const [redis, databaseUrl, issuer] = [await startRedisServer(t), await postgresUrl(t), await startTokenIssuer(t)]
    const one = await setUp(t, { redis, databaseUrl, issuer })
    const two = await setUp(t, { redis, databaseUrl, issuer })
    for (const claims of [JOB, { ...JOB, jti: undefined }]) {
      const token = await issuer.sign(claims)
      const exchanges = Array.from({ length: 8 }, (_, n) => exchange(n % 2 === 0 ? one.gateway : two.gateway, token))
      const done = await Promise.all(exchanges)
      const [won, ...others] = done.toSorted((a, b) => a.status - b.status)
      assert.equal(won?.status, 200)
      for (const lost of others) assert.match(refusedAs(lost), /^400 invalid_request: the token was exchanged before/)
      // What one has given out the other takes.
      for (const { gateway } of [one, two]) assert.equal((await gateway.get('/v1/models', asClient(won))).status, 200)
    }
  })

  test('is good where clocks are a minute apart', async (t) => {
    for (const apartMs of [-59_000, 59_000]) {
      const { clock, step } = movableClock()
      step(apartMs)
      const { issuer, gateway } = await setUp(t, { clock })
      const now = Math.floor(Date.now() / 1000)
      const exchanged = await exchange(gateway, await issuer.sign({ ...JOB, exp: now + 5 }))
      assert.equal(exchanged.status, 200, `${apartMs} ms: ${refusedAs(exchanged)}`)
    }
  })

  test('lives as long as its rule says', async (t) => {
    const { clock, pass } = movableClock()
    const { issuer, gateway } = await setUp(t, { clock, rules: (at) => [ruleOf(at, { life_minutes: 1 })] })
    const exchanged = await exchange(gateway, await issuer.sign(JOB))
    assert.equal((await messagesAs(gateway, asClient(exchanged))).status, 200)
    pass(60_001)
    const dead = await refusalOf(await messagesAs(gateway, asClient(exchanged)))
    assert.equal(dead.status, 401)
    assert.match(dead.message, /^This access token expired at/)
  })

  test('dies with its rule, while a stream that runs goes on to its end', async (t) => {
    const { issuer, gateway, call } = await setUp(t)
    const [first, second] = [await exchange(gateway, await issuer.sign(JOB)), await exchange(gateway, await issuer.sign(JOB))]
    assert.equal((await messagesAs(gateway, asClient(second))).status, 200)
    await call('PATCH', '/workload-rules/ci', { status: 'disabled' })
    assert.equal((await messagesAs(gateway, asClient(second))).status, 401)
    assert.match(refusedAs(await exchange(gateway, await issuer.sign(JOB))), /there is no rule for the issuer/)
    await call('PATCH', '/workload-rules/ci', { status: 'active' })

    gateway.upstream.setBehaviour({ deltas: 20, paceMs: 20 })
    const stream = await messagesAs(gateway, asClient(first), ask({ stream: true }))
    assert.equal((await call('DELETE', '/workload-rules/ci')).status, 204)
    for (const exchanged of [first, second]) {
      const refused = await refusalOf(await messagesAs(gateway, asClient(exchanged)))
      assert.deepEqual([refused.status, refused.message], [401, 'This API key was revoked'])
    }
    assert.match(await stream.text(), /event: message_stop/)
  })

  test('may be signed with a new key of the issuer', async (t) => {
    const { clock, pass } = movableClock()
    const { issuer, gateway } = await setUp(t, { clock })
    assert.equal((await exchange(gateway, await issuer.sign(JOB))).status, 200)
    const before = await issuer.sign(JOB)
    await issuer.rotate()
    const token = await issuer.sign(JOB)
    const early = await exchange(gateway, token)
    assert.match(refusedAs(early), /^503 temporarily_unavailable: the token is signed with a key that the issuer does not list/)
    assert.match(early.headers.get('retry-after') ?? '', /^[1-5]$/)
    pass(5000)
    for (const good of [token, before]) assert.equal((await exchange(gateway, good)).status, 200)
    // Nor is one that is not listed taken later.
    await issuer.rotate({ listing: false })
    pass(5000)
    assert.equal((await exchange(gateway, await issuer.sign(JOB))).status, 503)
    assert.equal(issuer.asked(), 6)
  })

  test('waits for an issuer that is away, and is good when that is back', async (t) => {
    const { clock, pass } = movableClock()
    const { issuer, gateway } = await setUp(t, { clock, env: { AUTH_FAILURES_MAX: '1' } })
    const token = await issuer.sign(JOB)
    issuer.setResponder((response) => response.destroy())
    for (const _ of [1, 2, 3]) {
      const refused = await exchange(gateway, token)
      assert.match(
        refusedAs(refused),
        /^503 temporarily_unavailable: the issuer's keys cannot be read now, please retry later$/
      )
      assert.equal(refused.headers.get('retry-after'), '5')
    }
    assert.equal(issuer.asked(), 1)
    issuer.setResponder()
    pass(5000)
    assert.equal((await exchange(gateway, token)).status, 200)
    // With its keys known, it may be away.
    issuer.setResponder((response) => response.destroy())
    pass(30 * 60_000)
    const [iat, exp] = [Math.floor(clock.now() / 1000), Math.floor(clock.now() / 1000) + 60]
    assert.equal((await exchange(gateway, await issuer.sign({ ...JOB, iat, nbf: iat, exp }))).status, 200)
  })

  test('is told to come back where the issuer begins to answer and goes no further', async (t) => {
    const { issuer, gateway } = await setUp(t)
    const token = await issuer.sign(JOB)
    issuer.setResponder((response) => response.setHeader('content-type', 'application/json').write('{'))
    assert.match(refusedAs(await exchange(gateway, token)), /^503 temporarily_unavailable: /)
    assert.match(gateway.logs.join(''), /took longer than 5000 ms/)
  })

  test('is not believed when another issuer’s keys are where its issuer should be', async (t) => {
    const { issuer, gateway } = await setUp(t)
    issuer.setName('https://accounts.example.com')
    const refused = await exchange(gateway, await issuer.sign(JOB))
    assert.match(refusedAs(refused), /^400 invalid_request: what is at the issuer's address is another issuer/)
  })

  test('that is refused counts against its address, and a good one passes all the same', async (t) => {
    const { issuer, gateway } = await setUp(t, { env: { AUTH_FAILURES_MAX: '3', AUTH_FAILURES_WINDOW_MS: '600000' } })
    const statuses: number[] = []
    for (let n = 0; n < 5; n++) statuses.push((await exchange(gateway, `no.token.${n}`)).status)
    assert.deepEqual(statuses, [400, 400, 400, 429, 429])
    const refused = await exchange(gateway, await issuer.sign({ ...JOB, aud: 'x' }))
    assert.match(refusedAs(refused), /^429 slow_down: Too many failed authentications from this address/)
    assert.ok(Number(refused.headers.get('retry-after')) > 500)
    assert.equal((await exchange(gateway, await issuer.sign(JOB))).status, 200)
  })

  test('is not exchanged while the database is away, nor spent', async (t) => {
    const { issuer, gateway } = await setUp(t)
    const token = await issuer.sign(JOB)
    await gateway.app.pg.pool.query('alter table access_tokens rename to gone')
    assert.equal((await exchange(gateway, token)).status, 500)
    await gateway.app.pg.pool.query('alter table gone rename to access_tokens')
    await until('it is exchanged', async () => (await exchange(gateway, token)).status === 200)
  })
})
