import type { Socket } from 'node:net'
import type { ProxyUrl } from '../../platform/network/proxy-url.ts'
import { takeResponse } from './tunnel-responses.ts'

const MAX_HEAD_BYTES = 16_384

/** Asks an HTTP proxy for a tunnel (RFC 9110, 9.3.6). `authority` is `host:port`. Rejects with what the proxy did instead. */
export async function openConnectTunnel(
  socket: Socket,
  credentials: ProxyUrl['credentials'],
  authority: string
): Promise<void> {
  const lines = [`CONNECT ${authority} HTTP/1.1`, `host: ${authority}`]
  if (credentials !== null) {
    const basic = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')
    lines.push(`proxy-authorization: Basic ${basic}`)
  }
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  const head = await takeResponse(socket, MAX_HEAD_BYTES, headLength)
  const status = /^HTTP\/1\.[01] (\d{3})(?: |\r)/.exec(head.toString('latin1'))?.[1]
  if (status === undefined) throw new Error('does not speak HTTP')
  if (!status.startsWith('2')) throw new Error(`answered CONNECT with status ${status}`)
}

/** Anything that is not HTTP is taken at once: its end would never come. */
function headLength(bytes: Buffer): number | null {
  const start = bytes.toString('latin1', 0, 5)
  if (!'HTTP/'.startsWith(start)) return bytes.length
  const end = bytes.indexOf('\r\n\r\n')
  return end < 0 ? null : end + 4
}
