import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createBillingEligibility, type BillingEligibility } from '../services/billing/billing-eligibility.ts'
import type { Exchange } from '../services/request/exchange.ts'
import { readBalance, readSubscription } from '../services/records/client-keys.ts'
import { windowPolicyOf } from '../services/billing/window-policies.ts'
import { exchangeOf } from './authentication.ts'

declare module 'fastify' {
  interface FastifyInstance {
    eligibility: BillingEligibility
    /** onRequest: may the client spend at all? */
    checkEligibility: (request: FastifyRequest) => Promise<void>
    /** The second look, after a wait in which the money may have been used up. */
    checkEligibilityAgain: (exchange: Exchange) => Promise<void>
  }
}

async function billingEligibility(app: FastifyInstance) {
  const eligibility = createBillingEligibility({
    readBalance: (userId) => readBalance(app.pg.pool, userId),
    readSubscription: (userId, groupId) => readSubscription(app.pg.pool, userId, groupId),
    policyOf: windowPolicyOf,
    clock: app.clock
  })
  app.decorate('eligibility', eligibility)
  async function check(exchange: Exchange): Promise<void> {
    exchange.subscription = await eligibility.check(exchange.client)
  }
  app.decorate('checkEligibility', (request: FastifyRequest) => check(exchangeOf(request)))
  app.decorate('checkEligibilityAgain', async (exchange: Exchange) => {
    if (exchange.queueMs > 0) await check(exchange)
  })
}

export default fp(billingEligibility, { name: 'billing-eligibility', fastify: '5.x', dependencies: ['config', 'database'] })
