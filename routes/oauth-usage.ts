import type { FastifyInstance } from 'fastify'
import { spendCapsOf, usageReport } from '../services/gateway/eligibility/spend-caps.ts'
import { windowAt } from '../services/money/billing/quota-windows.ts'
import { windowPolicyOf } from '../services/money/billing/window-policies.ts'

/** `GET /api/oauth/usage`: what `/usage` of a Claude Code that is signed in shows. */
export default async function oauthUsage(app: FastifyInstance) {
  const { eligibility, clock } = app

  app.get('/api/oauth/usage', async (request, reply) => {
    const client = await app.clients.allowedClientOf(request)
    const now = clock.now()
    const policy = windowPolicyOf(client.group)
    const spent = eligibility.spendingOf(client).windows.map((window) => windowAt(window, policy, now))
    const caps = spendCapsOf(client, client.subscription, eligibility, now)
    return await reply.header('cache-control', 'no-store').send(usageReport(caps, spent))
  })
}
