import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Exchange } from '../services/gateway/request/exchange.ts'
import { createDeprovisionedUsers } from '../services/gateway/request/deprovisioned-users.ts'
import { createExchangeRunner } from '../services/gateway/request/exchange-runner.ts'
import type { ExchangeKind } from '../services/gateway/request/outcomes.ts'
import { ClientGoneError } from '../services/platform/gateway-errors.ts'
import { deprovisionedAmong } from '../services/resources/records/scim-users.ts'
import { exchangeOf } from './authentication.ts'
import { toGatewayError } from '../services/platform/request-errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Runs the steps that answer an exchange, tells the client when one fails, and in the end gives back all that the
     * exchange holds. The process does not close before that.
     */
    runExchange: (
      request: FastifyRequest,
      reply: FastifyReply,
      steps: (exchange: Exchange, query: string) => Promise<void>
    ) => Promise<void>
  }
  interface FastifyContextConfig {
    /** What the route's exchanges are, where they are counted. */
    kind?: ExchangeKind
  }
}

async function exchanges(app: FastifyInstance) {
  const { clock, config, journal, lifecycle, metrics, earlyRefusals, log } = app
  const isExplained = config.traceRetentionDays > 0
  const runner = createExchangeRunner({ clock, journal, isExplained, cutOff: lifecycle.cutOff, metrics, earlyRefusals, log })

  /** What was refused before the handler ran is explained too. */
  app.addHook('onError', async (request, _reply, error) => {
    const { exchange } = request
    const { kind } = request.routeOptions.config
    if (kind !== undefined) {
      metrics.refused(kind, error instanceof ClientGoneError ? 'client_closed' : toGatewayError(error).type)
    }
    if (exchange === null) return
    exchange.refusal = toGatewayError(error)
    runner.tell(exchange)
  })

  if (config.scimTokens !== null) {
    const deprovisioned = createDeprovisionedUsers({
      clock,
      running: () => runner.running,
      deprovisionedAmong: (userIds) => deprovisionedAmong(app.pg.pool, userIds),
      onAway: (err) => log.warn({ err }, 'who is deprovisioned cannot be looked up: what runs for them goes on until it can')
    })
    app.bus.subscribe('directory', () => void deprovisioned.look())
    app.addHook('onClose', async () => deprovisioned.close())
  }

  app.decorate('runExchange', (request, reply, steps) => {
    const exchange = exchangeOf(request)
    reply.hijack() // from here the exchange answers: with pings, the upstream's bytes, or an error
    if (exchange.kind === 'messages' && exchange.envelope.stream) exchange.stream.keepAlive()
    return lifecycle.carry(runner.run(exchange, () => steps(exchange, queryOf(request.url))))
  })
}

/** The query string as the client sent it, with its question mark, or nothing. It goes upstream unread. */
function queryOf(url: string): string {
  const at = url.indexOf('?')
  return at < 0 ? '' : url.slice(at)
}

export default fp(exchanges, {
  name: 'exchanges',
  fastify: '5.x',
  dependencies: ['errors', 'metrics', 'lifecycle', 'database', 'bus', 'authentication', 'usage-recording']
})
