import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rateLimitEnd, readWindows, saysAllowed } from '../../../services/accounts/rate-limit-headers.ts'
import { fc } from '../../support/fuzz.ts'

const NOW = Date.UTC(2026, 10, 23, 12)
const inS = (seconds: number) => String(NOW / 1000 + seconds)
const unified = (fields: Record<string, string>) =>
  Object.fromEntries(Object.entries(fields).map(([field, value]) => [`anthropic-ratelimit-unified-${field}`, value]))

test('windows are read by whatever names they have', () => {
  const headers = unified({
    status: 'allowed_warning',
    reset: inS(60),
    'representative-claim': 'five_hour',
    'fallback-percentage': '0.5',
    '5h-status': 'allowed_warning',
    '5h-reset': inS(60),
    '5h-utilization': '0.9',
    '5h-surpassed-threshold': '0.75',
    '7d_oi-utilization': '1e-3',
    'overage-status': 'rejected',
    'overage-reset': inS(999),
    'fallback-status': 'allowed'
  })
  assert.deepEqual(readWindows({ ...headers, 'retry-after': '3' }, NOW), [
    { name: '5h', status: 'allowed_warning', utilization: 0.9, resetsAt: NOW + 60_000, seenAt: NOW },
    { name: '7d_oi', status: null, utilization: 0.001, resetsAt: null, seenAt: NOW }
  ])
})

test('values that make no sense are as if they were not there', () => {
  const bad = ['', ' ', '-1', 'NaN', 'Infinity', '1e99', '9'.repeat(400), '0x10', '1,2', '<b>', '99999999999']
  for (const value of bad) {
    const headers = unified({
      '5h-status': `${value}!`,
      '5h-reset': value,
      '5h-utilization': value === '-1' ? value : `${value}x`
    })
    assert.deepEqual(readWindows(headers, NOW), [], value)
    assert.deepEqual(
      rateLimitEnd({ ...unified({ reset: value }), 'retry-after': value }, NOW),
      { until: null, wholeAccount: false },
      value
    )
  }
  assert.deepEqual(readWindows(unified({ '7d-utilization': '100.5' }), NOW), [])
  assert.deepEqual(readWindows(unified({ [`${'w'.repeat(21)}-status`]: 'allowed' }), NOW), [])
})

test('no more than ten windows are read', () => {
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`w${index}-status`, 'allowed']))
  assert.equal(readWindows(unified(many), NOW).length, 10)
})

test('a 429 ends with the last of the windows that reject', () => {
  const headers = unified({
    status: 'rejected',
    reset: inS(10),
    '5h-status': 'rejected',
    '5h-reset': inS(100),
    '7d-status': 'rejected',
    '7d-reset': inS(500),
    '7d_oi-status': 'allowed',
    '7d_oi-reset': inS(900)
  })
  assert.deepEqual(rateLimitEnd({ ...headers, 'retry-after': '3' }, NOW), { until: NOW + 500_000, wholeAccount: true })
})

test('without one it ends with the unified limit, for the whole account', () => {
  const headers = { ...unified({ reset: inS(40), '5h-status': 'rejected', '5h-reset': inS(-1) }), 'retry-after': '3' }
  assert.deepEqual(rateLimitEnd(headers, NOW), { until: NOW + 40_000, wholeAccount: true })
})

test('a limit of a minute is not taken for the unified one that still allows', () => {
  const headers = { ...unified({ status: 'allowed', reset: inS(18_000) }), 'retry-after': '3' }
  assert.deepEqual(rateLimitEnd(headers, NOW), { until: NOW + 3000, wholeAccount: false })
})

test('else it ends when the refusal says to come back, for the family', () => {
  const until = (value: string) => rateLimitEnd({ 'retry-after': value }, NOW)
  assert.deepEqual(until('7'), { until: NOW + 7000, wholeAccount: false })
  assert.deepEqual(until('Mon, 23 Nov 2026 12:01:00 GMT'), { until: NOW + 60_000, wholeAccount: false })
  for (const past of ['0', 'Mon, 23 Nov 2026 11:00:00 GMT', 'Mon, 99 Nov 2026 12:01:00 GMT', '1.5', 'soon']) {
    assert.deepEqual(until(past), { until: null, wholeAccount: false }, past)
  }
  assert.deepEqual(rateLimitEnd(unified({ reset: inS(0) }), NOW), { until: null, wholeAccount: false })
})

test('headers allow when the five hours do and nothing else rejects', () => {
  assert.equal(saysAllowed(unified({ '5h-status': 'allowed' })), true)
  assert.equal(saysAllowed(unified({ '5h-status': 'allowed', status: 'allowed_warning' })), true)
  assert.equal(saysAllowed(unified({ '5h-status': 'allowed', status: 'rejected' })), false)
  assert.equal(saysAllowed(unified({ '5h-status': 'allowed_warning' })), false)
  assert.equal(saysAllowed({}), false)
})

test('no headers break the reading, and an end is always ahead', () => {
  const value = fc.oneof(fc.string(), fc.integer().map(String), fc.double().map(String), fc.constant('rejected'))
  const name = fc.constantFrom('5h-status', '5h-reset', '5h-utilization', 'status', 'reset', '__proto__-status')
  fc.assert(
    fc.property(fc.dictionary(name, value), value, (fields, retryAfter) => {
      const headers = { ...unified(fields), 'retry-after': retryAfter }
      for (const { resetsAt, utilization } of readWindows(headers, NOW)) {
        assert.ok(resetsAt === null || Number.isSafeInteger(resetsAt))
        assert.ok(utilization === null || (utilization >= 0 && utilization <= 100))
      }
      const { until } = rateLimitEnd(headers, NOW)
      assert.ok(until === null || (until > NOW && Number.isFinite(until)))
    })
  )
})

test('a window of one family limits that family, beside others it doesn’t matter', () => {
  const at = Math.floor(NOW / 1000) + 3600
  const rejected = (name: string) => ({
    [`anthropic-ratelimit-unified-${name}-status`]: 'rejected',
    [`anthropic-ratelimit-unified-${name}-reset`]: String(at)
  })
  assert.deepEqual(rateLimitEnd(rejected('7d_opus'), NOW), { until: at * 1000, wholeAccount: false })
  assert.deepEqual(rateLimitEnd({ ...rejected('7d_opus'), ...rejected('7d') }, NOW), { until: at * 1000, wholeAccount: true })
  assert.deepEqual(rateLimitEnd(rejected('7d_oi'), NOW), { until: at * 1000, wholeAccount: true })
})
