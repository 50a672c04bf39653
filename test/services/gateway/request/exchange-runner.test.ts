import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { createExchangeRunner, type EndedExchange } from '../../../../services/gateway/request/exchange-runner.ts'
import type { EarlyRefusal } from '../../../../services/gateway/traces/early-refusals.ts'
import type { ExchangeSummary } from '../../../../services/gateway/traces/trace-record.ts'
import type { Journal } from '../../../../services/money/journal/journal.ts'
import { ClientGoneError, GatewayError, UpstreamRefusedError } from '../../../../services/platform/gateway-errors.ts'
import { loneExchange } from '../../../support/lone-exchange.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

type Note = Parameters<Journal['note']>[0]

const CLIENT = { user: { email: 'dev@example.com' }, key: { name: 'laptop' }, group: { name: 'pro' } }
const BUSY = new GatewayError(429, 'rate_limit_error', 'busy', { retryAfterS: 5 })

function setUp(t: TestContext, { isExplained = true, hasRoom = true } = {}) {
  const clock = createVirtualClock()
  const cutOff = new AbortController()
  const notes: Note[] = []
  const began: string[] = []
  const ended: EndedExchange[] = []
  const refusals: EarlyRefusal[] = []
  const lines: [level: string, message: string][] = []
  const line = (level: string) => (_fields: object, message: string) => void lines.push([level, message])
  const runner = createExchangeRunner({
    clock,
    journal: {
      note(note) {
        notes.push(note)
        return hasRoom
      }
    },
    isExplained,
    cutOff: cutOff.signal,
    metrics: { began: (kind) => void began.push(kind), ended: (exchange) => void ended.push(exchange) },
    earlyRefusals: { note: (refusal) => void refusals.push(refusal) },
    log: { info: line('info'), warn: line('warn'), error: line('error') } as never
  })
  const arrive = (id = 'x') => loneExchange(t, clock, { id, client: CLIENT })
  const summaries = () => notes.map(({ summary }) => JSON.parse(summary) as ExchangeSummary)
  return { clock, cutOff, runner, notes, summaries, began, ended, refusals, lines, arrive }
}

test('an exchange is noted and counted once its steps are done, and all that it holds is given back', async (t) => {
  const { clock, runner, notes, summaries, began, ended, arrive } = setUp(t)
  const exchange = arrive()
  let isHeld = true
  exchange.hold(async () => void (isHeld = false))
  await runner.run(exchange, async () => {
    assert.deepEqual([began, ended], [['messages'], []])
    clock.leap(70)
    exchange.queueMs = 20
    exchange.ending = 'completed'
  })
  assert.equal(isHeld, false)
  const [note] = notes
  assert.deepEqual([notes.length, note?.id, note?.level], [1, 'x', 'info'])
  assert.equal(note!.endedAt - note!.createdAt, 70)
  assert.deepEqual([summaries()[0]?.outcome, summaries()[0]?.durationMs], ['completed', 70])
  assert.deepEqual([ended.length, ended[0]?.kind, ended[0]?.outcome, ended[0]?.queueMs], [1, 'messages', 'completed', 20])
})

test('a step that fails is told to the client, and the rest is done all the same', async (t) => {
  const { runner, notes, summaries, ended, lines, arrive } = setUp(t)
  const exchange = arrive()
  await runner.run(exchange, async () => {
    throw BUSY
  })
  assert.equal(exchange.stream.status, 429)
  assert.deepEqual([notes[0]?.level, summaries()[0]?.refusal, ended[0]?.outcome], ['info', 'busy', 'rate_limit_error'])
  assert.deepEqual(lines, [])
})

test('an unexpected error is logged, and reads as a fault of ours', async (t) => {
  const { runner, notes, summaries, lines, arrive } = setUp(t)
  const exchange = arrive()
  await runner.run(exchange, async () => {
    throw new TypeError('secret detail')
  })
  assert.equal(exchange.stream.status, 500)
  assert.deepEqual(lines, [['error', 'an exchange failed with an unexpected error']])
  assert.deepEqual([notes[0]?.level, summaries()[0]?.status], ['warn', 500])
  assert.ok(!exchange.refusal?.message.includes('secret detail'))
})

test("the upstream's refusal passes as it came", async (t) => {
  const { runner, summaries, arrive } = setUp(t)
  const exchange = arrive()
  const passed = t.mock.method(exchange.stream, 'passError')
  const body = Buffer.from('{"type":"error"}')
  const headers = { 'request-id': 'req_1', 'set-cookie': ['a=b'] }
  await runner.run(exchange, async () => {
    throw new UpstreamRefusedError({ status: 400, headers, body })
  })
  assert.deepEqual(passed.mock.calls[0]?.arguments, [400, { 'request-id': 'req_1' }, body])
  assert.deepEqual([exchange.refusal, summaries()[0]?.outcome], [null, 'upstream_refused'])
})

test('nobody is told anything when the client has left', async (t) => {
  const { runner, summaries, arrive } = setUp(t)
  const exchange = arrive()
  await runner.run(exchange, async () => {
    exchange.breakOff(new ClientGoneError('left'))
    exchange.gone.throwIfAborted()
  })
  assert.deepEqual([exchange.stream.status, exchange.refusal, summaries()[0]?.outcome], [null, null, 'client_closed'])
})

test('what runs when the process must end is broken off with what its client is told', async (t) => {
  const { cutOff, runner, arrive } = setUp(t)
  const [over, running] = [arrive('over'), arrive('running')]
  await runner.run(over, async () => {})
  const run = runner.run(
    running,
    () =>
      new Promise((_resolve, reject) => {
        running.gone.addEventListener('abort', () => reject(running.gone.reason as Error))
      })
  )
  cutOff.abort(new GatewayError(503, 'overloaded_error', 'shutting down'))
  await run
  assert.deepEqual([over.gone.aborted, running.stream.status], [false, 503])
})

test('decisions are kept where exchanges are explained', async (t) => {
  const explained = setUp(t)
  await explained.runner.run(explained.arrive(), async () => {})
  const brief = setUp(t, { isExplained: false })
  await brief.runner.run(brief.arrive(), async () => {})
  assert.equal(typeof explained.notes[0]?.facts, 'string')
  assert.equal(brief.notes[0]?.facts, null)
})

test('with no room in the journal its line is written at once, and a refusal can be looked up', async (t) => {
  for (const hasRoom of [true, false]) {
    const { runner, refusals, lines, arrive } = setUp(t, { hasRoom })
    await runner.run(arrive('answered'), async () => {})
    await runner.run(arrive('refused'), async () => {
      throw BUSY
    })
    const line = ['info', 'exchange']
    assert.deepEqual(lines, hasRoom ? [] : [line, line])
    assert.deepEqual(
      refusals.map(({ id, status, facts }) => [id, status, facts]),
      hasRoom ? [] : [['refused', 429, { user: 'dev@example.com', key: 'laptop', group: 'pro' }]]
    )
  }
})
