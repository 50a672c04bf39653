import type { Command } from 'commander'
import { UsageError } from './failures.ts'

export interface Times {
  from?: string
  to?: string
}

export interface UsageFilters extends Times {
  user?: string
  key?: string
  account?: string
  model?: string
  outcome?: string
}

export const withTimes = (target: Command) =>
  target.option('--from <time>', 'not before that time or day (UTC), today or yesterday').option('--to <time>', 'before that')

export const withFilters = (target: Command) =>
  withTimes(target)
    .option('--user <email>', 'of that user')
    .option('--key <name>', 'of keys of that name')
    .option('--account <name>', 'on that account')
    .option('--model <id>', 'of that model, as the upstream reports it')
    .option('--outcome <outcome>', 'completed, client_closed, upstream_error, upstream_cut or interrupted')

/** In the terms of the admin API. Throws UsageError. */
export function filtersOf({ from, to, ...filters }: UsageFilters, now = Date.now()): Record<string, string> {
  return {
    ...(filters as Record<string, string>),
    ...(from === undefined ? {} : { from: instantOf('--from', from, now) }),
    ...(to === undefined ? {} : { to: instantOf('--to', to, now) })
  }
}

const DAY_MS = 24 * 60 * 60 * 1000

/** A time as it is given: RFC 3339, a day, or `today`, `yesterday`, `tomorrow`; days begin at midnight UTC. */
function instantOf(option: string, text: string, now: number): string {
  const today = Math.floor(now / DAY_MS) * DAY_MS
  const named = { yesterday: today - DAY_MS, today, tomorrow: today + DAY_MS }[text]
  if (named !== undefined) return new Date(named).toISOString()
  const given = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text
  if (/^\d{4}-\d\d-\d\dT/.test(given) && !Number.isNaN(Date.parse(given))) return given
  throw new UsageError(
    `${option} ${text}: say a time such as 2026-11-25T18:00:00Z, a day such as 2026-11-25, today or yesterday`
  )
}
