import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../services/platform/clock.ts'

export interface VirtualClock extends Clock {
  /** Lets time pass: timers fire in the order they are due, and what they set off runs before the next one. */
  advance: (durationMs: number) => Promise<void>
  /** Moves the time without firing timers, like a machine that slept: they fire late, at the next `advance`. */
  leap: (durationMs: number) => void
  /** Sets the wall clock forward (or back, if negative), as a correction by NTP does: no time passes. */
  step: (byMs: number) => void
  pendingTimers: () => number
}

interface PendingTimer {
  readonly dueAt: number
  readonly callback: () => void
}

/** A clock that stands still until a test moves it. Promise continuations and immediates run; real timers are not waited for. */
export function createVirtualClock(startAt = Date.UTC(2026, 0, 1)): VirtualClock {
  const pending = new Set<PendingTimer>()
  let uptime = 1_000_000
  let wallOffset = startAt - uptime

  /** Ties go to the one set first. */
  function nextDue(until: number): PendingTimer | null {
    let next: PendingTimer | null = null
    for (const timer of pending) {
      if (timer.dueAt <= until && (next === null || timer.dueAt < next.dueAt)) next = timer
    }
    return next
  }

  return {
    now: () => uptime + wallOffset,
    uptime: () => uptime,

    setTimer(callback, delayMs) {
      const timer = { dueAt: uptime + delayMs, callback }
      pending.add(timer)
      return {
        cancel() {
          pending.delete(timer)
        }
      }
    },

    async advance(durationMs) {
      const until = uptime + durationMs
      await setImmediate()
      for (let timer = nextDue(until); timer !== null; timer = nextDue(until)) {
        pending.delete(timer)
        uptime = Math.max(uptime, timer.dueAt)
        timer.callback()
        await setImmediate()
      }
      uptime = until
    },

    leap(durationMs) {
      uptime += durationMs
    },

    step(byMs) {
      wallOffset += byMs
    },

    pendingTimers: () => pending.size
  }
}
