import { AnswerRelay, type Unusable } from './answer-relay.ts'
import type { UsageReading } from '../usage/attempt-recorder.ts'
import { splice } from '../request/envelope.ts'
import { createJsonUsageTap, type JsonUsage, type JsonUsageTap } from '../usage/json-usage-tap.ts'
import { modelSpan } from './model-span.ts'

/** Far beyond the longest message; what is longer is not held. */
const MAX_ANSWER_BYTES = 33_554_432

/**
 * A whole message as JSON. It is held to its end: its usage stands there, and until then another account could answer.
 */
export class JsonRelay extends AnswerRelay {
  readonly #tap: JsonUsageTap = createJsonUsageTap()
  readonly #chunks: Buffer[] = []
  #bytes = 0

  protected override take(raw: Buffer, decoded: Buffer): boolean {
    this.#bytes += raw.length
    if (this.#bytes > MAX_ANSWER_BYTES) {
      this.controller.abort(new Error('the answer is too long'))
      return true
    }
    this.#tap.push(decoded)
    this.#chunks.push(raw)
    return true
  }

  protected override finish(): Unusable | null {
    if (this.#chunks.length === 0) return { reason: 'the answer is empty', mayHaveCost: false }
    this.committed = true
    this.target.record.firstByte()
    this.target.record.observe(readingOf(this.#tap.finish()))
    this.target.record.close(this.completed())
    if (this.detached) return null
    const body = this.#body()
    this.target.client.begin(this.status, { ...this.answerHeaders(), 'content-length': body.length }, false)
    this.target.client.end(body)
    return null
  }

  override cut(): void {
    throw new Error('a JSON answer is committed only when it is whole')
  }

  #body(): Buffer {
    const body = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
    const requested = this.target.requestedModel
    const span = requested === null ? null : modelSpan(body)
    return span === null ? body : splice(body, span, requested!)
  }
}

function readingOf({ model, usage, basis }: JsonUsage): UsageReading {
  const isFinal = basis === 'final'
  return { opened: isFinal, model, usage, basis, finalRevision: isFinal ? 1 : 0, estimatedUsage: () => usage }
}
