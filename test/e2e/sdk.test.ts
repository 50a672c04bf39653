import Anthropic from '@anthropic-ai/sdk'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  account,
  CLIENT_KEY,
  MODEL,
  occupy,
  startGateway,
  user,
  type Gateway,
  type GatewayOptions
} from '../support/gateway.ts'
import type { Behaviour } from '../../simulator/behaviour.ts'

const PARAMS = {
  model: MODEL,
  max_tokens: 100,
  messages: [{ role: 'user', content: 'hello' }]
} satisfies Anthropic.MessageCreateParams

const clientOf = ({ url }: Gateway, options: ConstructorParameters<typeof Anthropic>[0] = {}) =>
  new Anthropic({ baseURL: url, apiKey: CLIENT_KEY, maxRetries: 0, ...options })

/** What a promise rejects with. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => assert.fail('it should have failed'),
    (error: unknown) => error
  )
}

await suite('the official SDK', async () => {
  test('reads a stream event by event', async (t) => {
    const gateway = await startGateway(t)
    gateway.upstream.setBehaviour({ text: 'Grüße, 漢字 🙂', deltas: 5, usage: { inputTokens: 10, outputTokens: 20 } })
    const types: string[] = []
    let text = ''
    for await (const event of await clientOf(gateway).messages.create({ ...PARAMS, stream: true })) {
      types.push(event.type)
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') text += event.delta.text
    }
    assert.equal(text, 'Grüße, 漢字 🙂')
    assert.deepEqual([types[0], types.at(-2), types.at(-1)], ['message_start', 'message_delta', 'message_stop'])
    const [event] = await gateway.settledEvents(1)
    assert.deepEqual([event!.basis, event!.input_tokens, event!.output_tokens], ['final', 10, 20])
  })

  test('puts a stream together to the message', async (t) => {
    const gateway = await startGateway(t)
    gateway.upstream.setBehaviour({ text: 'hello back', thinking: 'hm', usage: { outputTokens: 20 } })
    const stream = clientOf(gateway).messages.stream(PARAMS)
    const message = await stream.finalMessage()
    assert.deepEqual(
      message.content.map(({ type }) => type),
      ['thinking', 'text']
    )
    assert.deepEqual([message.stop_reason, message.usage.output_tokens, message.model], ['end_turn', 20, MODEL])
    assert.equal(stream.request_id, gateway.upstream.messageStarts[0]!.requestId)
  })

  test('reads a plain response', async (t) => {
    const gateway = await startGateway(t)
    const message = await clientOf(gateway).messages.create(PARAMS)
    assert.equal(message.content[0]?.type, 'text')
    assert.equal(message._request_id, gateway.upstream.messageStarts[0]!.requestId)
  })

  test('is understood with either way of sending its key', async (t) => {
    const gateway = await startGateway(t)
    const withKey = clientOf(gateway, { apiKey: null, authToken: null, defaultHeaders: { 'x-api-key': CLIENT_KEY } })
    for (const client of [clientOf(gateway), clientOf(gateway, { apiKey: null, authToken: CLIENT_KEY }), withKey]) {
      assert.equal((await client.messages.create(PARAMS)).type, 'message')
    }
  })

  test('uses a tool and tells the result', async (t) => {
    const gateway = await startGateway(t)
    const client = clientOf(gateway)
    const tools: Anthropic.Tool[] = [
      { name: 'weather', input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } }
    ]
    const question: Anthropic.MessageParam = { role: 'user', content: 'please use the tool' }
    const asked = await client.messages.stream({ ...PARAMS, tools, messages: [question] }).finalMessage()
    assert.equal(asked.stop_reason, 'tool_use')
    const use = asked.content.find((block) => block.type === 'tool_use')!
    assert.deepEqual([use.name, use.input], ['weather', { city: 'simulated' }])
    const result: Anthropic.ToolResultBlockParam = { type: 'tool_result', tool_use_id: use.id, content: 'sunny' }
    const messages: Anthropic.MessageParam[] = [
      question,
      { role: 'assistant', content: asked.content },
      { role: 'user', content: [result] }
    ]
    const response = await client.messages.create({ ...PARAMS, tools, messages })
    assert.match(JSON.stringify(response.content), /The tool answered: sunny/)
  })

  test('counts tokens, and lists models over all pages', async (t) => {
    const gateway = await startGateway(t)
    const client = clientOf(gateway)
    assert.ok((await client.messages.countTokens({ model: MODEL, messages: PARAMS.messages })).input_tokens > 0)
    const ids: string[] = []
    for await (const model of client.models.list({ limit: 4 })) ids.push(model.id)
    assert.ok(ids.length > 10)
    assert.equal(new Set(ids).size, ids.length)
    assert.equal((await client.models.retrieve(MODEL)).id, MODEL)
  })
})

await suite('errors raise in the SDK as what they are', async () => {
  test('a wrong key', async (t) => {
    const gateway = await startGateway(t)
    const error = await failureOf(clientOf(gateway, { apiKey: 'sk-wrong', maxRetries: 2 }).messages.create(PARAMS))
    assert.ok(error instanceof Anthropic.AuthenticationError)
    assert.deepEqual([error.status, error.type], [401, 'authentication_error'])
    assert.equal(typeof error.requestID, 'string')
  })

  test('an empty wallet', async (t) => {
    const gateway = await startGateway(t, { declared: () => ({ users: [user({ balance_usd: '0' })] }) })
    const error = await failureOf(clientOf(gateway, { maxRetries: 2 }).messages.create({ ...PARAMS, stream: true }))
    assert.ok(error instanceof Anthropic.PermissionDeniedError)
    assert.deepEqual([error.status, error.type], [403, 'billing_error'])
  })

  test('a full queue, with the time to come back', async (t) => {
    const gateway = await startGateway(t, {
      env: { QUEUE_EXTRA: '0' },
      declared: () => ({ users: [user({ concurrency: 1 })] })
    })
    const free = await occupy(gateway, 1)
    const error = await failureOf(clientOf(gateway).messages.create(PARAMS))
    assert.ok(error instanceof Anthropic.RateLimitError)
    assert.deepEqual([error.status, error.type, error.headers.get('retry-after')], [429, 'rate_limit_error', '5'])
    await free()
  })

  for (const [what, behaviour, raised, status] of [
    ['a bad request', { error: { status: 400 } }, Anthropic.BadRequestError, 400],
    ['an unknown model', { error: { status: 404 } }, Anthropic.NotFoundError, 404],
    ['an unprocessable request', { error: { status: 422 } }, Anthropic.UnprocessableEntityError, 422],
    ['an upstream’s rate limit', { error: { status: 429 } }, Anthropic.RateLimitError, 429],
    ['an upstream that refuses the account', { error: { status: 401 } }, Anthropic.InternalServerError, 502],
    ['an upstream that fails', { error: { status: 500 } }, Anthropic.InternalServerError, 502],
    ['an upstream that is reset', { breakOff: { how: 'reset', at: 'before-headers' } }, Anthropic.InternalServerError, 502],
    ['an upstream that is overloaded', { error: { status: 529 } }, Anthropic.APIError, 529]
  ] as [string, Behaviour, typeof Anthropic.APIError, number][]) {
    test(what, async (t) => {
      const gateway = await startGateway(t)
      gateway.upstream.setBehaviour(behaviour)
      for (const stream of [true, false]) {
        await gateway.heal()
        const error = await failureOf(clientOf(gateway).messages.create({ ...PARAMS, stream }))
        assert.ok(error instanceof raised, String(error))
        assert.equal(error.status, status)
        assert.equal(typeof error.requestID, 'string')
      }
    })
  }

  for (const [what, behaviour, type] of [
    ['an error event of the upstream', { errorEvent: { at: 'middle', type: 'overloaded_error' } }, 'overloaded_error'],
    ['a cut upstream', { breakOff: { how: 'reset', at: 'middle' } }, 'api_error'],
    ['an upstream cut within an event', { breakOff: { how: 'close', at: 'middle', midEvent: true } }, 'api_error'],
    ['an upstream that ends early', { breakOff: { how: 'end', at: 'middle' } }, 'api_error']
  ] as [string, Behaviour, string][]) {
    test(`${what} in a stream that has begun`, async (t) => {
      const gateway = await startGateway(t)
      gateway.upstream.setBehaviour(behaviour)
      let events = 0
      const error = await failureOf(
        (async () => {
          for await (const _ of await clientOf(gateway, { maxRetries: 2 }).messages.create({ ...PARAMS, stream: true }))
            events++
        })()
      )
      assert.ok(error instanceof Anthropic.APIError)
      assert.deepEqual([error.status, error.type], [undefined, type])
      assert.ok(events > 2)
      assert.equal(gateway.upstream.requests.length, 1)
      assert.ok((await failureOf(clientOf(gateway).messages.stream(PARAMS).finalMessage())) instanceof Anthropic.APIError)
    })
  }

  test('a wait in vain that was pinged', async (t) => {
    const gateway = await startGateway(t, {
      env: { QUEUE_TIMEOUT_MS: '100', PING_INTERVAL_MS: '20' },
      declared: () => ({ users: [user({ concurrency: 1 })] })
    })
    const free = await occupy(gateway, 1)
    const error = await failureOf(clientOf(gateway).messages.stream(PARAMS).finalMessage())
    assert.ok(error instanceof Anthropic.APIError)
    assert.equal(error.type, 'overloaded_error')
    await free()
  })

  test('and pings before a message go unnoticed', async (t) => {
    const gateway = await startGateway(t, {
      env: { PING_INTERVAL_MS: '10' },
      declared: () => ({ users: [user({ concurrency: 1 })] })
    })
    const free = await occupy(gateway, 1)
    const stream = clientOf(gateway).messages.stream(PARAMS)
    await stream.withResponse()
    await free()
    assert.equal((await stream.finalMessage()).stop_reason, 'end_turn')
  })
})

await suite('the SDK repeats', async () => {
  const attemptsAt = async (gateway: Gateway, behaviour: Behaviour) => {
    await gateway.heal()
    gateway.upstream.reset()
    gateway.upstream.setBehaviour(behaviour)
    const startedAt = performance.now()
    await failureOf(clientOf(gateway, { maxRetries: 1 }).messages.create(PARAMS))
    return { attempts: gateway.upstream.requests.length, tookMs: performance.now() - startedAt }
  }

  test('what will pass soon, after the time that it is told', async (t) => {
    const gateway = await startGateway(t)
    const { attempts, tookMs } = await attemptsAt(gateway, { error: { status: 429 }, headers: { 'retry-after': '1' } })
    assert.equal(attempts, 2)
    assert.ok(tookMs >= 990, `${tookMs} ms`)
  })

  test('nothing that takes hours, and nothing that is wrong with the request or the money', { timeout: 20_000 }, async (t) => {
    const gateway = await startGateway(t)
    assert.equal((await attemptsAt(gateway, { error: { status: 429 }, headers: { 'retry-after': '7200' } })).attempts, 1)
    assert.equal((await attemptsAt(gateway, { error: { status: 400 } })).attempts, 1)
    assert.equal((await attemptsAt(gateway, { error: { status: 422 } })).attempts, 1)

    const limits: GatewayOptions = {
      declared: (url) => ({
        groups: [{ name: 'pro', kind: 'subscription', daily_limit_usd: 0.000001 }],
        accounts: [account('main', url, { groups: ['pro'] })],
        users: [user({ keys: [{ name: 'laptop', group: 'pro', key: CLIENT_KEY }], subscriptions: [{ group: 'pro', days: 1 }] })]
      })
    }
    const capped = await startGateway(t, limits)
    await clientOf(capped).messages.create(PARAMS)
    const startedAt = performance.now()
    const error = await failureOf(clientOf(capped, { maxRetries: 5 }).messages.create(PARAMS))
    assert.ok(error instanceof Anthropic.RateLimitError)
    assert.equal(error.type, 'billing_error')
    assert.ok(performance.now() - startedAt < 5000, 'a daily limit is not slept through')
  })

  test('what fails in passing, until it is answered', async (t) => {
    const gateway = await startGateway(t)
    gateway.upstream.setBehaviour((_request, number) => (number === 1 ? { error: { status: 500 } } : {}))
    const message = await clientOf(gateway, { maxRetries: 2 }).messages.create(PARAMS)
    assert.equal(message.type, 'message')
    assert.deepEqual(
      gateway.upstream.requests.map(({ headers }) => headers['x-stainless-retry-count']),
      ['0', '1']
    )
    await gateway.settledEvents(1)
  })
})
