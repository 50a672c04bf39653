import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { AttemptRecorder } from '../../money/usage/attempt-recorder.ts'
import { labelledForm, type ResponseForm } from './response-form.ts'
import type { ClientStream } from './client-stream.ts'
import { acceptsCoding } from './content-decoder.ts'
import { clientHeaders } from './forwarded-headers.ts'
import type { Outcome } from '../../money/usage/usage-facts.ts'

/** Where a response goes and who learns what it cost. */
export interface RelayTarget {
  client: ClientStream
  record: AttemptRecorder
  /** The name the client used for a mapped model, to be restored in the response; null when nothing was mapped. */
  requestedModel: string | null
  acceptEncoding: string | undefined
}

/** The head of a 2xx response, and what its first bytes say about the rest. */
interface UpstreamResponse {
  status: number
  headers: IncomingHttpHeaders
  coding: string | null
}

/** Why this is no response to pass on. */
export interface Unusable {
  reason: string
  /** The upstream may have done work for it. */
  mayHaveCost: boolean
  /** Something else answered in the upstream's place: a login page, a proxy. */
  isForeign?: boolean
}

/** An error that the upstream sent in place of a response, as the error response it should have been. */
export interface ErrorInstead {
  status: number
  body: Buffer
}

export type RelayController = Pick<Dispatcher.DispatchController, 'pause' | 'resume' | 'abort'>

/**
 * Carries one 2xx response from the upstream to the client. Every byte passes unchanged; each is shown to the usage tap first, so
 * that the journal knows the cost before the client has the last bytes.
 */
export abstract class ResponseRelay {
  /** True once bytes of the response were sent to the client: from then on no other account may answer. */
  committed = false
  /** The response says it is complete, whatever the upstream's connection does; anything after it is not passed on. */
  over = false
  /** The response is complete, but the end of its coding or last line may still come. */
  closing = false
  /** How the upstream failed in the middle of the response; null when it didn't. */
  fault: string | null = null
  protected readonly target: RelayTarget
  protected readonly controller: RelayController
  protected readonly response: UpstreamResponse
  protected detached = false
  protected abstract readonly form: ResponseForm

  constructor(response: UpstreamResponse, target: RelayTarget, controller: RelayController) {
    this.response = response
    this.target = target
    this.controller = controller
  }

  abstract get errorInstead(): ErrorInstead | null

  /** The same for an error that came in the middle of the response, and was passed on. */
  get errorEvent(): ErrorInstead | null {
    return null
  }

  /** The client is gone: read on without writing. */
  detach(): void {
    this.detached = true
    this.controller.resume()
  }

  /** Takes a chunk, raw and decoded. False when the client lags, so that the upstream was paused. */
  abstract take(raw: Buffer, decoded: Buffer): boolean

  /** The upstream ended its response, or ran out of time to end a complete one. */
  abstract finish(): Unusable | null

  /** The upstream broke off after bytes of its response were sent to the client. */
  abstract cut(): void

  /**
   * Whether the client gets the response in its original coding. To be asked once, when the response begins to go out: our own
   * pings may have begun the client's stream meanwhile, which is not coded.
   */
  protected passesCoding(): boolean {
    const { coding } = this.response
    const { requestedModel, client, acceptEncoding } = this.target
    return coding !== null && requestedModel === null && !client.begun && acceptsCoding(acceptEncoding, coding)
  }

  /** The outcome of a complete response: it may have been read to its end only for its usage. */
  protected completed(): Outcome {
    return this.detached ? 'client_closed' : 'completed'
  }

  /** The upstream's headers, corrected where they do not describe the bytes. */
  protected responseHeaders(isCoded: boolean): OutgoingHttpHeaders {
    const { headers, coding } = this.response
    // Left out and not deleted afterwards: what had something deleted is a dictionary to V8, and slow to copy and send.
    const passed = clientHeaders(headers, OF_BYTES)
    if (labelledForm(headers) !== this.form) passed['content-type'] = CONTENT_TYPE[this.form]
    if (isCoded && coding !== null) passed['content-encoding'] = coding
    return passed
  }
}

/** What is sent may differ in both: decoded, with another model's name, or with an error event at its end. */
const OF_BYTES = ['content-encoding', 'content-length']

const CONTENT_TYPE = { events: 'text/event-stream', json: 'application/json', other: undefined } as const

/** The status that an error of this type comes with (Messages API: errors). */
export const statusOfType = (type: string | undefined) => STATUS_OF_TYPE.get(type ?? '') ?? 500

const STATUS_OF_TYPE = new Map([
  ['invalid_request_error', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['conflict_error', 409],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['timeout_error', 504],
  ['overloaded_error', 529]
])
