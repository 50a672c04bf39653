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
    .option('--from <time>', 'the beginning, inclusive (UTC): 2026-11-25, yesterday, 12h or 30d ago')
    .option('--to <time>', 'the end, exclusive')

/** What events and sums of them are filtered by. */
const withNames = (target: Command) =>
  withTimes(target)
    .option('--user <email>', 'filter by user')
    .option('--key <name>', 'filter by name of key')
    .option('--account <name>', 'filter by account')
    .option('--model <id>', 'filter by model, as the upstream reports it')

export const withSumFilters = (target: Command) => withNames(target).option('--group <name>', 'filter by group')

export const withFilters = (target: Command) =>
  withNames(target).option(
    '--outcome <outcome>',
    'filter by outcome: completed, client_closed, upstream_error, upstream_cut or interrupted'
  )

/** In the terms of the admin API. Throws UsageError. */
export function filtersOf({ from, to, ...filters }: Times & object, now = Date.now()): Record<string, string> {
  const { problem, ...range } = givenRange({ from, to }, now)
  if (problem !== null) throw new UsageError(`--${problem.about} ${quoted({ from, to }[problem.about])} ${problem.text}`)
  const times = Object.entries(range).flatMap(([name, at]) => (at === undefined ? [] : [[name, new Date(at).toISOString()]]))
  return { ...(filters as Record<string, string>), ...(Object.fromEntries(times) as Record<string, string>) }
}

const quoted = (text = '') => (text === '' ? "''" : text)
