import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capHeaders, nearestCap, usageReport, type SpendCap } from '../../../../services/gateway/eligibility/spend-caps.ts'
import { parseUsd } from '../../../../services/money/prices/money.ts'

const RESETS_AT = Date.UTC(2026, 11, 1)

const cap = (used: string, limit: string, kind: SpendCap['kind'] = 'month'): SpendCap => ({
  kind,
  usedNano: parseUsd(used),
  limitNano: parseUsd(limit),
  resetsAt: RESETS_AT
})

const short = (caps: readonly SpendCap[]) =>
  Object.fromEntries(
    Object.entries(capHeaders(caps)).map(([name, value]) => [name.replace('anthropic-ratelimit-unified-', ''), value])
  )

test('a response tells of the cap nearest its end, and from three quarters on warns of it', () => {
  assert.deepEqual(capHeaders([]), {})
  const reset = String(RESETS_AT / 1000)
  const common = { reset, 'overage-reset': reset, 'representative-claim': 'overage' }
  const allowed = { ...common, status: 'allowed', 'overage-status': 'allowed' }
  const warned = { ...common, status: 'allowed_warning', 'overage-status': 'allowed_warning' }
  assert.deepEqual(short([cap('0', '10')]), { ...allowed, 'overage-utilization': '0' })
  assert.deepEqual(short([cap('2.49', '10'), cap('0.2', '1', 'day')]), { ...allowed, 'overage-utilization': '0.24' })
  assert.deepEqual(short([cap('7.499999999', '10')]), { ...allowed, 'overage-utilization': '0.74' })
  assert.deepEqual(short([cap('7.5', '10')]), {
    ...warned,
    'overage-utilization': '0.75',
    'overage-surpassed-threshold': '0.75'
  })
  assert.deepEqual(short([cap('9.5', '10'), cap('8', '10', 'day')]), {
    ...warned,
    'overage-utilization': '0.95',
    'overage-surpassed-threshold': '0.95'
  })
  // What was still let through beyond a limit is never told as refused.
  assert.equal(short([cap('12', '10')])['overage-utilization'], '0.99')
  assert.equal(nearestCap([cap('1', '10'), cap('1', '2', 'day'), cap('5', '10', 'week')])?.kind, 'day')
})

test('/usage shows a row for each cap, and in dollars the one that the headers tell of', () => {
  const report = usageReport([cap('8', '10'), cap('0.955', '1', 'day')], [])
  assert.deepEqual(report, {
    extra_usage: { is_enabled: true, currency: 'USD', monthly_limit: 100, used_credits: 96, utilization: 95 },
    limits: [
      {
        kind: 'spend',
        group: 'monthly',
        percent: 80,
        resets_at: '2026-12-01T00:00:00.000Z',
        severity: 'warning',
        is_active: false
      },
      {
        kind: 'spend',
        group: 'daily',
        percent: 95,
        resets_at: '2026-12-01T00:00:00.000Z',
        severity: 'critical',
        is_active: true
      }
    ]
  })
})

test('without a cap it shows what was spent', () => {
  const spent = [
    { period: 'day' as const, usedNano: parseUsd('0.014') },
    { period: 'week' as const, usedNano: parseUsd('1.5') },
    { period: 'month' as const, usedNano: parseUsd('20') }
  ]
  const of = (cents: number) => ({ limit: null, used_credits: cents, utilization: null })
  assert.deepEqual(usageReport([], spent), {
    extra_usage: {
      is_enabled: true,
      currency: 'USD',
      monthly_limit: null,
      used_credits: 2000,
      utilization: null,
      daily: of(1),
      weekly: of(150)
    },
    limits: []
  })
})
