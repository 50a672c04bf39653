import type { LookupFunction } from 'node:net'
import { LRUCache } from 'lru-cache'
import { atMost } from '../../platform/at-most.ts'
import { buildConnector, Client, Pool, type Dispatcher } from 'undici'
import type { Clock } from '../../platform/clock.ts'
import { ForbiddenHostError, guardedLookup, type HostRules } from '../../platform/network/host-rules.ts'
import { createProxyConnector } from './proxy-tunnel.ts'
import type { ProxyUrl } from '../../platform/network/proxy-url.ts'
import { skippingInterim } from './interim-responses.ts'

interface UpstreamPoolsOptions {
  connectTimeoutMs: number
  clock: Clock
  hosts: HostRules
  /** The system's resolver by default. */
  lookup?: LookupFunction
}

export interface UpstreamPools {
  /** The dispatcher must be given its request at once: later it may be closed. */
  dispatcherFor: (origin: string, proxy: ProxyUrl | null) => Dispatcher
  /** For one request on its own connection, which ends with it. */
  freshDispatcherFor: (origin: string, proxy: ProxyUrl | null) => Pick<Dispatcher, 'dispatch'>
  /** Closes all connections, including those in use. */
  close: () => Promise<void>
}

/** An extra option beside undici's options for a request. */
export interface ConnectionWatch {
  /** Called when the request gets a connection, with whether that carried a request before. */
  onConnection?: (isUsed: boolean) => void
}

/** One connection at a time, opened for the first request: an existing one was used before. */
class WatchedClient extends Client {
  #isConnected = false

  constructor(origin: string | URL, options: Client.Options) {
    super(origin, options)
    this.on('connect', () => (this.#isConnected = true))
    this.on('disconnect', () => (this.#isConnected = false))
  }

  override dispatch(options: Dispatcher.DispatchOptions & ConnectionWatch, handler: Dispatcher.DispatchHandler): boolean {
    options.onConnection?.(this.#isConnected)
    return super.dispatch(options, handler)
  }
}

/** The least recently used pool is evicted: accounts change proxies, and proxies change passwords. */
const MAX_POOLS = 500

/**
 * One connection pool per origin and proxy. Certificates are always verified, redirects never followed. The authorities
 * trusted are Node's and those of NODE_EXTRA_CA_CERTS, for a proxy as for an upstream.
 */
export function createUpstreamPools({ connectTimeoutMs, clock, hosts, lookup: resolve }: UpstreamPoolsOptions): UpstreamPools {
  const lookup = guardedLookup(hosts, resolve)
  const retiring = new Set<Pool | Client>()
  const pools = new LRUCache<string, Pool>({ ...atMost(MAX_POOLS), dispose: retire })

  /** Its requests may finish. */
  function retire(pool: Pool | Client) {
    retiring.add(pool)
    const forget = () => void retiring.delete(pool)
    pool.close().then(forget, forget)
  }

  /** Addresses need no lookup, nor does an upstream behind a proxy. */
  function refusalOf(origin: string, proxy: ProxyUrl | null): string | null {
    for (const host of [new URL(origin).hostname, ...(proxy === null ? [] : [proxy.host])]) {
      const problem = hosts.problemOf(host)
      if (problem !== null) return `${host} ${problem}`
    }
    return null
  }

  function connectorOf(origin: string, proxy: ProxyUrl | null): buildConnector.connector {
    const refusal = refusalOf(origin, proxy)
    if (refusal !== null) return (_origin, callback) => callback(new ForbiddenHostError(refusal), null)
    if (proxy !== null) return createProxyConnector(proxy, { timeoutMs: connectTimeoutMs, clock, lookup })
    return buildConnector({ timeout: connectTimeoutMs, rejectUnauthorized: true, lookup, allowH2: false })
  }

  const optionsOf = (origin: string, proxy: ProxyUrl | null) => ({
    // One stream per connection: with HTTP/2, one slow reader's flow control would slow its neighbours.
    allowH2: false,
    pipelining: 1,
    connect: skippingInterim(connectorOf(origin, proxy))
  })

  return {
    dispatcherFor(origin, proxy) {
      const key = proxy === null ? origin : `${origin} ${proxy.href}`
      let pool = pools.get(key)
      if (pool === undefined) {
        pool = new Pool(origin, {
          ...optionsOf(origin, proxy),
          factory: (url, options) => new WatchedClient(url, options)
        })
        pools.set(key, pool)
      }
      return pool
    },

    freshDispatcherFor(origin, proxy) {
      const client = new Client(origin, optionsOf(origin, proxy))
      return {
        dispatch(options, handler) {
          const isAccepted = client.dispatch(options, handler)
          retire(client)
          return isAccepted
        }
      }
    },

    async close() {
      await Promise.all([...pools.values(), ...retiring].map((pool) => pool.destroy()))
    }
  }
}
