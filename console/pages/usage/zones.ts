import { Temporal } from 'temporal-polyfill'

const HOUR_MS = 60 * 60 * 1000

/** The reader's. */
export const OWN_ZONE = new Intl.DateTimeFormat().resolvedOptions().timeZone

/** Whether there is an IANA time zone of this name. */
export function isZone(zone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone)
    return true
  } catch {
    return false
  }
}

/** The first full hour (UTC) at or after an instant: usage is summed up by those. Epoch milliseconds. */
export const fullHour = (at: number) => Math.ceil(at / HOUR_MS) * HOUR_MS

/** The date that an instant has in a zone. */
export const dateIn = (zone: string, at: number) =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate()

const beginOfHour = (at: number) => Math.floor(at / HOUR_MS) * HOUR_MS

/**
 * When a day of a zone begins in the sums: with a full hour of UTC. An hour that begins in one day and ends in the next counts in the
 * next, so that a day that has just begun has what was used in it. Epoch milliseconds.
 */
export const startOfDay = (zone: string, date: Temporal.PlainDate) => beginOfHour(date.toZonedDateTime(zone).epochMilliseconds)

/** Whether days of a zone begin off the full hours of UTC in the winter or the summer about an instant, as in Kathmandu. */
export const isOffHours = (zone: string, at: number) =>
  [at, at + 182 * 24 * HOUR_MS].some(
    (at) => Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).offsetNanoseconds % (HOUR_MS * 1e6) !== 0
  )

export type TimeUnit = 'day' | 'hour'

/** When the hour or day that begins at an instant ends. Epoch milliseconds. */
export function endOf(unit: TimeUnit, zone: string, start: number): number {
  if (unit === 'hour') return start + HOUR_MS
  return startOfDay(zone, dateIn(zone, start + HOUR_MS - 1).add({ days: 1 }))
}

/** When the hour or day begins that an instant lies in. Epoch milliseconds. */
export function beginOf(unit: TimeUnit, zone: string, at: number): number {
  const hour = beginOfHour(at)
  return unit === 'hour' ? hour : startOfDay(zone, dateIn(zone, hour + HOUR_MS - 1))
}

/** The beginnings of all hours or days of a stretch of time, at most `most` of them; null where there are more. */
export function startsWithin(unit: TimeUnit, zone: string, from: number, to: number, most: number): number[] | null {
  const starts: number[] = []
  for (let start = beginOf(unit, zone, from); start < to; start = endOf(unit, zone, start)) {
    if (starts.length === most) return null
    starts.push(start)
  }
  return starts
}

/** Those that were made, by unit and zone: to make one takes as long as to write hundreds of times by it. */
const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(unit: TimeUnit, zone: string): Intl.DateTimeFormat {
  const made = formats.get(`${unit} ${zone}`)
  if (made !== undefined) return made
  const time = unit === 'day' ? {} : ({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const)
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, day: 'numeric', month: 'short', ...time })
  formats.set(`${unit} ${zone}`, format)
  return format
}

/** Such as `22 Nov` or `22 Nov 14:30`. */
export const formatStart = (unit: TimeUnit, zone: string, at: number): string => formatOf(unit, zone).format(at)

/** As a spreadsheet reads it: `2026-11-22` or `2026-11-22 14:30`, by the clocks of the zone. */
export function plainStart(unit: TimeUnit, zone: string, at: number): string {
  const time = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDateTime()
  return unit === 'day' ? time.toPlainDate().toString() : time.toString({ smallestUnit: 'minute' }).replace('T', ' ')
}
