import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createBillingEligibility, type BillingEligibility } from '../services/gateway/eligibility/billing-eligibility.ts'
import { createExchangeEligibility } from '../services/gateway/eligibility/exchange-eligibility.ts'
import { readBalance, readSubscription } from '../services/resources/records/client-keys.ts'
import { readKeySpending } from '../services/resources/records/key-spending.ts'
import { readTeamSpending } from '../services/resources/records/teams.ts'
import { exchangeOf } from './authentication.ts'

declare module 'fastify' {
  interface FastifyInstance {
    eligibility: BillingEligibility
    /** onRequest: may the client spend at all? */
    checkEligibility: (request: FastifyRequest) => Promise<void>
  }
}

async function billingEligibility(app: FastifyInstance) {
  const eligibility = createBillingEligibility({
    readBalance: (userId) => readBalance(app.pg.pool, userId),
    readSubscription: (userId, groupId) => readSubscription(app.pg.pool, userId, groupId),
    readKeySpending: (keyId) => readKeySpending(app.pg.pool, keyId),
    readTeamSpending: (teamId) => readTeamSpending(app.pg.pool, teamId),
    clock: app.clock
  })
  app.decorate('eligibility', eligibility)
  const check = createExchangeEligibility({ eligibility, clock: app.clock })
  app.decorate('checkEligibility', (request: FastifyRequest) => check(exchangeOf(request)))
}

export default fp(billingEligibility, { name: 'billing-eligibility', fastify: '5.x', dependencies: ['config', 'database'] })
