import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { buildConnector } from 'undici'
import type { Clock } from '../../platform/clock.ts'
import { wordsOf } from '../../platform/error-words.ts'
import { openConnectTunnel } from './connect-tunnel.ts'
import { authorityOf, type ProxyUrl } from '../../platform/network/proxy-url.ts'
import { openSocks5Tunnel, type TunnelTarget } from './socks5-tunnel.ts'
import { closed } from './tunnel-responses.ts'
import { NamedError } from '../../platform/named-error.ts'

interface ProxyTunnelOptions {
  clock: Clock
  /** For everything together: the proxy's connection, its responses, and the upstream's TLS handshake. */
  timeoutMs: number
  /** Resolves the proxy's name; the upstream's is the proxy's to resolve. */
  lookup: LookupFunction
}

/** There was no connection through a proxy. The message says why, and contains no password. */
class ProxyError extends NamedError {}

/**
 * Connects a pool of undici's to its origin through a proxy: what the pool sees is a plain or TLS connection to the origin, so
 * that requests, timeouts and aborts are the same as without a proxy. Certificates are always verified, the proxy's too. undici's
 * own proxy agents are not used: they let a silent proxy hold a request for minutes, and send only the last line of a repeated
 * header.
 */
export function createProxyConnector(proxy: ProxyUrl, options: ProxyTunnelOptions): buildConnector.connector {
  async function connect(origin: buildConnector.Options, callback: buildConnector.Callback): Promise<void> {
    let socket: Socket
    try {
      socket = await connectThrough(proxy, origin, options)
    } catch (error) {
      // A new error without a code: some codes of undici and TLS would make the pool retry for ever.
      callback(new ProxyError(`the proxy ${addressOf(proxy)} ${wordsOf(error)}`, { cause: error }), null)
      return
    }
    callback(null, socket)
  }
  return (origin, callback) => void connect(origin, callback)
}

/** A proxy's URL as logs, traces and commands may show it: its user name may be a token. */
function addressOf({ protocol, host, port }: ProxyUrl): string {
  return `${protocol}//${authorityOf(host, port)}`
}

async function connectThrough(proxy: ProxyUrl, origin: buildConnector.Options, options: ProxyTunnelOptions): Promise<Socket> {
  const target = { host: origin.hostname, port: Number(origin.port) || (origin.protocol === 'https:' ? 443 : 80) }
  const socket = dial(proxy, options.lookup)
  const { timeoutMs, clock } = options
  const timer = clock.setTimer(() => socket.destroy(new Error(`gave no connection within ${timeoutMs} ms`)), timeoutMs)
  try {
    await event(socket, proxy.protocol === 'https:' ? 'secureConnect' : 'connect')
    await openTunnel(socket, proxy, target)
    // The upstream speaks second. Given a socket that is dead or has bytes waiting, a pool would retry for ever.
    if (socket.destroyed || socket.readableLength > 0) throw new Error('sent bytes that nobody asked for')
    return origin.protocol === 'https:' ? await secure(socket, target.host) : socket
  } catch (error) {
    socket.destroy()
    // What ended the connection explains why it failed.
    throw socket.errored ?? error
  } finally {
    timer.cancel()
  }
}

function dial({ protocol, host, port }: ProxyUrl, lookup: LookupFunction): Socket {
  const socket = protocol === 'https:' ? connectTls(tlsOptions(host, { port, lookup })) : connectTcp({ host, port, lookup })
  // Those waiting on the socket learn of an error when it closes.
  return socket
    .on('error', () => {})
    .setNoDelay(true)
    .setKeepAlive(true, 60_000)
}

async function openTunnel(socket: Socket, proxy: ProxyUrl, target: TunnelTarget): Promise<void> {
  if (proxy.protocol === 'socks5:') await openSocks5Tunnel(socket, proxy.credentials, target)
  else await openConnectTunnel(socket, proxy.credentials, authorityOf(target.host, target.port))
}

/** The upstream's TLS inside the tunnel. */
async function secure(tunnel: Socket, host: string): Promise<Socket> {
  const secured = connectTls(tlsOptions(host, { socket: tunnel }))
  secured.on('error', () => {})
  await event(secured, 'secureConnect').catch((error: unknown) => {
    throw new Error(`led to an upstream whose TLS failed: ${wordsOf(error)}`, { cause: error })
  })
  return secured
}

/** An address is not sent as a server name; it is still checked against the certificate. */
function tlsOptions<Where extends object>(host: string, where: Where) {
  const servername = isIP(host) === 0 ? { servername: host } : {}
  return { ...where, ...servername, host, rejectUnauthorized: true, ALPNProtocols: ['http/1.1'] }
}

/** Resolves with the event; rejects when the socket closes before it. */
function event(socket: Socket, name: 'connect' | 'secureConnect'): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onClose = () => reject(closed(socket))
  socket.once('close', onClose).once(name, () => {
    socket.off('close', onClose)
    resolve()
  })
  return promise
}
