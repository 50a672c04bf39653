import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  account,
  ask,
  CLIENT_KEY,
  credentialOf,
  refusalOf,
  saying,
  startGateway,
  USER,
  type Gateway
} from '../support/gateway.ts'

const OPUS = 'claude-opus-5-5'
const SONNET = 'claude-sonnet-5-5'
const HAIKU = 'claude-haiku-5-5'

/** Which account was asked for which model. */
const asked = ({ upstream }: Gateway) =>
  upstream.requests.map(({ credential, body }) => [credential, (JSON.parse(body.toString()) as { model: string }).model])

async function listed(gateway: Gateway) {
  const { data } = (await (await gateway.get('/v1/models?limit=1000')).json()) as { data: { id: string }[] }
  return data.map(({ id }) => id)
}

await suite('which models an account serves', async () => {
  test('is told by its mapping and its allowed models', async (t) => {
    const gateway = await startGateway(t, {
      declared: (url) => ({
        accounts: [
          account('mapped', url, { model_mapping: { [OPUS]: 'big-model' } }),
          account('allowed', url, { allowed_models: [SONNET] })
        ]
      })
    })
    for (const model of [OPUS, SONNET]) assert.equal((await gateway.messages(saying(model, { model }))).status, 200)
    const refusal = await refusalOf(await gateway.messages(ask({ model: HAIKU })))
    assert.deepEqual(
      [refusal.status, refusal.message],
      [503, `No available accounts: no account of group default serves ${HAIKU}`]
    )
    assert.deepEqual(asked(gateway), [
      [credentialOf('mapped'), 'big-model'],
      [credentialOf('allowed'), SONNET]
    ])
    assert.deepEqual((await listed(gateway)).sort(), [OPUS, SONNET].sort())
    const messageOf = async (id: string) => (await refusalOf(await gateway.get(`/v1/models/${id}`))).message
    assert.equal(await messageOf(HAIKU), `model: ${HAIKU} is not served by any account of group default`)
    assert.equal(await messageOf('claude-nothing'), 'model: claude-nothing')
  })

  test('a group’s mapping renames once, and is billed by the name that was asked for', async (t) => {
    const gateway = await startGateway(t, {
      declared: (url) => ({
        groups: [{ name: 'default', kind: 'balance', model_mapping: { [OPUS]: SONNET, [SONNET]: HAIKU, fast: HAIKU } }],
        accounts: [account('main', url)]
      })
    })
    const response = await gateway.messages(ask({ model: OPUS }))
    assert.equal(((await response.json()) as { model: string }).model, OPUS)
    const [event] = await gateway.settledEvents(1)
    assert.equal(event!.requested_model, OPUS)
    await (await gateway.messages(ask({ model: 'fast' }))).text()
    assert.deepEqual(
      asked(gateway).map(([, model]) => model),
      [SONNET, HAIKU]
    )
    assert.ok((await listed(gateway)).includes('fast'))
    const alias = await gateway.get('/v1/models/fast')
    assert.equal(((await alias.json()) as { id: string }).id, 'fast')
  })

  test('a group’s allowed models bound what its accounts offer', async (t) => {
    const gateway = await startGateway(t, {
      declared: (url) => ({
        groups: [
          { name: 'default', kind: 'balance', allowed_models: [OPUS, 'fast'], model_mapping: { fast: HAIKU, slow: OPUS } }
        ],
        accounts: [account('main', url)]
      })
    })
    assert.deepEqual((await listed(gateway)).sort(), [OPUS, 'fast'].sort())
    assert.equal((await refusalOf(await gateway.messages(ask({ model: HAIKU })))).status, 404)
    assert.equal((await refusalOf(await gateway.messages(ask({ model: 'slow' })))).status, 404)
    assert.equal((await gateway.messages(ask({ model: 'fast' }))).status, 200)
    assert.equal((await gateway.get(`/v1/models/${HAIKU}`)).status, 404)
  })

  test('a model is the same with the day of its release, in capitals and with a long context, and goes up as it was written', async (t) => {
    const haiku = 'claude-haiku-4-5'
    const asked = [haiku, `${haiku}-20251001`, 'Claude-Haiku-4-5', `${haiku}[1m]`, 'CLAUDE-HAIKU-4-5-20251001[1M]']
    const key = { name: 'laptop', key: CLIENT_KEY, allowed_models: [haiku] }
    const otherKey = 'sk-sluice-a-key-of-the-group-that-maps'
    const gateway = await startGateway(t, {
      declared: (url) => ({
        groups: [
          { name: 'default', kind: 'balance', allowed_models: [haiku] },
          { name: 'mapping', kind: 'balance' }
        ],
        accounts: [
          account('main', url, { allowed_models: [haiku] }),
          account('mapped', url, { groups: ['mapping'], model_mapping: { [haiku]: haiku, [OPUS]: 'big-model' } })
        ],
        users: [{ email: USER, balance_usd: '10', concurrency: 0, keys: [key, { name: 'k', key: otherKey, group: 'mapping' }] }]
      })
    })
    const sent = async (models: string[], clientKey: string) => {
      gateway.upstream.reset()
      for (const model of models) {
        const response = await gateway.messages(saying(model, { model }), { headers: { 'x-api-key': clientKey } })
        assert.equal(response.status, 200, await response.text())
      }
      return gateway.upstream.requests.map(({ body }) => (JSON.parse(body.toString()) as { model: string }).model)
    }
    assert.deepEqual(await sent(asked, CLIENT_KEY), asked)
    assert.deepEqual(await sent(asked, otherKey), asked)
    const renamed = [OPUS, `${OPUS}[1m]`, `Claude-Opus-5-5-20261001`]
    assert.deepEqual(
      await sent(renamed, otherKey),
      renamed.map(() => 'big-model')
    )
    assert.equal((await refusalOf(await gateway.messages(ask({ model: 'claude-haiku-4' })))).status, 404)
    assert.deepEqual((await listed(gateway)).sort(), [haiku, `${haiku}-20251001`])
    for (const id of asked) assert.equal((await gateway.get(`/v1/models/${encodeURIComponent(id)}`)).status, 200, id)
  })

  test('accounts that are disabled, or somebody else’s, offer nothing', async (t) => {
    const signIn = { type: 'setup-token', credentials: { access_token: 'sk-ant-oat01-somebodys-own-token' } }
    const gateway = await startGateway(t, {
      declared: (url) => ({
        accounts: [
          account('off', url, { status: 'disabled', allowed_models: [OPUS] }),
          account('theirs', url, { ...signIn, owner: 'other@example.com', allowed_models: [SONNET] }),
          account('mine', url, { ...signIn, owner: USER, allowed_models: [HAIKU] })
        ],
        users: [
          { email: 'other@example.com' },
          { email: USER, balance_usd: '10', keys: [{ name: 'laptop', key: 'sk-sluice-a-client-key-for-tests' }] }
        ]
      })
    })
    assert.deepEqual(await listed(gateway), [HAIKU])
  })

  test('an account that cools is still offered: it will be back', async (t) => {
    const gateway = await startGateway(t)
    gateway.upstream.setBehaviour({ error: { status: 429 } })
    await (await gateway.messages(ask())).text()
    assert.ok((await listed(gateway)).includes(OPUS))
  })
})
