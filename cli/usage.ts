import { Option, type Command } from 'commander'
import type { AskAdmin } from './admin-client.ts'
import { csvLine } from './csv.ts'
import { command, onAdmin, pagesOf, printRows, type Row } from './operated-rows.ts'
import { positiveInteger } from './option-values.ts'

interface UsageOptions {
  user?: string
  key?: string
  account?: string
  model?: string
  outcome?: string
  from?: string
  to?: string
  limit: number
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

export function usageCommand(): Command {
  return command('usage', 'Lists what was used, an attempt a line, newest first')
    .option('--user <email>', 'of that user')
    .option('--key <name>', 'of keys of that name')
    .option('--account <name>', 'on that account')
    .option('--model <id>', 'of that model, as the upstream reports it')
    .option('--outcome <outcome>', 'completed, client_closed, upstream_error, upstream_cut or interrupted')
    .option('--from <time>', 'not before that time')
    .option('--to <time>', 'before that time')
    .addOption(new Option('--limit <n>', 'how many at most').argParser(positiveInteger).default(50))
    .addOption(new Option('--csv', 'print all fields as CSV').default(false).conflicts('json'))
    .action(({ json, csv, limit, ...filters }: UsageOptions) =>
      onAdmin(async (ask) => {
        if (csv) await printCsv(ask, filters, limit)
        else printRows(await allOf(ask, filters, limit), COLUMNS, json)
      })
    )
}

type Filters = Record<string, string>

async function allOf(ask: AskAdmin, filters: Filters, limit: number): Promise<Row[]> {
  const rows: Row[] = []
  for await (const page of pagesOf(ask, '/usage-events', filters, limit)) rows.push(...page)
  return rows
}

/** A page at a time, so that there may be any number of lines. */
async function printCsv(ask: AskAdmin, filters: Filters, limit: number): Promise<void> {
  let fields: string[] | null = null
  for await (const page of pagesOf(ask, '/usage-events', filters, limit)) {
    for (const row of page) {
      if (fields === null) console.log(csvLine((fields = Object.keys(row))))
      console.log(csvLine(fields.map((field) => row[field])))
    }
  }
}
