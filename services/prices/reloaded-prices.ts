import type { Clock, Timer } from '../clock.ts'
import type { PriceTimeline } from './price-timeline.ts'

export interface ReloadedPricesOptions {
  load: () => Promise<PriceTimeline>
  clock: Clock
  /** How soon a load that failed is tried again. */
  retryMs: number
  /** A load in the background failed. */
  onFailure: (error: unknown) => void
}

/** A timeline that follows what is in force. */
export interface ReloadedPrices extends PriceTimeline {
  /** Reads anew. Rejects when that fails: what was known stays then. */
  reload: () => Promise<void>
  /** The same in the background, until it is done. */
  follow: () => void
  close: () => void
}

export function createReloadedPrices(
  first: PriceTimeline,
  { load, clock, retryMs, onFailure }: ReloadedPricesOptions
): ReloadedPrices {
  let timeline = first
  let begun = 0
  let taken = 0
  let retry: Timer | null = null
  let isClosed = false

  async function reload(): Promise<void> {
    const mark = ++begun
    const read = await load()
    // One that began earlier may end later, and knows less.
    if (mark < taken) return
    taken = mark
    timeline = read
  }

  function follow(): void {
    retry?.cancel()
    retry = null
    reload().catch((error: unknown) => {
      onFailure(error)
      // Nobody tells of a change twice.
      if (!isClosed) retry ??= clock.setTimer(follow, retryMs)
    })
  }

  return {
    at: (instant) => timeline.at(instant),
    current: () => timeline.current(),
    reload,
    follow,
    close() {
      isClosed = true
      retry?.cancel()
    }
  }
}
