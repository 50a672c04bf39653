import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server as HttpServer } from 'node:http'
import { isIPv6, type AddressInfo, type Server } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Settings } from '../services/resources/set-up/settings.ts'
import { answerClientError, notFound } from './errors.ts'

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

/** How often the HTTP server looks for requests that take too long; Node's default at the most. */
const checkIntervalOf = (bodyTimeoutMs: number) => Math.min(30_000, Math.max(50, Math.floor(bodyTimeoutMs / 4)))

/** What a client may take its time for, on every port. */
export function httpLimits({ bodyTimeoutMs }: Settings) {
  return {
    requestTimeout: bodyTimeoutMs,
    connectionsCheckingInterval: checkIntervalOf(bodyTimeoutMs),
    // Node takes the longer of the two for the whole request.
    headersTimeout: Math.min(60_000, bodyTimeoutMs)
  }
}

/** A flood is told of, not each of its drops. */
const TOLD_EVERY_MS = 60_000

/** Registered early, so that the operator's port is the last to close: how a stop goes can be watched to its end. */
async function listeners(app: FastifyInstance) {
  const { host, port, adminHost, adminPort, maxConnections } = app.config
  /** Requests that came in on the operator's port. */
  const fromOperators = new WeakSet<IncomingMessage>()
  let isOpen = false
  let adminServer: HttpServer | null = null

  async function openAdminPort(ownPort: number): Promise<string> {
    // Imported at the top it would load all that it exports, a WebSocket and Node's own copy of undici among it.
    const { createServer } = await import('node:http')
    const server = createServer(httpLimits(app.config), (request, response) => {
      fromOperators.add(request)
      app.routing(request, response)
    })
    adminServer = server
    server.on('clientError', (error, socket) => answerClientError(error, socket as never, randomUUID()))
    limitConnections(server, ownPort)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(ownPort, adminHost, () => resolve())
    })
    const { address, port } = server.address() as AddressInfo
    return urlOf(address, port)
  }

  /** Whoever is turned away hears nothing, since an answer would cost what there is too little of; the operator hears of it. */
  function limitConnections(server: Server, port: number): void {
    server.maxConnections = maxConnections
    let toldAt = -Infinity
    server.on('drop', () => {
      if (app.clock.uptime() - toldAt < TOLD_EVERY_MS) return
      toldAt = app.clock.uptime()
      app.log.warn({ port, maxConnections }, 'new connections are refused: MAX_CONNECTIONS are open')
    })
  }
  limitConnections(app.server, port)

  app.decorate('openPorts', async () => {
    const adminUrl = adminPort === null ? null : await openAdminPort(adminPort)
    isOpen = true
    const url = await app.listen({ host, port })
    return { url, adminUrl: adminUrl ?? url }
  })
  app.addHook('onClose', async () => {
    const server = adminServer
    if (server?.listening !== true) return
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  })

  app.decorate('clientsOnly', async (request: FastifyRequest) => {
    if (fromOperators.has(request.raw)) throw notFound(request)
  })
  app.decorate('operatorsOnly', async (request: FastifyRequest) => {
    // Where no port is open, requests are the process's own.
    if (adminPort !== null && isOpen && !fromOperators.has(request.raw)) throw notFound(request)
  })
}

/** As this machine reaches it: an address that stands for all of them is none to connect to. */
function urlOf(address: string, port: number): string {
  if (address === '0.0.0.0') return `http://127.0.0.1:${port}`
  if (address === '::') return `http://[::1]:${port}`
  return `http://${isIPv6(address) ? `[${address}]` : address}:${port}`
}

export default fp(listeners, { name: 'listeners', fastify: '5.x', dependencies: ['config', 'errors'] })
