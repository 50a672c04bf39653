import type { Command } from 'commander'
import { givenRange } from '../services/platform/given-times.ts'
import { UsageError } from './failures.ts'
import type { Filters } from './operated-rows.ts'

export interface Times {
  from?: string
  to?: string
}

export interface UsageFilters extends Times {
  user?: string[]
  key?: string[]
  group?: string[]
  account?: string[]
  model?: string[]
  team?: string[]
  outcome?: string[]
  basis?: string[]
  subject?: string[]
}

export const withTimes = (target: Command) =>
  target
    .option('--from <time>', 'the beginning, inclusive (UTC): 2026-11-25, yesterday, 12h or 30d ago')
    .option('--to <time>', 'the end, exclusive')

const inAddition = (value: string, earlier: readonly string[] = []) => [...earlier, value]

/** What sums are filtered by; each may be repeated, and any of them will do. */
export const withSumFilters = (target: Command) =>
  withTimes(target)
    .option('--user <email>', 'filter by user; may be repeated, as may all filters by name', inAddition)
    .option('--key <name>', 'filter by name of key', inAddition)
    .option('--group <name>', 'filter by group', inAddition)
    .option('--account <name>', 'filter by account', inAddition)
    .option('--model <id>', 'filter by model, as the upstream reports it', inAddition)
    .option('--team <name>', 'filter by the team that the key was in then', inAddition)

export const withFilters = (target: Command) =>
  withSumFilters(target)
    .option(
      '--outcome <outcome>',
      'filter by outcome: completed, client_closed, upstream_error, upstream_cut or interrupted',
      inAddition
    )
    .option('--basis <basis>', 'filter by what the numbers are based on: final, partial or unknown', inAddition)
    .option('--subject <subject>', 'filter by whose job it was, such as a repository and branch', inAddition)

/** In the terms of the admin API. Throws UsageError. */
export function filtersOf({ from, to, ...filters }: Times & object, now = Date.now()): Filters {
  const { problem, ...range } = givenRange({ from, to }, now)
  if (problem !== null) throw new UsageError(`--${problem.about} ${quoted({ from, to }[problem.about])} ${problem.text}`)
  const times = Object.entries(range).flatMap(([name, at]) => (at === undefined ? [] : [[name, new Date(at).toISOString()]]))
  return { ...(filters as Filters), ...(Object.fromEntries(times) as Filters) }
}

const quoted = (text = '') => (text === '' ? "''" : text)
