/**
 * A simulated outbound proxy: a real server on 127.0.0.1 that tunnels as an HTTP proxy (CONNECT), the same over TLS, or a
 * SOCKS5 proxy does, and refuses on request.
 *
 *     const proxy = await startSimulatedProxy({ kind: 'socks5', credentials: { username: 'u', password: 'p' } })
 *     t.after(() => proxy.close())
 *     // … use proxy.url …
 *     proxy.tunnels[0]?.target // 'upstream.test:443'
 *
 * Whatever the name of a target, it is looked for on 127.0.0.1.
 */
import { connect, createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { certificate, type CertificateName } from './test-certificates.ts'

/**
 * What becomes of new connections. `refuse` is a status of HTTP, a reply code of SOCKS. `stall` never answers, `garbage`
 * answers with something else, `endless` with something that doesn't end; `trickle` answers right, but byte by byte; `drop`
 * accepts and closes at once, after bytes that nobody asked for when `chatty`.
 */
export type ProxyBehaviour =
  | 'tunnel'
  | 'trickle'
  | 'close'
  | 'reset'
  | 'stall'
  | 'garbage'
  | 'endless'
  | 'drop'
  | 'chatty drop'
  | { refuse: number }

export interface SimulatedProxyOptions {
  kind: 'http' | 'https' | 'socks5'
  /** What it asks for; it asks for nothing when absent. */
  credentials?: { username: string; password: string }
  /** Of a proxy that speaks TLS. */
  certificate?: CertificateName
}

interface Tunnel {
  /** `host:port`, as it was asked for. */
  target: string
  /** All bytes that came through for the target. */
  sent: () => Buffer
  open: boolean
}

export interface SimulatedProxy {
  /** With the credentials, percent-encoded. */
  url: string
  port: number
  /** Those that came about. */
  tunnels: Tunnel[]
  /** The requests for a tunnel as they came: the head of a CONNECT, all that was said in SOCKS. */
  requests: Buffer[]
  connections: { total: number; open: number }
  setBehaviour: (behaviour: ProxyBehaviour) => void
  close: () => Promise<void>
}

interface Conversation {
  /** Resolves with exactly so many bytes, or with all up to the end of a head. */
  read: (length: number | 'head') => Promise<Buffer>
  write: (response: Buffer | string) => void
}

export async function startSimulatedProxy(options: SimulatedProxyOptions): Promise<SimulatedProxy> {
  const { kind, credentials } = options
  const tunnels: Tunnel[] = []
  const requests: Buffer[] = []
  const connections = { total: 0, open: 0 }
  const sockets = new Set<Socket>()
  let behaviour: ProxyBehaviour = 'tunnel'

  const accept = (socket: Socket) => {
    connections.total++
    connections.open++
    sockets.add(socket)
    socket
      .on('error', () => {})
      .on('close', () => {
        connections.open--
        sockets.delete(socket)
      })
    void serve(socket, behaviour).catch(() => socket.destroy())
  }
  const server: Server =
    kind === 'https' ? createTlsServer(certificate(options.certificate ?? 'loopback'), accept) : createTcpServer(accept)
  server.on('tlsClientError', () => {})

  async function serve(socket: Socket, how: ProxyBehaviour): Promise<void> {
    if (how === 'close') return void socket.end().resume()
    if (how === 'reset') return void socket.resetAndDestroy()
    const heard: Buffer[] = []
    const conversation: Conversation = {
      async read(length) {
        const bytes = await readFrom(socket, length)
        heard.push(bytes)
        return bytes
      },
      write(response) {
        if (how !== 'trickle') socket.write(response)
        else for (const byte of Buffer.from(response)) socket.write(Buffer.of(byte))
      }
    }
    const request = await (kind === 'socks5' ? hearSocks : hearConnect)(conversation, how)
    requests.push(Buffer.concat(heard))
    if (request === null) return void socket.end().resume()
    if (how === 'drop' || how === 'chatty drop') {
      const unasked = how === 'drop' ? '' : 'HTTP/1.1 408 Timeout\r\nconnection: close\r\n\r\n'
      return void socket.end(Buffer.concat([Buffer.from(request.acceptance), Buffer.from(unasked)])).resume()
    }
    await carry(socket, request.target, () => conversation.write(request.acceptance))
  }

  interface TunnelRequest {
    target: string
    acceptance: Buffer | string
  }

  async function hearConnect({ read, write }: Conversation, how: ProxyBehaviour): Promise<TunnelRequest | null> {
    const head = (await read('head')).toString('latin1')
    if (typeof how === 'object') return refused(write, `HTTP/1.1 ${how.refuse} No\r\ncontent-length: 4\r\n\r\nno\r\n`)
    if (how === 'garbage') return refused(write, '\x05\xff what is this?')
    if (how === 'endless') return refused(write, `HTTP/1.1 200 ${'x'.repeat(100_000)}`)
    if (how === 'stall') await new Promise(() => {})
    const given = /^proxy-authorization: Basic (\S+)\r$/im.exec(head)?.[1]
    const expected = credentials && Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')
    if (given !== expected) return refused(write, 'HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n')
    return {
      target: /^CONNECT (\S+) /.exec(head)?.[1] ?? '',
      acceptance: 'HTTP/1.1 200 Connection established\r\nvia: sim\r\n\r\n'
    }
  }

  async function hearSocks({ read, write }: Conversation, how: ProxyBehaviour): Promise<TunnelRequest | null> {
    const [, methodCount = 0] = await read(2)
    const methods = await read(methodCount)
    if (how === 'garbage') return refused(write, 'HTTP/1.1 400 Bad Request\r\n\r\n')
    if (how === 'endless') return refused(write, Buffer.concat([Buffer.of(5, 0), Buffer.of(5, 0, 0, 9), Buffer.alloc(100_000)]))
    if (how === 'stall') await new Promise(() => {})
    const method = credentials === undefined ? 0 : 2
    if (!methods.includes(method)) return refused(write, Buffer.of(5, 0xff))
    write(Buffer.of(5, method))
    if (credentials !== undefined) {
      const [, userLength = 0] = await read(2)
      const username = (await read(userLength)).toString()
      const [passwordLength = 0] = await read(1)
      const password = (await read(passwordLength)).toString()
      const isRight = username === credentials.username && password === credentials.password
      if (!isRight) return refused(write, Buffer.of(1, 1))
      write(Buffer.of(1, 0))
    }
    const [, , , type] = await read(4)
    const host = await readHost(read, type)
    const target = `${host}:${(await read(2)).readUInt16BE()}`
    if (typeof how === 'object') return refused(write, Buffer.of(5, how.refuse))
    // One after the other, each kind of address that it may say it connects from.
    const boundTo = [
      Buffer.alloc(5, 1),
      Buffer.of(3, 4, ...Buffer.from('here')),
      Buffer.concat([Buffer.of(4), Buffer.alloc(16)])
    ]
    return { target, acceptance: Buffer.concat([Buffer.of(5, 0, 0), boundTo[tunnels.length % 3]!, Buffer.of(1, 2)]) }
  }

  async function readHost(read: Conversation['read'], type: number | undefined): Promise<string> {
    if (type === 1) return [...(await read(4))].join('.')
    if (type === 4) return `[${(await read(16)).toString('hex')}]`
    const [length = 0] = await read(1)
    return (await read(length)).toString()
  }

  function refused(write: Conversation['write'], response: Buffer | string): null {
    write(response)
    return null
  }

  async function carry(client: Socket, target: string, onConnected: () => void): Promise<void> {
    const upstream = connect({ host: '127.0.0.1', port: Number(target.split(':').at(-1)) })
    sockets.add(upstream)
    await new Promise((resolve, reject) => upstream.once('connect', resolve).once('error', reject))
    const chunks: Buffer[] = []
    const tunnel: Tunnel = { target, sent: () => Buffer.concat(chunks), open: true }
    tunnels.push(tunnel)
    upstream
      .on('error', () => {})
      .on('close', () => {
        tunnel.open = false
        sockets.delete(upstream)
        client.destroy()
      })
    client.on('close', () => upstream.destroy()).on('data', (chunk: Buffer) => chunks.push(chunk))
    onConnected()
    client.pipe(upstream).pipe(client)
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const part = encodeURIComponent
  const user = credentials === undefined ? '' : `${part(credentials.username)}:${part(credentials.password)}@`
  return {
    url: `${kind}://${user}127.0.0.1:${port}`,
    port,
    tunnels,
    requests,
    connections,
    setBehaviour(next) {
      behaviour = next
    },
    async close() {
      const over = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await over
    }
  }
}

/** Rejects when the connection ends first. What follows stays on the socket. */
async function readFrom(socket: Socket, length: number | 'head'): Promise<Buffer> {
  let bytes = Buffer.alloc(0)
  for (;;) {
    const end = length === 'head' ? endOfHead(bytes) : length
    if (end <= bytes.length) {
      if (end < bytes.length) socket.unshift(bytes.subarray(end))
      return bytes.subarray(0, end)
    }
    bytes = Buffer.concat([bytes, await nextChunk(socket)])
  }
}

function endOfHead(bytes: Buffer): number {
  const at = bytes.indexOf('\r\n\r\n')
  return at < 0 ? Infinity : at + 4
}

function nextChunk(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const onReadable = () => {
      const chunk = socket.read() as Buffer | null
      if (chunk === null) return
      socket.off('readable', onReadable).off('close', onClose)
      resolve(chunk)
    }
    const onClose = () => reject(new Error('the client left'))
    socket.on('readable', onReadable).once('close', onClose)
    onReadable()
  })
}
