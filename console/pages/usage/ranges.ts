import { Temporal } from 'temporal-polyfill'
import { dateIn, fullHour, startOfDay } from './zones.ts'

/** A stretch of time: from ≤ at < to, epoch milliseconds; without an end that is left out. */
export interface Range {
  from?: number
  to?: number
}

const HOUR_MS = 60 * 60 * 1000

interface Preset {
  label: string
  /** By the clocks of a zone, as of now. */
  of: (zone: string, now: number) => Range
}

const days = (zone: string, first: Temporal.PlainDate, afterLast: Temporal.PlainDate): Range => ({
  from: startOfDay(zone, first),
  to: startOfDay(zone, afterLast)
})

const lastDays = (count: number) => (zone: string, now: number) => {
  const tomorrow = dateIn(zone, now).add({ days: 1 })
  return days(zone, tomorrow.subtract({ days: count }), tomorrow)
}

/** Ranges that move on with time. */
export const PRESETS: Record<string, Preset> = {
  '24h': {
    label: 'Last 24 hours',
    of: (_zone, now) => ({ from: fullHour(now) - 24 * HOUR_MS, to: fullHour(now) })
  },
  today: { label: 'Today', of: lastDays(1) },
  yesterday: {
    label: 'Yesterday',
    of: (zone, now) => days(zone, dateIn(zone, now).subtract({ days: 1 }), dateIn(zone, now))
  },
  '7d': { label: 'Last 7 days', of: lastDays(7) },
  '30d': { label: 'Last 30 days', of: lastDays(30) },
  month: {
    label: 'This month',
    of(zone, now) {
      const first = dateIn(zone, now).with({ day: 1 })
      return days(zone, first, first.add({ months: 1 }))
    }
  },
  'last-month': {
    label: 'Last month',
    of(zone, now) {
      const first = dateIn(zone, now).with({ day: 1 })
      return days(zone, first.subtract({ months: 1 }), first)
    }
  },
  all: { label: 'All time', of: () => ({}) }
}

const DATE = /^\d{4}-\d\d-\d\d$/

/** A range of days, both of which are in it, as it stands in the URL. */
export const daysText = (first: string, last: string) => `${first}..${last}`

/** A range of instants, the second of which is not in it, as it stands in the URL. Epoch milliseconds. */
export const instantsText = (from: number, to: number) => `${isoOf(from)}..${isoOf(to)}`

/** The days of `2026-11-01..2026-11-30`; null for any other range. */
export function daysOf(text: string): [first: string, last: string] | null {
  const [first = '', last = '', ...more] = text.split('..')
  return more.length === 0 && DATE.test(first) && DATE.test(last) ? [first, last] : null
}

/**
 * What a range of the URL means in a zone: a name of a preset, `2026-11-01..2026-11-30` with both days in it, or two instants of which
 * the second is not in it. Null for what is no range, such as one that ends before it begins.
 *
 * @param now epoch milliseconds
 */
export function rangeOf(text: string, zone: string, now: number): Range | null {
  if (Object.hasOwn(PRESETS, text)) return PRESETS[text]!.of(zone, now)
  const range = daysOf(text) === null ? instantsOf(text) : daysIn(text, zone)
  return range !== null && range.from < range.to ? range : null
}

function daysIn(text: string, zone: string): Required<Range> | null {
  const [first, last] = daysOf(text)!
  try {
    const afterLast = Temporal.PlainDate.from(last).add({ days: 1 })
    return { from: startOfDay(zone, Temporal.PlainDate.from(first)), to: startOfDay(zone, afterLast) }
  } catch {
    return null
  }
}

function instantsOf(text: string): Required<Range> | null {
  const [from = Number.NaN, to = Number.NaN, ...more] = text.split('..').map((part) => Date.parse(part))
  return more.length > 0 || Number.isNaN(from) || Number.isNaN(to) ? null : { from, to }
}

/** What lies in both. Null where nothing does. */
export function overlap(a: Range, b: Required<Range>): Required<Range> | null {
  const from = Math.max(a.from ?? b.from, b.from)
  const to = Math.min(a.to ?? b.to, b.to)
  return from < to ? { from, to } : null
}

/** Without fractions that are zero: `2026-11-22T14:30:00Z`. Epoch milliseconds. */
export const isoOf = (at: number) => new Date(at).toISOString().replace('.000Z', 'Z')
