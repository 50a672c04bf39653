import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, ask, startGateway, user } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'

interface Preview {
  models: {
    requested_model: string
    groups: string[]
    sent_as: string | null
    reason: string | null
    priced_as: string | null
    usd_per_mtok: { input: string; output: string } | null
    asked_lately: boolean
  }[]
  unknown_model: { input: string; output: string }
}

const OPUS = 'claude-opus-5-5'
const HAIKU = 'claude-haiku-4-5'

test('the preview of a mapping says what comes true, before and after it is saved', async (t) => {
  const gateway = await startGateway(t, {
    declared: (url) => ({
      groups: [
        { name: 'default', kind: 'balance', model_mapping: { quick: HAIKU } },
        { name: 'empty', kind: 'balance' }
      ],
      accounts: [account('main', url)],
      users: [user()]
    })
  })
  const { upstream } = gateway
  const { call, refusal } = operatorOf(gateway)
  const previewOf = async (path: string, body: object) => {
    const { status, body: preview, text } = await call('POST', path, body)
    assert.equal(status, 200, text)
    return preview as unknown as Preview
  }
  const named = ({ models }: Preview, requested: string) =>
    models.find(({ requested_model: name }) => name === requested) ?? assert.fail(`no ${requested}`)

  const rules = { model_mapping: { [OPUS]: HAIKU, 'my-model': OPUS }, groups: ['default'] }

  await t.test('of an account that is not there yet', async () => {
    const preview = await previewOf('/accounts/mapping-preview', rules)
    assert.partialDeepStrictEqual(named(preview, OPUS), { groups: ['default'], sent_as: HAIKU, priced_as: OPUS, reason: null })
    assert.partialDeepStrictEqual(named(preview, 'my-model'), { sent_as: OPUS, priced_as: null, usd_per_mtok: null })
    assert.partialDeepStrictEqual(named(preview, HAIKU), { sent_as: null, reason: 'not served by this account' })
    assert.deepEqual(preview.unknown_model, { input: '5', output: '25' })
    const plain = await previewOf('/accounts/mapping-preview', {})
    assert.partialDeepStrictEqual(named(plain, 'quick'), { sent_as: HAIKU, priced_as: null })
    assert.deepEqual((await previewOf('/accounts/mapping-preview', { groups: ['empty'] })).models[0]?.groups, ['empty'])
  })

  await t.test('of a change, which changes nothing', async () => {
    const before = await gateway.admin<Preview>('/accounts/main/mapping')
    assert.partialDeepStrictEqual(named(before, OPUS), { sent_as: OPUS, priced_as: OPUS })
    const preview = await previewOf('/accounts/main/mapping-preview', { model_mapping: rules.model_mapping })
    assert.partialDeepStrictEqual(named(preview, OPUS), { sent_as: HAIKU })
    assert.deepEqual(await gateway.admin('/accounts/main/mapping'), before)
    assert.deepEqual(await previewOf('/accounts/main/mapping-preview', { model_mapping: null }), before)
  })

  await t.test('and requests go the way that it says, at the price that it says', async () => {
    assert.equal((await call('PATCH', '/accounts/main', { model_mapping: rules.model_mapping })).status, 200)
    const preview = await gateway.admin<Preview>('/accounts/main/mapping')
    for (const model of [OPUS, 'my-model', HAIKU, 'quick']) {
      const { sent_as: sentAs, priced_as: pricedAs, usd_per_mtok: usd } = named(preview, model)
      const before = upstream.requests.length
      const response = await gateway.messages(ask({ model }))
      await response.arrayBuffer()
      if (sentAs === null) {
        assert.notEqual(response.status, 200)
        assert.equal(upstream.requests.length, before)
        continue
      }
      assert.equal(response.status, 200)
      assert.equal(JSON.parse(upstream.requests.at(-1)!.body.toString()).model, sentAs)
      await gateway.settled()
      const event = (await gateway.events())[0]!
      assert.equal(event.price_unknown, pricedAs === null)
      const { input, output } = usd ?? preview.unknown_model
      const cost = (event.input_tokens * Number(input) + event.output_tokens * Number(output)) / 1e6
      assert.ok(Math.abs(Number(event.cost_usd) - cost) < 1e-9, `${model}: ${event.cost_usd}, not ${cost}`)
    }
  })

  await t.test('and what was asked for lately is marked', async () => {
    const { models } = await gateway.admin<Preview>('/accounts/main/mapping')
    const asked = models.filter(({ asked_lately: isAsked }) => isAsked).map(({ requested_model: name }) => name)
    assert.deepEqual(asked.toSorted(), [OPUS, 'my-model'])
  })

  await t.test('but not of rules that no account can have', async () => {
    for (const [path, body, status, message] of [
      ['/accounts/mapping-preview', { groups: ['nowhere'] }, 400, /^groups: there is no group nowhere$/],
      ['/accounts/mapping-preview', { model_mapping: { 'a b': 'x' } }, 400, /is not the name of a model/],
      ['/accounts/mapping-preview', { accept: [OPUS] }, 400, /is a name of Claude/],
      ['/accounts/mapping-preview', { credentials: { api_key: 'x' } }, 400, /^credentials is not a known field/],
      ['/accounts/nobody/mapping-preview', {}, 404, /there is no account nobody/],
      ['/accounts/999/mapping-preview', {}, 404, /no account with id 999/]
    ] as const) {
      const [given, text] = await refusal('POST', path, body)
      assert.deepEqual([given, message.test(text)], [status, true], text)
    }
  })
})
