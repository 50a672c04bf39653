import type { FastifyInstance } from 'fastify'

/**
 * `GET /managed/settings`, which Claude Code asks for at each start once it is signed in: there are none. It does not start at all after an
 * answer of another kind, so that this one needs nobody and nothing.
 */
export default async function managedSettings(app: FastifyInstance) {
  app.get('/managed/settings', { config: { servedToTheEnd: true } }, async (_request, reply) => {
    return await reply
      .code(404)
      .header('cache-control', 'no-store')
      .send({ type: 'error', error: { type: 'not_found_error', message: 'No managed settings' } })
  })
}
