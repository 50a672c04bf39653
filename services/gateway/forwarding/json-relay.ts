import { ResponseRelay, statusOfType, type ErrorInstead, type Unusable } from './response-relay.ts'
import type { UsageReading } from '../../money/usage/attempt-recorder.ts'
import { readJsonUsage, type JsonUsage } from '../../money/usage/json-usage.ts'
import { modelSpan, splice } from './model-span.ts'

/** Far beyond the longest message; anything longer is not held. */
const MAX_RESPONSE_BYTES = 33_554_432

/** A whole message as JSON. It is held until complete: its usage is at the end, and until then another account could answer. */
export class JsonRelay extends ResponseRelay {
  protected readonly form = 'json'
  readonly #raw: Buffer[] = []
  readonly #decoded: Buffer[] = []
  #bytes = 0
  #error: ErrorInstead | null = null

  override get errorInstead(): ErrorInstead | null {
    return this.#error
  }

  override take(raw: Buffer, decoded: Buffer): boolean {
    this.#bytes += decoded.length
    if (this.#bytes > MAX_RESPONSE_BYTES) {
      this.controller.abort(new Error('the response is too long'))
      return true
    }
    if (this.response.coding !== null) this.#raw.push(raw)
    this.#decoded.push(decoded)
    return true
  }

  override finish(): Unusable | null {
    const { record, client } = this.target
    const decoded = joined(this.#decoded)
    const usage = readJsonUsage(decoded)
    if (usage.errorType !== null) {
      this.#error = { status: statusOfType(usage.errorType), body: decoded }
      return null
    }
    // The head sent with our pings promised events. The message's cost is known all the same.
    if (client.begun && !this.detached) {
      record.observe(readingOf(usage))
      return { reason: 'the response is JSON where a stream has begun', mayHaveCost: true }
    }
    this.committed = true
    record.firstByte()
    record.observe(readingOf(usage))
    record.close(this.completed())
    if (this.detached) return null
    const isCoded = this.passesCoding()
    const body = isCoded ? joined(this.#raw) : this.#named(decoded)
    client.begin(this.response.status, { ...this.responseHeaders(isCoded), 'content-length': body.length }, false)
    client.end(body)
    return null
  }

  override cut(): void {
    throw new Error('a JSON response is committed only when it is whole')
  }

  /** With the model name that the client used. */
  #named(body: Buffer): Buffer {
    const requested = this.target.requestedModel
    const span = requested === null ? null : modelSpan(body)
    return span === null ? body : splice(body, span, requested!)
  }
}

const joined = (chunks: readonly Buffer[]) => (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))

function readingOf({ messageId, model, usage, basis }: JsonUsage): UsageReading {
  const isFinal = basis === 'final'
  return { opened: isFinal, messageId, model, usage, basis, finalRevision: isFinal ? 1 : 0, estimatedUsage: () => usage }
}
