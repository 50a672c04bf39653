import type { FastifyInstance } from 'fastify'
import { spendCapsOf, usageReport } from '../services/gateway/eligibility/spend-caps.ts'

/** `GET /api/oauth/usage`: what `/usage` of a Claude Code that is signed in shows. */
export default async function oauthUsage(app: FastifyInstance) {
  app.get('/api/oauth/usage', async (request, reply) => {
    const client = await app.clients.allowedClientOf(request)
    const { paying, key, team } = app.eligibility.budgetsOf(client)
    const caps = spendCapsOf(team === null ? [paying, key] : [paying, key, team])
    return await reply.header('cache-control', 'no-store').send(usageReport(caps, key.limits()))
  })
}
