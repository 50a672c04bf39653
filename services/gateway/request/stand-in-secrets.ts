import { randomBytes } from 'node:crypto'
import { hashClientKey } from '../../platform/secrets.ts'

/** Temporary secrets for a key of which only the hash is known, while this process itself asks with that key. */
export interface StandInSecrets {
  /** Runs `work` with a secret that is valid only meanwhile and only in this process, which it must not leave. */
  during: <T>(keyHash: Buffer, work: (secret: string) => Promise<T>) => Promise<T>
  /** The hash of the key that a hash stands for; itself if it stands for none. */
  standingFor: (hash: Buffer) => Buffer
}

const SECRET_BYTES = 32

/** They are checked only when a key's record is read, so other requests do not pay for them. */
export function createStandInSecrets({ forget }: { forget: (secret: string) => void }): StandInSecrets {
  const hashes = new Map<string, Buffer>()
  return {
    async during(keyHash, work) {
      const secret = randomBytes(SECRET_BYTES).toString('base64url')
      const name = hashClientKey(secret).toString('base64')
      hashes.set(name, keyHash)
      try {
        return await work(secret)
      } finally {
        hashes.delete(name)
        forget(secret)
      }
    },
    standingFor: (hash) => (hashes.size === 0 ? hash : (hashes.get(hash.toString('base64')) ?? hash))
  }
}
