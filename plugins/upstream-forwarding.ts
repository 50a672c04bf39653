import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { UpstreamAccount } from '../services/request/account-directory.ts'
import type { AttemptRecorder } from '../services/usage/attempt-recorder.ts'
import { withModel } from '../services/request/envelope.ts'
import type { Exchange } from '../services/request/exchange.ts'
import { clientHeaders, upstreamHeaders } from '../services/forwarding/forwarded-headers.ts'
import { ClientGoneError, startTimedOut } from '../services/gateway-errors.ts'
import { runAttempt, type AttemptResult } from '../services/forwarding/upstream-attempt.ts'
import { finalError, isAccountsFault, type UpstreamFailure } from '../services/forwarding/upstream-failures.ts'
import { createUpstreamPools } from '../services/forwarding/upstream-pools.ts'
import type { ChosenAccount } from './account-selection.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Sends the request to the account and relays its answer. Resolves to true when the exchange is answered, to false
     * when another account may be tried; rejects with what the client is to be told when none may.
     */
    forward: (exchange: Exchange, chosen: ChosenAccount, path: string) => Promise<boolean>
    /** The same for `count_tokens`, of which nothing is recorded. */
    forwardUnrecorded: (exchange: Exchange, account: UpstreamAccount, path: string) => Promise<boolean>
  }
}

const NOTHING_RECORDED: AttemptRecorder = {
  answered() {},
  firstByte() {},
  observe() {},
  close() {},
  void() {}
}

const DEFAULT_TIMEOUT_MS = 600_000
const LONGEST_TIMEOUT_MS = 3_600_000

/** The SDKs state how long they wait, in seconds. */
function clientTimeoutMs(headers: IncomingHttpHeaders): number {
  const seconds = Number(headers['x-stainless-timeout'])
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1000, LONGEST_TIMEOUT_MS) : DEFAULT_TIMEOUT_MS
}

async function upstreamForwarding(app: FastifyInstance) {
  const { config, clock } = app
  const pools = createUpstreamPools({ connectTimeoutMs: config.upstreamConnectTimeoutMs })
  app.addHook('onClose', () => pools.close())

  function send(exchange: Exchange, account: UpstreamAccount, path: string, record: AttemptRecorder): Promise<AttemptResult> {
    const { request, headers } = exchange
    const actualModel = account.modelMapping.get(request.model) ?? request.model
    const { body, encoded } = withModel(request, actualModel)
    return runAttempt(body, {
      dispatcher: pools.dispatcherFor(account.origin),
      path: account.basePath + path,
      headers: upstreamHeaders(headers, account.credential, { keepContentEncoding: encoded }),
      target: {
        client: exchange.stream,
        record,
        requestedModel: actualModel === request.model ? null : request.model,
        acceptEncoding: headers['accept-encoding']
      },
      clientGone: exchange.gone,
      drainMs: config.usageDrainMs,
      headersTimeoutMs: request.stream ? config.upstreamHeadersTimeoutMs : clientTimeoutMs(headers),
      idleTimeoutMs: config.upstreamIdleTimeoutMs,
      startBy: startByOf(exchange),
      clock
    })
  }

  /** Writes down what an attempt without an answer may have cost. */
  function recordEnd(result: AttemptResult, record: AttemptRecorder, clientLeft: boolean): void {
    if (result.kind === 'answered') return
    if (result.kind === 'refused' || !result.mayHaveCost) record.void()
    else if (result.kind === 'gone') record.close(clientLeft ? 'client_closed' : 'interrupted')
    else record.close(result.timedOut ? 'upstream_error' : 'upstream_cut')
  }

  /** The latest instant for the first byte of a stream. */
  const startByOf = (exchange: Exchange) => (exchange.request.stream ? exchange.arrivedAt + config.startTimeoutMs : null)

  /** A non-streaming request that may have been worked on is not sent again: it would be paid twice. */
  function mayTryAnother(exchange: Exchange, failure: UpstreamFailure, isFree: boolean): boolean {
    if (exchange.attempts.length >= config.maxAttempts || exchange.request.pinned) return false
    return failure.kind === 'refused' || isFree || exchange.request.stream || !failure.mayHaveCost
  }

  async function attempt(
    exchange: Exchange,
    account: UpstreamAccount,
    path: string,
    record: AttemptRecorder
  ): Promise<boolean> {
    const result = await send(exchange, account, path, record)
    const clientLeft = exchange.gone.reason instanceof ClientGoneError
    recordEnd(result, record, clientLeft)
    if (result.kind === 'gone' && !clientLeft) throw exchange.gone.reason
    if (result.kind === 'answered' || result.kind === 'gone') return true
    if (result.kind === 'refused' && !isAccountsFault(result)) {
      exchange.stream.passError(result.status, clientHeaders(result.headers), result.body)
      return true
    }
    exchange.attempts.push({ accountId: account.id, accountName: account.name, failure: result })
    app.log.warn({ exchange: exchange.id, account: account.name, failure: describe(result) }, 'an upstream attempt failed')
    if (!mayTryAnother(exchange, result, record === NOTHING_RECORDED)) throw finalError(result, clock.now())
    refuseIfTooLate(exchange)
    return false
  }

  /** A stream that can no longer begin in time is not sent at all. */
  function refuseIfTooLate(exchange: Exchange): void {
    const startBy = startByOf(exchange)
    if (startBy !== null && clock.now() >= startBy) throw startTimedOut()
  }

  app.decorate('forward', async (exchange: Exchange, { account, releaseSlot }: ChosenAccount, path: string) => {
    refuseIfTooLate(exchange)
    const answered = await attempt(exchange, account, path, app.recordAttempt(exchange, account))
    if (!answered) await releaseSlot()
    return answered
  })

  app.decorate('forwardUnrecorded', (exchange: Exchange, account: UpstreamAccount, path: string) =>
    attempt(exchange, account, path, NOTHING_RECORDED)
  )
}

function describe(failure: UpstreamFailure): string {
  return failure.kind === 'refused' ? `status ${failure.status}` : failure.reason
}

export default fp(upstreamForwarding, {
  name: 'upstream-forwarding',
  fastify: '5.x',
  dependencies: ['config', 'account-selection', 'usage-recording']
})
