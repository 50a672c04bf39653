import type { Clock } from '../clock.ts'

interface DatabaseWatchOptions {
  /** Asks the database for next to nothing. */
  check: () => Promise<unknown>
  clock: Clock
  /** Nothing is asked where something was seen so recently. */
  freshMs?: number
  /** An answer is not waited for any longer: probes have short deadlines themselves. */
  limitMs?: number
}

interface DatabaseWatch {
  /** The database has just done some work. */
  worked: () => void
  /** Never takes longer than the limit, however many ask. */
  state: () => Promise<'ok' | 'away'>
}

/** Knows whether the database answers, from the work it does; only where that says nothing is it asked. */
export function createDatabaseWatch({ check, clock, freshMs = 1000, limitMs = 300 }: DatabaseWatchOptions): DatabaseWatch {
  let last: 'ok' | 'away' = 'ok'
  let seenAt = -Infinity
  let checking: Promise<void> | null = null

  function saw(state: 'ok' | 'away'): void {
    last = state
    seenAt = clock.uptime()
  }

  /** Ends with the answer, or at the limit; another one begins only when the answer has come. */
  function begin(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = clock.setTimer(() => {
      last = 'away'
      resolve()
    }, limitMs)
    const end = (state: 'ok' | 'away') => {
      saw(state)
      timer.cancel()
      checking = null
      resolve()
    }
    check().then(
      () => end('ok'),
      () => end('away')
    )
    return promise
  }

  return {
    worked: () => saw('ok'),
    async state() {
      if (checking === null && clock.uptime() - seenAt < freshMs) return last
      checking ??= begin()
      await checking
      return last
    }
  }
}
