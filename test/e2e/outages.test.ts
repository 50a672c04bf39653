import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accounts as accountsInOrder, anew, answered, asked, NAMES } from '../support/accounts-in-order.ts'
import { ask, credentialOf, refusalOf, startGateway, user } from '../support/gateway.ts'
import type { Behaviour, BehaviourRule } from '../../simulator/behaviour.ts'
import { startSimulatedUpstream } from '../../simulator/upstream.ts'
import { until } from '../support/until.ts'

/** For a user without a limit. */
const accounts = (count: number) => (upstreamUrl: string) => ({
  ...accountsInOrder(count)(upstreamUrl),
  users: [user({ concurrency: 0 })]
})

await test('an account', async (t) => {
  const env = { COOLDOWN_MIN_MS: '300', REST_PROBE_MS: '1000' }
  const gateway = await startGateway(t, { env, declared: accounts(2) })

  async function given(rules: BehaviourRule[]) {
    await gateway.heal()
    gateway.upstream.reset()
    gateway.upstream.setBehaviour(rules)
  }
  const ofFirst = (behaviour: Behaviour, times?: number) => [
    { credential: credentialOf('first'), behaviour, ...(times === undefined ? {} : { times }) }
  ]
  const firstIsBack = () =>
    until('the first account answers again', async () => {
      gateway.upstream.reset()
      await answered(gateway)
      return asked(gateway)[0] === 'first'
    })

  await t.test('is back after one passing 401, by one try', async () => {
    await given(ofFirst({ error: { status: 401, message: 'invalid x-api-key' } }, 1))
    await answered(gateway)
    assert.deepEqual(asked(gateway), ['first', 'second'])
    assert.deepEqual(
      (await gateway.cooldowns('first')).map(({ kind }) => kind),
      ['unauthorized']
    )
    await firstIsBack()
    assert.deepEqual(await gateway.cooldowns('first'), [])
    assert.equal((await gateway.accountNamed('first')).status, 'active')
  })

  await t.test('whose limit ends hours before it was announced is found out by a rare try', async () => {
    const reset = String(Math.floor(Date.now() / 1000) + 7200)
    await given(ofFirst({ error: { status: 429 }, headers: { 'anthropic-ratelimit-unified-reset': reset } }, 2))
    await answered(gateway)
    await answered(gateway)
    assert.deepEqual(asked(gateway), ['first', 'second', 'second'])
    await until('it is tried in vain', async () => {
      await answered(gateway)
      return asked(gateway).filter((name) => name === 'first').length === 2
    })
    const [cooldown] = await gateway.cooldowns('first')
    assert.ok(Date.parse(cooldown!.until) > Date.now() + 7_000_000)
    assert.ok(cooldown!.probe_at !== null)
    await firstIsBack()
    assert.deepEqual(await gateway.cooldowns('first'), [])
  })

  await t.test('that sends a ping and then an error hands over', async () => {
    await given(ofFirst({ insert: [{ at: 0, event: 'ping' }], errorEvent: { at: 0, type: 'overloaded_error' } }))
    assert.match(await answered(gateway, { stream: true }), /event: message_stop/)
    assert.deepEqual(asked(gateway), ['first', 'second'])
  })
})

await test('a connection that the upstream was just closing', async (t) => {
  const gateway = await startGateway(t, { declared: accounts(1) })
  const cut = (how: 'close' | 'reset', behaviour: Behaviour = { breakOff: { how, at: 'request-head' } }, after = 1) => [
    { behaviour: { delayHeadersMs: 100 }, times: after },
    { behaviour, times: 1 }
  ]
  let events = 0

  await t.test('costs a request nothing but another connection', async () => {
    for (const how of ['close', 'reset'] as const) {
      for (const stream of [false, true]) {
        gateway.upstream.reset()
        // Of two that lie idle the other one may be closing as well.
        gateway.upstream.setBehaviour(cut(how, undefined, 2))
        await Promise.all([answered(gateway), answered(gateway)])
        const before = gateway.upstream.connections.total
        await answered(gateway, { stream })
        assert.equal(gateway.upstream.connections.total - before, 1)
        assert.equal(gateway.upstream.requests.length, 4)
        for (const event of await gateway.settledEvents((events += 3))) assert.equal(event.outcome, 'completed')
      }
    }
    assert.deepEqual(await gateway.cooldowns('first'), [])
  })

  await t.test('is not blamed for what took its time: a plain request is not sent again, a stream is', async () => {
    for (const stream of [false, true]) {
      gateway.upstream.reset()
      gateway.upstream.setBehaviour(cut('reset', { delayHeadersMs: 600, breakOff: { how: 'reset', at: 'before-headers' } }))
      await answered(gateway)
      const response = await gateway.messages(anew({ stream }))
      await response.text()
      assert.deepEqual([response.status, gateway.upstream.requests.length], stream ? [200, 3] : [502, 2])
    }
    const outcomes = (await gateway.settledEvents(events + 5)).map(({ outcome }) => outcome)
    assert.equal(outcomes.filter((outcome) => outcome === 'upstream_cut').length, 2)
  })
})

await test('an origin that cannot be reached is tried by one request for all its accounts', async (t) => {
  let upstream = await startSimulatedUpstream()
  const { url } = upstream
  t.after(() => upstream.close())
  const env = { BREAKER_FAILURES: '3', ORIGIN_PROBE_MS: '1000', BREAKER_OPEN_MS: '60000' }
  const gateway = await startGateway(t, { env, declared: () => accounts(3)(url) })
  const failed = () => gateway.logs.filter((line) => line.includes('an upstream attempt failed')).length
  const rests = async () =>
    (await Promise.all(NAMES.slice(0, 3).map((name) => gateway.cooldowns(name))))
      .flat()
      .map(({ kind, scope }) => `${kind} ${scope}`)

  await answered(gateway)
  await upstream.close()
  const away = await refusalOf(await gateway.messages(ask()))
  assert.deepEqual([away.status, away.headers.get('x-should-retry')], [502, null])
  assert.match(away.message, /cannot be reached/)
  await until('it rests', async () => (await rests()).length === 3)
  assert.deepEqual(new Set(await rests()), new Set(['failures origin']))

  const before = failed()
  for (let round = 0; round < 3; round++) {
    for (const response of await Promise.all(Array.from({ length: 6 }, () => gateway.messages(anew())))) {
      const { status, headers } = await refusalOf(response)
      assert.ok(status === 502 || status === 503)
      assert.equal(headers.get('x-should-retry'), null)
    }
  }
  // At most one each second, and it was less than three: without the origin's breaker it would be dozens.
  assert.ok(failed() - before <= 3, `${failed() - before} tries`)

  upstream = await startSimulatedUpstream({ port: Number(new URL(url).port) })
  await until('it answers again', async () => (await gateway.messages(anew())).status === 200)
  await until('nothing rests', async () => (await rests()).length === 0)
  const changes = await gateway.app.pg.query("select from audit_log where action like 'account.cooldown%'")
  assert.equal(changes.rowCount, 6)
})
