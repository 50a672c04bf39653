import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { createExchangeEligibility } from '../../../../services/gateway/eligibility/exchange-eligibility.ts'
import { keyBudget, subscriptionBudget, walletBudget } from '../../../../services/gateway/eligibility/request-budgets.ts'
import type { QuotaWindow } from '../../../../services/money/billing/quota-windows.ts'
import { databaseAway, type GatewayError } from '../../../../services/platform/gateway-errors.ts'
import type { LimitEntry } from '../../../../services/gateway/traces/exchange-trace.ts'
import type { ClientSubscription } from '../../../../services/resources/records/client-keys.ts'
import { loneExchange } from '../../../support/lone-exchange.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const USD = 1_000_000_000n

interface Case {
  kind?: 'balance' | 'subscription'
  limits?: Partial<Record<'day' | 'week' | 'month', bigint>>
  keyLimits?: Partial<Record<'day' | 'week' | 'month' | 'total', bigint>>
  subscription?: ClientSubscription | null
  refusal?: GatewayError
  isDatabaseAway?: boolean
  usedNano?: bigint
}

async function setUp(t: TestContext, given: Case) {
  const { kind = 'balance', limits = {}, keyLimits = {}, subscription = null, usedNano = 0n } = given
  const { refusal = null, isDatabaseAway = false } = given
  const clock = createVirtualClock()
  const none = { day: null, week: null, month: null }
  const exchange = loneExchange(t, clock, {
    client: {
      user: { id: 'u1' },
      group: {
        kind,
        rateMultiplier: '1',
        limits: { ...none, ...limits },
        windowAnchor: 'first-use',
        timeZone: 'UTC'
      },
      key: { limits: { ...none, total: null, ...keyLimits } },
      subscription,
      token: null
    }
  })
  const { client } = exchange
  const windows: QuotaWindow[] = (['day', 'week', 'month'] as const).map((of) => ({
    kind: of,
    startedAt: clock.now(),
    usedNano
  }))
  const paying =
    kind === 'balance'
      ? walletBudget(client, 3n * USD)
      : subscriptionBudget(client, subscription, subscription === null ? [] : windows, clock.now())
  const key = keyBudget(client, { windows, totalNano: 2n * usedNano }, clock.now())
  const check = createExchangeEligibility({
    clock,
    eligibility: {
      async decide() {
        if (isDatabaseAway) throw databaseAway(null)
        return { budgets: [paying, key], subscription, refusal: refusal ?? paying.refusal ?? key.refusal }
      },
      budgetsOf: () => ({ paying, key, team: null })
    }
  })
  const outcome = await check(exchange).then(
    () => 'passed',
    (error: GatewayError) => error.type
  )
  const { limits: noted } = JSON.parse(JSON.stringify(exchange.facts())) as { limits: { entry: LimitEntry }[] }
  return { exchange, outcome, looks: noted.map(({ entry: { name, outcome: of } }) => `${name} ${of}`), noted }
}

const SUBSCRIPTION = { id: 's1', status: 'active', startsAt: 0, expiresAt: Infinity } as ClientSubscription

test('a wallet is named as what pays, with what it has left', async (t) => {
  const { exchange, outcome, noted } = await setUp(t, {})
  assert.deepEqual([outcome, exchange.subscription], ['passed', null])
  assert.deepEqual(
    noted.map(({ entry }) => entry),
    [{ name: 'balance', outcome: 'passed', detail: '3 USD left' }]
  )
})

test('the subscription that pays is kept with the exchange, and its limited windows are noted', async (t) => {
  const limits = { day: 3n * USD, month: 2n * USD }
  const { exchange, outcome, looks, noted } = await setUp(t, {
    kind: 'subscription',
    subscription: SUBSCRIPTION,
    limits,
    usedNano: USD
  })
  assert.deepEqual([outcome, exchange.subscription], ['passed', SUBSCRIPTION])
  assert.deepEqual(looks, ['subscription passed', 'day_window passed', 'month_window passed'])
  assert.deepEqual([noted[1]?.entry.used, noted[1]?.entry.limit], ['1', '3'])
})

test('a refusal is noted before it is thrown, with each limit that is used up', async (t) => {
  const over = { kind: 'subscription', subscription: SUBSCRIPTION, usedNano: USD } as const
  const usedUp = await setUp(t, { ...over, limits: { day: USD, month: 2n * USD }, keyLimits: { week: USD, total: 3n * USD } })
  assert.equal(usedUp.outcome, 'billing_error')
  assert.deepEqual(usedUp.looks, [
    'subscription refused',
    'day_window refused',
    'month_window passed',
    'key_week refused',
    'key_total passed'
  ])
  const none = await setUp(t, { kind: 'subscription', limits: { day: 1n } })
  assert.deepEqual(
    [none.outcome, none.looks, none.noted[0]?.entry.detail],
    ['permission_error', ['subscription refused'], 'none']
  )
  const expired = await setUp(t, { ...over, subscription: { ...SUBSCRIPTION, status: 'suspended' } })
  assert.deepEqual([expired.looks, expired.noted[0]?.entry.detail], [['subscription refused'], 'it is suspended'])
})

test('what is known is noted where it cannot be looked at anew', async (t) => {
  const { outcome, looks } = await setUp(t, { keyLimits: { day: USD }, usedNano: USD, isDatabaseAway: true })
  assert.deepEqual([outcome, looks], ['api_error', ['balance passed', 'key_day refused']])
})
