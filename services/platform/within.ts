import type { Clock } from './clock.ts'

/** Whether the work was done in time. It goes on when it was not. Rejects where the work does. */
export async function within(clock: Clock, limitMs: number, work: Promise<unknown>): Promise<boolean> {
  return await inTime(
    clock,
    limitMs,
    work.then(() => true),
    () => false
  )
}

/** What the work comes to, or what `late` does when it takes longer: the work goes on then. Rejects where the first of them does. */
export async function inTime<T>(clock: Clock, limitMs: number, work: Promise<T>, late: () => T): Promise<T> {
  const timeUp = Promise.withResolvers<void>()
  const timer = clock.setTimer(timeUp.resolve, limitMs)
  try {
    return await Promise.race([work, timeUp.promise.then(late)])
  } finally {
    timer.cancel()
  }
}

/** For the last that a process does: a clock's timers keep none alive, and while the database is away nothing else may. */
export async function keepingAlive<T>(work: Promise<T>): Promise<T> {
  const beat = setInterval(() => {}, 1000)
  try {
    return await work
  } finally {
    clearInterval(beat)
  }
}
