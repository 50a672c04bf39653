import { bodyEmpty, bodyMalformed, fieldInvalid } from '../../platform/gateway-errors.ts'
import { ConversationDigest } from './conversation-digest.ts'
import { EnvelopeReader, type MessageThread } from './envelope-reader.ts'
import { JsonWalk } from '../../platform/json-walk.ts'
import { Utf8Check } from '../../platform/utf8-check.ts'

/** The Messages API's own limit for a request body, also after decoding. */
export const MAX_BODY_BYTES = 33_554_432

/** What Sluice reads of a request body. Everything else in it is for the upstream and stays unread. */
export interface Envelope {
  readonly model: string
  readonly stream: boolean
  /** `metadata.user_id`, where Claude Code names its session; null when there is none. */
  readonly metadataUserId: string | null
  /** True when the body refers to state kept at one upstream account, so that only that account can answer it. */
  readonly pinned: boolean
  /** The message thread that the request begins or continues (beta `message-threads-2026-08-12`); null when neither. */
  readonly thread: MessageThread | null
  /** `fast` if the request asks for it, which has its own limits; null for the usual speed. */
  readonly speed: string | null
  /** The most tokens that the response may have; null where that cannot be told. */
  readonly maxTokens: number | null
  /** Identifies the conversation when it names no session; null when nothing does, or it was not requested. */
  readonly conversation: string | null
  /** The position of the model's name in the decoded body, with its quotes. */
  readonly modelSpan: { readonly start: number; readonly end: number }
  /** Where the last message stands in it; the same twice when there is none. */
  readonly lastMessage: { readonly start: number; readonly end: number }
  /** The length of the decoded body. */
  readonly jsonBytes: number
}

/** Reads the envelope of a `POST /v1/messages` or `count_tokens` body while the decoded body passes, piece by piece. */
export class EnvelopeScan {
  readonly #reader: EnvelopeReader
  readonly #walk: JsonWalk
  readonly #text = new Utf8Check()
  #isValid = true
  #bytes = 0

  /** `forConversation`: whether the conversation must be identified. */
  constructor({ forConversation }: { forConversation: boolean }) {
    this.#reader = new EnvelopeReader(forConversation ? new ConversationDigest() : null)
    this.#walk = new JsonWalk(this.#reader)
  }

  /** False once `finish` is certain to throw, whatever follows. */
  push(piece: Uint8Array): boolean {
    this.#bytes += piece.length
    this.#isValid &&= this.#text.push(piece) && this.#walk.push(piece) && !this.#reader.isAmbiguous
    return this.#isValid
  }

  /** Throws GatewayError 400. */
  finish(): Envelope {
    if (this.#bytes === 0) throw bodyEmpty()
    if (!this.#isValid || !this.#text.isComplete || !this.#walk.isComplete) throw bodyMalformed()
    const { userId, pinned, thread, speed, maxTokens, conversation, modelFrom, modelTo, lastMessageFrom, lastMessageTo } =
      this.#reader
    return {
      model: checkedModel(this.#reader.model),
      stream: checkedStream(this.#reader.stream),
      metadataUserId: userId,
      pinned,
      thread,
      speed: checkedSpeed(speed),
      maxTokens,
      conversation: conversation?.key ?? null,
      modelSpan: { start: modelFrom, end: modelTo },
      lastMessage: { start: lastMessageFrom, end: lastMessageTo },
      jsonBytes: this.#bytes
    }
  }
}

/** No model has a longer name; the bound keeps such names out of records and logs. */
const MAX_MODEL_LENGTH = 256

function checkedModel(model: string | null | undefined): string {
  if (model === undefined) throw fieldInvalid('model: Field required')
  if (model === null) throw fieldInvalid('model: Input should be a valid string')
  if (model.length === 0) throw fieldInvalid('model: String should have at least 1 character')
  if (model.length > MAX_MODEL_LENGTH) throw fieldInvalid(`model: String should have at most ${MAX_MODEL_LENGTH} characters`)
  return model
}

function checkedStream(stream: boolean | null): boolean {
  if (stream === null) throw fieldInvalid('stream: Input should be a valid boolean')
  return stream
}

function checkedSpeed(speed: string | null): string | null {
  return speed !== null && /^[a-z_]{1,20}$/.test(speed) && speed !== 'standard' ? speed : null
}
