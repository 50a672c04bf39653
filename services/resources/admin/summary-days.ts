import { Temporal } from 'temporal-polyfill'
import { isTimeZone } from '../groups/groups.ts'
import { meantInstead } from '../set-up/nearest-name.ts'

const HOUR_NS = 3_600_000_000_000
/** No usage is older. */
const FIRST_YEAR = 2025

/** Why usage cannot be summed up by the days of a time zone; null when it can. */
export function dayProblem(timeZone: string, now: number): string | null {
  // An offset such as +05:30 is a zone too, but Postgres reads it the other way round.
  if (!/^[A-Za-z_]+(?:\/[A-Za-z0-9_+-]+)*$/.test(timeZone) || !isTimeZone(timeZone)) {
    const known = Intl.supportedValuesOf('timeZone')
    return `must be a time zone such as Europe/Berlin${meantInstead(timeZone, known)}`
  }
  const years = new Date(now).getUTCFullYear() + 2 - FIRST_YEAR
  const halves = Array.from({ length: 2 * years }, (_, n) => Date.UTC(FIRST_YEAR + Math.floor(n / 2), n % 2 === 0 ? 0 : 6))
  const isWhole = (at: number) =>
    Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).offsetNanoseconds % HOUR_NS === 0
  if (halves.every(isWhole)) return null
  return `must be a time zone whose days begin at full hours (UTC), by which usage is summed up: those of ${timeZone} do not`
}
