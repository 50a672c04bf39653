import type { Clock } from '../../platform/clock.ts'
import type { Slots } from './slots.ts'

interface SlotHeartbeat {
  /** Keeps the lease alive from now on. */
  add: (leaseId: string) => void
  /** Lets go of a lease, before or after it is released. */
  remove: (leaseId: string) => void
  /** Renews nothing any more; for the end of the process. */
  stop: () => void
}

interface SlotHeartbeatOptions {
  slots: Pick<Slots, 'renew'>
  clock: Clock
  /** A third of the leases' time to live lets one renewal fail without harm. */
  intervalMs: number
  /** Leases that ended though they were to be kept: their slots may be somebody else's by now. */
  onLost: (leaseIds: string[]) => void
  /** A renewal that rejected. The next one comes an interval later. */
  onFault: (error: unknown) => void
}

/** Renews all leases of this process in one call per interval. Without leases it stops, after one interval at most. */
export function createSlotHeartbeat({ slots, clock, intervalMs, onLost, onFault }: SlotHeartbeatOptions): SlotHeartbeat {
  const leaseIds = new Set<string>()
  let beating = false
  let stopped = false

  function plan(delayMs: number): void {
    beating = true
    clock.setTimer(() => void beat(), delayMs)
  }

  async function beat(): Promise<void> {
    if (leaseIds.size === 0 || stopped) {
      beating = false
      return
    }
    const startedAt = clock.uptime()
    try {
      const gone = await slots.renew([...leaseIds])
      // One released while its renewal was under way is gone too, but not lost.
      const lost = gone.filter((id) => leaseIds.delete(id))
      if (lost.length > 0) onLost(lost)
    } catch (error) {
      onFault(error)
    }
    plan(Math.max(0, intervalMs - (clock.uptime() - startedAt)))
  }

  return {
    add(leaseId) {
      leaseIds.add(leaseId)
      if (!beating && !stopped) plan(intervalMs)
    },
    remove(leaseId) {
      leaseIds.delete(leaseId)
    },
    stop() {
      stopped = true
      leaseIds.clear()
    }
  }
}
