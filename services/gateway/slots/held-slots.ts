import type { Clock } from '../../platform/clock.ts'
import { createLeases } from './in-process-leases.ts'
import type { HeldLease } from './shared-slots.ts'
import type { SlotLease } from './slots.ts'

/** A slot or place that a request of this process holds, whichever side granted it. */
export interface HeldSlot {
  readonly lease: HeldLease
  /** The limit that it was asked with, undivided; 0 = no limit. */
  readonly limit: number
  /** As its side granted it. */
  readonly granted: SlotLease
  readonly isLocal: boolean
  /** The shared slots count it, or may do so: they were told, and the answer may have been lost. */
  isShared: boolean
  /** The newest round of registering that it was part of. */
  round: number
}

interface HeldSlots {
  open: (holder: string, slot: HeldSlot) => SlotLease
  /** Returns the ids of those that have ended. */
  renew: (leaseIds: string[]) => string[]
  find: (leaseId: string) => HeldSlot | null
  all: ReadonlySet<HeldSlot>
  close: () => void
}

interface HeldSlotsOptions {
  clock: Clock
  ttlMs: number
  /** Called once for each, when it is released or nobody renewed it. Must not throw or reject. */
  onEnd: (slot: HeldSlot) => Promise<void>
}

/** What the requests of this process hold: known here as long as it is renewed, whether or not a server knows it too. */
export function createHeldSlots({ clock, ttlMs, onEnd }: HeldSlotsOptions): HeldSlots {
  const all = new Set<HeldSlot>()
  const endings = new WeakMap<HeldSlot, Promise<void>>()
  const leases = createLeases<HeldSlot>({
    clock,
    ttlMs,
    onEnd(slot) {
      all.delete(slot)
      endings.set(slot, onEnd(slot))
    }
  })

  return {
    open(holder, slot) {
      const { id, release } = leases.open(holder, slot)
      all.add(slot)
      return {
        id,
        async release() {
          await release()
          await endings.get(slot)
        }
      }
    },

    renew: leases.renew,
    find: leases.find,
    all,
    close: leases.close
  }
}
