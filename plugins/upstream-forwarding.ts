import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { CredentialUnavailableError } from '../services/accounts/credential-keeper.ts'
import { authorizationHeaders } from '../services/accounts/credentials.ts'
import { isAccountsFault, type UpstreamReport } from '../services/accounts/upstream-report.ts'
import { detailOfCall, reportOfCall } from '../services/forwarding/call-report.ts'
import type { AttemptRecorder } from '../services/usage/attempt-recorder.ts'
import { withModel } from '../services/request/envelope.ts'
import type { Exchange } from '../services/request/exchange.ts'
import { attemptOutcome } from '../services/metrics/labels.ts'
import { startDeadline } from '../services/request/start-deadline.ts'
import { clientHeaders, upstreamHeaders } from '../services/forwarding/forwarded-headers.ts'
import { withoutCredential } from '../services/forwarding/quoted-credential.ts'
import { unlessAborted } from '../services/abortable.ts'
import { ClientGoneError, startTimedOut } from '../services/gateway-errors.ts'
import { runAttempt, type AttemptResult } from '../services/forwarding/upstream-attempt.ts'
import type { UpstreamFailure } from '../services/forwarding/upstream-failures.ts'
import type { ChosenAccount } from './account-selection.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Sends the request to the account and relays its answer. Resolves to true when the exchange is answered, to false
     * when another account may be tried; rejects with what the client is to be told when none may.
     */
    forward: (exchange: Exchange, chosen: ChosenAccount, path: string) => Promise<boolean>
    /** The same for `count_tokens`, of which nothing is recorded and which says nothing of an account's limits. */
    forwardUnrecorded: (exchange: Exchange, chosen: ChosenAccount, path: string) => Promise<boolean>
  }
}

/** How one request goes out. */
interface Sending {
  exchange: Exchange
  chosen: ChosenAccount
  path: string
  isRecorded: boolean
}

/** One call upstream: what it was sent with, how it ended, and what that says of the account. */
interface Call {
  startedAt: number
  credential: Record<string, string>
  result: AttemptResult
  /** Null when it says nothing. */
  seen: UpstreamReport | null
  /** False when there was no credential to send with. */
  wasSent: boolean
}

const NOTHING_RECORDED: AttemptRecorder = {
  answered() {},
  firstByte() {},
  observe() {},
  close() {},
  void() {}
}

/** Whether the sign-in itself has ended is not known then. */
const RENEWAL_FAILED: UpstreamReport = { kind: 'failed', reason: 'its sign-in was refused and could not be renewed' }

async function upstreamForwarding(app: FastifyInstance) {
  const { config, clock, upstreamPools, credentialKeeper, headerProfiles, accountHealth, accountDirectory } = app

  /** A request whose answer can no longer begin in time is not sent at all. */
  function refuseIfTooLate(exchange: Exchange): void {
    if (clock.now() >= startDeadline(exchange, config)) throw startTimedOut()
  }

  /** Not async: its frame would keep the body for as long as the answer takes. */
  function dispatch(sending: Sending, credential: Record<string, string>, record: AttemptRecorder): Promise<AttemptResult> {
    const { exchange, chosen, path } = sending
    const { account, upstreamModel } = chosen
    const { request } = exchange
    const { body, encoded } = withModel(request, upstreamModel)
    const headers = account.headerProfile ? headerProfiles.observeAndApply(account.id, exchange.headers) : exchange.headers
    const startBy = startDeadline(exchange, config)
    return runAttempt(body, {
      dispatcher: upstreamPools.dispatcherFor(account.origin, account.proxy),
      path: account.basePath + path,
      headers: upstreamHeaders(headers, credential, { keepContentEncoding: encoded, oauth: account.type !== 'api-key' }),
      target: {
        client: exchange.stream,
        record,
        requestedModel: upstreamModel === request.model ? null : request.model,
        acceptEncoding: exchange.headers['accept-encoding']
      },
      clientGone: exchange.gone,
      drainMs: config.usageDrainMs,
      headersTimeoutMs: request.stream ? config.upstreamHeadersTimeoutMs : Math.max(1, startBy - clock.now()),
      idleTimeoutMs: config.upstreamIdleTimeoutMs,
      startBy,
      onCommitted: (answerHeaders) => report(sending, { kind: 'answering' }, answerHeaders),
      ownTime: exchange.ownTime,
      clock
    })
  }

  async function send(sending: Sending, record: AttemptRecorder): Promise<Omit<Call, 'seen'>> {
    const { exchange, chosen } = sending
    const startedAt = clock.now()
    try {
      const credential = await unlessAborted(exchange.gone, credentialKeeper.headersFor(chosen.account))
      return { startedAt, credential, result: await dispatch(sending, credential, record), wasSent: true }
    } catch (error) {
      if (exchange.gone.aborted) {
        return { startedAt, credential: {}, result: { kind: 'gone', mayHaveCost: false }, wasSent: false }
      }
      if (error instanceof CredentialUnavailableError) {
        const result = { kind: 'broken', reason: error.message, mayHaveCost: false, timedOut: false } as const
        return { startedAt, credential: {}, result, wasSent: false }
      }
      record.void()
      throw error
    }
  }

  /** Writes down what an attempt without an answer may have cost. */
  function recordEnd(result: AttemptResult, record: AttemptRecorder, clientLeft: boolean): void {
    if (result.kind === 'answered') return
    if (result.kind === 'refused' || !result.mayHaveCost) record.void()
    else if (result.kind === 'gone') record.close(clientLeft ? 'client_closed' : 'interrupted')
    else record.close(result.timedOut ? 'upstream_error' : 'upstream_cut')
  }

  /** Tells the account's health what was seen of it. `count_tokens` has limits of its own, which say nothing of the account's. */
  function report(
    { exchange, chosen, isRecorded }: Sending,
    seen: UpstreamReport,
    headers: IncomingHttpHeaders | null,
    isLastUsable = false
  ): void {
    if (!isRecorded && seen.kind !== 'unauthorized') return
    const { account, upstreamModel } = chosen
    const changes = accountHealth.report(account.id, upstreamModel, seen, {
      headers,
      isLastUsable,
      holder: exchange.id,
      countsFailure: exchange.attempts.every(({ accountId }) => accountId === account.id)
    })
    app.noteHealth(account, changes, { actor: 'sluice', exchangeId: exchange.id })
  }

  function noteAttempt({ exchange, chosen }: Sending, { startedAt, result, seen }: Call): void {
    exchange.trace.attempt({
      attempt: exchange.attempts.length + 1,
      account: chosen.account.name,
      upstreamModel: chosen.upstreamModel,
      startedAt,
      durationMs: clock.now() - startedAt,
      status: result.kind === 'refused' || result.kind === 'answered' ? result.status : null,
      result: result.kind,
      detail: detailOfCall(result, seen),
      upstreamRequestId: result.kind === 'refused' ? requestIdOf(result.headers) : null
    })
  }

  /** A non-streaming request that may have been worked on is not sent again: it would be paid twice. */
  function mayTryAnother({ exchange, isRecorded }: Sending, failure: UpstreamFailure): boolean {
    if (exchange.failedCalls >= config.maxAttempts || exchange.asked.pinned) return false
    if (failure.kind === 'refused' || !isRecorded || exchange.asked.stream) return true
    return !failure.mayHaveCost || failure.isForeign === true
  }

  async function call(sending: Sending, record: AttemptRecorder): Promise<Call> {
    const { exchange } = sending
    exchange.calls += 1
    const sent = await send(sending, record)
    const seen = reportOfCall(sent.result, {
      nowMs: clock.now(),
      tookMs: clock.now() - sent.startedAt,
      // A plain answer takes as long as its text, and its client says how long it waits.
      shortestTimeoutMs: exchange.asked.stream ? config.startTimeoutMs / 2 : Infinity,
      body: exchange.envelope?.json ?? null,
      credential: sent.credential
    })
    const made = { ...sent, seen }
    recordEnd(made.result, record, exchange.gone.reason instanceof ClientGoneError)
    noteAttempt(sending, made)
    app.metrics.attempted(sending.chosen.account.name, attemptOutcome(made.result, made.wasSent))
    return made
  }

  /** Sends once. `isOver`: the exchange is answered, or nobody is there to be; else its account has failed it. */
  async function attempt(sending: Sending): Promise<{ isOver: boolean; made: Call }> {
    const { exchange, chosen } = sending
    const made = await call(sending, sending.isRecorded ? app.recordAttempt(exchange, chosen) : NOTHING_RECORDED)
    const { result, seen } = made
    if (result.kind === 'gone' && !(exchange.gone.reason instanceof ClientGoneError)) throw exchange.gone.reason
    if (result.kind === 'answered' || result.kind === 'gone') {
      if (result.kind === 'answered') exchange.ending = result.fault === null ? 'completed' : 'cut'
      if (seen !== null) report(sending, seen, null)
      return { isOver: true, made }
    }
    if (result.kind === 'refused' && seen !== null && !isAccountsFault(seen)) {
      report(sending, seen, result.headers)
      exchange.ending = 'upstream_refused'
      const { headers, body } = withoutCredential(result, made.credential)
      exchange.stream.passError(result.status, clientHeaders(headers), body)
      return { isOver: true, made }
    }
    exchange.attempts.push({ accountId: chosen.account.id, failure: result, wasSent: made.wasSent })
    const failure = detailOfCall(result, seen)
    app.log.warn({ exchange: exchange.id, account: chosen.account.name, failure }, 'an upstream attempt failed')
    return { isOver: false, made }
  }

  /** A sign-in that was refused may have been renewed meanwhile, or can be. */
  async function renew({ exchange, chosen }: Sending, { credential, result }: Call) {
    if (result.kind !== 'refused' || result.status !== 401 || chosen.account.type !== 'oauth') return null
    const usedToken = (credential['authorization'] ?? '').replace(/^Bearer /, '')
    return await unlessAborted(exchange.gone, credentialKeeper.refreshAfterRefusal(chosen.account, usedToken))
  }

  /** Whether the credential that was refused has been replaced meanwhile, so that the refusal says nothing any more. */
  async function hasOtherCredential({ account }: ChosenAccount, used: Record<string, string>): Promise<boolean> {
    if (account.type === 'oauth') return false // it was renewed, or could not be
    const current = await accountDirectory.find(account.id).catch(() => null)
    const headers = current === null ? null : authorizationHeaders(current.credentials)
    return headers !== null && Object.entries(headers).some(([name, value]) => used[name] !== value)
  }

  /** Sends, and with a renewed sign-in once more to the same account; tells the account's health how it went. */
  async function attemptAccount(sending: Sending): Promise<boolean> {
    const { exchange, chosen } = sending
    let { isOver, made } = await attempt(sending)
    if (isOver) return true
    const renewal = await renew(sending, made)
    if (renewal === 'refreshed') {
      if (exchange.failedCalls >= config.maxAttempts) return false
      refuseIfTooLate(exchange)
      ;({ isOver, made } = await attempt(sending))
      if (isOver) return true
    }
    const seen = renewal === 'failed' ? RENEWAL_FAILED : made.seen
    if (seen !== null && !(seen.kind === 'unauthorized' && (await hasOtherCredential(chosen, made.credential)))) {
      const headers = made.result.kind === 'refused' ? made.result.headers : null
      const isLastUsable = seen.kind === 'overloaded' && (await app.isLastUsable(exchange, chosen.account.id))
      report(sending, seen, headers, isLastUsable)
    }
    await app.releaseProbe(exchange)
    return false
  }

  async function forwardTo(sending: Sending): Promise<boolean> {
    const { exchange, chosen } = sending
    refuseIfTooLate(exchange)
    if (await attemptAccount(sending)) return true
    const { failure } = exchange.attempts.at(-1)!
    if (!mayTryAnother(sending, failure)) throw await app.lastFailure(exchange)
    refuseIfTooLate(exchange)
    await chosen.releaseSlot()
    return false
  }

  app.decorate('forward', (exchange: Exchange, chosen: ChosenAccount, path: string) =>
    forwardTo({ exchange, chosen, path, isRecorded: true })
  )

  app.decorate('forwardUnrecorded', (exchange: Exchange, chosen: ChosenAccount, path: string) =>
    forwardTo({ exchange, chosen, path, isRecorded: false })
  )
}

function requestIdOf(headers: IncomingHttpHeaders): string | null {
  const id = headers['request-id']
  return typeof id === 'string' ? id : null
}

export default fp(upstreamForwarding, {
  name: 'upstream-forwarding',
  fastify: '5.x',
  dependencies: [
    'config',
    'metrics',
    'upstream-pools',
    'accounts',
    'account-credentials',
    'header-profiles',
    'account-selection',
    'usage-recording'
  ]
})
