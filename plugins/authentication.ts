import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createClientKeyDirectory } from '../services/gateway/request/client-key-directory.ts'
import { createFailedAuthentications } from '../services/platform/failed-authentications.ts'
import { createQuietStreams } from '../services/gateway/forwarding/quiet-streams.ts'
import { Exchange } from '../services/gateway/request/exchange.ts'
import { createAddressCheck } from '../services/platform/network/addresses.ts'
import {
  addressRefused,
  keyInvalid,
  keyRefused,
  tooManyFailures,
  type GatewayError
} from '../services/platform/gateway-errors.ts'
import { prefixForDisplay } from '../services/platform/secrets.ts'
import { findClientKey, problemOfKey, type ClientKeyRecord } from '../services/resources/records/client-keys.ts'

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
    refusalOfUnknown: (request: FastifyRequest, refusal: GatewayError) => Promise<GatewayError>
  }
  interface FastifyRequest {
    exchange: Exchange | null
  }
}

/** Clients send a bearer token, an x-api-key, or both, also with different values. */
function keysOf(headers: IncomingHttpHeaders): string[] {
  const bearer = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]
  const apiKey = headers['x-api-key']
  const keys = bearer === undefined ? [] : [bearer]
  if (typeof apiKey === 'string' && apiKey !== '' && apiKey !== bearer) keys.push(apiKey)
  return keys
}

interface Known {
  client: ClientKeyRecord
  /** Why nothing may be asked with the key. */
  problem: string | null
}

/** For the log, whose it is that is refused. */
const factsOf = ({ key, user, group }: ClientKeyRecord) => ({ user: user.email, key: key.name, group: group.name })

/** Settlements are far apart: two in a row do not fall into readings. */
const MAX_READS = 3

/** What may be told of keys that are nobody's: enough to find the client that has them. */
const prefixesOf = (headers: IncomingHttpHeaders) => keysOf(headers).map(prefixForDisplay).join(', ')

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

  /** By the lists of allowed addresses, which a record keeps for as long as it is used. */
  const checks = new WeakMap<readonly string[], (address: string) => boolean>()

  function mayComeFrom(allowedIps: readonly string[], address: string): boolean {
    let check = checks.get(allowedIps)
    if (check === undefined) checks.set(allowedIps, (check = createAddressCheck(allowedIps)))
    return check(address)
  }

  /** Whom the first valid key belongs to, else the first that there is, with its problem; null when there is none. */
  async function behind(headers: IncomingHttpHeaders): Promise<Known | null> {
    await Promise.all([app.settingsUpToDate(), app.pricesUpToDate()])
    let invalid: Known | null = null
    for (const key of keysOf(headers)) {
      const client = await directory.find(key)
      if (client === null) continue
      const problem = problemOfKey(client, clock.now())
      if (problem === null) return { client, problem }
      invalid ??= { client, problem }
    }
    return invalid
  }

  /** Only who holds no secret that ever was one is guessing, and counted. */
  async function known(request: FastifyRequest): Promise<Known> {
    const found = await behind(request.headers)
    if (found === null) throw await app.refusalOfUnknown(request, keyInvalid(prefixesOf(request.headers)))
    return found
  }

  function valid({ client, problem }: Known): ClientKeyRecord {
    if (problem === null) return client
    throw keyRefused(problem, factsOf(client))
  }

  function fromAllowedAddress(client: ClientKeyRecord, { ip }: FastifyRequest): ClientKeyRecord {
    const { allowedIps } = client.key
    if (allowedIps !== null && !mayComeFrom(allowedIps, ip)) throw addressRefused(ip, factsOf(client))
    return client
  }

  app.decorate('clientOf', async (request) => fromAllowedAddress(valid(await known(request)), request))

  app.decorate('holderOf', async (request) => fromAllowedAddress((await known(request)).client, request))

  function checkAddress({ client, trace, address }: Exchange): void {
    const { allowedIps } = client.key
    if (allowedIps === null) return
    const isAllowed = mayComeFrom(allowedIps, address)
    trace.limit({ name: 'allowed_ips', outcome: isAllowed ? 'passed' : 'refused', detail: address })
    if (!isAllowed) throw addressRefused(address)
  }

  const quietStreams = createQuietStreams({
    clock,
    shortestSilenceMs: () => Math.min(config.pingIntervalMs, config.keepAliveMs || Infinity)
  })
  app.decorateRequest('exchange', null)
  app.decorate('authenticate', async (request, reply) => {
    request.exchange = new Exchange({
      id: request.id,
      client: valid(await known(request)),
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
    checkAddress(request.exchange)
  })

  app.decorate('clientNow', async ({ headers, client }) => {
    const now = await behind(headers)
    // A client may send keys of several users; what it holds is one's.
    if (now?.client.user.id !== client.user.id) throw keyInvalid(prefixesOf(headers))
    return valid(now)
  })

  app.decorate('recognize', async (exchange) => {
    exchange.client = await app.clientNow(exchange)
    checkAddress(exchange)
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
