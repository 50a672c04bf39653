import type { FastifyInstance } from 'fastify'
import { limitsOf } from '../services/gateway/eligibility/request-budgets.ts'
import { spendCapsOf, usageReport } from '../services/gateway/eligibility/spend-caps.ts'

/** `GET /api/oauth/usage`: what `/usage` of a Claude Code that is signed in shows. */
export default async function oauthUsage(app: FastifyInstance) {
  const { eligibility, clock } = app

  app.get('/api/oauth/usage', async (request, reply) => {
    const client = await app.clients.allowedClientOf(request)
    const now = clock.now()
    const budgets = eligibility.budgetsOf(client)
    const spent = limitsOf(budgets[1], now)
    return await reply.header('cache-control', 'no-store').send(usageReport(spendCapsOf(budgets, now), spent))
  })
}
