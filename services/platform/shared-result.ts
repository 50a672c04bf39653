import type { Clock } from './clock.ts'

interface SharedResult<T> {
  /** The one result of that time. Rejects as `work` does; the next one who asks tries anew. */
  get: () => Promise<T>
  /** It may be wrong by now: who asks from here on gets another one. */
  expire: () => void
}

interface SharedResultOptions<T> {
  clock: Pick<Clock, 'uptime'>
  /** How old a result may be that somebody gets, from when its work began. */
  keepMs: number
  work: () => Promise<T>
}

/** What many ask for at the same time is worked out once for all of them. */
export function shareResult<T>({ clock, keepMs, work }: SharedResultOptions<T>): SharedResult<T> {
  let last: { result: Promise<T>; begunAt: number; isDone: boolean } | null = null

  function begin(): Promise<T> {
    const result = work()
    const begun = { result, begunAt: clock.uptime(), isDone: false }
    last = begun
    result.then(
      () => {
        begun.isDone = true
      },
      () => {
        if (last === begun) last = null
      }
    )
    return result
  }

  return {
    get: () => (last !== null && (!last.isDone || clock.uptime() - last.begunAt < keepMs) ? last.result : begin()),
    expire() {
      last = null
    }
  }
}
