/** A stretch of an exchange; milliseconds since its beginning. */
export interface Stretch {
  label: string
  /** How it ended. */
  end: string
  kind: 'wait' | 'attempt'
  from: number
  to: number
}

/** Something that happened at once. */
export interface Moment {
  label: string
  at: number
}

export interface Timeline {
  totalMs: number
  stretches: Stretch[]
  moments: Moment[]
  /** Where the scale has its marks. */
  ticks: number[]
}

interface Told {
  created_at: string
  ended_at: string
  waits: readonly { at: string; for: string; ms: number; outcome: string }[]
  choices: readonly { at: string }[]
  attempts: readonly {
    attempt: number
    started_at: string
    duration_ms: number
    result: string
    status: number | null
    account?: string
  }[]
  /** The time of its first byte counts from when it was sent upstream. */
  usage: readonly { created_at: string; first_byte_ms: number | null }[]
}

interface Words {
  waits: Record<string, string>
  results: Record<string, string>
}

/** When what happened, to scale. A clock that was set meanwhile leaves nothing outside. */
export function timelineOf(exchange: Told, words: Words): Timeline {
  const begin = Date.parse(exchange.created_at)
  const since = (at: string) => Math.max(0, Date.parse(at) - begin)
  const waits = exchange.waits.map(({ at, for: slot, ms, outcome }): Stretch => ({
    // A wait is noted when it is over.
    from: Math.max(0, since(at) - ms),
    to: since(at),
    label: slot === 'user' ? 'waits for a slot' : 'waits for an account',
    end: words.waits[outcome] ?? outcome,
    kind: 'wait'
  }))
  const attempts = exchange.attempts.map(({ attempt, account, started_at: at, duration_ms: ms, result, status }): Stretch => ({
    from: since(at),
    to: since(at) + ms,
    label: account === undefined ? `attempt ${attempt}` : `attempt ${attempt}: ${account}`,
    end: `${words.results[result] ?? result}${status === null ? '' : `, ${status}`}`,
    kind: 'attempt'
  }))
  const stretches = [...waits, ...attempts].sort((a, b) => a.from - b.from)
  const moments = [
    ...exchange.choices.map(({ at }) => ({ label: 'account is chosen', at: since(at) })),
    ...exchange.usage.flatMap(({ created_at: at, first_byte_ms: ms }) =>
      ms === null ? [] : [{ label: 'first byte', at: since(at) + ms }]
    )
  ].sort((a, b) => a.at - b.at)
  const ends = [...stretches.map(({ to }) => to), ...moments.map(({ at }) => at)]
  const totalMs = Math.max(1, since(exchange.ended_at), ...ends)
  return { totalMs, stretches, moments, ticks: ticksOf(totalMs) }
}

const MOST_TICKS = 6

/** Round numbers from 0 on, at most six of them: their steps are 1, 2 or 5 of a power of ten. */
export function ticksOf(totalMs: number): number[] {
  let step = 1
  for (const factor of endless([2, 2.5, 2])) {
    if (totalMs / step < MOST_TICKS) break
    step *= factor
  }
  const ticks = []
  for (let at = 0; at <= totalMs; at += step) ticks.push(at)
  return ticks
}

function* endless(values: readonly number[]): Generator<number> {
  for (;;) yield* values
}
