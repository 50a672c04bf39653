import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import {
  createBillingEligibility,
  isLimited,
  type BillingEligibility
} from '../services/gateway/eligibility/billing-eligibility.ts'
import type { Exchange } from '../services/gateway/request/exchange.ts'
import { readBalance, readSubscription } from '../services/resources/records/client-keys.ts'
import { readKeySpending } from '../services/resources/records/key-spending.ts'
import { windowAt } from '../services/money/billing/quota-windows.ts'
import { windowPolicyOf } from '../services/money/billing/window-policies.ts'
import { formatUsd } from '../services/money/prices/money.ts'
import { exchangeOf } from './authentication.ts'

declare module 'fastify' {
  interface FastifyInstance {
    eligibility: BillingEligibility
    /** onRequest: may the client spend at all? */
    checkEligibility: (request: FastifyRequest) => Promise<void>
    /** The same of an exchange. */
    checkMoney: (exchange: Exchange) => Promise<void>
  }
}

async function billingEligibility(app: FastifyInstance) {
  const eligibility = createBillingEligibility({
    readBalance: (userId) => readBalance(app.pg.pool, userId),
    readSubscription: (userId, groupId) => readSubscription(app.pg.pool, userId, groupId),
    readKeySpending: (keyId) => readKeySpending(app.pg.pool, keyId),
    policyOf: windowPolicyOf,
    clock: app.clock
  })
  app.decorate('eligibility', eligibility)

  async function check(exchange: Exchange): Promise<void> {
    try {
      exchange.subscription = await eligibility.check(exchange.client)
      noteLimits(exchange, 'passed')
    } catch (error) {
      noteLimits(exchange, 'refused')
      throw error
    }
    if (isLimited(exchange.client.key.limits)) await checkKey(exchange)
  }

  async function checkKey(exchange: Exchange): Promise<void> {
    try {
      await eligibility.checkKey(exchange.client)
    } finally {
      noteKeyLimits(exchange)
    }
  }

  function noteKeyLimits({ client, trace }: Exchange): void {
    const { windows, totalNano } = eligibility.spendingOf(client)
    const policy = windowPolicyOf(client.group)
    const states = windows.map((window) => windowAt(window, policy, app.clock.now()))
    for (const { kind, usedNano } of [...states, { kind: 'total' as const, usedNano: totalNano }]) {
      const limitNano = client.key.limits[kind]
      if (limitNano === null) continue
      const outcome = usedNano >= limitNano ? 'refused' : 'passed'
      trace.limit({ name: `key_${kind}`, outcome, used: formatUsd(usedNano), limit: formatUsd(limitNano) })
    }
  }

  /** For the operator: what was looked at, and how it stood. */
  function noteLimits({ client, subscription, trace }: Exchange, outcome: 'passed' | 'refused'): void {
    const { group } = client
    if (group.kind === 'balance') {
      trace.limit({ name: 'balance', outcome, detail: `${formatUsd(eligibility.balanceOf(client))} USD left` })
      return
    }
    const paying = subscription ?? client.subscription
    trace.limit({ name: 'subscription', outcome, detail: paying === null ? 'none' : paying.status })
    const windows = paying === null ? [] : eligibility.windowsOf(paying, windowPolicyOf(group))
    for (const { kind, usedNano } of windows) {
      const limitNano = group.limits[kind]
      if (limitNano === null) continue
      const isUsedUp = usedNano >= limitNano
      const window = { used: formatUsd(usedNano), limit: formatUsd(limitNano) }
      trace.limit({ name: `${kind}_window`, outcome: isUsedUp ? 'refused' : 'passed', ...window })
    }
  }

  app.decorate('checkEligibility', (request: FastifyRequest) => check(exchangeOf(request)))
  app.decorate('checkMoney', check)
}

export default fp(billingEligibility, { name: 'billing-eligibility', fastify: '5.x', dependencies: ['config', 'database'] })
