import cookie from '@fastify/cookie'
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import errors from './errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** onRequest: hands the request over to the routes that are loaded when the first such request comes. */
    handOver: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
    /** Routes of clients, as they describe themselves. */
    clientRoutes: DescribedRoute[]
    /**
     * onRoute: keeps what a route says of itself for the document. It is checked by nothing, for what checks takes long to load, and
     * clients' routes read what they need by themselves.
     */
    describeLater: (route: RouteOptions) => void
  }
}

export type DescribedRoute = Required<Pick<RouteOptions, 'method' | 'url' | 'schema'>>

export interface LateRoutesOptions {
  /** An instance like this one, with nothing in it yet. */
  create: (requestIdOf: (request: IncomingMessage) => string) => Promise<FastifyInstance>
  /** Loads the routes and puts them in. */
  register: (late: FastifyInstance) => Promise<void>
}

/**
 * Routes that take longer to load than all the rest, and that a process may never be asked for. They are in an instance of their
 * own, since one that listens takes no more routes; its decorators are those of this one.
 */
async function lateRoutes(app: FastifyInstance, { create, register }: LateRoutesOptions) {
  const requestIds = new WeakMap<IncomingMessage, string>()
  let loading: Promise<FastifyInstance> | null = null

  async function load(): Promise<FastifyInstance> {
    const late = await create((request) => requestIds.get(request) ?? '')
    await late.register(errors)
    await late.register(cookie, { hook: false })
    late.decorateRequest('person', null)
    lend(app, late)
    await register(late)
    await late.ready()
    return late
  }

  app.decorate('handOver', async (request, reply) => {
    // A load that failed, such as for want of memory, is tried again.
    loading ??= load().catch((error: unknown) => {
      loading = null
      throw error
    })
    const late = await loading
    requestIds.set(request.raw, request.id)
    reply.hijack()
    late.routing(request.raw, reply.raw)
  })
  app.decorate('clientRoutes', [])
  app.decorate('describeLater', (route) => {
    const { method, url, schema } = route
    if (schema?.summary !== undefined && method !== 'HEAD') app.clientRoutes.push({ method, url, schema })
    delete route.schema
  })
  app.addHook('onClose', async () => {
    await (await loading?.catch(() => null))?.close()
  })
}

/** Gives an instance what another was decorated with, unless it has that already. */
function lend(from: FastifyInstance, to: FastifyInstance): void {
  for (const name in from) {
    if (!(name in to)) to.decorate(name, (from as unknown as Record<string, unknown>)[name])
  }
}

export default fp(lateRoutes, { name: 'late-routes', fastify: '5.x', dependencies: ['lifecycle', 'people'] })
