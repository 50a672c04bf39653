import type { IncomingHttpHeaders } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import { unlessAborted } from '../../platform/abortable.ts'
import type { UpstreamAccount } from '../accounts/account-directory.ts'
import type { Sign } from '../accounts/account-health.ts'
import { CredentialUnavailableError, type CredentialKeeper } from '../accounts/credential-keeper.ts'
import { authorizationHeaders } from '../../resources/accounts/credentials.ts'
import { verdict, type Verdict } from '../accounts/verdicts.ts'
import type { Clock } from '../../platform/clock.ts'
import { ClientGoneError, startTimedOut } from '../../platform/gateway-errors.ts'
import { attemptOutcome, type AttemptOutcome } from '../request/outcomes.ts'
import type { Exchange, ExchangeAttempt } from '../request/exchange.ts'
import { startDeadline } from '../request/start-deadline.ts'
import type { AttemptRecorder } from '../../money/usage/attempt-recorder.ts'
import type { AccountChooser, ChosenAccount } from './account-chooser.ts'
import { lackOfCredential, verdictOfCall } from './call-verdict.ts'
import { withoutCredential } from './quoted-credential.ts'
import type { AttemptResult } from './upstream-attempt.ts'

/** How one request is sent. */
export interface Sending {
  exchange: Exchange
  chosen: ChosenAccount
  path: string
  /** False for `count_tokens`, which is not recorded and says nothing about an account's limits. */
  isRecorded: boolean
}

/** What is known besides the sign. */
type Seen = Pick<ReportedSign, 'headers' | 'isLastUsable'> & Pick<Turn, 'lacking'>

/** How a request is sent once. */
export interface WireOptions {
  credential: Record<string, string>
  record: AttemptRecorder
  /** On a new connection, not one that was used before. */
  isFresh: boolean
  /** Called when the response begins to go to the client, with its headers. */
  onCommitted: (headers: IncomingHttpHeaders) => void
}

export interface ReportedSign {
  accountId: string
  accountName: string
  upstreamModel: string
  sign: Sign
  headers: IncomingHttpHeaders | null
  isLastUsable: boolean
  /** False for a failure that counts elsewhere or was counted before. */
  countsFailure: boolean
}

interface ForwarderOptions {
  config: { maxAttempts: number; startTimeoutMs: number }
  clock: Clock
  /** The clock that the accounts' cooldowns use. */
  healthClock: Pick<Clock, 'now'>
  log: Pick<Logger, 'warn'>
  credentials: Pick<CredentialKeeper, 'headersFor' | 'refreshAfterRefusal'>
  accounts: { find: (accountId: string) => Promise<UpstreamAccount | null> }
  /** Never rejects. An async function must not await it: its frame would keep the body until the response ends. */
  wire: (sending: Sending, options: WireOptions) => Promise<AttemptResult>
  recorderFor: (exchange: Exchange, chosen: ChosenAccount) => AttemptRecorder
  /** Reports to the account's health what was seen. */
  report: (exchange: Exchange, reported: ReportedSign) => void
  chooser: Pick<AccountChooser, 'isLastUsable' | 'releaseProbe' | 'lastFailure'>
  counted: (account: string, outcome: AttemptOutcome) => void
}

/** One call to the upstream: what was sent, and how it ended. */
interface Call {
  startedAt: number
  /** The same by the clock's `uptime`. */
  startedUptime: number
  credential: Record<string, string>
  result: AttemptResult
  /** Why there was no credential to send; null when the request was sent. */
  lacking: CredentialUnavailableError | null
}

/** The result of a call. `verdict` is null when it was answered, or nobody waits any longer. */
interface Judged extends Call {
  verdict: Verdict | null
}

/** The result of a turn at an account: its last call, and what that says about the account; null when it says nothing. */
interface Turn {
  judged: Judged
  verdict: Verdict | null
  lacking: CredentialUnavailableError | null
}

type FailedCall = Judged & { verdict: Verdict; result: Extract<AttemptResult, { kind: 'refused' | 'broken' }> }

const NOTHING_RECORDED: AttemptRecorder = { answered() {}, firstByte() {}, observe() {}, close() {}, void() {} }

const RENEWAL_FAILED = 'its sign-in was refused and could not be renewed'
const RENEWED_TOO_LATE = 'its sign-in was refused, and renewed when no try was left'

export interface Forwarder {
  /**
   * Sends the request to the account and relays its response. Resolves to true when the exchange is answered, to false when
   * another account may be tried; rejects with the error for the client when none may.
   */
  forward: (sending: Sending) => Promise<boolean>
}

/** One account's turn at a request: send, judge, report to the account's health, decide what comes next. */
export function createForwarder(options: ForwarderOptions): Forwarder {
  const { config, clock, log, credentials, chooser } = options
  const counted = new WeakSet<CredentialUnavailableError>()

  /** A request whose response could no longer begin in time is not sent. */
  function refuseIfTooLate(exchange: Exchange): void {
    if (clock.uptime() >= startDeadline(exchange, config)) throw startTimedOut()
  }

  async function send(sending: Sending, isFresh: boolean): Promise<Call & { record: AttemptRecorder }> {
    const { exchange, chosen } = sending
    const record = sending.isRecorded ? options.recorderFor(exchange, chosen) : NOTHING_RECORDED
    const began = { startedAt: clock.now(), startedUptime: clock.uptime() }
    const onCommitted = (headers: IncomingHttpHeaders) => noteAnswering(sending, headers)
    try {
      const headers = credentials.headersFor(chosen.account)
      // A key is available at once; a sign-in may have to be renewed.
      const credential = await (chosen.account.type === 'oauth' ? unlessAborted(exchange.gone, headers) : headers)
      const result = await options.wire(sending, { credential, record, isFresh, onCommitted })
      return { ...began, credential, result, record, lacking: null }
    } catch (error) {
      const unsent = { ...began, credential: {}, record }
      if (exchange.gone.aborted) return { ...unsent, lacking: null, result: { kind: 'gone', mayHaveCost: false } }
      if (error instanceof CredentialUnavailableError) {
        const result = {
          kind: 'broken',
          reason: error.message,
          mayHaveCost: false,
          timedOut: false,
          stage: 'connecting',
          isStale: false
        } as const
        return { ...unsent, lacking: error, result }
      }
      record.void()
      throw error
    }
  }

  function judge({ exchange, chosen }: Sending, { startedUptime, credential, result, lacking }: Call): Verdict | null {
    return verdictOfCall(result, {
      nowMs: options.healthClock.now(),
      tookMs: clock.uptime() - startedUptime,
      // A plain response takes as long as its whole text, and its client states how long it waits.
      shortestTimeoutMs: exchange.envelope.stream ? config.startTimeoutMs / 2 : Infinity,
      model: chosen.upstreamModel,
      speed: exchange.envelope.speed,
      body: textOf(exchange),
      isSignIn: chosen.account.type === 'oauth',
      credential,
      lacking
    })
  }

  /** Records what an attempt without a response may have cost. */
  function recordEnd(result: AttemptResult, record: AttemptRecorder, clientLeft: boolean): void {
    if (result.kind === 'answered') return
    if (result.kind === 'refused' || !result.mayHaveCost) record.void()
    else if (result.kind === 'gone') record.close(clientLeft ? 'client_closed' : 'interrupted')
    else record.close(result.timedOut ? 'upstream_error' : 'upstream_cut')
  }

  function trace({ exchange, chosen, isRecorded }: Sending, { startedAt, startedUptime, result, verdict }: Judged): void {
    exchange.trace.attempt({
      attempt: exchange.attempts.length + 1,
      account: chosen.account.name,
      upstreamModel: chosen.upstreamModel,
      startedAt,
      durationMs: clock.uptime() - startedUptime,
      status: result.kind === 'refused' || result.kind === 'answered' ? result.status : null,
      result: result.kind,
      verdict: verdict === null ? null : verdict.ruling,
      detail: verdict?.reason ?? null,
      mayHaveCost: isRecorded && mayHaveCost(result),
      upstreamRequestId: result.kind === 'refused' ? requestIdOf(result.headers) : null
    })
  }

  /** Sends once and puts on record how it went. */
  async function call(sending: Sending, isFresh = false): Promise<Judged> {
    const { exchange, chosen } = sending
    exchange.calls += 1
    const { record, ...sent } = await send(sending, isFresh)
    const judged = { ...sent, verdict: judge(sending, sent) }
    recordEnd(sent.result, record, exchange.gone.reason instanceof ClientGoneError)
    trace(sending, judged)
    options.counted(chosen.account.name, attemptOutcome(sent.result, judged.verdict))
    if (isFailed(judged)) exchange.attempts.push(attemptOf(sending, judged))
    return judged
  }

  function attemptOf({ chosen }: Sending, { result, verdict, credential, lacking }: FailedCall): ExchangeAttempt {
    const response = result.kind === 'refused' ? { status: result.status, ...withoutCredential(result, credential) } : null
    const counts = lacking === null && !isStale(result)
    return {
      accountId: chosen.account.id,
      upstreamModel: chosen.upstreamModel,
      accountName: chosen.account.name,
      verdict,
      response,
      counts
    }
  }

  /** The request went out on an idle connection that was being closed: sent once more on a fresh one. */
  async function callOnce(sending: Sending): Promise<Judged> {
    const first = await call(sending)
    if (!isFailed(first) || !isStale(first.result) || clock.uptime() >= startDeadline(sending.exchange, config)) return first
    return await call(sending, true)
  }

  /** A sign-in that was refused may have been renewed meanwhile, or can be. */
  async function renew({ exchange, chosen }: Sending, { credential, result }: Judged) {
    if (result.kind !== 'refused' || result.status !== 401 || chosen.account.type !== 'oauth') return null
    const usedToken = (credential['authorization'] ?? '').replace(/^Bearer /, '')
    return await unlessAborted(exchange.gone, credentials.refreshAfterRefusal(chosen.account, usedToken))
  }

  /** Sends, and once more with a renewed sign-in. */
  async function callSignedIn(sending: Sending): Promise<Turn> {
    const { exchange } = sending
    const judged = await callOnce(sending)
    const renewal = isFailed(judged) ? await renew(sending, judged) : null
    if (renewal === null) return { judged, verdict: judged.verdict, lacking: judged.lacking }
    if (renewal !== 'refreshed') {
      const known = lackOfCredential(renewal, RENEWAL_FAILED)
      return { judged, verdict: toldOtherwise(exchange, known), lacking: renewal }
    }
    if (exchange.failedCalls >= config.maxAttempts) {
      toldOtherwise(exchange, verdict('no credential', RENEWED_TOO_LATE))
      return { judged, verdict: null, lacking: null }
    }
    refuseIfTooLate(exchange)
    const again = await callOnce(sending)
    return { judged: again, verdict: again.verdict, lacking: again.lacking }
  }

  /** Notes what the last attempt is now known to mean; the client need not give up over a sign-in that was renewed. */
  function toldOtherwise({ attempts }: Exchange, verdict: Verdict): Verdict {
    const last = attempts.at(-1)
    if (last !== undefined) last.verdict = verdict
    return verdict
  }

  /** Whether the refused credential has been replaced meanwhile, so that the refusal no longer matters. */
  async function hasOtherCredential({ account }: ChosenAccount, used: Record<string, string>): Promise<boolean> {
    if (account.type === 'oauth') return false // it was renewed, or could not be
    const current = await options.accounts.find(account.id).catch(() => null)
    const headers = current === null ? null : authorizationHeaders(current.credentials, current.auth)
    return headers !== null && !isDeepStrictEqual(headers, used)
  }

  /** If one account could not do it and another does, the first one lacks it. */
  function noteAnswering(sending: Sending, headers: IncomingHttpHeaders): void {
    const { exchange, chosen } = sending
    for (const { accountId, accountName, upstreamModel, verdict } of exchange.attempts) {
      if (verdict.consequence !== 'forbidden, if another answers' || accountId === chosen.account.id || !sending.isRecorded)
        continue
      const sign = { ...verdict, consequence: 'forbidden' as const }
      const seen = { headers: null, isLastUsable: false, countsFailure: false }
      options.report(exchange, { accountId, accountName, upstreamModel, sign, ...seen })
    }
    report(sending, 'answering', { headers })
  }

  function report({ exchange, chosen, isRecorded }: Sending, sign: Sign, seen: Partial<Seen> = {}) {
    const saysOfAccount = typeof sign === 'object' && (sign.consequence === 'unauthorized' || sign.consequence === 'error')
    if (!isRecorded && !saysOfAccount) return
    const { headers = null, isLastUsable = false, lacking = null } = seen
    const { account, upstreamModel } = chosen
    const countsFailure = lacking === null ? isFirstAccount(exchange, account.id) : isFirstOf(lacking)
    const of = { accountId: account.id, accountName: account.name, upstreamModel }
    options.report(exchange, { ...of, sign, headers, isLastUsable, countsFailure })
  }

  /** A request that has failed elsewhere may itself be at fault. */
  const isFirstAccount = ({ attempts }: Exchange, accountId: string) => attempts.every((tried) => tried.accountId === accountId)

  /** A sign-in that cannot be renewed is no request's fault, and counts once, however many requests hit it. */
  function isFirstOf(fault: CredentialUnavailableError): boolean {
    const isFirst = !counted.has(fault)
    counted.add(fault)
    return isFirst
  }

  async function reportFailure(sending: Sending, { judged, lacking }: Turn, verdict: Verdict): Promise<void> {
    const { exchange, chosen } = sending
    const isRefused = verdict.consequence === 'unauthorized' || verdict.consequence === 'error'
    if (verdict.ruling === 'own patience' || (isRefused && (await hasOtherCredential(chosen, judged.credential)))) return
    const headers = judged.result.kind === 'refused' ? judged.result.headers : null
    const isLastUsable = verdict.consequence === 'overloaded' && (await chooser.isLastUsable(exchange, chosen.account.id))
    report(sending, verdict, { headers, isLastUsable, lacking })
  }

  /** Whether the exchange has its response, whole or not, or nobody is left to receive one. */
  function isOver(sending: Sending, { result, verdict }: Judged): boolean {
    const { exchange } = sending
    if (result.kind === 'gone' && !(exchange.gone.reason instanceof ClientGoneError)) throw exchange.gone.reason
    if (result.kind !== 'answered') return result.kind === 'gone'
    exchange.ending = result.fault === null ? 'completed' : 'cut'
    return verdict === null
  }

  /**
   * A failure limits how many others may be tried, and a plain request that may have been processed is not sent again: it would
   * be paid for twice.
   */
  function mayTryAnother({ exchange, isRecorded }: Sending, { verdict, result }: FailedCall): boolean {
    if (
      exchange.failedCalls >= config.maxAttempts ||
      exchange.envelope.pinned ||
      exchange.threadHome !== null ||
      verdict.ask === 'none'
    )
      return false
    if (verdict.ask === 'one' && exchange.attempts.filter((attempt) => attempt.verdict.ask === 'one').length > 1) return false
    if (result.kind === 'refused' || !isRecorded || exchange.envelope.stream) return true
    return !result.mayHaveCost || result.isForeign === true
  }

  return {
    async forward(sending) {
      const { exchange, chosen } = sending
      refuseIfTooLate(exchange)
      const turn = await callSignedIn(sending)
      const { judged, verdict } = turn
      if (isOver(sending, judged)) {
        if (judged.result.kind === 'answered') report(sending, 'alive')
        return true
      }
      if (verdict !== null) await reportFailure(sending, turn, verdict)
      if (!isFailed(judged)) return true // it broke off in its response
      if (judged.verdict.told !== 'verbatim') {
        const failure = `${judged.verdict.ruling}: ${judged.verdict.reason}`
        log.warn({ exchange: exchange.id, account: chosen.account.name, failure }, 'an upstream attempt failed')
      }
      await chooser.releaseProbe(exchange)
      if (!mayTryAnother(sending, judged)) throw await chooser.lastFailure(exchange)
      refuseIfTooLate(exchange)
      await chosen.releaseSlot()
      return false
    }
  }
}

const isFailed = (judged: Judged): judged is FailedCall => judged.result.kind === 'refused' || judged.result.kind === 'broken'

const mayHaveCost = (result: AttemptResult) => result.kind === 'answered' || (result.kind !== 'refused' && result.mayHaveCost)

const isStale = (result: AttemptResult) => result.kind === 'broken' && result.isStale

/** Text that an error may quote; a compressed body cannot be searched. */
function textOf({ requestIfHeld: request }: Exchange): readonly Buffer[] | 'compressed' | null {
  if (request === null) return null
  return request.coding === null ? request.body.pieces : 'compressed'
}

function requestIdOf(headers: IncomingHttpHeaders): string | null {
  const id = headers['request-id']
  return typeof id === 'string' ? id : null
}
