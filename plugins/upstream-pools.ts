import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { hostRulesOf } from '../services/platform/network/host-rules.ts'
import { createUpstreamPools, type UpstreamPools } from '../services/gateway/forwarding/upstream-pools.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Connections to upstreams, direct or through a proxy. */
    upstreamPools: UpstreamPools
  }
}

async function upstreamPools(app: FastifyInstance) {
  const { config, clock } = app
  const pools = createUpstreamPools({ connectTimeoutMs: config.upstreamConnectTimeoutMs, clock, hosts: hostRulesOf(config) })
  app.decorate('upstreamPools', pools)
  app.addHook('onClose', () => pools.close())
}

export default fp(upstreamPools, { name: 'upstream-pools', fastify: '5.x', dependencies: ['config'] })
