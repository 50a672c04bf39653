import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { fileProblem } from '../services/platform/file-problem.ts'
import type { PlanLine } from '../services/resources/set-up/apply-plan.ts'
import type { ApplyReport } from '../services/resources/set-up/apply-report.ts'
import { readSettings } from '../services/resources/set-up/settings.ts'
import { CONFIRMATION } from '../services/resources/groups/managed-settings.ts'
import { confirm } from './confirm.ts'
import { UsageError } from './failures.ts'
import { YES } from './operated-rows.ts'
import { saying } from './option-words.ts'
import { printReport } from './print-report.ts'
import { printable } from './printable.ts'
import { withAdmin } from './admin-client.ts'
import { filePath } from './option-values.ts'

interface ApplyOptions {
  file: string
  dryRun: boolean
  prune: boolean
  json: boolean
  yes?: boolean
  allowManagedSettings?: boolean
}

const ALLOW = '--allow-managed-settings'

export function applyCommand(): Command {
  const command = new Command('apply')
    .description('Applies a declarative file to the database and prints the plan')
    .requiredOption('-f, --file <file>', 'the file, YAML or JSON; - reads standard input', filePath)
    .option('--dry-run', 'only print the plan', false)
    .option('--prune', 'disable what the file does not name', false)
    .option(...YES)
    .option(ALLOW, 'do not ask whether the managed settings of groups may change')
    .option('--json', 'print JSON', false)
    .action(apply)
  return saying(command, { [CONFIRMATION.by]: ALLOW })
}

async function apply(options: ApplyOptions): Promise<void> {
  const report = await applyFile(options)
  if (options.json) console.log(JSON.stringify(report, null, 2))
  else printReport(report, options)
}

/** Applies a declarative file, or only tells what that would do. */
export async function applyFile(options: Omit<ApplyOptions, 'json'>): Promise<ApplyReport> {
  const settings = readSettings(process.env)
  const { parseDeclarativeFile } = await import('../services/resources/set-up/declarative-file.ts')
  const desired = parseDeclarativeFile(await readText(options.file), {
    fileName: options.file === '-' ? 'stdin' : options.file,
    variables: process.env
  })
  const { dryRun, prune, yes = false, allowManagedSettings = false } = options
  return await withAdmin(settings, async (ask) => {
    const file = JSON.stringify(desired)
    const applied = async (dry: boolean, isConfirmed: boolean) =>
      (await ask('POST', '/apply', { file, dry_run: dry, prune, [CONFIRMATION.by]: isConfirmed })) as ApplyReport
    if (prune && !dryRun && !yes) await confirmEnds(await applied(true, false))
    try {
      return await applied(dryRun, allowManagedSettings)
    } catch (error) {
      // Whoever applies a file that leaves them alone is asked nothing.
      if (!process.stdin.isTTY || !(error instanceof UsageError && error.message.includes(CONFIRMATION.by))) throw error
      await confirm(`This changes the managed settings of groups, which ${CONFIRMATION.why}.`, false, ALLOW)
      return await applied(false, true)
    }
  })
}

/** A file that has lost a part would otherwise put everybody out whom it does not name any more. */
async function confirmEnds({ plan }: ApplyReport): Promise<void> {
  const isEnd = ({ field, to }: PlanLine['changes'][number]) =>
    field === 'ended_at' || (field === 'status' && (to === 'disabled' || to === 'suspended'))
  const ended = plan.filter(({ action, changes }) => action === 'change' && changes.some(isEnd))
  if (ended.length === 0) return
  await confirm(`This will disable or end: ${ended.map(({ kind, name }) => printable(`${kind} ${name}`)).join(', ')}.`, false)
}

async function readText(file: string): Promise<string> {
  try {
    if (file !== '-') return await readFile(file, 'utf8')
    return Buffer.concat(await process.stdin.toArray()).toString('utf8')
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${fileProblem(error)}`, { cause: error })
  }
}
