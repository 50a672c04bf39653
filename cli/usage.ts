import { Argument, Option, type Command } from 'commander'
import { csvLine } from './csv.ts'
import { command, commandGroup, onAdmin, pagesOf, printRows, type Row } from './operated-rows.ts'
import { positiveInteger } from './option-values.ts'
import { usageExportCommand } from './usage-export.ts'
import { filtersOf, withFilters, withSumFilters, type UsageFilters } from './usage-options.ts'

interface Printed {
  json: boolean
  csv: boolean
}

const COLUMNS = [
  'created_at',
  'user_email',
  'key_name',
  'account',
  'model',
  'outcome',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cost_usd',
  'charged_usd'
]

/** What names a line of each; a key comes with its user. */
const NAMED_BY = {
  user: ['user_email'],
  key: ['user_email', 'key_name'],
  group: ['group'],
  account: ['account'],
  model: ['model'],
  hour: ['hour'],
  day: ['day']
}
const SUMS = [
  'requests',
  'errors',
  'input_tokens',
  'output_tokens',
  'cache_creation_tokens',
  'cache_read_tokens',
  'cache_hit_rate',
  'cost_usd',
  'charged_usd'
]

const asCsv = () => new Option('--csv', 'print all fields as CSV').default(false).conflicts('json')

export function usageCommand(): Command {
  return commandGroup('usage', 'Shows what was used, and what it cost')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(byCommand())
    .addCommand(usageExportCommand())
}

function listCommand(): Command {
  return withFilters(command('list', 'Lists what was used, an attempt a line, newest first; what usage alone does'))
    .addOption(new Option('--limit <n>', 'how many at most').argParser(positiveInteger).default(50))
    .addOption(asCsv())
    .action(({ json, csv, limit, ...filters }: Printed & UsageFilters & { limit: number }) =>
      onAdmin((ask) => print(pagesOf(ask, '/usage-events', filtersOf(filters), limit), COLUMNS, { json, csv }))
    )
}

function byCommand(): Command {
  const dimensions = new Argument('<dimension...>', 'one or several').choices(Object.keys(NAMED_BY))
  return withSumFilters(command('by', 'Sums up what was used and what it cost').addArgument(dimensions))
    .addOption(asCsv())
    .action((by: (keyof typeof NAMED_BY)[], { json, csv, ...filters }: Printed & UsageFilters) =>
      onAdmin((ask) => {
        const names = new Set(by.flatMap((dimension) => NAMED_BY[dimension]))
        const pages = pagesOf(ask, '/usage-summary', { ...filtersOf(filters), group_by: by.join(',') })
        return print(pages, [...names, ...SUMS], { json, csv })
      })
    )
}

async function print(pages: AsyncIterable<Row[]>, columns: readonly string[], { json, csv }: Printed): Promise<void> {
  if (csv) return await printCsv(pages)
  const rows: Row[] = []
  for await (const page of pages) rows.push(...page)
  printRows(rows, columns, json)
}

/** A page at a time, so that there may be any number of lines. */
async function printCsv(pages: AsyncIterable<Row[]>): Promise<void> {
  let fields: string[] | null = null
  for await (const page of pages) {
    for (const row of page) {
      if (fields === null) console.log(csvLine((fields = Object.keys(row))))
      console.log(csvLine(fields.map((field) => row[field])))
    }
  }
}
