import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Cooldown } from '../../../../services/resources/accounts/cooldowns.ts'
import { verdict } from '../../../../services/gateway/accounts/verdicts.ts'
import { ClientGoneError, GatewayError } from '../../../../services/platform/gateway-errors.ts'
import { accountState, attemptOutcome, modelLabel, requestOutcome } from '../../../../services/gateway/request/outcomes.ts'
import claudePrices from '../../../../services/money/prices/claude-prices.json' with { type: 'json' }
import { createPriceBook } from '../../../../services/money/prices/price-book.ts'

await suite('how a request ended', async () => {
  const staying = new AbortController().signal
  const refusal = new GatewayError(429, 'rate_limit_error', 'too many')

  test('a client that left first, whatever came of its request', () => {
    const gone = AbortSignal.abort(new ClientGoneError())
    assert.equal(requestOutcome({ gone, refusal, ending: 'completed' }), 'client_closed')
  })

  test('a refusal has the type that the client reads, also when the gateway broke it off', () => {
    assert.equal(requestOutcome({ gone: staying, refusal, ending: null }), 'rate_limit_error')
    const brokenOff = AbortSignal.abort(new GatewayError(503, 'api_error', 'shutting down'))
    assert.equal(
      requestOutcome({ gone: brokenOff, refusal: new GatewayError(503, 'api_error', 'x'), ending: null }),
      'api_error'
    )
  })

  test('a response', () => {
    assert.equal(requestOutcome({ gone: staying, refusal: null, ending: 'cut' }), 'cut')
    assert.equal(requestOutcome({ gone: staying, refusal: null, ending: 'completed' }), 'completed')
  })
})

test('the result of a call is its verdict’s', () => {
  const refused = { kind: 'refused', status: 429, headers: {}, body: Buffer.alloc(0) } as const
  const broken = { kind: 'broken', reason: 'x', mayHaveCost: false, timedOut: false, stage: 'waiting', isStale: false } as const
  const answered = { kind: 'answered', status: 200, fault: null, errorEvent: null } as const
  const cut = { ...answered, fault: 'the stream was cut' }
  const overloaded = { ...cut, errorEvent: { status: 529, body: Buffer.alloc(0) } }
  assert.equal(attemptOutcome(refused, verdict('limit of a family', 'x')), 'rate_limited')
  assert.equal(attemptOutcome(refused, verdict('not permitted', 'x')), 'forbidden')
  assert.equal(attemptOutcome(refused, verdict('bad request', 'x')), 'request_refused')
  assert.equal(attemptOutcome(broken, verdict('no answer', 'x')), 'broken')
  assert.equal(attemptOutcome(broken, verdict('own patience', 'x')), 'timed_out')
  assert.equal(attemptOutcome(broken, verdict('no credential', 'x')), 'no_credential')
  assert.equal(attemptOutcome(answered, null), 'answered')
  assert.equal(attemptOutcome(cut, verdict('broken answer', 'x')), 'cut')
  assert.equal(attemptOutcome(overloaded, verdict('overload', 'x')), 'overloaded')
  assert.equal(attemptOutcome({ kind: 'gone', mayHaveCost: true }, null), 'client_closed')
})

test('the state of an account is the worst that holds of it', () => {
  const active = { status: 'active', schedulable: true } as const
  const cooldown = (kind: Cooldown['kind'], scope: string): Cooldown => ({
    kind,
    scope,
    reason: 'x',
    since: 0,
    until: 1,
    probeAt: null,
    level: 1
  })
  assert.equal(accountState(active, null, []), 'available')
  assert.equal(accountState(active, null, [cooldown('rate_limit', 'family:opus')]), 'limited')
  assert.equal(accountState(active, null, [cooldown('rate_limit', 'family:opus'), cooldown('overloaded', '')]), 'cooling_down')
  assert.equal(accountState(active, null, [cooldown('overloaded', ''), cooldown('failures', '')]), 'failing')
  assert.equal(accountState(active, 'cannot be read', [cooldown('failures', '')]), 'error')
  assert.equal(accountState({ ...active, status: 'error' }, null, []), 'error')
  assert.equal(accountState({ ...active, status: 'disabled' }, 'cannot be read', []), 'disabled')
  assert.equal(accountState({ ...active, schedulable: false }, null, []), 'disabled')
})

test('a model that the price book lacks has no name', () => {
  const book = createPriceBook(claudePrices)
  assert.equal(modelLabel('Claude-Opus-5-5[1m]', book, 0), 'claude-opus-5-5')
  assert.equal(modelLabel('claude-haiku-5-5-20990101', book, 0), 'claude-haiku-5-5')
  assert.equal(modelLabel('claude-of-my-own"\n', book, 0), 'other')
  assert.equal(modelLabel(null, book, 0), 'other')
})
