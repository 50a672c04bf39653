import type { Clock, Timer } from '../../platform/clock.ts'
import { SlotTimeoutError, type SlotSubject, type WaitOptions } from './slots.ts'

export type Side = 'shared' | 'local'

interface MovingAsk<T, R> {
  /** Its place among those that move; smaller for those who came earlier. */
  arrival: number
  /** The slots that any of would do; of one subject, and none for a place. */
  waitsFor: WaitedFor[]
  /** null = it has no deadline and no queue: it is answered as soon as a side answers. */
  wait: WaitOptions | null
  askAt: (side: Side, wait: WaitOptions) => Promise<T>
  /** Called at the very moment in which the ask is answered. Must not throw. */
  accept: (side: Side, granted: T) => R
  /** For what a side granted after the ask had left it. Must not reject. */
  giveBack: (side: Side, granted: T) => Promise<void> | null
}

export interface WaitedFor {
  subject: SlotSubject
  id: string
  /** Undivided. */
  limit: number
  /** In epoch milliseconds. */
  since: number
  /** Of a user's slot: the session that waits. */
  session?: string
}

interface MovingAsks {
  /** Asks at that side, or holds the ask until there is one. Rejects as the sides do; a held one with SlotTimeoutError. */
  add: <T, R>(side: Side | null, ask: MovingAsk<T, R>) => Promise<R>
  /** Moves all that are not answered yet, in order of arrival; null = they wait at no side. */
  moveTo: (side: Side | null) => void
  /** What those wait for that are at no side; each time it is waited for. */
  held: () => WaitedFor[]
  size: () => number
  /** Ends the timers of those that wait at no side. */
  close: () => void
}

interface MovingAsksOptions {
  clock: Clock
  /** Asked about what the shared side rejected with; true = it is away, and all asks have been moved. */
  isAway: (error: unknown) => boolean
}

/** One that was not answered yet. */
interface OpenAsk extends Pick<MovingAsk<unknown, unknown>, 'arrival' | 'waitsFor'> {
  isHeld: () => boolean
  withdraw: () => void
  goTo: (side: Side | null) => void
}

const MOVED = new Error('moved to other slots')

/** Asks for slots that can be taken from one side to the other while they wait, without those who ask noticing. */
export function createMovingAsks({ clock, isAway }: MovingAsksOptions): MovingAsks {
  const open = new Set<OpenAsk>()

  function add<T, R>(side: Side | null, ask: MovingAsk<T, R>): Promise<R> {
    const { arrival, waitsFor, askAt, accept, giveBack } = ask
    const { deadlineAt, signal, onWait } = ask.wait ?? { deadlineAt: Infinity, signal: null }
    const { promise, resolve, reject } = Promise.withResolvers<R>()
    const entry: OpenAsk = { arrival, waitsFor, isHeld: () => attempt === null, withdraw, goTo }
    let attempt: AbortController | null = null
    let timer: Timer | null = null
    let hasWaited = false

    function waits(otherSessions: number | null): void {
      if (hasWaited) return
      hasWaited = true
      onWait?.(otherSessions)
    }

    function withdraw(reason: unknown = MOVED): void {
      const withdrawn = attempt
      attempt = null
      withdrawn?.abort(reason)
      timer?.cancel()
      timer = null
    }

    function goTo(next: Side | null): void {
      if (next === null) hold()
      else void tryAt(next)
    }

    function hold(): void {
      waits(null)
      if (deadlineAt < Infinity) timer = clock.setTimer(timeOut, Math.max(0, deadlineAt - clock.uptime()))
    }

    async function tryAt(next: Side): Promise<void> {
      const current = new AbortController()
      attempt = current
      let granted: T
      try {
        granted = await askAt(next, { deadlineAt, signal: current.signal, onWait: waits })
      } catch (error) {
        if (attempt !== current || (next === 'shared' && isAway(error))) return
        leave()
        return reject(error)
      }
      if (attempt !== current) return void giveBack(next, granted)
      leave()
      resolve(accept(next, granted))
    }

    function leave(): void {
      attempt = null
      open.delete(entry)
      signal?.removeEventListener('abort', abort)
    }

    function abort(): void {
      withdraw(signal?.reason)
      leave()
      reject(signal?.reason)
    }

    function timeOut(): void {
      leave()
      reject(new SlotTimeoutError(waitsFor[0]?.subject ?? 'user', arrival))
    }

    open.add(entry)
    signal?.addEventListener('abort', abort, { once: true })
    goTo(side)
    return promise
  }

  return {
    add,

    moveTo(side) {
      const inOrder = [...open].toSorted((a, b) => a.arrival - b.arrival)
      // All leave before one asks again: one that leaves late could be granted what is another's by then.
      for (const ask of inOrder) ask.withdraw()
      for (const ask of inOrder) ask.goTo(side)
    },

    held: () => [...open].filter((ask) => ask.isHeld()).flatMap(({ waitsFor }) => waitsFor),
    size: () => open.size,

    close() {
      for (const ask of open) ask.withdraw()
    }
  }
}
