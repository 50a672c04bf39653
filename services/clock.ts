/** Time as the services see it. Injected, so that tests own it; instants are epoch milliseconds. */
export interface Clock {
  now: () => number
  /** Runs `callback` once after `delayMs`. Does not keep the process alive. */
  setTimer: (callback: () => void, delayMs: number) => Timer
}

export interface Timer {
  cancel: () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(callback, delayMs) {
    const timeout = setTimeout(callback, delayMs).unref()
    return { cancel: () => clearTimeout(timeout) }
  }
}
