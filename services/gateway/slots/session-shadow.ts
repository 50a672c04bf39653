import { LRUCache } from 'lru-cache'
import { atMost } from '../../platform/at-most.ts'
import type { SessionBindings } from './session-bindings.ts'
import type { SharedSlots } from './shared-slots.ts'
import type { AccountSlot, AccountSlotRequest } from './slots.ts'

interface SessionShadow {
  /** Takes over what shared slots said of the session's binding. */
  note: (session: string, slot: AccountSlot) => void
  /** The account that the request's session is bound to as this process knows, and the server doesn't; null = none. */
  forgottenBinding: (request: AccountSlotRequest) => Promise<string | null>
  /** The server was away or emptied: what it knew of sessions may be lost. */
  mayBeForgotten: () => void
}

/** As many sessions as are remembered by default. */
const MAX_SESSIONS = 100_000

/**
 * Keeps this process's own bindings in step with those of shared slots, so that sessions keep their accounts while the
 * server is away, and when it comes back without having heard of them.
 */
export function createSessionShadow(bindings: SessionBindings, shared: Pick<SharedSlots, 'boundAccount'>): SessionShadow {
  /** Sessions that the server knew since it was away last. */
  const known = new LRUCache<string, true>(atMost(MAX_SESSIONS))

  return {
    note(session, { accountId, affinity, binding }) {
      known.set(session, true)
      const boundTo = affinity === 'spilled' && binding !== null ? binding.accountId : accountId
      bindings.use(session, boundTo, () => false)
      if (binding === null || binding.model === null || binding.accountId !== boundTo) return
      const { model, cacheReadTokens, cacheTtlMs } = binding
      bindings.noteUse({ session, accountId: boundTo, model, cacheReadTokens, cacheTtlMs })
    },

    async forgottenBinding({ session }) {
      if (session === null || known.has(session)) return null
      const accountId = bindings.accountOf(session)
      return accountId === null || (await shared.boundAccount(session)) !== null ? null : accountId
    },

    mayBeForgotten: () => known.clear()
  }
}
