import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'
import { databaseAway } from '../gateway-errors.ts'
import type { ClientKeyRecord } from '../records/client-keys.ts'
import { hashClientKey } from '../secrets.ts'

export interface ClientKeyDirectoryOptions {
  /** Reads one key with its user, group and subscription by the key's SHA-256; null when there is none. */
  read: (hash: Buffer) => Promise<ClientKeyRecord | null>
  clock: Clock
  /** A record is used without asking again for this long. */
  freshMs: number
  /** And for this long while the database cannot be asked. */
  staleMs: number
  maxKeys?: number
}

export interface ClientKeyDirectory {
  /** The record of a client key, or null when no such key exists. Rejects with 503 when nobody can tell. */
  find: (key: string) => Promise<ClientKeyRecord | null>
  /** Something changed: ask again at the next use, but keep what is known for when the database is away. */
  expire: () => void
}

interface Entry {
  record: ClientKeyRecord | null
  readAt: number
}

/** After a failed or slow read the database is left alone this long, so that requests need not each wait for it. */
const AWAY_PAUSE_MS = 1000

/** A database that takes connections but doesn't answer is away too. */
const PATIENCE_MS = 500

/** Who is behind a client key, remembered. Unknown keys are remembered apart, so that guessing cannot push out the real ones. */
export function createClientKeyDirectory(options: ClientKeyDirectoryOptions): ClientKeyDirectory {
  const { read, clock, freshMs, staleMs, maxKeys = 10_000 } = options
  const known = new LRUCache<string, Entry>({ max: maxKeys })
  const unknown = new LRUCache<string, Entry>({ max: maxKeys })
  const reading = new Map<string, { promise: Promise<Entry>; readAt: number }>()
  let expiredAt = -Infinity
  let awayUntil = -Infinity

  const isFresh = (entry: Entry) => clock.now() - entry.readAt < freshMs && entry.readAt > expiredAt

  function readOnce(hash: Buffer, name: string): Promise<Entry> {
    const running = reading.get(name)
    if (running !== undefined && running.readAt > expiredAt) return running.promise
    // One that began before a change may have missed it; its answer must not come last.
    const earlier = running === undefined ? null : running.promise.catch(() => null)
    const readAt = clock.now()
    const promise = (earlier === null ? read(hash) : earlier.then(() => read(hash)))
      .then((record) => {
        const entry = { record, readAt }
        if (record === null) {
          known.delete(name)
          unknown.set(name, entry)
        } else {
          unknown.delete(name)
          known.set(name, entry)
        }
        return entry
      })
      .finally(() => {
        if (reading.get(name)?.promise === promise) reading.delete(name)
      })
    reading.set(name, { promise, readAt })
    return promise
  }

  /** Null when the database takes longer to answer than a client who is known has to wait. */
  async function readSoon(hash: Buffer, name: string): Promise<Entry | null> {
    const late = Promise.withResolvers<null>()
    const patience = clock.setTimer(() => late.resolve(null), PATIENCE_MS)
    try {
      return await Promise.race([readOnce(hash, name), late.promise])
    } finally {
      patience.cancel()
    }
  }

  async function refreshKnown(
    hash: Buffer,
    name: string,
    known: ClientKeyRecord,
    readAt: number
  ): Promise<ClientKeyRecord | null> {
    if (clock.now() < awayUntil) return known
    // After a change notice the answer is awaited, however slow: what is known may have been revoked.
    const read = readAt > expiredAt ? readSoon(hash, name) : readOnce(hash, name)
    const entry = await read.catch(() => null)
    if (entry !== null) return entry.record
    awayUntil = clock.now() + AWAY_PAUSE_MS
    return known
  }

  async function readUnknown(hash: Buffer, name: string): Promise<ClientKeyRecord | null> {
    try {
      return (await readOnce(hash, name)).record
    } catch (error) {
      awayUntil = clock.now() + AWAY_PAUSE_MS
      throw databaseAway(error)
    }
  }

  function refresh(hash: Buffer, name: string, entry: Entry | undefined): Promise<ClientKeyRecord | null> {
    const isUsable = entry !== undefined && clock.now() - entry.readAt < staleMs
    if (!isUsable || entry.record === null) return readUnknown(hash, name)
    return refreshKnown(hash, name, entry.record, entry.readAt)
  }

  return {
    async find(key) {
      const hash = hashClientKey(key)
      const name = hash.toString('base64')
      const entry = known.get(name) ?? unknown.get(name)
      return entry !== undefined && isFresh(entry) ? entry.record : refresh(hash, name, entry)
    },
    expire() {
      expiredAt = clock.now()
    }
  }
}
