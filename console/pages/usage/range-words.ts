import { PRESETS, rangeOf } from './ranges.ts'

/** A range for people: `22 Nov 2026, 14:00 – 15:00`. */
export function formatRange(text: string, zone: string): string {
  if (Object.hasOwn(PRESETS, text)) return PRESETS[text]!.label
  const range = rangeOf(text, zone, 0)
  if (range?.from === undefined || range.to === undefined) return text
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, dateStyle: 'medium', timeStyle: 'short' })
  return format.formatRange(range.from, range.to)
}
