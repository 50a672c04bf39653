import type { Clock, Timer } from '../../platform/clock.ts'
import type { SlotLease } from './slots.ts'

export interface Leases<T> {
  open: (holder: string, subject: T) => SlotLease
  /** Returns the ids of those that have ended. */
  renew: (leaseIds: string[]) => string[]
  /** What a live lease is of; null when it has ended. */
  find: (leaseId: string) => T | null
  size: () => number
  /** Leases end no more by themselves. */
  close: () => void
}

interface LeasesOptions<T> {
  clock: Clock
  ttlMs: number
  /** Called once for each lease, when it is released or has expired. */
  onEnd: (subject: T) => void
}

interface LiveLease<T> {
  readonly subject: T
  expiresAt: number
}

/** The live leases of this process. One timer ends those that nobody renewed. */
export function createLeases<T>({ clock, ttlMs, onEnd }: LeasesOptions<T>): Leases<T> {
  // In order of expiry, since all last equally long and renewing one moves it to the end.
  const live = new Map<string, LiveLease<T>>()
  let opened = 0
  let plannedSweep: Timer | null = null

  function end(id: string): void {
    const lease = live.get(id)
    if (lease === undefined) return
    live.delete(id)
    onEnd(lease.subject)
  }

  // Left running when the last lease ends: one idle sweep is cheaper than a timer per request.
  function planSweep(delayMs: number): void {
    const dueAt = clock.uptime() + delayMs
    plannedSweep = clock.setTimer(() => sweep(dueAt), delayMs)
  }

  function sweep(dueAt: number): void {
    const now = clock.uptime()
    // So late, the machine slept or the process hung, and the heartbeats with it: live holders get time for one more.
    if (now - dueAt > ttlMs / 3) return planSweep(ttlMs / 2)
    for (const [id, lease] of live) {
      if (lease.expiresAt > now) return planSweep(lease.expiresAt - now)
      end(id)
    }
    plannedSweep = null
  }

  return {
    open(holder, subject) {
      opened += 1
      const id = `${holder}#${opened}`
      live.set(id, { subject, expiresAt: clock.uptime() + ttlMs })
      if (plannedSweep === null) planSweep(ttlMs)
      return {
        id,
        async release() {
          end(id)
        }
      }
    },

    renew(leaseIds) {
      const expiresAt = clock.uptime() + ttlMs
      return leaseIds.filter((id) => {
        const lease = live.get(id)
        if (lease === undefined) return true
        lease.expiresAt = expiresAt
        live.delete(id)
        live.set(id, lease)
        return false
      })
    },

    find: (leaseId) => live.get(leaseId)?.subject ?? null,

    size: () => live.size,

    close: () => plannedSweep?.cancel()
  }
}
