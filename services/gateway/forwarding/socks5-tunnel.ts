import type { Socket } from 'node:net'
import { addressBytes } from '../../platform/network/addresses.ts'
import type { ProxyUrl } from '../../platform/network/proxy-url.ts'
import { takeResponse } from './tunnel-responses.ts'

const VERSION = 5
const NO_AUTHENTICATION = 0
const USERNAME_PASSWORD = 2
const NONE_ACCEPTABLE = 0xff
const CONNECT = 1
const IPV4 = 1
const DOMAIN_NAME = 3
const IPV6 = 4
/** With a host name of 255 bytes. */
const MAX_REPLY_BYTES = 262

/** RFC 1928, section 6. */
const REFUSALS = [
  '',
  'general failure',
  'not allowed by its rules',
  'network unreachable',
  'host unreachable',
  'connection refused',
  'time to live expired',
  'command not supported',
  'address type not supported'
]

/** The target of a tunnel: the proxy resolves the name. `host` has no brackets. */
export interface TunnelTarget {
  host: string
  port: number
}

/**
 * Asks a SOCKS5 proxy for a tunnel (RFC 1928 and 1929). Rejects with what the proxy did instead. Written by hand because the
 * `socks` package lets the socket flow before its next owner listens, waits for five bytes of a refusal that may have two, and
 * has timers of its own.
 */
export async function openSocks5Tunnel(
  socket: Socket,
  credentials: ProxyUrl['credentials'],
  target: TunnelTarget
): Promise<void> {
  const methods = credentials === null ? [NO_AUTHENTICATION] : [NO_AUTHENTICATION, USERNAME_PASSWORD]
  socket.write(Buffer.of(VERSION, methods.length, ...methods))
  const [, method] = await takeResponse(socket, 2, methodLength)
  if (method === NONE_ACCEPTABLE && credentials === null) throw new Error('requires a user name and password')
  if (method === undefined || !methods.includes(method)) throw new Error('offers no supported authentication method')
  if (method === USERNAME_PASSWORD && credentials !== null) await signIn(socket, credentials)
  socket.write(connectRequest(target))
  const [, reply = 0] = await takeResponse(socket, MAX_REPLY_BYTES, replyLength)
  if (reply !== 0) throw new Error(`refused to connect: ${REFUSALS[reply] ?? `SOCKS error ${reply}`}`)
}

async function signIn(socket: Socket, credentials: { username: string; password: string }): Promise<void> {
  const username = Buffer.from(credentials.username)
  const password = Buffer.from(credentials.password)
  socket.write(Buffer.concat([Buffer.of(1, username.length), username, Buffer.of(password.length), password]))
  const [, status] = await takeResponse(socket, 2, () => 2)
  if (status !== 0) throw new Error('refused the user name and password')
}

function connectRequest({ host, port }: TunnelTarget): Buffer {
  const request = Buffer.concat([Buffer.of(VERSION, CONNECT, 0), addressOf(host), Buffer.alloc(2)])
  request.writeUInt16BE(port, request.length - 2)
  return request
}

function addressOf(host: string): Buffer {
  const bytes = addressBytes(host)
  if (bytes !== null) return Buffer.of(bytes.length === 4 ? IPV4 : IPV6, ...bytes)
  const name = Buffer.from(host)
  if (name.length > 255) throw new Error('cannot be asked for a host name that long')
  return Buffer.concat([Buffer.of(DOMAIN_NAME, name.length), name])
}

/** All replies but the one to the user name begin with the version. */
function checkVersion(bytes: Buffer): void {
  if (bytes.length > 0 && bytes[0] !== VERSION) throw new Error('does not speak SOCKS5')
}

function methodLength(bytes: Buffer): number {
  checkVersion(bytes)
  return 2
}

/** A refusal may end after its code; an acceptance continues with the address that the proxy connects from. */
function replyLength(bytes: Buffer): number | null {
  checkVersion(bytes)
  if (bytes.length < 2) return null
  if (bytes[1] !== 0) return bytes.length
  if (bytes.length < 5) return null
  const type = bytes[3]
  if (type === IPV4) return 10
  if (type === IPV6) return 22
  if (type === DOMAIN_NAME) return 7 + (bytes[4] ?? 0)
  throw new Error('does not speak SOCKS5')
}
