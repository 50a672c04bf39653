import { Temporal } from 'temporal-polyfill'

type CalendarUnit = 'day' | 'week' | 'month'

/** From the first instant to the first one after; epoch milliseconds. */
interface CalendarSpan {
  startsAt: number
  endsAt: number
}

export interface Calendar {
  /** The day, week (from Monday) or month of the time zone in which the instant lies. */
  spanAt: (unit: CalendarUnit, at: number) => CalendarSpan
}

/**
 * Days, weeks and months of an IANA time zone. A day begins with the first instant that bears its date, so it has 23 or
 * 25 hours where the clock is changed, and begins later than 00:00 where that time is skipped. It remembers the last span of
 * each unit: make one per time zone and keep it. Throws a RangeError for an unknown time zone.
 */
export function createCalendar(timeZone: string): Calendar {
  const dateAt = (at: number) => Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate()
  const startOf = (date: Temporal.PlainDate) => date.toZonedDateTime(timeZone).epochMilliseconds
  const latest = new Map<CalendarUnit, CalendarSpan>()
  dateAt(0)

  return {
    spanAt(unit, at) {
      const known = latest.get(unit)
      if (known !== undefined && at >= known.startsAt && at < known.endsAt) return known
      const first = firstDateOf(unit, dateAt(at))
      const span = { startsAt: startOf(first), endsAt: startOf(first.add({ [`${unit}s`]: 1 })) }
      latest.set(unit, span)
      return span
    }
  }
}

function firstDateOf(unit: CalendarUnit, date: Temporal.PlainDate): Temporal.PlainDate {
  if (unit === 'day') return date
  return unit === 'week' ? date.subtract({ days: date.dayOfWeek - 1 }) : date.with({ day: 1 })
}
