import { Pool, type Dispatcher } from 'undici'

export interface UpstreamPoolsOptions {
  connectTimeoutMs: number
}

/** One connection pool per origin. Certificates are always verified, redirects never followed. */
export function createUpstreamPools({ connectTimeoutMs }: UpstreamPoolsOptions) {
  const pools = new Map<string, Pool>()
  return {
    dispatcherFor(origin: string): Dispatcher {
      let pool = pools.get(origin)
      if (pool === undefined) {
        pool = new Pool(origin, {
          // One stream a connection: with HTTP/2 one slow reader's flow control would be felt by its neighbours.
          allowH2: false,
          pipelining: 1,
          connect: { timeout: connectTimeoutMs, rejectUnauthorized: true }
        })
        pools.set(origin, pool)
      }
      return pool
    },
    async close(): Promise<void> {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()))
    }
  }
}
