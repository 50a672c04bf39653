import {
  FIRST_STREAMED_SLOT,
  isText,
  MAX_TOKEN_BYTES,
  stringOf,
  type JsonReader,
  type JsonToken
} from '../../platform/json-walk.ts'
import { KeyFinder } from './key-finder.ts'
import type { ConversationDigest } from './conversation-digest.ts'

/** A conversation whose earlier turns the upstream keeps: each turn names the message it continues from. */
export type MessageThread = { kind: 'create' } | { kind: 'continue'; previousMessageId: string }

// The contexts: objects and arrays that contain something of interest.
const ROOT = 1
const METADATA = 2
const CONTAINER = 3
const THREAD = 4
const SYSTEM = 5
const SYSTEM_BLOCK = 6
const CACHE_CONTROL = 7
const MESSAGES = 8
const MESSAGE = 9
/** The content of a message, and a block of it. */
const CONTENT = 10
const BLOCK = 11
const SOURCE = 12
/** The content inside a block or a source, and a block of that. */
const INNER_CONTENT = 13
const INNER_BLOCK = 14

// The slots of their values. Those that may be long texts come last.
const AT_ROOT = 1
const AT_MODEL = 2
const AT_STREAM = 3
const AT_METADATA = 4
const AT_USER_ID = 5
const AT_CONTAINER = 6
const AT_CONTAINER_ID = 7
const AT_THREAD = 8
const AT_THREAD_TYPE = 9
const AT_PREVIOUS_ID = 10
const AT_SPEED = 11
const AT_SYSTEM_BLOCK = 12
const AT_CACHE_CONTROL = 13
const AT_CACHE_TYPE = 14
const AT_MESSAGES = 15
const AT_MESSAGE = 16
const AT_ROLE = 17
const AT_BLOCK = 18
const AT_TYPE = 19
const AT_SOURCE = 20
const AT_FILE_ID = 21
const AT_INNER_CONTENT = 22
const AT_INNER_BLOCK = 23
const AT_MAX_TOKENS = 24
const AT_SYSTEM = FIRST_STREAMED_SLOT
const AT_SYSTEM_TEXT = FIRST_STREAMED_SLOT + 1
const AT_CONTENT = FIRST_STREAMED_SLOT + 2
const AT_TEXT = FIRST_STREAMED_SLOT + 3

/** The keys of interest in each context, and their slots. */
const KEYS: Record<number, Record<string, number>> = {
  [ROOT]: {
    model: AT_MODEL,
    stream: AT_STREAM,
    metadata: AT_METADATA,
    messages: AT_MESSAGES,
    system: AT_SYSTEM,
    container: AT_CONTAINER,
    thread: AT_THREAD,
    speed: AT_SPEED,
    max_tokens: AT_MAX_TOKENS
  },
  [METADATA]: { user_id: AT_USER_ID },
  [CONTAINER]: { id: AT_CONTAINER_ID },
  [THREAD]: { type: AT_THREAD_TYPE, previous_message_id: AT_PREVIOUS_ID },
  [SYSTEM_BLOCK]: { text: AT_SYSTEM_TEXT, cache_control: AT_CACHE_CONTROL },
  [CACHE_CONTROL]: { type: AT_CACHE_TYPE },
  [MESSAGE]: { role: AT_ROLE, content: AT_CONTENT },
  [BLOCK]: { type: AT_TYPE, text: AT_TEXT, content: AT_INNER_CONTENT, source: AT_SOURCE, file_id: AT_FILE_ID },
  [INNER_BLOCK]: { type: AT_TYPE, content: AT_INNER_CONTENT, source: AT_SOURCE, file_id: AT_FILE_ID },
  [SOURCE]: { type: AT_TYPE, file_id: AT_FILE_ID, content: AT_INNER_CONTENT }
}
const FINDERS = Array.from({ length: INNER_BLOCK + 1 }, (_, context) => new KeyFinder(KEYS[context] ?? {}))

/** The contexts of objects and arrays in a slot, and the slot of an array's elements. */
const OBJECT_AT = table({
  [AT_ROOT]: ROOT,
  [AT_METADATA]: METADATA,
  [AT_CONTAINER]: CONTAINER,
  [AT_THREAD]: THREAD,
  [AT_SYSTEM_BLOCK]: SYSTEM_BLOCK,
  [AT_CACHE_CONTROL]: CACHE_CONTROL,
  [AT_MESSAGE]: MESSAGE,
  [AT_BLOCK]: BLOCK,
  [AT_INNER_BLOCK]: INNER_BLOCK,
  [AT_SOURCE]: SOURCE
})
const ARRAY_AT = table({
  [AT_SYSTEM]: SYSTEM,
  [AT_MESSAGES]: MESSAGES,
  [AT_CONTENT]: CONTENT,
  [AT_INNER_CONTENT]: INNER_CONTENT
})
const ELEMENT_OF = table({
  [SYSTEM]: AT_SYSTEM_BLOCK,
  [MESSAGES]: AT_MESSAGE,
  [CONTENT]: AT_BLOCK,
  [INNER_CONTENT]: AT_INNER_BLOCK
})

/** If one of these were repeated, the upstream might read another one than Sluice. */
const SINGLE_SLOTS = (1 << AT_MODEL) | (1 << AT_STREAM) | (1 << AT_METADATA)

// What was found of a block or a source while it is read.
const IS_FILE = 1
const IS_TOOL_RESULT = 2
const IS_UPLOAD = 4
const IS_CONTENT = 8
const TYPES = IS_FILE | IS_TOOL_RESULT | IS_UPLOAD | IS_CONTENT
const HAS_ID = 16
/** In its source. */
const HAS_FILE = 32
/** In the content inside. */
const HAS_INNER_FILE = 64

/** Extracts from a request what Sluice decides on, while its bytes pass. */
export class EnvelopeReader implements JsonReader {
  /** Undefined when it is missing, null when it is no string; a very long one is cut off. */
  model: string | null | undefined = undefined
  /** Where the model's name stands, with its quotes. */
  modelFrom = 0
  modelTo = 0
  /** Where the last of the messages that is an object stands; nowhere when there is none. */
  lastMessageFrom = 0
  lastMessageTo = 0
  /** Null when it is neither a boolean nor null. */
  stream: boolean | null = false
  userId: string | null = null
  speed: string | null = null
  /** Null when it is no whole number. */
  maxTokens: number | null = null
  /** A member that must occur once occurred twice. */
  isAmbiguous = false
  /** Null when the conversation does not matter. */
  readonly conversation: ConversationDigest | null
  #seen = 0
  #namesContainer = false
  #namesFile = false
  #threadType: string | null = null
  #previousId: string | null = null
  /** What was found in the open blocks and sources, the innermost last. */
  readonly #found: number[] = []

  constructor(conversation: ConversationDigest | null) {
    this.conversation = conversation
  }

  /** Whether it refers to state that one upstream account keeps: a container, or a file that a message shows. */
  get pinned(): boolean {
    return this.#namesContainer || this.#namesFile
  }

  get thread(): MessageThread | null {
    if (this.#threadType === 'create') return { kind: 'create' }
    const previousMessageId = this.#previousId
    return this.#threadType === 'continue' && previousMessageId !== null ? { kind: 'continue', previousMessageId } : null
  }

  slotOf(context: number, key: JsonToken): number {
    const slot = FINDERS[context]!.find(key)
    return context === ROOT ? this.#atRoot(slot) : slot
  }

  #atRoot(slot: number): number {
    const bit = 1 << slot
    if ((this.#seen & bit & SINGLE_SLOTS) !== 0) this.isAmbiguous = true
    this.#seen |= bit
    return slot
  }

  elementSlot(context: number): number {
    return ELEMENT_OF[context]!
  }

  enter(slot: number, isObject: boolean, from: number): number {
    const context = isObject ? OBJECT_AT[slot]! : ARRAY_AT[slot]!
    if (context === MESSAGE) {
      this.lastMessageFrom = from
      this.conversation?.beginMessage()
    } else if (context === SYSTEM_BLOCK) this.conversation?.beginSystemBlock()
    else if (context === BLOCK || context === INNER_BLOCK || context === SOURCE) this.#found.push(0)
    else if (context === 0) this.#other(slot)
    return context
  }

  leave(context: number, to: number): void {
    if (context === SOURCE) this.#endSource()
    else if (context === BLOCK || context === INNER_BLOCK) this.#endBlock(context)
    else if (context === MESSAGE) {
      this.lastMessageTo = to
      this.conversation?.endMessage()
    } else if (context === SYSTEM_BLOCK) this.conversation?.endSystemBlock()
  }

  value(slot: number, token: JsonToken | null): void {
    switch (slot) {
      case AT_MODEL:
        this.model = token === null ? TOO_LONG : stringOf(token)
        this.modelFrom = token?.from ?? 0
        this.modelTo = token === null ? 0 : token.from + token.end - token.start
        break
      case AT_STREAM:
        this.stream = booleanOf(token)
        break
      case AT_USER_ID:
        this.userId = textOf(token)
        break
      case AT_SPEED:
        this.speed = textOf(token)
        break
      case AT_MAX_TOKENS:
        this.maxTokens = countOf(token)
        break
      case AT_CONTAINER:
      case AT_CONTAINER_ID:
        this.#namesContainer ||= token === null || isString(token)
        break
      case AT_THREAD_TYPE:
        this.#threadType = textOf(token)
        break
      case AT_PREVIOUS_ID:
        this.#previousId = textOf(token)
        break
      case AT_CACHE_TYPE:
        if (token !== null && isText(token, 'ephemeral')) this.conversation?.isCached()
        break
      case AT_ROLE:
        this.conversation?.isFrom(token !== null && isText(token, 'user'))
        break
      case AT_TYPE:
        this.#find(TYPES, token === null ? 0 : typeOf(token))
        break
      case AT_FILE_ID:
        this.#find(HAS_ID, token !== null && !isString(token) ? 0 : HAS_ID)
        break
    }
  }

  part(slot: number, bytes: Uint8Array, start: number, end: number, isLast: boolean): void {
    if (this.conversation === null) return
    if (slot === AT_SYSTEM || slot === AT_SYSTEM_TEXT) {
      this.conversation.systemText(bytes, start, end)
      if (slot === AT_SYSTEM && isLast) this.conversation.endSystemBlock()
    } else this.conversation.messageText(bytes, start, end, isLast)
  }

  /** An object or array where a simple value is expected. */
  #other(slot: number): void {
    if (slot === AT_MODEL) this.model = null
    else if (slot === AT_STREAM) this.stream = null
  }

  #find(what: number, found: number): void {
    const innermost = this.#found.length - 1
    if (innermost >= 0) this.#found[innermost] = (this.#found[innermost]! & ~what) | found
  }

  #endSource(): void {
    const found = this.#found.pop()!
    const isFile = (found & IS_FILE) !== 0 && (found & HAS_ID) !== 0
    const holdsFile = (found & IS_CONTENT) !== 0 && (found & HAS_INNER_FILE) !== 0
    if (isFile || holdsFile) this.#find(HAS_FILE, HAS_FILE)
  }

  /** A tool's input and output are the user's own data, whatever the keys; what its result shows is not. */
  #endBlock(context: number): void {
    const found = this.#found.pop()!
    const isUpload = (found & IS_UPLOAD) !== 0 && (found & HAS_ID) !== 0
    const holdsFile = (found & IS_TOOL_RESULT) !== 0 && (found & HAS_INNER_FILE) !== 0
    if ((found & HAS_FILE) === 0 && !isUpload && !holdsFile) return
    if (context === BLOCK) this.#namesFile = true
    else this.#find(HAS_INNER_FILE, HAS_INNER_FILE)
  }
}

function table(values: Record<number, number>): Uint8Array {
  const all = new Uint8Array(AT_TEXT + 1)
  for (const [index, value] of Object.entries(values)) all[Number(index)] = value
  return all
}

function typeOf(token: JsonToken): number {
  if (isText(token, 'file')) return IS_FILE
  if (isText(token, 'tool_result')) return IS_TOOL_RESULT
  if (isText(token, 'content')) return IS_CONTENT
  return isText(token, 'container_upload') ? IS_UPLOAD : 0
}

const isString = ({ bytes, start }: JsonToken) => bytes[start] === 0x22

const textOf = (token: JsonToken | null) => (token === null ? null : stringOf(token))

/** True and false are themselves, null is false; null for any other value. */
function booleanOf(token: JsonToken | null): boolean | null {
  const first = token === null ? 0 : token.bytes[token.start]
  if (first === 0x74) return true
  return first === 0x66 || first === 0x6e ? false : null
}

/** A whole number of so few digits that it is exact. */
function countOf(token: JsonToken | null): number | null {
  if (token === null || token.end - token.start > 15) return null
  let count = 0
  for (let at = token.start; at < token.end; at++) {
    const digit = token.bytes[at]! - 0x30
    if (digit < 0 || digit > 9) return null
    count = count * 10 + digit
  }
  return count
}

/** Stands for a name of more than MAX_TOKEN_BYTES. */
const TOO_LONG = '-'.repeat(MAX_TOKEN_BYTES)
