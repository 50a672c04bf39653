import { NO_USAGE } from './usage-facts.ts'
import type { UsageFacts } from './usage-facts.ts'
import { billableUsage, fallbackOf, isOutputBlock, isRecord, parseJson, readMessageUsage, textOf } from './usage-parsing.ts'

export interface JsonUsage {
  /** The model that answered; the last one when the request fell back to others. */
  model: string | null
  /** Everything zero when the basis is unknown, and after a refusal without content, which is free. */
  usage: UsageFacts
  /** `unknown` when the body is no message, states no input or output, is cut off or longer than is kept. */
  basis: 'final' | 'unknown'
  stopReason: string | null
  /** Is the body an error object? */
  isError: boolean
}

export interface JsonUsageTap {
  push: (chunk: Buffer) => void
  /** Reads what was pushed; to be called once, when the body has ended. */
  finish: () => JsonUsage
}

const MAX_BODY_BYTES = 32 * 1024 * 1024
const UNKNOWN: JsonUsage = { model: null, usage: NO_USAGE, basis: 'unknown', stopReason: null, isError: false }

/** Reads usage from the body of a non-streaming answer passing by. Keeps the body, up to a limit; never throws. */
export function createJsonUsageTap(options: { maxBodyBytes?: number } = {}): JsonUsageTap {
  const { maxBodyBytes = MAX_BODY_BYTES } = options
  let chunks: Buffer[] = []
  let bodyBytes = 0

  return {
    push(chunk) {
      bodyBytes += chunk.length
      if (bodyBytes <= maxBodyBytes) chunks.push(chunk)
      else chunks = []
    },
    finish() {
      const body = Buffer.concat(chunks)
      chunks = []
      const message = parseJson(body, 0, body.length)
      return isRecord(message) ? readMessage(message) : UNKNOWN
    }
  }
}

function readMessage(message: Record<string, unknown>): JsonUsage {
  if (message.type === 'error') return { ...UNKNOWN, isError: true }
  const content: unknown[] = Array.isArray(message.content) ? message.content : []
  const stopReason = textOf(message.stop_reason)
  const fallbacks = content.map(fallbackOf).filter((fallback) => fallback !== null)
  const named = textOf(message.model)
  const model = fallbacks.findLast(({ to }) => to !== null)?.to ?? named
  const { facts, inputStated, outputStated } = readMessageUsage(message.usage)
  const hasOutput = content.some(isOutputBlock)
  const isFree = stopReason === 'refusal' && !hasOutput
  if (!isFree && (!inputStated || !outputStated)) return { ...UNKNOWN, model, stopReason }
  const usage = billableUsage(facts, { stopReason, hasOutput, firstModel: fallbacks[0]?.from ?? named })
  return { model, usage, basis: 'final', stopReason, isError: false }
}
