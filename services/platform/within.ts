import type { Clock } from './clock.ts'

/** Whether the work was done in time. It goes on when it was not. Rejects where the work does. */
export async function within(clock: Clock, limitMs: number, work: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<false>()
  const deadline = clock.setTimer(() => late.resolve(false), limitMs)
  try {
    return await Promise.race([work.then(() => true), late.promise])
  } finally {
    deadline.cancel()
  }
}
