import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createBillingEligibility, type BillingEligibility } from '../services/gateway/eligibility/billing-eligibility.ts'
import { createExchangeEligibility } from '../services/gateway/eligibility/exchange-eligibility.ts'
import { createExchangeReservation } from '../services/gateway/eligibility/exchange-reservation.ts'
import { createRecentCosts, type RecentCosts } from '../services/gateway/eligibility/recent-costs.ts'
import { createSpendReservations, type SpendReservations } from '../services/gateway/eligibility/spend-reservations.ts'
import type { Exchange } from '../services/gateway/request/exchange.ts'
import { readBalance, readSubscription } from '../services/resources/records/client-keys.ts'
import { readKeySpending } from '../services/resources/records/key-spending.ts'
import { readTeamSpending } from '../services/resources/records/teams.ts'
import { exchangeOf } from './authentication.ts'

declare module 'fastify' {
  interface FastifyInstance {
    eligibility: BillingEligibility
    /** onRequest: may the client spend at all? */
    checkEligibility: (request: FastifyRequest) => Promise<void>
    reservations: SpendReservations
    recentCosts: RecentCosts
    /** Keeps free what an exchange is expected to cost. Rejects with 429 where that cannot be. Does nothing when it is kept already. */
    reserveSpend: (exchange: Exchange) => Promise<void>
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
  const reservations = createSpendReservations({
    eligibility,
    shared: () => app.shared?.outstanding ?? null,
    clock: app.clock,
    leaseTtlMs: app.config.leaseTtlMs,
    onFault: (err) =>
      app.log.warn({ err }, 'Redis is unavailable: what is reserved in budgets is not shared with other replicas')
  })
  app.decorate('reservations', reservations)
  app.decorate('eligibility', {
    ...eligibility,
    charged(sent, charge) {
      eligibility.charged(sent, charge)
      reservations.charged(sent)
    },
    settled(uses, spending) {
      eligibility.settled(uses, spending)
      reservations.settled(uses, true)
    },
    dropped(uses) {
      eligibility.dropped(uses)
      reservations.settled(uses, false)
    }
  })
  const recentCosts = createRecentCosts()
  app.decorate('recentCosts', recentCosts)
  const { prices, clock } = app
  app.decorate('reserveSpend', createExchangeReservation({ reservations, recentCosts, prices, clock }))
  const check = createExchangeEligibility({ eligibility, clock: app.clock })
  app.decorate('checkEligibility', (request: FastifyRequest) => check(exchangeOf(request)))
}

export default fp(billingEligibility, {
  name: 'billing-eligibility',
  fastify: '5.x',
  dependencies: ['config', 'database', 'prices']
})
