import { NO_USAGE } from './usage-facts.ts'
import type { UsageFacts } from './usage-facts.ts'
import { billableUsage, fallbackOf, isOutputBlock, isRecord, parseJson, readMessageUsage, textOf } from './usage-parsing.ts'

/** What the body of a non-streaming response says of its cost. */
export interface JsonUsage {
  messageId: string | null
  /** The model that answered; the last one when the request fell back to others. */
  model: string | null
  /** What is stated, also where the basis is unknown; everything zero after a refusal without content, which is free. */
  usage: UsageFacts
  /** `unknown` when the body is no message, states no input or output, or is cut off. */
  basis: 'final' | 'unknown'
  stopReason: string | null
  /** The type of the error that the body is; null when it is none. */
  errorType: string | null
}

const UNKNOWN: JsonUsage = {
  messageId: null,
  model: null,
  usage: NO_USAGE,
  basis: 'unknown',
  stopReason: null,
  errorType: null
}

/** Never throws. */
export function readJsonUsage(body: Buffer): JsonUsage {
  const message = parseJson(body, 0, body.length)
  return isRecord(message) ? readMessage(message) : UNKNOWN
}

function readMessage(message: Record<string, unknown>): JsonUsage {
  if (message.type === 'error') {
    const type = isRecord(message.error) ? textOf(message.error.type) : null
    return { ...UNKNOWN, errorType: type ?? 'api_error' }
  }
  const content: unknown[] = Array.isArray(message.content) ? message.content : []
  const messageId = textOf(message.id)
  const stopReason = textOf(message.stop_reason)
  const fallbacks = content.map(fallbackOf).filter((fallback) => fallback !== null)
  const named = textOf(message.model)
  const model = fallbacks.findLast(({ to }) => to !== null)?.to ?? named
  const { facts, inputStated, outputStated } = readMessageUsage(message.usage)
  const hasOutput = content.some(isOutputBlock)
  const isFree = stopReason === 'refusal' && !hasOutput
  const usage = billableUsage(facts, { stopReason, hasOutput, firstModel: fallbacks[0]?.from ?? named })
  const basis = isFree || (inputStated && outputStated) ? 'final' : 'unknown'
  return { messageId, model, usage, basis, stopReason, errorType: null }
}
