import type { AccountHealth } from './account-health.ts'
import type { ProbeTurn } from './probes.ts'
import type { SharedSlots } from '../slots/shared-slots.ts'

/** Lets one request of all replicas probe an account that may have recovered; `AccountHealth` lets one per process. */
export interface SharedProbes {
  /** False when a request elsewhere probes what the holder claimed here; the holder then loses it. Never rejects. */
  confirm: (holder: string) => Promise<boolean>
  /** Ends the holder's probes that had no result; others may try. Never rejects. */
  release: (holder: string) => Promise<void>
}

interface SharedProbesOptions {
  health: Pick<AccountHealth, 'probesOf' | 'leaveProbe' | 'releaseProbe'>
  /** Null where no other process serves. */
  shared: Pick<SharedSlots, 'takeTurn' | 'giveTurnBack'> | null
  /** While it doesn't answer, each replica tries for itself. */
  isShared: () => boolean
}

export function createSharedProbes({ health, shared, isShared }: SharedProbesOptions): SharedProbes {
  async function take({ name, ttlMs }: ProbeTurn, holder: string): Promise<boolean> {
    if (shared === null || !isShared()) return true
    return await shared.takeTurn(name, holder, ttlMs).catch(() => true)
  }

  async function giveBack(turns: readonly ProbeTurn[], holder: string): Promise<void> {
    if (shared === null || !isShared()) return
    // If this fails, the turn ends by itself.
    await Promise.all(turns.map(({ name }) => shared.giveTurnBack(name, holder).catch(() => {})))
  }

  return {
    async confirm(holder) {
      const turns = health.probesOf(holder)
      const taken = await Promise.all(turns.map((turn) => take(turn, holder)))
      if (!taken.includes(false)) return true
      health.leaveProbe(holder)
      await giveBack(turns, holder)
      return false
    },

    // A probe with a result keeps its turn: other replicas may not have heard of it yet, and the next cooldown has another name.
    async release(holder) {
      const turns = health.probesOf(holder)
      health.releaseProbe(holder)
      await giveBack(turns, holder)
    }
  }
}
