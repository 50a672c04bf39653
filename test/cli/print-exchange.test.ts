import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exchangeLines } from '../../cli/print-exchange.ts'
import type { CostFormula } from '../../services/gateway/traces/cost-formula.ts'
import { explainEarlyRefusal } from '../../services/gateway/traces/early-refusals.ts'
import type { ExplainedEvent, ExplainedExchange } from '../../services/gateway/traces/explain.ts'

const FORMULA: CostFormula = {
  lines: [
    { model: 'claude-opus-5-5', category: 'input', quantity: 1000, price_usd: '4', per: 1_000_000, amount_usd: '0.004' },
    { model: 'claude-opus-5-5', category: 'cacheWrite1h', quantity: 7, price_usd: '8', per: 1_000_000, amount_usd: '0.000056' },
    { model: null, category: 'webSearch', quantity: 3, price_usd: '10', per: 1000, amount_usd: '0.03' }
  ],
  sum_usd: '0.034056',
  cost_usd: '0.034056',
  rate_multiplier: '1.5',
  charged_usd: '0.051084',
  service_tier: 'standard',
  speed: null,
  inference_geo: 'us',
  price_unknown: false,
  matches: true
}

const EVENT = {
  attempt: 2,
  account: 'spare',
  outcome: 'completed',
  basis: 'final',
  model: 'claude-opus-5-5',
  cost_usd: '0.034056',
  charged_usd: '0.051084',
  price_version: '2026-11-23-0a1b2c3d',
  formula: FORMULA
} as ExplainedEvent

const at = (ms: number) => new Date(Date.UTC(2026, 10, 23, 12) + ms).toISOString()

const EXCHANGE: ExplainedExchange = {
  refused_early: null,
  kind: 'messages',
  id: '01a2b3c4-0000-4000-8000-000000000000',
  created_at: at(0),
  ended_at: at(4200),
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
    { at: at(0), name: 'balance', outcome: 'passed', used: null, limit: null, detail: '99.5 USD left' },
    { at: at(1), name: 'day_window', outcome: 'passed', used: '3', limit: '10', detail: null },
    { at: at(1), name: 'queue', outcome: 'passed', used: null, limit: '0', detail: null }
  ],
  waits: [{ at: at(1201), for: 'user', ms: 1200, outcome: 'granted', other_sessions: 2 }],
  choices: [
    {
      at: at(1202),
      candidates: [
        { account: 'main', priority: 50, in_flight: 3, limit: 5, used_last: false },
        { account: 'spare', priority: 100, in_flight: null, limit: 0, used_last: true }
      ],
      passed_over: [{ account: 'old', reason: 'cooling down until noon' }],
      chosen: 'main',
      affinity: 'spilled',
      move: { from: 'old', cache_read_tokens: 12_000, extra_cost_usd: '0.048' },
      left_out: 2
    }
  ],
  attempts: [
    {
      attempt: 1,
      account: 'main',
      upstream_model: 'claude-opus-5-5',
      started_at: at(1203),
      duration_ms: 320,
      status: 529,
      result: 'refused',
      verdict: 'overload',
      detail: 'overloaded_error: Overloaded',
      may_have_cost: false,
      upstream_request_id: 'req_1'
    },
    {
      attempt: 2,
      account: 'spare',
      upstream_model: 'house-model',
      started_at: at(1600),
      duration_ms: 2600,
      status: null,
      result: 'broken',
      verdict: null,
      detail: null,
      may_have_cost: null,
      upstream_request_id: null
    }
  ],
  left_out: 0,
  usage: [EVENT]
}

test('an exchange reads as an account of what happened, in order', () => {
  assert.deepEqual(exchangeLines(EXCHANGE), [
    'Exchange 01a2b3c4-0000-4000-8000-000000000000',
    '  2026-11-23T12:00:00.000Z, took 4200 ms',
    '  dev@example.com, key laptop, group default',
    '  asked for claude-opus-5-5, as a stream, session 0a1b2c3d4e5f',
    '  answered with status 200',
    '',
    'Limits',
    '  +0 ms  balance     passed  99.5 USD left',
    '  +1 ms  day_window  passed  3 used, limit 10',
    '  +1 ms  queue       passed  no limit',
    '',
    'Waits',
    '  +1201 ms  user slot  granted after 1200 ms, taking turns with 2 other sessions',
    '',
    'Accounts',
    "  +1202 ms  chosen: main (for this request only, its session's account is busy)",
    '    not old, which the session is used to: 0.048 USD more to write 12000 cached tokens again',
    '    main   priority 50   3 in flight of 5',
    '    spare  priority 100  ? in flight of any number  used last: its usage window is nearly full',
    '    old  passed over: cooling down until noon',
    '    and 2 more',
    '',
    'Attempts',
    '  1  main   as claude-opus-5-5, refused with 529 after 320 ms: overload  overloaded_error: Overloaded',
    '  2  spare  as house-model, broken off after 2600 ms',
    '',
    'Usage',
    '  attempt 2 at spare: completed, numbers final, claude-opus-5-5',
    '    claude-opus-5-5  input             1000 ×  4 USD per million = 0.004 USD',
    '    claude-opus-5-5  cache writes, 1h  7 ×     8 USD per million = 0.000056 USD',
    '                     web searches      3 ×     10 USD per thousand = 0.03 USD',
    '    sum 0.034056 USD, rounded 0.034056; × 1.5 = 0.051084 USD charged (prices 2026-11-23-0a1b2c3d)',
    '    as the upstream reported it: standard, us'
  ])
})

test('usage of a job names it', () => {
  const lines = exchangeLines({ ...EXCHANGE, usage: [{ ...EVENT, subject: 'repo:acme/app:ref:refs/heads/main' }] })
  assert.ok(lines.includes('    for the job repo:acme/app:ref:refs/heads/main'))
})

const refused: ExplainedExchange = {
  ...EXCHANGE,
  model: null,
  stream: null,
  pinned: null,
  session: null,
  status: 403,
  waits: [],
  choices: [],
  attempts: [],
  usage: [],
  error: { type: 'billing_error', message: 'too low' },
  left_out: 4
}

test('an exchange that was refused says with what, and leaves out what there was not', () => {
  const lines = exchangeLines(refused)
  assert.deepEqual(lines.slice(3, 5), [
    '  what it asked for is not known: it was refused before its body was read, or the body could not be read',
    '  refused with 403 billing_error: too low'
  ])
  assert.deepEqual(lines.slice(-4), ['Usage', '  none: nothing was sent upstream', '', '4 more entries were not kept.'])
  assert(!lines.includes('Waits') && !lines.includes('Accounts') && !lines.includes('Attempts'))
})

test('where no usage is on record it is told whether any will be', () => {
  const [first, second] = EXCHANGE.attempts
  const refusals = [first!, { ...second!, result: 'refused' as const }]
  for (const [changes, expected] of [
    [{ attempts: [] }, 'none: nothing was sent upstream'],
    [{ attempts: refusals }, 'none: the upstream refused it'],
    [
      { attempts: [first!, { ...second!, result: 'answered' as const }], kind: 'count_tokens' },
      'none: counting tokens costs nothing'
    ],
    [{}, 'nothing is on record yet'],
    [{ attempts: [first!, { ...second!, may_have_cost: true }] }, 'nothing is on record yet'],
    [{ attempts: [first!, { ...second!, may_have_cost: false }] }, 'none: the upstream refused it'],
    [{ attempts: [{ ...second!, may_have_cost: false }] }, 'none: the request did not reach the upstream'],
    [{ attempts: [{ ...second!, result: 'gone' as const }] }, 'nothing is on record yet']
  ] as const) {
    const lines = exchangeLines({ ...EXCHANGE, ...(changes as Partial<ExplainedExchange>), usage: [] })
    assert.deepEqual(lines.slice(-2), ['Usage', `  ${expected}`])
  }
  const counted = exchangeLines({ ...EXCHANGE, kind: 'count_tokens' })
  assert.ok(counted.includes('  asked to count tokens of claude-opus-5-5, session 0a1b2c3d4e5f'))
})

test('a client that left, a wait in vain and a choice of none are told', () => {
  const [choice] = EXCHANGE.choices
  const gone = exchangeLines({
    ...EXCHANGE,
    status: null,
    client_gone: true,
    stream: false,
    pinned: true,
    waits: [{ at: at(60_000), for: 'account', ms: 60_000, outcome: 'timed_out', other_sessions: null }],
    choices: [{ ...choice!, chosen: null, affinity: null, move: null }]
  }).join('\n')
  assert.match(
    gone,
    /in one piece, session 0a1b2c3d4e5f, whose state is kept at the upstream\n {2}no response; the client left/
  )
  assert.match(gone, /account slot {2}not granted in time: after 60000 ms/)
  assert.match(gone, /none could be had\n {4}main/)
})

test('a cost that cannot be explained says why', () => {
  const usage = (changes: object) => exchangeLines({ ...EXCHANGE, usage: [{ ...EVENT, ...changes }] }).join('\n')
  assert.match(usage({ formula: null }), /cost 0\.034056 USD, charged 0\.051084 USD; its prices \(\S+\) are not on record/)
  assert.match(
    usage({ cost_usd: '1', formula: { ...FORMULA, matches: false } }),
    /THIS IS NOT WHAT WAS RECORDED: cost 1 USD, charged 0\.051084 USD/
  )
  assert.match(usage({ price_unknown: true }), /charged \(prices .*\n.*\n {4}unpriced: the price book lacks the model/)
  assert.match(usage({ basis: 'unknown', formula: null }), / {4}unknown: the upstream reported no usage/)
  assert.match(usage({ account: null }), /attempt 2 at a deleted account: completed/)
})

test('what comes from elsewhere cannot steer the terminal', () => {
  const model = 'a\u001B[2Jb\rc\nd\u202Ee\u009Bf'
  const lines = exchangeLines({ ...EXCHANGE, model })
  assert(lines.some((line) => line.includes('a\uFFFD[2Jb\uFFFDc\uFFFDd\uFFFDe\uFFFDf')))
  assert(lines.every((line) => !/[\p{Cc}\p{Cf}]/u.test(line)))
})

test('what was refused at the door is told with what is known of it, and nothing that was not decided', () => {
  const refusal = {
    id: EXCHANGE.id,
    at: Date.UTC(2026, 10, 23, 12),
    status: 401,
    type: 'authentication_error',
    message: 'invalid x-api-key',
    address: '192.0.2.1',
    path: '/v1/messages',
    facts: { keys: 'sk-sluice-nobo…' }
  }
  assert.deepEqual(exchangeLines(explainEarlyRefusal(refusal)), [
    `Exchange ${EXCHANGE.id}`,
    '  2026-11-23T12:00:00.000Z',
    '  refused at the door: from 192.0.2.1, /v1/messages, with sk-sluice-nobo…',
    '  refused with 401 authentication_error: invalid x-api-key'
  ])
  const known = { ...refusal, path: null, facts: { user: 'dev@example.com', key: 'laptop', group: 'default' } }
  assert.deepEqual(exchangeLines(explainEarlyRefusal(known)).slice(2, 4), [
    '  refused at the door: from 192.0.2.1',
    '  dev@example.com, key laptop, group default'
  ])
})
