import { Argument, Option, type Command } from 'commander'
import type { AskAdmin } from './admin-client.ts'
import { legendOf, withMarks } from '../services/money/usage/cost-marks.ts'
import { csvLine } from '../services/platform/csv.ts'
import {
  command,
  commandGroup,
  onAdmin,
  pagesOf,
  printRows,
  queryOf,
  type AdminRow,
  type FieldColumn,
  type Filters
} from './operated-rows.ts'
import { positiveInteger } from './option-values.ts'
import { unpricedSums } from './unpriced-sums.ts'
import { usageExportCommand } from './usage-export.ts'
import { filtersOf, withFilters, withSumFilters, type UsageFilters } from './usage-options.ts'

interface Printed {
  json: boolean
  csv: boolean
}

const CACHE_READS: FieldColumn = { field: 'cache_read_tokens', heading: 'CACHE_READS', rank: 'lesser' }

/** Where there are jobs. */
const SUBJECT: FieldColumn = { field: 'subject', is: 'name', rank: 'lesser' }

/** Where there are teams. */
const TEAM: FieldColumn = { field: 'team', is: 'name', rank: 'lesser' }

const COLUMNS: FieldColumn[] = [
  { field: 'created_at', rank: 'known' },
  { field: 'user_email', is: 'name' },
  { field: 'key_name', is: 'name', rank: 'lesser' },
  SUBJECT,
  TEAM,
  { field: 'account', is: 'name', rank: 'lesser' },
  { field: 'model', is: 'name' },
  { field: 'outcome', rank: 'lesser' },
  { field: 'input_tokens', rank: 'lesser' },
  { field: 'output_tokens', rank: 'lesser' },
  { field: 'cache_writes', rank: 'lesser' },
  CACHE_READS,
  { field: 'cost_usd', rank: 'lesser' },
  { field: 'charged_usd', rank: 'known' },
  // `why` wants it whole.
  { field: 'exchange_id' }
]

/** What names a line of each; a key comes with its user. */
const NAMED_BY = {
  user: ['user_email'],
  key: ['user_email', 'key_name'],
  group: ['group'],
  account: ['account'],
  model: ['model'],
  team: ['team'],
  hour: ['hour'],
  day: ['day']
}
type Dimension = keyof typeof NAMED_BY

const SUMS: FieldColumn[] = [
  { field: 'requests', heading: 'ATTEMPTS' },
  { field: 'errors', rank: 'lesser' },
  { field: 'input_tokens', rank: 'lesser' },
  { field: 'output_tokens', rank: 'lesser' },
  { field: 'cache_creation_tokens', heading: 'CACHE_WRITES', rank: 'lesser' },
  CACHE_READS,
  { field: 'cache_hit_rate', rank: 'lesser' },
  { field: 'cost_usd', rank: 'lesser' },
  { field: 'charged_usd', rank: 'known' }
]

/** For the help of all that tells usage. */
export const COUNTED = `
Attempts are upstream requests that may have cost tokens: what Sluice or the
upstream refused is not among them, and a request that was tried twice may be
two. Charged is the list cost times the group's multiplier. In a group of kind
balance it is taken from the user's balance; in one of kind subscription it is
not, and the user's windows count the list cost.`

const asCsv = () => new Option('--csv', 'print all fields as CSV').default(false).conflicts('json')

export function usageCommand(): Command {
  return commandGroup('usage', 'Shows usage and what it cost')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(byCommand())
    .addCommand(usageExportCommand())
}

function listCommand(): Command {
  return withFilters(command('list', 'Lists usage events, one line per attempt, newest first; usage alone does the same'))
    .addOption(new Option('--limit <n>', 'at most this many').argParser(positiveInteger).default(50))
    .addOption(asCsv())
    .addHelpText('after', COUNTED)
    .action(({ json, csv, limit, ...filters }: Printed & UsageFilters & { limit: number }) =>
      onAdmin((ask) =>
        print(pagesOf(ask, '/usage-events', filtersOf(filters), limit), COLUMNS, {
          json,
          csv,
          shown: (events) => events.map(withCacheWrites)
        })
      )
    )
}

function byCommand(): Command {
  const dimensions = new Argument('<dimension...>', 'one or several').choices(Object.keys(NAMED_BY))
  return withSumFilters(command('by', 'Sums up usage and what it cost').addArgument(dimensions))
    .addOption(asCsv())
    .addHelpText('after', COUNTED)
    .action((by: Dimension[], { json, csv, ...filters }: Printed & UsageFilters) =>
      onAdmin((ask) => {
        const asked = filtersOf(filters)
        const pages = pagesOf(ask, '/usage-summary', { ...asked, group_by: by.join(',') })
        return print(pages, sumColumns(by), { json, csv, shown: (sums) => shownSums(ask, asked, by, sums) })
      })
    )
}

/** Those of `usage by`. */
export const sumColumns = (by: readonly Dimension[]): FieldColumn[] => [...namesOf(by).map(nameColumn), ...SUMS]

/** A time is no name: it is whole. */
const nameColumn = (field: string): FieldColumn => ({
  field,
  rank: 'known',
  ...(field === 'hour' || field === 'day' ? {} : { is: 'name' })
})

/** An event as a table has it: a write to the cache costs by how long it lasts, and is a write. */
const withCacheWrites = (event: AdminRow): AdminRow => ({
  ...event,
  cache_writes: Number(event['cache_creation_5m_tokens']) + Number(event['cache_creation_1h_tokens'])
})

/** What was deleted is told apart by its id; 0 is no team. */
const withoutGaps = (sum: AdminRow): AdminRow =>
  Object.fromEntries(
    Object.entries(sum).map(([field, value]) => {
      const id = sum[field.replace(/_email$|_name$|$/, '_id')]
      if (value !== null || typeof id !== 'string') return [field, value]
      return [field, id === '0' ? 'none' : `deleted ${id}`]
    })
  ) as AdminRow

const namesOf = (by: readonly Dimension[]) => [...new Set(by.flatMap((dimension) => NAMED_BY[dimension]))]

/** With which of them have usage that no price is known of, and the total in the last line. */
async function shownSums(
  ask: AskAdmin,
  filters: Filters,
  by: readonly Dimension[],
  sums: readonly AdminRow[]
): Promise<AdminRow[]> {
  if (sums.length === 0) return []
  const unpriced = await unpricedSums(ask, filters, by)
  const shown = sums.map((sum) => ({ ...withoutGaps(sum), price_unknown: unpriced.has(sum) }))
  return [...shown, { ...(await totalOf(ask, filters, namesOf(by))), price_unknown: unpriced.any }]
}

/** All of it together, which begins its line. */
async function totalOf(ask: AskAdmin, filters: Filters, [first = '', ...names]: readonly string[]): Promise<AdminRow> {
  const { data } = (await ask('GET', `/usage-summary?${queryOf(filters)}`)) as { data: AdminRow[] }
  return { ...(data[0] ?? { id: '' }), ...Object.fromEntries(names.map((name) => [name, ''])), [first]: 'total' }
}

async function print(
  pages: AsyncIterable<AdminRow[]>,
  columns: readonly FieldColumn[],
  { json, csv, shown }: Printed & { shown: (rows: readonly AdminRow[]) => AdminRow[] | Promise<AdminRow[]> }
): Promise<void> {
  if (csv) return await printCsv(pages)
  const rows: AdminRow[] = []
  for await (const page of pages) rows.push(...page)
  if (json) return printRows(rows, columns, json)
  const lines = await shown(rows)
  const isTold = (column: FieldColumn) => lines.some(({ [column.field]: value }) => typeof value === 'string')
  printRows(
    lines.map(withMarks),
    columns.filter((column) => (column !== SUBJECT && column !== TEAM) || isTold(column)),
    json
  )
  for (const line of legendOf(lines)) console.log(line)
}

/** A page at a time, so that there may be any number of lines. */
async function printCsv(pages: AsyncIterable<AdminRow[]>): Promise<void> {
  let fields: string[] | null = null
  for await (const page of pages) {
    for (const row of page) {
      if (fields === null) console.log(csvLine((fields = Object.keys(row))))
      console.log(csvLine(fields.map((field) => row[field])))
    }
  }
}
