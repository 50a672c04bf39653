import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { bodyEmpty } from '../services/platform/gateway-errors.ts'
import { createBodyBudget, type BodyBudget } from '../services/gateway/request/body-budget.ts'
import { readBody } from '../services/gateway/request/body-reader.ts'
import { bodyCoding, decodedParts } from '../services/gateway/request/decoded-body.ts'
import { EnvelopeScan, MAX_BODY_BYTES } from '../services/gateway/request/envelope.ts'
import type { HeldBody } from '../services/gateway/request/held-body.ts'
import { laneOf, namesSession, sessionKeyOf } from '../services/gateway/request/session-key.ts'
import { exchangeOf } from './authentication.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** preHandler: reads out of the body what Sluice decides on. Needs a scope in which `readBodies` was called. */
    readEnvelope: (request: FastifyRequest) => Promise<void>
    /** Makes the scope's requests keep their bodies as bytes. */
    readBodies: (scope: FastifyInstance) => void
    /** What the process may hold of request bodies, and holds now. */
    bodyBudget: BodyBudget
  }
}

/** A body that has come in, and what was read of it on its way. */
interface ReadBody {
  held: HeldBody
  coding: string | null
  scan: EnvelopeScan
}

async function envelope(app: FastifyInstance) {
  const budget = createBodyBudget(app.config.maxBufferedBytes)
  app.decorate('bodyBudget', budget)

  app.decorate('readBodies', (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', async (request: FastifyRequest): Promise<ReadBody> => {
      const exchange = exchangeOf(request)
      const coding = bodyCoding(request.headers['content-encoding'])
      const scan = new EnvelopeScan({ forConversation: !namesSession(request.headers) })
      exchange.ownTime.pause()
      const held = await readBody(request.raw, MAX_BODY_BYTES, budget, (piece) => coding !== null || scan.push(piece))
      exchange.ownTime.resume()
      exchange.holdBody(() => held.free())
      return { held, coding, scan }
    })
  })

  /** A compressed body is decoded to be read, and what it decodes to is not kept. */
  async function scanDecoded({ held, scan }: ReadBody, coding: string): Promise<void> {
    for await (const part of decodedParts(held.pieces, coding, { maxBytes: MAX_BODY_BYTES, budget })) {
      if (!scan.push(part)) return
    }
  }

  app.decorate('readEnvelope', async (request) => {
    const exchange = exchangeOf(request)
    const read = request.body as ReadBody | undefined
    request.body = undefined
    if (read === undefined || read.held.bytes === 0) throw bodyEmpty()
    const { held, coding, scan } = read
    if (coding !== null) await scanDecoded(read, coding)
    const said = scan.finish()
    exchange.keepRequest({ ...said, body: held, coding })
    const { group, key } = exchange.client
    exchange.session = sessionKeyOf(group.id, request.headers, said)
    exchange.lane = laneOf(key.id, request.headers, said.metadataUserId)
  })
}

export default fp(envelope, { name: 'envelope', fastify: '5.x', dependencies: ['config', 'authentication'] })
