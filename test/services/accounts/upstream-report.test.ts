import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAccountsFault, plainReason, reportOfRefusal } from '../../../services/accounts/upstream-report.ts'
import { fc } from '../../support/fuzz.ts'

const NOW = Date.UTC(2026, 10, 23, 12)

interface Told {
  type?: unknown
  message?: unknown
  code?: unknown
  headers?: Record<string, string>
}

function told(status: number, { type = 'some_error', message = 'no', code, headers = {} }: Told) {
  const details = code === undefined ? null : { error_code: code }
  const body = Buffer.from(JSON.stringify({ type: 'error', error: { details, type, message } }))
  return reportOfRefusal({ status, headers, body }, NOW)
}

const html = (status: number, headers = {}) =>
  reportOfRefusal({ status, headers, body: Buffer.from('<html><h1>Sorry</h1> api key revoked</html>') }, NOW)

test('what lies in the request says that the account is alive', () => {
  for (const status of [400, 404, 405, 409, 413, 422]) {
    assert.deepEqual(told(status, { type: 'invalid_request_error' }), { kind: 'alive' })
    assert.deepEqual(html(status), { kind: 'alive' })
    assert.equal(isAccountsFault(html(status)), false)
  }
})

test('a refusal of the account’s money or standing is told by code, type and wording', () => {
  const cases: [number, Told][] = [
    [402, {}],
    [400, { code: 'organization_on_hold' }],
    [400, { code: 'linked_organization_billing_unavailable' }],
    [400, { code: 'linked_organization_spend_limit_reached' }],
    [429, { code: 'enforced_spend_limit_reached' }],
    [429, { code: 'contract_spend_limit_reached' }],
    [429, { type: 'billing_error' }],
    [403, { type: 'billing_error' }],
    [400, { message: 'You have reached your specified API usage limits. You will regain access on 2026-12-01.' }],
    [400, { message: 'Your credit balance is too low to access the Anthropic API.' }],
    [400, { message: 'This organization has been disabled.' }]
  ]
  for (const [status, error] of cases) {
    const report = told(status, error)
    assert.equal(report.kind, 'billing', JSON.stringify(error))
    assert.equal(isAccountsFault(report), true)
  }
  assert.equal(html(402).kind, 'billing')
  const named = told(429, { code: 'enforced_spend_limit_reached', headers: { 'retry-after': '60' } })
  assert.equal(named.kind === 'billing' && named.until, NOW + 60_000)
})

test('words that a user has put into the request do not speak for the account', () => {
  for (const message of [
    'messages: Unexpected role "Your credit balance is too low"',
    'tools.0.name: "You have reached your specified API usage limits"'
  ]) {
    assert.deepEqual(told(400, { message }), { kind: 'alive' })
  }
})

test('a 429 limits the account or the family, as its headers say', () => {
  assert.deepEqual(told(429, { type: 'rate_limit_error', message: 'Slow down', code: 'ramp_limit_exceeded' }), {
    kind: 'rate_limited',
    wholeAccount: false,
    until: null,
    reason: '429 rate_limit_error, ramp_limit_exceeded: Slow down'
  })
  const whole = told(429, { headers: { 'anthropic-ratelimit-unified-reset': String(NOW / 1000 + 60) } })
  assert.deepEqual(
    [whole.kind === 'rate_limited' && whole.wholeAccount, whole.kind === 'rate_limited' && whole.until],
    [true, NOW + 60_000]
  )
  const edge = html(429, { 'retry-after': '9' })
  assert.equal(edge.kind === 'rate_limited' && edge.until, NOW + 9000)
})

test('a 403 concerns the credential only when it names that and nothing that was asked for', () => {
  for (const message of [
    'OAuth token has been revoked. Please obtain a new token.',
    'OAuth authentication is currently not allowed for this organization.',
    'Your API key has been disabled',
    'This credential is not valid',
    'Your account has been suspended',
    'The token is no longer valid'
  ]) {
    assert.equal(told(403, { type: 'permission_error', message }).kind, 'unauthorized', message)
  }
  assert.equal(told(403, { type: 'authentication_error', message: 'no' }).kind, 'unauthorized')
  for (const message of [
    'Your API key does not have permission to use the model claude-opus-5-5',
    'API key may not use claude-opus-5-5',
    'Your API key does not have permission to use the specified resource',
    'The long context beta of claude-opus-5-5 is not available for this account',
    'Request not allowed',
    'Your organization needs a higher token limit'
  ]) {
    assert.equal(told(403, { type: 'permission_error', message }).kind, 'forbidden', message)
  }
})

test('a 403 about another wish of the request says nothing about other requests', () => {
  for (const message of ['Your organization does not have access to the beta feature x', 'You may not use this file']) {
    assert.equal(told(403, { type: 'permission_error', message }).kind, 'denied', message)
  }
})

test('words about money that the request itself has put there are not the account’s', () => {
  const words = 'Your credit balance is too low'
  const error = { type: 'invalid_request_error', message: `${words}: Extra inputs are not permitted` }
  const refusal = { status: 400, headers: {}, body: Buffer.from(JSON.stringify({ type: 'error', error })) }
  const asked = (body: string) => reportOfRefusal(refusal, NOW, Buffer.from(body)).kind
  assert.equal(asked('{"model":"m"}'), 'billing')
  assert.equal(asked(`{"model":"m","${words}":1}`), 'alive')
  assert.equal(asked('{"model":"m","\\u0059our credit balance is too low":1}'), 'alive')
  assert.equal(asked('{"model":"\\u00e9"}'), 'billing')
})

test('what is not the API’s says nothing about credentials', () => {
  assert.deepEqual(html(403), { kind: 'failed', reason: "403 that is not the API's" })
  const other = Buffer.from('{"error":{"message":"api key revoked"}}')
  assert.equal(reportOfRefusal({ status: 403, headers: {}, body: other }, NOW).kind, 'failed')
  for (const status of [300, 307, 407, 500, 502, 503, 504]) assert.equal(html(status).kind, 'failed', String(status))
  assert.equal(told(529, { type: 'overloaded_error' }).kind, 'overloaded')
  assert.equal(told(401, { type: 'authentication_error' }).kind, 'unauthorized')
  assert.equal(html(401).kind, 'unauthorized')
})

test('a reason is a short line without keys', () => {
  const report = told(401, {
    type: 'authentication_error',
    code: 'no\nname',
    message: `bad\u0000\n\u202Ekey sk-ant-api03-abcdef ${'é😀'.repeat(1000)}`
  })
  assert.ok(report.kind === 'unauthorized')
  assert.match(report.reason, /^401 authentication_error: bad key sk-… é😀/)
  assert.ok(Array.from(report.reason).length < 240)
  assert.equal(plainReason('\uD800x').isWellFormed(), true)
})

test('a body of another shape, or a huge one, is read in no time', () => {
  const deep = Buffer.from(`{"error":${'['.repeat(500_000)}${']'.repeat(500_000)}}`)
  const long = Buffer.from(JSON.stringify({ error: { type: 'permission_error', message: 'x'.repeat(1_000_000) } }))
  for (const body of [deep, long]) assert.equal(reportOfRefusal({ status: 403, headers: {}, body }, NOW).kind, 'failed')
  const workspaces = { type: 'permission_error', message: 'account '.repeat(8000) }
  assert.equal(told(403, workspaces).kind, 'forbidden')
  fc.assert(
    fc.property(fc.integer({ min: 300, max: 599 }), fc.json(), fc.jsonValue(), (status, text, error) => {
      for (const body of [
        text,
        JSON.stringify({ error }),
        JSON.stringify({ error: { type: 'a', message: error, details: error } })
      ]) {
        const report = reportOfRefusal({ status, headers: {}, body: Buffer.from(body) }, NOW)
        if ('reason' in report) assert.match(report.reason, /^[^\p{C}]+$/u)
      }
    })
  )
})
