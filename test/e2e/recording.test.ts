import assert from 'node:assert/strict'
import { cp, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { formatUsd, parseUsd } from '../../services/money/prices/money.ts'
import { addLedgerEntry } from '../../services/money/records/ledger-entries.ts'
import { parseEvents, readInBackground } from '../support/event-stream.ts'
import {
  account,
  ask,
  CLIENT_KEY,
  credentialOf,
  refusalOf,
  startGateway,
  user,
  type Gateway,
  type GatewayOptions
} from '../support/gateway.ts'
import type { Behaviour, SimulatedUsage } from '../../simulator/behaviour.ts'
import { until } from '../support/until.ts'

/** Uses something of every kind, at a model of 4/20 USD a million tokens. */
const MIXED: Partial<SimulatedUsage> = {
  inputTokens: 1000, // 0.004
  outputTokens: 500, // 0.01
  cacheCreation5mTokens: 2000, // 0.01
  cacheCreation1hTokens: 3000, // 0.024
  cacheReadTokens: 10_000, // 0.002
  webSearchRequests: 2 // 0.02
}
const MIXED_COST = '0.07'

/** 50 deltas of 9 characters until the middle. */
const HALF_OF_100 = { deltas: 100, usage: { inputTokens: 1000, outputTokens: 700 } }
const HALF_OUTPUT = Math.floor((50 * 9) / 4)
// 1000 input tokens at 4 USD and 112 output tokens at 20 USD a million.
const HALF_COST = '0.00624'

/** The one event of a gateway that was asked once. */
async function onlyEvent(gateway: Gateway) {
  const [event] = await gateway.settledEvents(1)
  return event!
}

/** Reads a stream until `text` came by, and hangs up. */
async function hangUpAt(gateway: Gateway, text: string) {
  const hangUp = new AbortController()
  const response = await gateway.messages(ask({ stream: true }), { signal: hangUp.signal })
  const reading = readInBackground(response)
  reading.done.catch(() => null)
  await until(`the client has read ${text}`, () => reading.text.includes(text))
  hangUp.abort()
}

async function answered(gateway: Gateway, behaviour: Behaviour, body: object = ask({ stream: true })) {
  gateway.upstream.setBehaviour(behaviour)
  const response = await gateway.messages(body)
  return { status: response.status, text: await response.text() }
}

const sum = (amounts: string[]) => formatUsd(amounts.reduce((total, amount) => total + parseUsd(amount), 0n))

await suite('what a whole response costs', async () => {
  for (const stream of [true, false]) {
    test(`every kind of token of a ${stream ? 'stream' : 'plain response'} is priced by itself`, async (t) => {
      const gateway = await startGateway(t)
      await answered(gateway, { usage: MIXED, growingUsage: true }, ask({ stream }))
      const event = await onlyEvent(gateway)
      assert.deepEqual(
        [
          event.input_tokens,
          event.output_tokens,
          event.cache_creation_5m_tokens,
          event.cache_creation_1h_tokens,
          event.cache_read_tokens,
          event.web_search_requests
        ],
        [1000, 500, 2000, 3000, 10_000, 2]
      )
      assert.deepEqual([event.outcome, event.basis, event.attempt, event.stream], ['completed', 'final', 1, stream])
      assert.deepEqual([event.cost_usd, event.charged_usd, event.price_unknown], [MIXED_COST, MIXED_COST, false])
      assert.equal(event.upstream_request_id, gateway.upstream.messageStarts[0]!.requestId)
      const entry = (await gateway.ledger())[0]!
      assert.deepEqual(
        [entry.kind, entry.amount_usd, entry.source_id, entry.balance_after_usd],
        ['usage', `-${MIXED_COST}`, event.id, '99.93']
      )
      assert.equal(await gateway.balance(), '99.93')
    })
  }

  test('cache writes without a split count as those of five minutes', async (t) => {
    const gateway = await startGateway(t)
    await answered(gateway, { usage: MIXED, withoutCacheSplit: true })
    const event = await onlyEvent(gateway)
    assert.deepEqual([event.cache_creation_5m_tokens, event.cache_creation_1h_tokens], [5000, 0])
    assert.equal(event.cost_usd, '0.061')
  })

  test('iterations are priced each at its own model', async (t) => {
    const gateway = await startGateway(t)
    const iterations = [
      { type: 'compaction', input_tokens: 1000, output_tokens: 100 }, // 0.004 + 0.002
      { type: 'advisor_message', model: 'claude-sonnet-5-5', input_tokens: 1000, output_tokens: 100 }, // 0.002 + 0.001
      { type: 'message', input_tokens: 2000, output_tokens: 200 } // 0.008 + 0.004
    ]
    for (const stream of [true, false]) {
      await answered(gateway, { usage: { inputTokens: 2000, outputTokens: 200, iterations } }, ask({ stream }))
    }
    assert.deepEqual(
      (await gateway.settledEvents(2)).map((event) => event.cost_usd),
      ['0.021', '0.021']
    )
  })

  test('fast mode is priced by what the upstream says', async (t) => {
    const gateway = await startGateway(t)
    await answered(gateway, { usage: { inputTokens: 1000, outputTokens: 100, speed: 'fast' } })
    assert.equal((await onlyEvent(gateway)).cost_usd, '0.012')
  })

  test('a group’s multiplier changes the charge, not the cost', async (t) => {
    const gateway = await startGateway(t, {
      declared: () => ({ groups: [{ name: 'default', kind: 'balance', rate_multiplier: 1.5 }] })
    })
    await answered(gateway, { usage: MIXED })
    const event = await onlyEvent(gateway)
    assert.deepEqual([event.cost_usd, event.charged_usd, Number(event.rate_multiplier)], ['0.07', '0.105', 1.5])
    assert.equal(await gateway.balance(), '99.895')
  })

  test('a model that the price book lacks is priced as unknown, and flagged', async (t) => {
    const gateway = await startGateway(t, { env: { UNKNOWN_MODEL_PRICE: '6/30' } })
    await answered(gateway, { usage: { inputTokens: 1000, outputTokens: 100 } }, ask({ model: 'claude-next-9', stream: true }))
    const event = await onlyEvent(gateway)
    assert.deepEqual([event.model, event.cost_usd, event.price_unknown], ['claude-next-9', '0.009', true])
  })

  test('a refusal without output is free', async (t) => {
    const gateway = await startGateway(t)
    const refusal = { text: '', stopReason: 'refusal', usage: { inputTokens: 1000, outputTokens: 5 } }
    for (const stream of [true, false]) await answered(gateway, refusal, ask({ stream }))
    const events = await gateway.settledEvents(2)
    assert.deepEqual(
      events.map((event) => [event.outcome, event.basis, event.cost_usd]),
      [
        ['completed', 'final', '0'],
        ['completed', 'final', '0']
      ]
    )
    assert.equal(await gateway.balance(), '100')
  })
})

await suite('a client that hangs up', async () => {
  for (const stream of [true, false]) {
    test(`before any byte of a ${stream ? 'stream' : 'plain response'} leaves an event of unknown cost`, async (t) => {
      const gateway = await startGateway(t)
      gateway.upstream.setBehaviour({ breakOff: { how: 'stall', at: 'before-headers' } })
      const hangUp = new AbortController()
      const request = gateway.messages(ask({ stream }), { signal: hangUp.signal }).catch(() => null)
      await until(
        'the upstream has the request',
        () => gateway.upstream.requests[0]?.body.length !== undefined && gateway.upstream.requests[0].body.length > 0
      )
      hangUp.abort()
      await request
      const event = await onlyEvent(gateway)
      assert.deepEqual([event.outcome, event.basis, event.cost_usd, event.status], ['client_closed', 'unknown', '0', null])
      await until('the upstream is hung up on', () => gateway.upstream.requests[0]!.closedEarly)
    })
  }

  test('before the upstream has its whole request leaves no event', async (t) => {
    const gateway = await startGateway(t, { env: { USAGE_DRAIN_MS: '10000' } })
    gateway.upstream.setBehaviour({ readBodyDelayMs: 100 })
    const hangUp = new AbortController()
    const body = ask({ stream: true, padding: 'x'.repeat(30_000_000) })
    const request = gateway.messages(body, { signal: hangUp.signal }).catch(() => null)
    await until('the upstream reads', () => (gateway.upstream.requests[0]?.bodyBytesRead ?? 0) > 0)
    hangUp.abort()
    await request
    await until('nothing is held', async () => (await gateway.slots()).length === 0)
    await gateway.settled()
    assert.deepEqual(await gateway.events(), [])
  })

  test('in mid-stream pays for what was said until then, and the upstream stops', async (t) => {
    const gateway = await startGateway(t)
    gateway.upstream.setBehaviour({ ...HALF_OF_100, breakOff: { how: 'stall', at: 'middle' } })
    await hangUpAt(gateway, 'word0049')
    const event = await onlyEvent(gateway)
    assert.deepEqual([event.outcome, event.basis], ['client_closed', 'partial'])
    assert.deepEqual([event.input_tokens, event.output_tokens, event.cost_usd], [1000, HALF_OUTPUT, HALF_COST])
    await until('the upstream is hung up on', () => gateway.upstream.requests[0]!.closedEarly)
    await until('nothing is held', async () => (await gateway.slots()).length === 0)
  })

  test('behind the closing numbers pays exactly those', async (t) => {
    const gateway = await startGateway(t)
    gateway.upstream.setBehaviour({ usage: MIXED, breakOff: { how: 'stall', at: 'message_stop' } })
    await hangUpAt(gateway, 'message_delta')
    const event = await onlyEvent(gateway)
    assert.deepEqual([event.outcome, event.basis, event.cost_usd], ['client_closed', 'final', MIXED_COST])
  })

  for (const stream of [true, false]) {
    test(`from a ${stream ? 'stream' : 'plain request'} pays exactly where the operator lets the upstream finish`, async (t) => {
      const gateway = await startGateway(t, { env: { USAGE_DRAIN_MS: '10000' } })
      gateway.upstream.setBehaviour({ usage: MIXED, deltas: 20, paceMs: 10, delayFirstEventMs: stream ? 0 : 200 })
      if (stream) await hangUpAt(gateway, 'message_start')
      else {
        const hangUp = new AbortController()
        const request = gateway.messages(ask(), { signal: hangUp.signal }).catch(() => null)
        await until('the upstream is at it', () => gateway.upstream.messageStarts.length === 1)
        hangUp.abort()
        await request
      }
      const event = await onlyEvent(gateway)
      assert.deepEqual([event.outcome, event.basis, event.cost_usd], ['client_closed', 'final', MIXED_COST])
      assert.deepEqual([gateway.upstream.requests[0]!.answered, gateway.upstream.requests[0]!.closedEarly], [true, false])
      await until('nothing is held', async () => (await gateway.slots()).length === 0)
    })
  }

  test('is not read on for longer than USAGE_DRAIN_MS', async (t) => {
    const gateway = await startGateway(t, { env: { USAGE_DRAIN_MS: '150' } })
    gateway.upstream.setBehaviour({ deltas: 100_000, paceMs: 10, usage: { inputTokens: 1000 } })
    await hangUpAt(gateway, 'message_start')
    await until('the upstream is hung up on', () => gateway.upstream.requests[0]!.closedEarly)
    const event = await onlyEvent(gateway)
    assert.deepEqual([event.outcome, event.basis, event.input_tokens], ['client_closed', 'partial', 1000])
  })

  test('while another account could still answer starts nothing more', async (t) => {
    const gateway = await startGateway(t, {
      env: { USAGE_DRAIN_MS: '10000', LOG_LEVEL: 'warn' },
      declared: (url) => ({ accounts: [account('a', url), account('b', url)] })
    })
    gateway.upstream.setBehaviour({ delayHeadersMs: 100, error: { status: 500 } })
    const hangUp = new AbortController()
    const request = gateway.messages(ask({ stream: true }), { signal: hangUp.signal }).catch(() => null)
    await until('the upstream has the request', () => gateway.upstream.stats.inFlight === 1)
    hangUp.abort()
    await request
    await until('nothing is held', async () => (await gateway.slots()).length === 0)
    assert.equal(gateway.upstream.stats.total, 1)
    assert.deepEqual(await gateway.events(), [])
    assert.equal(
      gateway.logs.some((line) => line.includes('unexpectedly')),
      false
    )
  })
})

await suite('an upstream that breaks off', async () => {
  for (const how of ['close', 'reset', 'end'] as const) {
    for (const midEvent of [false, true]) {
      test(`in mid-stream (${how}${midEvent ? ', within an event' : ''}): the client reads an error, and what was used is paid`, async (t) => {
        const gateway = await startGateway(t)
        const { text } = await answered(gateway, { ...HALF_OF_100, breakOff: { how, at: 'middle', midEvent } })
        const events = parseEvents(text)
        const last = events.pop()!
        assert.deepEqual([last.event, last.data.error?.type], ['error', 'api_error'])
        assert.equal(events.filter(({ event }) => event === 'content_block_delta').length, 50)
        const event = await onlyEvent(gateway)
        assert.deepEqual([event.outcome, event.basis], ['upstream_cut', 'partial'])
        assert.deepEqual([event.input_tokens, event.output_tokens, event.cost_usd], [1000, HALF_OUTPUT, HALF_COST])
      })
    }
  }

  test('in mid-stream, decompressed on the way: the same', async (t) => {
    const gateway = await startGateway(t)
    for (const how of ['close', 'reset'] as const) {
      gateway.upstream.setBehaviour({ ...HALF_OF_100, encoding: 'gzip', breakOff: { how, at: 'middle' } })
      const response = await gateway.messages(ask({ stream: true }), { headers: { 'accept-encoding': 'identity' } })
      assert.equal(parseEvents(await response.text()).at(-1)!.event, 'error')
    }
    const events = await gateway.settledEvents(2)
    assert.deepEqual(
      events.map(({ outcome, basis }) => [outcome, basis]),
      [
        ['upstream_cut', 'partial'],
        ['upstream_cut', 'partial']
      ]
    )
  })

  test('in mid-stream, compressed for the client: the connection is closed', async (t) => {
    const gateway = await startGateway(t)
    gateway.upstream.setBehaviour({ ...HALF_OF_100, encoding: 'gzip', breakOff: { how: 'close', at: 'middle' } })
    const response = await gateway.messages(ask({ stream: true }), { headers: { 'accept-encoding': 'gzip' } })
    await assert.rejects(response.text())
    assert.equal((await onlyEvent(gateway)).outcome, 'upstream_cut')
  })

  test('with silence: the client is not kept waiting', async (t) => {
    const gateway = await startGateway(t, { env: { UPSTREAM_IDLE_TIMEOUT_MS: '100' } })
    const { text } = await answered(gateway, { ...HALF_OF_100, breakOff: { how: 'stall', at: 'middle' } })
    assert.equal(parseEvents(text).at(-1)!.data.error?.type, 'api_error')
    const event = await onlyEvent(gateway)
    assert.deepEqual([event.outcome, event.basis, event.cost_usd], ['upstream_cut', 'partial', HALF_COST])
    await until('the upstream is hung up on', () => gateway.upstream.requests[0]!.closedEarly)
  })

  test('just before message_stop has told all that counts', async (t) => {
    const gateway = await startGateway(t)
    for (const how of ['end', 'reset'] as const) {
      const { text } = await answered(gateway, { usage: MIXED, breakOff: { how, at: 'message_stop' } })
      assert.equal(parseEvents(text).at(-1)!.event, 'message_delta', 'nothing is added to a message that clients accept')
    }
    const events = await gateway.settledEvents(2)
    for (const event of events)
      assert.deepEqual([event.outcome, event.basis, event.cost_usd], ['completed', 'final', MIXED_COST])
  })

  test('with an error event: it passes as it is, and what was used is paid', async (t) => {
    const gateway = await startGateway(t)
    const { text } = await answered(gateway, { ...HALF_OF_100, errorEvent: { at: 'middle', message: 'Overloaded' } })
    assert.deepEqual(parseEvents(text).at(-1)!.data.error, { details: null, type: 'overloaded_error', message: 'Overloaded' })
    assert.equal(text.split('event: error\n').length, 2)
    const event = await onlyEvent(gateway)
    assert.deepEqual([event.outcome, event.basis, event.cost_usd], ['upstream_error', 'partial', HALF_COST])
  })

  test('in the middle of a plain response leaves an event of unknown cost', async (t) => {
    const gateway = await startGateway(t)
    assert.equal((await answered(gateway, { breakOff: { how: 'reset', at: 'middle' } }, ask())).status, 502)
    const event = await onlyEvent(gateway)
    assert.deepEqual([event.outcome, event.basis, event.status, event.cost_usd], ['upstream_cut', 'unknown', 200, '0'])
  })
})

await suite('attempts', async () => {
  const accounts: GatewayOptions = {
    declared: (url) => ({ accounts: ['first', 'second'].map((name, priority) => account(name, url, { priority })) })
  }

  test('that were refused leave no event', async (t) => {
    const gateway = await startGateway(t, accounts)
    for (const status of [400, 401, 429, 529]) {
      for (const stream of [true, false]) await answered(gateway, { error: { status } }, ask({ stream }))
    }
    await gateway.settled()
    assert.deepEqual(await gateway.events(), [])
    assert.equal((await gateway.ledger()).length, 1)
  })

  test('that failed after the request was sent leave an event each', async (t) => {
    const gateway = await startGateway(t, accounts)
    gateway.upstream.setBehaviour([
      { credential: credentialOf('first'), behaviour: { breakOff: { how: 'reset', at: 'before-headers' } } },
      { behaviour: { usage: MIXED } }
    ])
    await (await gateway.messages(ask({ stream: true }))).text()
    const [second, first] = (await gateway.settledEvents(2)).toSorted((a, b) => b.attempt - a.attempt)
    assert.deepEqual([first!.attempt, first!.account, first!.outcome, first!.basis], [1, 'first', 'upstream_cut', 'unknown'])
    assert.deepEqual([second!.attempt, second!.account, second!.outcome, second!.cost_usd], [2, 'second', 'completed', '0.07'])
    assert.equal(first!.exchange_id, second!.exchange_id)
    assert.equal(await gateway.balance(), '99.93')
  })
})

await suite('the wallet', async () => {
  test('is the sum of its ledger after fifty requests of all kinds', async (t) => {
    const gateway = await startGateway(t, {
      declared: () => ({ users: [user({ concurrency: 10, balance_usd: '100' })] }),
      env: { QUEUE_EXTRA: '50' }
    })
    const kinds: Behaviour[] = [
      { usage: MIXED },
      { usage: { inputTokens: 7, outputTokens: 3 } },
      { ...HALF_OF_100, breakOff: { how: 'reset', at: 'middle' } },
      { error: { status: 400 } },
      { errorEvent: { at: 'middle' } },
      { error: { status: 529 } },
      { growingUsage: true, deltas: 30 },
      { breakOff: { how: 'close', at: 'before-headers' } }
    ]
    gateway.upstream.setBehaviour((_request, number) => kinds[number % kinds.length])
    await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        const signal = n % 9 === 0 ? { signal: AbortSignal.timeout(1 + n) } : {}
        await gateway
          .messages(ask({ stream: n % 3 !== 0 }), signal)
          .then((response) => response.arrayBuffer())
          .catch(() => null)
      })
    )
    await until('nothing is held', async () => (await gateway.slots()).length === 0)
    await gateway.settled()
    const events = await gateway.events()
    const entries = await gateway.ledger()
    const usage = entries.filter(({ kind }) => kind === 'usage')
    assert.ok(events.length > 20)
    assert.deepEqual(new Set(usage.map((entry) => entry.source_id)), new Set(events.map((event) => event.id)))
    assert.equal(usage.length, events.length)
    assert.equal(sum(usage.map((entry) => entry.amount_usd)), `-${sum(events.map((event) => event.charged_usd))}`)
    assert.equal(await gateway.balance(), sum(entries.map((entry) => entry.amount_usd)))
    assert.equal(entries[0]!.balance_after_usd, await gateway.balance())
    const finals = gateway.upstream.messageStarts.filter((start) => start.closingUsageSent)
    assert.ok(events.filter(({ basis }) => basis === 'final').length <= finals.length)
  })

  test('that is empty buys nothing, and a top-up works at once', async (t) => {
    const gateway = await startGateway(t, { declared: () => ({ users: [user({ balance_usd: '0' })] }) })
    const refusal = await refusalOf(await gateway.messages(ask({ stream: true })))
    assert.deepEqual([refusal.status, refusal.type, refusal.headers.get('x-should-retry')], [403, 'billing_error', 'false'])
    assert.match(refusal.message, /credit balance is too low/)
    assert.equal(gateway.upstream.requests.length, 0)
    const [{ id }] = await gateway.admin<{ data: [{ id: string }] }>('/users').then(({ data }) => data)
    await addLedgerEntry(gateway.app.pg.pool, {
      userId: id,
      kind: 'top-up',
      amountNano: parseUsd('0.05'),
      sourceId: 'top-up-1'
    })
    assert.equal((await answered(gateway, { usage: MIXED })).status, 200, 'the last request may overdraw')
    assert.equal((await refusalOf(await gateway.messages(ask()))).status, 403, 'and the next one may not')
    await gateway.settledEvents(1)
    assert.equal(await gateway.balance(), '-0.02')
  })
})

await suite('a subscription', async () => {
  const pro = (limits: object): GatewayOptions => ({
    declared: (url) => ({
      groups: [{ name: 'pro', kind: 'subscription', rate_multiplier: 3, ...limits }],
      accounts: [account('main', url, { groups: ['pro'] })],
      users: [
        user({
          balance_usd: '0',
          keys: [{ name: 'laptop', group: 'pro', key: CLIENT_KEY }],
          subscriptions: [{ group: 'pro', days: 30 }]
        })
      ]
    })
  })

  interface Usage {
    isValid: boolean
    remaining: number
    windows: Record<'daily' | 'weekly' | 'monthly', { used: number; limit: number; remaining: number; resets_at: string }>
  }

  test('fills its three windows with list cost and leaves the wallet alone', async (t) => {
    const gateway = await startGateway(t, pro({ daily_limit_usd: 1, weekly_limit_usd: 5, monthly_limit_usd: 10 }))
    await answered(gateway, { usage: MIXED })
    await answered(gateway, { usage: MIXED }, ask())
    const events = await gateway.settledEvents(2)
    assert.deepEqual(
      events.map((event) => [event.cost_usd, event.charged_usd]),
      [
        ['0.07', '0.21'],
        ['0.07', '0.21']
      ]
    )
    const usage = (await (await gateway.get('/v1/usage')).json()) as Usage
    assert.deepEqual(
      (['daily', 'weekly', 'monthly'] as const).map((kind) => usage.windows[kind].used),
      [0.14, 0.14, 0.14]
    )
    assert.equal(usage.remaining, 0.86)
    const { rows } = await gateway.app.pg.pool.query('select day_used_usd, week_used_usd, month_used_usd from subscriptions')
    assert.deepEqual(rows, [{ day_used_usd: '0.140000000', week_used_usd: '0.140000000', month_used_usd: '0.140000000' }])
    assert.equal((await gateway.ledger()).length, 0)
    assert.equal(await gateway.balance(), '0')
  })

  for (const [kind, period, limits] of [
    ['daily', 'daily', { daily_limit_usd: 0.1, weekly_limit_usd: 5 }],
    ['weekly', 'weekly', { weekly_limit_usd: 0.1, daily_limit_usd: 1 }],
    ['monthly', 'monthly', { monthly_limit_usd: 0.1 }]
  ] as const) {
    test(`whose ${kind} window is used up says so in the headers that Claude Code reads`, async (t) => {
      const gateway = await startGateway(t, pro(limits))
      for (let n = 0; n < 2; n++) assert.equal((await answered(gateway, { usage: MIXED })).status, 200)
      // At once, settled or not.
      const refusal = await refusalOf(await gateway.messages(ask({ stream: true })))
      assert.deepEqual([refusal.status, refusal.type], [429, 'billing_error'])
      assert.match(
        refusal.message,
        new RegExp(`^spend limit reached \\(${period}; resets \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC\\)`)
      )
      const header = (name: string) => refusal.headers.get(`anthropic-ratelimit-unified-${name}`)
      assert.deepEqual(
        ['status', 'overage-utilization', 'overage-surpassed-threshold', 'overage-period', 'overage-disabled-reason'].map(
          header
        ),
        ['rejected', '1', '1', period, 'org_spend_cap_reached']
      )
      assert.deepEqual(['representative-claim', 'overage-status'].map(header), [null, null])
      assert.equal(header('reset'), header('overage-reset'))
      const leftS = Number(header('reset')) - Date.now() / 1000
      assert.ok(Math.abs(leftS - Number(refusal.headers.get('retry-after'))) < 5)
      assert.equal(refusal.headers.get('x-should-retry'), 'false')
      assert.equal(gateway.upstream.stats.total, 2)
    })
  }

  test('that is none refuses', async (t) => {
    const gateway = await startGateway(t, {
      declared: (url) => ({
        groups: [{ name: 'pro', kind: 'subscription' }],
        accounts: [account('main', url, { groups: ['pro'] })],
        users: [user({ keys: [{ name: 'laptop', group: 'pro', key: CLIENT_KEY }] })]
      })
    })
    const refusal = await refusalOf(await gateway.messages(ask()))
    assert.deepEqual([refusal.status, refusal.type], [403, 'permission_error'])
  })
})

await suite('a restart', async () => {
  test('keeps what was used and settles nothing twice', async (t) => {
    const gateway = await startGateway(t)
    for (const stream of [true, false]) await answered(gateway, { usage: MIXED }, ask({ stream }))
    const before = await gateway.settledEvents(2)
    const journal = join(gateway.dataDir, 'journal', gateway.app.instanceId)
    const kept = join(gateway.dataDir, 'kept')
    await mkdir(kept)
    await gateway.stop()

    // As if the process had died before it noted that all was settled.
    const settled = join(journal, 'settled')
    for (const name of await readdir(settled)) await cp(join(settled, name), join(kept, name))
    await rm(settled, { recursive: true })
    const names = await readdir(kept)
    assert.ok(names.length > 0)
    for (const name of names) await cp(join(kept, name), join(journal, name))

    await gateway.start()
    await gateway.settled()
    assert.equal(gateway.app.backOffice.counts().duplicates, 2)
    assert.deepEqual(await gateway.events(), before)
    assert.equal(await gateway.balance(), '99.86')
    assert.equal((await answered(gateway, { usage: MIXED })).status, 200)
    await gateway.settledEvents(3)
    assert.equal(await gateway.balance(), '99.79')
  })
})
