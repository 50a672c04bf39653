import assert from 'node:assert/strict'
import { test } from 'node:test'
import { namedLimit, readWindows, saysAllowed } from '../../../../services/gateway/accounts/rate-limit-headers.ts'
import { fc } from '../../../support/fuzz.ts'

const NOW = Date.UTC(2026, 10, 23, 12)
const inS = (seconds: number) => String(NOW / 1000 + seconds)
const OPUS = { family: 'opus', speed: null }
const limitOf = (headers: Record<string, string>, asked: Parameters<typeof namedLimit>[1] = OPUS) =>
  namedLimit(headers, asked, NOW)
const ACCOUNT = { scope: 'account', family: null } as const
const FAMILY = { scope: 'family', family: null } as const

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
      limitOf({ ...unified({ reset: value }), 'retry-after': value }),
      { until: value === '-1' ? NOW - 1000 : null, ...FAMILY },
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
  assert.deepEqual(limitOf({ ...headers, 'retry-after': '3' }), { until: NOW + 500_000, ...ACCOUNT })
})

test('without one it ends with the unified limit, for the whole account', () => {
  const headers = { ...unified({ reset: inS(40), '5h-status': 'rejected', '5h-reset': inS(-1) }), 'retry-after': '3' }
  assert.deepEqual(limitOf(headers), { until: NOW + 40_000, ...ACCOUNT })
})

test('a limit of a minute is not taken for the unified one that still allows', () => {
  const headers = { ...unified({ status: 'allowed', reset: inS(18_000) }), 'retry-after': '3' }
  assert.deepEqual(limitOf(headers), { until: NOW + 3000, ...FAMILY })
})

test('else it ends when the refusal says to come back, for the family', () => {
  const until = (headers: Record<string, string>) => {
    const { until: at, ...rest } = limitOf(headers)
    assert.deepEqual(rest, FAMILY)
    return at === null ? null : (at - NOW) / 1000
  }
  const after = (value: string) => until({ 'retry-after': value })
  assert.equal(after('7'), 7)
  assert.equal(after('1.5'), 1.5)
  assert.equal(after('Mon, 23 Nov 2026 12:01:00 GMT'), 60)
  assert.equal(after('2026-11-23T12:00:30Z'), 30)
  assert.equal(after('Monday, 23-Nov-26 12:01:00 GMT'), 60)
  assert.equal(after('Mon Nov 23 12:01:00 2026'), 60)
  assert.equal(after(' 7 '), 7)
  assert.equal(until({ 'retry-after-ms': '1500', 'retry-after': '60' }), 1.5)
  // What has passed is now, not unknown.
  assert.deepEqual(['0', '-3', 'Mon, 23 Nov 2026 11:59:58 GMT'].map(after), [0, -3, -2])
  assert.equal(until({ 'retry-after-ms': '0' }), 0)
  assert.equal(until(unified({ reset: inS(-1) })), -1)
  for (const nonsense of ['Mon, 99 Nov 2026 12:01:00 GMT', 'soon', '', '1e3', '9999999999']) assert.equal(after(nonsense), null)
})

test('a limit by the minute ends when what is used up is filled again', () => {
  const counted = (name: string, remaining: string, reset: string) => ({
    [`anthropic-ratelimit-${name}-remaining`]: remaining,
    [`anthropic-ratelimit-${name}-reset`]: reset
  })
  for (const name of ['requests', 'tokens', 'input-tokens', 'output-tokens']) {
    assert.deepEqual(limitOf(counted(name, '0', '2026-11-23T12:00:08Z')), { until: NOW + 8000, ...FAMILY }, name)
    assert.deepEqual(limitOf(counted(name, '12', '2026-11-23T12:00:08Z')), { until: null, ...FAMILY }, name)
  }
  const two = { ...counted('requests', '0', '2026-11-23T12:00:08Z'), ...counted('tokens', '0', inS(20)) }
  assert.equal(limitOf(two).until, NOW + 20_000)
  assert.equal(limitOf({ ...two, 'retry-after': '3' }).until, NOW + 3000)
  assert.equal(limitOf({ ...two, 'retry-after': '0' }).until, NOW + 20_000)
  const priority = { 'anthropic-priority-input-tokens-remaining': '0', 'anthropic-priority-input-tokens-reset': inS(9) }
  assert.deepEqual(limitOf(priority), { until: NOW + 9000, ...FAMILY })
})

test('a fast request meets the limit of its speed', () => {
  const fast = { family: 'opus', speed: 'fast' }
  const used = { 'anthropic-fast-input-tokens-remaining': '0', 'anthropic-fast-input-tokens-reset': inS(30) }
  const speed = { scope: 'speed', family: null } as const
  assert.deepEqual(limitOf(used, fast), { until: NOW + 30_000, ...speed })
  assert.deepEqual(limitOf({ ...used, 'retry-after': '12' }, fast), { until: NOW + 12_000, ...speed })
  assert.deepEqual(limitOf({ 'anthropic-fast-output-tokens-limit': '5' }, fast), { until: null, ...speed })
  assert.deepEqual(limitOf({}, fast), { until: null, ...speed })
  assert.deepEqual(limitOf({ 'retry-after': '3' }, fast), { until: NOW + 3000, ...speed })
  const usual = { 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': inS(8) }
  assert.deepEqual(limitOf({ ...usual, 'retry-after': '3' }, fast), { until: NOW + 3000, ...FAMILY })
  assert.deepEqual(limitOf(used), { until: null, ...FAMILY })
  const rejected = unified({ '5h-status': 'rejected', '5h-reset': inS(60) })
  assert.deepEqual(limitOf({ ...used, ...rejected }, fast), { until: NOW + 60_000, ...ACCOUNT })
})

test('headers allow when the five hours do and nothing else rejects', () => {
  assert.equal(saysAllowed(unified({ '5h-status': 'allowed' })), true)
  assert.equal(saysAllowed(unified({ '5h-status': 'allowed', status: 'allowed_warning' })), true)
  assert.equal(saysAllowed(unified({ '5h-status': 'allowed', status: 'rejected' })), false)
  assert.equal(saysAllowed(unified({ '5h-status': 'allowed_warning' })), false)
  assert.equal(saysAllowed({}), false)
})

test('no headers break the reading', () => {
  const value = fc.oneof(fc.string(), fc.integer().map(String), fc.double().map(String), fc.constant('rejected'))
  const name = fc.constantFrom('5h-status', '5h-reset', '5h-utilization', 'status', 'reset', '__proto__-status')
  fc.assert(
    fc.property(fc.dictionary(name, value), value, (fields, retryAfter) => {
      const headers = { ...unified(fields), 'retry-after': retryAfter }
      for (const { resetsAt, utilization } of readWindows(headers, NOW)) {
        assert.ok(resetsAt === null || Number.isSafeInteger(resetsAt))
        assert.ok(utilization === null || (utilization >= 0 && utilization <= 100))
      }
      const { until } = limitOf(headers, { family: 'opus', speed: 'fast' })
      assert.ok(until === null || Number.isSafeInteger(until))
    })
  )
})

test('a window of one family limits that family, whatever it is called', () => {
  const at = NOW + 3_600_000
  const rejected = (name: string, resetsAt = at) =>
    unified({ [`${name}-status`]: 'rejected', [`${name}-reset`]: String(resetsAt / 1000) })
  const until = { until: at }
  assert.deepEqual(limitOf(rejected('7d_opus')), { ...until, ...FAMILY })
  assert.deepEqual(limitOf(rejected('7d_fable'), { family: 'fable', speed: null }), { ...until, ...FAMILY })
  for (const window of ['7d_fable', '7d_fable_5']) {
    assert.deepEqual(limitOf(rejected(window)), { ...until, scope: 'family', family: 'fable' })
  }
  assert.deepEqual(limitOf({ ...rejected('7d_opus', at + 1000), ...rejected('7d') }), { ...until, ...ACCOUNT })
  assert.deepEqual(limitOf(rejected('7d_oi')), { ...until, ...ACCOUNT })
  assert.deepEqual(limitOf(rejected('1h')), { ...until, ...ACCOUNT })
})
