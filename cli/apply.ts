import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import type { ApplyReport } from '../services/set-up/apply-report.ts'
import { readSettings } from '../services/set-up/settings.ts'
import { UsageError } from './failures.ts'
import { printReport } from './print-report.ts'
import { withAdmin } from './admin-client.ts'

interface ApplyOptions {
  file: string
  dryRun: boolean
  prune: boolean
  json: boolean
}

export function applyCommand(): Command {
  return new Command('apply')
    .description('Makes the database say what a declarative file says, and prints what that takes')
    .requiredOption('-f, --file <file>', 'the file, YAML or JSON; - reads standard input')
    .option('--dry-run', 'only print what would be done', false)
    .option('--prune', 'disable what the file does not name', false)
    .option('--json', 'print JSON', false)
    .action(apply)
}

async function apply(options: ApplyOptions): Promise<void> {
  const report = await applyFile(options)
  if (options.json) console.log(JSON.stringify(report, null, 2))
  else printReport(report, options)
}

/** Applies a declarative file, or only tells what that would do. */
export async function applyFile(options: Omit<ApplyOptions, 'json'>): Promise<ApplyReport> {
  const settings = readSettings(process.env)
  const { parseDeclarativeFile } = await import('../services/set-up/declarative-file.ts')
  const desired = parseDeclarativeFile(await readText(options.file), {
    fileName: options.file === '-' ? 'stdin' : options.file,
    variables: process.env
  })
  const { dryRun, prune } = options
  return await withAdmin(
    settings,
    async (ask) => (await ask('POST', '/apply', { file: JSON.stringify(desired), dry_run: dryRun, prune })) as ApplyReport
  )
}

async function readText(file: string): Promise<string> {
  try {
    if (file !== '-') return await readFile(file, 'utf8')
    return Buffer.concat(await process.stdin.toArray()).toString('utf8')
  } catch (error) {
    throw new UsageError(`sluice: ${file} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}
