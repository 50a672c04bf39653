import { LRUCache } from 'lru-cache'
import { atMost } from '../../platform/at-most.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Affinity, SessionBinding, SessionUse } from './slots.ts'

export interface SessionBindings {
  /** The account that the session is bound to, or null. Doesn't count as use. */
  accountOf: (session: string) => string | null
  /** Binds the session to the account that it got, or renews or keeps its binding, and says which. */
  use: (session: string, accountId: string, isCandidate: (accountId: string) => boolean) => BindingUse
  /** Renews the binding that the response came by, for at least as long as the cache it wrote lasts. */
  noteUse: (use: SessionUse) => void
  size: () => number
}

interface BindingUse {
  affinity: Affinity
  /** The session's binding as it was before. */
  binding: SessionBinding | null
}

/** What became of the binding of a request without a session. */
export const UNBOUND: BindingUse = { affinity: 'none', binding: null }

interface Entry {
  binding: SessionBinding
  expiresAt: number
}

/**
 * Which account each session stays with, for `ttlMs` after each use or as long as its prompt cache lasts. When there are
 * more than `max`, the least recently used are forgotten.
 */
export function createSessionBindings(options: { clock: Clock; ttlMs: number; max: number }): SessionBindings {
  const { clock, ttlMs, max } = options
  const entries = new LRUCache<string, Entry>(atMost(max))

  function find(session: string): Entry | null {
    const entry = entries.get(session)
    return entry === undefined || entry.expiresAt <= clock.uptime() ? null : entry
  }

  function renew(entry: Entry): void {
    entry.expiresAt = clock.uptime() + Math.max(ttlMs, entry.binding.cacheTtlMs)
  }

  return {
    accountOf: (session) => find(session)?.binding.accountId ?? null,

    use(session, accountId, isCandidate) {
      const entry = find(session)
      const binding = entry?.binding ?? null
      if (entry !== null && entry.binding.accountId === accountId) {
        renew(entry)
        return { affinity: 'kept', binding }
      }
      if (binding !== null && isCandidate(binding.accountId)) return { affinity: 'spilled', binding }
      const fresh = { accountId, cacheReadTokens: 0, cacheTtlMs: 0, model: null }
      entries.set(session, { binding: fresh, expiresAt: clock.uptime() + ttlMs })
      return { affinity: binding === null ? 'new' : 'moved', binding }
    },

    noteUse({ session, accountId, model, cacheReadTokens, cacheTtlMs }) {
      const entry = find(session)
      if (entry === null || entry.binding.accountId !== accountId) return
      // A response that writes nothing, or for a shorter time, doesn't end what was written before.
      const longestTtlMs = Math.max(entry.binding.cacheTtlMs, cacheTtlMs)
      entry.binding = { accountId, cacheReadTokens, cacheTtlMs: longestTtlMs, model }
      renew(entry)
    },

    size: () => entries.size
  }
}
