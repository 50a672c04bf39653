import { ClientGoneError, type GatewayError } from '../../platform/gateway-errors.ts'
import { requestOutcome, type RequestOutcome } from './outcomes.ts'
import { loggedError, type LoggedError } from '../../platform/error-words.ts'
import { formatUsd } from '../../money/prices/money.ts'
import { shortened } from '../traces/exchange-trace.ts'
import type { ExchangeSummary } from '../traces/trace-record.ts'
import type { Exchange, RecordedUse } from './exchange.ts'

/** Outcomes that the client did not cause, worth looking at when there are many. */
const TROUBLE: ReadonlySet<RequestOutcome> = new Set(['cut', 'api_error', 'overloaded_error', 'timeout_error'])

/** The fields of the exchange's one log line. */
export const levelOf = (exchange: Exchange): 'info' | 'warn' => (TROUBLE.has(requestOutcome(exchange)) ? 'warn' : 'info')

export function summaryOf(exchange: Exchange): ExchangeSummary {
  const { client, envelopeIfRead, stream, trace, uses } = exchange
  const waited = (subject: 'user' | 'account') =>
    trace.waits.reduce((sum, wait) => sum + (wait.for === subject ? wait.ms : 0), 0)
  return {
    exchange: exchange.id,
    kind: exchange.kind,
    user: client.user.email,
    key: client.key.name,
    group: client.group.name,
    model: shortened(envelopeIfRead?.model ?? null),
    stream: envelopeIfRead?.stream ?? null,
    outcome: requestOutcome(exchange),
    status: statusOf(stream.status, exchange.refusal),
    refusal: exchange.refusal?.message ?? null,
    clientGone: exchange.gone.reason instanceof ClientGoneError,
    userWaitMs: waited('user'),
    accountWaitMs: waited('account'),
    attempts: exchange.calls,
    failedAttempts: exchange.attempts.length,
    ...totalOf(uses),
    firstByteMs: uses.at(-1)?.firstByteMs ?? null,
    durationMs: exchange.ageMs,
    ...causeOf(exchange)
  }
}

/** The cause of a refusal is for readers of the log. */
function causeOf({ refusal }: Exchange): { err?: LoggedError } {
  const cause = refusal?.cause
  return cause === undefined ? {} : { err: loggedError(cause) }
}

/** A request refused before its handler ran is answered only after its log line. */
const statusOf = (sent: number | null, refusal: GatewayError | null) => sent ?? refusal?.status ?? null

function totalOf(uses: readonly RecordedUse[]) {
  const known = uses.filter(({ basis }) => basis !== 'unknown')
  if (known.length === 0) {
    return {
      inputTokens: null,
      outputTokens: null,
      cacheWriteTokens: null,
      cacheReadTokens: null,
      costUsd: null,
      chargedUsd: null
    }
  }
  const sum = (of: (use: RecordedUse) => number) => known.reduce((total, use) => total + of(use), 0)
  const sumUsd = (of: (use: RecordedUse) => bigint) => formatUsd(known.reduce((total, use) => total + of(use), 0n))
  return {
    inputTokens: sum(({ usage }) => usage.inputTokens),
    outputTokens: sum(({ usage }) => usage.outputTokens),
    cacheWriteTokens: sum(({ usage }) => usage.cacheCreation5mTokens + usage.cacheCreation1hTokens),
    cacheReadTokens: sum(({ usage }) => usage.cacheReadTokens),
    costUsd: sumUsd(({ costNano }) => costNano),
    chargedUsd: sumUsd(({ chargedNano }) => chargedNano)
  }
}
