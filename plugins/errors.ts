import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { isStillSending, respondWhileSending } from '../services/gateway/request/discarded-body.ts'
import { ClientGoneError, errorResponse, EXCHANGE_ID_HEADER, type GatewayError } from '../services/platform/gateway-errors.ts'
import type { ParserRefusal } from '../services/platform/parser-errors.ts'
import { notFound, toGatewayError, urlNotValid } from '../services/platform/request-errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Puts a failure on record, for a route that tells of it in another form than an error's. */
    tellRefusal: (request: FastifyRequest, failure: unknown) => GatewayError
  }
}

/** What a failure becomes, with a body of another shape where a protocol has its own. */
export function respond(reply: FastifyReply, error: GatewayError, shaped?: object): FastifyReply {
  const { request, server } = reply
  const { status, headers, body: usual } = errorResponse(error, request.id)
  const body = shaped ?? usual
  if (!isStillSending(request.raw)) return reply.code(status).headers(headers).send(body)
  const all = { ...(reply.getHeaders() as OutgoingHttpHeaders), ...headers }
  respondWhileSending(request.raw, reply.hijack().raw, server.clock, { status, headers: all, body })
  return reply
}

/** Keeps for `sluice why` what is refused before there is an exchange. A path that is none of ours may be anything, also a secret. */
function keep(app: FastifyInstance, { id, ip: address, routeOptions }: FastifyRequest, error: GatewayError): void {
  const { status, type, message, facts } = error
  app.earlyRefusals.note({ id, at: app.clock.now(), status, type, message, address, path: routeOptions.url ?? null, facts })
}

/** The same of what the HTTP parser refused. */
export function keepUnparsed(app: FastifyInstance, id: string, refusal: ParserRefusal, address: string | null): void {
  const status = Number.parseInt(refusal.status, 10)
  app.earlyRefusals.note({ ...refusal, id, at: app.clock.now(), status, address, path: null, facts: {} })
}

/** A line of the log, which for a fault of ours has its cause. */
function logRefusal(request: FastifyRequest, error: GatewayError): void {
  const { status, type, facts, message } = error
  const line = { request: request.id, status, type, url: request.routeOptions.url, address: request.ip, ...facts }
  if (status === 500) request.log.error({ ...line, err: error.cause ?? error }, message)
  else if (status > 500) request.log.warn({ ...line, err: error.cause }, message)
  else request.log.info(line, message)
}

/** Refuses what Fastify cannot route. Its own response would repeat the URL, which may hold a secret, in a shape of its own. */
export function refuseUnroutable(failure: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const problem = urlNotValid(failure)
  reply.header(EXCHANGE_ID_HEADER, request.id)
  keep(request.server, request, problem)
  respond(reply, problem)
}

async function errors(app: FastifyInstance) {
  app.addHook('onRequest', async (request, reply) => {
    reply.header(EXCHANGE_ID_HEADER, request.id)
    // Before anything of its body is read.
    if (!request.is404) return
    const missing = notFound(request)
    keep(app, request, missing)
    const { status, type } = missing
    request.log.info({ request: request.id, status, type, method: request.method, address: request.ip }, 'no such path')
    await respond(reply, missing)
  })

  app.setErrorHandler((failure, request, reply) => {
    const error = toGatewayError(failure)
    if (failure instanceof ClientGoneError) return reply.code(499).send() // into the void: nobody is there to read it
    if (request.exchange === null) keep(app, request, error)
    // An exchange has one line in the log, which tells its refusal too.
    else if (error.status !== 500) return respond(reply, error)
    logRefusal(request, error)
    return respond(reply, error)
  })

  app.decorate('tellRefusal', (request, failure) => {
    const error = toGatewayError(failure)
    keep(app, request, error)
    logRefusal(request, error)
    return error
  })
}

// It needs the clock too, which an instance that borrows its decorators has only later.
export default fp(errors, { name: 'errors', fastify: '5.x' })
