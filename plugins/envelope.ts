import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createBodyBudget, readBody, type HeldBody } from '../services/request/body-reader.ts'
import { decodeBody, MAX_BODY_BYTES, readEnvelope } from '../services/request/envelope.ts'
import type { Exchange } from '../services/request/exchange.ts'
import { bodyEmpty, buffersFull } from '../services/gateway-errors.ts'
import { sessionKeyOf } from '../services/request/session-key.ts'
import { exchangeOf } from './authentication.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** preHandler: reads out of the body what Sluice decides on. Needs a scope in which `readBodies` was called. */
    readEnvelope: (request: FastifyRequest) => Promise<void>
    /** Makes the scope's requests keep their bodies as bytes. */
    readBodies: (scope: FastifyInstance) => void
    /** Of request bodies that are held now. */
    bufferedBytes: () => number
  }
}

async function envelope(app: FastifyInstance) {
  const budget = createBodyBudget(app.config.maxBufferedBytes)

  app.decorate('bufferedBytes', () => budget.usedBytes)

  app.decorate('readBodies', (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', async (request: FastifyRequest) => {
      const { ownTime } = exchangeOf(request)
      ownTime.waits()
      const held = await readBody(request.raw, MAX_BODY_BYTES, budget)
      ownTime.goesOn()
      exchangeOf(request).holdBody(held.free)
      return held
    })
  })

  /** The decoded copy counts as well: a small body may decode to the whole limit. */
  function holdDecoded(exchange: Exchange, held: HeldBody, bytes: number): void {
    if (!budget.take(bytes)) throw buffersFull()
    exchange.holdBody(() => {
      held.free()
      budget.give(bytes)
    })
  }

  app.decorate('readEnvelope', async (request) => {
    const exchange = exchangeOf(request)
    const held = request.body as HeldBody | undefined
    if (held === undefined || held.body.length === 0) throw bodyEmpty()
    const encoding = request.headers['content-encoding']
    const json = encoding === undefined ? held.body : await decodeBody(held.body, encoding)
    if (json !== held.body) holdDecoded(exchange, held, json.length)
    const envelope = readEnvelope(held.body, json)
    exchange.understand(envelope)
    exchange.sessionKey = sessionKeyOf(exchange.client.group.id, request.headers, envelope)
    request.body = undefined
  })
}

export default fp(envelope, { name: 'envelope', fastify: '5.x', dependencies: ['config', 'authentication'] })
