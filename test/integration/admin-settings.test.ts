import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, ask, startGateway } from '../support/gateway.ts'
import { operatorOf, statusesOf } from '../support/operator.ts'
import { postgresUrl } from '../support/databases.ts'
import { startRedisServer } from '../support/redis-server.ts'
import { until } from '../support/until.ts'

interface Setting {
  name: string
  value: string | null
  source: string
  changeable: boolean
  version: number
}

test('settings are shown without their secrets, and some are changed while it runs', async (t) => {
  const redis = await startRedisServer(t)
  const databaseUrl = await postgresUrl(t)
  const webhook = {
    WEBHOOK_URL: 'http://127.0.0.1:9/?token=secret-in-a-query',
    WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 9).toString('base64')}`
  }
  let upstreamUrl: string | null = null
  const start = () =>
    startGateway(t, {
      redis,
      databaseUrl,
      env: { MAX_ATTEMPTS: '2', ...webhook },
      declared: (url) => ({ accounts: ['a', 'b', 'c'].map((name) => account(name, (upstreamUrl ??= url))) })
    })
  const gateway = await start()
  const other = await start()
  const { call, refusal, audit } = operatorOf(gateway)
  const named = async (name: string, of = gateway) =>
    (await of.admin<{ data: Setting[] }>('/settings')).data.find((setting) => setting.name === name)
  const attempts = async () => {
    gateway.upstream.setBehaviour({ error: { status: 500 } })
    const before = gateway.upstream.requests.length
    await (await gateway.messages(ask())).arrayBuffer()
    await gateway.heal()
    return gateway.upstream.requests.length - before
  }

  await t.test('of secrets it is only said that they are set', async () => {
    const { text } = await call('GET', '/settings')
    for (const secret of [
      'secret-in-a-query',
      webhook.WEBHOOK_SECRET,
      'an-admin-token-for-tests-only',
      '07070707',
      databaseUrl,
      redis.url
    ]) {
      assert.ok(!text.includes(secret), secret)
    }
    const values = await Promise.all(
      [
        'WEBHOOK_URL',
        'SLUICE_SECRET_KEY',
        'MAX_ATTEMPTS',
        'OIDC_ISSUER',
        'HOST',
        'REDIS_KEY_PREFIX',
        'UNKNOWN_MODEL_PRICE'
      ].map((name) => named(name))
    )
    assert.deepEqual(
      values.map((setting) => [setting?.value, setting?.source, setting?.changeable]),
      [
        ['set', 'start', false],
        ['set', 'start', false],
        ['2', 'start', true],
        [null, 'start', false],
        ['127.0.0.1', 'start', false],
        ['sluice', 'start', false],
        ['5/25', 'start', false]
      ]
    )
  })

  await t.test(
    'a change holds with the next request, at the other replica, and after a restart, until it is taken back',
    async () => {
      assert.equal(await attempts(), 2)
      const changed = await call('PUT', '/settings/MAX_ATTEMPTS', { value: '3' })
      assert.deepEqual(
        [changed.status, changed.body['value'], changed.body['source'], changed.headers.get('etag')],
        [200, '3', 'runtime', '"1"']
      )
      assert.deepEqual((await audit(1))[0]?.detail, { before: null, after: '3' })
      assert.equal(await attempts(), 3)
      await until('the other has it', () => other.app.config.maxAttempts === 3)
      await other.stop()
      await other.start()
      assert.equal((await named('MAX_ATTEMPTS', other))?.value, '3')
      const change = (value: string) => call('PUT', '/settings/MAX_ATTEMPTS', { value }, { 'if-match': '"1"' })
      assert.deepEqual(statusesOf(await Promise.all([change('1'), change('4')])), [200, 412])
      assert.equal((await call('DELETE', '/settings/MAX_ATTEMPTS')).body['value'], '2')
      assert.equal(await attempts(), 2)
      await until('the other has it', () => other.app.config.maxAttempts === 2)
    }
  )

  await t.test('who began from what somebody else has changed since is told, also where it is gone by now', async () => {
    const path = '/settings/QUEUE_EXTRA'
    const put = (value: string, etag: string | null) => call('PUT', path, { value }, { 'if-match': etag ?? '' })
    const etagOf = async () => (await call('GET', path)).headers.get('etag')
    assert.equal(await etagOf(), '"0"', 'nobody has changed it')
    assert.equal((await named('QUEUE_EXTRA'))?.version, 0)

    assert.deepEqual(statusesOf(await Promise.all([put('7', '"0"'), put('8', '"0"')])), [200, 412])
    const first = await etagOf()
    const refused = await put('9', '"0"')
    assert.deepEqual([refused.status, refused.headers.get('etag')], [412, first])
    assert.equal(`"${(await named('QUEUE_EXTRA'))?.version}"`, first)

    const taken = await call('DELETE', path, undefined, { 'if-match': first ?? '' })
    assert.deepEqual([taken.status, taken.headers.get('etag')], [200, '"0"'])
    assert.deepEqual(
      [(await put('9', first)).status, (await call('DELETE', path, undefined, { 'if-match': first ?? '' })).status],
      [412, 412]
    )
    assert.equal((await put('10', '"0"')).status, 200)
    assert.notEqual(await etagOf(), first, 'what is set again is not what it was')
    assert.equal((await put('11', first)).status, 412)
    assert.equal((await call('DELETE', path)).status, 200, 'and without If-Match the last change wins')
    assert.deepEqual(await refusal('GET', '/settings/QUEUE_EXTRAS'), [
      404,
      'there is no setting QUEUE_EXTRAS; did you mean QUEUE_EXTRA?'
    ])
  })

  await t.test('what cannot be is refused, in words', async () => {
    for (const [name, value, status, message] of [
      ['MAX_ATTEMPTS', '0', 400, /^value: MAX_ATTEMPTS must be a whole number from 1 to 100, not "0"$/],
      ['QUEUE_TIMEOUT_MS', 'soon', 400, /milliseconds/],
      ['PORT', '1', 409, /^PORT is read at startup: set it in the environment and restart/],
      ['SLUICE_SECRET_KEY', 'x', 409, /is read at startup/],
      ['COLOUR', 'red', 404, /no setting COLOUR$/],
      ['QUEUE_EXTRAS', '50', 404, /no setting QUEUE_EXTRAS; did you mean QUEUE_EXTRA\?$/]
    ] as const) {
      const [got, text] = await refusal('PUT', `/settings/${name}`, { value })
      assert.equal(got, status, text)
      assert.match(text, message)
    }
  })
})
