import { open, rename, rm } from 'node:fs/promises'
import { Option, type Command } from 'commander'
import { csvLine } from './csv.ts'
import { OperationError } from './failures.ts'
import { command, onAdmin, pagesOf, type Row } from './operated-rows.ts'
import { filtersOf, withFilters, type UsageFilters } from './usage-options.ts'

interface ExportOptions extends UsageFilters {
  json: boolean
  format: 'ndjson' | 'csv'
  output?: string
}

/** Takes lines without their ends, many at once. */
type Write = (lines: readonly string[]) => Promise<void>

export function usageExportCommand(): Command {
  return withFilters(command('export', 'Writes all fields of all usage events, newest first, however many there are'))
    .addOption(new Option('--format <format>', 'a JSON object a line, or CSV').choices(['ndjson', 'csv']).default('ndjson'))
    .option('--output <file>', 'where to; it is there only once it is whole (default: stdout)')
    .action(({ json, format, output, ...filters }: ExportOptions) =>
      onAdmin(async (ask) => {
        const pages = pagesOf(ask, '/usage-events', filtersOf(filters))
        const write = (to: Write) => writeAll(pages, json ? 'ndjson' : format, to)
        if (output === undefined) await write(toStdout)
        else await toFile(output, write)
      })
    )
}

/** A page at a time: memory does not grow with the events. */
async function writeAll(pages: AsyncIterable<Row[]>, format: ExportOptions['format'], write: Write): Promise<void> {
  let fields: string[] | null = null
  let count = 0
  for await (const page of pages) {
    const [first] = page
    if (format === 'csv' && fields === null && first !== undefined) await write([csvLine((fields = Object.keys(first)))])
    const names = fields ?? []
    await write(page.map((row) => (format === 'csv' ? csvLine(names.map((name) => row[name])) : JSON.stringify(row))))
    count += page.length
    if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${count} events …`)
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K')
}

async function toStdout(lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return
  const { promise, resolve } = Promise.withResolvers<void>()
  // A reader that has left is found out by whoever looks after stdout.
  process.stdout.write(`${lines.join('\n')}\n`, () => resolve())
  await promise
}

async function toFile(path: string, write: (to: Write) => Promise<void>): Promise<void> {
  const partial = `${path}.partial`
  try {
    const file = await open(partial, 'w', 0o600)
    try {
      await write(async (lines) => {
        if (lines.length > 0) await file.appendFile(`${lines.join('\n')}\n`)
      })
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    if (error instanceof Error && 'syscall' in error) throw new OperationError(`${path}: ${error.message}`, { cause: error })
    throw error
  }
}
