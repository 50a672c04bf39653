import type { OutgoingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import {
  ClientGoneError,
  errorAnswer,
  errorBody,
  EXCHANGE_ID_HEADER,
  GatewayError
} from '../services/platform/gateway-errors.ts'
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
export function keepUnheard(app: FastifyInstance, id: string, told: ToldByParser, address: string | null): void {
  const status = Number.parseInt(told.status, 10)
  app.earlyRefusals.note({ ...told, id, at: app.clock.now(), status, address, path: null, facts: {} })
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

interface ToldByParser {
  /** With its phrase. */
  status: string
  type: string
  message: string
}

const CLIENT_ERRORS: Record<string, ToldByParser> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    type: 'invalid_request_error',
    message: 'Request headers are too large'
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    type: 'timeout_error',
    message: 'The request was not received in time'
  }
}
const GARBAGE = { status: '400 Bad Request', type: 'invalid_request_error', message: 'The request is not valid HTTP' }

/** Answers what the HTTP parser refused, in the API's error shape, and closes the connection. Null where nobody could be told. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket, requestId: string): ToldByParser | null {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return null
  }
  // Bytes of an answer are on their way on this connection: anything written now would land in the middle of it.
  const answering = (socket as { _httpMessage?: { headersSent: boolean } })._httpMessage?.headersSent === true
  if (answering) {
    socket.destroy()
    return null
  }
  const told = CLIENT_ERRORS[error.code ?? ''] ?? GARBAGE
  const { status, type, message } = told
  const body = JSON.stringify(errorBody(type, message, requestId))
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\nrequest-id: ${requestId}\r\n` +
      `${EXCHANGE_ID_HEADER}: ${requestId}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`
  )
  return told
}
