import { LRUCache } from 'lru-cache'
import { atMost } from '../../platform/at-most.ts'
import { shortened } from './exchange-trace.ts'
import type { ExplainedExchange } from './explain.ts'

/** A request refused before it became an exchange, or whose exchange could not be recorded. */
export interface EarlyRefusal {
  /** The exchange id that the client was told. */
  id: string
  /** Epoch milliseconds. */
  at: number
  status: number
  type: string
  message: string
  /** The client's address; null where it was not known yet. */
  address: string | null
  /** The route; null where there is none. */
  path: string | null
  /** What else the log says: `user`, `key` and `group` of a known key, `keys` with the beginnings of unknown ones. */
  facts: Readonly<Record<string, string>>
}

export interface EarlyRefusals {
  note: (refusal: EarlyRefusal) => void
  /** Null when there was none, or it was evicted. */
  find: (id: string) => EarlyRefusal | null
}

const MAX_SUBJECTS = 500
const MAX_EACH = 10

/**
 * The last refusals of each key, or of each address where no key is known, in this process's memory. Frequent refusals evict only
 * those of the same key or address.
 */
export function createEarlyRefusals(): EarlyRefusals {
  const bySubject = new LRUCache<string, EarlyRefusal[]>(atMost(MAX_SUBJECTS))
  return {
    note(refusal) {
      const subject = subjectOf(refusal)
      const before = bySubject.get(subject) ?? []
      bySubject.set(subject, [...before.slice(1 - MAX_EACH), { ...refusal, message: shortened(refusal.message) }])
    },
    find(id) {
      for (const refusals of bySubject.values()) {
        const found = refusals.find((refusal) => refusal.id === id)
        if (found !== undefined) return found
      }
      return null
    }
  }
}

const subjectOf = ({ address, facts: { user, key } }: EarlyRefusal) =>
  user === undefined || key === undefined ? `address ${address}` : `key ${user}/${key}`

/** Shown as an exchange whose only decision was the refusal. */
export function explainEarlyRefusal({ id, at, status, type, message, address, path, facts }: EarlyRefusal): ExplainedExchange {
  const time = new Date(at).toISOString()
  return {
    id,
    created_at: time,
    ended_at: time,
    kind: null,
    user_email: facts['user'] ?? null,
    key_name: facts['key'] ?? null,
    group: facts['group'] ?? null,
    model: null,
    stream: null,
    pinned: null,
    session: null,
    status,
    client_gone: false,
    error: { type, message },
    limits: [],
    waits: [],
    choices: [],
    attempts: [],
    left_out: 0,
    usage: [],
    refused_early: { address, path, keys: facts['keys'] ?? null }
  }
}
