import type { FastifyInstance } from 'fastify'
import { VERSION } from '../services/platform/version.ts'

/** What clients and load balancers ask without a key, and are content with any 200. */
export default async function probes(app: FastifyInstance) {
  app.get('/', async () => ({ name: 'sluice', version: VERSION }))
  // Claude Code sends this one at its start.
  app.get('/api/hello', async () => ({ message: 'hello' }))

  // Telemetry of older Claude Code versions: read and dropped, whatever it is.
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, payload, done) => {
      payload.resume()
      payload.once('end', () => done(null))
      payload.once('error', done)
    })
    scope.post('/api/event_logging/batch', async () => ({}))
  })
}
