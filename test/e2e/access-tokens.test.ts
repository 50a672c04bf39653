import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { dropExpiredTokens } from '../../services/resources/records/sign-ins.ts'
import { issueAccessToken } from '../../services/resources/sign-in/access-tokens.ts'
import { hashClientKey } from '../../services/platform/secrets.ts'
import { ask, refusalOf, startGateway, USER, type Gateway } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { until } from '../support/until.ts'

const HOUR_MS = 3_600_000

const keyIdOf = async (gateway: Gateway) => (await operatorOf(gateway).row('keys', ({ name }) => name === 'laptop')).id

/** The headers of a client with a token that stands for the key of the tests. */
async function tokenFor({ app }: Gateway, keyId: string, lifeMs = HOUR_MS) {
  const { accessToken } = await issueAccessToken({ db: app.pg.pool, clock: app.clock }, { keyId, lifeMs })
  return { authorization: `Bearer ${accessToken}` }
}

/** Without the client key that requests of tests have otherwise. */
const messagesAs = ({ url }: Gateway, headers: Record<string, string>, body: object = ask()) =>
  fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body)
  })

await suite('an access token', { timeout: 60_000 }, async () => {
  test('is as good as its key on every route of clients, and its usage is the key’s', async (t) => {
    const gateway = await startGateway(t)
    const headers = await tokenFor(gateway, await keyIdOf(gateway))
    assert.equal((await messagesAs(gateway, headers)).status, 200)
    for (const path of ['/v1/models', '/v1/usage']) assert.equal((await gateway.get(path, headers)).status, 200, path)
    const counted = await fetch(`${gateway.url}/v1/messages/count_tokens`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(ask())
    })
    assert.equal(counted.status, 200)
    await gateway.settled()
    const [event] = await gateway.settledEvents(1)
    assert.deepEqual([event?.user_email, event?.key_name], [USER, 'laptop'])
    assert.ok(!gateway.logs.join('').includes(headers.authorization.slice(7)))
  })

  test('that has expired is refused with the reason, until nobody knows it any more', async (t) => {
    const gateway = await startGateway(t)
    const { app } = gateway
    const headers = await tokenFor(gateway, await keyIdOf(gateway), -1)
    const refused = await refusalOf(await messagesAs(gateway, headers))
    assert.equal(refused.status, 401)
    assert.match(refused.message, /^This access token expired at \d{4}-/)
    assert.equal(refused.headers.get('x-should-retry'), 'false')

    const { rows } = await app.pg.pool.query<{ hash: Buffer }>('select token_hash as hash from access_tokens')
    assert.deepEqual(rows[0]?.hash, hashClientKey(headers.authorization.slice(7)))
    await dropExpiredTokens(app.pg.pool, app.clock.now() + 1)
    app.bus.publish('directory')
    assert.equal((await refusalOf(await messagesAs(gateway, headers))).message, 'invalid x-api-key')
  })

  test('dies with its key and its user; a stream that runs by then goes on to its end', async (t) => {
    const gateway = await startGateway(t)
    const { call, row } = operatorOf(gateway)
    const keyId = await keyIdOf(gateway)
    const headers = await tokenFor(gateway, keyId)
    const { id: userId } = await row('users', ({ email }) => email === USER)
    gateway.upstream.setBehaviour({ deltas: 20, paceMs: 20 })
    const stream = await messagesAs(gateway, headers, ask({ stream: true }))
    await call('PATCH', `/users/${userId}`, { status: 'disabled' })
    assert.equal((await refusalOf(await messagesAs(gateway, headers))).message, 'The user of this API key is disabled')
    assert.match(await stream.text(), /event: message_stop/)
    await call('PATCH', `/users/${userId}`, { status: 'active' })
    assert.equal((await messagesAs(gateway, headers)).status, 200)
    await call('POST', `/keys/${keyId}/revoke`)
    assert.equal((await refusalOf(await messagesAs(gateway, headers))).message, 'This API key was revoked')
  })

  test('that another process revokes is refused as soon as that is heard', async (t) => {
    const gateway = await startGateway(t)
    const headers = await tokenFor(gateway, await keyIdOf(gateway))
    assert.equal((await gateway.get('/v1/models', headers)).status, 200)
    await gateway.app.pg.pool.query('update access_tokens set revoked_at = now()')
    await until('it is refused', async () => (await gateway.get('/v1/models', headers)).status === 401)
    const refused = await refusalOf(await messagesAs(gateway, headers))
    assert.deepEqual([refused.status, refused.message], [401, 'This access token was revoked'])
  })
})
