import type { Clock } from '../../platform/clock.ts'
import { hashClientKey, type SecretBox } from '../../platform/secrets.ts'

const SEALED_AS = 'device-code'
/** How long somebody has to let in what asks. */
export const DEVICE_CODE_MS = 10 * 60_000
/** Longer than any that is made here. */
const LONGEST = 4000

/** What asks to be signed in, as it said itself, and from where. */
export interface DeviceAsker {
  /** What it calls itself, such as `claude_code`. */
  client: string | null
  address: string | null
  userAgent: string | null
}

export interface DeviceCode extends DeviceAsker {
  /** SHA-256 of the code. */
  hash: Buffer
  userCode: string
  /** Epoch milliseconds. */
  createdAt: number
  expiresAt: number
}

/**
 * Device codes that say what they are for. Any replica can tell its own from made-up ones, and go on with one that no database knows
 * yet, so that whoever waits is never sent away for want of a database.
 */
export function createDeviceCodeSeal({ secretBox, clock }: { secretBox: SecretBox; clock: Pick<Clock, 'now'> }) {
  return {
    seal(asker: DeviceAsker, userCode: string): { code: string; contents: DeviceCode } {
      const createdAt = clock.now()
      const said = { ...asker, userCode, createdAt, expiresAt: createdAt + DEVICE_CODE_MS }
      const code = secretBox.seal(JSON.stringify(said), SEALED_AS).toString('base64url')
      return { code, contents: { ...said, hash: hashClientKey(code) } }
    },
    /** Null for what was not sealed here, or is over. */
    open(code: string): DeviceCode | null {
      if (code.length > LONGEST || !/^[\w-]+$/.test(code)) return null
      try {
        const said = JSON.parse(secretBox.open(Buffer.from(code, 'base64url'), SEALED_AS)) as Omit<DeviceCode, 'hash'>
        const leftMs = said.expiresAt - clock.now()
        // More than there ever was: the clock was set back since, and it may be over long ago.
        return leftMs > 0 && leftMs <= DEVICE_CODE_MS ? { ...said, hash: hashClientKey(code) } : null
      } catch {
        return null
      }
    }
  }
}
