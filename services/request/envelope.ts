import { isUtf8 } from 'node:buffer'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib'
import { bodyEmpty, bodyMalformed, bodyTooLarge, fieldInvalid } from '../gateway-errors.ts'
import { scanJsonObject, stringAt, type JsonMember } from './json-scan.ts'

/** The Messages API's own limit for a request body, also after decoding. */
export const MAX_BODY_BYTES = 33_554_432

/** What Sluice reads of a request body. Everything else in it is the upstream's business and stays unread. */
export interface Envelope {
  model: string
  stream: boolean
  /** `metadata.user_id`, where Claude Code names its session; null when there is none. */
  metadataUserId: string | null
  /** True when the body refers to state kept at one upstream account, so that only that account can answer it. */
  pinned: boolean
  /** The message thread that the request begins or continues (beta `message-threads-2026-08-12`); null when neither. */
  thread: MessageThread | null
  /** `fast` where the request asks for it, which has limits of its own; null for the usual speed. */
  speed: string | null
  /** The body as it came, which is what goes upstream. */
  body: Buffer
  /** The decoded JSON: the same bytes as `body` unless that is compressed. */
  json: Buffer
  members: JsonMember[]
}

/** A conversation whose earlier turns the upstream keeps: each turn names the message that it goes on from. */
export type MessageThread = { kind: 'create' } | { kind: 'continue'; previousMessageId: string }

/** The key that names a file uploaded to one upstream account, somewhere in a message. */
const FILE_ID = Buffer.from('"file_id"')

/** A repeated one of these would be read one way here and perhaps another way upstream. */
const SINGLE_MEMBERS = new Set(['model', 'stream', 'metadata'])

/**
 * Reads the envelope of a `POST /v1/messages` or `count_tokens` body; `json` is the body decoded, or the body itself.
 * Throws GatewayError 400.
 */
export function readEnvelope(body: Buffer, json: Buffer = body): Envelope {
  if (body.length === 0) throw bodyEmpty()
  const fileId = { quotedKey: FILE_ID, seen: false }
  const members = isUtf8(json) ? scanJsonObject(json, 0, json.length, fileId) : null
  if (members === null) throw bodyMalformed()

  const seen = new Set<string>()
  let model: JsonMember | undefined
  let stream: JsonMember | undefined
  let metadata: JsonMember | undefined
  let container: JsonMember | undefined
  let thread: JsonMember | undefined
  for (const member of members) {
    if (SINGLE_MEMBERS.has(member.key)) {
      if (seen.has(member.key)) throw bodyMalformed()
      seen.add(member.key)
    }
    if (member.key === 'model') model = member
    else if (member.key === 'stream') stream = member
    else if (member.key === 'metadata') metadata = member
    else if (member.key === 'container') container = member
    else if (member.key === 'thread') thread = member
  }
  return {
    model: readModel(json, model),
    stream: readStream(json, stream),
    metadataUserId: readUserId(json, metadata),
    pinned: namesContainer(json, container) || fileId.seen,
    thread: readThread(json, thread),
    speed: readSpeed(json, members),
    body,
    json,
    members
  }
}

/** The bytes of one of the body's own members; undefined when there is none. */
export function memberBytes(envelope: Envelope, key: string): Buffer | undefined {
  const member = envelope.members.find((candidate) => candidate.key === key)
  return member === undefined ? undefined : envelope.json.subarray(member.start, member.end)
}

/**
 * The body with another model named in it and every other byte kept. A compressed body goes up decoded then, since
 * there is no splicing inside compression; `encoded` says whether the client's content-encoding still holds.
 */
export function withModel(envelope: Envelope, model: string): { body: Buffer; encoded: boolean } {
  if (model === envelope.model) return { body: envelope.body, encoded: true }
  const member = envelope.members.find((candidate) => candidate.key === 'model')!
  return { body: splice(envelope.json, member, model), encoded: false }
}

/** `bytes` with the JSON string at `span` replaced. */
export function splice(bytes: Buffer, span: { start: number; end: number }, value: string): Buffer {
  return Buffer.concat([bytes.subarray(0, span.start), Buffer.from(JSON.stringify(value)), bytes.subarray(span.end)])
}

type Decoder = (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>

const DECODERS = new Map<string, Decoder>([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
  ['zstd', promisify(zstdDecompress)]
])

/** The JSON inside a compressed body. Throws GatewayError 400, or 413 when it grows beyond the limit. */
export async function decodeBody(body: Buffer, contentEncoding: string): Promise<Buffer> {
  const encoding = contentEncoding.trim().toLowerCase()
  if (encoding === 'identity' || encoding === '') return body
  const decoder = DECODERS.get(encoding)
  if (decoder === undefined) throw fieldInvalid('content-encoding must be one of gzip, deflate, br, zstd')
  try {
    return await decoder(body, { maxOutputLength: MAX_BODY_BYTES })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw bodyTooLarge(MAX_BODY_BYTES)
    throw fieldInvalid(`Failed to decode request body as ${encoding}`)
  }
}

const isNull = (json: Buffer, member: JsonMember) => json[member.start] === 0x6e
const isString = (json: Buffer, member: JsonMember) => json[member.start] === 0x22

/** Longer names are no model's; the bound keeps them out of records and logs. */
const MAX_MODEL_LENGTH = 256

function readModel(json: Buffer, member: JsonMember | undefined): string {
  if (member === undefined) throw fieldInvalid('model: Field required')
  if (!isString(json, member)) throw fieldInvalid('model: Input should be a valid string')
  const model = stringAt(json, member.start, member.end)
  if (model.length === 0) throw fieldInvalid('model: String should have at least 1 character')
  if (model.length > MAX_MODEL_LENGTH) throw fieldInvalid(`model: String should have at most ${MAX_MODEL_LENGTH} characters`)
  return model
}

function readStream(json: Buffer, member: JsonMember | undefined): boolean {
  if (member === undefined || isNull(json, member)) return false
  const text = json.toString('latin1', member.start, member.end)
  if (text !== 'true' && text !== 'false') throw fieldInvalid('stream: Input should be a valid boolean')
  return text === 'true'
}

/** Anything but a word is the upstream's to refuse. */
function readSpeed(json: Buffer, members: readonly JsonMember[]): string | null {
  const member = members.findLast(({ key }) => key === 'speed')
  if (member === undefined || !isString(json, member)) return null
  const speed = stringAt(json, member.start, member.end)
  return /^[a-z_]{1,20}$/.test(speed) && speed !== 'standard' ? speed : null
}

function readUserId(json: Buffer, metadata: JsonMember | undefined): string | null {
  if (metadata === undefined) return null
  const userId = scanJsonObject(json, metadata.start, metadata.end)?.find((member) => member.key === 'user_id')
  return userId !== undefined && isString(json, userId) ? stringAt(json, userId.start, userId.end) : null
}

/** A container that is named is a place at one account; one that only says which skills to load is made anew. */
function namesContainer(json: Buffer, container: JsonMember | undefined): boolean {
  if (container === undefined) return false
  if (isString(json, container)) return true
  const id = scanJsonObject(json, container.start, container.end)?.findLast((member) => member.key === 'id')
  return id !== undefined && isString(json, id)
}

function readThread(json: Buffer, thread: JsonMember | undefined): MessageThread | null {
  const members = thread === undefined ? null : scanJsonObject(json, thread.start, thread.end)
  const textOf = (key: string) => {
    const member = members?.findLast((candidate) => candidate.key === key)
    return member !== undefined && isString(json, member) ? stringAt(json, member.start, member.end) : null
  }
  const previousMessageId = textOf('previous_message_id')
  if (textOf('type') === 'create') return { kind: 'create' }
  return textOf('type') === 'continue' && previousMessageId !== null ? { kind: 'continue', previousMessageId } : null
}
