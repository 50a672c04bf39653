import { createCipheriv, createDecipheriv, createHash, hash, randomBytes } from 'node:crypto'
import { NamedError } from './named-error.ts'

export interface SecretBox {
  /** `context` names what the secret belongs to; it must be given again to open it, so secrets cannot be swapped. */
  seal: (plaintext: string, context: string) => Buffer
  /** Throws SecretKeyMissingError, or SecretUnreadableError when the bytes or the context are not those that were sealed. */
  open: (sealed: Buffer, context: string) => string
  /** Whether it was sealed with the key that seals now; if not, it needs its old key until it is sealed anew. */
  isCurrent: (sealed: Buffer) => boolean
  /** From now on `key` seals, and all that opened before still opens. Throws SecretKeyInvalidError. */
  addKey: (key: string) => void
}

export class SecretKeyInvalidError extends NamedError {}

export class SecretKeyMissingError extends NamedError {}

export class SecretUnreadableError extends NamedError {}

const ALGORITHM = 'aes-256-gcm'
const KEY_BYTES = 32

// Layout: version, key id, nonce, tag, ciphertext.
const VERSION = 1
const KEY_ID_BYTES = 8
const NONCE_BYTES = 12
const TAG_BYTES = 16
const NONCE_AT = 1 + KEY_ID_BYTES
const TAG_AT = NONCE_AT + NONCE_BYTES
const CIPHERTEXT_AT = TAG_AT + TAG_BYTES

interface SecretKey {
  key: Buffer
  id: Buffer
}

/**
 * AES-256-GCM under the first of `keys`; all of them open. Where there are none, `createKey` makes one when something is to be sealed.
 * Throws SecretKeyInvalidError.
 */
export function createSecretBox(keys: readonly string[], createKey?: () => string): SecretBox {
  const parsed = keys.map(toSecretKey)
  if (parsed.length === 0 && createKey === undefined) throw new SecretKeyInvalidError('At least one secret key is needed')

  function sealingKey(): SecretKey {
    if (parsed[0] === undefined) parsed.push(toSecretKey(createKey!()))
    return parsed[0]!
  }

  return {
    seal(plaintext, context) {
      const current = sealingKey()
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(ALGORITHM, current.key, nonce, { authTagLength: TAG_BYTES })
      cipher.setAAD(Buffer.from(context))
      const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()])
      return Buffer.concat([Buffer.of(VERSION), current.id, nonce, cipher.getAuthTag(), ciphertext])
    },
    open(sealed, context) {
      const id = keyIdIn(sealed)
      if (id === null) throw new SecretUnreadableError(`The stored secret of ${context} has an unknown format`)
      const entry = parsed.find((candidate) => candidate.id.equals(id))
      if (entry === undefined) {
        throw new SecretKeyMissingError(
          `The secret of ${context} was sealed with the key ${id.toString('hex')}, which is not among the secret keys given: add it to SLUICE_SECRET_KEY, or to the file secret-key in DATA_DIR`
        )
      }
      const decipher = createDecipheriv(ALGORITHM, entry.key, sealed.subarray(NONCE_AT, TAG_AT), { authTagLength: TAG_BYTES })
      decipher.setAAD(Buffer.from(context))
      decipher.setAuthTag(sealed.subarray(TAG_AT, CIPHERTEXT_AT))
      try {
        return Buffer.concat([decipher.update(sealed.subarray(CIPHERTEXT_AT)), decipher.final()]).toString('utf8')
      } catch (error) {
        throw new SecretUnreadableError(`The stored secret of ${context} was changed, or belongs to something else`, {
          cause: error
        })
      }
    },
    isCurrent: (sealed) => parsed[0] !== undefined && keyIdIn(sealed)?.equals(parsed[0].id) === true,
    addKey(key) {
      parsed.unshift(toSecretKey(key))
    }
  }
}

/** Null for bytes that no box sealed. */
function keyIdIn(sealed: Buffer): Buffer | null {
  return sealed.length < CIPHERTEXT_AT || sealed[0] !== VERSION ? null : sealed.subarray(1, NONCE_AT)
}

function toSecretKey(text: string): SecretKey {
  const key = parseSecretKey(text)
  return { key, id: keyIdOf(key) }
}

/** 32 bytes as hex or base64. Throws SecretKeyInvalidError, whose message does not repeat the key. */
export function parseSecretKey(text: string): Buffer {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return Buffer.from(text, 'base64')
  throw new SecretKeyInvalidError(
    `A secret key must be ${KEY_BYTES} bytes as hex or base64: generate one with \`openssl rand -hex ${KEY_BYTES}\``
  )
}

function keyIdOf(key: Buffer): Buffer {
  return createHash('sha256').update(key).digest().subarray(0, KEY_ID_BYTES)
}

const CLIENT_KEY_PREFIX = 'sk-sluice-'
/** Of what stands for a key: they begin as keys do, so that what looks for leaked keys finds them. */
const ACCESS_TOKEN_PREFIX = `${CLIENT_KEY_PREFIX}at-`
const REFRESH_TOKEN_PREFIX = `${CLIENT_KEY_PREFIX}rt-`
const SHOWN_CHARACTERS = 4

const generateSecret = (prefix: string) => prefix + randomBytes(32).toString('base64url')

export const generateClientKey = () => generateSecret(CLIENT_KEY_PREFIX)
export const generateAccessToken = () => generateSecret(ACCESS_TOKEN_PREFIX)
export const generateRefreshToken = () => generateSecret(REFRESH_TOKEN_PREFIX)

/** What is stored of a client key or a token: its SHA-256. They are random, so neither salt nor stretching would add anything. */
export function hashClientKey(key: string): Buffer {
  return hash('sha256', key, 'buffer')
}

/** What of a client key may be shown, enough to tell one's keys apart: "sk-sluice-Ab12…". */
export function prefixForDisplay(key: string): string {
  const prefixes = [ACCESS_TOKEN_PREFIX, REFRESH_TOKEN_PREFIX, CLIENT_KEY_PREFIX, '']
  const known = prefixes.find((prefix) => key.startsWith(prefix)) ?? ''
  return `${key.slice(0, known.length + SHOWN_CHARACTERS)}…`
}
