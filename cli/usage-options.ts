import type { Command } from 'commander'
import { givenRange } from '../services/platform/given-times.ts'
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
  target
    .option('--from <time>', 'not before that time or day (UTC): 2026-11-25, yesterday, 30d for 30 days ago')
    .option('--to <time>', 'before that')

/** What events and sums of them are filtered by. */
const withNames = (target: Command) =>
  withTimes(target)
    .option('--user <email>', 'of that user')
    .option('--key <name>', 'of keys of that name')
    .option('--account <name>', 'on that account')
    .option('--model <id>', 'of that model, as the upstream reports it')

export const withSumFilters = (target: Command) => withNames(target).option('--group <name>', 'in that group')

export const withFilters = (target: Command) =>
  withNames(target).option('--outcome <outcome>', 'completed, client_closed, upstream_error, upstream_cut or interrupted')

/** In the terms of the admin API. Throws UsageError. */
export function filtersOf({ from, to, ...filters }: Times & object, now = Date.now()): Record<string, string> {
  const { problem, ...range } = givenRange({ from, to }, now)
  if (problem !== null) throw new UsageError(`--${problem.about} ${quoted({ from, to }[problem.about])} ${problem.text}`)
  const times = Object.entries(range).flatMap(([name, at]) => (at === undefined ? [] : [[name, new Date(at).toISOString()]]))
  return { ...(filters as Record<string, string>), ...(Object.fromEntries(times) as Record<string, string>) }
}

const quoted = (text = '') => (text === '' ? "''" : text)
