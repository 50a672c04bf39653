const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** The largest first, as they are written. */
const UNITS_MS = { w: 7 * DAY_MS, d: DAY_MS, h: HOUR_MS, m: MINUTE_MS, s: SECOND_MS }

const durationOf = (digits: string) =>
  `(?=\\d)${Object.keys(UNITS_MS)
    .map((unit) => `(?:\\d${digits}${unit})?`)
    .join('')}`

/** The source of a regular expression for what looks like a span, though it may be longer than anything. */
export const SPAN = durationOf('{1,200}')

const WHOLE = new RegExp(`^${durationOf('{1,6}')}$`)

interface Duration {
  ms: number
  /** The smallest unit in it. */
  unitMs: number
}

/** Weeks, days, hours, minutes and seconds, such as `30d` or `2h30m`; null for what is none. */
export function parseDuration(text: string): Duration | null {
  if (!WHOLE.test(text)) return null
  const parts = [...text.matchAll(/(\d+)([a-z])/g)].map(([, count, unit]) => {
    const unitMs = UNITS_MS[unit as keyof typeof UNITS_MS]
    return { ms: Number(count) * unitMs, unitMs }
  })
  return { ms: parts.reduce((sum, { ms }) => sum + ms, 0), unitMs: Math.min(...parts.map(({ unitMs }) => unitMs)) }
}
