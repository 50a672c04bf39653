import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { limitConnections, openAdminPort, type AdminPort } from '../services/platform/admin-port.ts'
import { notFound } from './errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Opens PORT and, where it is set, ADMIN_PORT. `adminUrl` is where the admin API answers: one of the two. */
    openPorts: () => Promise<{ url: string; adminUrl: string }>
    /** onRequest: for clients of the Messages API; not there on a port that is the operator's. */
    clientsOnly: (request: FastifyRequest) => Promise<void>
    /** onRequest: for the operator; where there is a port for that, not there on any other. */
    operatorsOnly: (request: FastifyRequest) => Promise<void>
  }
}

/** Registered early, so that the operator's port is the last to close: how a stop goes can be watched to its end. */
async function listeners(app: FastifyInstance) {
  const { clock, log } = app
  const { host, port, adminHost, adminPort, maxConnections, bodyTimeoutMs } = app.config
  /** Requests that came in on the operator's port. */
  const fromOperators = new WeakSet<IncomingMessage>()
  let isOpen = false
  let ofOperators: AdminPort | null = null

  limitConnections(app.server, { port, maxConnections, clock, log })
  app.decorate('openPorts', async () => {
    if (adminPort !== null) {
      const limits = { host: adminHost, port: adminPort, maxConnections, bodyTimeoutMs, clock, log }
      ofOperators = await openAdminPort({
        ...limits,
        listener(request, response) {
          fromOperators.add(request)
          app.routing(request, response)
        }
      })
    }
    isOpen = true
    const url = await app.listen({ host, port })
    return { url, adminUrl: ofOperators?.url ?? url }
  })
  app.addHook('onClose', async () => ofOperators?.close())

  app.decorate('clientsOnly', async (request: FastifyRequest) => {
    if (fromOperators.has(request.raw)) throw notFound(request)
  })
  app.decorate('operatorsOnly', async (request: FastifyRequest) => {
    // Where no port is open, requests are the process's own.
    if (adminPort !== null && isOpen && !fromOperators.has(request.raw)) throw notFound(request)
  })
}

export default fp(listeners, { name: 'listeners', fastify: '5.x', dependencies: ['config', 'errors'] })
