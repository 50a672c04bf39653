import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { ClientGoneError, errorAnswer, EXCHANGE_ID_HEADER, GatewayError } from '../services/platform/gateway-errors.ts'
import type { ParserRefusal } from '../services/platform/parser-errors.ts'
import { discardBody, isStillSending } from '../services/gateway/request/discarded-body.ts'

/** Fastify's own refusals of a request (media type, URL, validation) are about the request; all else is ours. */
export function toGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  const { statusCode, message } = error as FastifyError
  if (statusCode === 413) return new GatewayError(413, 'request_too_large', message)
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new GatewayError(statusCode, 'invalid_request_error', message)
  }
  return new GatewayError(500, 'api_error', 'Internal server error', { cause: error })
}

/** For what is not there, or not for whoever asks. */
export function notFound(request: FastifyRequest): GatewayError {
  const doubled = request.url.startsWith('/v1/v1/')
  const message = doubled
    ? 'Not found: the base URL must not end in /v1, the client adds it itself'
    : `Not found: ${request.method} ${request.url.split('?', 1)[0]}`
  return new GatewayError(404, 'not_found_error', message)
}

function answer(reply: FastifyReply, error: GatewayError, requestId: string) {
  const { status, headers, body } = errorAnswer(error, requestId)
  if (isStillSending(reply.request.raw)) return answerWhileSending(reply, status, headers, JSON.stringify(body))
  return reply.code(status).headers(headers).send(body)
}

/** The answer is there for a client that looks for it; the connection ends only when the client has sent its body, or will not. */
function answerWhileSending(reply: FastifyReply, status: number, headers: Record<string, string>, body: string): FastifyReply {
  const { raw } = reply.hijack()
  const length = { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) }
  raw.writeHead(status, { ...(reply.getHeaders() as OutgoingHttpHeaders), ...headers, ...length })
  raw.write(body)
  discardBody(reply.request.raw, reply.server.clock, (isAtEnd) => {
    if (isAtEnd) raw.end()
    else reply.request.raw.destroy()
  })
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

/** Refuses what Fastify cannot route. Its own answer would repeat the URL, which may hold a secret, in a shape of its own. */
export function answerUnroutable(failure: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const status = failure.statusCode ?? 400
  const problem = new GatewayError(status, 'invalid_request_error', 'The URL of the request is not valid', { cause: failure })
  reply.header(EXCHANGE_ID_HEADER, request.id)
  keep(request.server, request, problem)
  answer(reply, problem, request.id)
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
    await answer(reply, missing, request.id)
  })

  app.setErrorHandler((failure, request, reply) => {
    const error = toGatewayError(failure)
    if (failure instanceof ClientGoneError) return reply.code(499).send() // into the void: nobody is there to read it
    // An exchange has one line in the log, which tells its refusal too.
    const hasLine = request.exchange !== null && error.status !== 500
    const { status, type, facts } = error
    const line = { request: request.id, status, type, url: request.routeOptions.url, address: request.ip, ...facts }
    if (request.exchange === null) keep(app, request, error)
    if (hasLine) return answer(reply, error, request.id)
    if (error.status === 500) request.log.error({ ...line, err: error.cause ?? error }, error.message)
    else if (error.status > 500) request.log.warn({ ...line, err: error.cause }, error.message)
    else request.log.info(line, error.message)
    return answer(reply, error, request.id)
  })
}

// It needs the clock too, which an instance that borrows its decorators has only later.
export default fp(errors, { name: 'errors', fastify: '5.x' })
