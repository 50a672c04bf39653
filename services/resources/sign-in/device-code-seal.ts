import type { Clock } from '../../platform/clock.ts'
import { hashClientKey, type SecretBox } from '../../platform/secrets.ts'

const SEALED_AS = 'device-code'
/** How long somebody has to approve a device. */
export const DEVICE_CODE_MS = 10 * 60_000
/** Longer than any created here. */
const LONGEST = 4000

/** What asks to be signed in, by its own account, and from where. */
export interface DeviceAsker {
  /** Its own name, such as `claude_code`. */
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
 * Device codes that contain what they are for. Any replica can distinguish them from made-up ones, and continue with one that no
 * database knows yet, so that clients are not turned away while the database is away.
 */
export function createDeviceCodeSeal({ secretBox, clock }: { secretBox: SecretBox; clock: Pick<Clock, 'now'> }) {
  return {
    seal(asker: DeviceAsker, userCode: string): { code: string; contents: DeviceCode } {
      const createdAt = clock.now()
      const said = { ...asker, userCode, createdAt, expiresAt: createdAt + DEVICE_CODE_MS }
      const code = secretBox.seal(JSON.stringify(said), SEALED_AS).toString('base64url')
      return { code, contents: { ...said, hash: hashClientKey(code) } }
    },
    /** Null when it was not sealed here, or has expired. */
    open(code: string): DeviceCode | null {
      if (code.length > LONGEST || !/^[\w-]+$/.test(code)) return null
      try {
        const said = JSON.parse(secretBox.open(Buffer.from(code, 'base64url'), SEALED_AS)) as Omit<DeviceCode, 'hash'>
        const leftMs = said.expiresAt - clock.now()
        // More time left than possible: the clock was set back since, and it may have expired long ago.
        return leftMs > 0 && leftMs <= DEVICE_CODE_MS ? { ...said, hash: hashClientKey(code) } : null
      } catch {
        return null
      }
    }
  }
}
