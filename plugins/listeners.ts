import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { limitConnections, openAdminPort, type AdminPort } from '../services/platform/admin-port.ts'
import { createHttpServers, type HttpServers } from '../services/platform/http-servers.ts'
import { reloadTlsIdentity, type TlsIdentity, type TlsPaths } from '../services/platform/network/tls-files.ts'
import { notFound } from '../services/platform/request-errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    ports: {
      /**
       * Opens PORT and, where it is set, ADMIN_PORT. `adminUrl` is where commands of this machine find the admin API: one of the two, or over TLS,
       * whose certificate names no loopback address, a port for them alone.
       */
      open: () => Promise<{ url: string; adminUrl: string }>
      /** PORT, or the one that was free; null where the operator has no port of their own. */
      clientsPort: () => number | null
      /** ADMIN_PORT, or the one that was free; null where there is none, or none is open. */
      operatorsPort: () => number | null
      /** onRequest: for clients of the Messages API; not there on a port that is the operator's. */
      clientsOnly: (request: FastifyRequest) => Promise<void>
      /** onRequest: for the operator; where there is a port for that, not there on any other. */
      operatorsOnly: (request: FastifyRequest) => Promise<void>
    }
  }
}

interface ListenersOptions {
  servers: HttpServers
  /** What they show of themselves, and where that is from; null: they serve plain HTTP. */
  tls: { paths: TlsPaths; identity: TlsIdentity } | null
}

/** Registered early, so that the operator's port is the last to close: how a stop goes can be watched to its end. */
async function listeners(app: FastifyInstance, { servers, tls }: ListenersOptions) {
  const { clock, log } = app
  const { host, port, adminHost, adminPort, maxConnections } = app.config
  /** Requests that came in on the operator's port. */
  const fromOperators = new WeakSet<IncomingMessage>()
  let isOpen = false
  const ofOperators: AdminPort[] = []
  let endReload = () => {}

  const limits = { maxConnections, clock, log }
  limitConnections(app.server, { ...limits, port })
  app.decorate('ports', {
    async open() {
      if (adminPort !== null) {
        const server = servers.create(listener)
        ofOperators.push(await openAdminPort({ ...limits, host: adminHost, port: adminPort, server }))
      }
      if (tls !== null) {
        const server = (await createHttpServers(app.config, null)).create(listener)
        ofOperators.push(await openAdminPort({ ...limits, host: '127.0.0.1', port: 0, server }))
        endReload = reloadTlsIdentity({ ...tls, clock, log, use: servers.present })
      }
      isOpen = true
      const url = await app.listen({ host, port })
      return { url: tls === null ? url : url.replace(/^http:/, 'https:'), adminUrl: ofOperators.at(-1)?.url ?? url }
    },
    clientsPort() {
      const address = app.server.address()
      return adminPort === null || address === null || typeof address === 'string' ? null : address.port
    },
    operatorsPort() {
      const [first] = ofOperators
      return adminPort === null || first === undefined ? null : Number(new URL(first.url).port || '80')
    },
    async clientsOnly(request) {
      if (fromOperators.has(request.raw)) throw notFound(request)
    },
    async operatorsOnly(request) {
      // Where no port is open, requests are the process's own.
      if (adminPort !== null && isOpen && !fromOperators.has(request.raw)) throw notFound(request)
    }
  })
  app.addHook('onClose', async () => {
    endReload()
    await Promise.all(ofOperators.map(({ close }) => close()))
  })

  function listener(request: IncomingMessage, response: ServerResponse): void {
    fromOperators.add(request)
    app.routing(request, response)
  }
}

export default fp(listeners, { name: 'listeners', fastify: '5.x', dependencies: ['config', 'errors'] })
