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

/** The day in UTC, as `2027-01-31`. */
export const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10)
