import { Agent, createServer, get, request as send } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'

/** What the proxy has seen of one replica. */
interface ReplicaTraffic {
  ready: boolean
  /** Requests sent there, ever and now. */
  total: number
  inFlight: number
}

export interface RoundRobinProxy {
  readonly url: string
  /** In the order of the replicas' URLs. */
  readonly replicas: readonly Readonly<ReplicaTraffic>[]
  close: () => Promise<void>
}

interface RoundRobinProxyOptions {
  replicaUrls: readonly string[]
  /** How often each replica is asked whether it is ready. */
  pollMs?: number
  /** Called before a request is sent to the replica with that index. */
  onRoute?: (request: IncomingMessage, replica: number) => void
}

/** A replica that doesn't answer the question within this is not ready. */
const READY_WITHIN_MS = 2000

/**
 * A load balancer as simple as can be: each new request goes to the next replica whose /readyz said 200 last. Bytes pass as they
 * come, a client that leaves is gone for the replica too, and nothing is sent twice: what a replica does shows at the client.
 */
export async function startRoundRobinProxy(options: RoundRobinProxyOptions): Promise<RoundRobinProxy> {
  const { replicaUrls, pollMs = 50, onRoute = () => {} } = options
  const replicas = replicaUrls.map((): ReplicaTraffic => ({ ready: false, total: 0, inFlight: 0 }))
  // A connection for each request: none is left over to a replica that is about to go.
  const agent = new Agent({ keepAlive: false })
  const closing = new AbortController()
  let turn = 0

  function nextReady(): number | null {
    for (let tries = 0; tries < replicas.length; tries++) {
      const index = turn++ % replicas.length
      if (replicas[index]?.ready) return index
    }
    return null
  }

  function forward(incoming: IncomingMessage, response: ServerResponse): void {
    const index = nextReady()
    if (index === null) return refuse(response, 503, 'no replica is ready')
    const replica = replicas[index]!
    replica.total++
    replica.inFlight++
    onRoute(incoming, index)
    response.once('close', () => replica.inFlight--)

    const { method, headers, url = '/' } = incoming
    const outgoing = send(`${replicaUrls[index]}${url}`, { method, headers, agent })
    outgoing.once('response', (upstream) => {
      const { statusCode = 502, rawHeaders } = upstream
      response.writeHead(statusCode, withoutConnection(rawHeaders))
      response.flushHeaders()
      // When the replica breaks off, so does the response: the client must not take it for a whole one.
      pipeline(upstream, response, () => {})
    })
    outgoing.once('error', (error) => {
      if (response.headersSent) response.destroy()
      else refuse(response, 502, `replica ${index}: ${error.message}`)
    })
    response.once('close', () => outgoing.destroy())
    pipeline(incoming, outgoing, () => {})
  }

  const server = createServer({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 60_000 }, forward)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  async function watch(replica: ReplicaTraffic, url: string): Promise<void> {
    while (!closing.signal.aborted) {
      replica.ready = await isReady(url)
      await delay(pollMs, undefined, { signal: closing.signal }).catch(() => {})
    }
  }
  const watching = Promise.all(replicas.map((replica, index) => watch(replica, replicaUrls[index]!)))

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    replicas,
    async close() {
      closing.abort()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await Promise.all([closed, watching])
    }
  }
}

function isReady(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const question = get(`${url}/readyz`, { agent: false, timeout: READY_WITHIN_MS }, (upstream) => {
      upstream.resume()
      resolve(upstream.statusCode === 200)
    })
    question.once('timeout', () => question.destroy())
    question.once('error', () => resolve(false))
    question.once('close', () => resolve(false))
  })
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`proxy: ${message}`)
}

/** The connection to the replica is not the one to the client; its framing is made anew. */
function withoutConnection(rawHeaders: string[]): string[] {
  return rawHeaders.filter((_text, index) => {
    const name = rawHeaders[index - (index % 2)]!.toLowerCase()
    return !['connection', 'keep-alive', 'transfer-encoding'].includes(name)
  })
}
