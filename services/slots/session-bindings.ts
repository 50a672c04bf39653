import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'
import type { Affinity } from './slots.ts'

export interface SessionBindings {
  /** The account that the session is bound to, or null. Doesn't count as use. */
  accountOf: (session: string) => string | null
  /** Binds the session to the account that it got, or renews or keeps its binding, and says which. */
  use: (session: string, accountId: string, isCandidate: (accountId: string) => boolean) => Affinity
  size: () => number
}

interface Binding {
  readonly accountId: string
  expiresAt: number
}

/** Which account each session stays with. When there are more than `max`, the least recently used are forgotten. */
export function createSessionBindings(options: { clock: Clock; ttlMs: number; max: number }): SessionBindings {
  const { clock, ttlMs, max } = options
  const bindings = new LRUCache<string, Binding>({ max })

  function find(session: string): Binding | null {
    const binding = bindings.get(session)
    return binding === undefined || binding.expiresAt <= clock.now() ? null : binding
  }

  return {
    accountOf: (session) => find(session)?.accountId ?? null,

    use(session, accountId, isCandidate) {
      const binding = find(session)
      const expiresAt = clock.now() + ttlMs
      if (binding?.accountId === accountId) {
        binding.expiresAt = expiresAt
        return 'kept'
      }
      if (binding !== null && isCandidate(binding.accountId)) return 'spilled'
      bindings.set(session, { accountId, expiresAt })
      return binding === null ? 'new' : 'moved'
    },

    size: () => bindings.size
  }
}
