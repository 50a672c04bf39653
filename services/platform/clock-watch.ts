import type { Clock, Timer } from './clock.ts'

interface ClockWatchOptions {
  clock: Clock
  /** Told by how many ms the wall clock was set forward, or back if negative. A machine that slept counts as set forward. */
  onStep: (byMs: number) => void
  intervalMs?: number
  /** A clock that is only slewed moves by half a millisecond a second at most. */
  toleranceMs?: number
}

interface ClockWatch {
  stop: () => void
}

/** Notices that the wall clock was set, by the clock that never is. */
export function watchClock({ clock, onStep, intervalMs = 5000, toleranceMs = 1000 }: ClockWatchOptions): ClockWatch {
  const offset = () => clock.now() - clock.uptime()
  let expected = offset()
  let timer: Timer = clock.setTimer(look, intervalMs)

  function look(): void {
    const found = offset()
    if (Math.abs(found - expected) > toleranceMs) onStep(found - expected)
    expected = found
    timer = clock.setTimer(look, intervalMs)
  }

  return { stop: () => timer.cancel() }
}
