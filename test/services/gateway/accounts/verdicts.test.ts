import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as sdkErrors from '@anthropic-ai/sdk/core/error-classes'
import { createAccountHealth } from '../../../../services/gateway/accounts/account-health.ts'
import { hasAnswered, verdictOfRefusal } from '../../../../services/gateway/accounts/verdicts.ts'
import { plainReason } from '../../../../services/gateway/accounts/upstream-error.ts'
import { HEALTH_RULES } from '../../../support/health-rules.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'
import { fc, times } from '../../../support/fuzz.ts'

/** Internal to the SDK, but its only list. */
const { ERROR_CODE_CLASSES } = sdkErrors as unknown as { ERROR_CODE_CLASSES: ReadonlyMap<string, unknown> }

const NOW = Date.UTC(2026, 10, 23, 12)
const MINUTE = 60_000
const ASKED = { model: 'claude-opus-5-5', speed: null, body: null, isSignIn: false }

interface Told {
  type?: string
  message?: string
  code?: string
  headers?: Record<string, string>
  asked?: Partial<Parameters<typeof verdictOfRefusal>[1]>
}

function told(status: number, { type = 'some_error', message = 'no', code, headers = {}, asked = {} }: Told = {}) {
  const details = code === undefined ? null : { error_code: code }
  const body = Buffer.from(JSON.stringify({ type: 'error', error: { details, type, message } }))
  return verdictOfRefusal({ status, headers, body }, { ...ASKED, ...asked }, NOW)
}

const html = (status: number, headers = {}) =>
  verdictOfRefusal({ status, headers, body: Buffer.from('<html><h1>Sorry</h1> api key revoked</html>') }, ASKED, NOW)

const named = (fields: Record<string, string>) =>
  Object.fromEntries(Object.entries(fields).map(([field, value]) => [`anthropic-ratelimit-unified-${field}`, value]))

const CASES: [ruling: string, status: number, told: Told][] = [
  ['bad request', 400, { message: 'prompt is too long: 250000 tokens > 200000 maximum' }],
  ['bad request', 400, { code: 'claude_code_version_too_old' }],
  ['bad request', 400, { code: 'compaction_signature_invalid' }],
  ['bad request', 400, { code: 'tool_name_conflict' }],
  ['bad request', 400, { code: 'image_dimensions_too_large' }],
  ['bad request', 400, { code: 'thread_already_continued' }],
  ['bad request', 405, {}],
  ['bad request', 409, { type: 'conflict_error' }],
  ['bad request', 413, { type: 'request_too_large' }],
  ['bad request', 422, {}],
  ['own payer', 402, { type: 'billing_error', code: 'linked_organization_spend_limit_reached' }],
  ['own payer', 402, { type: 'billing_error', code: 'linked_organization_billing_unavailable' }],
  ['own payer', 403, { type: 'permission_error', code: 'user_profile_billing_not_authorized' }],
  ['own payer', 403, { code: 'user_profile_not_billable' }],
  ['own payer', 400, { code: 'user_profile_required' }],
  ['own payer', 400, { code: 'user_profile_not_found' }],
  ['own payer', 400, { code: 'key_profile_mismatch' }],
  ['credential refused', 400, { code: 'claude_code_key_creator_not_member' }],
  ['money or standing', 400, { code: 'cmek_key_disabled' }],
  ['money or standing', 400, { code: 'cmek_key_network_blocked' }],
  ['money or standing', 400, { code: 'organization_on_hold' }],
  ['money or standing', 400, { message: "You're out of extra usage. Add more at claude.ai/settings/usage and keep going." }],
  ['money or standing', 400, { message: 'You’re out of extra usage · resets 3pm' }],
  ['money or standing', 429, { message: "You're out of extra usage." }],
  [
    'money or standing',
    400,
    { message: 'You have reached your specified API usage limits. You will regain access on 2026-12-01.' }
  ],
  ['money or standing', 400, { message: 'Your credit balance is too low to access the Anthropic API.' }],
  ['money or standing', 400, { message: 'This organization has been disabled.' }],
  ['money or standing', 400, { message: 'This organization is on hold.' }],
  ['money or standing', 400, { message: 'You’ve hit your usage limit.' }],
  ['money or standing', 400, { type: 'billing_error' }],
  ['money or standing', 402, {}],
  ['money or standing', 403, { type: 'billing_error' }],
  ['money or standing', 429, { type: 'billing_error' }],
  ['money or standing', 429, { code: 'enforced_spend_limit_reached' }],
  ['money or standing', 429, { code: 'contract_spend_limit_reached' }],
  ['feature', 400, { code: 'organization_not_enrolled_in_beta' }],
  ['feature', 400, { code: 'workspace_policy_violation' }],
  ['feature', 400, { code: 'organization_type_not_supported' }],
  ['feature', 400, { message: 'The long context beta is not yet available for this subscription.' }],
  ['feature', 400, { message: 'This credential is only authorized for use with Claude Code.' }],
  ['feature', 403, { message: 'web search is not enabled for your organization' }],
  ['feature', 403, { message: 'Your organization does not have access to the beta feature x' }],
  ['feature', 403, { message: 'The long context beta of claude-opus-5-5 is not available for this account' }],
  ['feature', 403, { message: 'You may not use this file' }],
  ['feature', 403, { message: 'Memory isn’t enabled for your organization' }],
  ['feature', 403, { message: 'Memory is not supported for your workspace' }],
  ['feature', 403, { message: 'Your organization has disabled PDF support' }],
  ['feature', 403, { message: 'Your account has been denied memory: PDF support is disabled' }],
  ['feature', 403, { message: 'advisor is not allowed for this API key' }],
  ['feature', 400, { message: 'Third-party apps now draw from your extra usage, not your plan limits.' }],
  ['feature', 403, { message: 'Extended output is not enabled' }],
  ['feature', 429, { message: 'Extra usage is required for long context requests.' }],
  ['feature', 429, { message: 'Usage credits are required for long context requests.' }],
  ['feature', 429, { message: 'Extra usage is needed for the 1M window' }],
  ['feature', 429, { message: 'This request requires extra usage.' }],
  ['passing limit', 429, { message: 'Error', headers: { 'x-should-retry': 'true' } }],
  ['passing limit', 429, { message: 'Error' }],
  ['passing limit', 429, { message: '' }],
  ['passing limit', 429, { message: 'Slow down', headers: { 'x-should-retry': 'true' } }],
  ['limit of a family', 429, { message: 'Error', headers: { 'retry-after': '9', 'x-should-retry': 'true' } }],
  ['limit of a family', 429, { code: 'ramp_limit_exceeded', headers: { 'retry-after': '9' } }],
  ['limit of a family', 429, { message: 'This request would exceed your rate limit' }],
  ['limit of a family', 429, { headers: named({ '7d_fable-status': 'rejected' }) }],
  ['limit of the account', 429, { headers: named({ reset: String(NOW / 1000 + 60) }) }],
  ['limit of the account', 429, { message: 'Error', headers: named({ '5h-status': 'rejected' }) }],
  ['limit of a speed', 429, { asked: { speed: 'fast' }, headers: { 'anthropic-fast-input-tokens-limit': '1' } }],
  ['limit of a speed', 429, { asked: { speed: 'fast' } }],
  ['overload', 529, { type: 'overloaded_error' }],
  ['overload', 503, { type: 'overloaded_error' }],
  ['compaction', 529, { type: 'overloaded_error', code: 'compaction_unavailable' }],
  ['credential in doubt', 401, { type: 'authentication_error' }],
  ['credential refused', 401, { type: 'authentication_error', asked: { isSignIn: true } }],
  ['credential refused', 403, { message: 'OAuth token has been revoked. Please obtain a new token.' }],
  ['credential refused', 403, { message: 'OAuth authentication is currently not allowed for this organization.' }],
  ['credential refused', 403, { message: 'Your API key has been disabled' }],
  ['credential refused', 403, { message: 'This credential is not valid' }],
  ['credential refused', 403, { type: 'permission_error', message: 'The organization of this key was archived' }],
  ['credential refused', 403, { message: 'The token is no longer valid' }],
  ['credential refused', 403, { message: 'Invalid API key' }],
  ['credential refused', 403, { message: 'expired bearer token' }],
  ['credential refused', 403, { message: 'Access denied: the organization has been suspended' }],
  ['credential refused', 403, { type: 'authentication_error' }],
  ['not permitted', 403, { message: 'Your API key does not have permission to use the model claude-opus-5-5' }],
  ['not permitted', 403, { message: 'API key may not use claude-opus-5-5' }],
  ['not permitted', 403, { message: 'Your API key does not have permission to use the specified resource' }],
  ['not permitted', 403, { message: 'Request not allowed' }],
  ['not permitted', 403, { message: 'Your organization needs a higher token limit' }],
  ['lacks the model', 404, { type: 'not_found_error', message: 'model: claude-opus-5-5' }],
  ['bad request', 404, { type: 'not_found_error', code: 'thread_not_found', message: 'no' }],
  ['bad request', 404, { type: 'not_found_error', message: 'Container container_1 was not found' }],
  ['bad request', 404, { type: 'not_found_error', message: 'File not found: file_1' }],
  ['server error', 500, { type: 'api_error' }],
  ['server error', 503, { code: 'cmek_context_unavailable' }],
  ['server error', 503, { code: 'cmek_key_unreachable' }],
  ['server error', 504, { type: 'timeout_error' }]
]

test('each error of the API has its row', () => {
  for (const [ruling, status, error] of CASES) assert.equal(told(status, error).ruling, ruling, JSON.stringify([status, error]))
})

test('of the codes that the SDK knows, only those of accounts and capacity have consequences', () => {
  const resting = new Map<string, string>()
  for (const known of ERROR_CODE_CLASSES.keys()) {
    const [status = '', code = ''] = known.split(' ')
    const { ruling, consequence } = told(Number(status), { code, message: '' })
    if (consequence !== 'nothing' && consequence !== 'forbidden, if another answers') resting.set(known, ruling)
  }
  assert.deepEqual(Object.fromEntries(resting), {
    '400 claude_code_key_creator_not_member': 'credential refused',
    '400 cmek_key_disabled': 'money or standing',
    '400 cmek_key_network_blocked': 'money or standing',
    '400 organization_on_hold': 'money or standing',
    '429 enforced_spend_limit_reached': 'money or standing',
    '429 ramp_limit_exceeded': 'limit of a family',
    '503 cmek_context_unavailable': 'server error',
    '503 cmek_key_unreachable': 'server error',
    '503 registration_pending': 'server error'
  })
})

test('what is not the API’s says nothing about credentials', () => {
  assert.deepEqual([html(403).ruling, html(403).reason], ['server error', "403 that is not the API's"])
  const other = Buffer.from('{"error":{"message":"api key revoked"}}')
  assert.equal(verdictOfRefusal({ status: 403, headers: {}, body: other }, ASKED, NOW).ruling, 'server error')
  for (const status of [300, 307, 404, 407, 500, 502, 503, 504])
    assert.equal(html(status).ruling, 'server error', String(status))
  for (const status of [400, 405, 413]) assert.equal(html(status).ruling, 'bad request', String(status))
  assert.equal(html(401).ruling, 'credential in doubt')
  const limit = html(429, { 'retry-after': '9' })
  assert.deepEqual([limit.ruling, limit.until], ['limit of a family', NOW + 9000])
})

test('an end is told where one is named', () => {
  assert.equal(told(429, { code: 'enforced_spend_limit_reached', headers: { 'retry-after': '60' } }).until, NOW + MINUTE)
  assert.equal(told(429, { code: 'enforced_spend_limit_reached' }).until, null)
  assert.equal(told(529, { headers: { 'retry-after': '5' } }).until, NOW + 5000)
  assert.equal(told(529, { headers: named({ status: 'allowed', reset: String(NOW / 1000 + 60) }) }).until, null)
  assert.equal(told(503, { headers: { 'retry-after': '5' } }).until, null)
  assert.equal(told(429, { headers: named({ '7d_fable-status': 'rejected' }) }).family, 'fable')
})

test('words that a user has put into the request do not speak for the account', () => {
  for (const message of [
    'messages: Unexpected role "Your credit balance is too low"',
    'tools.0.name: "You have reached your specified API usage limits"'
  ]) {
    assert.equal(told(400, { message }).ruling, 'bad request')
  }
  const words = 'Your credit balance is too low'
  const seen = (body: Buffer[] | 'compressed' | null) =>
    told(400, { message: `${words}: Extra inputs are not permitted`, asked: { body } }).ruling
  const asking = (body: string) => seen([Buffer.from(body)])
  assert.equal(asking('{"model":"m"}'), 'money or standing')
  assert.equal(asking(`{"model":"m","${words}":1}`), 'bad request')
  assert.equal(asking('{"model":"m","\\u0059our credit balance is too low":1}'), 'bad request')
  assert.equal(asking('{"model":"\\u00e9"}'), 'money or standing')
  assert.equal(seen('compressed'), 'bad request')
  assert.equal(seen(null), 'money or standing')
})

test('a reason is a short line without keys', () => {
  const { reason } = told(401, {
    type: 'authentication_error',
    code: 'no\nname',
    message: `bad\u0000\n\u202Ekey sk-ant-api03-abcdef ${'é😀'.repeat(1000)}`
  })
  assert.match(reason, /^401 authentication_error: bad key sk-… é😀/)
  assert.ok(Array.from(reason).length < 240)
  assert.equal(plainReason('\uD800x').isWellFormed(), true)
})

test('a body of another shape, or a huge one, is read in no time', () => {
  const deep = Buffer.from(`{"error":${'['.repeat(500_000)}${']'.repeat(500_000)}}`)
  const long = Buffer.from(JSON.stringify({ error: { type: 'permission_error', message: 'x'.repeat(1_000_000) } }))
  for (const body of [deep, long]) {
    assert.equal(verdictOfRefusal({ status: 403, headers: {}, body }, ASKED, NOW).ruling, 'server error')
  }
  assert.equal(told(403, { type: 'permission_error', message: 'account '.repeat(8000) }).ruling, 'not permitted')
})

const RULES = { ...HEALTH_RULES, peersOf: () => ['1', '2'] }

/** Whatever an upstream may say: headers that make sense or don't, errors of all types and codes, other bodies. */
function anyRefusal() {
  const seconds = fc.integer({ min: -100, max: 100_000 })
  const instant = fc.oneof(
    seconds.map(String),
    fc.double({ min: 0, max: 99, noNaN: true }).map(String),
    seconds.map((s) => new Date(NOW + s * 1000).toUTCString()),
    seconds.map((s) => new Date(NOW + s * 1000).toISOString()),
    seconds.map((s) => String(NOW / 1000 + s)),
    fc.string({ maxLength: 12 })
  )
  const names = [
    'retry-after',
    'retry-after-ms',
    ...['', '5h-', '7d-', '7d_opus-', '7d_fable-', '7d_oi-'].map((window) => `anthropic-ratelimit-unified-${window}reset`),
    ...['requests', 'input-tokens'].map((limit) => `anthropic-ratelimit-${limit}-reset`),
    'anthropic-fast-input-tokens-reset',
    'anthropic-priority-input-tokens-reset'
  ]
  const states = [
    ...['', '5h-', '7d-', '7d_opus-', '7d_fable-'].map((window) => `anthropic-ratelimit-unified-${window}status`),
    'anthropic-ratelimit-requests-remaining',
    'anthropic-fast-input-tokens-remaining',
    'x-should-retry'
  ]
  const headers = fc
    .tuple(
      fc.dictionary(fc.constantFrom(...names), instant),
      fc.dictionary(fc.constantFrom(...states), fc.constantFrom('rejected', 'allowed', '0', '7', 'true', 'false'))
    )
    .map(([ends, told]) => ({ ...ends, ...told }))
  const messages = fc.oneof(fc.constantFrom(...CASES.map(([, , { message = 'no' }]) => message)), fc.string())
  const codes = fc.oneof(fc.constantFrom(...CASES.map(([, , { code = null }]) => code)), fc.constant(null), fc.string())
  const types = fc.oneof(
    fc.constantFrom('rate_limit_error', 'overloaded_error', 'billing_error', 'api_error', 'x'),
    fc.jsonValue()
  )
  const error = fc.record({
    type: types,
    message: fc.oneof(messages, fc.jsonValue()),
    details: fc.record({ error_code: codes })
  })
  const body = fc.oneof(
    error.map((it) => JSON.stringify({ error: it })),
    fc.json(),
    fc.string()
  )
  const status = fc.oneof(fc.constantFrom(400, 401, 402, 403, 404, 429, 500, 503, 529), fc.integer({ min: 300, max: 599 }))
  return fc.record({ status, headers, body: body.map((text) => Buffer.from(text)) })
}

test('whatever comes: a verdict, a request’s fault rests nothing, and nothing rests longer than was named', () => {
  const speed = fc.constantFrom(null, 'fast')
  fc.assert(
    fc.property(anyRefusal(), speed, fc.boolean(), (refusal, asked, isSignIn) => {
      const verdict = verdictOfRefusal(refusal, { ...ASKED, speed: asked, isSignIn }, NOW)
      assert.match(verdict.reason, /^[^\p{C}]+$/u)
      const clock = createVirtualClock(NOW)
      const health = createAccountHealth({ clock, ...RULES })
      const context = { headers: refusal.headers, isLastUsable: false, holder: 'a', speed: asked }
      const changes = health.report('1', ASKED.model, verdict, context).filter(({ type }) => type !== 'windows')
      assert.equal(hasAnswered(verdict), true)
      if (verdict.fault === 'request' || verdict.scope === 'request' || verdict.told === 'verbatim') {
        assert.deepEqual([changes, health.standing('1', ASKED.model, asked).state], [[], 'ok'])
      }
      const usual = {
        billing: 5 * MINUTE,
        rate_limit: 5 * MINUTE,
        overloaded: 10 * MINUTE,
        unauthorized: 5000,
        failures: MINUTE
      }
      for (const { kind, until } of health.cooldownsOf('1')) {
        const longest = longestNamed(refusal.headers)
        const end =
          longest === null ? NOW + usual[kind as keyof typeof usual] : Math.max(longest, NOW + usual[kind as 'billing'])
        assert.ok(until <= Math.min(Math.max(end, NOW + 5000), NOW + RULES.cooldownMaxMs), `${kind} until ${until - NOW}`)
      }
    }),
    times(2000)
  )
})

/** The latest instant that any header could mean, read as generously as can be. */
function longestNamed(headers: Record<string, string>): number | null {
  const instants = Object.entries(headers).flatMap(([name, value]) => {
    const number = /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : null
    if (number === null) return [Date.parse(value)]
    return name === 'retry-after-ms' ? [NOW + number] : [NOW + number * 1000, number * 1000]
  })
  const sensible = instants.filter((at) => Number.isFinite(at) && at <= NOW + 366 * 86_400_000)
  return sensible.length === 0 ? null : Math.max(...sensible)
}
