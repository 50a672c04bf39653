const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const LOCAL = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })

const STEPS = [
  ['second', 1000, 60],
  ['minute', 60_000, 60],
  ['hour', 3_600_000, 24],
  ['day', 86_400_000, 60]
] as const

/**
 * Such as `3 minutes ago` or `in 2 hours`; a plain date where it is far away.
 *
 * @param at epoch milliseconds
 * @param now by the server's clock, epoch milliseconds
 */
export function formatRelative(at: number, now: number): string {
  const ms = at - now
  for (const [unit, size, count] of STEPS) {
    const value = Math.round(ms / size)
    if (Math.abs(value) < count) return RELATIVE.format(value, unit)
  }
  return new Date(at).toISOString().slice(0, 10)
}

/** In the reader's zone and in UTC. */
export const formatExact = (at: number) => `${LOCAL.format(at)} · ${new Date(at).toISOString().replace('.000Z', 'Z')}`

const DAY = { weekday: 'short', day: 'numeric', month: 'short' } as const
const TIME = { hour: '2-digit', minute: '2-digit' } as const
const LOCAL_DAY = new Intl.DateTimeFormat('en-GB', DAY)
const LOCAL_TIME = new Intl.DateTimeFormat('en-GB', { ...TIME, timeZoneName: 'short' })
const UTC_DAY = new Intl.DateTimeFormat('en-GB', { ...DAY, timeZone: 'UTC' })
const UTC_TIME = new Intl.DateTimeFormat('en-GB', { ...TIME, timeZone: 'UTC' })

/** To the minute, in the reader's zone and in UTC, such as `Mon 30 Nov, 10:29 GMT-5 · 15:29 UTC`; once where that is the same. */
export function formatMoment(at: number): string {
  const [day, time] = [LOCAL_DAY.format(at), LOCAL_TIME.format(at)]
  const [utcDay, utcTime] = [UTC_DAY.format(at), `${UTC_TIME.format(at)} UTC`]
  if (day !== utcDay) return `${day}, ${time} · ${utcDay}, ${utcTime}`
  return time === utcTime ? `${day}, ${time}` : `${day}, ${time} · ${utcTime}`
}

/** The day in UTC, as `2027-01-31`. */
export const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10)
