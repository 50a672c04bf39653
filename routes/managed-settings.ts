import type { FastifyInstance } from 'fastify'
import { createManagedSettings } from '../services/gateway/request/managed-settings.ts'
import { listManagedGroups } from '../services/resources/records/managed-settings.ts'

/** `GET /managed/settings`, which Claude Code asks for at each start once it is signed in, and hourly. */
export default async function managedSettings(app: FastifyInstance) {
  const { clients, readings, clock, log } = app
  const settings = await createManagedSettings({
    clients,
    readings,
    clock,
    log,
    read: () => listManagedGroups(app.pg.pool)
  })

  app.get('/managed/settings', { config: { servedToTheEnd: true } }, async (request, reply) => {
    const response = await settings.responseTo(request)
    void reply.code(response.status).header('cache-control', 'no-store')
    if (response.status === 404) {
      return await reply.send({ type: 'error', error: { type: 'not_found_error', message: 'No managed settings' } })
    }
    void reply.header('etag', response.etag)
    return await (response.status === 304 ? reply.send() : reply.type('application/json').send(response.body))
  })
}
