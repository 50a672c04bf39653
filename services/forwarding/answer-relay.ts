import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { AttemptRecorder } from '../usage/attempt-recorder.ts'
import type { ClientStream } from './client-stream.ts'
import { acceptsCoding, createContentDecoder, type ContentDecoder } from './content-decoder.ts'
import { clientHeaders } from './forwarded-headers.ts'
import type { Outcome } from '../usage/usage-facts.ts'

/** Where an answer goes and who learns what it cost. */
export interface RelayTarget {
  client: ClientStream
  record: AttemptRecorder
  /** The name the client used for a mapped model, to be put back into the answer; null when nothing was mapped. */
  requestedModel: string | null
  acceptEncoding: string | undefined
}

/** Why what came is no answer to pass on, and whether the upstream may have worked for it. */
export interface Unusable {
  reason: string
  mayHaveCost: boolean
}

export type RelayController = Pick<Dispatcher.DispatchController, 'pause' | 'resume' | 'abort'>

/**
 * Carries one 2xx answer from the upstream to the client. Every byte passes as it came; each is shown to the usage tap
 * first, so that the journal knows the cost before the client has the last bytes.
 */
export abstract class AnswerRelay {
  /** True once bytes of the answer went to the client: from then on no other account may answer. */
  committed = false
  /** How the upstream failed in the middle of the answer; null when it didn't. */
  fault: string | null = null
  readonly headers: IncomingHttpHeaders
  readonly status: number
  protected readonly target: RelayTarget
  protected readonly controller: RelayController
  /** The answer came compressed. */
  protected readonly isCoded: boolean
  /** Codings that cannot be passed on are decoded for the client too. */
  protected readonly passesCoding: boolean
  protected detached = false
  #over = false
  readonly #decoder: ContentDecoder | null

  constructor(status: number, headers: IncomingHttpHeaders, target: RelayTarget, controller: RelayController) {
    this.status = status
    this.headers = headers
    this.target = target
    this.controller = controller
    const coding = codingOf(headers)
    this.isCoded = coding !== null
    this.#decoder = coding === null ? null : createContentDecoder(coding)
    this.passesCoding =
      coding === null ||
      (target.requestedModel === null && !target.client.begun && acceptsCoding(target.acceptEncoding, coding))
  }

  /** An error that the upstream sent in place of the first event, as the error answer it should have been. */
  get firstError(): { status: number; body: Buffer } | null {
    return null
  }

  push(chunk: Buffer, done: () => void): void {
    if (this.#decoder === null) {
      this.take(chunk, chunk)
      done()
      return
    }
    this.controller.pause()
    this.#decoder.write(chunk, (decoded) => {
      if (this.#over) return
      if (decoded === null) {
        this.controller.abort(new Error('the content coding of the answer is broken'))
        return
      }
      const lagging = !this.take(this.passesCoding ? chunk : decoded, decoded)
      if (!lagging) this.controller.resume()
      done()
    })
  }

  /** The upstream ended its answer. Calls back with null when the client has it, else with why it was none. */
  end(done: (problem: Unusable | null) => void): void {
    if (this.#decoder === null) done(this.finish())
    else {
      // Behind the last chunk's decoding.
      this.#decoder.write(Buffer.alloc(0), () => {
        this.#decoder?.destroy()
        done(this.finish())
      })
    }
  }

  /** The client is gone: read on without writing. */
  detach(): void {
    this.detached = true
    this.controller.resume()
  }

  /** Nobody wants the rest, not even what is still being decoded. */
  abandon(): void {
    this.#over = true
    this.#decoder?.destroy()
  }

  /** The upstream broke off after bytes of its answer went to the client. */
  abstract cut(): void

  /** Takes a chunk as it came and decoded. False when the client lags, so that the upstream was paused. */
  protected abstract take(raw: Buffer, decoded: Buffer): boolean
  protected abstract finish(): Unusable | null

  /** The outcome of an answer that came whole: somebody may have read on for its usage only. */
  protected completed(): Outcome {
    return this.detached ? 'client_closed' : 'completed'
  }

  protected answerHeaders() {
    const headers = clientHeaders(this.headers)
    if (!this.passesCoding) delete headers['content-encoding']
    // What is sent may come out longer or shorter: decoded, with another model's name, or with an error event at its end.
    delete headers['content-length']
    return headers
  }
}

/** The content coding of an answer, or null when it has none. */
export function codingOf(headers: IncomingHttpHeaders): string | null {
  const coding = headers['content-encoding']?.trim().toLowerCase()
  return coding === undefined || coding === '' || coding === 'identity' ? null : coding
}
