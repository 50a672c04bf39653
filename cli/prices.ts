import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { counted } from '../services/platform/counted.ts'
import { fileProblem } from '../services/platform/file-problem.ts'
import type { AskAdmin } from './admin-client.ts'
import { confirm } from './confirm.ts'
import { NegativeAnswer, UsageError } from './failures.ts'
import { command, commandGroup, listRows, onAdmin, printRows, remove, YES } from './operated-rows.ts'
import type { AdminRow, Common, FieldColumn } from './operated-rows.ts'
import { overrideCommand, RATES, RATE_WORDS } from './price-override.ts'
import { printResult } from './print-result.ts'
import { printTable } from './print-table.ts'
import { filtersOf, withTimes, type Times } from './usage-options.ts'
import { formatUsd, parseUsd } from '../services/money/prices/money.ts'
import { filePath } from './option-values.ts'

type Rates = Record<(typeof RATES)[number], number | string>

interface BookReport {
  generated: string
  replaces: string
  changes: { model: string; change: string; from: Rates | null; to: Rates | null }[]
}

interface Batch {
  checked: number
  changed: number
  users: { user_email: string; cost_delta_usd: string; charged_delta_usd: string }[]
  next_cursor: string | null
}

const COLUMNS: FieldColumn[] = [
  { field: 'id', rank: 'known', is: 'name' },
  { field: 'status', rank: 'lesser' },
  { field: 'source' },
  ...RATES.map((field) => ({ field, heading: RATE_WORDS[field].toUpperCase().replaceAll(' ', '_') }))
]

export function pricesCommand(): Command {
  const prices = commandGroup('prices', 'Shows and changes model prices, and re-rates usage')
  prices.addCommand(
    command('list', 'Lists what models cost, in USD per million tokens').action(({ json }: Common) =>
      onAdmin((ask) => list(ask, json))
    )
  )
  prices.addCommand(
    command('diff', 'Shows what another price book would change; exits with 1 if there is a difference')
      .argument('<file>', 'a price book in JSON, or - for standard input', filePath)
      .action((file: string, { json }: Common) => onAdmin((ask) => diff(ask, file, json)))
  )
  prices.addCommand(
    command('update', 'Replaces the price book in force')
      .argument('<file>', 'a price book in JSON, or - for standard input', filePath)
      .option('--force', 'also accept an older book than the one in force', false)
      .option(...YES)
      .action((file: string, options: Common & { force: boolean }) => onAdmin((ask) => update(ask, file, options)))
  )
  prices.addCommand(
    withTimes(command('unpriced', 'Lists models that were used and had no price, and whether they have one by now')).action(
      ({ json, ...times }: Common & Times) => onAdmin((ask) => unpriced(ask, times, json))
    )
  )
  prices.addCommand(overrideCommand())
  prices.addCommand(
    command('remove', 'Removes your own price of a model: the price book applies again')
      .argument('<model>')
      .option(...YES)
      .action(async (model: string, { json, yes = false }: Common) => {
        await confirm(`${model} will be priced by the price book again.`, yes)
        await onAdmin((ask) => remove(ask, `/price-overrides/${encodeURIComponent(model)}`, `the price of ${model}`, json))
      })
  )
  prices.addCommand(
    withTimes(command('rerate', 'Re-rates past usage at the prices in force and books the difference'))
      .option('--user <email>', 'filter by user')
      .option('--model <id>', 'filter by model')
      .option('--unknown-only', 'only what had no price of its own', false)
      .option('--dry-run', 'only show what would change', false)
      .option(...YES)
      .action((options: Common & RerateOptions) => rerate(options))
  )
  return prices
}

async function list(ask: AskAdmin, json: boolean): Promise<void> {
  const prices = (await ask('GET', '/prices')) as { version: string; generated: string; source: string; models: AdminRow[] }
  printResult(prices, json, () => {
    console.log(`Prices of ${prices.generated} (${prices.source}), version ${prices.version},\nin USD per million tokens:\n`)
    const rows = prices.models.map((model) => ({ ...model, ...(model['usd_per_mtok'] as Rates) }))
    printRows(rows, COLUMNS, false)
  })
}

const UNPRICED: FieldColumn[] = [
  { field: 'id', rank: 'known', is: 'name' },
  { field: 'requests' },
  { field: 'charged_usd' },
  { field: 'first_seen_at', rank: 'lesser' },
  { field: 'last_seen_at' },
  { field: 'has_price' }
]

async function unpriced(ask: AskAdmin, times: Times, json: boolean): Promise<void> {
  printRows(await listRows(ask, '/unpriced-models', filtersOf(times)), UNPRICED, json)
}

async function readBook(file: string): Promise<unknown> {
  try {
    const text = file === '-' ? Buffer.concat(await process.stdin.toArray()).toString('utf8') : await readFile(file, 'utf8')
    return JSON.parse(text)
  } catch (error) {
    const problem = error instanceof SyntaxError ? 'it is not JSON' : fileProblem(error)
    throw new UsageError(`${file} cannot be read: ${problem}`, { cause: error })
  }
}

async function compare(ask: AskAdmin, book: unknown): Promise<BookReport> {
  return (await ask('PUT', '/price-book', { book, dry_run: true })) as BookReport
}

function printChanges({ changes, generated, replaces }: BookReport): void {
  if (changes.length === 0) return console.log(`The prices of ${generated} are the same as those in force, of ${replaces}.`)
  const text = (rates: Rates | null) => (rates === null ? '-' : RATES.map((name) => String(rates[name])).join(' / '))
  printTable(
    [{ heading: 'CHANGE' }, { heading: 'MODEL', rank: 'known', is: 'name' }, { heading: 'FROM' }, { heading: 'TO' }],
    changes.map(({ change, model, from, to }) => [change, model, text(from), text(to)])
  )
  console.log(`\n${Object.values(RATE_WORDS).join(' / ')}, in USD per million tokens.`)
}

async function diff(ask: AskAdmin, file: string, json: boolean): Promise<void> {
  const report = await compare(ask, await readBook(file))
  printResult(report, json, printChanges)
  if (report.changes.length > 0) throw new NegativeAnswer(`${counted(report.changes.length, 'price')} would change`)
}

async function update(ask: AskAdmin, file: string, { json, yes = false, force }: Common & { force: boolean }): Promise<void> {
  const book = await readBook(file)
  const report = await compare(ask, book)
  if (!json) printChanges(report)
  await confirm(`From now on, usage will be priced by the book of ${report.generated}.`, yes)
  await ask('PUT', '/price-book', { book, force })
  printResult(report, json, () => console.log(`The prices of ${report.generated} are in force.`))
}

interface RerateOptions extends Times {
  user?: string
  model?: string
  unknownOnly: boolean
  dryRun: boolean
}

async function rerate({ json, yes = false, dryRun, unknownOnly, from, to, ...filters }: Common & RerateOptions): Promise<void> {
  if (from === undefined || to === undefined) throw new UsageError('--from and --to are both needed')
  const body = { ...filtersOf({ from, to }), ...filters, unknown_only: unknownOnly }
  if (!dryRun) await confirm('This will re-rate usage and book the difference.', yes)
  await onAdmin(async (ask) => {
    const sums = new Map<string, { cost: bigint; charged: bigint }>()
    let [checked, changed, cursor]: [number, number, string | null] = [0, 0, null]
    do {
      const more: object = cursor === null ? {} : { cursor }
      const batch = (await ask('POST', '/rerate', { ...body, dry_run: dryRun, ...more })) as Batch
      checked += batch.checked
      changed += batch.changed
      for (const { user_email: email, cost_delta_usd: cost, charged_delta_usd: charged } of batch.users) {
        const sum = sums.get(email) ?? { cost: 0n, charged: 0n }
        sums.set(email, { cost: sum.cost + parseUsd(cost), charged: sum.charged + parseUsd(charged) })
      }
      cursor = batch.next_cursor
      if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${counted(checked, 'event')} …`)
    } while (cursor !== null)
    if (process.stderr.isTTY) process.stderr.write('\r\u001B[K')
    const users = [...sums].map(([email, { cost, charged }]) => ({
      user_email: email,
      cost_delta_usd: formatUsd(cost),
      charged_delta_usd: formatUsd(charged)
    }))
    printResult({ checked, changed, dry_run: dryRun, users }, json, () => {
      if (users.length > 0) {
        printTable(
          [{ heading: 'USER', rank: 'known', is: 'name' }, { heading: 'COST' }, { heading: 'CHARGED' }],
          users.map(({ user_email: email, cost_delta_usd: c, charged_delta_usd: d }) => [email, c, d])
        )
      }
      console.log(`${dryRun ? 'Would re-rate' : 'Re-rated'} ${changed} of ${counted(checked, 'event')}.`)
    })
  })
}
