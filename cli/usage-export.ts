import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Option, type Command } from 'commander'
import { counted } from '../services/platform/counted.ts'
import { csvLine } from '../services/platform/csv.ts'
import { refuseExisting, writeNewFile } from './new-file.ts'
import { command, onAdmin, pagesOf, type AdminRow } from './operated-rows.ts'
import { createProgress } from './progress.ts'
import { filtersOf, withFilters, type UsageFilters } from './usage-options.ts'
import { filePath } from './option-values.ts'

type Format = 'ndjson' | 'csv'

interface ExportOptions extends UsageFilters {
  json: boolean
  format: Format
  output?: string
  force: boolean
}

export function usageExportCommand(): Command {
  return withFilters(command('export', 'Writes all fields of all usage events, newest first'))
    .addOption(new Option('--format <format>', 'a JSON object a line, or CSV').choices(['ndjson', 'csv']).default('ndjson'))
    .option('--output <file>', 'output file, created once complete (default: stdout)', filePath)
    .option('--force', 'replace an existing file', false)
    .action(({ json, format, output, force, ...filters }: ExportOptions) => {
      if (output !== undefined) refuseExisting(output, force)
      return onAdmin(async (ask) => {
        const pages = pagesOf(ask, '/usage-events', filtersOf(filters))
        const lines = () => Readable.from(linesOf(pages, json ? 'ndjson' : format))
        if (output === undefined) await pipeline(lines(), process.stdout, { end: false })
        else await writeNewFile(output, async () => lines(), { force, check: async () => {} })
      })
    })
}

/** A page at a time: memory does not grow with the events. */
async function* linesOf(pages: AsyncIterable<AdminRow[]>, format: Format): AsyncGenerator<string> {
  let fields: string[] | null = null
  let count = 0
  const progress = createProgress()
  for await (const page of pages) {
    const lines: string[] = []
    for (const row of page) {
      if (format === 'csv' && fields === null) lines.push(csvLine((fields = Object.keys(row))))
      lines.push(fields === null ? JSON.stringify(row) : csvLine(fields.map((field) => row[field])))
    }
    if (lines.length > 0) yield `${lines.join('\n')}\n`
    count += page.length
    progress.show(counted(count, 'event'))
  }
  progress.end()
}
