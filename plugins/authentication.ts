import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createClientKeyDirectory } from '../services/gateway/request/client-key-directory.ts'
import { createClientRecognition } from '../services/gateway/request/client-recognition.ts'
import { createFailedAuthentications } from '../services/platform/failed-authentications.ts'
import { createQuietStreams } from '../services/gateway/forwarding/quiet-streams.ts'
import { Exchange } from '../services/gateway/request/exchange.ts'
import { tooManyFailures, type GatewayError } from '../services/platform/gateway-errors.ts'
import { findClientKey, type ClientKeyRecord } from '../services/resources/records/client-keys.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** onRequest: knows the client by its key and makes the exchange, before the body is read. */
    authenticate: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
    /** Who the client of an exchange is now. Throws 401 or 503. */
    clientNow: (exchange: Exchange) => Promise<ClientKeyRecord>
    /** Looks who the client is once more, and whether they may still ask from where they are. Throws 401, 403 or 503. */
    recognize: (exchange: Exchange) => Promise<void>
    /** The record behind the first valid key of the request, whatever it may spend. Throws 401, 403, 429 or 503. */
    clientOf: (request: FastifyRequest) => Promise<ClientKeyRecord>
    /** The same of a key that need not be valid any more, where there is no valid one. Throws 401 for those that never were. */
    holderOf: (request: FastifyRequest) => Promise<ClientKeyRecord>
    /** What whoever failed to authenticate is told: 401, or 429 once the address has failed too often. */
    refusalOfUnknown: (request: { ip: string }, refusal: GatewayError) => Promise<GatewayError>
  }
  interface FastifyRequest {
    exchange: Exchange | null
  }
}

/** Settlements are far apart: two in a row do not fall into readings. */
const MAX_READS = 3

async function authentication(app: FastifyInstance) {
  const { config, clock, eligibility } = app
  const directory = createClientKeyDirectory({
    async read(hash) {
      for (let tries = 1; ; tries++) {
        const mark = eligibility.mark()
        const record = await findClientKey(app.pg.pool, hash)
        // What was settled meanwhile may not know of a change to the balance that this reading is to bring.
        if (record === null || eligibility.learnFrom(record, mark) || tries === MAX_READS) return record
      }
    },
    readings: app.readings
  })

  const failures = createFailedAuthentications({
    clock,
    kind: 'key',
    max: config.authFailuresMax,
    windowMs: config.authFailuresWindowMs,
    shared: () => app.sharedFailures
  })
  app.decorate('refusalOfUnknown', async ({ ip }, refusal) => {
    const retryAfterMs = await failures.count(ip)
    return retryAfterMs === null ? refusal : tooManyFailures(retryAfterMs / 1000, refusal.facts)
  })

  const recognition = createClientRecognition({
    directory,
    clock,
    upToDate: () => Promise.all([app.settingsUpToDate(), app.pricesUpToDate()]),
    refuseUnknown: ({ address }, refusal) => app.refusalOfUnknown({ ip: address }, refusal)
  })
  const askerOf = ({ headers, ip: address }: FastifyRequest) => ({ headers, address })
  app.decorate('clientOf', (request) => recognition.allowedClientOf(askerOf(request)))
  app.decorate('holderOf', (request) => recognition.holderOf(askerOf(request)))

  const quietStreams = createQuietStreams({
    clock,
    shortestSilenceMs: () => Math.min(config.pingIntervalMs, config.keepAliveMs || Infinity)
  })
  app.decorateRequest('exchange', null)
  app.decorate('authenticate', async (request, reply) => {
    request.exchange = new Exchange({
      id: request.id,
      kind: request.routeOptions.config.kind ?? 'messages',
      client: await recognition.clientOf(askerOf(request)),
      headers: request.headers,
      address: request.ip,
      response: reply.raw,
      elapsedMs: reply.elapsedTime,
      pingIntervalMs: config.pingIntervalMs,
      keepAliveMs: config.keepAliveMs,
      quietStreams,
      stallTimeoutMs: config.clientStallTimeoutMs,
      clock
    })
    recognition.checkAddress(request.exchange)
  })

  app.decorate('clientNow', recognition.clientNow)
  app.decorate('recognize', async (exchange) => {
    exchange.client = await app.clientNow(exchange)
    recognition.checkAddress(exchange)
  })
}

export default fp(authentication, {
  name: 'authentication',
  fastify: '5.x',
  dependencies: ['config', 'database', 'bus', 'runtime-settings', 'prices', 'billing-eligibility']
})

/** The exchange of an authenticated request. */
export function exchangeOf(request: FastifyRequest): Exchange {
  if (request.exchange === null) throw new Error('authenticate makes the exchange and runs first')
  return request.exchange
}
