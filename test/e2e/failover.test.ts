import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { accounts, asked } from '../support/accounts-in-order.ts'
import { parseEvents } from '../support/event-stream.ts'
import {
  account,
  ask,
  credentialOf,
  occupy,
  refusalOf,
  saying,
  startGateway,
  user,
  USER,
  waitingOf,
  type Gateway
} from '../support/gateway.ts'
import type { Behaviour, BreakOff } from '../../simulator/behaviour.ts'
import { until } from '../support/until.ts'

function failAs(gateway: Gateway, name: string, behaviour: Behaviour) {
  gateway.upstream.setBehaviour([{ credential: credentialOf(name), behaviour }])
}

/** After a wait with pings, so that the status is no longer open. */
async function responseAfterPings(gateway: Gateway, behaviour: Behaviour) {
  const free = await occupy(gateway, 1)
  const response = await gateway.messages(ask({ stream: true }))
  assert.equal(response.status, 200)
  gateway.upstream.setBehaviour(behaviour)
  await free()
  return parseEvents(await response.text()).filter(({ event }) => event !== 'ping')
}

/** Among equals the account whose usage window ends soonest would go first. */
const NO_WINDOWS = { 'anthropic-ratelimit-unified-5h-reset': null, 'anthropic-ratelimit-unified-7d-reset': null }

const html = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Welcome</html>' }
const lowCredit = {
  status: 400,
  message: 'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing.'
}

const ACCOUNTS_FAULTS: [string, Behaviour][] = [
  ['401', { error: { status: 401 } }],
  ['402', { error: { status: 402 } }],
  ['403', { error: { status: 403 } }],
  ['429', { error: { status: 429 } }],
  ['500', { error: { status: 500 } }],
  ['502 with HTML', { error: { status: 502, body: '<html>Bad gateway</html>' } }],
  ['503', { error: { status: 503 } }],
  ['529', { error: { status: 529 } }],
  ['a 400 about its credit', { error: lowCredit }],
  ['a 400 about its standing', { error: { status: 400, errorCode: 'organization_on_hold' } }],
  ['a 400 about its credit, compressed unasked', { error: lowCredit, encoding: 'gzip' }],
  ['HTML in place of a response', { raw: html }],
  ['an empty 200', { raw: { status: 200, headers: { 'content-type': 'application/json' } } }],
  ['a redirect', { raw: { status: 307, headers: { location: 'http://127.0.0.1:9/v1/messages' } } }]
]

const STREAM_FAULTS: [string, Behaviour][] = [
  ['a reset before the headers', { breakOff: { how: 'reset', at: 'before-headers' } }],
  ['a reset behind the headers', { breakOff: { how: 'reset', at: 'after-headers' } }],
  ['a reset within the first event', { breakOff: { how: 'reset', at: 0, midEvent: true } }],
  ['a close before the headers', { breakOff: { how: 'close', at: 'before-headers' } }],
  ['an error as the first event', { errorEvent: { at: 0, type: 'overloaded_error' } }],
  ['an error as the first event, compressed unasked', { errorEvent: { at: 0, type: 'api_error' }, encoding: 'gzip' }],
  ['a stream without events', { raw: { status: 200, headers: { 'content-type': 'text/event-stream' } } }],
  ['an upstream that never answers', { breakOff: { how: 'stall', at: 'before-headers' } }],
  ['silence behind the headers', { breakOff: { how: 'stall', at: 'after-headers' } }]
]

const REQUESTS_FAULTS = [
  { status: 400, type: 'invalid_request_error', message: 'prompt is too long: 250000 tokens > 200000 maximum' },
  { status: 404, type: 'not_found_error', message: 'model: claude-nothing' },
  { status: 413, type: 'request_too_large', message: 'Request exceeds the maximum size' },
  { status: 422, type: 'invalid_request_error', message: 'unprocessable' }
]

await suite('failing over', async () => {
  test('each fault of one account is cured by the next', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(2) })
    for (const [fault, behaviour] of ACCOUNTS_FAULTS) {
      for (const stream of [true, false]) {
        gateway.upstream.reset()
        await gateway.heal()
        failAs(gateway, 'first', behaviour)
        const response = await gateway.messages(saying(`${fault} ${stream}`, { stream }))
        assert.equal(response.status, 200, fault)
        assert.match(
          await response.text(),
          stream ? /^event: message_start\n[^]*\nevent: message_stop\n/ : /"type":"message"/,
          fault
        )
        assert.deepEqual(asked(gateway), ['first', 'second'], fault)
      }
    }
    await gateway.settled()
    const events = await gateway.events()
    // What came in the place of a response, and cannot be understood, is on record as well.
    const [answered, unknown] = [
      events.filter(({ basis }) => basis === 'final'),
      events.filter(({ basis }) => basis !== 'final')
    ]
    assert.deepEqual(new Set(answered.map(({ account, attempt }) => `${account} ${attempt}`)), new Set(['second 2']))
    assert.equal(answered.length, 2 * ACCOUNTS_FAULTS.length)
    assert.deepEqual(
      unknown.map(({ account, basis, cost_usd }) => `${account} ${basis} ${cost_usd}`),
      ['first unknown 0', 'first unknown 0']
    )
  })

  test('each fault of a stream before its first byte is cured by the next account', async (t) => {
    const env = { UPSTREAM_HEADERS_TIMEOUT_MS: '80', UPSTREAM_IDLE_TIMEOUT_MS: '80' }
    const gateway = await startGateway(t, { env, declared: accounts(2) })
    for (const [fault, behaviour] of STREAM_FAULTS) {
      gateway.upstream.reset()
      await gateway.heal()
      failAs(gateway, 'first', behaviour)
      const response = await gateway.messages(saying(fault, { stream: true }))
      assert.equal(response.status, 200, fault)
      assert.match(await response.text(), /^event: message_start\n[^]*\nevent: message_stop\n/, fault)
      // What is closed before it has answered may have been a stale connection: that is asked once more on a fresh one.
      assert.deepEqual([...new Set(asked(gateway))], ['first', 'second'], fault)
    }
  })

  test('an upstream that refuses connections is passed over', async (t) => {
    const gateway = await startGateway(t, {
      declared: (url) => ({ accounts: [account('first', 'http://127.0.0.1:1', { priority: 0 }), account('second', url)] })
    })
    for (const stream of [true, false]) {
      const response = await gateway.messages(ask({ stream }))
      assert.equal(response.status, 200)
      await response.arrayBuffer()
    }
    assert.deepEqual(asked(gateway), ['second', 'second'])
    assert.deepEqual(
      (await gateway.settledEvents(2)).map(({ attempt }) => attempt),
      [2, 2]
    )
  })

  test('behind pings another account answers as well', async (t) => {
    const gateway = await startGateway(t, {
      env: { PING_INTERVAL_MS: '10' },
      declared: (url) => ({ ...accounts(2)(url), users: [user({ concurrency: 1 })] })
    })
    const events = await responseAfterPings(gateway, { error: { status: 529 } })
    assert.deepEqual(
      events.map(({ data }) => data.error?.type),
      ['overloaded_error']
    )
    gateway.upstream.reset()
    const free = await occupy(gateway, 1)
    const response = await gateway.messages(ask({ stream: true }))
    failAs(gateway, 'first', { error: { status: 529 } })
    await free()
    const names = parseEvents(await response.text()).map(({ event }) => event)
    assert.equal(names.filter((name) => name === 'message_start').length, 1)
    assert.equal(names.at(-1), 'message_stop')
  })

  test('no more than MAX_ATTEMPTS accounts are asked, and none twice', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(5) })
    gateway.upstream.setBehaviour({ error: { status: 500 } })
    const refusal = await refusalOf(await gateway.messages(ask()))
    assert.deepEqual([refusal.status, refusal.type], [502, 'api_error'])
    assert.deepEqual(asked(gateway), ['first', 'second', 'third'])
  })

  test('fewer accounts than attempts are each asked once', async (t) => {
    const gateway = await startGateway(t, { env: { MAX_ATTEMPTS: '10' }, declared: accounts(2) })
    gateway.upstream.setBehaviour({ error: { status: 500 } })
    const refusal = await refusalOf(await gateway.messages(ask({ stream: true })))
    assert.equal(refusal.status, 502)
    assert.deepEqual(asked(gateway), ['first', 'second'])
    await until('nothing is held', async () => (await gateway.slots()).length === 0)
    assert.deepEqual(await gateway.events(), [])
  })

  test('a failed account’s slot is free while the next one answers', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(2) })
    gateway.upstream.setBehaviour([
      { credential: credentialOf('first'), behaviour: { error: { status: 500 } } },
      { behaviour: { breakOff: { how: 'stall', at: 'middle' } } }
    ])
    const hangUp = new AbortController()
    const response = await gateway.messages(ask({ stream: true }), { signal: hangUp.signal })
    assert.equal(response.status, 200)
    const held = (await gateway.slots()).map(({ subject, name, in_flight: inFlight }) => `${subject} ${name} ${inFlight}`)
    assert.deepEqual(held.toSorted(), ['account second 1', `user ${USER} 1`])
    hangUp.abort()
  })
})

await suite('faults of the request', async () => {
  test('come back at once as the upstream told them', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(2) })
    for (const error of REQUESTS_FAULTS) {
      for (const stream of [true, false]) {
        gateway.upstream.reset()
        const body = `{ "type":"error",  "error":{"type":"${error.type}","message":"${error.message} é"}, "request_id":"req_1" }`
        gateway.upstream.setBehaviour({
          error: { ...error, body },
          headers: { 'request-id': 'req_1', 'x-should-retry': 'false', 'anthropic-ratelimit-requests-limit': '4' }
        })
        const response = await gateway.messages(ask({ stream }))
        assert.equal(response.status, error.status)
        assert.equal(await response.text(), body)
        assert.deepEqual(
          ['request-id', 'x-should-retry', 'content-type', 'anthropic-ratelimit-requests-limit'].map((n) =>
            response.headers.get(n)
          ),
          ['req_1', 'false', 'application/json', null]
        )
        // Another account may have a model that this one lacks.
        assert.deepEqual(asked(gateway), error.status === 404 ? ['first', 'second'] : ['first'])
      }
    }
    await until('nothing is held', async () => (await gateway.slots()).length === 0)
    assert.deepEqual(await gateway.events(), [])
  })

  test('come back also when the upstream did not wait for the end of the request', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(2) })
    const body = ask({ padding: 'x'.repeat(20_000_000) })
    for (const stream of [true, false]) {
      gateway.upstream.reset()
      gateway.upstream.setBehaviour({ ignoreBody: true, error: { status: 413, message: 'too large' } })
      const response = await gateway.messages({ ...body, stream })
      assert.equal(response.status, 413)
      assert.match(await response.text(), /too large/)
      assert.deepEqual(asked(gateway), ['first'])
    }
  })

  test('come as an error event with the upstream’s JSON after pings', async (t) => {
    const gateway = await startGateway(t, {
      env: { PING_INTERVAL_MS: '10' },
      declared: () => ({ users: [user({ concurrency: 1 })] })
    })
    const body = '{"type":"error",\n "error":{"type":"invalid_request_error","message":"no"},\n "request_id":"req_2"}'
    const [error, ...rest] = await responseAfterPings(gateway, { error: { status: 400, body } })
    assert.equal(error!.event, 'error')
    assert.deepEqual(error!.data, JSON.parse(body))
    assert.deepEqual(rest, [])
  })

  test('come with their own status also when they stand in place of the first event', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(2) })
    gateway.upstream.setBehaviour({ errorEvent: { at: 0, type: 'invalid_request_error', message: 'bad image' } })
    const response = await gateway.messages(ask({ stream: true }))
    assert.equal(response.status, 400)
    const { error } = (await response.json()) as { error: object }
    assert.deepEqual(error, { details: null, type: 'invalid_request_error', message: 'bad image' })
    assert.deepEqual(asked(gateway), ['first'])
  })
})

await suite('when no account is left', async () => {
  test('the client reads what it can act on, never the upstream’s wording', async (t) => {
    const gateway = await startGateway(t)
    for (const [behaviour, status, type, message] of [
      [{ error: { status: 401 } }, 502, 'api_error', 'Upstream authentication failed, please contact administrator'],
      [
        { error: { status: 403 } },
        502,
        'api_error',
        'The upstream accounts may not answer this request, please contact administrator'
      ],
      [{ error: { status: 402 } }, 502, 'api_error', /./],
      [{ error: lowCredit }, 502, 'api_error', /./],
      [{ error: { status: 429 } }, 429, 'rate_limit_error', /./],
      [{ error: { status: 529 } }, 529, 'overloaded_error', /./],
      [{ error: { status: 500 } }, 502, 'api_error', /./],
      [{ raw: html }, 502, 'api_error', /./],
      [{ breakOff: { how: 'reset', at: 'before-headers' } }, 502, 'api_error', /./],
      [{ raw: { status: 302, headers: { location: 'http://x/' } } }, 502, 'api_error', /./]
    ] as [Behaviour, number, string, string | RegExp][]) {
      for (const stream of [true, false]) {
        gateway.upstream.setBehaviour(
          behaviour.error === undefined ? behaviour : { error: { message: 'Account acme-42 is out', ...behaviour.error } }
        )
        await gateway.heal()
        const refusal = await refusalOf(await gateway.messages(ask({ stream })))
        assert.deepEqual([refusal.status, refusal.type], [status, type], JSON.stringify(behaviour))
        if (typeof message === 'string') assert.equal(refusal.message, message)
        assert.doesNotMatch(refusal.message, /acme|Plans & Billing|ECONN|other side/)
      }
    }
  })

  test('a limit that ends soon says when, in whole seconds', async (t) => {
    const gateway = await startGateway(t)
    for (const status of [429, 529]) {
      await gateway.heal()
      gateway.upstream.setBehaviour({ error: { status }, headers: { 'retry-after': '7' } })
      const refusal = await refusalOf(await gateway.messages(ask()))
      assert.deepEqual(
        [refusal.status, refusal.headers.get('retry-after'), refusal.headers.get('x-should-retry')],
        [status, '7', null]
      )
    }
  })

  test('a limit whose reset is named by the unified headers says when as well', async (t) => {
    const gateway = await startGateway(t)
    const reset = String(Math.floor(Date.now() / 1000) + 40)
    gateway.upstream.setBehaviour({ error: { status: 429 }, headers: { 'anthropic-ratelimit-unified-reset': reset } })
    const { headers } = await refusalOf(await gateway.messages(ask()))
    assert.ok(Number(headers.get('retry-after')) >= 30 && Number(headers.get('retry-after')) <= 40, headers.get('retry-after')!)
    assert.equal(headers.get('x-should-retry'), null)
    assert.equal(headers.get('anthropic-ratelimit-unified-reset'), null)
  })

  test('a limit of hours tells clients not to retry', async (t) => {
    const gateway = await startGateway(t)
    gateway.upstream.setBehaviour({ error: { status: 429 }, headers: { 'retry-after': '7200' } })
    const { headers } = await refusalOf(await gateway.messages(ask()))
    assert.deepEqual([headers.get('retry-after'), headers.get('x-should-retry')], ['7200', 'false'])
  })

  test('a limit of hours, with an account left that was not asked, says to come back at once', async (t) => {
    const gateway = await startGateway(t, { env: { MAX_ATTEMPTS: '2' }, declared: accounts(3) })
    gateway.upstream.setBehaviour(
      ['first', 'second'].map((name) => ({
        credential: credentialOf(name),
        behaviour: { error: { status: 429 }, headers: { 'retry-after': '7200' } }
      }))
    )
    const { status, headers } = await refusalOf(await gateway.messages(ask()))
    assert.deepEqual([status, headers.get('retry-after'), headers.get('x-should-retry')], [429, '1', null])
    assert.equal((await gateway.messages(ask())).status, 200)
    assert.deepEqual(asked(gateway), ['first', 'second', 'third'])
  })

  test('a limit that names no end says to come back within the minute', async (t) => {
    const gateway = await startGateway(t)
    gateway.upstream.setBehaviour({ error: { status: 529 } })
    const { headers } = await refusalOf(await gateway.messages(ask()))
    assert.match(headers.get('retry-after')!, /^([1-9]|[1-5]\d|60)$/)
  })

  test('a stream that was pinged reads an error event that clients back off on', async (t) => {
    const gateway = await startGateway(t, {
      env: { PING_INTERVAL_MS: '10' },
      declared: () => ({ users: [user({ concurrency: 1 })] })
    })
    for (const [status, type] of [
      [429, 'overloaded_error'],
      [529, 'overloaded_error'],
      [401, 'overloaded_error'],
      [500, 'api_error']
    ] as const) {
      await gateway.heal()
      const events = await responseAfterPings(gateway, { error: { status }, headers: { 'retry-after': '7' } })
      assert.deepEqual(
        events.map(({ event, data }) => [event, data.error?.type]),
        [['error', type]]
      )
    }
  })

  test('a group without a usable account answers 503 and says which', async (t) => {
    for (const [declared, reason] of [
      [() => ({ accounts: [] }), 'group default has no accounts'],
      [
        (url: string) => ({ accounts: [account('main', url, { schedulable: false })] }),
        'no account of group default is active'
      ],
      [
        (url: string) => ({ accounts: [account('main', url, { status: 'disabled' })] }),
        'no account of group default is active'
      ],
      [
        (url: string) => ({ accounts: [account('main', url, { model_mapping: { a: 'b' } })] }),
        'no account of group default serves claude-opus-5-5'
      ]
    ] as const) {
      const gateway = await startGateway(t, { declared })
      const refusal = await refusalOf(await gateway.messages(ask({ stream: true })))
      assert.deepEqual([refusal.status, refusal.type, refusal.message], [503, 'api_error', `No available accounts: ${reason}`])
    }
  })
})

await suite('what is not sent again', async () => {
  const cases: [what: string, breakOff: BreakOff, refusal: [status: number, type: string], outcome: string][] = [
    [
      'whose headers do not come in the time its client waits',
      { how: 'stall', at: 'before-headers' },
      [504, 'timeout_error'],
      'upstream_error'
    ],
    ['that was reset after it was sent whole', { how: 'reset', at: 'before-headers' }, [502, 'api_error'], 'upstream_cut'],
    ['whose response is cut', { how: 'reset', at: 'middle' }, [502, 'api_error'], 'upstream_cut']
  ]
  for (const [what, breakOff, refusal, outcome] of cases) {
    test(`a plain request ${what}`, async (t) => {
      const gateway = await startGateway(t, { declared: accounts(2) })
      gateway.upstream.setBehaviour({ breakOff })
      const headers: Record<string, string> = breakOff.how === 'stall' ? { 'x-stainless-timeout': '0.1' } : {}
      const { status, type } = await refusalOf(await gateway.messages(ask(), { headers }))
      assert.deepEqual([status, type], refusal)
      assert.deepEqual(asked(gateway), ['first'])
      const [event] = await gateway.settledEvents(1)
      assert.deepEqual([event!.outcome, event!.basis, event!.cost_usd], [outcome, 'unknown', '0'])
    })
  }

  test('a body that refers to what one account keeps', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(2) })
    const file = { role: 'user', content: [{ type: 'document', source: { type: 'file', file_id: 'file_1' } }] }
    for (const body of [
      ask({ container: { id: 'container_1' } }),
      ask({ container: 'container_1' }),
      ask({ messages: [file] })
    ]) {
      gateway.upstream.reset()
      gateway.upstream.setBehaviour({ error: { status: 500 } })
      assert.equal((await refusalOf(await gateway.messages(body))).status, 502)
      assert.deepEqual(asked(gateway), ['first'])
    }
  })

  test('but one that only looks like it goes to the next account', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(2) })
    const source = { type: 'file', file_id: 'file_1' }
    const asInput = (input: object) => ({ role: 'assistant', content: [{ type: 'mcp_tool_use', id: 't', name: 'n', input }] })
    for (const body of [
      ask({ previous_message_id: 'msg_1' }),
      ask({ diagnostics: { previous_message_id: 'msg_1' } }),
      ask({ container: { skills: [{ type: 'anthropic', skill_id: 'pptx' }] } }),
      ask({ tools: [{ name: 'n', input_schema: { type: 'object', properties: { file_id: { type: 'string' } } } }] }),
      ask({ messages: [...ask().messages, asInput({ source }), ...ask().messages] }),
      ask({ messages: [...ask().messages, asInput(source), ...ask().messages] })
    ]) {
      gateway.upstream.reset()
      gateway.upstream.setBehaviour({ error: { status: 500 } })
      assert.equal((await refusalOf(await gateway.messages(body))).status, 502)
      assert.deepEqual(asked(gateway), ['first', 'second'], JSON.stringify(body))
      await gateway.heal()
    }
  })

  test('a stream that did not begin within START_TIMEOUT_MS of its arrival', async (t) => {
    const gateway = await startGateway(t, { env: { START_TIMEOUT_MS: '150' }, declared: accounts(2) })
    for (const at of ['before-headers', 'after-headers'] as const) {
      gateway.upstream.reset()
      gateway.upstream.setBehaviour({ breakOff: { how: 'stall', at } })
      const sentAt = performance.now()
      const refusal = await refusalOf(await gateway.messages(ask({ stream: true })))
      assert.deepEqual([refusal.status, refusal.type], [504, 'timeout_error'])
      assert.ok(performance.now() - sentAt >= 148)
      assert.deepEqual(asked(gateway), ['first'])
      await until('the upstream is hung up on', () => gateway.upstream.requests[0]!.closedEarly)
    }
  })

  test('a plain request may take longer than that', async (t) => {
    const gateway = await startGateway(t, { env: { START_TIMEOUT_MS: '50' } })
    gateway.upstream.setBehaviour({ delayHeadersMs: 150 })
    const response = await gateway.messages(ask())
    assert.equal(response.status, 200)
    await response.arrayBuffer()
  })

  test('and a stream that has begun may take as long as it likes', async (t) => {
    // Long enough for the first request of a process, on a machine with other work.
    const gateway = await startGateway(t, { env: { START_TIMEOUT_MS: '1000' } })
    gateway.upstream.setBehaviour({ deltas: 25, paceMs: 60 })
    assert.match(await (await gateway.messages(ask({ stream: true }))).text(), /message_stop/)
  })
})

await suite('which account is asked', async () => {
  const session = (id: string) => ({ 'x-claude-code-session-id': id })

  test('the smaller priority first, the other one when it is full', async (t) => {
    const gateway = await startGateway(t, {
      declared: (url) => ({
        accounts: [account('second', url, { priority: 60 }), account('first', url, { priority: 40, concurrency: 2 })]
      })
    })
    const free = await occupy(gateway, 3)
    assert.deepEqual(asked(gateway), ['first', 'first', 'second'])
    await free()
  })

  test('the one with the smaller share of its slots in use', async (t) => {
    const gateway = await startGateway(t, {
      declared: (url) => ({
        users: [user({ concurrency: 0 })],
        accounts: [account('first', url, { concurrency: 4 }), account('second', url, { concurrency: 2 })]
      })
    })
    const free = await occupy(gateway, 6)
    const byName = Map.groupBy(asked(gateway).slice(0, 3), (name) => name)
    assert.deepEqual([byName.get('first')!.length, byName.get('second')!.length], [2, 1])
    await free()
  })

  test('the least recently used one', async (t) => {
    const gateway = await startGateway(t, {
      declared: (url) => ({ accounts: ['first', 'second', 'third'].map((name) => account(name, url)) })
    })
    gateway.upstream.setBehaviour({ headers: NO_WINDOWS })
    for (let n = 0; n < 6; n++) await (await gateway.messages(saying(`question ${n}`))).arrayBuffer()
    const [a, b, c, ...again] = asked(gateway)
    assert.equal(new Set([a, b, c]).size, 3)
    assert.deepEqual(again, [a, b, c])
  })

  test('the one that the session had before', async (t) => {
    const gateway = await startGateway(t, {
      declared: (url) => ({ accounts: ['first', 'second', 'third'].map((name) => account(name, url)) })
    })
    gateway.upstream.setBehaviour({ headers: NO_WINDOWS })
    for (let n = 0; n < 4; n++) {
      for (const id of ['one', 'two', 'three']) {
        await (await gateway.messages(saying(`turn ${n}`), { headers: session(id) })).arrayBuffer()
      }
    }
    const accountsOf = Map.groupBy(gateway.upstream.requests, ({ headers }) => headers['x-claude-code-session-id'] as string)
    const bound = [...accountsOf.values()].map((requests) => new Set(requests.map(({ credential }) => credential)))
    assert.deepEqual(
      bound.map((credentials) => credentials.size),
      [1, 1, 1]
    )
    assert.equal(new Set(bound.flatMap((credentials) => [...credentials])).size, 3)
  })

  test('a busy account is waited for by its session', async (t) => {
    const gateway = await startGateway(t, {
      env: { AFFINITY_WAIT_MS: '10000' },
      declared: (url) => ({
        accounts: ['first', 'second'].map((name, priority) => account(name, url, { concurrency: 1, priority }))
      })
    })
    await (await gateway.messages(ask(), { headers: session('one') })).arrayBuffer()
    const free = await occupy(gateway, 1)
    assert.deepEqual(asked(gateway), ['first', 'first'])
    const response = gateway.messages(ask(), { headers: session('one') })
    await until('it waits', async () => (await waitingOf(gateway, 'account')) === 1)
    await free()
    assert.equal((await response).status, 200)
    assert.deepEqual(asked(gateway), ['first', 'first', 'first'])
  })

  test('but not for longer than AFFINITY_WAIT_MS, and the session comes back to it', async (t) => {
    const gateway = await startGateway(t, {
      env: { AFFINITY_WAIT_MS: '50' },
      declared: (url) => ({
        accounts: ['first', 'second'].map((name, priority) => account(name, url, { concurrency: 1, priority }))
      })
    })
    await (await gateway.messages(ask(), { headers: session('one') })).arrayBuffer()
    const free = await occupy(gateway, 1)
    await (await gateway.messages(ask(), { headers: session('one') })).arrayBuffer()
    await free()
    await until('the slot is free', async () => (await gateway.slots()).length === 0)
    await (await gateway.messages(ask(), { headers: session('one') })).arrayBuffer()
    assert.deepEqual(asked(gateway), ['first', 'first', 'second', 'first'])
  })

  test('nor for longer when it looks around meanwhile', async (t) => {
    const gateway = await startGateway(t, {
      env: { AFFINITY_WAIT_MS: '60000' },
      declared: (url) => ({ accounts: [account('first', url, { concurrency: 1 }), account('second', url, { priority: 99 })] })
    })
    await (await gateway.messages(ask(), { headers: session('one') })).arrayBuffer()
    const free = await occupy(gateway, 1)
    const asks = t.mock.method(gateway.app.slots, 'acquireAccount')
    const response = gateway.messages(ask(), { headers: session('one') })
    await until('it has looked around', () => asks.mock.callCount() >= 2)
    const [first = NaN, second = NaN] = asks.mock.calls.map((call) => call.arguments[0].affinityWaitMs)
    assert.ok(first > 59_000 && second < first - 900, `${first}, then ${second}`)
    await free()
    assert.equal((await response).status, 200)
  })

  test('a failed account stays its session’s', async (t) => {
    const gateway = await startGateway(t, { declared: accounts(2) })
    for (const behaviour of [{}, { error: { status: 500 } }, {}]) {
      failAs(gateway, 'first', behaviour)
      await (await gateway.messages(ask(), { headers: session('one') })).arrayBuffer()
    }
    assert.deepEqual(asked(gateway), ['first', 'first', 'second', 'first'])
  })
})
