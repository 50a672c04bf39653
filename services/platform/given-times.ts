const HOUR_MS = 60 * 60 * 1000
const DAY_MS = 24 * HOUR_MS

/** RFC 3339, of which the seconds may be left out, or a day, which begins at midnight UTC. */
export const INSTANT = '^\\d{4}-\\d\\d-\\d\\d(?:T\\d\\d:\\d\\d(?::\\d\\d(?:\\.\\d{1,9})?)?(?:Z|[+-]\\d\\d:\\d\\d))?$'
export const INSTANT_EXPECTED = 'a time such as 2026-12-31T23:59:59Z or a day such as 2026-12-31'
/** What is understood as of the moment in which it is said. */
export const TIME = `${INSTANT}|^(?:today|yesterday|tomorrow|\\d{1,4}[hdw])$`
export const TIME_EXPECTED = `${INSTANT_EXPECTED}, today, yesterday, tomorrow or a span such as 30d`

const EARLIEST = Date.parse('0000-01-01T00:00:00Z')
const LATEST = Date.parse('+010000-01-01T00:00:00Z')
const SPANS_MS: Record<string, number> = { h: HOUR_MS, d: DAY_MS, w: 7 * DAY_MS }
const DAYS: Record<string, number> = { yesterday: -1, today: 0, tomorrow: 1 }

/**
 * Epoch milliseconds of a time as somebody gives it; null for what is none. A span lies `ahead` of now, to the millisecond, or `ago`,
 * where it begins with that hour or day (UTC), as `yesterday` does.
 */
export function givenTime(text: string, now: number, direction: 'ahead' | 'ago'): number | null {
  const day = DAYS[text]
  if (day !== undefined) return startOf(DAY_MS, now) + day * DAY_MS
  const [, count, unit = ''] = /^(\d{1,4})([hdw])$/.exec(text) ?? []
  if (count === undefined) return instantOf(text)
  const spanMs = Number(count) * (SPANS_MS[unit] ?? 0)
  return direction === 'ahead' ? now + spanMs : startOf(unit === 'h' ? HOUR_MS : DAY_MS, now) - spanMs
}

/** Between clocks. */
const MOST_SKEW_MS = 5 * 60 * 1000

export interface GivenRange {
  from: number | undefined
  to: number | undefined
  /** Why nothing can lie in it: which of the two it is about, and the rest of a sentence about that. */
  problem: { about: 'from' | 'to'; text: string } | null
}

/** Epoch milliseconds of the ends of a stretch of the past, either of which may be left out; `from` is in it, `to` is not. */
export function givenRange(given: { from?: string | undefined; to?: string | undefined }, now: number): GivenRange {
  const [from, to] = [given.from, given.to].map((text) => (text === undefined ? undefined : givenTime(text, now, 'ago')))
  for (const [about, at] of [
    ['from', from],
    ['to', to]
  ] as const) {
    if (at === null) return { from: undefined, to: undefined, problem: { about, text: `must be ${TIME_EXPECTED}` } }
  }
  const range = { from: from ?? undefined, to: to ?? undefined }
  return { ...range, problem: emptiness(range, now) }
}

function emptiness({ from, to }: Pick<GivenRange, 'from' | 'to'>, now: number): GivenRange['problem'] {
  const begin = from === undefined ? '' : new Date(from).toISOString()
  if (from !== undefined && to !== undefined && from >= to) {
    return { about: 'from', text: `must be earlier than the end: ${begin} is not before ${new Date(to).toISOString()}` }
  }
  if (from === undefined || from <= now + MOST_SKEW_MS) return null
  return { about: 'from', text: `must not lie in the future: nothing has happened yet since ${begin}` }
}

const startOf = (partMs: number, at: number) => Math.floor(at / partMs) * partMs

/** Postgres has not all years that JavaScript knows. */
function instantOf(text: string): number | null {
  const at = new RegExp(INSTANT).test(text) && isOfCalendar(text.slice(0, 10)) ? Date.parse(text) : Number.NaN
  return at >= EARLIEST && at < LATEST ? at : null
}

/** Date.parse takes 30 February for 2 March. */
function isOfCalendar(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)
}
