import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { issueAccessToken } from '../../services/resources/sign-in/access-tokens.ts'
import { databaseProxy } from '../support/database-proxy.ts'
import { migratedUrl } from '../support/databases.ts'
import { leapingClock } from '../support/device-client.ts'
import { account, CLIENT_KEY, startGateway, user, type Gateway, type GatewayOptions } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { startRedisServer } from '../support/redis-server.ts'
import { until } from '../support/until.ts'

const HOUR_MS = 3_600_000
const SETTINGS = { permissions: { deny: ['Read(./.env)'] }, env: { ANTHROPIC_DEFAULT_OPUS_MODEL: 'claude-opus-5-5' } }
const OTHER = { model: 'claude-haiku-5-5' }

type Headers = Record<string, string>

const ask = async (gateway: Gateway, headers: Headers) => {
  const startedAt = performance.now()
  const response = await gateway.get('/managed/settings', headers)
  const body = await response.text()
  assert.ok(performance.now() - startedAt < 3000, 'it took too long')
  return { status: response.status, etag: response.headers.get('etag'), headers: response.headers, body }
}
const settingsIn = ({ body }: { body: string }) => (JSON.parse(body) as { settings: unknown }).settings

/** A gateway whose group has settings, and somebody who is signed in to it. */
async function started(t: TestContext, options: GatewayOptions = {}) {
  const gateway = await startGateway(t, options)
  const operator = operatorOf(gateway)
  const { id } = await operator.row('groups', ({ name }) => name === 'default')
  const set = async (settings: object | null) => {
    const body = { managed_settings: settings, confirm_managed_settings: true }
    const { status, text } = await operator.call('PATCH', `/groups/${id}`, body)
    assert.equal(status, 200, text)
  }
  const { id: keyId } = await operator.row('keys', ({ name }) => name === 'laptop')
  const tokenFor = async (lifeMs = HOUR_MS): Promise<Headers> => {
    const { accessToken } = await issueAccessToken({ db: gateway.app.pg.pool, clock: gateway.app.clock }, { keyId, lifeMs })
    return { authorization: `Bearer ${accessToken}` }
  }
  return { gateway, operator, groupId: id, keyId, set, tokenFor }
}

await suite('managed settings', { timeout: 120_000 }, async () => {
  test('are those of the group, are told to be the same, and are none by default', async (t) => {
    const { gateway, set, tokenFor } = await started(t)
    const token = await tokenFor()
    const none = await ask(gateway, { ...token, 'if-none-match': `"sha256:${'0'.repeat(64)}"` })
    assert.deepEqual([none.status, none.etag], [404, null])
    await set(SETTINGS)
    const first = await ask(gateway, token)
    const { uuid, checksum, settings, ...rest } = JSON.parse(first.body) as Record<string, string>
    assert.deepEqual([first.status, settings, rest], [200, SETTINGS, {}])
    assert.match(uuid ?? '', /^[\da-f-]{36}$/)
    assert.match(checksum ?? '', /^sha256:[\da-f]{64}$/)
    assert.deepEqual([first.etag, first.headers.get('cache-control')], [`"${checksum}"`, 'no-store'])
    assert.match(first.headers.get('content-type') ?? '', /^application\/json/)
    for (const tag of [`"${checksum}"`, `W/"${checksum}"`, `"a", "${checksum}"`]) {
      const again = await ask(gateway, { ...token, 'if-none-match': tag })
      assert.deepEqual([again.status, again.etag, again.body], [304, first.etag, ''], tag)
    }
    for (const tag of ['*', '"a"', checksum ?? '', none.headers.get('etag') ?? '', `"sha256:${'0'.repeat(64)}"`]) {
      assert.equal((await ask(gateway, { ...token, 'if-none-match': tag })).status, 200, tag)
    }
    await set(OTHER)
    const changed = await ask(gateway, { ...token, 'if-none-match': first.etag ?? '' })
    assert.deepEqual([changed.status, settingsIn(changed)], [200, OTHER])
    assert.notEqual(changed.etag, first.etag)
    await set(null)
    assert.equal((await ask(gateway, { ...token, 'if-none-match': changed.etag ?? '' })).status, 404)
  })

  test('are not for who is not signed in any more, who is told so and nothing else', async (t) => {
    const { gateway, operator, keyId, set, tokenFor } = await started(t, { env: { AUTH_FAILURES_MAX: '2' } })
    await set(SETTINGS)
    const token = await tokenFor()
    const expired = await tokenFor(-1)
    const refused: Headers[] = [{}, { authorization: 'Bearer nothing' }, expired, { authorization: 'Basic x' }]
    for (let n = 0; n < 2; n++) {
      for (const headers of refused) {
        const { status, headers: told } = await ask(gateway, { ...headers, 'if-none-match': `"sha256:${'0'.repeat(64)}"` })
        // Also of who has failed too often, since a 429 would keep Claude Code from starting.
        assert.deepEqual([status, told.get('x-should-retry')], [401, 'false'], JSON.stringify(headers))
      }
    }
    await operator.call('PATCH', `/keys/${keyId}`, { allowed_ips: ['192.0.2.1'] })
    assert.equal((await gateway.get('/v1/models', token)).status, 403)
    assert.equal((await ask(gateway, token)).status, 200)
    await operator.call('POST', `/keys/${keyId}/revoke`)
    assert.equal((await ask(gateway, token)).status, 401)
  })

  for (const how of ['cut', 'hang'] as const) {
    test(`stay what they were while Postgres is away (${how}), for whoever was known, and are taken from nobody`, async (t) => {
      const database = await databaseProxy(await migratedUrl(t))
      t.after(() => database.restore())
      const { clock, leap } = leapingClock()
      const { gateway, set, tokenFor } = await started(t, {
        clock,
        env: { DATABASE_URL: database.url, CACHE_FRESH_MS: '0', CACHE_STALE_MS: '60000' }
      })
      t.after(() => database.close())
      await set(SETTINGS)
      const [known, unknown] = [await tokenFor(), await tokenFor()]
      const { etag } = await ask(gateway, known)
      const own = { 'if-none-match': etag ?? '' }
      database[how]()
      const assertKept = async () => {
        assert.deepEqual(settingsIn(await ask(gateway, known)), SETTINGS)
        assert.equal((await ask(gateway, { ...known, ...own })).status, 304)
        assert.equal((await ask(gateway, { ...known, 'if-none-match': '"other"' })).status, 200)
        // A process that has never seen a token cannot tell whose it is: what its machine has it keeps.
        const [kept, none] = [await ask(gateway, { ...unknown, ...own }), await ask(gateway, unknown)]
        assert.deepEqual([kept.status, kept.etag, none.status], [304, etag, 404])
      }
      await assertKept()
      // Past the time for which keys are trusted.
      leap(600_000)
      assert.equal((await gateway.get('/v1/models', known)).status, 503)
      await assertKept()
      database.restore()
      await until('the database is asked again', async () => (await ask(gateway, unknown)).status === 200)
      await set(OTHER)
      assert.deepEqual(settingsIn(await ask(gateway, known)), OTHER)
    })
  }

  test('are answered while Redis is away', async (t) => {
    const redis = await startRedisServer(t)
    const { gateway, set, tokenFor } = await started(t, { redis })
    await set(SETTINGS)
    const token = await tokenFor()
    await redis.stop()
    assert.equal((await ask(gateway, token)).status, 200)
    assert.equal((await ask(gateway, { authorization: 'Bearer nothing' })).status, 401)
  })

  test('that somebody has spoilt in the database are none, which the log says once', async (t) => {
    const { gateway, groupId, set, tokenFor } = await started(t, { env: { CACHE_FRESH_MS: '0' } })
    await set(SETTINGS)
    const token = await tokenFor()
    const { pool } = gateway.app.pg
    for (const text of [JSON.stringify(OTHER), '[]', '{"env":{"A":1}}']) {
      await pool.query('update groups set managed_settings = $2 where id = $1', [groupId, text])
      gateway.app.bus.publish('directory')
      for (let n = 0; n < 2; n++) assert.equal((await ask(gateway, token)).status, 404, text)
    }
    const lines = gateway.logs.filter((line) => line.includes('managed settings cannot be used'))
    assert.equal(lines.length, 1)
    assert.match(lines[0] ?? '', /"level":50.*"group":"default"/)
    await set(SETTINGS)
    assert.equal((await ask(gateway, token)).status, 200)
    const tooLong = pool.query('update groups set managed_settings = $1', [JSON.stringify('x'.repeat(70_000))])
    await assert.rejects(tooLong, /violates check constraint/)
    await assert.rejects(pool.query('update groups set managed_settings_uuid = null'), /violates check constraint/)
  })

  test('are each group’s own, also from another process', async (t) => {
    const declared = (url: string) => ({
      groups: [
        { name: 'default', kind: 'balance', managed_settings: SETTINGS },
        { name: 'other', kind: 'balance', managed_settings: OTHER }
      ],
      accounts: [account('main', url)],
      users: [
        user({
          keys: [
            { name: 'laptop', key: CLIENT_KEY },
            { name: 'desk', group: 'other', key: `${CLIENT_KEY}-2` }
          ]
        })
      ]
    })
    const { gateway } = await started(t, { declared })
    const keys = [CLIENT_KEY, `${CLIENT_KEY}-2`]
    const responses = await Promise.all(keys.map((key) => ask(gateway, { 'x-api-key': key })))
    assert.deepEqual(responses.map(settingsIn), [SETTINGS, OTHER])
    await gateway.app.pg.pool.query(
      `update groups set managed_settings = o.managed_settings, managed_settings_checksum = o.managed_settings_checksum
       from groups o where groups.name = 'default' and o.name = 'other'`
    )
    await until('it is heard', async () => (await ask(gateway, { 'x-api-key': CLIENT_KEY })).etag === responses[1]?.etag)
  })
})
