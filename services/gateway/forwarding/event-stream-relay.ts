import { ResponseRelay, statusOfType, type ErrorInstead, type Unusable } from './response-relay.ts'
import { GatewayError } from '../../platform/gateway-errors.ts'
import { messageStartModelSpan, splice } from './model-span.ts'
import { SseUsageTap } from '../../money/usage/sse-usage-tap.ts'

/** Bytes are held back until the first event is complete, but no more than this. */
const MAX_HELD_BYTES = 1_048_576

/** An incomplete event at the end of a chunk is held back up to this size, so that a cut never leaves half an event. */
const MAX_HELD_EVENT_BYTES = 65_536

/**
 * A streamed message: held until its first event other than a ping decides whether it is a response at all, then passed on as
 * received, up to the end of its `message_stop` or `error`.
 */
export class EventStreamRelay extends ResponseRelay {
  protected readonly form = 'events'
  readonly #tap = new SseUsageTap()
  readonly #resume = () => this.controller.resume()
  #heldRaw: Buffer[] = []
  #held: Buffer[] = []
  #heldBytes = 0
  #tail: Buffer | null = null
  /** The client gets compressed bytes, to which nothing can be added and in which the end of an event cannot be found. */
  #isOpaque = false

  override get errorInstead(): ErrorInstead | null {
    const first = this.#tap.firstEvent
    if (this.committed || first?.type !== 'error') return null
    return { status: statusOfType(this.#tap.sawError?.type), body: Buffer.from(first.errorBody ?? '{}') }
  }

  override get errorEvent(): ErrorInstead | null {
    const error = this.#tap.sawError
    if (!this.committed || error === null) return null
    const { type, code, message } = error
    const body = { type: 'error', error: { type, message, details: { error_code: code } } }
    return { status: statusOfType(type), body: Buffer.from(JSON.stringify(body)) }
  }

  override take(raw: Buffer, decoded: Buffer): boolean {
    if (this.over) return true
    const usedBytes = this.#tap.push(decoded)
    const used = usedBytes === decoded.length ? decoded : decoded.subarray(0, usedBytes)
    let hasRoom = true
    if (this.committed) {
      this.target.record.observe(this.#tap)
      hasRoom = this.#forward(this.#isOpaque ? raw : used)
    } else {
      this.#hold(raw, used)
      if (!this.#mayCommit()) return true
      this.#commit()
      hasRoom = this.#forward(this.#takeHeld())
    }
    if (this.#tap.over) this.#endOfMessage()
    return hasRoom
  }

  override finish(): Unusable | null {
    if (this.over) return null
    const tap = this.#tap
    if (!this.committed) {
      if (this.errorInstead !== null) return null
      if (tap.firstEvent === null) return { reason: 'the stream ended without an event', mayHaveCost: true }
      this.#commit()
      this.#forward(this.#takeHeld())
    }
    // Even without message_stop, clients accept a message whose final numbers they have; nothing is added to it.
    if (tap.over || tap.basis === 'final') this.#conclude()
    else this.cut()
    return null
  }

  override cut(): void {
    if (this.#tap.over || this.#tap.basis === 'final') {
      this.#conclude()
      return
    }
    this.fault = 'the stream was cut'
    this.target.record.close('upstream_cut')
    if (this.detached) return
    this.target.client.fail(
      new GatewayError(502, 'api_error', 'The upstream closed the stream before the message was complete')
    )
  }

  #hold(raw: Buffer, decoded: Buffer): void {
    if (this.response.coding !== null) this.#heldRaw.push(raw)
    this.#held.push(decoded)
    this.#heldBytes += decoded.length
  }

  /** After pings or an error the next account may answer; a mapped model's name is restored where the message starts. */
  #mayCommit(): boolean {
    const { firstEvent, opened } = this.#tap
    if (firstEvent?.type === 'error') return false
    if (this.#heldBytes > MAX_HELD_BYTES) return true
    return firstEvent !== null && (opened || this.target.requestedModel === null)
  }

  #commit(): void {
    this.committed = true
    this.target.record.firstByte()
    this.target.record.observe(this.#tap)
    this.#isOpaque = this.passesCoding()
    if (this.detached) return
    // For reverse proxies, some of which would otherwise buffer the whole stream.
    const headers = { 'x-accel-buffering': 'no', ...this.responseHeaders(this.#isOpaque) }
    this.target.client.begin(this.response.status, headers, !this.#isOpaque)
  }

  #takeHeld(): Buffer {
    const held = this.#isOpaque ? this.#heldRaw : this.#held
    const bytes = held.length === 1 ? held[0]! : Buffer.concat(held)
    this.#held = []
    this.#heldRaw = []
    const requested = this.target.requestedModel
    const span = requested === null ? null : messageStartModelSpan(bytes)
    return span === null ? bytes : splice(bytes, span, requested!)
  }

  /**
   * Passes on everything but an incomplete event at the end: if the upstream broke off there, the error event could not be read.
   */
  #forward(chunk: Buffer): boolean {
    if (this.detached) return true
    if (this.#isOpaque) return this.#write(chunk)
    const bytes = this.#tail === null ? chunk : Buffer.concat([this.#tail, chunk])
    this.#tail = null
    const pending = this.#tap.pendingBytes
    const passesPart = pending > MAX_HELD_EVENT_BYTES || pending > bytes.length
    this.target.client.annotatable = !passesPart
    if (pending === 0 || passesPart) return this.#write(bytes)
    const boundary = bytes.length - pending
    this.#tail = bytes.subarray(boundary)
    return boundary === 0 || this.#write(bytes.subarray(0, boundary))
  }

  #write(bytes: Buffer): boolean {
    if (bytes.length === 0 || this.target.client.write(bytes, this.#resume)) return true
    this.controller.pause()
    return false
  }

  /** Waits for the trailer of a compressed stream, and for the line feed of a last CR LF. */
  #endOfMessage(): void {
    if (this.#isOpaque || this.#tap.awaitsLineFeed) this.closing = true
    else this.#conclude()
  }

  #conclude(): void {
    this.over = true
    const { sawError } = this.#tap
    if (sawError !== null) this.fault = `the stream held an error: ${nameOf(sawError.type)}`
    this.target.record.close(sawError === null ? this.completed() : 'upstream_error')
    if (this.detached) return
    if (sawError !== null && this.#tap.errorIsUnheard && !this.#isOpaque) this.#repeatError(sawError)
    else this.target.client.end(this.#tail ?? undefined)
  }

  /** The SDKs drop events without a name, and would take the stream for a truncated one. */
  #repeatError({ type, message }: { type: string; message: string }): void {
    const body = JSON.stringify({ type: 'error', error: { type, message } })
    this.target.client.passError(this.response.status, {}, Buffer.from(body))
  }
}

/** Error types are names; anything else from the upstream is not repeated. */
const nameOf = (type: string) => (/^[a-z_]{1,40}$/.test(type) ? type : 'of no known type')
