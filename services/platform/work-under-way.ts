import type { Logger } from 'pino'
import type { Clock } from './clock.ts'
import { within } from './within.ts'

/** What the process still has to do before it may end. */
export interface Lifecycle {
  /** `draining`: still served, but not ready for more. `closing`: only what is under way is served. */
  readonly phase: 'running' | 'draining' | 'closing'
  /**
   * No longer ready, but still serving. Resolves when the door may close: after the delay, or after half of it when nobody is
   * served and nobody asks, or when somebody is in a hurry. Probes and scrapes are not asking.
   */
  drain: (delayMs: number) => Promise<void>
  /** Keeps the process from closing until the work is done. Returns the work. */
  carry: <T>(work: Promise<T>) => Promise<T>
  /** Stops waiting, for the delay before closing and for the work under way. */
  hurry: () => void
  /** Aborts, with what the client is to be told, when the work under way is not waited for any longer. */
  readonly cutOff: AbortSignal
}

interface WorkUnderWay extends Lifecycle {
  /** A request has arrived; watchers' are waited for, but nobody's reason to go on serving. The returned function ends it. */
  arrived: (isWatcher: boolean) => () => void
  /** Serves nothing new. Resolves when the work under way has ended, or is cut off with `reason` and had time for its last words. */
  close: (timeoutMs: number, reason: Error) => Promise<void>
}

/** For what is cut off: to tell its client and to note what it cost. */
const LAST_WORDS_MS = 1000

export function trackWork({ clock, log }: { clock: Clock; log: Pick<Logger, 'info'> }): WorkUnderWay {
  const underWay = new Set<Promise<unknown>>()
  /** Requests that are not answered yet, without those of watchers. */
  const unanswered = new Set<Promise<unknown>>()
  const hurried = Promise.withResolvers<void>()
  const cutOff = new AbortController()
  let phase: Lifecycle['phase'] = 'running'
  /** Whether there was one of them since the stop began. */
  let isWanted = false

  async function idle(): Promise<void> {
    while (underWay.size > 0) await Promise.allSettled(underWay)
  }

  return {
    get phase() {
      return phase
    },
    async drain(delayMs) {
      phase = 'draining'
      isWanted = unanswered.size > 0
      const isHurried = await within(clock, delayMs / 2, hurried.promise)
      if (isHurried || delayMs === 0) return
      if (isWanted) await within(clock, delayMs / 2, hurried.promise)
      else log.info('no request is running or arriving: the rest of the delay is skipped')
    },
    async carry(work) {
      underWay.add(work)
      try {
        return await work
      } finally {
        underWay.delete(work)
      }
    },
    arrived(isWatcher) {
      if (phase !== 'running') isWanted ||= !isWatcher
      if (phase === 'closing') return () => {}
      const answered = Promise.withResolvers<void>()
      underWay.add(answered.promise)
      if (!isWatcher) unanswered.add(answered.promise)
      return () => {
        underWay.delete(answered.promise)
        unanswered.delete(answered.promise)
        answered.resolve()
      }
    },
    hurry: () => hurried.resolve(),
    cutOff: cutOff.signal,
    async close(timeoutMs, reason) {
      phase = 'closing'
      await within(clock, timeoutMs, Promise.race([idle(), hurried.promise]))
      cutOff.abort(reason)
      await within(clock, LAST_WORDS_MS, idle())
    }
  }
}
