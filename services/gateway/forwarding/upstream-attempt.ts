import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { wordsOf } from '../../platform/error-words.ts'
import { codingOf, labelledCoding } from './response-form.ts'
import { ResponseIntake } from './response-intake.ts'
import type { ErrorInstead, RelayTarget, Unusable } from './response-relay.ts'
import type { Clock, Timer } from '../../platform/clock.ts'
import { decodeWhole } from './content-decoder.ts'
import type { OutgoingBody } from '../request/outgoing-body.ts'
import { ClientGoneError } from '../../platform/gateway-errors.ts'
import type { OwnTime } from '../request/own-time.ts'
import type { ConnectionWatch } from './upstream-pools.ts'
import { asPassingBody } from './passing-body.ts'

/** How one attempt at one account ended. */
export type AttemptResult =
  /**
   * The client has its response, whole or not: nothing more can be done for it. Its cost is recorded. `fault`: how the upstream
   * failed in the middle of it, null when it didn't; `errorEvent`: the error it contained, as an error response.
   */
  | { kind: 'answered'; status: number; fault: string | null; errorEvent: ErrorInstead | null }
  /** Nobody waits for the response any longer. `mayHaveCost`: the whole request was handed over. */
  | { kind: 'gone'; mayHaveCost: boolean }
  /** The upstream answered with an error, before any of a response was sent to the client. No tokens were spent. */
  | { kind: 'refused'; status: number; headers: IncomingHttpHeaders; body: Buffer }
  /**
   * No usable response came. `mayHaveCost`: the whole request was handed over, so it may have been processed. `isForeign`:
   * something else answered in the upstream's place, so it probably was not. `isStale`: the request went out on a connection that
   * the upstream was closing, and may go out once more on a fresh one.
   */
  | {
      kind: 'broken'
      reason: string
      mayHaveCost: boolean
      timedOut: boolean
      isForeign?: boolean
      stage: AttemptStage
      isStale: boolean
    }

/** How far an attempt had got: no connection yet, no response yet, or part of one. */
type AttemptStage = 'connecting' | 'waiting' | 'answering'

export interface AttemptOptions {
  dispatcher: Pick<Dispatcher, 'dispatch'>
  path: string
  headers: string[]
  target: RelayTarget
  /** Aborts when nobody waits for the response any longer: with a ClientGoneError where the client left. */
  clientGone: AbortSignal
  /** How long to read on for exact usage after the client is gone, in ms; 0 aborts at once. */
  drainMs: number
  headersTimeoutMs: number
  idleTimeoutMs: number
  /** The latest instant for the first byte of a response, by the clock's `uptime`; or null. */
  startBy: number | null
  /** The request may be sent again although it may have been processed. */
  mayRepeat: boolean
  /** Called when the response begins to go to the client, with its headers: no other account may answer from then on. */
  onCommitted: (headers: IncomingHttpHeaders) => void
  /** Measures which time is the upstream's and which is ours. */
  ownTime: OwnTime
  clock: Clock
}

class StartTimeoutError extends Error {}

/** An error response while it is being received. */
interface RefusedResponse {
  status: number
  headers: IncomingHttpHeaders
  chunks: Buffer[]
  bytes: number
}

/** How long an upstream may take to end a response that is complete, so that its connection can be used again. */
const LINGER_MS = 1000

/** A connection already closed by the other side reports it within a round trip, before anything was processed. */
const AT_ONCE_MS = 250

/** An error response longer than this is not the API's; its beginning is used. */
const MAX_ERROR_BODY_BYTES = 1_048_576

/** Sends one request upstream and relays its response to the client. Does not reject, and keeps `body` only until it is sent. */
export function runAttempt(body: OutgoingBody, options: AttemptOptions): Promise<AttemptResult> {
  const { promise, resolve } = Promise.withResolvers<AttemptResult>()
  const handler = new AttemptHandler(options, resolve)
  const { path, headersTimeoutMs, idleTimeoutMs } = options
  const headers = [...options.headers, 'content-length', String(body.bytes)]
  options.ownTime.pause()
  try {
    options.dispatcher.dispatch(
      {
        path,
        method: 'POST',
        headers,
        body: asPassingBody(body.content),
        headersTimeout: headersTimeoutMs,
        bodyTimeout: idleTimeoutMs,
        onConnection: (isUsed: boolean) => handler.onConnection(isUsed)
      } as ConnectionWatch & Dispatcher.DispatchOptions,
      handler
    )
  } catch (error) {
    handler.onResponseError(null, error as Error)
  }
  return promise
}

/** undici's callbacks for one request. They stay synchronous: a stream costs no promise per chunk. */
class AttemptHandler implements Dispatcher.DispatchHandler {
  readonly #options: AttemptOptions
  readonly #resolve: (result: AttemptResult) => void
  readonly #onClientGone = () => this.#clientLeft()
  readonly #onTaken = () => this.#afterPush()
  #controller: Dispatcher.DispatchController | null = null
  #intake: ResponseIntake | null = null
  #refusal: RefusedResponse | null = null
  #sent = false
  #isUsedConnection = false
  #sentAt = NaN
  #committed = false
  #done = false
  #startTimer: Timer | null = null
  #drainTimer: Timer | null = null
  #closeTimer: Timer | null = null
  /** When the current chunk arrived. */
  #cameAt = 0

  constructor(options: AttemptOptions, resolve: (result: AttemptResult) => void) {
    this.#options = options
    this.#resolve = resolve
    options.clientGone.addEventListener('abort', this.#onClientGone)
    if (options.startBy !== null) {
      const delayMs = Math.max(0, options.startBy - options.clock.uptime())
      this.#startTimer = options.clock.setTimer(() => this.#abort(new StartTimeoutError('no response began in time')), delayMs)
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#done) controller.abort(new ClientGoneError())
    else if (this.#options.clientGone.aborted) this.#clientLeft()
  }

  /** `isUsed`: the connection carried a request before. */
  onConnection(isUsed: boolean): void {
    this.#isUsedConnection = isUsed
    this.#sentAt = this.#options.clock.uptime()
  }

  onRequestSent(): void {
    this.#sent = true
    this.#sentAt = this.#options.clock.uptime()
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || this.#done) return
    // Two buffers a header, which undici would keep for as long as the stream is open.
    controller.rawHeaders = null
    const requestId = headers['request-id']
    this.#options.target.record.answered(status, typeof requestId === 'string' ? requestId : null)
    if (status >= 300) {
      this.#refusal = { status, headers, chunks: [], bytes: 0 }
      return
    }
    this.#intake = new ResponseIntake(status, headers, this.#options.target, controller)
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#done) return
    if (this.#refusal !== null) {
      this.#refusal.bytes += chunk.length
      if (this.#refusal.bytes <= MAX_ERROR_BODY_BYTES) this.#refusal.chunks.push(chunk)
      else this.#abort(new Error('the error response is too long'))
      return
    }
    this.#cameAt = this.#options.ownTime.now()
    this.#intake?.push(chunk, this.#onTaken)
  }

  onResponseEnd(): void {
    this.#closeTimer?.cancel()
    if (this.#done) return
    if (this.#refusal !== null) {
      void this.#finishRefused(this.#refusal)
      return
    }
    this.#cameAt = this.#options.ownTime.now()
    this.#intake?.end((problem) => this.#ended(problem))
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#closeTimer?.cancel()
    if (this.#done) return
    if (this.#options.clientGone.aborted) {
      this.#intake?.abandon()
      this.#finish({ kind: 'gone', mayHaveCost: this.#mayHaveCost() && this.#refusal === null })
    } else if (this.#refusal !== null) {
      void this.#finishRefused(this.#refusal)
    } else if (this.#intake?.committed === true) {
      this.#intake.cut()
      this.#finish(answeredBy(this.#intake))
    } else {
      this.#intake?.abandon()
      this.#finish(this.#brokenBy(error))
    }
  }

  /** An upstream may answer, and charge, before it has read the whole request. */
  #mayHaveCost(): boolean {
    return this.#sent || this.#intake !== null
  }

  #brokenBy(error: Error): AttemptResult {
    const stage = this.#stage()
    const isCutUnanswered = this.#isUsedConnection && stage === 'waiting' && isReset(error)
    const isAtOnce = isCutUnanswered && this.#options.clock.uptime() - this.#sentAt <= AT_ONCE_MS
    return {
      kind: 'broken',
      reason: wordsOf(error),
      mayHaveCost: this.#mayHaveCost() && !isAtOnce,
      timedOut: isTimeout(error),
      stage,
      isStale: isAtOnce || (isCutUnanswered && this.#options.mayRepeat)
    }
  }

  #stage(): AttemptStage {
    if (this.#intake !== null) return 'answering'
    return this.#controller === null ? 'connecting' : 'waiting'
  }

  #afterPush(): void {
    const intake = this.#intake
    if (this.#done || intake === null) return
    if (intake.committed) {
      this.#noteCommitted(intake)
      this.#options.ownTime.relayed(this.#cameAt)
      if (intake.over) this.#finishEarly(answeredBy(intake))
      else if (intake.closing) this.#awaitClose()
    } else if (intake.problem !== null) this.#abandon(intake.problem)
    else if (intake.errorInstead !== null) this.#refuse(intake, intake.errorInstead)
  }

  /** The response came to its end, and with it the upstream's connection is free again. */
  #ended(problem: Unusable | null): void {
    const intake = this.#intake
    if (this.#done || intake === null) return
    if (problem !== null) this.#finish(unusable(problem))
    else if (intake.errorInstead !== null) this.#refuse(intake, intake.errorInstead)
    else {
      this.#noteCommitted(intake)
      this.#finish(answeredBy(intake))
    }
  }

  #noteCommitted(intake: ResponseIntake): void {
    if (this.#committed) return
    this.#committed = true
    this.#options.ownTime.began(this.#cameAt)
    this.#startTimer?.cancel()
    this.#options.onCommitted(intake.headers)
  }

  /** The client has all of its response, so nothing is held any longer; the upstream may end its own in a moment. */
  #finishEarly(result: AttemptResult): void {
    this.#finish(result)
    this.#controller?.resume()
    this.#awaitClose()
  }

  #awaitClose(): void {
    this.#closeTimer ??= this.#options.clock.setTimer(() => {
      const intake = this.#intake
      if (!this.#done && intake !== null) {
        intake.conclude()
        this.#finish(answeredBy(intake))
      }
      this.#controller?.abort(new Error('the upstream did not end its response'))
    }, LINGER_MS)
  }

  #refuse({ headers }: ResponseIntake, { status, body }: ErrorInstead): void {
    this.#finish({ kind: 'refused', status, headers: { ...withoutCoding(headers), 'content-type': 'application/json' }, body })
    this.#controller?.abort(new Error('an error came in place of a response'))
  }

  #abandon(problem: Unusable): void {
    this.#finish(unusable(problem))
    this.#controller?.abort(new Error(problem.reason))
  }

  #clientLeft(): void {
    if (this.#done) return
    const { drainMs, clock, clientGone } = this.#options
    this.#intake?.detach()
    if (drainMs > 0 && this.#mayHaveCost() && clientGone.reason instanceof ClientGoneError) {
      this.#drainTimer = clock.setTimer(() => this.#abort(new ClientGoneError()), drainMs)
    } else this.#abort(new ClientGoneError())
  }

  #abort(reason: Error): void {
    if (this.#controller === null) this.onResponseError(null, reason)
    else this.#controller.abort(reason)
  }

  /** An error response is read here, so one that is compressed, labelled or not, is decoded; a broken one stays as it is. */
  async #finishRefused({ status, headers, chunks }: RefusedResponse): Promise<void> {
    const body = Buffer.concat(chunks)
    const coding = codingOf(body, labelledCoding(headers))
    const decoded = coding === null ? body : await decodeWhole(body, coding)
    if (this.#done) return
    if (decoded === null) this.#finish({ kind: 'refused', status, headers, body })
    else this.#finish({ kind: 'refused', status, headers: withoutCoding(headers), body: decoded })
  }

  #finish(result: AttemptResult): void {
    this.#done = true
    this.#options.ownTime.resume()
    this.#startTimer?.cancel()
    this.#drainTimer?.cancel()
    this.#options.clientGone.removeEventListener('abort', this.#onClientGone)
    this.#resolve(result)
  }
}

function answeredBy({ status, fault, errorEvent }: ResponseIntake): AttemptResult {
  return { kind: 'answered', status, fault, errorEvent }
}

const unusable = (problem: Unusable): AttemptResult => ({
  kind: 'broken',
  ...problem,
  timedOut: false,
  stage: 'answering',
  isStale: false
})

function withoutCoding(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const decoded = { ...headers }
  delete decoded['content-encoding']
  return decoded
}

const RESETS = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET'])

const isReset = (error: Error) => RESETS.has((error as NodeJS.ErrnoException).code ?? '')

function isTimeout(error: Error): boolean {
  const code = (error as NodeJS.ErrnoException).code
  return error instanceof StartTimeoutError || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT'
}
