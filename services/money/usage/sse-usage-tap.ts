import { measureDeltaText, parsedDeltaTextLength } from './delta-text-length.ts'
import { SseScanner } from './sse-events.ts'
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

const LEADING_TYPE = /^\s*\{\s*"type"\s*:\s*"([a-z_]{1,64})"/
const LEADING_BYTES = 128
const UNITS_PER_TOKEN = 4
const MAX_ERROR_MESSAGE_LENGTH = 1000

/**
 * Reads usage from the bytes of a Messages API stream passing by, cut into chunks anywhere. Never throws, and holds at
 * most some 2 MiB. What it tells so far is to be read after a push.
 *
 * Anthropic's SDKs drop an event without an `event:` line, but what it states was used all the same: such an event
 * counts by the type in its data. Only the first message_start counts: a second one is no part of a sound stream.
 */
export class SseUsageTap {
  #firstEvent: FirstEvent | null = null
  #opened = false
  #messageId: string | null = null
  #model: string | null = null
  #firstModel: string | null = null
  #reading: ParsedUsage = NOTHING_READ
  #stopReason: string | null = null
  #ended = false
  #sawOutput = false
  #sawError: StreamError | null = null
  #errorIsUnheard = false
  #textUnits = 0
  #finalRevision = 0
  #finalState = ''
  readonly #scanner = new SseScanner((name, bytes, start, end, truncated) => {
    // Nearly all events of a stream take this way, and it is all they need before the end is in sight.
    if (name === 'content_block_delta' && this.#opened && !this.closing) {
      const units = measureDeltaText(bytes, start, end)
      if (units !== -1) {
        this.#addText(units)
        return
      }
    }
    this.#onEvent(name, { bytes, start, end, truncated })
  })

  /** Returns how many bytes of the chunk belong to the stream: all, or those up to the end of its last event. */
  push(chunk: Buffer): number {
    return this.#scanner.push(chunk)
  }

  /** The first whole event other than a ping; null before it. Comments are none. */
  get firstEvent(): FirstEvent | null {
    return this.#firstEvent
  }

  /** Has message_start been seen? */
  get opened(): boolean {
    return this.#opened
  }

  /** As message_start names it. */
  get messageId(): string | null {
    return this.#messageId
  }

  /** The model that answers: message_start's, then the one a fallback block hands over to. */
  get model(): string | null {
    return this.#model
  }

  /** Everything zero after a refusal before any output, which is free. */
  get usage(): UsageFacts {
    const facts = { stopReason: this.#stopReason, hasOutput: this.#sawOutput, firstModel: this.#firstModel }
    return billableUsage(this.#reading.facts, facts)
  }

  /** `final` once the closing message_delta has stated its numbers, or a refusal turned out to be free. */
  get basis(): UsageBasis {
    const isFree = this.#stopReason === 'refusal' && !this.#sawOutput
    if (isFree || (this.closing && this.#reading.inputStated && this.#reading.outputStated)) return 'final'
    return this.#opened ? 'partial' : 'unknown'
  }

  /** Has a stop_reason or message_stop been seen? */
  get closing(): boolean {
    return this.#ended || this.#stopReason !== null
  }

  /** Grows when `closing` comes, and later with each change of `usage`, `basis` or `model`. */
  get finalRevision(): number {
    return this.#finalRevision
  }

  get stopReason(): string | null {
    return this.#stopReason
  }

  /** The event `error`, whenever it came. */
  get sawError(): StreamError | null {
    return this.#sawError
  }

  /** The error came without an `event:` line, so that no client can have seen it. */
  get errorIsUnheard(): boolean {
    return this.#errorIsUnheard
  }

  /** Has message_stop been seen? */
  get ended(): boolean {
    return this.#ended
  }

  /** Has message_stop or an error been seen? Either is the last event of a stream. */
  get over(): boolean {
    return this.#ended || this.#sawError !== null
  }

  /** It is over, but a line feed may still belong to its last line end. */
  get awaitsLineFeed(): boolean {
    return this.#scanner.awaitsLineFeed
  }

  /** How many of the bytes pushed so far belong to an event that has begun and not ended. */
  get pendingBytes(): number {
    return this.#scanner.pendingBytes
  }

  /**
   * The facts to bill now: `usage` when it is final; while it is partial, with an output of at least a token for every
   * four UTF-16 code units (rounded down) of text, thinking and tool input so far.
   */
  estimatedUsage(): UsageFacts {
    const { usage } = this
    return this.basis === 'partial' ? withOutputOfAtLeast(usage, Math.floor(this.#textUnits / UNITS_PER_TOKEN)) : usage
  }

  #onEvent(name: string, data: EventData): void {
    const type = typeOf(name, data)
    if (type !== 'ping') this.#firstEvent ??= firstEventOf(type, data)
    if (type === 'content_block_delta') this.#addText(parsedDeltaTextLength(jsonOf(data)))
    else if (type === 'content_block_start') this.#onContentStart(data)
    else if (type === 'message_start') this.#onMessageStart(data)
    else if (type === 'message_delta') this.#onMessageDelta(data)
    else if (type === 'message_stop') this.#ended = true
    else if (type === 'error') {
      this.#sawError = errorOf(data)
      this.#errorIsUnheard = name !== 'error'
    }
    if (this.over) this.#scanner.stop()
    this.#noteFinalState()
  }

  /** −1 stands for a delta that is output, but no text. */
  #addText(units: number): void {
    if (units > 0) this.#textUnits += units
    if (units !== 0) this.#sawOutput = true
  }

  #onContentStart(data: EventData): void {
    const event = jsonOf(data)
    const block = isRecord(event) ? event.content_block : null
    if (data.truncated || isOutputBlock(block)) this.#sawOutput = true
    const fallback = fallbackOf(block)
    if (fallback === null) return
    this.#model = fallback.to ?? this.#model
    this.#reading = { ...this.#reading, superseded: true }
  }

  #onMessageStart(data: EventData): void {
    if (this.#opened) return
    this.#opened = true
    const event = jsonOf(data)
    const message = isRecord(event) && isRecord(event.message) ? event.message : {}
    this.#messageId = textOf(message.id)
    this.#model = textOf(message.model)
    this.#firstModel = this.#model
    this.#reading = readStartUsage(message.usage)
  }

  #onMessageDelta(data: EventData): void {
    const event = jsonOf(data)
    if (!isRecord(event)) return
    this.#reading = readDeltaUsage(this.#reading, event.usage)
    if (isRecord(event.delta)) this.#stopReason = textOf(event.delta.stop_reason) ?? this.#stopReason
  }

  #noteFinalState(): void {
    if (!this.closing) return
    const state = JSON.stringify([this.basis, this.#model, this.usage])
    if (state !== this.#finalState) this.#finalRevision++
    this.#finalState = state
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
