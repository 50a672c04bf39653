import type { RequestListener, Server as HttpServer } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { TlsIdentity } from './network/tls-files.ts'

/** How often the HTTP server looks for requests that take too long; Node's default at the most. */
const checkIntervalOf = (bodyTimeoutMs: number) => Math.min(30_000, Math.max(50, Math.floor(bodyTimeoutMs / 4)))

/** What a client may take its time for, on every port, in ms. */
export function httpLimits({ bodyTimeoutMs }: { bodyTimeoutMs: number }) {
  return {
    requestTimeout: bodyTimeoutMs,
    connectionsCheckingInterval: checkIntervalOf(bodyTimeoutMs),
    // Node takes the longer of the two for the whole request.
    headersTimeout: Math.min(60_000, bodyTimeoutMs)
  }
}

/** Clients of the Messages API and browsers all speak it. */
const ALPN = ['http/1.1']
const HANDSHAKE_MS = 10_000

/** Servers of one process, which listen on different ports. */
export interface HttpServers {
  /** Makes one that does not listen yet. */
  create: (listener: RequestListener) => HttpServer
  /** Has connections that are opened from now on see another certificate. */
  present: (identity: TlsIdentity) => void
}

/** Over TLS where there is an identity. */
export async function createHttpServers(bounds: { bodyTimeoutMs: number }, tls: TlsIdentity | null): Promise<HttpServers> {
  const limits = httpLimits(bounds)
  // Imported at the top either would load all that it exports, a WebSocket and Node's own copy of undici among it.
  if (tls === null) {
    const { createServer } = await import('node:http')
    return { create: (listener) => createServer(limits, listener), present: () => {} }
  }
  const { createServer } = await import('node:https')
  const servers: HttpsServer[] = []
  let identity = tls
  return {
    create(listener) {
      const options = { ...limits, ...identity, ALPNProtocols: ALPN, handshakeTimeout: HANDSHAKE_MS }
      const server = createServer(options, listener)
      servers.push(server)
      return server
    },
    present(renewed) {
      identity = renewed
      for (const server of servers) server.setSecureContext(renewed)
    }
  }
}
