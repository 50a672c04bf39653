import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { accounts, anew, answered, asked, NAMES } from '../support/accounts-in-order.ts'
import { postgresUrl } from '../support/databases.ts'
import { account, ask, credentialOf, refusalOf, saying, startGateway, user, type Gateway } from '../support/gateway.ts'
import { startRedisServer } from '../support/redis-server.ts'
import type { Behaviour } from '../../simulator/behaviour.ts'
import { until } from '../support/until.ts'

/** Each account behaves as told; others answer. */
function behave({ upstream }: Gateway, behaviours: Record<string, Behaviour>) {
  upstream.reset()
  upstream.setBehaviour(Object.entries(behaviours).map(([name, behaviour]) => ({ credential: credentialOf(name), behaviour })))
}

const inSeconds = (seconds: number) => String(Math.floor(Date.now() / 1000) + seconds)

await suite('a 429', async () => {
  test('rests the account for that family of models until the time it names', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(2) })
    behave(gateway, { first: { error: { status: 429 }, headers: { 'retry-after': '30' } } })
    await answered(gateway)
    await answered(gateway, { model: 'claude-opus-4-6' })
    await answered(gateway, { model: 'claude-haiku-4-5' })
    assert.deepEqual(asked(gateway), ['first', 'second', 'second', 'first', 'second'])
    const [cooldown] = await gateway.cooldowns('first')
    assert.deepEqual([cooldown!.kind, cooldown!.scope], ['rate_limit', 'family:opus'])
    const seconds = (Date.parse(cooldown!.until) - Date.parse(cooldown!.since)) / 1000
    assert.equal(Math.round(seconds), 30)
  })

  test('with a unified reset rests it whole, and a later response that allows it ends that', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(2) })
    const limit = { 'anthropic-ratelimit-unified-status': 'rejected', 'anthropic-ratelimit-unified-reset': inSeconds(3600) }
    behave(gateway, { first: { error: { status: 429 }, headers: limit } })
    await answered(gateway)
    await answered(gateway, { model: 'claude-haiku-4-5' })
    assert.deepEqual(asked(gateway), ['first', 'second', 'second'])
    assert.equal((await gateway.cooldowns('first'))[0]!.scope, null)

    behave(gateway, { first: { headers: { 'anthropic-ratelimit-unified-5h-status': 'allowed' } } })
    assert.equal((await gateway.act('first', 'test')).ok, true)
    await answered(gateway)
    assert.deepEqual(asked(gateway).at(-1), 'first')
    await until('the end is stored', async () => (await gateway.cooldowns('first')).length === 0)
  })

  test('has a floor and a ceiling', async (t) => {
    const env = { COOLDOWN_MIN_MS: '60000', COOLDOWN_MAX_MS: '120000' }
    for (const [named, expected] of [
      ['1', 60],
      ['7200', 120]
    ] as const) {
      const gateway = await startGateway(t, { env, declared: accounts(2) })
      behave(gateway, { first: { error: { status: 429 }, headers: { 'retry-after': named } } })
      await answered(gateway)
      const [cooldown] = await gateway.cooldowns('first')
      assert.equal(Math.round((Date.parse(cooldown!.until) - Date.parse(cooldown!.since)) / 1000), expected)
    }
  })

  test('of count_tokens rests nobody', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(2) })
    behave(gateway, { first: { error: { status: 429 } }, second: { error: { status: 429 } } })
    const response = await gateway.messages(ask(), { path: '/v1/messages/count_tokens' })
    assert.equal(response.status, 429)
    behave(gateway, {})
    await answered(gateway)
    assert.deepEqual(asked(gateway), ['first'])
  })

  test('from all accounts tells the client when the first is back', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(2) })
    behave(gateway, {
      first: { error: { status: 429 }, headers: { 'retry-after': '600' } },
      second: { error: { status: 429 }, headers: { 'retry-after': '40' } }
    })
    const failing = await refusalOf(await gateway.messages(ask()))
    assert.deepEqual([failing.status, failing.type], [429, 'rate_limit_error'])
    behave(gateway, {})
    const resting = await refusalOf(await gateway.messages(ask({ stream: true })))
    assert.deepEqual([resting.status, resting.type], [429, 'rate_limit_error'])
    for (const { headers } of [failing, resting]) {
      const seconds = Number(headers.get('retry-after'))
      assert.ok(seconds > 30 && seconds <= 40, headers.get('retry-after')!)
      assert.equal(headers.get('x-should-retry'), null)
    }
    assert.deepEqual(asked(gateway), [])
  })

  test('of hours from all accounts tells clients not to retry', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(1) })
    behave(gateway, { first: { error: { status: 429 }, headers: { 'anthropic-ratelimit-unified-reset': inSeconds(7200) } } })
    await refusalOf(await gateway.messages(ask()))
    const { headers } = await refusalOf(await gateway.messages(ask()))
    assert.equal(headers.get('x-should-retry'), 'false')
    assert.ok(Number(headers.get('retry-after')) > 7000)
    assert.deepEqual(asked(gateway), ['first'])
  })
})

await suite('a 529', async () => {
  test('rests the account, but never the last one that is usable', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(2) })
    behave(gateway, { first: { error: { status: 529 } }, second: { error: { status: 529 } } })
    assert.equal((await refusalOf(await gateway.messages(ask()))).status, 529)
    assert.deepEqual(
      (await gateway.cooldowns('first')).map(({ kind }) => kind),
      ['overloaded']
    )
    assert.deepEqual(await gateway.cooldowns('second'), [])
    behave(gateway, {})
    await answered(gateway)
    assert.deepEqual(asked(gateway), ['second'])
  })

  test('does not keep an account away when all others are', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(2) })
    behave(gateway, { first: { error: { status: 529 } } })
    await answered(gateway)
    behave(gateway, { second: { error: { status: 429 } } })
    await answered(gateway)
    await answered(gateway)
    assert.deepEqual(asked(gateway), ['second', 'first', 'first'])
  })

  test('ends half-way when one request finds it over', async (t) => {
    const gateway = await startGateway(t, { env: { OVERLOAD_COOLDOWN_MS: '400' }, declared: accounts(2) })
    behave(gateway, { first: { error: { status: 529 } } })
    await answered(gateway)
    behave(gateway, {})
    await until('the first account is tried again', async () => {
      await answered(gateway)
      return asked(gateway).includes('first')
    })
    assert.equal(asked(gateway).at(-1), 'first')
    await answered(gateway)
    assert.equal(asked(gateway).at(-1), 'first')
  })
})

await suite('the breaker', async () => {
  test('opens after failures in a row, and one probe closes it', async (t) => {
    const gateway = await startGateway(t, {
      env: { BREAKER_FAILURES: '2', BREAKER_OPEN_MS: '1500' },
      declared: accounts(2)
    })
    behave(gateway, { first: { error: { status: 500 } } })
    for (let n = 0; n < 4; n++) await answered(gateway)
    assert.deepEqual(asked(gateway), ['first', 'second', 'first', 'second', 'second', 'second'])
    assert.deepEqual(
      (await gateway.cooldowns('first')).map(({ kind }) => kind),
      ['failures']
    )
    behave(gateway, {})
    await until('it is probed', async () => {
      await answered(gateway)
      return asked(gateway).includes('first')
    })
    await until('it is closed', async () => (await gateway.cooldowns('first')).length === 0)
    await answered(gateway)
    assert.equal(asked(gateway).at(-1), 'first')
  })

  test('lets one request probe while the others go elsewhere', async (t) => {
    const gateway = await startGateway(t, {
      env: { BREAKER_FAILURES: '1', BREAKER_OPEN_MS: '50' },
      declared: (url) => ({ ...accounts(2)(url), users: [user({ concurrency: 0 })] })
    })
    behave(gateway, { first: { error: { status: 500 } } })
    await answered(gateway)
    behave(gateway, { first: { breakOff: { how: 'stall', at: 'before-headers' } } })
    const hangUp = new AbortController()
    const probing: Promise<unknown>[] = []
    await until('somebody probes', () => {
      probing.push(gateway.messages(anew({ stream: true }), { signal: hangUp.signal }).catch(() => null))
      return asked(gateway).includes('first')
    })
    for (let n = 0; n < 5; n++) await answered(gateway)
    assert.equal(asked(gateway).filter((name) => name === 'first').length, 1)

    // A client that hangs up says nothing of the account, so the next one may probe.
    hangUp.abort()
    await Promise.all(probing)
    behave(gateway, {})
    await until('the next one probes', async () => {
      await answered(gateway)
      return asked(gateway).includes('first')
    })
  })

  test('lets one request of all replicas probe', async (t) => {
    const [redis, databaseUrl] = [await startRedisServer(t), await postgresUrl(t)]
    const env = { BREAKER_FAILURES: '1', BREAKER_OPEN_MS: '50' }
    const declared = (url: string) => ({ ...accounts(2)(url), users: [user({ concurrency: 0 })] })
    const one = await startGateway(t, { redis, databaseUrl, env, declared })
    const two = await startGateway(t, { redis, databaseUrl, env, declared: () => declared(one.upstream.url) })
    const both = [one, two]
    for (const { app } of both) await until('slots are shared', () => app.slotSharing.state() === 'shared', 20_000)
    const breakers = async ({ app }: Gateway) => {
      await app.accountDirectory.load()
      return app.accountDirectory.known().flatMap(({ id }) => app.accountHealth.cooldownsOf(id)).length
    }
    const probes = () => asked(one).filter((name) => name === 'first').length
    behave(one, { first: { error: { status: 500 } } })
    await answered(one)
    await until('the other knows', async () => (await breakers(two)) === 1)

    behave(one, { first: { breakOff: { how: 'stall', at: 'before-headers' } } })
    const hangUp = new AbortController()
    const probing: Promise<unknown>[] = []
    await until('somebody probes', () => {
      for (const { messages } of both) {
        probing.push(messages(anew({ stream: true }), { signal: hangUp.signal }).catch(() => null))
      }
      return probes() > 0
    })
    for (let n = 0; n < 5; n++) for (const gateway of both) await answered(gateway)
    assert.equal(probes(), 1)

    hangUp.abort()
    await Promise.all(probing)
    behave(one, {})
    await until('the next one probes, at either', async () => {
      for (const gateway of both) await answered(gateway)
      return probes() > 0
    })
    for (const gateway of both) await until('it is closed', async () => (await breakers(gateway)) === 0)
  })

  test('lets one of many that come at once probe', async (t) => {
    const gateway = await startGateway(t, {
      env: { BREAKER_FAILURES: '1', BREAKER_OPEN_MS: '50' },
      declared: (url) => ({ accounts: accounts(2)(url).accounts, users: [user({ concurrency: 0 })] })
    })
    for (let round = 0; round < 5; round++) {
      behave(gateway, { first: { error: { status: 500 } } })
      await until('it is open', async () => {
        await answered(gateway)
        return asked(gateway).includes('first')
      })
      // As long as the probe goes on, however long the others take.
      behave(gateway, { first: { breakOff: { how: 'stall', at: 'before-headers' } } })
      const hangUp = new AbortController()
      const sent: Promise<unknown>[] = []
      let over = 0
      await until('somebody probes', () => {
        for (let n = 0; n < 8; n++) {
          const response = gateway.messages(anew(), { signal: hangUp.signal })
          sent.push(
            response
              .then((got) => got.text())
              .then(
                () => over++,
                () => null
              )
          )
        }
        return asked(gateway).includes('first')
      })
      await until('all others have their response', () => over === sent.length - 1)
      assert.equal(asked(gateway).filter((name) => name === 'first').length, 1)
      hangUp.abort()
      await Promise.all(sent)
      await gateway.heal()
    }
  })

  test('counts streams that are cut in the middle', async (t) => {
    const gateway = await startGateway(t, { env: { BREAKER_FAILURES: '2' }, declared: accounts(2) })
    behave(gateway, { first: { breakOff: { how: 'reset', at: 'middle' } } })
    for (let n = 0; n < 3; n++) await (await gateway.messages(anew({ stream: true }))).text()
    assert.deepEqual(asked(gateway), ['first', 'first', 'second'])
  })

  test('does not count what a client’s own short patience broke off', async (t) => {
    const gateway = await startGateway(t, { env: { BREAKER_FAILURES: '1' }, declared: accounts(2) })
    behave(gateway, { first: { breakOff: { how: 'stall', at: 'before-headers' } } })
    const refusal = await refusalOf(await gateway.messages(ask(), { headers: { 'x-stainless-timeout': '0.05' } }))
    assert.equal(refusal.status, 504)
    assert.deepEqual(await gateway.cooldowns('first'), [])
  })
})

await suite('a refused credential', async () => {
  test('puts the account in error with the reason when the next one is too, until it is cleared', async (t) => {
    const gateway = await startGateway(t, { env: { COOLDOWN_MIN_MS: '1000' }, declared: accounts(2) })
    behave(gateway, { first: { error: { status: 401, message: 'invalid x-api-key' } } })
    await answered(gateway)
    await answered(gateway)
    assert.deepEqual(asked(gateway), ['first', 'second', 'second'])
    await until('it is tried once more', async () => {
      await answered(gateway)
      return asked(gateway).filter((name) => name === 'first').length === 2
    })
    await until('it is stored', async () => (await gateway.accountNamed('first')).status === 'error')
    assert.match((await gateway.accountNamed('first')).error!, /401.*invalid x-api-key/)
    await gateway.stop()
    await gateway.start()
    behave(gateway, {})
    await answered(gateway)
    assert.deepEqual(asked(gateway), ['second'])

    await gateway.act('first', 'clear-error')
    await answered(gateway)
    assert.deepEqual(asked(gateway), ['second', 'first'])
  })

  test('a 403 about a model hurts that model only', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(2) })
    const message = 'Your API key does not have permission to use the model claude-opus-5-5'
    behave(gateway, { first: { error: { status: 403, message } } })
    await answered(gateway)
    behave(gateway, {})
    await answered(gateway)
    await answered(gateway, { model: 'claude-opus-4-6' })
    await answered(gateway, { model: 'claude-haiku-4-5' })
    assert.deepEqual(asked(gateway), ['second', 'first', 'first'])
    assert.equal((await gateway.accountNamed('first')).status, 'active')
  })

  test('a 403 about the credential puts the account in error', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(2) })
    behave(gateway, { first: { error: { status: 403, message: 'This API key has been revoked' } } })
    await answered(gateway)
    await until('it is in error', async () => (await gateway.accountNamed('first')).status === 'error')
  })

  test('an edge’s 403 in HTML is a failure like another', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(2) })
    const raw = { status: 403, headers: { 'content-type': 'text/html' }, body: '<html>Sorry, you have been blocked</html>' }
    behave(gateway, { first: { raw } })
    await answered(gateway)
    behave(gateway, {})
    await answered(gateway)
    assert.deepEqual(asked(gateway), ['first'])
    assert.equal((await gateway.accountNamed('first')).status, 'active')
  })
})

await suite('a conversation that is kept at one account', async () => {
  test('is told when that account is back, not when others are', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(2) })
    const headers = { 'x-claude-code-session-id': 'a-session-of-the-first' }
    behave(gateway, {})
    await (await gateway.messages(anew(), { headers })).text()
    behave(gateway, { first: { error: { status: 429 }, headers: { 'anthropic-ratelimit-unified-reset': inSeconds(7200) } } })
    const pinned = anew({ container: 'container_1' })
    for (const status of [429, 503]) {
      const refusal = await refusalOf(await gateway.messages(pinned, { headers }))
      assert.equal(refusal.status, status)
      assert.equal(refusal.headers.get('x-should-retry'), 'false')
      assert.ok(Number(refusal.headers.get('retry-after')) > 7000)
    }
    assert.deepEqual(asked(gateway), ['first'])
  })
})

await suite('what one user does', async () => {
  test('does not take accounts out for others by a request that fails everywhere', async (t) => {
    const gateway = await startGateway(t, { env: { BREAKER_FAILURES: '3' }, declared: accounts(3) })
    gateway.upstream.setBehaviour(({ body }) => (body.includes('poison') ? { error: { status: 500 } } : {}))
    for (let n = 0; n < 3; n++) await (await gateway.messages(saying(`poison ${n}`))).text()
    await answered(gateway)
    const open = await Promise.all(NAMES.slice(0, 3).map(async (name) => (await gateway.cooldowns(name)).length))
    assert.deepEqual(open, [1, 0, 0])
  })

  test('does not put an account in error whose key was replaced meanwhile', async (t) => {
    const gateway = await startGateway(t)
    const newKey = 'sk-ant-a-new-upstream-key-0123456789'
    gateway.upstream.setBehaviour(({ credential }) =>
      credential === newKey ? {} : { delayHeadersMs: 1500, error: { status: 401 } }
    )
    // The first question of an operator loads what answers it.
    await gateway.admin('/accounts')
    const late = gateway.messages(anew())
    await until('it is under way', () => gateway.upstream.requests.length === 1)
    const renewed = account('main', gateway.upstream.url, { credentials: { api_key: newKey } })
    await gateway.post('/apply', { file: JSON.stringify({ accounts: [renewed] }) })
    assert.equal((await late).status, 502)
    await answered(gateway)
    assert.equal((await gateway.accountNamed('main')).status, 'active')
  })

  test('does not use up its attempts on accounts that it cannot even sign in to', async (t) => {
    const signIn = (name: string, url: string) =>
      account(name, url, {
        type: 'oauth',
        shared: true,
        priority: 1,
        credentials: { access_token: `at-${name}-0123456789`, refresh_token: `rt-${name}-0123456789`, expires_at: 1 }
      })
    const gateway = await startGateway(t, {
      env: { ANTHROPIC_OAUTH_TOKEN_URL: 'http://127.0.0.1:9/token', MAX_ATTEMPTS: '2' },
      declared: (url) => ({ accounts: [...['a', 'b', 'c'].map((name) => signIn(name, url)), account('key', url)] })
    })
    await answered(gateway)
    assert.equal(gateway.upstream.requests.length, 1)
    const [event] = await gateway.settledEvents(1)
    assert.equal(event!.account, 'key')
  })

  test('keeps count_tokens of a conversation at its account', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(2) })
    const headers = { 'x-claude-code-session-id': 'a-session-of-the-second' }
    await gateway.act('first', 'disable')
    await (await gateway.messages(anew(), { headers })).text()
    await gateway.act('first', 'enable')
    await (await gateway.messages(anew(), { headers, path: '/v1/messages/count_tokens' })).text()
    await (await gateway.messages(anew(), { path: '/v1/messages/count_tokens' })).text()
    assert.deepEqual(asked(gateway), ['second', 'second', 'first'])
  })
})

await suite('what is known of accounts', async () => {
  test('survives a restart', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(2) })
    behave(gateway, { first: { error: { status: 402 } } })
    await answered(gateway)
    await gateway.stop()
    await gateway.start()
    behave(gateway, {})
    await answered(gateway)
    assert.deepEqual(asked(gateway), ['second'])
    assert.equal((await gateway.cooldowns('first'))[0]!.kind, 'billing')
  })

  test('is cleared by the operator, at once', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(1) })
    behave(gateway, { first: { error: { status: 429 } } })
    await refusalOf(await gateway.messages(ask()))
    behave(gateway, {})
    assert.equal((await gateway.messages(ask())).status, 429)
    await gateway.act('first', 'clear-error')
    await answered(gateway)
  })

  test('is on record in the audit log, with what it was before', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(2) })
    behave(gateway, { first: { error: { status: 429 } } })
    await answered(gateway)
    await gateway.act('first', 'clear-error')
    await gateway.act('first', 'disable')
    const { rows } = await gateway.app.pg.query(
      "select actor, action, subject, detail, exchange_id from audit_log where actor <> 'config' order by id"
    )
    assert.deepEqual(
      rows.map(({ actor, action, subject }) => [actor, action, subject]),
      [
        ['sluice', 'account.cooldown', 'account first'],
        ['admin', 'account.cleared', 'account first'],
        ['admin', 'account.error_cleared', 'account first'],
        ['admin', 'account.disabled', 'account first']
      ]
    )
    assert.equal(rows[0].detail.before, null)
    assert.equal(rows[0].detail.after.kind, 'rate_limit')
    assert.match(rows[0].exchange_id, /^[0-9a-f-]{36}$/)
  })

  test('an account that has used up most of a window is used last', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(2) })
    const windows = (utilization: string) => ({
      headers: {
        'anthropic-ratelimit-unified-5h-status': 'allowed_warning',
        'anthropic-ratelimit-unified-5h-utilization': utilization,
        'anthropic-ratelimit-unified-5h-reset': inSeconds(600)
      }
    })
    behave(gateway, { first: windows('0.97') })
    await answered(gateway)
    await answered(gateway)
    assert.deepEqual(asked(gateway), ['first', 'second'])
    await until('it is stored', async () => (await gateway.accountNamed('first')).windows.length > 0)
    assert.equal((await gateway.accountNamed('first')).windows.find(({ name }) => name === '5h')!.utilization, 0.97)
    behave(gateway, { second: { error: { status: 500 } } })
    await answered(gateway)
    assert.deepEqual(asked(gateway), ['second', 'first'])
  })

  test('an account that is deleted in mid-stream ends its stream well and is not asked again', async (t) => {
    const gateway = await startGateway(t, { env: { CACHE_FRESH_MS: '0' }, declared: accounts(2) })
    behave(gateway, { first: { deltas: 20, paceMs: 10 } })
    const response = await gateway.messages(ask({ stream: true }))
    await gateway.app.pg.query("delete from accounts where name = 'first'")
    assert.match(await response.text(), /message_stop/)
    const [event] = await gateway.settledEvents(1)
    assert.deepEqual([event!.outcome, event!.basis, event!.account], ['completed', 'final', null])
    await until('nothing is held', async () => (await gateway.slots()).length === 0)
    await until('it is not asked any more', async () => {
      gateway.upstream.reset()
      await answered(gateway)
      return asked(gateway)[0] === 'second'
    })
  })
})
