import type { Logger } from 'pino'
import type { Clock } from '../../platform/clock.ts'
import { asGatewayError, ClientGoneError, UpstreamRefusedError, type GatewayError } from '../../platform/gateway-errors.ts'
import type { Journal } from '../../money/journal/journal.ts'
import { clientHeaders } from '../forwarding/forwarded-headers.ts'
import type { EarlyRefusals } from '../traces/early-refusals.ts'
import { createExchangeLog } from '../traces/exchange-log.ts'
import type { WaitEntry } from '../traces/exchange-trace.ts'
import type { Exchange } from './exchange.ts'
import { levelOf, summaryOf } from './exchange-summary.ts'
import { requestOutcome, type ExchangeKind, type RequestOutcome } from './outcomes.ts'
import type { OwnTime } from './own-time.ts'

/** What is counted of an exchange when it is over. */
export interface EndedExchange {
  kind: ExchangeKind
  outcome: RequestOutcome
  waits: readonly WaitEntry[]
  /** Spent waiting for slots, in ms. */
  queueMs: number
  ownTime: OwnTime
}

interface ExchangeRunner {
  /**
   * Runs the steps that answer an exchange, tells the client when one fails, and releases all that the exchange holds. Never
   * rejects.
   */
  run: (exchange: Exchange, steps: () => Promise<void>) => Promise<void>
  /** Records the outcome, once for each exchange. */
  tell: (exchange: Exchange) => void
  /** The exchanges in progress. */
  running: ReadonlySet<Exchange>
}

interface ExchangeRunnerOptions {
  clock: Clock
  journal: Pick<Journal, 'note'>
  /** Whether the decisions made for an exchange are stored. */
  isExplained: boolean
  /** Aborts, with the error for clients, when exchanges are no longer waited for. */
  cutOff: AbortSignal
  metrics: { began: (kind: ExchangeKind) => void; ended: (exchange: EndedExchange) => void }
  earlyRefusals: Pick<EarlyRefusals, 'note'>
  log: Pick<Logger, 'info' | 'warn' | 'error'>
}

export function createExchangeRunner(options: ExchangeRunnerOptions): ExchangeRunner {
  const { clock, journal, isExplained, cutOff, metrics, earlyRefusals, log } = options
  const logNow = createExchangeLog(log)
  const running = new Set<Exchange>()
  // One listener for all: a signal walks its whole list to add one, and thousands may wait.
  cutOff.addEventListener('abort', () => {
    for (const exchange of running) exchange.breakOff(cutOff.reason)
  })

  function fail(exchange: Exchange, error: unknown): void {
    if (error instanceof ClientGoneError) return
    if (error instanceof UpstreamRefusedError) {
      const { status, headers, body } = error.response
      exchange.ending = 'upstream_refused'
      exchange.stream.passError(status, clientHeaders(headers), body)
      return
    }
    const refusal = asGatewayError(error)
    if (refusal.status === 500) log.error({ exchange: exchange.id, err: error }, 'an exchange failed with an unexpected error')
    exchange.refusal = refusal
    exchange.stream.fail(refusal)
  }

  /** The back office turns it into readable form. */
  function tell(exchange: Exchange): void {
    const { id, arrivedAt: createdAt } = exchange
    const endedAt = clock.now()
    const summary = JSON.stringify(summaryOf(exchange))
    const facts = isExplained ? JSON.stringify(exchange.facts()) : null
    const note = { id, createdAt, endedAt, level: levelOf(exchange), summary, facts }
    // If the journal has no room for it, at least its log line is not lost.
    if (journal.note(note)) return
    logNow([note])
    if (exchange.refusal !== null) keepRefusal(exchange, exchange.refusal)
  }

  function keepRefusal({ id, address, client }: Exchange, { status, type, message }: GatewayError): void {
    const facts = { user: client.user.email, key: client.key.name, group: client.group.name }
    earlyRefusals.note({ id, at: clock.now(), status, type, message, address, path: null, facts })
  }

  return {
    tell,
    running,
    async run(exchange, steps) {
      const { kind } = exchange
      running.add(exchange)
      metrics.began(kind)
      try {
        await steps()
      } catch (error) {
        fail(exchange, error)
      } finally {
        running.delete(exchange)
        await exchange.close()
        tell(exchange)
        const { trace, queueMs, ownTime } = exchange
        metrics.ended({ kind, outcome: requestOutcome(exchange), waits: trace.waits, queueMs, ownTime })
      }
    }
  }
}
