export type CalendarUnit = 'day' | 'week' | 'month'

/** From the first instant to the first one after; epoch milliseconds. */
export interface CalendarSpan {
  startsAt: number
  endsAt: number
}

export interface Calendar {
  /** The day, week (from Monday) or month of the time zone in which the instant lies. */
  spanAt: (unit: CalendarUnit, at: number) => CalendarSpan
}

const DAY_MS = 24 * 60 * 60 * 1000
const MINUTE_MS = 60 * 1000
// The widest offsets in use are −12 and +14 hours; an hour more is for daylight saving.
const WIDEST_OFFSET_MS = 15 * 60 * MINUTE_MS

/**
 * Days, weeks and months of an IANA time zone. A day begins with the first instant that bears its date, so it has 23 or
 * 25 hours where the clock is changed, and begins later than 00:00 where that time is skipped.
 *
 * Throws a RangeError for an unknown time zone. Making one is slow (it sets up a formatter), and it remembers the last
 * span of each unit: make one per time zone and keep it.
 */
export function createCalendar(timeZone: string): Calendar {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric'
  })
  const latest = new Map<CalendarUnit, CalendarSpan>()

  /** The local date at the instant, written as that date's midnight in UTC. */
  function localDateAt(at: number): number {
    const parts = format.formatToParts(at)
    const numberOf = (type: string) => Number(parts.find((part) => part.type === type)?.value)
    return Date.UTC(numberOf('year'), numberOf('month') - 1, numberOf('day'))
  }

  /** Bisects by minutes: clocks have been changed on whole minutes only since time zones came into use. */
  function firstInstantOf(date: number): number {
    let before = (date - WIDEST_OFFSET_MS) / MINUTE_MS
    let within = (date + WIDEST_OFFSET_MS) / MINUTE_MS
    while (within - before > 1) {
      const middle = Math.floor((before + within) / 2)
      if (localDateAt(middle * MINUTE_MS) < date) before = middle
      else within = middle
    }
    return within * MINUTE_MS
  }

  return {
    spanAt(unit, at) {
      const known = latest.get(unit)
      if (known !== undefined && at >= known.startsAt && at < known.endsAt) return known
      const [first, next] = datesOf(unit, localDateAt(at))
      const span = { startsAt: firstInstantOf(first), endsAt: firstInstantOf(next) }
      latest.set(unit, span)
      return span
    }
  }
}

/** The first date of the unit that the date lies in, and of the one after; all as midnights in UTC. */
function datesOf(unit: CalendarUnit, date: number): [number, number] {
  if (unit === 'day') return [date, date + DAY_MS]
  const utc = new Date(date)
  if (unit === 'week') {
    const monday = date - ((utc.getUTCDay() + 6) % 7) * DAY_MS
    return [monday, monday + 7 * DAY_MS]
  }
  return [Date.UTC(utc.getUTCFullYear(), utc.getUTCMonth(), 1), Date.UTC(utc.getUTCFullYear(), utc.getUTCMonth() + 1, 1)]
}
