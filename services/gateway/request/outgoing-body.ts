import { Readable } from 'node:stream'
import type { BodyBudget } from './body-budget.ts'
import { decodedParts } from './decoded-body.ts'
import { MAX_BODY_BYTES, type Envelope } from './envelope.ts'
import type { HeldBody } from './held-body.ts'

/** A request as held until a response begins: its envelope, and its body as received. */
export interface HeldRequest extends Envelope {
  readonly body: HeldBody
  /** The body's content coding; null when it is not encoded. */
  readonly coding: string | null
}

/** A body as sent to one account: pieces if they are available, a stream if it is decoded on the way. */
export interface OutgoingBody {
  bytes: number
  content: readonly Buffer[] | Readable
  /** Whether the client's content-encoding still applies. */
  encoded: boolean
}

/**
 * The body for an account that knows the model by this name: the client's bytes, none of them copied, except for the name. A
 * compressed body whose model is renamed is sent decoded, since compressed bytes cannot be spliced.
 */
export function outgoingBody(request: HeldRequest, model: string, budget: BodyBudget): OutgoingBody {
  const { body, coding, modelSpan, jsonBytes } = request
  if (model === request.model) return { bytes: body.bytes, content: body.pieces, encoded: true }
  const name = Buffer.from(JSON.stringify(model))
  const bytes = jsonBytes - (modelSpan.end - modelSpan.start) + name.length
  if (coding === null) return { bytes, content: [...spliced(body.pieces, modelSpan, name)], encoded: false }
  return { bytes, content: Readable.from(decodedAndSpliced(request, name, budget)), encoded: false }
}

async function* decodedAndSpliced({ body, coding, modelSpan }: HeldRequest, name: Buffer, budget: BodyBudget) {
  const splice = new Splice(modelSpan, name)
  for await (const part of decodedParts(body.pieces, coding!, { maxBytes: MAX_BODY_BYTES, budget })) yield* splice.next(part)
}

function* spliced(pieces: readonly Buffer[], span: Envelope['modelSpan'], name: Buffer): Generator<Buffer> {
  const splice = new Splice(span, name)
  for (const piece of pieces) yield* splice.next(piece)
}

/** Replaces a span in bytes that come in pieces. */
class Splice {
  readonly #span: Envelope['modelSpan']
  readonly #replacement: Buffer
  #offset = 0

  constructor(span: Envelope['modelSpan'], replacement: Buffer) {
    this.#span = span
    this.#replacement = replacement
  }

  /** What is sent for the next piece. */
  next(piece: Buffer): Buffer[] {
    const begin = this.#offset
    const end = (this.#offset += piece.length)
    const { start, end: spanEnd } = this.#span
    if (end <= start || begin >= spanEnd) return [piece]
    const out = [
      piece.subarray(0, Math.max(0, start - begin)),
      ...(start >= begin ? [this.#replacement] : []),
      piece.subarray(Math.min(piece.length, spanEnd - begin))
    ]
    return out.filter(({ length }) => length > 0)
  }
}
