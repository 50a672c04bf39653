import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { databaseProxy } from '../support/database-proxy.ts'
import { postgresUrl } from '../support/databases.ts'
import { deviceClient, leapingClock } from '../support/device-client.ts'
import { ask, startGateway, USER } from '../support/gateway.ts'
import { signIn } from '../support/person.ts'
import { startRedisServer } from '../support/redis-server.ts'
import { until } from '../support/until.ts'

await suite('a sign-in while something is away', { timeout: 120_000, concurrency: 2 }, async () => {
  for (const how of ['cut', 'hang'] as const) {
    test(`goes on waiting while Postgres is away, also one that is begun then, and is completed when it is back (${how})`, async (t) => {
      const database = await databaseProxy(await postgresUrl(t))
      t.after(() => database.restore())
      const { clock, leap } = leapingClock()
      const gateway = await startGateway(t, { clock, env: { DATABASE_URL: database.url } })
      t.after(() => database.close())
      const client = deviceClient(gateway)
      const ann = await signIn(gateway, USER)
      const pollLater = async (code: string) => {
        leap(5000)
        return await client.poll(code)
      }
      const approve = async (userCode: string) =>
        (await ann.call('POST', `/me/v1/device-codes/${userCode}/approve`)).status === 204
      const first = await client.begin()
      assert.ok(await approve(first.user_code))
      const { access_token: token = '', refresh_token: refreshToken = '' } = (await pollLater(first.device_code)).body
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const send = async () => {
        const response = await fetch(`${gateway.url}/v1/messages`, { method: 'POST', headers, body: JSON.stringify(ask()) })
        await response.arrayBuffer()
        return response.status
      }
      assert.equal(await send(), 200)
      const [waiting, letIn] = [await client.begin(), await client.begin()]
      assert.ok(await approve(letIn.user_code))

      database[how]()
      const late = await client.begin()
      for (const { device_code: code } of [waiting, letIn, late, waiting]) {
        const { status, body } = await pollLater(code)
        assert.deepEqual([status, body.error], [400, 'authorization_pending'])
      }
      const refused = await client.refresh(refreshToken)
      assert.deepEqual([refused.status, refused.body.error], [503, 'temporarily_unavailable'])
      assert.equal(await send(), 200)
      for (const [path, status] of [
        ['/.well-known/oauth-authorization-server', 200],
        ['/managed/settings', 404]
      ] as const) {
        assert.equal((await gateway.get(path, headers)).status, status)
      }
      assert.equal((await pollLater('made up')).body.error, 'expired_token')

      database.restore()
      await until(
        'what was let in before gets its tokens',
        async () => (await pollLater(letIn.device_code)).status === 200,
        20_000
      )
      await until('a poll has put the one on record that began meanwhile', async () => {
        await pollLater(late.device_code)
        return await approve(late.user_code)
      })
      assert.equal((await pollLater(late.device_code)).status, 200)
      assert.equal((await client.refresh(refreshToken)).status, 200)
    })
  }

  test('is completed at any replica, and renewed at several at once', async (t) => {
    const [redis, databaseUrl] = [await startRedisServer(t), await postgresUrl(t)]
    const { clock, leap } = leapingClock()
    const [one, two] = [
      await startGateway(t, { redis, databaseUrl, clock }),
      await startGateway(t, { redis, databaseUrl, clock })
    ]
    const [ofOne, ofTwo] = [deviceClient(one), deviceClient(two)]
    const begun = await ofOne.begin()
    assert.equal((await ofTwo.poll(begun.device_code)).body.error, 'authorization_pending')
    const ann = await signIn(two, USER)
    assert.equal((await ann.call('POST', `/me/v1/device-codes/${begun.user_code}/approve`)).status, 204)
    leap(5000)
    const responses = await Promise.all([ofOne, ofTwo].map(({ poll }) => poll(begun.device_code)))
    assert.deepEqual(
      responses.map(({ status }) => status),
      [200, 200]
    )
    const [tokens, same] = responses.map(({ body }) => [body.access_token, body.refresh_token])
    assert.deepEqual(tokens, same, 'two who ask at once are one sign-in')
    const refreshToken = tokens?.[1] ?? ''
    const renewed = await Promise.all([ofOne, ofTwo, ofOne, ofTwo].map(({ refresh }) => refresh(refreshToken)))
    for (const { body } of renewed) {
      const headers = { authorization: `Bearer ${body.access_token}` }
      for (const gateway of [one, two]) assert.equal((await gateway.get('/v1/models', headers)).status, 200)
    }
    await ofOne.revoke(refreshToken)
    const headers = { authorization: `Bearer ${renewed[0]?.body.access_token}` }
    assert.equal((await one.get('/v1/models', headers)).status, 401)
    await until('the other replica has heard of it', async () => (await two.get('/v1/models', headers)).status === 401)
  })

  test('is answered while the process waits for its streams to end, when nothing else is', async (t) => {
    const { clock, leap } = leapingClock()
    const gateway = await startGateway(t, { clock })
    const client = deviceClient(gateway)
    const { device_code: code } = await client.begin()
    gateway.upstream.setBehaviour({ breakOff: { how: 'stall', at: 'message_delta' } })
    const hangUp = new AbortController()
    const stream = await gateway.messages(ask({ stream: true }), { signal: hangUp.signal })
    const stopped = gateway.stop()
    await until('nothing new is served', async () => (await gateway.get('/v1/models')).status === 503)
    leap(5000)
    assert.equal((await client.poll(code)).body.error, 'authorization_pending')
    assert.equal((await gateway.get('/.well-known/oauth-authorization-server', {})).status, 200)
    assert.equal((await gateway.get('/managed/settings')).status, 404)
    hangUp.abort()
    await assert.rejects(stream.text())
    await stopped
  })
})
