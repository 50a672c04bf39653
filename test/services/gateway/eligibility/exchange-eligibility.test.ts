import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { BillingEligibility } from '../../../../services/gateway/eligibility/billing-eligibility.ts'
import { createExchangeEligibility } from '../../../../services/gateway/eligibility/exchange-eligibility.ts'
import type { QuotaWindow } from '../../../../services/money/billing/quota-windows.ts'
import type { LimitEntry } from '../../../../services/gateway/traces/exchange-trace.ts'
import type { ClientSubscription } from '../../../../services/resources/records/client-keys.ts'
import { loneExchange } from '../../../support/lone-exchange.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const USD = 1_000_000_000n
const REFUSAL = new Error('refused')

interface Case {
  kind?: 'balance' | 'subscription'
  limits?: Partial<Record<'day' | 'week' | 'month', bigint>>
  keyLimits?: Partial<Record<'day' | 'week' | 'month' | 'total', bigint>>
  subscription?: ClientSubscription | null
  paying?: ClientSubscription | null
  refuses?: 'check' | 'checkKey'
  usedNano?: bigint
}

async function setUp(t: TestContext, given: Case) {
  const { kind = 'balance', limits = {}, keyLimits = {}, subscription = null, paying = null, refuses, usedNano = 0n } = given
  const clock = createVirtualClock()
  const none = { day: null, week: null, month: null }
  const exchange = loneExchange(t, clock, {
    client: {
      group: { kind, limits: { ...none, ...limits }, windowAnchor: 'first-use', timeZone: 'UTC' },
      key: { limits: { ...none, total: null, ...keyLimits } },
      subscription,
      token: null
    }
  })
  const windows: QuotaWindow[] = (['day', 'week', 'month'] as const).map((of) => ({
    kind: of,
    startedAt: clock.now(),
    usedNano
  }))
  let keyChecks = 0
  const check = createExchangeEligibility({
    clock,
    eligibility: {
      async check() {
        if (refuses === 'check') throw REFUSAL
        return paying
      },
      async checkKey() {
        keyChecks++
        if (refuses === 'checkKey') throw REFUSAL
      },
      balanceOf: () => 3n * USD,
      windowsOf: () => windows,
      spendingOf: () => ({ windows, totalNano: 2n * usedNano })
    } as unknown as BillingEligibility
  })
  const outcome = await check(exchange).then(
    () => 'passed',
    (error: unknown) => error
  )
  const { limits: noted } = JSON.parse(JSON.stringify(exchange.facts())) as { limits: { entry: LimitEntry }[] }
  return { exchange, outcome, keyChecks, looks: noted.map(({ entry: { name, outcome: of } }) => `${name} ${of}`), noted }
}

const SUBSCRIPTION = { id: 's1', status: 'active' } as ClientSubscription

test('a wallet is named as what pays, with what it has left', async (t) => {
  const { exchange, outcome, noted } = await setUp(t, {})
  assert.deepEqual([outcome, exchange.subscription], ['passed', null])
  assert.deepEqual(
    noted.map(({ entry }) => entry),
    [{ name: 'balance', outcome: 'passed', detail: '3 USD left' }]
  )
})

test('the subscription that pays is kept with the exchange, and its limited windows are noted', async (t) => {
  const limits = { day: 2n * USD, month: USD }
  const given: Case = { kind: 'subscription', paying: SUBSCRIPTION, limits, usedNano: USD }
  const { exchange, outcome, looks, noted } = await setUp(t, given)
  assert.deepEqual([outcome, exchange.subscription], ['passed', SUBSCRIPTION])
  assert.deepEqual(looks, ['subscription passed', 'day_window passed', 'month_window refused'])
  assert.deepEqual([noted[1]?.entry.used, noted[1]?.entry.limit], ['1', '2'])
})

test('a refusal is noted before it is thrown, with the subscription that was not enough', async (t) => {
  const wallet = await setUp(t, { refuses: 'check', keyLimits: { day: 1n } })
  assert.deepEqual([wallet.outcome, wallet.looks, wallet.keyChecks], [REFUSAL, ['balance refused'], 0])
  const none = await setUp(t, { kind: 'subscription', refuses: 'check', limits: { day: 1n } })
  assert.deepEqual([none.looks, none.noted[0]?.entry.detail], [['subscription refused'], 'none'])
  const expired = { ...SUBSCRIPTION, status: 'expired' } as unknown as ClientSubscription
  const over = await setUp(t, { kind: 'subscription', refuses: 'check', subscription: expired })
  assert.deepEqual([over.looks, over.noted[0]?.entry.detail], [['subscription refused'], 'it is expired'])
})

test('a key is looked at only where it has a limit, and its limits are noted whatever comes of it', async (t) => {
  assert.equal((await setUp(t, {})).keyChecks, 0)
  const keyLimits = { week: 2n * USD, total: 2n * USD }
  for (const refuses of [undefined, 'checkKey'] as const) {
    const { outcome, looks, keyChecks } = await setUp(t, { keyLimits, usedNano: USD, ...(refuses && { refuses }) })
    assert.deepEqual([outcome, keyChecks], [refuses === undefined ? 'passed' : REFUSAL, 1])
    assert.deepEqual(looks, ['balance passed', 'key_week passed', 'key_total refused'])
  }
})
