import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createKeyReading } from '../services/gateway/eligibility/key-reading.ts'
import { createArrivals } from '../services/gateway/request/arrivals.ts'
import { createClientKeyDirectory } from '../services/gateway/request/client-key-directory.ts'
import { createClientRecognition, type ClientRecognition } from '../services/gateway/request/client-recognition.ts'
import type { Exchange } from '../services/gateway/request/exchange.ts'
import { createStandInSecrets, type StandInSecrets } from '../services/gateway/request/stand-in-secrets.ts'
import { createFailedAuthentications, refusalAfter } from '../services/platform/failed-authentications.ts'
import type { GatewayError } from '../services/platform/gateway-errors.ts'
import { findClientKey } from '../services/resources/records/client-keys.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** onRequest: knows the client by its key and makes the exchange, before the body is read. */
    authenticate: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
    /** Knows clients by their keys; a request is an asker. */
    clients: ClientRecognition
    /** With which this process asks as a key. */
    standInSecrets: StandInSecrets
    /** What whoever failed to authenticate is told: 401, or 429 once the address has failed too often. */
    refusalOfUnknown: (asker: { ip: string }, refusal: GatewayError) => Promise<GatewayError>
  }
  interface FastifyRequest {
    exchange: Exchange | null
  }
}

async function authentication(app: FastifyInstance) {
  const { config, clock, eligibility, readings } = app
  const { authFailuresMax: max, authFailuresWindowMs: windowMs } = config
  const shared = () => app.shared?.failures ?? null
  const failures = createFailedAuthentications({ clock, kind: 'key', max, windowMs, shared })
  app.decorate('refusalOfUnknown', ({ ip }, refusal) => refusalAfter(failures, ip, refusal))

  const secrets = createStandInSecrets({ forget: (secret) => directory.forget(secret) })
  app.decorate('standInSecrets', secrets)
  const find = (hash: Buffer) => findClientKey(app.pg.pool, secrets.standingFor(hash))
  const directory = createClientKeyDirectory({ read: createKeyReading({ find, eligibility }), readings })
  const clients = createClientRecognition({
    directory,
    clock,
    upToDate: () => Promise.all([app.settingsUpToDate(), app.prices.upToDate()]),
    refuseUnknown: app.refusalOfUnknown
  })
  app.decorate('clients', clients)

  const exchangeFor = createArrivals({ config, clock, clients })
  app.decorateRequest('exchange', null)
  app.decorate('authenticate', async (request, reply) => {
    const { id, headers, ip, routeOptions } = request
    const kind = routeOptions.config.kind ?? 'messages'
    // Kept before the address is checked, so that a refusal is the exchange's.
    request.exchange = await exchangeFor({ id, kind, headers, ip, response: reply.raw, elapsedMs: reply.elapsedTime })
    app.noteNetwork(request, request.exchange.client)
    clients.checkAddress(request.exchange)
  })
}

export default fp(authentication, {
  name: 'authentication',
  fastify: '5.x',
  dependencies: ['config', 'database', 'bus', 'runtime-settings', 'prices', 'billing-eligibility', 'sign-in-networks']
})

/** The exchange of an authenticated request. */
export function exchangeOf(request: FastifyRequest): Exchange {
  if (request.exchange === null) throw new Error('authenticate makes the exchange and runs first')
  return request.exchange
}
