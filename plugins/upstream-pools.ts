import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createUpstreamPools, type UpstreamPools } from '../services/forwarding/upstream-pools.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Connections to upstreams, direct or through a proxy. */
    upstreamPools: UpstreamPools
  }
}

async function upstreamPools(app: FastifyInstance) {
  const pools = createUpstreamPools({ connectTimeoutMs: app.config.upstreamConnectTimeoutMs, clock: app.clock })
  app.decorate('upstreamPools', pools)
  app.addHook('onClose', () => pools.close())
}

export default fp(upstreamPools, { name: 'upstream-pools', fastify: '5.x', dependencies: ['config'] })
