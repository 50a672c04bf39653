import { parseDuration, SPAN } from './durations.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** RFC 3339, of which the seconds may be left out, or a day, which begins at midnight UTC. */
export const INSTANT = '^\\d{4}-\\d\\d-\\d\\d(?:T\\d\\d:\\d\\d(?::\\d\\d(?:\\.\\d{1,9})?)?(?:Z|[+-]\\d\\d:\\d\\d))?$'
export const INSTANT_EXPECTED = 'a time such as 2030-12-31T23:59:59Z or a day such as 2030-12-31'
/** What is understood as of the moment in which it is said. */
export const TIME = `${INSTANT}|^(?:today|yesterday|tomorrow|${SPAN})$`

const PAST_EXPECTED = 'a time such as 2026-01-31T18:00:00Z or a day such as 2026-01-31'

/**
 * What is offered for the time at which something ends or begins, and for the ends of a range: nothing that would be refused, also
 * not by what wants full hours.
 */
export const EXPECTED = {
  end: `${INSTANT_EXPECTED}, tomorrow or a span such as 90m or 30d`,
  begin: `${INSTANT_EXPECTED}, today, tomorrow or a span such as 90m or 30d`,
  from: `${PAST_EXPECTED}, today, yesterday or a span such as 12h or 30d`,
  to: `${PAST_EXPECTED}, today, yesterday, tomorrow or a span such as 12h or 30d`
}

const EARLIEST = Date.parse('0000-01-01T00:00:00Z')
const LATEST = Date.parse('+010000-01-01T00:00:00Z')
/** Postgres has not all years that JavaScript knows. */
const isStorable = (at: number) => at >= EARLIEST && at < LATEST
const DAYS: Record<string, number> = { yesterday: -1, today: 0, tomorrow: 1 }

/**
 * Epoch milliseconds of a time as somebody gives it; null for what is none. A span lies `ahead` of now, to the millisecond, or `ago`,
 * where it begins with that day, hour or minute (UTC), as `yesterday` does.
 */
export function givenTime(text: string, now: number, direction: 'ahead' | 'ago'): number | null {
  const day = DAYS[text]
  if (day !== undefined) return startOf(DAY_MS, now) + day * DAY_MS
  const span = parseDuration(text)
  if (span === null) return instantOf(text)
  const at = direction === 'ahead' ? now + span.ms : startOf(Math.min(span.unitMs, DAY_MS), now) - span.ms
  return isStorable(at) ? at : null
}

/** Whether a text is a span whose other end no calendar has. */
export const isTooLong = (text: string, now: number) =>
  new RegExp(`^${SPAN}$`).test(text) && givenTime(text, now, 'ahead') === null

export const TOO_LONG = 'is too long: it ends after the year 9999'

/** Between clocks. */
const MOST_SKEW_MS = 5 * 60 * 1000

interface GivenRange {
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
    if (at === null) return { from: undefined, to: undefined, problem: { about, text: `must be ${EXPECTED[about]}` } }
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

function instantOf(text: string): number | null {
  const at = new RegExp(INSTANT).test(text) && isOfCalendar(text.slice(0, 10)) ? Date.parse(text) : Number.NaN
  return isStorable(at) ? at : null
}

/** Date.parse takes 30 February for 2 March. */
function isOfCalendar(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)
}
