import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { ask, startGateway, type Gateway, type ListedEvent } from '../support/gateway.ts'

const FABLE = 'claude-fable-5' // 10/50 USD a million tokens
const OPUS = 'claude-opus-4-8' // 5/25

interface Told {
  /** What the stream's message_start states; a plain response states `usage` alone. */
  start?: object
  usage: object
  blocks?: object[]
  stopReason?: string
  model?: string
}

const text = (said: string) => ({ type: 'text', text: said })
const handsOver = (from: string, to: string) => ({ type: 'fallback', from: { model: from }, to: { model: to } })
const said = (model: string, input: number, output: number, type = 'message') => ({
  type,
  model,
  input_tokens: input,
  output_tokens: output
})

const event = (data: { type: string }) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`

function asStream({ start = {}, usage, blocks = [text('yes')], stopReason = 'end_turn', model = FABLE }: Told): string {
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model, content: [], stop_reason: null, usage: start }
  return [
    event({ type: 'message_start', message } as { type: string }),
    ...blocks.flatMap((block, index) => [
      event({ type: 'content_block_start', index, content_block: block } as { type: string }),
      event({ type: 'content_block_stop', index } as { type: string })
    ]),
    event({ type: 'message_delta', delta: { stop_reason: stopReason }, usage } as { type: string }),
    event({ type: 'message_stop' })
  ].join('')
}

const asMessage = ({ usage, blocks = [text('yes')], stopReason = 'end_turn', model = FABLE }: Told) =>
  JSON.stringify({ id: 'msg_1', type: 'message', role: 'assistant', model, content: blocks, stop_reason: stopReason, usage })

/** What the upstream's response came to; a gateway of its own for a suite, which asks it one thing after another. */
function askingOne(gateway: Gateway) {
  let asked = 0
  return async (told: Told, stream: boolean): Promise<ListedEvent> => {
    const headers = { 'content-type': stream ? 'text/event-stream' : 'application/json' }
    gateway.upstream.setBehaviour({ raw: { status: 200, headers, body: stream ? asStream(told) : asMessage(told) } })
    const response = await gateway.messages(ask({ model: FABLE, stream }))
    await response.arrayBuffer()
    asked += 1
    return (await gateway.settledEvents(asked))[0]!
  }
}

/** A request that a model read and handed over to another, which answered. */
const HANDED_OVER = { start: { input_tokens: 50_000, output_tokens: 0 }, blocks: [handsOver(FABLE, OPUS), text('yes')] }
const answered = (...iterations: object[]) => ({ input_tokens: 40_000, output_tokens: 264, iterations })

await suite('what the upstream does not bill', async () => {
  const declined: [string, Told, string][] = [
    [
      'a model that declined without output before another answered',
      {
        ...HANDED_OVER,
        usage: answered(said(FABLE, 50_000, 0), said(OPUS, 40_000, 264, 'fallback_message'))
      },
      '0.2066'
    ],
    [
      'each of a chain that declined, also where the first names no model',
      {
        start: { input_tokens: 50_000, output_tokens: 0 },
        blocks: [handsOver(FABLE, 'claude-opus-5-5'), handsOver('claude-opus-5-5', OPUS), text('yes')],
        usage: answered(
          { type: 'message', input_tokens: 50_000, output_tokens: 0 },
          said('claude-opus-5-5', 45_000, 0),
          said(OPUS, 40_000, 264, 'fallback_message')
        )
      },
      '0.2066'
    ],
    [
      'a model that declined where no entry names its model: a fallback is the one that answered',
      {
        ...HANDED_OVER,
        usage: answered(
          { type: 'message', input_tokens: 50_000, output_tokens: 0 },
          { type: 'fallback_message', input_tokens: 40_000, output_tokens: 264 }
        )
      },
      '0.2066'
    ],
    [
      'a whole chain that declined',
      {
        start: { input_tokens: 50_000, output_tokens: 0 },
        blocks: [handsOver(FABLE, OPUS)],
        stopReason: 'refusal',
        usage: {
          input_tokens: 40_000,
          output_tokens: 0,
          iterations: [said(FABLE, 50_000, 0), said(OPUS, 40_000, 0, 'fallback_message')]
        }
      },
      '0'
    ],
    [
      'the last of a chain, where only the first had put something out',
      {
        start: { input_tokens: 50_000, output_tokens: 0 },
        blocks: [text('I will'), handsOver(FABLE, OPUS)],
        stopReason: 'refusal',
        usage: { input_tokens: 40_000, output_tokens: 0, iterations: [said(FABLE, 50_000, 100), said(OPUS, 40_000, 0)] }
      },
      '0.505' // 50,000 × 10 + 100 × 50
    ]
  ]
  const billed: [string, Told, string][] = [
    [
      'what a model said before it declined',
      {
        start: { input_tokens: 50_000, output_tokens: 0 },
        blocks: [text('I will'), handsOver(FABLE, OPUS), text('yes')],
        usage: answered(
          // Its model is the one that was asked first, not the one that went on.
          { type: 'message', input_tokens: 50_000, output_tokens: 100 },
          said(OPUS, 40_000, 264, 'fallback_message')
        )
      },
      '0.7116'
    ],
    [
      'compaction and advice before a model declined',
      {
        ...HANDED_OVER,
        usage: answered(
          said(OPUS, 1000, 0, 'compaction'), // 0.005
          said(OPUS, 2000, 0, 'advisor_message'), // 0.01
          said(FABLE, 50_000, 0),
          said(OPUS, 40_000, 264, 'fallback_message')
        )
      },
      '0.2216'
    ],
    [
      'a call without output that nobody declined',
      { start: { input_tokens: 1000 }, usage: { output_tokens: 0, input_tokens: 1000, iterations: [said(FABLE, 1000, 0)] } },
      '0.01'
    ]
  ]
  const openSuite = async (t: TestContext) => {
    const ofOne = askingOne(await startGateway(t))
    return async (cases: [string, Told, string][]) => {
      for (const [what, told, cost] of cases) {
        for (const stream of [true, false]) {
          const { cost_usd, basis, outcome } = await ofOne(told, stream)
          assert.deepEqual([cost_usd, basis, outcome], [cost, 'final', 'completed'], `${what} (stream: ${stream})`)
        }
      }
    }
  }

  test('is whatever declined without output, and nothing else', async (t) => {
    const check = await openSuite(t)
    await check(declined)
    await check(billed)
  })
})

await suite('cumulative numbers', async () => {
  const START = {
    input_tokens: 1200, // 0.012
    output_tokens: 1,
    cache_creation_input_tokens: 5000,
    cache_creation: { ephemeral_5m_input_tokens: 2000, ephemeral_1h_input_tokens: 3000 }, // 0.025, 0.06
    cache_read_input_tokens: 90_000, // 0.09
    server_tool_use: { web_search_requests: 1 } // 0.01
  }
  const COUNTS = [
    'input_tokens',
    'output_tokens',
    'cache_creation_5m_tokens',
    'cache_creation_1h_tokens',
    'cache_read_tokens',
    'web_search_requests'
  ] as const
  const counts = (event: ListedEvent) => COUNTS.map((name) => event[name])

  test('never fall and are never added up: the larger of start and delta counts, field by field', async (t) => {
    const ofOne = askingOne(await startGateway(t))
    const zero = { input_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 200 } // 0.01
    const search = { server_tool_use: { web_search_requests: 0 } }
    const noSplit = { cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 } }
    for (const usage of [zero, { ...zero, ...search }, { ...zero, ...noSplit }, { output_tokens: 200 }]) {
      const seen = await ofOne({ start: START, usage }, true)
      assert.deepEqual(counts(seen), [1200, 200, 2000, 3000, 90_000, 1], JSON.stringify(usage))
      assert.equal(seen.cost_usd, '0.207')
    }
    const grown = { input_tokens: 1300, cache_creation_input_tokens: 5500, cache_read_input_tokens: 95_000, output_tokens: 200 }
    assert.deepEqual(counts(await ofOne({ start: START, usage: grown }, true)), [1300, 200, 2000, 3500, 95_000, 1])
    // A split that comes later than its total is the same tokens once more.
    const unsplit = { ...START, cache_creation: undefined }
    const split = { ...START, output_tokens: 200 }
    assert.deepEqual(counts(await ofOne({ start: unsplit, usage: split }, true)), [1200, 200, 2000, 3000, 90_000, 1])
  })

  test('of a model that declined do not count for the one that goes on', async (t) => {
    const ofOne = askingOne(await startGateway(t))
    const seen = await ofOne(
      {
        start: { ...START, server_tool_use: undefined },
        blocks: [handsOver(FABLE, OPUS), text('yes')],
        usage: { input_tokens: 1000, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 200 }
      },
      true
    )
    assert.deepEqual(counts(seen), [1000, 200, 0, 0, 0, 0])
    assert.deepEqual([seen.model, seen.cost_usd], [OPUS, '0.01'])
  })

  test('the first byte has its time also when a stream comes in one piece', async (t) => {
    const ofOne = askingOne(await startGateway(t))
    const { first_byte_ms } = await ofOne({ start: START, usage: { output_tokens: 2 } }, true)
    assert.equal(typeof first_byte_ms, 'number')
  })
})

await suite('an empty balance', async () => {
  test('pays for what costs nothing: a group whose multiplier is 0', async (t) => {
    const gateway = await startGateway(t, {
      declared: () => ({
        groups: [{ name: 'default', kind: 'balance', rate_multiplier: 0 }],
        users: [
          { email: 'dev@example.com', balance_usd: '0', keys: [{ name: 'laptop', key: 'sk-sluice-a-client-key-for-tests' }] }
        ]
      })
    })
    for (const stream of [true, false]) {
      const response = await gateway.messages(ask({ stream }))
      assert.equal(response.status, 200)
      await response.arrayBuffer()
    }
    const events = await gateway.settledEvents(2)
    assert.deepEqual(
      events.map(({ charged_usd }) => charged_usd),
      ['0', '0']
    )
    assert.ok(events.every(({ cost_usd }) => Number(cost_usd) > 0))
    const counted = await gateway.messages(ask(), { path: '/v1/messages/count_tokens' })
    assert.equal(counted.status, 200)
    await counted.arrayBuffer()
    await gateway.settled()
    assert.equal((await gateway.events()).length, 2)
  })
})
