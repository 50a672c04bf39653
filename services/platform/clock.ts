/**
 * Time as the services see it. Injected, so that tests own it. There are two readings, and they are not to be mixed:
 * the wall clock may be set back or forward at any moment, `uptime` only ever passes.
 */
export interface Clock {
  /** The wall clock, in epoch milliseconds: for what is recorded, for quota windows, and for instants named by others. Never for how long. */
  now: () => number
  /** Whole milliseconds since some moment before the start, monotonic: for durations, deadlines, ages of what this process holds. Means nothing elsewhere. */
  uptime: () => number
  /** Runs `callback` once after `delayMs`, monotonic too. Does not keep the process alive. */
  setTimer: (callback: () => void, delayMs: number) => Timer
}

export interface Timer {
  cancel: () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  uptime: () => Math.trunc(performance.now()),
  setTimer(callback, delayMs) {
    const timeout = setTimeout(callback, delayMs).unref()
    return { cancel: () => clearTimeout(timeout) }
  }
}

/** Resolves after `delayMs`. */
export function pause(clock: Pick<Clock, 'setTimer'>, delayMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  clock.setTimer(resolve, delayMs)
  return promise
}

/**
 * The wall clock as it was when this was made, and no step of it since: for ends of rests that are kept as instants, and must not be
 * brought nearer or moved away by who sets the clock of the machine.
 */
export function unsteppedClock(clock: Clock): Clock {
  const anchor = clock.now() - clock.uptime()
  return { ...clock, now: () => anchor + clock.uptime() }
}
