import type { FastifyInstance } from 'fastify'

/** Liveness and readiness. The database being away does not make a replica unready: taking every pod away helps nobody. */
export default async function health(app: FastifyInstance) {
  const live = async () => ({ status: 'ok' })
  app.get('/livez', live)
  app.get('/healthz', live)
  app.get('/health', live)

  app.get('/readyz', async (_request, reply) => {
    const { phase } = app.lifecycle
    return reply.code(phase === 'running' ? 200 : 503).send({ status: phase === 'running' ? 'ready' : phase })
  })
}
