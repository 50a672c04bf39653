import { randomUUID } from 'node:crypto'
import type { Server as HttpServer } from 'node:http'
import { isIPv6, type AddressInfo, type Server } from 'node:net'
import type { Logger } from 'pino'
import type { Clock } from './clock.ts'
import { refuseUnparsed } from './parser-errors.ts'

/** A flood is told of, not each of its drops. */
const TOLD_EVERY_MS = 60_000

interface ConnectionLimit {
  port: number
  maxConnections: number
  clock: Pick<Clock, 'uptime'>
  log: Pick<Logger, 'warn'>
}

/** Whoever is turned away hears nothing, since a response would cost what there is too little of; the operator hears of it. */
export function limitConnections(server: Server, { port, maxConnections, clock, log }: ConnectionLimit): void {
  server.maxConnections = maxConnections
  let toldAt = -Infinity
  server.on('drop', () => {
    if (clock.uptime() - toldAt < TOLD_EVERY_MS) return
    toldAt = clock.uptime()
    log.warn({ port, maxConnections }, 'new connections are refused: MAX_CONNECTIONS are open')
  })
}

export interface AdminPort {
  /** As this machine reaches it. */
  url: string
  /** Breaks what is still connected. */
  close: () => Promise<void>
}

interface AdminPortOptions extends ConnectionLimit {
  host: string
  /** Not listening yet. */
  server: HttpServer
}

/** Opens a port beside the server's own. Rejects when it cannot be listened on. */
export async function openAdminPort(options: AdminPortOptions): Promise<AdminPort> {
  const { host, port, server } = options
  server.on('clientError', (error, socket) => refuseUnparsed(error, socket as never, randomUUID()))
  limitConnections(server, options)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, () => resolve())
  })
  return { url: urlOf(server.address() as AddressInfo), close: () => closeNow(server) }
}

async function closeNow(server: HttpServer): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
}

/** An address that stands for all of a machine's is none to connect to. */
function urlOf({ address, port }: AddressInfo): string {
  if (address === '0.0.0.0') return `http://127.0.0.1:${port}`
  if (address === '::') return `http://[::1]:${port}`
  return `http://${isIPv6(address) ? `[${address}]` : address}:${port}`
}
