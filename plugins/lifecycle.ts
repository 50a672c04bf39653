import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { GatewayError } from '../services/platform/gateway-errors.ts'
import { trackWork, type Lifecycle } from '../services/platform/work-under-way.ts'

declare module 'fastify' {
  interface FastifyInstance {
    lifecycle: Lifecycle
  }
  interface FastifyContextConfig {
    /** For who watches the process: answered also when nothing else is that is new, and no reason to go on. */
    servedToTheEnd?: boolean
  }
}

const isForWatchers = (request: FastifyRequest) => request.routeOptions.config.servedToTheEnd === true

const shuttingDown = () => new GatewayError(503, 'api_error', 'Sluice is shutting down, please retry', { retryAfterS: 1 })

async function lifecycle(app: FastifyInstance) {
  const work = trackWork({ clock: app.clock, log: app.log })
  app.decorate('lifecycle', work)

  app.addHook('onRequest', async (request: FastifyRequest, { raw }: FastifyReply) => {
    const end = work.arrived(isForWatchers(request))
    // A request is under way from its head to its response's end: also while its body is read.
    raw.once('close', end)
    raw.once('finish', end)
    if (work.phase === 'running') return
    // Also on the raw response: a hijacked reply takes its headers from there.
    raw.setHeader('connection', 'close')
    if (work.phase === 'closing' && !isForWatchers(request)) throw shuttingDown()
  })

  // Here and not in onClose: what a stream still needs, such as the journal, closes only after it has ended.
  app.addHook('preClose', () => work.close(app.config.drainTimeoutMs, shuttingDown()))
}

export default fp(lifecycle, { name: 'lifecycle', fastify: '5.x', dependencies: ['config', 'errors'] })
