import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ExchangeTrace, type ChoiceEntry, type TraceEnd } from '../../../../services/gateway/traces/exchange-trace.ts'
import { toTraceRecord, type ExchangeSummary, type TraceFacts } from '../../../../services/gateway/traces/trace-record.ts'
import { SUMMARY } from '../../../support/traces.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const NOON = Date.UTC(2026, 10, 23, 12)

const END: TraceEnd = { pinned: false, session: '0a1b2c3d4e5f', error: null }

/** As it is read when it was written and read again. */
const recordOf = (trace: ExchangeTrace, end: TraceEnd = END, summary: Partial<ExchangeSummary> = {}) =>
  toTraceRecord({
    id: '01a2',
    createdAt: NOON - 5,
    endedAt: NOON + 1250,
    summary: { ...SUMMARY, ...summary },
    facts: JSON.parse(JSON.stringify(trace.facts(end))) as TraceFacts
  })

const CHOICE: ChoiceEntry = {
  candidates: [{ account: 'main', priority: 50, inFlight: 2, limit: 5, usedLast: false }],
  passedOver: [{ account: 'old', reason: 'cooling' }],
  chosen: 'main',
  affinity: 'spilled',
  move: { from: 'old', cacheReadTokens: 12_000, extraCostNano: 48_000_000n }
}

test('what was noted comes out in order, with the time it was noted at', async () => {
  const clock = createVirtualClock(NOON)
  const trace = new ExchangeTrace(clock)
  trace.limit({ name: 'balance', outcome: 'passed', detail: '99.5 USD left' })
  trace.limit({ name: 'day_window', outcome: 'refused', used: '10', limit: '9.5' })
  await clock.advance(1000)
  trace.waited({ for: 'account', ms: 1000, outcome: 'granted' })
  trace.choice(CHOICE)
  trace.attempt({
    attempt: 1,
    account: 'main',
    upstreamModel: 'claude-opus-5',
    startedAt: NOON + 1000,
    durationMs: 250,
    status: 529,
    result: 'refused',
    verdict: 'overload',
    detail: 'overloaded_error: Overloaded',
    mayHaveCost: false,
    upstreamRequestId: 'req_1'
  })
  assert.deepEqual(recordOf(trace), {
    id: '01a2',
    created_at: '2026-11-23T11:59:59.995Z',
    ended_at: '2026-11-23T12:00:01.250Z',
    kind: null,
    user_email: 'dev@example.com',
    key_name: 'laptop',
    group: 'default',
    model: 'claude-opus-5-5',
    stream: true,
    pinned: false,
    session: '0a1b2c3d4e5f',
    status: 200,
    client_gone: false,
    error: null,
    limits: [
      { at: '2026-11-23T12:00:00.000Z', name: 'balance', outcome: 'passed', used: null, limit: null, detail: '99.5 USD left' },
      { at: '2026-11-23T12:00:00.000Z', name: 'day_window', outcome: 'refused', used: '10', limit: '9.5', detail: null }
    ],
    waits: [{ at: '2026-11-23T12:00:01.000Z', for: 'account', ms: 1000, outcome: 'granted', other_sessions: null }],
    choices: [
      {
        at: '2026-11-23T12:00:01.000Z',
        candidates: [{ account: 'main', priority: 50, in_flight: 2, limit: 5, used_last: false }],
        passed_over: [{ account: 'old', reason: 'cooling' }],
        chosen: 'main',
        affinity: 'spilled',
        move: { from: 'old', cache_read_tokens: 12_000, extra_cost_usd: '0.048' },
        left_out: 0
      }
    ],
    attempts: [
      {
        attempt: 1,
        account: 'main',
        upstream_model: 'claude-opus-5',
        started_at: '2026-11-23T12:00:01.000Z',
        duration_ms: 250,
        status: 529,
        result: 'refused',
        verdict: 'overload',
        detail: 'overloaded_error: Overloaded',
        may_have_cost: false,
        upstream_request_id: 'req_1'
      }
    ],
    left_out: 0
  })
})

test('a request that was refused at once has a trace too', () => {
  const trace = new ExchangeTrace(createVirtualClock(NOON))
  trace.choice({ ...CHOICE, chosen: null, affinity: null, move: null })
  const error = { type: 'billing_error', message: 'too low' }
  const record = recordOf(trace, { pinned: null, session: null, error }, { model: null, stream: null, status: 403 })
  assert.deepEqual([record.model, record.stream, record.session, record.status, record.error], [null, null, null, 403, error])
  assert.deepEqual([record.choices[0]?.chosen, record.choices[0]?.move, record.attempts], [null, null, []])
})

test('however much is noted, the record stays small, and says how much it lacks', () => {
  const trace = new ExchangeTrace(createVirtualClock(NOON))
  const long = 'x'.repeat(1_000_000)
  const passedOver = Array.from({ length: 130 }, (_, index) => ({ account: `out-${index}`, reason: long }))
  const candidates = Array.from({ length: 120 }, (_, index) => ({ ...CHOICE.candidates[0]!, account: `account-${index}` }))
  for (let index = 0; index < 50; index++) {
    trace.limit({ name: 'queue', outcome: 'passed', detail: long })
    trace.waited({ for: 'user', ms: index, outcome: 'left' })
    trace.choice({ ...CHOICE, candidates, passedOver })
    trace.attempt({
      attempt: index,
      account: 'main',
      upstreamModel: long,
      startedAt: NOON,
      durationMs: 1,
      status: null,
      result: 'broken',
      verdict: null,
      detail: long,
      upstreamRequestId: long
    })
  }
  const record = recordOf(trace, { ...END, error: { type: 'api_error', message: long } })
  const { limits, waits, choices, attempts } = record
  assert.deepEqual([limits.length, waits.length, choices.length, attempts.length], [20, 20, 20, 20])
  assert.equal(record.left_out, 4 * 30)
  const choice = choices[0]!
  assert.deepEqual([choice.candidates.length, choice.passed_over.length, choice.left_out], [100, 100, 50])
  assert.equal(attempts[0]?.detail?.length, 300)
  assert.deepEqual(JSON.stringify(record).match(/x{301}/), null)
})
