import type { Clock, Timer } from '../../platform/clock.ts'

/** A stream to be pinged after a long silence. */
export interface Watched {
  /** Called now and then; `now` is the clock's uptime in ms. */
  look: (now: number) => void
}

export interface QuietStreams {
  add: (stream: Watched) => void
  remove: (stream: Watched) => void
}

interface QuietStreamsOptions {
  clock: Clock
  /** The shortest silence after which a stream is pinged, in ms; asked anew each round. */
  shortestSilenceMs: () => number
}

/** A ping is late by at most a tenth of the silence before it, plus this. */
const LONGEST_ROUND_MS = 1000

/** Watches all streams of a process with one timer, so that none needs its own, let alone one for each event. */
export function createQuietStreams({ clock, shortestSilenceMs }: QuietStreamsOptions): QuietStreams {
  const watched = new Set<Watched>()
  let timer: Timer | null = null

  function schedule(): void {
    timer = clock.setTimer(lookAround, Math.min(LONGEST_ROUND_MS, Math.max(1, shortestSilenceMs() / 10)))
  }

  function lookAround(): void {
    const now = clock.uptime()
    for (const stream of watched) stream.look(now)
    if (watched.size > 0) schedule()
    else timer = null
  }

  return {
    add(stream) {
      watched.add(stream)
      if (timer === null) schedule()
    },
    remove(stream) {
      // The timer is cleared in the next round: streams come and go far more often.
      watched.delete(stream)
    }
  }
}
