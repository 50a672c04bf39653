import { LRUCache } from 'lru-cache'
import { atMost } from '../../platform/at-most.ts'
import type { Reading, Readings } from '../../platform/database/readings.ts'
import type { ClientKeyRecord } from '../../resources/records/client-keys.ts'
import { hashClientKey } from '../../platform/secrets.ts'

interface ClientKeyDirectoryOptions {
  /** Reads one key with its user, group and subscription by the key's SHA-256; null when there is none. */
  read: (hash: Buffer) => Promise<ClientKeyRecord | null>
  readings: Readings
  maxKeys?: number
}

export interface ClientKeyDirectory {
  /** The record of a client key, or null when no such key exists. Rejects with 503 when that cannot be determined. */
  find: (key: string) => Promise<ClientKeyRecord | null>
  /** Forgets a key. */
  forget: (key: string) => void
}

type KeyReading = Reading<ClientKeyRecord | null>

/** Caches who client keys belong to. Unknown keys are cached separately, so that guessing cannot evict real ones. */
export function createClientKeyDirectory({ read, readings, maxKeys = 10_000 }: ClientKeyDirectoryOptions): ClientKeyDirectory {
  const known = new LRUCache<string, KeyReading>(atMost(maxKeys))
  const unknown = new LRUCache<string, KeyReading>(atMost(maxKeys))

  function begin(hash: Buffer, name: string): KeyReading {
    // While the database is away, an unknown key is never denied: it may have been created since.
    const reading = readings.keep('directory', { read: () => read(hash), mayGoStale: (record) => record !== null })
    unknown.set(name, reading)
    return reading
  }

  function file(name: string, reading: KeyReading, isKnown: boolean): void {
    const [to, from] = isKnown ? [known, unknown] : [unknown, known]
    if (!from.delete(name)) return
    to.set(name, reading)
  }

  return {
    async find(key) {
      const hash = hashClientKey(key)
      const name = hash.toString('base64')
      const reading = known.get(name) ?? unknown.get(name) ?? begin(hash, name)
      const record = await reading.current()
      file(name, reading, record !== null)
      return record
    },
    forget(key) {
      const name = hashClientKey(key).toString('base64')
      known.delete(name)
      unknown.delete(name)
    }
  }
}
