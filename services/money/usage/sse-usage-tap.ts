import { measureDeltaText, parsedDeltaTextLength } from './delta-text-length.ts'
import { createSseScanner } from './sse-events.ts'
import {
  NOTHING_READ,
  billableUsage,
  fallbackOf,
  isOutputBlock,
  isRecord,
  parseJson,
  readDeltaUsage,
  readStartUsage,
  textOf
} from './usage-parsing.ts'
import type { ParsedUsage } from './usage-parsing.ts'
import { NO_TOKENS, type IterationFacts, type UsageBasis, type UsageFacts } from './usage-facts.ts'

interface FirstEvent {
  type: string
  /** The data of a first event `error`, as the upstream wrote them. */
  errorBody?: string
}

interface StreamError {
  type: string
  /** `details.error_code`; null where there is none. */
  code: string | null
  message: string
}

/** What a stream has told so far. All but `push` is to be read after a push. */
export interface SseUsageTap {
  /** Returns how many bytes of the chunk belong to the stream: all, or those up to the end of its last event. */
  push: (chunk: Buffer) => number
  /** The first whole event other than a ping; null before it. Comments are none. */
  readonly firstEvent: FirstEvent | null
  /** Has message_start been seen? */
  readonly opened: boolean
  /** As message_start names it. */
  readonly messageId: string | null
  /** The model that answers: message_start's, then the one a fallback block hands over to. */
  readonly model: string | null
  /** Everything zero after a refusal before any output, which is free. */
  readonly usage: UsageFacts
  /** `final` once the closing message_delta has stated its numbers, or a refusal turned out to be free. */
  readonly basis: UsageBasis
  /** Has a stop_reason or message_stop been seen? */
  readonly closing: boolean
  /** Grows when `closing` comes, and later with each change of `usage`, `basis` or `model`. */
  readonly finalRevision: number
  readonly stopReason: string | null
  /** The event `error`, whenever it came. */
  readonly sawError: StreamError | null
  /** The error came without an `event:` line, so that no client can have seen it. */
  readonly errorIsUnheard: boolean
  /** Has message_stop been seen? */
  readonly ended: boolean
  /** Has message_stop or an error been seen? Either is the last event of a stream. */
  readonly over: boolean
  /** It is over, but a line feed may still belong to its last line end. */
  readonly awaitsLineFeed: boolean
  /** How many of the bytes pushed so far belong to an event that has begun and not ended. */
  readonly pendingBytes: number
  /**
   * The facts to bill now: `usage` when it is final; while it is partial, with an output of at least a token for every
   * four UTF-16 code units (rounded down) of text, thinking and tool input so far.
   */
  estimatedUsage: () => UsageFacts
}

const LEADING_TYPE = /^\s*\{\s*"type"\s*:\s*"([a-z_]{1,64})"/
const LEADING_BYTES = 128
const UNITS_PER_TOKEN = 4
const MAX_ERROR_MESSAGE_LENGTH = 1000

/**
 * Reads usage from the bytes of a Messages API stream passing by, cut into chunks anywhere. Never throws, and holds at
 * most some 2 MiB.
 *
 * Anthropic's SDKs drop an event without an `event:` line, but what it states was used all the same: such an event
 * counts by the type in its data. Only the first message_start counts: a second one is no part of a sound stream.
 */
export function createSseUsageTap(): SseUsageTap {
  let firstEvent: FirstEvent | null = null
  let opened = false
  let messageId: string | null = null
  let model: string | null = null
  let firstModel: string | null = null
  let reading: ParsedUsage = NOTHING_READ
  let stopReason: string | null = null
  let ended = false
  let sawOutput = false
  let sawError: StreamError | null = null
  let errorIsUnheard = false
  let textUnits = 0
  let finalRevision = 0
  let finalState = ''

  const scanner = createSseScanner((name, bytes, start, end, truncated) => {
    // Nearly all events of a stream take this way, and it is all they need before the end is in sight.
    if (name === 'content_block_delta' && opened && !isClosing()) {
      const units = measureDeltaText(bytes, start, end)
      if (units !== -1) {
        addText(units)
        return
      }
    }
    onEvent(name, { bytes, start, end, truncated })
  })

  function onEvent(name: string, data: EventData) {
    const type = typeOf(name, data)
    if (type !== 'ping') firstEvent ??= firstEventOf(type, data)
    if (type === 'content_block_delta') addText(parsedDeltaTextLength(jsonOf(data)))
    else if (type === 'content_block_start') onContentStart(data)
    else if (type === 'message_start') onMessageStart(data)
    else if (type === 'message_delta') onMessageDelta(data)
    else if (type === 'message_stop') ended = true
    else if (type === 'error') {
      sawError = errorOf(data)
      errorIsUnheard = name !== 'error'
    }
    if (isOver()) scanner.stop()
    noteFinalState()
  }

  /** −1 stands for a delta that is output, but no text. */
  function addText(units: number) {
    if (units > 0) textUnits += units
    if (units !== 0) sawOutput = true
  }

  function onContentStart(data: EventData) {
    const event = jsonOf(data)
    const block = isRecord(event) ? event.content_block : null
    if (data.truncated || isOutputBlock(block)) sawOutput = true
    const fallback = fallbackOf(block)
    if (fallback === null) return
    model = fallback.to ?? model
    reading = { ...reading, superseded: true }
  }

  function onMessageStart(data: EventData) {
    if (opened) return
    opened = true
    const event = jsonOf(data)
    const message = isRecord(event) && isRecord(event.message) ? event.message : {}
    messageId = textOf(message.id)
    model = textOf(message.model)
    firstModel = model
    reading = readStartUsage(message.usage)
  }

  function onMessageDelta(data: EventData) {
    const event = jsonOf(data)
    if (!isRecord(event)) return
    reading = readDeltaUsage(reading, event.usage)
    if (isRecord(event.delta)) stopReason = textOf(event.delta.stop_reason) ?? stopReason
  }

  const isOver = () => ended || sawError !== null
  const isClosing = () => ended || stopReason !== null
  const isFree = () => stopReason === 'refusal' && !sawOutput
  const usageNow = () => billableUsage(reading.facts, { stopReason, hasOutput: sawOutput, firstModel })

  function basisNow(): UsageBasis {
    if (isFree() || (isClosing() && reading.inputStated && reading.outputStated)) return 'final'
    return opened ? 'partial' : 'unknown'
  }

  function noteFinalState() {
    if (!isClosing()) return
    const state = JSON.stringify([basisNow(), model, usageNow()])
    if (state !== finalState) finalRevision++
    finalState = state
  }

  return {
    push: scanner.push,
    get firstEvent() {
      return firstEvent
    },
    get opened() {
      return opened
    },
    get messageId() {
      return messageId
    },
    get model() {
      return model
    },
    get usage() {
      return usageNow()
    },
    get basis() {
      return basisNow()
    },
    get closing() {
      return isClosing()
    },
    get finalRevision() {
      return finalRevision
    },
    get stopReason() {
      return stopReason
    },
    get sawError() {
      return sawError
    },
    get errorIsUnheard() {
      return errorIsUnheard
    },
    get ended() {
      return ended
    },
    get over() {
      return isOver()
    },
    get awaitsLineFeed() {
      return scanner.awaitsLineFeed
    },
    get pendingBytes() {
      return scanner.pendingBytes
    },
    estimatedUsage() {
      const usage = usageNow()
      return basisNow() === 'partial' ? withOutputOfAtLeast(usage, Math.floor(textUnits / UNITS_PER_TOKEN)) : usage
    }
  }
}

interface EventData {
  bytes: Buffer
  start: number
  end: number
  truncated: boolean
}

function jsonOf({ bytes, start, end, truncated }: EventData): unknown {
  return truncated ? undefined : parseJson(bytes, start, end)
}

function firstEventOf(type: string, { bytes, start, end, truncated }: EventData): FirstEvent {
  return type === 'error' && !truncated ? { type, errorBody: bytes.toString('utf8', start, end) } : { type }
}

function errorOf(data: EventData): StreamError {
  const event = jsonOf(data)
  const error = isRecord(event) && isRecord(event.error) ? event.error : {}
  const message = typeof error.message === 'string' ? error.message.slice(0, MAX_ERROR_MESSAGE_LENGTH) : ''
  const code = isRecord(error.details) ? textOf(error.details.error_code) : null
  return { type: textOf(error.type) ?? 'api_error', code, message }
}

/**
 * The SDKs go by an event's name for `error` and `ping`, and by the type in its data for all others. The type stands
 * first in what the upstream writes; where it doesn't, the name must do, and without a name the data are parsed.
 */
function typeOf(name: string, data: EventData): string {
  if (name === 'error' || name === 'ping') return name
  const { bytes, start, end } = data
  const [, leadingType] = LEADING_TYPE.exec(bytes.toString('latin1', start, Math.min(end, start + LEADING_BYTES))) ?? []
  if (leadingType !== undefined) return leadingType
  if (name !== '') return name
  const event = jsonOf(data)
  return (isRecord(event) ? textOf(event.type) : null) ?? 'message'
}

/** Where iterations make the price, what they lack of the output is added as one more, so that it is billed. */
function withOutputOfAtLeast(usage: UsageFacts, outputTokens: number): UsageFacts {
  const missing = outputTokens - usage.outputTokens
  if (missing <= 0) return usage
  const { iterations } = usage
  if (iterations === null) return { ...usage, outputTokens }
  const estimated: IterationFacts = { ...NO_TOKENS, type: 'message', model: null, outputTokens: missing }
  return { ...usage, outputTokens, iterations: [...iterations, estimated] }
}
