import type { FastifyInstance } from 'fastify'
import { canServe } from '../services/gateway/accounts/standings.ts'
import { VERSION } from '../services/platform/version.ts'

/** Answered while streams still end, too: that takes minutes, and is watched. */
const options = { config: { servedToTheEnd: true } }

/**
 * Liveness and readiness. What is away does not make a replica unready: taking every pod away helps nobody. Nothing listens
 * before the database is migrated.
 */
export default async function health(app: FastifyInstance) {
  const live = async () => ({ status: 'ok' })
  app.get('/livez', options, live)
  app.get('/healthz', options, live)
  app.get('/health', options, live)

  app.get('/readyz', options, async (_request, reply) => {
    const [condition, { accounts, groups }] = await Promise.all([app.condition(), app.accountStandings()])
    const { phase, database, slots, replicas, backOffice, journal } = condition
    return reply.code(phase === 'running' ? 200 : 503).send({
      status: phase === 'running' ? 'ready' : phase,
      version: VERSION,
      phase,
      database,
      slots,
      replicas,
      back_office: { state: backOffice.state, age_ms: Math.round(backOffice.ageMs) },
      journal: { bytes: journal.bytes, oldest_age_ms: journal.oldestAgeMs, accepting: journal.accepting },
      // Anybody may ask: which they are, and what ails them, is for operators.
      accounts: { all: accounts.length, can_serve: accounts.filter(canServe).length },
      groups: { used: groups.used, served: groups.used - groups.unserved.length }
    })
  })
}
