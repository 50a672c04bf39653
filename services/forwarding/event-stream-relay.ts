import { AnswerRelay, type Unusable } from './answer-relay.ts'
import { splice } from '../request/envelope.ts'
import { GatewayError } from '../gateway-errors.ts'
import { messageStartModelSpan } from './model-span.ts'
import { createSseUsageTap, type SseUsageTap } from '../usage/sse-usage-tap.ts'

/** The first event is awaited with its bytes held back, but not beyond this. */
const MAX_HELD_BYTES = 1_048_576

/** The begun event at the end of a chunk is held back up to this size, so that a cut never leaves half an event behind. */
const MAX_HELD_EVENT_BYTES = 65_536

/** A streamed message: held until its first event decides whether it is an answer at all, then passed on as it comes. */
export class EventStreamRelay extends AnswerRelay {
  readonly #tap: SseUsageTap = createSseUsageTap()
  #held: Buffer[] = []
  #heldBytes = 0
  #tail: Buffer | null = null

  override get firstError() {
    const first = this.#tap.firstEvent
    if (this.committed || first?.type !== 'error') return null
    return { status: statusOfType(this.#tap.sawError?.type), body: Buffer.from(first.errorBody ?? '{}') }
  }

  protected override take(raw: Buffer, decoded: Buffer): boolean {
    this.#tap.push(decoded)
    if (this.committed) {
      this.target.record.observe(this.#tap)
      return this.#forward(raw)
    }
    this.#held.push(raw)
    this.#heldBytes += raw.length
    if (this.#tap.firstEvent === null ? this.#heldBytes <= MAX_HELD_BYTES : !this.#mayCommit()) return true
    this.#commit()
    return this.#forward(this.#takeHeld())
  }

  protected override finish(): Unusable | null {
    const tap = this.#tap
    if (!this.committed) {
      if (tap.firstEvent === null || tap.firstEvent.type === 'error') {
        return { reason: 'the stream ended without an event', mayHaveCost: true }
      }
      this.#commit()
      this.#forward(this.#takeHeld())
    }
    // Without message_stop the clients still accept a message whose closing numbers they have; nothing is added to it.
    if (tap.ended || tap.basis === 'final' || tap.sawError !== null) {
      if (tap.sawError !== null) this.fault = `the stream held an error: ${nameOf(tap.sawError.type)}`
      this.target.record.close(tap.sawError === null ? this.completed() : 'upstream_error')
      this.#endClient()
    } else this.cut()
    return null
  }

  override cut(): void {
    const closing = this.#tap.basis === 'final'
    if (!closing) this.fault = 'the stream was cut'
    this.target.record.close(closing && this.#tap.sawError === null ? this.completed() : 'upstream_cut')
    if (this.detached) return
    if (closing) this.#endClient()
    else {
      this.target.client.fail(
        new GatewayError(502, 'api_error', 'The upstream closed the stream before the message was complete')
      )
    }
  }

  /** Behind an error the next account may answer; a mapped model's name is put back where the message starts. */
  #mayCommit(): boolean {
    if (this.#tap.firstEvent?.type === 'error') return false
    if (this.target.requestedModel === null) return true
    return this.#tap.opened || this.#tap.firstEvent?.type !== 'ping' || this.#heldBytes > MAX_HELD_BYTES
  }

  #commit(): void {
    this.committed = true
    this.target.record.firstByte()
    this.target.record.observe(this.#tap)
    // For reverse proxies, some of which would otherwise collect a stream before they pass it on.
    if (this.detached) return
    this.target.client.begin(this.status, { 'x-accel-buffering': 'no', ...this.answerHeaders() }, !this.#isOpaque())
  }

  #takeHeld(): Buffer {
    const bytes = this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held)
    this.#held = []
    const requested = this.target.requestedModel
    const span = requested === null ? null : messageStartModelSpan(bytes)
    return span === null ? bytes : splice(bytes, span, requested!)
  }

  /** Hands on all but a begun event at the end: were the upstream cut there, the error event could not be read. */
  #forward(chunk: Buffer): boolean {
    if (this.detached) return true
    const bytes = this.#tail === null ? chunk : Buffer.concat([this.#tail, chunk])
    this.#tail = null
    const pending = this.#isOpaque() ? 0 : this.#tap.pendingBytes
    const passesPart = pending > MAX_HELD_EVENT_BYTES || pending > bytes.length
    this.target.client.annotatable = !this.#isOpaque() && !passesPart
    if (pending === 0 || passesPart) return this.#write(bytes)
    const boundary = bytes.length - pending
    this.#tail = bytes.subarray(boundary)
    return boundary === 0 || this.#write(bytes.subarray(0, boundary))
  }

  #write(bytes: Buffer): boolean {
    if (this.target.client.write(bytes, () => this.controller.resume())) return true
    this.controller.pause()
    return false
  }

  /** The client gets compressed bytes, to which nothing can be added and in which no event's end can be told. */
  #isOpaque(): boolean {
    return this.isCoded && this.passesCoding
  }

  #endClient(): void {
    if (this.detached) return
    this.target.client.end(this.#tail ?? undefined)
  }
}

/** Error types are names; anything else an upstream puts there is not repeated. */
const nameOf = (type: string) => (/^[a-z_]{1,40}$/.test(type) ? type : 'of no known type')

const STATUS_OF_TYPE = new Map([
  ['invalid_request_error', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['timeout_error', 504],
  ['overloaded_error', 529]
])

const statusOfType = (type: string | undefined) => STATUS_OF_TYPE.get(type ?? '') ?? 500
