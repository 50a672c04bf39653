import { isText, JsonWalk, type JsonReader, type JsonToken } from '../../platform/json-walk.ts'

/** The position of a model's name, with its quotes, in bytes. */
interface ModelSpan {
  start: number
  end: number
}

const MESSAGE = 1
const EVENT = 2

const AT_WHOLE = 1
const AT_MODEL = 2
const AT_TYPE = 3
const AT_MESSAGE = 4

/** Finds the model of a message, or of the message in a `message_start` event. */
class ModelReader implements JsonReader {
  span: ModelSpan | null = null
  isMessageStart = false
  readonly #whole: number

  constructor(whole: typeof MESSAGE | typeof EVENT) {
    this.#whole = whole
  }

  slotOf(context: number, key: JsonToken): number {
    if (context === MESSAGE) return isText(key, 'model') ? AT_MODEL : 0
    if (isText(key, 'type')) return AT_TYPE
    return isText(key, 'message') ? AT_MESSAGE : 0
  }

  elementSlot = () => 0

  enter(slot: number, isObject: boolean): number {
    if (slot === AT_WHOLE) return this.#whole
    return slot === AT_MESSAGE && isObject ? MESSAGE : 0
  }

  leave() {}

  value(slot: number, token: JsonToken | null): void {
    if (slot === AT_TYPE) this.isMessageStart = token !== null && isText(token, 'message_start')
    else if (slot === AT_MODEL && token !== null && token.bytes[token.start] === 0x22) {
      this.span = { start: token.from, end: token.from + token.end - token.start }
    }
  }

  part() {}
}

function read(json: Buffer, whole: typeof MESSAGE | typeof EVENT): ModelReader | null {
  const reader = new ModelReader(whole)
  const walk = new JsonWalk(reader)
  return walk.push(json) && walk.isComplete ? reader : null
}

/** The span in a message given as JSON; null when it names no model, or is no JSON. */
export const modelSpan = (json: Buffer): ModelSpan | null => read(json, MESSAGE)?.span ?? null

/** The same for the `message_start` event within the first bytes of an event stream. */
export function messageStartModelSpan(bytes: Buffer): ModelSpan | null {
  for (let at = 0; at < bytes.length;) {
    const lineFeed = bytes.indexOf(0x0a, at)
    const end = lineFeed < 0 ? bytes.length : lineFeed
    const span = bytes.toString('latin1', at, at + 5) === 'data:' ? modelOfMessageStart(bytes, at + 5, end) : null
    if (span !== null) return span
    at = end + 1
  }
  return null
}

function modelOfMessageStart(bytes: Buffer, start: number, end: number): ModelSpan | null {
  const reader = read(bytes.subarray(start, end), EVENT)
  const span = reader?.isMessageStart === true ? reader.span : null
  return span === null ? null : { start: start + span.start, end: start + span.end }
}

/** `bytes` with the JSON string at `span` replaced. */
export function splice(bytes: Buffer, span: ModelSpan, value: string): Buffer {
  return Buffer.concat([bytes.subarray(0, span.start), Buffer.from(JSON.stringify(value)), bytes.subarray(span.end)])
}
