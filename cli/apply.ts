import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import type { ApplyReport } from '../services/set-up/apply-report.ts'
import type { Desired } from '../services/set-up/declarative-schema.ts'
import { readSettings, type Settings } from '../services/set-up/settings.ts'
import { UsageError } from './failures.ts'
import { printReport } from './print-report.ts'
import { runningServer } from './admin-client.ts'

interface ApplyOptions {
  file: string
  dryRun: boolean
  prune: boolean
  json: boolean
}

type Doing = Pick<ApplyOptions, 'dryRun' | 'prune'>

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
  return (await applyThroughServer(settings.dataDir, desired, options)) ?? (await applyHere(settings, desired, options))
}

async function applyHere(settings: Settings, desired: Desired, { dryRun, prune }: Doing): Promise<ApplyReport> {
  // Loaded only where they are needed: with a server at hand the command is quick.
  const [{ withDatabase }, { applyDesired }, { reportOf }, { systemClock }, { hostRulesOf }] = await Promise.all([
    import('./open-database.ts'),
    import('../services/set-up/apply.ts'),
    import('../services/set-up/apply-report.ts'),
    import('../services/clock.ts'),
    import('../services/forwarding/host-rules.ts')
  ])
  return await withDatabase(settings, async (database, secretBox) =>
    reportOf(
      await applyDesired(database, desired, {
        secretBox,
        clock: systemClock,
        hosts: hostRulesOf(settings),
        dryRun,
        prune,
        audit: { actor: 'admin', origin: null }
      })
    )
  )
}

/** Null when no server runs on this data folder. */
async function applyThroughServer(dataDir: string, desired: Desired, { dryRun, prune }: Doing): Promise<ApplyReport | null> {
  const ask = await runningServer(dataDir)
  if (ask === null) return null
  return (await ask('POST', '/apply', {
    file: JSON.stringify(desired),
    dry_run: dryRun,
    prune
  })) as ApplyReport
}

async function readText(file: string): Promise<string> {
  try {
    if (file !== '-') return await readFile(file, 'utf8')
    return Buffer.concat(await process.stdin.toArray()).toString('utf8')
  } catch (error) {
    throw new UsageError(`sluice: ${file} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}
