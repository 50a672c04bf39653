import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Exchange } from '../services/gateway/request/exchange.ts'
import { levelOf, summaryOf } from '../services/gateway/request/exchange-summary.ts'
import { clientHeaders } from '../services/gateway/forwarding/forwarded-headers.ts'
import {
  asGatewayError,
  ClientGoneError,
  UpstreamRefusedError,
  type GatewayError
} from '../services/platform/gateway-errors.ts'
import { exchangeOf } from './authentication.ts'
import { requestOutcome, type ExchangeKind } from '../services/gateway/request/outcomes.ts'
import { createExchangeLog } from '../services/gateway/traces/exchange-log.ts'
import { toGatewayError } from './errors.ts'

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
  const { clock, config, journal } = app
  const { cutOff } = app.lifecycle
  const isExplained = config.traceRetentionDays > 0
  const tellAtOnce = createExchangeLog(app.log)
  const running = new Set<Exchange>()
  // One listener for all: a signal walks its whole list to add one, and thousands may wait.
  cutOff.addEventListener('abort', () => {
    for (const exchange of running) exchange.breakOff(cutOff.reason)
  })

  function fail(exchange: Exchange, error: unknown): void {
    if (error instanceof ClientGoneError) return
    if (error instanceof UpstreamRefusedError) {
      const { status, headers, body } = error.answer
      exchange.ending = 'upstream_refused'
      exchange.stream.passError(status, clientHeaders(headers), body)
      return
    }
    const answer = asGatewayError(error)
    if (answer.status === 500)
      app.log.error({ exchange: exchange.id, err: error }, 'an exchange failed with an unexpected error')
    exchange.refusal = answer
    exchange.stream.fail(answer)
  }

  /** What was refused before the handler ran is explained too. */
  app.addHook('onError', async (request, _reply, error) => {
    const { exchange } = request
    const { kind } = request.routeOptions.config
    if (kind !== undefined) {
      app.metrics.refused(kind, error instanceof ClientGoneError ? 'client_closed' : toGatewayError(error).type)
    }
    if (exchange === null) return
    exchange.refusal = toGatewayError(error)
    tell(exchange)
  })

  async function run(exchange: Exchange, steps: () => Promise<void>): Promise<void> {
    const { kind } = exchange
    running.add(exchange)
    app.metrics.began(kind)
    try {
      await steps()
    } catch (error) {
      fail(exchange, error)
    } finally {
      running.delete(exchange)
      await exchange.close()
      tell(exchange)
      const { trace, queueMs, ownTime } = exchange
      app.metrics.ended({ kind, outcome: requestOutcome(exchange), waits: trace.waits, queueMs, ownTime })
    }
  }

  /** Once an exchange. The back office makes of it what is to be read. */
  function tell(exchange: Exchange): void {
    const { id, arrivedAt: createdAt } = exchange
    const endedAt = clock.now()
    const summary = JSON.stringify(summaryOf(exchange))
    const facts = isExplained ? JSON.stringify(exchange.facts()) : null
    const note = { id, createdAt, endedAt, level: levelOf(exchange), summary, facts }
    // With no room for it in the journal, its line at least is not lost.
    if (journal.note(note)) return
    tellAtOnce([note])
    if (exchange.refusal !== null) keepRefusal(exchange, exchange.refusal)
  }

  function keepRefusal({ id, address, client }: Exchange, { status, type, message }: GatewayError): void {
    const facts = { user: client.user.email, key: client.key.name, group: client.group.name }
    app.earlyRefusals.note({ id, at: clock.now(), status, type, message, address, path: null, facts })
  }

  app.decorate('runExchange', (request, reply, steps) => {
    const exchange = exchangeOf(request)
    reply.hijack() // from here the exchange answers: with pings, the upstream's bytes, or an error
    if (exchange.kind === 'messages' && exchange.envelope.stream) exchange.stream.keepAlive()
    return app.lifecycle.carry(run(exchange, () => steps(exchange, queryOf(request.url))))
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
  dependencies: ['errors', 'metrics', 'lifecycle', 'authentication', 'usage-recording']
})
