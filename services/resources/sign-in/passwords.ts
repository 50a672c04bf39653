import { argon2 as argon2OfCallbacks, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { GatewayError } from '../../platform/gateway-errors.ts'

const argon2 = promisify(argon2OfCallbacks)

/** The minimum for Argon2id in OWASP's Password Storage Cheat Sheet. Memory is in KiB. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 }
const HASH_BYTES = 32
const SALT_BYTES = 16
/** Each takes 19 MiB and a thread of the pool that also resolves host names. */
const AT_ONCE = 2
const MOST_WAITING = 20
const RETRY_AFTER_S = 5

export interface Passwords {
  /** In PHC format. Rejects with 429 when too many are in progress. */
  hash: (password: string) => Promise<string>
  /**
   * `stored` is null for a person without a password, which takes as long as any. Rejects with 429 when too many are in progress.
   */
  verify: (password: string, stored: string | null) => Promise<boolean>
}

/** Passwords as Argon2id (RFC 9106), a few at a time, so that nobody can fill the memory by signing in. */
export function createPasswords(): Passwords {
  let running = 0
  const waiting: (() => void)[] = []

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= AT_ONCE) {
      if (waiting.length >= MOST_WAITING) throw tooBusy()
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else running += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      // The next one waiting takes the place.
      if (next === undefined) running -= 1
      else next()
    }
  }

  return {
    hash: (password) =>
      inTurn(async () => {
        const salt = randomBytes(SALT_BYTES)
        return format({ ...COST, salt, hash: await derive(password, { ...COST, salt, bytes: HASH_BYTES }) })
      }),

    verify: (password, stored) =>
      inTurn(async () => {
        const known = stored === null ? null : parse(stored)
        const { hash, ...cost } = known ?? DUMMY_PASSWORD
        const derived = await derive(password, { ...cost, bytes: hash.length })
        return timingSafeEqual(derived, hash) && known !== null
      })
  }
}

interface Stored {
  memory: number
  passes: number
  parallelism: number
  salt: Buffer
  hash: Buffer
}

const DUMMY_PASSWORD: Stored = { ...COST, salt: Buffer.alloc(SALT_BYTES), hash: Buffer.alloc(HASH_BYTES) }

function derive(password: string, { bytes, salt, memory, passes, parallelism }: Omit<Stored, 'hash'> & { bytes: number }) {
  return argon2('argon2id', { message: password.normalize('NFC'), nonce: salt, tagLength: bytes, memory, passes, parallelism })
}

const unpadded = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')

const format = ({ memory, passes, parallelism, salt, hash }: Stored) =>
  `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(hash)}`

const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d)\$([A-Za-z0-9+/]{11,64})\$([A-Za-z0-9+/]{16,86})$/

/** Null when it is no such hash. */
function parse(text: string): Stored | null {
  const [, memory, passes, parallelism, salt, hash] = PHC.exec(text) ?? []
  if (salt === undefined || hash === undefined) return null
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64')
  }
}

const tooBusy = () =>
  new GatewayError(429, 'rate_limit_error', 'Too many people are signing in, please retry', { retryAfterS: RETRY_AFTER_S })
