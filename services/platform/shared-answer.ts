import type { Clock } from './clock.ts'

interface SharedAnswer<T> {
  /** The one answer of that time. Rejects as `work` does; the next one who asks tries anew. */
  get: () => Promise<T>
  /** It may be wrong by now: who asks from here on gets another one. */
  expire: () => void
}

interface SharedAnswerOptions<T> {
  clock: Pick<Clock, 'uptime'>
  /** How old an answer may be that somebody gets, from when its work began. */
  keepMs: number
  work: () => Promise<T>
}

/** What many ask for at the same time is worked out once for all of them. */
export function shareAnswer<T>({ clock, keepMs, work }: SharedAnswerOptions<T>): SharedAnswer<T> {
  let last: { answer: Promise<T>; begunAt: number; isDone: boolean } | null = null

  function begin(): Promise<T> {
    const answer = work()
    const begun = { answer, begunAt: clock.uptime(), isDone: false }
    last = begun
    answer.then(
      () => {
        begun.isDone = true
      },
      () => {
        if (last === begun) last = null
      }
    )
    return answer
  }

  return {
    get: () => (last !== null && (!last.isDone || clock.uptime() - last.begunAt < keepMs) ? last.answer : begin()),
    expire() {
      last = null
    }
  }
}
